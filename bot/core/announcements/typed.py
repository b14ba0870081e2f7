"""What a moderator typed into a form -> values, or every fault of it. Digits of any script are digits."""

import datetime
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from zoneinfo import ZoneInfo

import regex

from bot.core.announcements import messages
from bot.core.announcements.models import Content, Schedule, Words
from bot.core.announcements.templates import FREE_TEXT, Slot, Template
from bot.core.facts import Moment
from bot.core.links import is_link
from bot.core.messages import Message
from bot.core.text import one_line, without_directions

MAX_VALUE = 200  # characters of one slot
MAX_TITLE = 100
MAX_BODY = 4_000  # as many as Discord's largest text field holds
MAX_FILE = 256 * 1024  # bytes of own texts by language; 13 languages of 4,000 characters fit twice
MAX_REPEATS = 5
_FURTHEST = 7 * 24 * 60  # minutes before; more than a week ahead nobody means by such a number
FIELDS: Mapping[Slot, Message] = {
    Slot.SESSION: messages.FIELD_SESSION,
    Slot.SUBJECT: messages.FIELD_SUBJECT,
    Slot.TIME: messages.FIELD_TIME,
    Slot.PLACE: messages.FIELD_PLACE,
    Slot.DESTINATION: messages.FIELD_DESTINATION,
    Slot.PERSON: messages.FIELD_PERSON,
    Slot.NUMBER: messages.FIELD_NUMBER,
    Slot.LINK: messages.FIELD_LINK,
}
_DATE_TIME = regex.compile(r"(?:(\d{4})\D(\d{1,2})\D(\d{1,2})\D?[\sT]+)?(\d{1,2})[:.時](\d{2})\D?")
_MINUTES = regex.compile(r"[-\u2212\u2013](\d{1,5})")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field. `values` fill the message's placeholders besides {field}."""

    field: Message
    message: Message
    values: Mapping[str, str] = dataclass_field(default_factory=dict)


Faults = tuple[Fault, ...]


def read_template(template: Template, typed: Mapping[Slot, str], zone: str, now: datetime.datetime) -> Content | Faults:
    """The content of an announcement made from a template, or all its faults."""
    values, faults = {}, []
    time: Moment | None = None
    for line in template.lines:
        written = _one_line(typed.get(line.slot, ""))
        if not written:
            faults += [Fault(FIELDS[line.slot], messages.FAULT_MISSING)] if line.required else []
            continue
        read = _read_slot(line.slot, written, zone, now)
        if isinstance(read, Fault):
            faults.append(read)
        elif isinstance(read, Moment):
            time = read
        else:
            values[line.slot] = read
    return tuple(faults) or Content(template=template.id, values=values, time=time)


def read_words(title: str, body: str) -> Words | Faults:
    """A moderator's own words in one language."""
    words = Words(_one_line(title), without_directions(body).strip())
    faults = [
        Fault(label, messages.FAULT_MISSING)
        for label, text in ((messages.FIELD_TITLE, words.title), (messages.FIELD_BODY, words.body))
        if not text
    ]
    return tuple(faults) or words


def own_words(texts: Mapping[str, Words], time: Moment | None = None) -> Content:
    """`texts` has the original language first."""
    return Content(template=FREE_TEXT, texts=dict(texts), time=time)


def read_time(text: str, zone: str, now: datetime.datetime, label: Message = messages.FIELD_TIME) -> Moment | Fault:
    """`2024-10-29 14:30`, or `14:30` for the next time it is that late in `zone`."""
    found = _DATE_TIME.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return Fault(label, messages.FAULT_TIME)
    year, month, day, hour, minute = (None if part is None else int(part) for part in found.groups())
    here = now.astimezone(ZoneInfo(zone))
    try:
        date = here.date() if year is None else datetime.date(year, month or 0, day or 0)
        at = datetime.datetime.combine(date, datetime.time(hour or 0, minute or 0), ZoneInfo(zone))
    except ValueError:
        return Fault(label, messages.FAULT_TIME)
    if year is None and at < here:
        at += datetime.timedelta(days=1)
    if not _exists(at):
        return Fault(label, messages.FAULT_NO_SUCH_TIME, {"zone": zone})
    return Moment(at, zone)


def read_schedule(text: str, zone: str, now: datetime.datetime, time: Moment | None) -> Schedule | Fault | None:
    """A moment, or `-15` for minutes before the announced time; None for "now" (nothing typed)."""
    written = unicodedata.normalize("NFKC", text).strip()
    if not written:
        return None
    if minutes := _MINUTES.fullmatch(written):
        schedule = Schedule(minutes_before=int(minutes[1]))
        if time is None:
            return Fault(messages.FIELD_WHEN, messages.FAULT_NO_TIME)
    else:
        at = read_time(written, zone, now, messages.FIELD_WHEN)
        if isinstance(at, Fault):
            return at
        schedule = Schedule(at=at.at.astimezone(datetime.UTC))
    due = schedule.due(time)
    return Fault(messages.FIELD_WHEN, messages.FAULT_PAST) if due and due < now else schedule


def read_repeats(text: str, time: Moment | None) -> tuple[int, ...] | Fault:
    """Minutes before the announced time, the earliest repetition first."""
    written = regex.findall(r"\d+", text)
    if written and time is None:
        return Fault(messages.FIELD_REPEATS, messages.FAULT_NO_TIME)
    minutes = sorted({int(number) for number in written}, reverse=True)
    rest = regex.sub(r"[\d\s,;、，]", "", text)
    if rest:
        return Fault(messages.FIELD_REPEATS, messages.FAULT_NUMBER)
    if len(minutes) > MAX_REPEATS or any(number > _FURTHEST for number in minutes):
        return Fault(messages.FIELD_REPEATS, messages.FAULT_VALUE_LONG)
    return tuple(minutes)


def read_zone(text: str, fallback: str) -> str | Fault:
    """An IANA name as typed, or `fallback` when nothing was."""
    name = text.strip() or fallback
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError; folders raise OSError
        return Fault(messages.FIELD_ZONE, messages.FAULT_ZONE)
    return name


def placeholders_left(texts: Sequence[str]) -> tuple[str, ...]:
    """`{like this}` in a moderator's own words: nothing will be put in there."""
    return tuple(dict.fromkeys(regex.findall(r"\{[^{}\n]{0,40}\}", "\n".join(texts))))


def _read_slot(slot: Slot, written: str, zone: str, now: datetime.datetime) -> str | Moment | Fault:
    reader = _READERS.get(slot)
    if len(written) > MAX_VALUE:
        return Fault(FIELDS[slot], messages.FAULT_VALUE_LONG)
    if slot is Slot.TIME:
        return read_time(written, zone, now)
    return reader(written) if reader else written


def _number(written: str) -> str | Fault:
    digits = unicodedata.normalize("NFKC", written)
    if not regex.fullmatch(r"\d{1,9}", digits):
        return Fault(messages.FIELD_NUMBER, messages.FAULT_NUMBER)
    return str(int(digits))


def _link(written: str) -> str | Fault:
    return written if is_link(written, secure=True) else Fault(messages.FIELD_LINK, messages.FAULT_LINK)


_READERS: Mapping[Slot, Callable[[str], str | Fault]] = {Slot.NUMBER: _number, Slot.LINK: _link}


def _one_line(text: str) -> str:
    return one_line(without_directions(text))


def _exists(at: datetime.datetime) -> bool:
    """False for a time that a clock skips when daylight saving begins: it does not survive the way to UTC and back."""
    back = at.astimezone(datetime.UTC).astimezone(at.tzinfo)
    return back.replace(tzinfo=None) == at.replace(tzinfo=None)
