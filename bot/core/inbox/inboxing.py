"""What moderators do with questions that were not answered: a method a deed. `lifecycle` has the rules."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.core.errors import Problem
from bot.core.inbox import lifecycle
from bot.core.inbox.grouping import SIMILAR, most_alike
from bot.core.inbox.lifecycle import Decision, Refusal
from bot.core.inbox.models import Case, Draft, Group, Miss, Phrasing, State
from bot.core.inbox.ports import EntryFiles, InboxStore, Publisher
from bot.core.permissions import Permission, Person
from bot.core.ports import Clock

WORDINGS = 3  # shown on a card
_ALL_WORDINGS = 200  # proposed as phrasings
_ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else
_ID_LENGTH = 8  # one more than announcements have: no group is mistaken for one


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else decided meanwhile; nothing was stored. `current` is what it is now."""

    current: Group


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no such group."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """The knowledge base would not accept the entry; nothing was stored."""

    problems: Sequence[Problem]
    group: Group


Result = Group | Refusal | Conflict | Gone | Unfit
_Make = Callable[[Group], Decision]


class Inbox:
    """Args:
    wake: Tells the clerk and the sending loop that there is something to do.
    """

    def __init__(
        self,
        store: InboxStore,
        clock: Clock,
        *,
        files: EntryFiles,
        publisher: Publisher,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._files = files
        self._publisher = publisher
        self._wake = wake

    async def take(self, miss: Miss) -> None:
        """Keep a question that was not answered; sorted a moment later. Raises StoreError."""
        await self._store.add(miss)
        self._wake()

    async def quiet(self, miss_id: str, asker: str) -> bool:
        return await self._store.quiet(miss_id, asker)

    async def case(self, group_id: str) -> Case | None:
        return await self._store.case(group_id, WORDINGS)

    async def groups(self) -> Sequence[Group]:
        """Those that wait for a decision, the most asked first."""
        return [one for one in await self._store.groups() if one.state is not State.PUBLISHING]

    async def similar(self, group: Group) -> Sequence[Group]:
        """Groups that this one may be a duplicate of, the most alike first."""
        others = [one for one in await self.groups() if one.id != group.id]
        alike = most_alike(group.fingerprint, others) if group.fingerprint else []
        return [*alike, *(one for one in others if one not in alike)][:SIMILAR]

    async def propose(self, group_id: str, decided: int, draft: Draft, person: Person) -> Result:
        """Write the answer as an entry for an admin to approve. What the reader of the knowledge base would refuse,
        is refused here.
        """
        proposal_id = f"inbox.{group_id}"
        group = await self._store.group(group_id)
        if group and person.may(Permission.TRIAGE) and (problems := await self._problems(proposal_id, draft)):
            return Unfit(problems, group)
        now = self._clock.now()
        return await self._decide(
            group_id, decided, lambda group: lifecycle.propose(group, draft, proposal_id, person, now)
        )

    async def approve(self, group_id: str, decided: int, person: Person) -> Result:
        """The knowledge base may have changed since it was proposed, so it is checked again."""
        group = await self._store.group(group_id)
        if group and group.proposal and person.may(Permission.CHANGE_KNOWLEDGE):
            problems = await self._problems(group.proposal.id, group.proposal.draft)
            if problems:
                return Unfit(problems, group)
        now = self._clock.now()
        return await self._decide(group_id, decided, lambda one: lifecycle.approve(one, person, now))

    async def send_back(self, group_id: str, decided: int, person: Person) -> Result:
        now = self._clock.now()
        return await self._decide(group_id, decided, lambda group: lifecycle.send_back(group, person, now))

    async def link(self, group_id: str, decided: int | None, key: str, person: Person) -> Result:
        """`key` is that of an answer that exists. `decided` None: whatever was decided before."""
        phrasings, now = await self.wordings_for(group_id, key), self._clock.now()
        return await self._decide(group_id, decided, lambda group: lifecycle.link(group, key, phrasings, person, now))

    async def dismiss(self, group_id: str, decided: int, person: Person) -> Result:
        now = self._clock.now()
        return await self._decide(group_id, decided, lambda group: lifecycle.dismiss(group, person, now))

    async def merge(self, group_id: str, decided: int, into_id: str, person: Person) -> Result:
        into, now = await self._store.group(into_id), self._clock.now()
        if into is None:
            return Gone()
        return await self._decide(group_id, decided, lambda group: lifecycle.merge(group, into, person, now))

    async def phrasings(self) -> Sequence[Phrasing]:
        return await self._store.phrasings()

    async def wordings_for(self, group_id: str, key: str) -> tuple[Phrasing, ...]:
        """How the questions of a group were worded, as phrasings of the entry that answers them."""
        case = await self._store.case(group_id, _ALL_WORDINGS)
        entry_id = key.partition(":")[0]
        return tuple(Phrasing(key=entry_id, locale=one.locale, text=one.text) for one in case.wordings) if case else ()

    async def _problems(self, proposal_id: str, draft: Draft) -> Sequence[Problem]:
        files = await self._files.files_with(proposal_id, draft)
        return await self._publisher.check(files)

    async def _decide(self, group_id: str, decided: int | None, make: _Make) -> Result:
        group = await self._store.group(group_id)
        if group is None:
            return Gone()
        if decided is not None and group.decided != decided:
            return Conflict(group)
        decision = make(group)
        if isinstance(decision, Refusal):
            return decision
        if not await self._store.apply(decision):
            return Conflict(await self._store.group(group_id) or group)
        self._wake()
        return await self._store.group(group_id) or decision.after


def new_group_id() -> str:
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH))
