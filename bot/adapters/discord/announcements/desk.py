"""Where moderators and readers of announcements are served: every method gives the page or the form that follows."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.adapters.discord.announcements.layout import (
    DraftView,
    Voice,
    confirm_page,
    control,
    draft_page,
    history_page,
    list_page,
    named_title,
    notice_text,
    overview_page,
    reading_page,
    reminder_page,
    reminder_set_page,
)
from bot.adapters.discord.announcements.visitors import Visitor
from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.forms import Field, Form
from bot.adapters.discord.markup import plain
from bot.adapters.discord.pages import MAX_CONTENT, Page, button, menu, page, pieces
from bot.adapters.discord.readers import channel_id, channel_key
from bot.core.announcements import messages
from bot.core.announcements.announcing import Announcing, Conflict, Gone, Result
from bot.core.announcements.lifecycle import Refusal
from bot.core.announcements.models import Announcement, Content, State, Target, Words
from bot.core.announcements.rendering import AnnouncementRenderer
from bot.core.announcements.review import warnings
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
from bot.core.answering import Answering
from bot.core.facts import Moment
from bot.core.locales import LANGUAGES
from bot.core.messages import Message
from bot.core.models import Option

_REMEMBERED = 200  # forms with faults that somebody may correct
_TITLE, _BODY, _TIME, _WHEN, _ZONE, _REPEATS = "title", "body", "time", "when", "zone", "repeats"
_DRAFT_STATES = (State.DRAFT, State.APPROVED)
Shown = Page | Form
# Reads a file of texts by language: the texts, or what is wrong with it, for a person to read.
ReadTexts = Callable[[str, bytes], Mapping[str, Words] | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskOptions:
    """Args:
    zone: IANA name; where moderators who name no zone are.
    language_channels: The locale of each channel that has one, by channel id.
    """

    zone: str = "Asia/Tokyo"
    language_channels: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """The version of an announcement that a moderator had before them, as a control carries it: `id.version`."""

    id: str
    version: int

    def __str__(self) -> str:
        return f"{self.id}.{self.version}"

    @classmethod
    def parse(cls, argument: str) -> "Seen":
        """Whatever it says: an id that does not exist leads to "no longer exists"."""
        announcement_id, version, _ = _split(argument, ".", 3)
        return cls(announcement_id, int(version) if version.isascii() and version.isdecimal() else 0)


_Work = Awaitable[Result]


class Desk:
    """Serves one visitor at a time. Permissions are checked at every step: a control is input, never trusted."""

    def __init__(
        self, announcing: Announcing, answering: Answering, options: DeskOptions, read_texts: ReadTexts
    ) -> None:
        self._announcing = announcing
        self._answering = answering
        self._options = options
        self._read_texts = read_texts
        self._typed: OrderedDict[str, Mapping[str, str]] = OrderedDict()

    # For readers

    async def read(self, visitor: Visitor, announcement_id: str, wanted: str | None = None) -> Page:
        """The announcement in `wanted`, or in the reader's own language."""
        locale = wanted if wanted and wanted in LANGUAGES else await self._locale(visitor)
        voice = self._voice(locale)
        announcement = await self._announcing.read(announcement_id, voice.locale)
        if announcement is None or (visitor.guild and announcement.server != visitor.server):
            return page(voice.say(messages.GONE))
        notice = self._renderer().notice(announcement, locale)
        remind = visitor.guild is not None and self._remindable(announcement)  # a copy in a direct message is one
        return reading_page(announcement, notice, voice, self._answering.languages(), remind=remind)

    async def remind(self, visitor: Visitor, announcement_id: str) -> Page:
        voice = self._voice(await self._locale(visitor))
        announcement = await self._announcing.find(announcement_id, visitor.server)
        if announcement is None or announcement.retracted_at:
            return page(voice.say(messages.GONE))
        return reminder_page(announcement, voice, self._announcing.now())

    async def set_reminder(self, visitor: Visitor, announcement_id: str, minutes: str) -> Page:
        voice = self._voice(await self._locale(visitor))
        announcement = await self._announcing.find(announcement_id, visitor.server)
        if announcement is None or announcement.retracted_at:  # withdrawn since the menu was opened
            return page(voice.say(messages.GONE))
        due = await self._announcing.remind(
            announcement_id,
            visitor.reader.asker,
            int(minutes) if minutes.isascii() and minutes.isdecimal() else -1,
            channel=visitor.channel,
            locale=voice.locale,
        )
        if due is None:
            return page(voice.say(messages.REMINDER_TOO_LATE))
        return reminder_set_page(announcement, due, voice)

    async def cancel_reminder(self, visitor: Visitor, announcement_id: str) -> Page:
        voice = self._voice(await self._locale(visitor))
        await self._announcing.cancel_reminder(announcement_id, visitor.reader.asker)
        return page(voice.say(messages.REMINDER_CANCELLED), in_place=True)

    # For moderators: composing

    async def compose(
        self, visitor: Visitor, template: str, zone: str, words_in: str | None, *, again: bool = False
    ) -> Shown:
        """The form of a new announcement; `again` with what was typed into it before."""
        voice = self._voice(await self._locale(visitor))
        if not visitor.actor.moderator:
            return page(voice.say(messages.NOT_MODERATOR))
        found = read_zone(zone, self._options.zone)
        if isinstance(found, Fault):
            return page(self._fault_text(found, voice))
        if template != FREE_TEXT and template not in TEMPLATES:
            return page(voice.say(messages.GONE))
        words_in = words_in if words_in and words_in in LANGUAGES else voice.locale
        control_id = ControlId(Action.COMPOSE, voice.locale, f"{template}|{found}|{words_in}")
        typed = self._typed.get(_memory_key(visitor, control_id), {}) if again else {}
        return self._content_form(control_id, template, words_in, voice, typed)

    async def composed(self, visitor: Visitor, control_id: ControlId, typed: Mapping[str, str]) -> Page:
        """A form of a new announcement came back."""
        voice = self._voice(await self._locale(visitor))
        template, zone, words_in = _split(control_id.argument, "|", 3)
        if (template != FREE_TEXT and template not in TEMPLATES) or words_in not in LANGUAGES:
            return page(voice.say(messages.GONE))
        content = self._content(template, words_in, typed, zone, {})
        if isinstance(content, tuple):
            self._remember(_memory_key(visitor, control_id), typed)
            return self._faults_page(content, typed, replace(control_id, action=Action.COMPOSE_AGAIN), voice)
        return await self._drafted(visitor, content, words_in, zone, voice)

    async def compose_file(self, visitor: Visitor, name: str, data: bytes, zone: str) -> Page:
        """A new announcement in own words from a file with texts by language."""
        voice = self._voice(await self._locale(visitor))
        if not visitor.actor.moderator:
            return page(voice.say(messages.NOT_MODERATOR))
        found = read_zone(zone, self._options.zone)
        if isinstance(found, Fault):
            return page(self._fault_text(found, voice))
        texts = self._read_texts(name, data)
        if isinstance(texts, str):
            return page(voice.say(messages.FAULT_FILE, problem=plain(texts)))
        return await self._drafted(visitor, own_words(texts), next(iter(texts)), found, voice)

    # For moderators: drafts

    async def draft(self, visitor: Visitor, announcement_id: str, above: str = "") -> Page:
        """The page of an announcement for moderators, whatever state it is in."""
        voice = self._voice(await self._locale(visitor))
        announcement = await self._for_moderator(visitor, announcement_id, voice)
        if isinstance(announcement, Page):
            return announcement
        return await self._page_of(visitor, announcement, voice, above)

    async def preview(self, visitor: Visitor, announcement_id: str, locale: str) -> Page:
        """What a reader of `locale` will get, exactly."""
        own = self._voice(await self._locale(visitor))
        announcement = await self._for_moderator(visitor, announcement_id, own)
        if isinstance(announcement, Page):
            return announcement
        if locale not in LANGUAGES:
            return page(own.say(messages.GONE))
        notice = self._renderer().notice(announcement, locale)
        return page(notice_text(notice, self._voice(locale)))

    async def choose_channels(self, visitor: Visitor, seen: Seen, channels: Sequence[str]) -> Page:
        targets = tuple(self._target(int(each)) for each in channels if each.isascii() and each.isdecimal())
        return await self._after(visitor, self._announcing.aim(seen.id, seen.version, visitor.actor, targets=targets))

    async def choose_language_channels(self, visitor: Visitor, seen: Seen) -> Page:
        targets = tuple(map(self._target, self._options.language_channels))
        return await self._after(visitor, self._announcing.aim(seen.id, seen.version, visitor.actor, targets=targets))

    async def choose_role(self, visitor: Visitor, seen: Seen, roles: Sequence[str]) -> Page:
        role = next((each for each in roles if each.isascii() and each.isdecimal()), None)
        return await self._after(visitor, self._announcing.choose_role(seen.id, seen.version, visitor.actor, role))

    async def approve(self, visitor: Visitor, seen: Seen) -> Page:
        work = self._announcing.approve(seen.id, seen.version, visitor.actor)
        return await self._after(visitor, work, messages.APPROVED)

    async def discard(self, visitor: Visitor, seen: Seen) -> Page:
        work = self._announcing.discard(seen.id, seen.version, visitor.actor)
        return await self._after(visitor, work, messages.DISCARDED)

    async def send(self, visitor: Visitor, seen: Seen, *, sure: bool) -> Page:
        """Send now; pinging a role takes one more tap."""
        voice = self._voice(await self._locale(visitor))
        announcement = await self._for_moderator(visitor, seen.id, voice)
        if isinstance(announcement, Page):
            return announcement
        if announcement.role and not sure:
            return self._ask_to_ping(visitor, announcement, Action.DRAFT_PING, voice)
        return await self._after(visitor, self._announcing.send(seen.id, seen.version, visitor.actor), messages.SENDING)

    async def later_form(self, visitor: Visitor, seen: Seen, *, sure: bool) -> Shown:
        """When to send; pinging a role takes one more tap here as well."""
        voice = self._voice(await self._locale(visitor))
        announcement = await self._for_moderator(visitor, seen.id, voice)
        if isinstance(announcement, Page):
            return announcement
        if announcement.role and not sure:
            return self._ask_to_ping(visitor, announcement, Action.DRAFT_PING_LATER, voice)
        control_id = ControlId(Action.DRAFT_LATER, voice.locale, str(seen))
        typed = self._typed.get(_memory_key(visitor, control_id), {_ZONE: announcement.zone})
        fields = _later_fields(voice, typed, repeatable=announcement.content.time is not None)
        return Form(voice.say(messages.BUTTON_SCHEDULE), control_id, fields)

    def _ask_to_ping(self, visitor: Visitor, announcement: Announcement, action: Action, voice: Voice) -> Page:
        role = visitor.guild.get_role(int(announcement.role or 0)) if visitor.guild else None
        label = voice.say(messages.BUTTON_PING, role=role.name if role else announcement.role or "")
        text = voice.say(messages.PING_CONFIRM, role=f"<@&{announcement.role}>")
        return confirm_page(text, button(label, control(action, announcement, voice)), announcement, voice)

    async def later(self, visitor: Visitor, seen: Seen, typed: Mapping[str, str]) -> Page:
        """The form of a later sending came back."""
        voice = self._voice(await self._locale(visitor))
        announcement = await self._for_moderator(visitor, seen.id, voice)
        if isinstance(announcement, Page):
            return announcement
        zone = read_zone(typed.get(_ZONE, ""), announcement.zone)
        time, clock = announcement.content.time, announcement.zone if isinstance(zone, Fault) else zone
        schedule = read_schedule(typed.get(_WHEN, ""), clock, self._announcing.now(), time)
        repeats = read_repeats(typed.get(_REPEATS, ""), time)
        if isinstance(zone, Fault) or isinstance(schedule, Fault) or isinstance(repeats, Fault):
            again = ControlId(Action.DRAFT_LATER, voice.locale, str(seen))
            self._remember(_memory_key(visitor, again), typed)
            faults = tuple(each for each in (zone, schedule, repeats) if isinstance(each, Fault))
            return self._faults_page(faults, typed, replace(again, action=Action.DRAFT_PING_LATER), voice)
        work = self._announcing.send(seen.id, seen.version, visitor.actor, schedule=schedule, repeats=repeats)
        due = schedule.due(time) if schedule else None
        at = voice.moment(due, announcement.zone) if due else ""
        done = voice.say(messages.SCHEDULED, time=at) if due else voice.say(messages.SENDING)
        return await self._after(visitor, work, done)

    # For moderators: what was announced

    async def edit_form(self, visitor: Visitor, seen: Seen, words_in: str | None = None) -> Shown:
        """The form with the announcement as it is, in `words_in` or the language it was written in."""
        voice = self._voice(await self._locale(visitor))
        announcement = await self._for_moderator(visitor, seen.id, voice)
        if isinstance(announcement, Page):
            return announcement
        locale = words_in if words_in and words_in in LANGUAGES else announcement.original
        # The version that is edited, not the one a button was made for: the form shows what it is now.
        control_id = ControlId(Action.EDIT, voice.locale, f"{announcement.id}.{announcement.version}.{locale}")
        remembered = self._typed.get(_memory_key(visitor, control_id))
        typed = remembered or _typed_of(announcement.content, locale)
        return self._content_form(control_id, announcement.content.template, locale, voice, typed)

    async def edited(self, visitor: Visitor, control_id: ControlId, typed: Mapping[str, str]) -> Page:
        """A form of an edit came back."""
        voice = self._voice(await self._locale(visitor))
        announcement_id, version, locale = _split(control_id.argument, ".", 3)
        announcement = await self._for_moderator(visitor, announcement_id, voice)
        if isinstance(announcement, Page):
            return announcement
        if locale not in LANGUAGES or not version.isdecimal():
            return page(voice.say(messages.GONE))
        known = announcement.content
        content = self._content(known.template, locale, typed, announcement.zone, known.texts)
        if isinstance(content, tuple):
            self._remember(_memory_key(visitor, control_id), typed)
            again = ControlId(Action.EDIT_IN, voice.locale, f"{announcement_id}.{version}.{locale}")
            return self._faults_page(content, typed, again, voice)
        result = await self._announcing.edit(announcement_id, int(version), content, visitor.actor)
        done = messages.EDITED if announcement.published else None
        mine = self._your_text(typed, voice) if isinstance(result, Conflict) else ""
        return await self._result_page(visitor, result, voice, voice.say(done) if done else "", below=mine)

    async def add_language(self, visitor: Visitor, seen: Seen) -> Page:
        voice = self._voice(await self._locale(visitor))
        announcement = await self._for_moderator(visitor, seen.id, voice)
        if isinstance(announcement, Page):
            return announcement
        prompt = voice.say(messages.TEXT_LANGUAGE_PROMPT)
        options = tuple(Option(tag, language.autonym) for tag, language in LANGUAGES.items())
        return page(prompt, menu(prompt, ControlId(Action.EDIT_IN, voice.locale, str(seen)), options))

    async def retract(self, visitor: Visitor, seen: Seen, *, sure: bool) -> Page:
        """Withdrawing takes one more tap. What the moderator saw may be outdated: it must go all the same."""
        voice = self._voice(await self._locale(visitor))
        announcement = await self._for_moderator(visitor, seen.id, voice)
        if isinstance(announcement, Page):
            return announcement
        if not sure:
            yes = button(voice.say(messages.BUTTON_RETRACT), control(Action.RETRACT_SURE, announcement, voice))
            return replace(confirm_page(voice.say(messages.RETRACT_CONFIRM), yes, announcement, voice), in_place=False)
        return await self._after(visitor, self._announcing.retract(seen.id, None, visitor.actor), messages.RETRACTED)

    async def retry(self, visitor: Visitor, announcement_id: str) -> Page:
        found = await self._for_moderator(visitor, announcement_id, self._voice(await self._locale(visitor)))
        if isinstance(found, Page):
            return found
        return await self._after(visitor, self._announcing.retry(announcement_id, visitor.actor), messages.RETRYING)

    async def history(self, visitor: Visitor, announcement_id: str | None) -> Page:
        voice = self._voice(await self._locale(visitor))
        if not visitor.actor.moderator:
            return page(voice.say(messages.NOT_MODERATOR))
        records = await self._announcing.history(visitor.server, announcement_id)
        return history_page(records, self._options.zone, voice, f"announcements-{announcement_id or 'all'}")

    async def list(self, visitor: Visitor) -> Page:
        voice = self._voice(await self._locale(visitor))
        if not visitor.actor.moderator:
            return page(voice.say(messages.NOT_MODERATOR))
        newest = await self._announcing.newest(visitor.server)
        return list_page([(one, self._title(one, voice)) for one in newest], voice)

    async def not_an_announcement(self, visitor: Visitor) -> Page:
        return page(self._voice(await self._locale(visitor)).say(messages.NO_ANNOUNCEMENT))

    async def suggestions(self, visitor: Visitor, typed: str) -> Sequence[Option]:
        """Announcements whose id or title holds what was typed."""
        if not visitor.actor.moderator:
            return ()
        voice = self._voice(await self._locale(visitor))
        newest = await self._announcing.newest(visitor.server)
        labels = [Option(one.id, f"{one.id} · {self._title(one, voice)}") for one in newest]
        return [each for each in labels if typed.casefold() in each.label.casefold()]

    # Helpers

    async def _for_moderator(self, visitor: Visitor, announcement_id: str, voice: Voice) -> Announcement | Page:
        """The announcement, or the page that tells why not."""
        if not visitor.actor.moderator:
            return page(voice.say(messages.NOT_MODERATOR))
        found = await self._announcing.find(announcement_id, visitor.server)
        return found or page(voice.say(messages.GONE))

    async def _drafted(self, visitor: Visitor, content: Content, original: str, zone: str, voice: Voice) -> Page:
        result = await self._announcing.draft(
            server=visitor.server, content=content, original=original, zone=zone, targets=(), actor=visitor.actor
        )
        return replace(await self._result_page(visitor, result, voice, ""), in_place=False)

    async def _after(self, visitor: Visitor, work: _Work, done: Message | str = "") -> Page:
        voice = self._voice(await self._locale(visitor))
        return await self._result_page(
            visitor, await work, voice, voice.say(done) if isinstance(done, Message) else done
        )

    async def _result_page(self, visitor: Visitor, result: Result, voice: Voice, done: str, below: str = "") -> Page:
        match result:
            case Gone():
                return page(voice.say(messages.GONE))
            case Refusal():
                return page(plain(voice.refusal(result)))
            case Conflict(current):
                said = "\n\n".join(part for part in (voice.say(messages.CONFLICT), below) if part)
                return await self._page_of(visitor, current, voice, said)
            case Announcement():
                return await self._page_of(visitor, result, voice, done)

    async def _page_of(self, visitor: Visitor, announcement: Announcement, voice: Voice, above: str) -> Page:
        if announcement.server != visitor.server:
            return page(voice.say(messages.GONE))
        if announcement.state in _DRAFT_STATES:
            return draft_page(self._draft_view(visitor, announcement, voice), voice, above=plain(above))
        overview = await self._announcing.overview(announcement)
        shown = overview_page(overview, self._title(announcement, voice), voice)
        texts = pieces("\n\n".join([part for part in (plain(above), *shown.texts) if part]))
        return replace(shown, texts=texts, in_place=True)

    def _draft_view(self, visitor: Visitor, announcement: Announcement, voice: Voice) -> DraftView:
        renderer = self._renderer()
        languages = self._answering.languages()
        found = warnings(
            announcement,
            renderer,
            [option.key for option in languages],
            self._announcing.now(),
            longest=MAX_CONTENT,
            locale=voice.locale,
        )
        notice = renderer.notice(announcement, voice.locale)
        return DraftView(
            announcement=announcement,
            text=_with_role(announcement, notice_text(notice, voice)),
            warnings=(*found, *_warnings_here(visitor, announcement)),
            languages=languages,
            language_channels=bool(self._options.language_channels),
            needs_approval=self._announcing.needs_approval,
        )

    def _content(
        self, template: str, locale: str, typed: Mapping[str, str], zone: str, texts: Mapping[str, Words]
    ) -> Content | Faults:
        now = self._announcing.now()
        if template != FREE_TEXT:
            slots = {slot: typed.get(slot, "") for slot in Slot}
            return read_template(TEMPLATES[template], slots, zone, now)
        words = read_words(typed.get(_TITLE, ""), typed.get(_BODY, ""))
        time = read_time(typed[_TIME], zone, now) if typed.get(_TIME, "").strip() else None
        if isinstance(words, tuple) or isinstance(time, Fault):
            return (*(words if isinstance(words, tuple) else ()), *((time,) if isinstance(time, Fault) else ()))
        return own_words({**texts, locale: words}, time)

    def _content_form(
        self, control_id: ControlId, template: str, locale: str, voice: Voice, typed: Mapping[str, str]
    ) -> Form:
        if template == FREE_TEXT:
            title = f"{voice.say(messages.OWN_WORDS)} ({LANGUAGES[locale].autonym})"
            return Form(title, control_id, _words_fields(voice, typed))
        fields = tuple(
            Field(
                key=line.slot,
                label=voice.say(FIELDS[line.slot]),
                value=typed.get(line.slot, ""),
                required=line.required,
            )
            for line in TEMPLATES[template].lines
        )
        return Form(voice.say(TEMPLATES[template].title), control_id, fields)

    def _faults_page(self, faults: Faults, typed: Mapping[str, str], again: ControlId, voice: Voice) -> Page:
        """Every fault, what was typed so that nothing is lost, and the way back to the form."""
        lines = [voice.say(messages.FAULTS), *(f"• {self._fault_text(each, voice)}" for each in faults)]
        text = "\n".join([*lines, "", self._your_text(typed, voice)])
        return page(text, (button(voice.say(messages.BUTTON_EDIT), again),))

    def _fault_text(self, fault: Fault, voice: Voice) -> str:
        return plain(voice.say(fault.message, field=voice.say(fault.field), **fault.values))

    def _your_text(self, typed: Mapping[str, str], voice: Voice) -> str:
        return "\n".join([voice.say(messages.YOUR_TEXT), *(plain(text) for text in typed.values() if text)])

    def _title(self, announcement: Announcement, voice: Voice) -> str:
        return named_title(announcement.content, self._renderer().notice(announcement, voice.locale).title)

    def _target(self, channel: int) -> Target:
        return Target(channel_key(channel), self._options.language_channels.get(channel))

    def _remindable(self, announcement: Announcement) -> bool:
        time = announcement.content.time
        return time is not None and time.at > self._announcing.now() and announcement.retracted_at is None

    def _remember(self, key: str, typed: Mapping[str, str]) -> None:
        self._typed[key] = dict(typed)
        while len(self._typed) > _REMEMBERED:
            self._typed.popitem(last=False)

    def _renderer(self) -> AnnouncementRenderer:
        return AnnouncementRenderer(self._answering.snapshot.catalogs)

    def _voice(self, locale: str) -> Voice:
        return Voice(self._answering, self._answering.spoken(locale))

    async def _locale(self, visitor: Visitor) -> str:
        reader = visitor.reader
        decision = await self._answering.reader_locale(reader.asker, client=reader.client, server=reader.server)
        return decision.locale


def _with_role(announcement: Announcement, text: str) -> str:
    return f"<@&{announcement.role}>\n{text}" if announcement.role else text


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


def _typed_of(content: Content, locale: str) -> dict[str, str]:
    """An announcement as its form shows it."""
    typed = {str(slot): value for slot, value in content.values.items()}
    if words := content.texts.get(locale):
        typed |= {_TITLE: words.title, _BODY: words.body}
    if content.time:
        typed[_TIME] = _typed_time(content.time)
    return typed


def _typed_time(time: Moment) -> str:
    return f"{time.at:%Y-%m-%d %H:%M}"


def _warnings_here(visitor: Visitor, announcement: Announcement) -> tuple[Refusal, ...]:
    """What Discord will not let the bot do."""
    channels = [channel_id(target.channel) for target in announcement.targets]
    found = [
        Refusal(messages.WARN_CHANNEL, {"channel": f"<#{each}>"}) for each in channels if not visitor.may_post(each)
    ]
    if announcement.role and not visitor.may_ping(int(announcement.role)):
        found.append(Refusal(messages.WARN_ROLE, {"role": f"<@&{announcement.role}>"}))
    return tuple(found)


def _split(argument: str, separator: str, count: int) -> list[str]:
    """Exactly `count` parts, empty where there are fewer."""
    parts = argument.split(separator, count - 1)
    return [*parts, *[""] * (count - len(parts))]


def _memory_key(visitor: Visitor, control_id: ControlId) -> str:
    return f"{visitor.reader.asker}:{control_id.argument}"
