"""A bot on a small knowledge base of its own, with real files and versions."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.content.library import Library, LibraryOptions
from bot.content.loading import Folders
from bot.content.preparing import Order, prepare
from bot.content.worker import Worker
from bot.core.answering import Answering
from bot.core.audit import AuditRecord, BrokenChain
from bot.core.encoders import EncoderChoice
from bot.core.models import Reply
from bot.core.no_store import NoStore
from bot.core.ports import Encoder
from bot.core.reloading import Faulty, Prepared, Reloading, Same
from tests.content.folders import edit, make_knowledge
from tests.core.clocks import SimulatedClock

GOLDEN = """\
golden:
  - {language: en, question: "When did it happen?", answer: meeting.dates}
  - {language: th, question: "จัดที่ไหน", answer: meeting.venue}
  - {language: en, question: "will it rain", abstains: true}
"""


_BUILT_IN = EncoderChoice()


@dataclass(slots=True)
class ListedAudit:
    """Implements `bot.core.audit.AuditLog` in memory."""

    kept: list[AuditRecord] = field(default_factory=list)

    async def append(self, record: AuditRecord) -> None:
        self.kept.append(record)

    async def records(self, *, server: str | None = None, subject: str | None = None) -> Sequence[AuditRecord]:
        return [one for one in self.kept if subject in (None, one.subject) and server in (None, one.server)]

    async def verify(self) -> BrokenChain | None:
        return None


@dataclass(slots=True)
class ReloadWorld:
    """One start of the bot; `again` is the next one on the same files."""

    folders: Folders
    versions: Path
    encoder: Encoder
    answering: Answering
    reloading: Reloading
    library: Library
    clock: SimulatedClock
    audit: ListedAudit

    @property
    def knowledge(self) -> Path:
        return self.folders.knowledge

    async def again(self) -> "ReloadWorld":
        return await start(self.folders, self.versions, self.encoder, self.clock)

    async def open(self, key: str, locale: str = "en") -> Reply:
        reply = await self.answering.open(key, locale, platform="test")
        assert reply is not None
        return reply


def here(encoder: Encoder) -> Worker:
    """Prepares in a thread of this process: quicker than a process of its own, and the same code."""

    async def work(order: Order, _encoder: EncoderChoice, _at_most: float) -> Prepared | Faulty | Same:
        return await asyncio.to_thread(prepare, order, encoder, lambda *_: None)

    return work


async def start(
    folders: Folders,
    versions: Path,
    encoder: Encoder,
    clock: SimulatedClock,
    *,
    in_child: bool = False,
    choice: EncoderChoice = _BUILT_IN,
) -> ReloadWorld:
    """`in_child`: with the processes of the shipped bot, whose encoder is `choice`."""
    options = LibraryOptions(contact=None, keep=3, margin=5.0, timeout=240, encoder=choice)
    library = Library(folders, versions, clock, options, None if in_child else here(encoder))
    answering = Answering(await library.start(), store=NoStore(), clock=clock, encoder=encoder)
    audit = ListedAudit()
    reloading = Reloading(answering, library, clock, audit)
    return ReloadWorld(folders, versions, encoder, answering, reloading, library, clock, audit)


def make_folders(root: Path) -> Folders:
    knowledge = make_knowledge(root / "knowledge")
    (knowledge / "golden.yaml").write_text(GOLDEN, encoding="utf-8")
    (root / "locales").mkdir()
    return Folders(knowledge, root / "locales", root / "compiled")


def spoil_golden(world: ReloadWorld) -> None:
    """Everything about the place is now an entry about the days."""
    edit(
        world.knowledge / "meeting.yaml",
        "answers: [meeting.venue]",
        'answers: [meeting.somewhere]\n    valid_until: "2020"',
    )
