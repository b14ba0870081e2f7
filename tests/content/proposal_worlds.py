"""A bot with real files, real versions and a real database, in which admins propose files."""

from dataclasses import dataclass
from pathlib import Path

from bot.content.uploads import UploadedFiles
from bot.core.permissions import Person, Role
from bot.core.ports import Encoder
from bot.core.proposals.models import FileProposal
from bot.core.proposals.proposing import Examined, Proposing
from bot.core.reloading import Reloading
from bot.storage.audit import SqlAuditLog
from bot.storage.proposals import SqlProposalStore
from bot.storage.sql import SqlStore
from tests.content.folders import MEETING
from tests.content.reload_worlds import ReloadWorld, make_folders, start
from tests.core.clocks import SimulatedClock

_ADMIN = frozenset({Role.PARTICIPANT, Role.ADMIN})
ADA = Person(id="discord:9", roles=_ADMIN, server="discord:1")
AUNG = Person(id="discord:8", roles=_ADMIN, server="discord:1")
OWNER = Person(id="discord:2", roles=frozenset({Role.PARTICIPANT, Role.OWNER}), server="discord:1")
MIRA = Person(id="discord:7", roles=frozenset({Role.PARTICIPANT, Role.MODERATOR}), server="discord:1")
OLD, NEW = "29–30 October 2024", "29–31 October 2024"
LONGER = MEETING.replace('"2024-10-30"', '"2024-10-31"').encode()
# Readable, and the golden questions lose their answer: the gate refuses it.
WORSE = MEETING.replace("answers: [meeting.venue]", 'answers: [meeting.somewhere]\n    valid_until: "2020"').encode()
WHY = "ရက်စွဲမှားနေသည် - แก้วันที่"


@dataclass(slots=True)
class ProposalWorld:
    """One start of the bot with its database."""

    bot: ReloadWorld
    proposing: Proposing
    kept: SqlProposalStore
    log: SqlAuditLog

    @property
    def meeting(self) -> Path:
        return self.bot.knowledge / "meeting.yaml"

    async def answer(self) -> str:
        return (await self.bot.open("meeting.dates")).text

    async def propose(self, raw: bytes = LONGER, name: str = "meeting.yaml") -> FileProposal:
        examined = await self.proposing.propose(ADA, name, raw, WHY)
        assert isinstance(examined, Examined), examined
        return examined.proposal

    async def now(self, proposal: FileProposal) -> FileProposal:
        found = await self.kept.proposal(proposal.id)
        assert found is not None
        return found

    async def deeds(self, proposal: FileProposal) -> list[tuple[str, str]]:
        return [(one.deed.removeprefix("knowledge."), one.who) for one in await self.log.records(subject=proposal.id)]


def open_proposals(bot: ReloadWorld, store: SqlStore) -> ProposalWorld:
    """Wired as in `bot.parts`."""
    log, kept = SqlAuditLog(store), SqlProposalStore(store)
    bot.reloading = Reloading(bot.answering, bot.library, bot.clock, log)
    proposing = Proposing(kept, UploadedFiles(bot.folders), bot.reloading, bot.clock)
    return ProposalWorld(bot, proposing, kept, log)


async def start_in(root: Path, encoder: Encoder) -> ReloadWorld:
    return await start(make_folders(root), root / "versions", encoder, SimulatedClock())
