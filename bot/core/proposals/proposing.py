"""What admins do with proposed files: a method a deed. `lifecycle` has the rules.

Every step is one transaction or one whole file, and what was approved is brought to its end after a crash.
"""

import asyncio
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core import messages as reply_messages
from bot.core.errors import BotError, Problem, StoreError
from bot.core.permissions import Permission, Person
from bot.core.ports import Clock
from bot.core.proposals import lifecycle
from bot.core.proposals.differences import changed_lines
from bot.core.proposals.lifecycle import Change, Refusal
from bot.core.proposals.messages import OVER
from bot.core.proposals.models import MOST_OPEN, FileProposal, State
from bot.core.proposals.ports import ProposalStore, ProposedFiles
from bot.core.reloading import (
    Faulty,
    HeldBack,
    Overtaken,
    Prepared,
    Refused,
    Reloaded,
    Reloading,
    Replacement,
    Same,
    Status,
    Unchanged,
    digest_of,
)

_log = logging.getLogger(__name__)
_IDLE = 60.0  # seconds between looks at what a crash or a failing database may have left half way
_ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else
_ID_LENGTH = 9  # one more than groups of the inbox have


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A proposal with what would come of it now.

    Args:
        lines: How its text differs from the file as it is.
        outdated: The file is not the one that it was made to replace, so nobody can approve it.
        others_edited: Other files, too, are not those that are live.
    """

    proposal: FileProposal
    found: Prepared | Faulty | Same
    lines: Sequence[str]
    outdated: bool = False
    others_edited: bool = False

    @property
    def faults(self) -> Sequence[Problem]:
        return self.found.problems if isinstance(self.found, Faulty) else ()


@dataclass(frozen=True, slots=True)
class Unfit:
    """It cannot go live, for these reasons; nothing was kept of a new one, and nothing changed."""

    problems: Sequence[Problem]


@dataclass(frozen=True, slots=True)
class Published:
    """It is live."""

    proposal: FileProposal
    outcome: Reloaded | Unchanged


@dataclass(frozen=True, slots=True)
class Held:
    """Approved, and held back by the gate: nothing was written."""

    proposal: FileProposal
    outcome: HeldBack


@dataclass(frozen=True, slots=True)
class Outdated:
    """The file has been changed since it was proposed; nothing was written. `now` shows what it would undo."""

    now: Examined


Result = Published | Held | Outdated | Unfit | Refusal


class Looking(Protocol):
    """What `Reloading` tells without changing anything."""

    async def check(self, instead: Replacement | None = None) -> Prepared | Faulty | Same: ...

    async def status(self) -> Status: ...


class Proposals:
    """What can be done without a running bot: what is approved here, the bot makes live within a minute, or when it
    starts.

    Args:
        files: The folders that proposed files go to.
        looking: Tells what would come of a file.
    """

    def __init__(self, store: ProposalStore, files: ProposedFiles, looking: Looking, clock: Clock) -> None:
        self._store = store
        self._files = files
        self._looking = looking
        self._clock = clock

    async def propose(self, person: Person, file_name: str, raw: bytes, why: str) -> Examined | Unfit | Refusal:
        """Keep a file for a second admin, if it could go live as the other files are now.

        Raises:
            BotError: It could not be checked; nothing was kept.
        """
        if not person.may(Permission.CHANGE_KNOWLEDGE):
            return Refusal(reply_messages.NOT_PERMITTED)
        place = await asyncio.to_thread(self._files.place_of, file_name, raw)
        if not isinstance(place, str):
            return Unfit(place)
        if problems := await self._files.obstacles(place):
            return Unfit(problems)
        before = await self._files.current(place)
        if problems := await self._in_vain(place, before, raw):
            return Unfit(problems)
        status = await self._looking.status()
        proposal = FileProposal(
            id="".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH)),
            place=place,
            text=raw.decode("utf-8"),
            digest=digest_of(raw),
            base=digest_of(before),
            base_version=status.live.id if status.live else "",
            author=person.id,
            why=why.strip(),
            proposed_at=self._clock.now(),
        )
        examined = await self._examine(proposal)
        if examined.faults:
            return Unfit(examined.faults)
        await self._store.add(proposal, lifecycle.proposed(proposal, person))
        return examined

    async def open(self) -> Sequence[FileProposal]:
        """As of `ProposalStore`."""
        return await self._store.open()

    async def examined(self, proposal_id: str) -> Examined | None:
        """None when there is no such proposal, or nothing left to decide. Raises BotError."""
        proposal = await self._store.proposal(proposal_id)
        return await self._examine(proposal) if proposal and proposal.text else None

    async def decide(
        self, proposal_id: str, decided: int | None, person: Person, override: str = ""
    ) -> FileProposal | Refusal:
        """Approve it; what is left to do is the running bot's.

        Args:
            decided: Of the proposal that the person saw; None for whichever it is now.
            override: Reason to let it past the gate.
        """
        proposal = await self._seen(proposal_id, decided)
        if proposal is None:
            return Refusal(OVER)
        decision = lifecycle.approve(proposal, person, override.strip(), self._clock.now())
        if isinstance(decision, Refusal):
            return decision
        approved = await self._store.apply(decision) and await self._store.proposal(proposal_id)
        return approved or Refusal(OVER)

    async def reject(self, proposal_id: str, decided: int | None, person: Person) -> FileProposal | Refusal:
        proposal = await self._seen(proposal_id, decided)
        if proposal is None:
            return Refusal(OVER)
        decision = lifecycle.reject(proposal, person, self._clock.now())
        if isinstance(decision, Refusal):
            return decision
        return decision.after if await self._store.apply(decision) else Refusal(OVER)

    async def _seen(self, proposal_id: str, decided: int | None) -> FileProposal | None:
        proposal = await self._store.proposal(proposal_id)
        return proposal if proposal and decided in (None, proposal.decided) else None

    async def _in_vain(self, place: str, before: bytes | None, raw: bytes) -> Sequence[Problem]:
        if before == raw:
            return [Problem(place, 0, "is the same file already", "send the one that you changed")]
        if len(await self._store.open()) >= MOST_OPEN:
            return [Problem(place, 0, f"{MOST_OPEN} proposals wait already", "see `/knowledge proposals`")]
        return []

    async def _examine(self, proposal: FileProposal) -> Examined:
        before = await self._files.current(proposal.place)
        found = await self._looking.check(_replacement(proposal))
        old = (before or b"").decode("utf-8", "replace")
        return Examined(
            proposal=proposal,
            found=found,
            lines=await asyncio.to_thread(changed_lines, old, proposal.text),
            outdated=digest_of(before) != proposal.base,
            others_edited=bool((await self._looking.status()).edited),
        )


class Proposing(Proposals):
    """In the running bot."""

    def __init__(self, store: ProposalStore, files: ProposedFiles, reloading: Reloading, clock: Clock) -> None:
        super().__init__(store, files, reloading, clock)
        self._reloading = reloading
        self._publishing = asyncio.Lock()

    async def approve(self, proposal_id: str, decided: int | None, person: Person, override: str = "") -> Result:
        """Let it go live, checked once more against the files as they are now. Args: as of `decide`.

        Raises:
            BotError: It is not known whether it can go live; nothing has changed.
        """
        async with self._publishing:
            approved = await self.decide(proposal_id, decided, person, override)
            return approved if isinstance(approved, Refusal) else await self._publish(approved)

    async def run(self, every: float = _IDLE) -> None:
        """For ever: bring to its end what was approved. `every` in seconds."""
        while True:
            try:
                await self.work()
            except Exception:  # noqa: BLE001 - the loop must outlive every fault: an approved file hangs on it
                _log.exception("approved proposals failed; going on in a moment")
            await asyncio.sleep(every)

    async def work(self) -> None:
        """What was approved and is neither live nor refused: a crash came between."""
        async with self._publishing:
            approved = [one.id for one in await self._store.open() if one.state is State.PUBLISHING]
            for proposal_id in approved:
                proposal = await self._store.proposal(proposal_id)
                if proposal is None or proposal.state is not State.PUBLISHING:
                    continue  # another process was quicker
                try:
                    await self._publish(proposal)
                except StoreError:
                    raise
                except BotError:
                    _log.exception("the approved proposal %s is not live", proposal.id)

    async def _publish(self, proposal: FileProposal) -> Result:
        """Of an approved proposal; done once more after a crash without harm."""
        who, why = proposal.approved_by or lifecycle.BOT, proposal.override or f"{proposal.id}: {proposal.why}"
        try:
            outcome = await self._reloading.publish(
                _replacement(proposal), self._files, who, why, override=bool(proposal.override)
            )
        except StoreError:
            raise  # approved still: `work` tries again
        except BotError as error:
            await self._store.apply(lifecycle.not_published(proposal, str(error), self._clock.now()))
            raise
        return await self._settled(proposal, outcome)

    async def _settled(
        self, proposal: FileProposal, outcome: Reloaded | Unchanged | Refused | HeldBack | Overtaken
    ) -> Result:
        now = self._clock.now()
        match outcome:
            case Reloaded() | Unchanged():
                version = outcome.version.id if isinstance(outcome, Reloaded) else ""
                return Published(await self._applied(lifecycle.published(proposal, version, now)), outcome)
            case HeldBack(findings):
                return Held(await self._applied(lifecycle.held(proposal, "\n".join(findings), now)), outcome)
            case Refused(problems):
                trouble = "\n".join(map(str, problems))
                await self._applied(lifecycle.not_published(proposal, trouble, now))
                return Unfit(problems)
            case Overtaken():
                change = lifecycle.not_published(proposal, "the file was changed meanwhile", now)
                return Outdated(await self._examine(await self._applied(change)))

    async def _applied(self, change: Change) -> FileProposal:
        """As it is stored now, be it by another process that brought it to the same end."""
        await self._store.apply(change)
        return await self._store.proposal(change.before.id) or change.after


def _replacement(proposal: FileProposal) -> Replacement:
    return Replacement(proposal.place, proposal.text.encode("utf-8"), proposal.base)
