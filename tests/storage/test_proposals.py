"""What the store of proposed files promises, on both kinds of database."""

import asyncio
import datetime
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.core.permissions import Person
from bot.core.personal import Identity, Kind
from bot.core.proposals import lifecycle, messages
from bot.core.proposals.lifecycle import Change, Refusal
from bot.core.proposals.models import FileProposal, State
from bot.core.reloading import digest_of
from bot.core.retention import Aging
from bot.storage.audit import SqlAuditLog
from bot.storage.personal_data import SqlPersonalData
from bot.storage.proposals import SqlProposalStore
from bot.storage.retention import SqlForgetting
from bot.storage.sql import SqlStore
from tests.content.proposal_worlds import ADA, AUNG, OWNER, WHY
from tests.core.clocks import START, SimulatedClock
from tests.postgresql import run

# As files come: with a mark at the beginning, with line ends of Windows, in many scripts.
TEXT = "\ufefftopic: 会議\r\ntitle: \"ជំនួប · အစည်းအဝေး · கூட்டம் · ประชุม · 𝒜👩\u200d🔬\"\n\t'%s' {x} \\n\n"
RAW = TEXT.encode()


@pytest_asyncio.fixture
async def store(database: str) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(database)
    yield opened
    await opened.close()


@pytest.fixture
def kept(store: SqlStore) -> SqlProposalStore:
    return SqlProposalStore(store)


def proposal(number: int = 1, author: Person = ADA) -> FileProposal:
    return FileProposal(
        id=f"p{number}",
        place="knowledge/meeting.yaml",
        text=TEXT,
        digest=digest_of(RAW),
        base=digest_of(b"before"),
        base_version="20241029-010000-aaaaaaaaaaaa",
        author=author.id,
        why=WHY,
        proposed_at=START + datetime.timedelta(minutes=number),
    )


async def add(kept: SqlProposalStore, one: FileProposal, author: Person = ADA) -> FileProposal:
    await kept.add(one, lifecycle.proposed(one, author))
    return one


def approved(one: FileProposal, who: Person = AUNG) -> Change:
    change = lifecycle.approve(one, who, "", START)
    assert isinstance(change, Change)
    return change


async def now(kept: SqlProposalStore, one: FileProposal) -> FileProposal:
    found = await kept.proposal(one.id)
    assert found is not None
    return found


async def test_a_file_comes_back_byte_for_byte(kept: SqlProposalStore) -> None:
    one = await add(kept, proposal())
    assert await kept.proposal("p1") == one
    assert (await now(kept, one)).text.encode() == RAW
    assert digest_of((await now(kept, one)).text.encode()) == one.digest
    assert await kept.proposal("p2") is None


async def test_what_is_open_is_listed_in_order(kept: SqlProposalStore) -> None:
    for number in (3, 1, 2):
        await add(kept, proposal(number))
    rejected = lifecycle.reject(proposal(2), AUNG, START)
    assert isinstance(rejected, Change)
    assert await kept.apply(rejected)
    assert await kept.apply(approved(proposal(3)))
    assert [(one.id, one.state) for one in await kept.open()] == [("p1", State.WAITING), ("p3", State.PUBLISHING)]
    assert {one.text for one in await kept.open()} == {""}, "the list is read often, and the files are long"
    assert ((await now(kept, proposal(2))).text, (await now(kept, proposal(1))).text) == ("", TEXT)


async def test_of_many_decisions_at_once_one_is_stored_with_its_record(kept: SqlProposalStore, store: SqlStore) -> None:
    """In several processes: nothing but the statement decides."""
    one = await add(kept, proposal())
    rejected = lifecycle.reject(one, OWNER, START)
    assert isinstance(rejected, Change)
    changes = [approved(one, AUNG), approved(one, OWNER), rejected] * 3

    stored = await asyncio.gather(*(kept.apply(change) for change in changes))

    assert stored.count(True) == 1
    assert (await now(kept, one)).decided == 1
    records = await SqlAuditLog(store).records(subject="p1")
    assert [one.deed for one in records] == [lifecycle.PROPOSED, changes[stored.index(True)].record.deed]
    assert await SqlAuditLog(store).verify() is None


async def test_who_erases_themselves_leaves_no_file_that_they_could_approve(
    kept: SqlProposalStore, store: SqlStore, database: str
) -> None:
    first, second = await add(kept, proposal(1)), await add(kept, proposal(2))
    third = await add(kept, proposal(3, AUNG), AUNG)
    assert await kept.apply(approved(second))
    assert await kept.apply(approved(third, ADA))
    data = SqlPersonalData(store, SimulatedClock())
    held = (await data.about(Identity(ADA.id)))[Kind.ENTRIES]
    assert sorted(str(row["id"]) for row in held) == ["p1", "p2", "p3"]
    assert all("text" not in row for row in held)

    await data.erase(Identity(ADA.id))

    assert await kept.proposal(first.id) is None
    author = (await now(kept, second)).author
    assert author.startswith("person-")
    assert (await now(kept, third)).approved_by == author
    assert ADA.id not in str(await run(database, "select * from file_proposals"))


async def test_nobody_approves_what_somebody_unknown_wrote(kept: SqlProposalStore) -> None:
    """They may be the same person, who had their data erased while it was on its way."""
    one = replace(proposal(), author="person-0123456789ab")
    assert lifecycle.approve(one, AUNG, "", START) == Refusal(messages.OWN)


async def test_old_proposals_are_forgotten_but_for_those_on_their_way(kept: SqlProposalStore, store: SqlStore) -> None:
    for number in (1, 2, 30):
        await add(kept, proposal(number))
    assert await kept.apply(approved(proposal(2)))
    before = START + datetime.timedelta(minutes=20)
    assert await SqlForgetting(store).forget(Aging.PROPOSALS, before) == 1
    assert [one.id for one in await kept.open()] == ["p2", "p30"]
