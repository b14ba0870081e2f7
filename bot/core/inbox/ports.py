"""What the inbox asks of the world. Implementations live outside; each passes the contract suite of its port."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.core.announcements.models import Delivery
from bot.core.announcements.ports import DeliveryStore
from bot.core.errors import Problem
from bot.core.inbox.lifecycle import Change
from bot.core.inbox.models import Case, Draft, Fingerprint, Group, Held, Miss, Phrasing


class InboxStore(DeliveryStore, Protocol):
    """Keeps what was not answered. Every method raises StoreError when it could not be done, left nothing behind, and
    may be called again.
    """

    async def add(self, miss: Miss) -> bool:
        """Keep a question, not yet in a group; False for one that is kept already."""
        ...

    async def ungrouped(self) -> Sequence[Miss]:
        """Questions that are in no group yet, the oldest first; without who asked."""
        ...

    async def open_group(self, group: Group, miss_id: str, card: Delivery | None) -> bool:
        """A new group with its first question, and the card for moderators. False when the question is in a group."""
        ...

    async def join(self, group: Group, miss_id: str, fingerprint: Fingerprint | None) -> bool:
        """Put a question into the group. False, and nothing stored, when either has changed meanwhile.

        Args:
            fingerprint: The group's from now on.
        """
        ...

    async def renew_cards(self, channel: str, now: datetime.datetime) -> None:
        """Order the cards that are missing: of groups from before there was a channel, and those that failed."""
        ...

    async def group(self, group_id: str) -> Group | None: ...

    async def groups(self) -> Sequence[Group]:
        """Those to which questions can be added, the most asked first."""
        ...

    async def publishing(self) -> Sequence[Group]: ...

    async def case(self, group_id: str, wordings: int) -> Case | None:
        """The group with at most so many different wordings, as far as possible each in another language."""
        ...

    async def apply(self, change: Change) -> bool:
        """Store a decision as a whole. False, and nothing stored, when somebody decided meanwhile."""
        ...

    async def phrasings(self) -> Sequence[Phrasing]:
        """What was proposed, by locale and key."""
        ...

    async def quiet(self, miss_id: str, asker: str) -> bool:
        """This person does not want to be written to about this question; False when there is nothing to take back."""
        ...

    async def export(self, asker: str) -> Sequence[Held]:
        """Everything that is stored about a person."""
        ...

    async def erase(self, asker: str) -> int:
        """Forget the person and the words of their questions; returns how many questions that were.

        The questions stay counted.
        """
        ...

    async def forget_before(self, moment: datetime.datetime) -> int:
        """Forget words, people and proposed phrasings of questions asked before; returns how many people."""
        ...


class Publisher(Protocol):
    """The way of new entries into the knowledge base."""

    async def check(self, files: Mapping[str, str]) -> Sequence[Problem]:
        """What would be wrong with the knowledge base if `files` (text by name) stood in its folder."""
        ...

    async def publish(self, files: Mapping[str, str], who: str, why: str) -> "Sequence[Problem] | str":
        """Write the files and make them live; the version of the knowledge base, or why nothing has changed.

        May be called again with the same files after a crash.
        """
        ...


class EntryFiles(Protocol):
    """Turns a proposed entry into files of the knowledge base. Reads the folder; changes nothing."""

    async def files_with(self, proposal_id: str, draft: Draft) -> Mapping[str, str]:
        """The whole text of each file that is new or changes, by name."""
        ...


class Outlook(Protocol):
    """Reads what a question means."""

    def fingerprint(self, text: str) -> Fingerprint | None:
        """None for nothing to read. Blocking: call it off the event loop."""
        ...
