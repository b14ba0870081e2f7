"""A shelf without files, for tests of what stands in front of it; implements `bot.core.reloading.Shelf`."""

from collections.abc import Sequence
from typing import Any

from bot.core.knowledge_diff import Change, KnowledgeDiff
from bot.core.reloading import Faulty, Prepared, Replacement, Same, Version
from tests.core.clocks import START

FIRST = Version(id="20241029-010000-aaaaaaaaaaaa", digest="a" * 64, at=START, who="bot", why="found at the start")
DIFF = KnowledgeDiff(changed=(Change("meeting.dates", "fact period", "29–30 ตุลาคม", "29–31 ตุลาคม"),))


class ScriptedShelf:
    """`next` is what the files are found to be; `findings` are what the gate says of good ones."""

    def __init__(self, snapshot: Any) -> None:
        self.snapshot = snapshot
        self.kept = [FIRST]
        self.now = FIRST
        self.found: Prepared | Faulty | Same = Same()
        self.passed_over: list[str] = []
        self.archive = b"PK\x05\x06" + b"\0" * 18

    def edited(self, *findings: str) -> None:
        self.found = Prepared("nowhere", "b" * 64, DIFF, findings, {"ja right": "80.0 -> 79.0 % of 150"})

    async def prepare(self, instead: Replacement | None = None) -> Prepared | Faulty | Same:
        return self.found

    async def adopt(self, prepared: Prepared, version: Version) -> Any:
        self.kept.insert(0, version)
        self.now, self.found = version, Same()
        return self.snapshot

    async def discard(self, prepared: Prepared, *, passed_over: bool) -> None:
        if passed_over:
            self.passed_over.append(prepared.digest)

    async def restore(self, version_id: str) -> Any:
        self.now = next(one for one in self.kept if one.id == version_id)
        return self.snapshot

    async def export(self, version_id: str | None) -> bytes | None:
        return self.archive if version_id in (None, *(one.id for one in self.kept)) else None

    async def versions(self) -> Sequence[Version]:
        return self.kept

    async def live(self) -> Version | None:
        return self.now

    async def files_digest(self) -> str:
        return self.found.digest if isinstance(self.found, Prepared) else self.now.digest
