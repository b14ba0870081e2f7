"""Several processes on one store answer from the same version: what one reloads or rolls back to, all go to."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.errors import BotError, StoreError
from bot.core.ports import Clock
from bot.core.reloading import Reloading, Shelf, Version

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonVersion:
    """What somebody made live on one process, for all of them.

    Args:
        id: Of the version, there; another process may keep the same content under another id.
        digest: Of its content.
        passed_over: Digest of the files that deliberately are not live: rolled back from. Empty when there are none.
    """

    id: str
    digest: str
    passed_over: str
    at: datetime


class CommonVersions(Protocol):
    """Implemented by the store. Every method raises StoreError."""

    async def agreed(self) -> CommonVersion | None:
        """None before the first reload or rollback of any process."""
        ...

    async def agree(self, one: CommonVersion) -> None:
        """The last one counts."""
        ...


class KeepingStep:
    """Args:
    tell: Tells all processes to look.
    found: The version that this process made of new files at its start, which nobody has told the others of.
    """

    def __init__(
        self,
        store: CommonVersions,
        shelf: Shelf,
        clock: Clock,
        tell: Callable[[], None],
        found: Version | None = None,
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._clock = clock
        self._tell = tell
        self._found = found
        self._unsaid: CommonVersion | None = None
        self._complained = ""
        self.overruled = False  # this process answers from what was rolled back from, and cannot help it

    async def announce(self, version: Version) -> None:
        """This process has made a version live on somebody's order. Raises nothing: `look` says it until it is said."""
        self._found, self.overruled = None, False
        files = await self._shelf.files_digest()
        passed_over = "" if files == version.digest else files
        self._unsaid = CommonVersion(
            id=version.id, digest=version.digest, passed_over=passed_over, at=self._clock.now()
        )
        try:
            await self._say()
        except StoreError as error:
            _log.error("other processes do not hear yet that %s is live: %s", version.id, error)

    async def look(self, reloading: Reloading) -> bool:
        """Go where the others went; False when it has to be tried again. Raises nothing that the store or files do."""
        try:
            await self._say()
            agreed = await self._store.agreed()
            if found := self._newer(agreed):
                await self.announce(found)
                return self._unsaid is None
            return agreed is None or await self._go(agreed, reloading)
        except BotError as error:
            _log.error("what other processes answer from is not known, or cannot be used here: %s", error)
            return False

    def _newer(self, agreed: CommonVersion | None) -> Version | None:
        """New files are an order of whoever put them there, unless these very files were decided against."""
        found, self._found = self._found, None
        return None if found and agreed and found.digest in (agreed.digest, agreed.passed_over) else found

    async def _go(self, agreed: CommonVersion, reloading: Reloading) -> bool:
        here = await self._here()
        if here != agreed.digest and not await reloading.follow(self._wanted):
            self._complain(agreed, here)
            return False
        self.overruled, self._complained = False, ""
        return True

    async def _wanted(self) -> str | None:
        """The content to go to; None when this process is there, or was given another order meanwhile."""
        agreed = await self._store.agreed()
        settled = agreed is None or self._unsaid is not None or agreed.digest == await self._here()
        return None if agreed is None or settled else agreed.digest

    async def _here(self) -> str:
        live = await self._shelf.live()
        return live.digest if live else await self._shelf.files_digest()  # a first start has made no version yet

    async def _say(self) -> None:
        if self._unsaid is None:
            return
        unsaid, agreed = self._unsaid, await self._store.agreed()
        if agreed is None or (agreed.digest, agreed.passed_over) != (unsaid.digest, unsaid.passed_over):
            await self._store.agree(unsaid)
            self._tell()
        if self._unsaid is unsaid:
            self._unsaid = None

    def _complain(self, agreed: CommonVersion, here: str) -> None:
        self.overruled = here == agreed.passed_over
        if self._complained == agreed.digest:
            return
        self._complained = agreed.digest
        _log.error(
            "THIS PROCESS ANSWERS FROM ANOTHER VERSION THAN THE OTHERS%s: they are at %s, which is neither kept here "
            "nor in the files here. Put its files here, or `knowledge reload` here to make all follow these.",
            ", FROM ONE THAT WAS ROLLED BACK FROM" if self.overruled else "",
            agreed.id,
        )
