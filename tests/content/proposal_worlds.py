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
from tests.content.reload_worlds import ReloadWorld, start
from tests.core.clocks import SimulatedClock

ADMIN = frozenset({Role.PARTICIPANT, Role.ADMIN})
ADA = Person(id="discord:9", roles=ADMIN, server="discord:1")
AUNG = Person(id="discord:8", roles=ADMIN, server="discord:1")
OWNER = Person(id="discord:2", roles=frozenset({Role.PARTICIPANT, Role.OWNER}), server="discord:1")
MIRA = Person(id="discord:7", roles=frozenset({Role.PARTICIPANT, Role.MODERATOR}), server="discord:1")
OLD, NEW = "29–30 October 2024", "29–31 October 2024"
LONGER = MEETING.replace('"2024-10-30"', '"2024-10-31"').encode()
WHY = "ရက်စွဲမှားနေသည်"
# A reading that the gate refuses: a golden question of ours no longer gets its answer.
WORSE = MEETING.replace("id: meeting.dates", "id: meeting.days").replace("answers: [meeting.dates]", "answers: [x]")


@dataclass(slots=True)
class ProposalWorld:
    """One start of the bot with its database."""

    bot: ReloadWorld
    store: SqlStore
    proposing: Proposing
    kept: SqlProposalStore
    log: SqlAuditLog

    @property
    def meeting(self) -> Path:
        return self.bot.knowledge / "meeting.yaml"

    async def answer(self) -> str:
        return (await self.bot.open("meeting.dates")).text

    async def propose(self, raw: bytes = LONGER, name: str = "meeting.yaml", person: Person = ADA) -> FileProposal:
        examined = await self.proposing.propose(person, name, raw, WHY)
        assert isinstance(examined, Examined), examined
        return examined.proposal

    async def state(self, proposal: FileProposal) -> FileProposal:
        found = await self.kept.proposal(proposal.id)
        assert found is not None
        return found

    async def deeds(self, proposal: FileProposal) -> list[tuple[str, str]]:
        return [(one.deed, one.who) for one in await self.log.records(subject=proposal.id)]


async def open_world(bot: ReloadWorld, store: SqlStore) -> ProposalWorld:
    """The same wiring as in `bot.parts`."""
    log, kept = SqlAuditLog(store), SqlProposalStore(store)
    bot.reloading = Reloading(bot.answering, bot.library, bot.clock, log)
    return ProposalWorld(
        bot, store, Proposing(kept, UploadedFiles(bot.folders), bot.reloading, bot.clock), kept, log
    )


async def begin(root: Path, encoder: Encoder, clock: SimulatedClock) -> ReloadWorld:
    from tests.content.reload_worlds import make_folders

    return await start(make_folders(root), root / "versions", encoder, clock)
