"""Where moderators answer, link and dismiss, and admins approve: every method gives the page or form that follows."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace

import discord

from bot.adapters.discord.announcements.content_forms import TypedForms
from bot.adapters.discord.announcements.counter import Seen, Shown
from bot.adapters.discord.custom_ids import Action
from bot.adapters.discord.inbox.labels import labels_of
from bot.adapters.discord.inbox.layout import (
    Labels,
    again_page,
    answer_form,
    case_page,
    control,
    dismiss_page,
    faults_page,
    group_option,
    link_page,
    list_page,
    merge_page,
    phrasings_page,
    refusal_text,
)
from bot.adapters.discord.layout import sources_page
from bot.adapters.discord.markup import plain
from bot.adapters.discord.offices import Voice
from bot.adapters.discord.pages import MAX_OPTION, Page, page
from bot.adapters.discord.people import RoleIds, person_of
from bot.adapters.discord.readers import PLATFORM, Reader, reader_of_interaction
from bot.core import messages as reply_messages
from bot.core.answering import Answering
from bot.core.inbox import messages
from bot.core.inbox.drafts import read_draft, typed_of
from bot.core.inbox.inboxing import Conflict, Gone, Inbox, Result, Unfit
from bot.core.inbox.lifecycle import Refusal
from bot.core.inbox.models import Group
from bot.core.inbox.phrasings import phrasings_yaml
from bot.core.locales import SOURCE_LOCALE
from bot.core.messages import Message
from bot.core.models import Option
from bot.core.permissions import Person
from bot.core.text import truncate

_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Caller:
    """Who uses the inbox on Discord. `guild` is None in direct messages, where there are no moderators."""

    reader: Reader
    person: Person
    guild: discord.Guild | None


def caller_of(interaction: discord.Interaction, ids: RoleIds) -> Caller:
    return Caller(reader_of_interaction(interaction), person_of(interaction, ids), interaction.guild)


class InboxDesk:
    """Who comes here may (see `requirements`); the server is checked at every step: a control is input, never trusted.

    Args:
        channel: Id of the channel with the cards; the inbox belongs to its server. None: to whichever the bot is in.
    """

    def __init__(self, inbox: Inbox, answering: Answering, channel: int | None) -> None:
        self._inbox = inbox
        self._answering = answering
        self._channel = channel
        self._typed_forms = TypedForms()

    async def list(self, caller: Caller) -> Page:
        voice = await self._greet(caller)
        if not self._is_here(caller):
            return page(voice.say(reply_messages.NOT_PERMITTED))
        groups = await self._inbox.groups()
        return list_page(groups, voice, self._labels(groups, voice))

    async def details(self, caller: Caller, group_id: str, above: str = "") -> Page:
        """The group, in the moderator's language, with everything that can be done to it."""
        voice = await self._greet(caller)
        if not self._is_here(caller):
            return page(voice.say(reply_messages.NOT_PERMITTED))
        case = await self._inbox.case(group_id)
        if case is None:
            return page(voice.say(messages.GONE))
        return case_page(case, voice, self._labels((case.group,), voice), above=above)

    async def answer_form(self, caller: Caller, seen: Seen) -> Shown:
        """Filled in with what was typed before, or with what is proposed."""
        voice = await self._greet(caller)
        group = await self._for_moderator(caller, seen, voice)
        if isinstance(group, Page):
            return group
        typed = self._typed_forms.recall(caller, control(Action.INBOX_ANSWER, group, voice))
        if not typed and group.proposal:
            typed = typed_of(group.proposal.draft)
        return answer_form(group, voice, typed)

    async def answered(self, caller: Caller, seen: Seen, typed: Mapping[str, str]) -> Page:
        """The form came back."""
        voice = await self._greet(caller)
        group = await self._for_moderator(caller, seen, voice)
        if isinstance(group, Page):
            return group
        self._typed_forms.remember(caller, control(Action.INBOX_ANSWER, group, voice), typed)
        draft = read_draft(typed)
        if isinstance(draft, tuple):
            return faults_page(draft, group, voice)
        return await self._after(
            caller, self._inbox.propose(seen.id, seen.version, draft, caller.person), messages.PROPOSED
        )

    async def link(self, caller: Caller, seen: Seen) -> Page:
        """Which entry? The nearest first."""
        voice = await self._greet(caller)
        group = await self._for_moderator(caller, seen, voice)
        if isinstance(group, Page):
            return group
        return link_page(group, await self._nearest(group, voice), voice)

    async def link_to(self, caller: Caller, seen: Seen, key: str, *, whatever: bool = False) -> Page:
        """`whatever` was decided before: the moderator has named the question, not pressed a button below it."""
        voice = await self._greet(caller)
        if not self._is_here(caller):
            return page(voice.say(reply_messages.NOT_PERMITTED))
        if await self._answering.open(key, SOURCE_LOCALE, platform=PLATFORM) is None:
            return page(voice.say(messages.NO_ENTRY))
        decided = None if whatever else seen.version
        return await self._after(caller, self._inbox.link(seen.id, decided, key, caller.person), messages.LINKED)

    async def dismiss(self, caller: Caller, seen: Seen, *, sure: bool) -> Page:
        """One more tap: nobody will get an answer."""
        voice = await self._greet(caller)
        group = await self._for_moderator(caller, seen, voice)
        if isinstance(group, Page):
            return group
        if not sure:
            return dismiss_page(group, voice)
        return await self._after(caller, self._inbox.dismiss(seen.id, seen.version, caller.person), messages.DISMISSED)

    async def duplicate(self, caller: Caller, seen: Seen) -> Page:
        voice = await self._greet(caller)
        group = await self._for_moderator(caller, seen, voice)
        if isinstance(group, Page):
            return group
        similar = await self._inbox.similar(group)
        return merge_page(group, similar, voice, self._labels(similar, voice))

    async def merge(self, caller: Caller, seen: Seen, into: str) -> Page:
        if not self._is_here(caller):
            return page((await self._greet(caller)).say(reply_messages.NOT_PERMITTED))
        return await self._after(caller, self._inbox.merge(seen.id, seen.version, into, caller.person), messages.MERGED)

    async def approve(self, caller: Caller, seen: Seen) -> Page:
        if not self._is_here(caller):
            return page((await self._greet(caller)).say(reply_messages.NOT_PERMITTED))
        return await self._after(caller, self._inbox.approve(seen.id, seen.version, caller.person), messages.APPROVED)

    async def send_back(self, caller: Caller, seen: Seen) -> Page:
        if not self._is_here(caller):
            return page((await self._greet(caller)).say(reply_messages.NOT_PERMITTED))
        return await self._after(
            caller, self._inbox.send_back(seen.id, seen.version, caller.person), messages.SENT_BACK
        )

    async def phrasings(self, caller: Caller) -> Page:
        voice = await self._greet(caller)
        if not self._is_here(caller):
            return page(voice.say(reply_messages.NOT_PERMITTED))
        found = await self._inbox.phrasings()
        topics = {entry.id: entry.topic for entry in self._answering.snapshot.knowledge.entries.values()}
        return phrasings_page(found, phrasings_yaml(found, topics), voice)

    async def quiet(self, caller: Caller, question_id: str, locale: str) -> Page:
        """For people who asked: no answer later, please."""
        await self._inbox.quiet(question_id, caller.reader.asker)
        return page(self._answering.say(locale, messages.QUIET))

    async def sources(self, caller: Caller, delivery_id: str, locale: str) -> Page:
        """For people who got an answer: what it rests on."""
        case = await self._inbox.case(delivery_id.rpartition("-")[0])
        voice = Voice(self._answering, locale)
        key = case.group.key if case else None
        reply = await self._answering.open(key, voice.locale, platform=PLATFORM) if key else None
        if reply is None:
            return page(voice.say(reply_messages.EXPIRED))
        cite = self._answering.snapshot.renderer.cite
        return sources_page(reply.sources, voice.say, tuple(cite(one, voice.locale) for one in reply.sources))

    async def suggest_groups(self, caller: Caller, typed: str) -> Sequence[Option]:
        if not self._is_here(caller):
            return ()
        voice = await self._greet(caller)
        groups = await self._inbox.groups()
        labels = self._labels(groups, voice)
        options = [group_option(one, voice, labels) for one in groups]
        return [one for one in options if typed.casefold() in one.label.casefold()]

    async def suggest_entries(self, caller: Caller, typed: str) -> Sequence[Option]:
        voice = await self._greet(caller)
        found = self._answering.suggest(typed, voice.locale)
        return [Option(one.key, truncate(one.label, MAX_OPTION)) for one in found if len(one.key) <= MAX_OPTION]

    async def _greet(self, caller: Caller) -> Voice:
        reader = caller.reader
        decision = await self._answering.reader_locale(reader.asker, client=reader.client, server=reader.server)
        return Voice(self._answering, decision.locale)

    def _is_here(self, caller: Caller) -> bool:
        """In the server that the inbox belongs to: elsewhere other people moderate."""
        if caller.guild is None:
            return False
        return self._channel is None or caller.guild.get_channel(self._channel) is not None

    async def _for_moderator(self, caller: Caller, seen: Seen, voice: Voice) -> Group | Page:
        """The group as the moderator saw it, or the page that tells why not."""
        if not self._is_here(caller):
            return page(voice.say(reply_messages.NOT_PERMITTED))
        case = await self._inbox.case(seen.id)
        if case is None:
            return page(voice.say(messages.GONE))
        if case.group.decided != seen.version:
            return await self.details(caller, seen.id, voice.say(messages.CONFLICT))
        return case.group

    async def _after(self, caller: Caller, work: Awaitable[Result], done: Message) -> Page:
        voice = await self._greet(caller)
        match await work:
            case Gone():
                return page(voice.say(messages.GONE))
            case Refusal() as refusal:
                return page(plain(refusal_text(refusal, voice)))
            case Conflict(current):
                return await self.details(caller, current.id, voice.say(messages.CONFLICT))
            case Unfit(problems, group):
                lines = [plain(voice.say(messages.FAULT_ENTRY, problem=str(one))) for one in problems]
                return again_page(lines, group, voice) if group else page("\n".join(lines))
            case Group() as group:
                return replace(await self.details(caller, group.id, voice.say(done)), in_place=False)

    def _labels(self, groups: Sequence[Group], voice: Voice) -> Labels:
        return labels_of(self._answering, groups, voice.locale)

    async def _nearest(self, group: Group, voice: Voice) -> Sequence[Option]:
        """The entries that came nearest to the questions, then those related to them."""
        snapshot = self._answering.snapshot
        case = await self._inbox.case(group.id)
        keys = [key for key in case.nearest if snapshot.knowledge.exists(key)] if case else []
        related = [other for key in keys for other in snapshot.knowledge.entries[key.partition(":")[0]].related]
        shown = [key for key in dict.fromkeys((*keys, *related)) if snapshot.knowledge.exists(key)]
        return [Option(key, snapshot.renderer.label(key, voice.locale)) for key in shown[:_NEAREST]]
