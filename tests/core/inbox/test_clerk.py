"""What the inbox does by itself, with a real store; and what moderators do, one after the other or at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.core.announcements.models import Kind
from bot.core.errors import Problem, StoreError
from bot.core.inbox import messages
from bot.core.inbox.clerk import Clerk
from bot.core.inbox.inboxing import Conflict, Gone, Inbox, Unfit
from bot.core.inbox.lifecycle import Refusal
from bot.core.inbox.models import Group, Phrasing, State
from bot.core.inbox.phrasings import phrasings_yaml
from bot.storage.inbox import SqlInboxStore
from bot.storage.sql import SqlStore
from tests.core.clocks import SimulatedClock
from tests.core.inbox.worlds import ADA, ALICE, DRAFT, MIRA, NOOR, PARKING, WIFI, ByMatter, Shelf, miss


@dataclass
class Room:
    """The inbox of one run of the bot."""

    kept: SqlInboxStore
    clock: SimulatedClock = field(default_factory=SimulatedClock)
    shelf: Shelf = field(default_factory=Shelf)
    cards: str | None = "discord:900"
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def inbox(self) -> Inbox:
        return Inbox(self.kept, self.clock, files=self.shelf, publisher=self.shelf, wake=self.woken.set)

    @property
    def clerk(self) -> Clerk:
        by_matter: Any = ByMatter()
        return Clerk(
            self.kept,
            self.inbox,
            self.clock,
            fingerprinting=by_matter,
            files=self.shelf,
            publisher=self.shelf,
            cards=self.cards,
            woken=self.woken,
            done=lambda: None,
        )

    async def ask(self, texts: dict[str, str] = WIFI, start: int = 1) -> Group:
        """All these questions; the group of the last one."""
        for number, (locale, text) in enumerate(texts.items(), start):
            await self.inbox.take(miss(number, text, locale))
        await self.clerk.work()
        return (await self.kept.groups())[-1]

    async def answers(self) -> list[str]:
        self.clock.advance(days=1000)
        return sorted(one.recipient for one in await self.kept.due(self.clock.now()) if one.kind is Kind.ANSWER)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    store = await SqlStore.open(tmp_path / "bot.db")
    yield Room(SqlInboxStore(store))
    await store.close()


async def test_sorts_by_meaning_and_orders_one_card_for_each_group(room: Room) -> None:
    await room.ask(WIFI)
    await room.ask(PARKING, start=4)

    assert [one.count for one in await room.kept.groups()] == [3, 3]
    cards = [one for one in await room.kept.due(room.clock.now()) if one.kind is Kind.CARD]
    assert [one.recipient for one in cards] == ["discord:900"] * 2


async def test_without_a_channel_there_are_no_cards_but_the_groups(room: Room) -> None:
    room.cards = None
    await room.ask()

    assert await room.kept.due(room.clock.now()) == []
    assert len(await room.inbox.groups()) == 1


async def test_an_answer_goes_out_only_once_it_is_published(room: Room) -> None:
    group = await room.ask()
    proposed = await room.inbox.propose(group.id, 0, DRAFT, MIRA)
    assert isinstance(proposed, Group)
    await room.inbox.approve(group.id, 1, ADA)
    assert await room.answers() == []

    await room.clerk.work()
    await room.clerk.work()

    assert room.shelf.published == {f"inbox.{group.id}.yaml": DRAFT.answer}
    assert await room.answers() == ["discord:101", "discord:102", "discord:103"]


async def test_who_asks_while_the_answer_waits_for_approval_gets_it_too(room: Room) -> None:
    group = await room.ask()
    await room.inbox.propose(group.id, 0, DRAFT, MIRA)
    await room.ask({"ta": WIFI["ta"]}, start=9)
    await room.inbox.approve(group.id, 1, ADA)
    await room.clerk.work()

    assert "discord:109" in await room.answers()


async def test_what_cannot_be_published_waits_with_what_is_wrong(room: Room) -> None:
    group = await room.ask()
    await room.inbox.propose(group.id, 0, DRAFT, MIRA)
    await room.inbox.approve(group.id, 1, ADA)
    room.shelf.refuses = [Problem("inbox.yaml", 7, "cannot be written")]
    await room.clerk.work()

    found = await room.kept.group(group.id)
    assert found is not None
    assert (found.state, found.trouble) == (State.PROPOSED, "inbox.yaml:7: cannot be written")
    assert await room.answers() == []
    assert isinstance(await room.inbox.approve(group.id, found.decided, ADA), Unfit)


async def test_moderators_at_once_never_both_decide(room: Room) -> None:
    group = await room.ask()
    inbox = room.inbox

    results = await asyncio.gather(
        inbox.link(group.id, 0, "meeting.dates", MIRA),
        inbox.link(group.id, 0, "meeting.venue", NOOR),
        inbox.dismiss(group.id, 0, ADA),
    )

    assert sum(isinstance(one, Group) for one in results) == 1
    assert sum(isinstance(one, Conflict) for one in results) == 2


async def test_a_proposal_of_somebody_who_may_not_is_refused_before_it_is_read(room: Room) -> None:
    group = await room.ask()
    room.shelf.refuses = [Problem("inbox.yaml", 1, "faulty")]

    assert await room.inbox.propose(group.id, 0, DRAFT, ALICE) == Refusal(messages.NOT_MODERATOR)
    assert isinstance(await room.inbox.propose(group.id, 0, DRAFT, MIRA), Unfit)
    assert isinstance(await room.inbox.propose("nothing", 0, DRAFT, MIRA), Gone)


async def test_similar_groups_come_first_when_looking_for_a_duplicate(room: Room) -> None:
    await room.ask(PARKING)
    await room.ask({"en": "something else"}, start=4)
    group = await room.ask(WIFI, start=5)

    similar = await room.inbox.similar(group)

    assert group.id not in [one.id for one in similar]
    assert len(similar) == 2


async def test_real_wordings_are_proposed_and_read_like_a_file_of_phrasings(room: Room) -> None:
    group = await room.ask()
    await room.inbox.link(group.id, 0, "city.membership:phuket", MIRA)

    text = phrasings_yaml(await room.inbox.phrasings(), {"city.membership": "network"})

    assert text.splitlines()[1:4] == ["", "# knowledge/phrasings/ja.network.yaml", "  city.membership:"]
    assert f'    - "{WIFI["ta"]}"' in text


def test_a_wording_cannot_break_the_file() -> None:
    text = phrasings_yaml([Phrasing(key="a.b", locale="my", text='"\n  evil:\\')], {})

    assert text.splitlines()[-1] == '    - "\\"\\n  evil:\\\\"'


async def test_the_clerk_outlives_a_failing_store(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on with what is left to do."""
    failures = [StoreError("disk full")]
    ungrouped = room.kept.ungrouped

    async def failing() -> Any:
        if failures:
            raise failures.pop()
        return await ungrouped()

    monkeypatch.setattr(room.kept, "ungrouped", failing)
    running = asyncio.create_task(room.clerk.run())
    await room.inbox.take(miss())
    await _until(lambda: not failures)
    room.woken.set()
    async with asyncio.timeout(5):
        while not await room.kept.groups():  # noqa: ASYNC110 - as below
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - what is waited for is the state of a world without events
            await asyncio.sleep(0.005)
