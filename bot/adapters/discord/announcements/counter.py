"""What every desk of announcements shares: who stands there, in which language they are served, what page follows."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from bot.adapters.discord.announcements.layout import DraftView, draft_page, named_title, notice_text, overview_page
from bot.adapters.discord.announcements.visitors import Visitor
from bot.adapters.discord.forms import Form
from bot.adapters.discord.markup import plain
from bot.adapters.discord.offices import Voice
from bot.adapters.discord.pages import MAX_CONTENT, Page, page, pieces
from bot.adapters.discord.readers import channel_id
from bot.core.announcements import messages
from bot.core.announcements.announcing import Announcing, Conflict, Gone, Result
from bot.core.announcements.lifecycle import BEFORE_SENDING, Refusal
from bot.core.announcements.models import Announcement
from bot.core.announcements.rendering import AnnouncementRenderer
from bot.core.announcements.review import warnings
from bot.core.answering import Answering
from bot.core.messages import Message

Shown = Page | Form


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
    def parse(cls, argument: str) -> Self:
        """Whatever it says: an id that does not exist leads to "no longer exists"."""
        announcement_id, version, _ = split(argument, ".", 3)
        return cls(announcement_id, int(version) if version.isascii() and version.isdecimal() else 0)


class Counter:
    """Serves one visitor at a time. Permissions are checked at every step: a control is input, never trusted."""

    def __init__(self, announcing: Announcing, answering: Answering, options: DeskOptions) -> None:
        self._announcing = announcing
        self._answering = answering
        self._options = options

    async def _greet(self, visitor: Visitor) -> Voice:
        """The voice in which this visitor is spoken to."""
        reader = visitor.reader
        decision = await self._answering.reader_locale(reader.asker, client=reader.client, server=reader.server)
        return self._voice(decision.locale)

    async def _for_moderator(self, visitor: Visitor, announcement_id: str, voice: Voice) -> Announcement | Page:
        """The announcement, or the page that tells why not."""
        if not visitor.actor.moderator:
            return page(voice.say(messages.NOT_MODERATOR))
        found = await self._announcing.find(announcement_id, visitor.server)
        return found or page(voice.say(messages.GONE))

    async def _after(self, visitor: Visitor, work: Awaitable[Result], done: Message | None = None) -> Page:
        voice = await self._greet(visitor)
        return await self._result_page(visitor, await work, voice, voice.say(done) if done else "")

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
        if announcement.state in BEFORE_SENDING:
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

    def _title(self, announcement: Announcement, voice: Voice) -> str:
        return named_title(announcement.content, self._renderer().notice(announcement, voice.locale).title)

    def _renderer(self) -> AnnouncementRenderer:
        return AnnouncementRenderer(self._answering.snapshot.catalogs)

    def _voice(self, locale: str) -> Voice:
        return Voice(self._answering, locale)


def split(argument: str, separator: str, count: int) -> list[str]:
    """Exactly `count` parts, empty where there are fewer."""
    parts = argument.split(separator, count - 1)
    return [*parts, *[""] * (count - len(parts))]


def _with_role(announcement: Announcement, text: str) -> str:
    return f"<@&{announcement.role}>\n{text}" if announcement.role else text


def _warnings_here(visitor: Visitor, announcement: Announcement) -> tuple[Refusal, ...]:
    """What Discord will not let the bot do."""
    channels = [channel_id(target.channel) for target in announcement.targets]
    found = [
        Refusal(messages.WARN_CHANNEL, {"channel": f"<#{each}>"}) for each in channels if not visitor.may_post(each)
    ]
    if announcement.role and not visitor.may_ping(int(announcement.role)):
        found.append(Refusal(messages.WARN_ROLE, {"role": f"<@&{announcement.role}>"}))
    return tuple(found)
