"""An announcement as one reader sees it: complete in one language, laid out by the adapter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core import messages as interface
from bot.core.announcements import messages
from bot.core.announcements.models import Announcement, Content
from bot.core.announcements.templates import FREE_TEXT, TEMPLATES, Slot, Template
from bot.core.catalog import Catalogs
from bot.core.facts import Integer, Moment
from bot.core.formatting import format_fact
from bot.core.locales import LANGUAGES, shipped_or_source


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An announcement in one language.

    Args:
        locale: The language of title and lines.
        mark: That it was corrected or withdrawn, and when; None when neither.
        lines: The text, a line each. A withdrawn announcement keeps them: people should know what no longer holds.
        time: What an adapter can show on the reader's own clock.
        remarks: What to know about the words: whose they are, who reviewed them.
    """

    locale: str
    title: str
    lines: tuple[str, ...]
    mark: str | None = None
    withdrawn: bool = False
    time: Moment | None = None
    remarks: tuple[str, ...] = ()


class AnnouncementRenderer:
    """Renders with the catalogs of one snapshot."""

    def __init__(self, catalogs: Catalogs) -> None:
        self._catalogs = catalogs

    def notice(self, announcement: Announcement, locale: str) -> Notice:
        """The announcement for a reader of `locale`, in the language nearest to it that there is."""
        spoken = shipped_or_source(locale, self._catalogs.shipped)
        words = _language_of_words(announcement.content, announcement.original, spoken)
        title, lines = self.words(announcement.content, words)
        return Notice(
            locale=words,
            title=title,
            lines=lines,
            mark=self._mark(announcement, spoken),
            withdrawn=announcement.retracted_at is not None,
            time=announcement.content.time,
            remarks=self._remarks(announcement.content, words, spoken),
        )

    def words(self, content: Content, locale: str) -> tuple[str, tuple[str, ...]]:
        """Title and lines in exactly this language."""
        if content.template == FREE_TEXT:
            own = content.texts[locale]
            return own.title, (own.body, *self._time_line(content, locale))
        template = TEMPLATES[content.template]
        lead = self._catalogs.say(locale, template.lead)
        return self._catalogs.say(locale, template.title), (lead, *self._lines(template, content, locale))

    def moment(self, at: datetime, zone: str, locale: str) -> str:
        return format_fact(Moment.seen_from(zone, at), locale, {})

    def _lines(self, template: Template, content: Content, locale: str) -> list[str]:
        values = self._values(content, locale)
        return [
            self._catalogs.say(locale, line.text, **{line.slot: values[line.slot]})
            for line in template.lines
            if values.get(line.slot)
        ]

    def _values(self, content: Content, locale: str) -> Mapping[str, str]:
        values: dict[str, str] = {str(slot): value for slot, value in content.values.items()}
        if number := values.get(Slot.NUMBER):
            values[Slot.NUMBER] = format_fact(Integer(int(number)), locale, {})
        if content.time:
            values[Slot.TIME] = format_fact(content.time, locale, {})
        return values

    def _time_line(self, content: Content, locale: str) -> tuple[str, ...]:
        if content.time is None:
            return ()
        return (self._catalogs.say(locale, TIME_LINE, time=format_fact(content.time, locale, {})),)

    def _mark(self, announcement: Announcement, locale: str) -> str | None:
        for at, message in (
            (announcement.retracted_at, messages.WITHDRAWN),
            (announcement.corrected_at, messages.CORRECTED),
        ):
            if at:
                return self._catalogs.say(locale, message, time=self.moment(at, announcement.zone, locale))
        return None

    def _remarks(self, content: Content, words: str, reader: str) -> tuple[str, ...]:
        if content.template == FREE_TEXT and words != reader:
            names = {"language": LANGUAGES[reader].autonym, "original": LANGUAGES[words].autonym}
            return (self._catalogs.say(reader, messages.ORIGINAL_ONLY, **names),)
        if content.template != FREE_TEXT and words not in self._catalogs.signed:
            return (self._catalogs.say(reader, interface.UNREVIEWED),)
        return ()


TIME_LINE = next(line.text for line in TEMPLATES["session-start"].lines if line.slot is Slot.TIME)


def _language_of_words(content: Content, original: str, wanted: str) -> str:
    if content.template != FREE_TEXT:
        return wanted
    return wanted if wanted in content.texts else original
