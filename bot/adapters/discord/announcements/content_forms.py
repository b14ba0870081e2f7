"""The forms in which announcements are written, and what becomes of them when they come back. Pure, but for a memory of
forms with faults.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.adapters.discord.custom_ids import ControlId
from bot.adapters.discord.forms import Field, Form
from bot.adapters.discord.markup import plain
from bot.adapters.discord.offices import Voice
from bot.adapters.discord.pages import Page, button, page
from bot.adapters.discord.readers import Reader
from bot.core.announcements import messages
from bot.core.announcements.models import Content, Schedule, Words
from bot.core.announcements.templates import FREE_TEXT, TEMPLATES, Slot
from bot.core.announcements.typed import (
    FIELDS,
    MAX_BODY,
    MAX_TITLE,
    Fault,
    Faults,
    own_words,
    read_repeats,
    read_schedule,
    read_template,
    read_time,
    read_words,
    read_zone,
)
from bot.core.facts import Moment
from bot.core.locales import LANGUAGES

_REMEMBERED = 200  # forms with faults that somebody may correct
_TITLE, _BODY, _TIME, _WHEN, _ZONE, _REPEATS = "title", "body", "time", "when", "zone", "repeats"
Typed = Mapping[str, str]


class HasReader(Protocol):
    """Somebody who fills in a form."""

    @property
    def reader(self) -> Reader: ...


class TypedForms:
    """What people typed into forms that had faults, so that it stands in the form when they open it again."""

    def __init__(self) -> None:
        self._typed: OrderedDict[str, Typed] = OrderedDict()

    def remember(self, visitor: HasReader, control: ControlId, typed: Typed) -> None:
        self._typed[_key(visitor, control)] = dict(typed)
        while len(self._typed) > _REMEMBERED:
            self._typed.popitem(last=False)

    def recall(self, visitor: HasReader, control: ControlId) -> Typed:
        """Empty when nothing was typed, or too long ago."""
        return self._typed.get(_key(visitor, control), {})


def _key(visitor: HasReader, control: ControlId) -> str:
    return f"{visitor.reader.asker}:{control.argument}"


def content_form(control: ControlId, template: str, locale: str, voice: Voice, typed: Typed) -> Form:
    """The form of an announcement; own words are in `locale`."""
    if template == FREE_TEXT:
        title = f"{voice.say(messages.OWN_WORDS)} ({LANGUAGES[locale].autonym})"
        return Form(title, control, _words_fields(voice, typed))
    fields = tuple(
        Field(
            key=line.slot,
            label=voice.say(FIELDS[line.slot]),
            value=typed.get(line.slot, ""),
            required=line.required,
        )
        for line in TEMPLATES[template].lines
    )
    return Form(voice.say(TEMPLATES[template].title), control, fields)


def read_content(
    template: str, locale: str, typed: Typed, zone: str, now: datetime, texts: Mapping[str, Words]
) -> Content | Faults:
    """What a form says, or all its faults; `texts` are own words in other languages, which stay."""
    if template != FREE_TEXT:
        slots = {slot: typed.get(slot, "") for slot in Slot}
        return read_template(TEMPLATES[template], slots, zone, now)
    words = read_words(typed.get(_TITLE, ""), typed.get(_BODY, ""))
    time = read_time(typed[_TIME], zone, now) if typed.get(_TIME, "").strip() else None
    if isinstance(words, tuple) or isinstance(time, Fault):
        return (*(words if isinstance(words, tuple) else ()), *((time,) if isinstance(time, Fault) else ()))
    return own_words({**texts, locale: words}, time)


def later_form(control: ControlId, zone: str, voice: Voice, typed: Typed, *, repeatable: bool) -> Form:
    """When to send, on the clock of which zone, and how often again where there is a time to repeat before."""
    fields = _later_fields(voice, {_ZONE: zone, **typed}, repeatable=repeatable)
    return Form(voice.say(messages.BUTTON_SCHEDULE), control, fields)


@dataclass(frozen=True, slots=True)
class Timing:
    """When to send, None for now, and the minutes before the announced time at which to repeat."""

    schedule: Schedule | None
    repeats: tuple[int, ...]


def read_later(typed: Typed, zone: str, time: Moment | None, now: datetime) -> Timing | Faults:
    """What the form of a later sending says, or all its faults; `zone` is that of the announcement."""
    found = read_zone(typed.get(_ZONE, ""), zone)
    schedule = read_schedule(typed.get(_WHEN, ""), zone if isinstance(found, Fault) else found, now, time)
    repeats = read_repeats(typed.get(_REPEATS, ""), time)
    if isinstance(found, Fault) or isinstance(schedule, Fault) or isinstance(repeats, Fault):
        return tuple(each for each in (found, schedule, repeats) if isinstance(each, Fault))
    return Timing(schedule, repeats)


def faults_page(faults: Faults, typed: Typed, again: ControlId, voice: Voice) -> Page:
    """Every fault, what was typed so that nothing is lost, and the way back to the form."""
    lines = [voice.say(messages.FAULTS), *(f"• {fault_text(each, voice)}" for each in faults)]
    text = "\n".join([*lines, "", your_text(typed, voice)])
    return page(text, (button(voice.say(messages.BUTTON_EDIT), again),))


def fault_text(fault: Fault, voice: Voice) -> str:
    return plain(voice.say(fault.message, field=voice.say(fault.field), **fault.values))


def your_text(typed: Typed, voice: Voice) -> str:
    return "\n".join([voice.say(messages.YOUR_TEXT), *(plain(text) for text in typed.values() if text)])


def typed_of(content: Content, locale: str) -> dict[str, str]:
    """An announcement as its form shows it."""
    typed = {str(slot): value for slot, value in content.values.items()}
    if words := content.texts.get(locale):
        typed |= {_TITLE: words.title, _BODY: words.body}
    if content.time:
        typed[_TIME] = f"{content.time.at:%Y-%m-%d %H:%M}"
    return typed


def _words_fields(voice: Voice, typed: Mapping[str, str]) -> tuple[Field, ...]:
    return (
        Field(key=_TITLE, label=voice.say(messages.FIELD_TITLE), value=typed.get(_TITLE, ""), most=MAX_TITLE),
        Field(key=_BODY, label=voice.say(messages.FIELD_BODY), value=typed.get(_BODY, ""), long=True, most=MAX_BODY),
        Field(key=_TIME, label=voice.say(messages.FIELD_TIME), value=typed.get(_TIME, ""), required=False),
    )


def _later_fields(voice: Voice, typed: Mapping[str, str], *, repeatable: bool) -> tuple[Field, ...]:
    when = Field(
        key=_WHEN,
        label=voice.say(messages.FIELD_WHEN),
        value=typed.get(_WHEN, ""),
        hint=voice.say(messages.FIELD_WHEN_HINT),
        required=False,
    )
    zone = Field(key=_ZONE, label=voice.say(messages.FIELD_ZONE), value=typed.get(_ZONE, ""))
    repeats = Field(
        key=_REPEATS, label=voice.say(messages.FIELD_REPEATS), value=typed.get(_REPEATS, ""), required=False
    )
    return (when, zone, repeats) if repeatable else (when, zone)
