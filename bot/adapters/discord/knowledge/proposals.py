"""Where admins propose, approve and reject files: every method gives the page that follows."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import aiohttp
import discord

from bot.adapters.discord.announcements.counter import Seen
from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.delivery import persist
from bot.adapters.discord.failures import trail
from bot.adapters.discord.knowledge.desk import MAX_UPLOAD
from bot.adapters.discord.markup import plain
from bot.adapters.discord.offices import Call, Voice
from bot.adapters.discord.pages import Attachment, Page, Row, button
from bot.adapters.discord.views import make_file, make_view
from bot.core.answering import Answering
from bot.core.errors import BotError
from bot.core.inbox.messages import BUTTON_APPROVE
from bot.core.messages import Message
from bot.core.proposals import messages
from bot.core.proposals.differences import visible
from bot.core.proposals.lifecycle import Refusal
from bot.core.proposals.models import DECIDABLE, MAX_FILE, FileProposal, too_large
from bot.core.proposals.proposing import Held, Outdated, Proposing, Published, Result, Unfit
from bot.core.proposals.reports import override_hint, proposal_report, proposals_report
from bot.core.reload_reports import outcome_report
from bot.core.text import truncate

_log = logging.getLogger(__name__)
_SHORT = 1_200  # UTF-16 units of a report that stand in the message; what is longer is a file beside its beginning
_BARS = "```"
_CUT = b"\n\nCUT: the rest is too long for Discord. See it with `python -m bot knowledge proposals ID`.\n"


@dataclass(frozen=True, slots=True)
class CardPlace:
    """Where other admins see what was proposed, and in which language its buttons are. `channel` None: nowhere."""

    channel: int | None
    locale: str


class ProposalDesk:
    """Who may stands in `requirements`. What happened is said in the reader's language; the details are English for
    operators, as everywhere in `/knowledge`.
    """

    def __init__(self, proposing: Proposing, answering: Answering, cards: CardPlace) -> None:
        self._proposing = proposing
        self._answering = answering
        self._cards = cards

    async def propose(self, call: Call, file: discord.Attachment, why: str) -> Page:
        return await self._serve(call, lambda voice: self._propose(call, voice, file, why))

    async def show(self, call: Call, proposal_id: str | None) -> Page:
        """All that wait; or one of them, with what would come of it now."""
        return await self._serve(call, lambda voice: self._show(voice, proposal_id))

    async def approve(self, call: Call, proposal_id: str, override: str) -> Page:
        """By its id, whatever was seen of it."""
        return await self._serve(call, lambda voice: self._approve(call, voice, proposal_id, None, override))

    async def press_approve(self, call: Call) -> Page:
        seen = Seen.parse(call.argument)
        return await self._serve(call, lambda voice: self._approve(call, voice, seen.id, seen.version, ""))

    async def press_reject(self, call: Call) -> Page:
        return await self._serve(call, lambda voice: self._reject(call, voice))

    async def ids(self) -> Sequence[FileProposal]:
        """For autocomplete."""
        return await self._proposing.open()

    async def _serve(self, call: Call, work: Callable[[Voice], Awaitable[Page]]) -> Page:
        voice = await Voice.to(self._answering, call)
        try:
            return await work(voice)
        except BotError as error:
            return _page("", str(error))

    async def _propose(self, call: Call, voice: Voice, file: discord.Attachment, why: str) -> Page:
        if file.size > MAX_FILE:
            return _unfit(voice, Unfit([too_large(truncate(file.filename, 100))]))
        raw = await file.read()
        if len(raw) > MAX_FILE:  # Discord said less
            return _unfit(voice, Unfit([too_large(truncate(file.filename, 100))]))
        kept = await self._proposing.propose(call.person, file.filename, raw, why)
        if isinstance(kept, Refusal):
            return _page(voice.say(kept.message))
        if isinstance(kept, Unfit):
            return _unfit(voice, kept)
        report = await asyncio.to_thread(proposal_report, kept)
        await self._post_card(call.interaction.client, kept.proposal, report)
        return _page(voice.say(messages.PROPOSED), report, _rows(kept.proposal, voice))

    async def _show(self, voice: Voice, proposal_id: str | None) -> Page:
        if proposal_id is None:
            return _page("", proposals_report(await self._proposing.open()))
        found = await self._proposing.examined(proposal_id)
        if found is None:
            return _page(voice.say(messages.OVER))
        return _page("", await asyncio.to_thread(proposal_report, found), _rows(found.proposal, voice))

    async def _approve(self, call: Call, voice: Voice, proposal_id: str, decided: int | None, override: str) -> Page:
        try:
            result = await self._proposing.approve(proposal_id, decided, call.person, override)
        finally:
            await self._renew_card(call, proposal_id)
        return await asyncio.to_thread(_result_page, result, voice)

    async def _reject(self, call: Call, voice: Voice) -> Page:
        seen = Seen.parse(call.argument)
        result = await self._proposing.reject(seen.id, seen.version, call.person)
        await self._renew_card(call, seen.id)
        return _page(voice.say(result.message if isinstance(result, Refusal) else messages.REJECTED))

    async def _post_card(self, client: discord.Client, proposal: FileProposal, report: str) -> None:
        """Where it fails, other admins still find the proposal with `/knowledge proposals`."""
        if self._cards.channel is None:
            return
        shown = _page("", report, _rows(proposal, Voice(self._answering, self._cards.locale)))
        try:
            found = client.get_channel(self._cards.channel) or await client.fetch_channel(self._cards.channel)
            if isinstance(found, discord.abc.Messageable):
                await persist(partial(_send, found, shown, proposal.id))
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            _log.error("the proposal %s is not shown to other admins: %s", proposal.id, trail(error))

    async def _renew_card(self, call: Call, proposal_id: str) -> None:
        """What is over can no longer be pressed; where this fails, whoever presses is told so."""
        message = call.interaction.message
        if message is None or call.control is None or message.flags.ephemeral:
            return
        with contextlib.suppress(discord.HTTPException, aiohttp.ClientError, OSError, BotError):
            proposal = next((one for one in await self._proposing.open() if one.id == proposal_id), None)
            rows = _rows(proposal, Voice(self._answering, call.control.locale)) if proposal else ()
            await message.edit(view=make_view(rows))


async def _send(channel: discord.abc.Messageable, shown: Page, proposal_id: str) -> None:
    file = make_file(shown.attachment) if shown.attachment else discord.utils.MISSING
    silent = discord.AllowedMentions.none()
    view = make_view(shown.rows)
    await channel.send(shown.texts[0], file=file, view=view, nonce=f"p-{proposal_id}", allowed_mentions=silent)


def _result_page(result: Result, voice: Voice) -> Page:
    match result:
        case Published(_, outcome):
            return _page(voice.say(messages.LIVE), outcome_report(outcome))
        case Held(proposal, outcome):
            report = "\n".join([*outcome.findings, override_hint(proposal)])
            return _page(voice.say(messages.HELD), report, _rows(proposal, voice))
        case Outdated(now):
            return _page(voice.say(messages.OUTDATED), proposal_report(now), _rows(now.proposal, voice))
        case Unfit():
            return _unfit(voice, result)
        case Refusal(message):
            return _page(voice.say(message))


def _unfit(voice: Voice, unfit: Unfit) -> Page:
    return _page(voice.say(messages.FAULTY), visible("\n".join(map(str, unfit.problems))))


def _rows(proposal: FileProposal, voice: Voice) -> tuple[Row, ...]:
    """Nothing for what is decided. The author sees both buttons too: Reject takes it back."""
    if proposal.state not in DECIDABLE:
        return ()
    seen = str(Seen(proposal.id, proposal.decided))
    wanted: tuple[tuple[Message, Action], ...] = (
        (BUTTON_APPROVE, Action.PROPOSAL_APPROVE),
        (messages.BUTTON_REJECT, Action.PROPOSAL_REJECT),
    )
    return (tuple(button(voice.say(text), ControlId(action, voice.locale, seen)) for text, action in wanted),)


def _page(said: str, report: str = "", rows: tuple[Row, ...] = ()) -> Page:
    """The report in a code block, so that nothing in it is read as markup; a file beside its head when it is long."""
    if not report:
        return Page(texts=(plain(said),), rows=rows, ephemeral=True)
    whole = len(report.encode("utf-16-le")) // 2 <= _SHORT and _BARS not in report
    head = report if whole else truncate(report.partition("\n\n")[0].replace("`", "'"), _SHORT)
    text = "\n".join(part for part in (plain(said), f"{_BARS}\n{head}\n{_BARS}") if part)
    attachment = None if whole else Attachment("report.txt", data=_fitting(report))
    return Page(texts=(text,), rows=rows, ephemeral=True, attachment=attachment)


def _fitting(report: str) -> bytes:
    """What is longer than Discord takes ends with a line that says so: nobody should think to have seen it all."""
    raw = report.encode()
    return raw if len(raw) <= MAX_UPLOAD else raw[:MAX_UPLOAD] + _CUT
