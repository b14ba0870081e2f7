"""What readers do with an announcement: open it in their language, and be reminded of it."""

from bot.adapters.discord.announcements.counter import Counter
from bot.adapters.discord.announcements.layout import reading_page, reminder_page, reminder_set_page
from bot.adapters.discord.announcements.visitors import Visitor
from bot.adapters.discord.pages import Page, page
from bot.core.announcements import messages
from bot.core.announcements.models import Announcement
from bot.core.locales import LANGUAGES


class ReadingDesk(Counter):
    """For everyone."""

    async def read(self, visitor: Visitor, announcement_id: str, wanted: str | None = None) -> Page:
        """The announcement in `wanted`, or in the reader's own language."""
        voice = await self._greet(visitor)
        locale = wanted if wanted and wanted in LANGUAGES else voice.locale
        voice = self._voice(locale)
        server = visitor.server if visitor.guild else None
        announcement = await self._announcing.read(announcement_id, voice.locale, server=server)
        if announcement is None:
            return page(voice.say(messages.GONE))
        notice = self._renderer().notice(announcement, locale)
        remind = visitor.guild is not None and self._remindable(announcement)  # a copy in a direct message is one
        return reading_page(announcement, notice, voice, self._answering.languages(), remind=remind)

    async def remind(self, visitor: Visitor, announcement_id: str) -> Page:
        voice = await self._greet(visitor)
        announcement = await self._announcing.find(announcement_id, visitor.server)
        if announcement is None or announcement.retracted_at:
            return page(voice.say(messages.GONE))
        return reminder_page(announcement, voice, self._announcing.now())

    async def set_reminder(self, visitor: Visitor, announcement_id: str, minutes: str) -> Page:
        voice = await self._greet(visitor)
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
        voice = await self._greet(visitor)
        await self._announcing.cancel_reminder(announcement_id, visitor.reader.asker)
        return page(voice.say(messages.REMINDER_CANCELLED), in_place=True)

    def _remindable(self, announcement: Announcement) -> bool:
        time = announcement.content.time
        return time is not None and time.at > self._announcing.now() and announcement.retracted_at is None
