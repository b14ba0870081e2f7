"""What moderators do with a draft and with what was announced: aim, approve, send, withdraw, retry, look up."""

from collections.abc import Sequence
from dataclasses import replace

from bot.adapters.discord.announcements.content_forms import Typed, TypedForms, faults_page, later_form, read_later
from bot.adapters.discord.announcements.counter import Counter, DeskOptions, Seen, Shown
from bot.adapters.discord.announcements.layout import confirm_page, control, history_page, list_page, notice_text
from bot.adapters.discord.announcements.visitors import Visitor
from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.offices import Voice
from bot.adapters.discord.pages import Page, button, page
from bot.adapters.discord.readers import channel_key
from bot.core.announcements import messages
from bot.core.announcements.announcing import Announcing
from bot.core.announcements.models import Announcement, Target
from bot.core.answering import Answering
from bot.core.locales import LANGUAGES
from bot.core.models import Option


class ModeratingDesk(Counter):
    """For moderators; approving is for approvers."""

    def __init__(
        self, announcing: Announcing, answering: Answering, options: DeskOptions, typed_forms: TypedForms
    ) -> None:
        super().__init__(announcing, answering, options)
        self._typed_forms = typed_forms

    async def draft(self, visitor: Visitor, announcement_id: str, above: str = "") -> Page:
        """The page of an announcement for moderators, whatever state it is in."""
        voice = await self._greet(visitor)
        announcement = await self._for_moderator(visitor, announcement_id, voice)
        if isinstance(announcement, Page):
            return announcement
        return await self._page_of(visitor, announcement, voice, above)

    async def preview(self, visitor: Visitor, announcement_id: str, locale: str) -> Page:
        """What a reader of `locale` will get, exactly."""
        own = await self._greet(visitor)
        announcement = await self._for_moderator(visitor, announcement_id, own)
        if isinstance(announcement, Page):
            return announcement
        if locale not in LANGUAGES:
            return page(own.say(messages.GONE))
        notice = self._renderer().notice(announcement, locale)
        return page(notice_text(notice, self._voice(locale)))

    async def aim_at(self, visitor: Visitor, seen: Seen, channels: Sequence[str]) -> Page:
        targets = tuple(self._target(int(each)) for each in channels if each.isascii() and each.isdecimal())
        return await self._after(visitor, self._announcing.aim(seen.id, seen.version, visitor.actor, targets=targets))

    async def aim_at_languages(self, visitor: Visitor, seen: Seen) -> Page:
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
        voice = await self._greet(visitor)
        announcement = await self._for_moderator(visitor, seen.id, voice)
        if isinstance(announcement, Page):
            return announcement
        if announcement.role and not sure:
            return self._ask_to_ping(visitor, announcement, Action.DRAFT_PING, voice)
        result = await self._announcing.send(seen.id, seen.version, visitor.actor)
        return await self._result_page(visitor, result, voice, voice.say(messages.SENDING))

    async def later_form(self, visitor: Visitor, seen: Seen, *, sure: bool) -> Shown:
        """When to send; pinging a role takes one more tap here as well."""
        voice = await self._greet(visitor)
        announcement = await self._for_moderator(visitor, seen.id, voice)
        if isinstance(announcement, Page):
            return announcement
        if announcement.role and not sure:
            return self._ask_to_ping(visitor, announcement, Action.DRAFT_PING_LATER, voice)
        control_id = ControlId(Action.DRAFT_LATER, voice.locale, str(seen))
        typed = self._typed_forms.recall(visitor, control_id)
        repeatable = announcement.content.time is not None
        return later_form(control_id, announcement.zone, voice, typed, repeatable=repeatable)

    async def later(self, visitor: Visitor, seen: Seen, typed: Typed) -> Page:
        """The form of a later sending came back."""
        voice = await self._greet(visitor)
        announcement = await self._for_moderator(visitor, seen.id, voice)
        if isinstance(announcement, Page):
            return announcement
        time = announcement.content.time
        timing = read_later(typed, announcement.zone, time, self._announcing.now())
        if isinstance(timing, tuple):
            again = ControlId(Action.DRAFT_PING_LATER, voice.locale, str(seen))
            self._typed_forms.remember(visitor, again, typed)
            return faults_page(timing, typed, again, voice)
        result = await self._announcing.send(
            seen.id, seen.version, visitor.actor, schedule=timing.schedule, repeats=timing.repeats
        )
        due = timing.schedule.due(time) if timing.schedule else None
        at = voice.moment(due, announcement.zone) if due else ""
        done = voice.say(messages.SCHEDULED, time=at) if due else voice.say(messages.SENDING)
        return await self._result_page(visitor, result, voice, done)

    async def retract(self, visitor: Visitor, seen: Seen, *, sure: bool) -> Page:
        """Withdrawing takes one more tap. What the moderator saw may be outdated: it must go all the same."""
        voice = await self._greet(visitor)
        announcement = await self._for_moderator(visitor, seen.id, voice)
        if isinstance(announcement, Page):
            return announcement
        if not sure:
            yes = button(voice.say(messages.BUTTON_RETRACT), control(Action.RETRACT_SURE, announcement, voice))
            return replace(confirm_page(voice.say(messages.RETRACT_CONFIRM), yes, announcement, voice), in_place=False)
        result = await self._announcing.retract(seen.id, None, visitor.actor)
        return await self._result_page(visitor, result, voice, voice.say(messages.RETRACTED))

    async def retry(self, visitor: Visitor, announcement_id: str) -> Page:
        voice = await self._greet(visitor)
        found = await self._for_moderator(visitor, announcement_id, voice)
        if isinstance(found, Page):
            return found
        result = await self._announcing.retry(announcement_id, visitor.actor)
        return await self._result_page(visitor, result, voice, voice.say(messages.RETRYING))

    async def history(self, visitor: Visitor, announcement_id: str | None) -> Page:
        voice = await self._greet(visitor)
        if not visitor.actor.moderator:
            return page(voice.say(messages.NOT_MODERATOR))
        records = await self._announcing.history(visitor.server, announcement_id)
        return history_page(records, self._options.zone, voice, f"announcements-{announcement_id or 'all'}")

    async def list(self, visitor: Visitor) -> Page:
        voice = await self._greet(visitor)
        if not visitor.actor.moderator:
            return page(voice.say(messages.NOT_MODERATOR))
        newest = await self._announcing.newest(visitor.server)
        return list_page([(one, self._title(one, voice)) for one in newest], voice)

    async def not_an_announcement(self, visitor: Visitor) -> Page:
        return page((await self._greet(visitor)).say(messages.NO_ANNOUNCEMENT))

    async def suggestions(self, visitor: Visitor, typed: str) -> Sequence[Option]:
        """Announcements whose id or title holds what was typed."""
        if not visitor.actor.moderator:
            return ()
        voice = await self._greet(visitor)
        newest = await self._announcing.newest(visitor.server)
        labels = [Option(one.id, f"{one.id} · {self._title(one, voice)}") for one in newest]
        return [each for each in labels if typed.casefold() in each.label.casefold()]

    def _ask_to_ping(self, visitor: Visitor, announcement: Announcement, action: Action, voice: Voice) -> Page:
        role = visitor.guild.get_role(int(announcement.role or 0)) if visitor.guild else None
        label = voice.say(messages.BUTTON_PING, role=role.name if role else announcement.role or "")
        text = voice.say(messages.PING_CONFIRM, role=f"<@&{announcement.role}>")
        return confirm_page(text, button(label, control(action, announcement, voice)), announcement, voice)

    def _target(self, channel: int) -> Target:
        return Target(channel_key(channel), self._options.language_channels.get(channel))
