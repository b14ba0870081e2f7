"""What every announcement store promises. An implementation subclasses it and gives it the fixture `open_kept`."""

import asyncio
import datetime
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.core.announcements.models import (
    Announcement,
    Deed,
    Delivery,
    DeliveryState,
    Kind,
    Record,
    State,
    Trouble,
)
from bot.core.announcements.ports import AnnouncementStore, Posted
from bot.storage.announcements import SqlAnnouncementStore
from tests.core.announcements.worlds import MIRA, SERVER, Day
from tests.core.clocks import START, SimulatedClock
from tests.storage.contract import TEXTS

# Opens the same, initially empty, database at each call; what it opened is closed after the test.
OpenKept = Callable[[], Awaitable[SqlAnnouncementStore]]
CHANNELS = tuple(f"discord:{100 + number}" for number in range(30))
SECOND = datetime.timedelta(seconds=1)
MINUTE = datetime.timedelta(minutes=1)


async def announced(kept: SqlAnnouncementStore, *channels: str, place: str = "ห้อง ๕") -> Announcement:
    """Ordered to be sent now; nothing sends it."""
    day = Day(kept, SimulatedClock())
    return await day.send(await day.draft(*channels, content=day.content(place=place)))


async def ids(kept: AnnouncementStore, now: datetime.datetime = START, owner: str | None = None) -> list[str]:
    return [one.id for one in await kept.due(now, owner)]


class KeepingContract:
    @pytest.mark.parametrize("place", [text for text in TEXTS.values() if text], ids=[n for n, t in TEXTS.items() if t])
    async def test_gives_back_what_was_stored(self, open_kept: OpenKept, place: str) -> None:
        """Whole, in any script, from another process too."""
        kept = await open_kept()
        sent = await announced(kept, place=place)

        other = await open_kept()

        assert await other.announcement(sent.id) == sent
        assert await other.announcements(SERVER, 5) == [sent]
        assert await other.announcements("discord:2", 5) == []
        assert await other.announcement("nobody's") is None

    async def test_keeps_the_record_of_deeds_in_order(self, open_kept: OpenKept) -> None:
        kept = await open_kept()
        sent = await announced(kept)
        other = await announced(kept)

        assert [record.deed for record in await kept.history(SERVER, sent.id)] == [Deed.DRAFTED, Deed.SENT]
        assert {record.announcement for record in await kept.history(SERVER)} == {sent.id, other.id}
        assert await kept.history("discord:2") == []

    async def test_of_two_edits_at_once_one_wins(self, open_kept: OpenKept) -> None:
        """The other moderator is shown what is there now; nothing of the second edit is stored."""
        stores = [await open_kept(), await open_kept()]
        days = [Day(kept, SimulatedClock()) for kept in stores]
        draft = await days[0].draft()

        results = await asyncio.gather(
            *(day.announcing.edit(draft.id, 1, day.content(place=f"அறை {n}"), MIRA) for n, day in enumerate(days))
        )

        winners = [one for one in results if isinstance(one, Announcement)]
        assert len(winners) == 1
        assert await stores[0].announcement(draft.id) == winners[0]
        assert [record.deed for record in await stores[0].history(SERVER)] == [Deed.DRAFTED, Deed.EDITED]

    async def test_counts_every_reading(self, open_kept: OpenKept) -> None:
        stores = [await open_kept(), await open_kept()]

        await asyncio.gather(*(kept.count_reading("a", locale) for kept in stores for locale in ["th", "ja", "th"] * 5))

        assert await stores[0].readings("a") == {"th": 20, "ja": 10}
        assert await stores[0].readings("b") == {}

    async def test_a_reminder_is_replaced_until_it_is_sent(self, open_kept: OpenKept) -> None:
        kept = await open_kept()
        reminder = Delivery(
            id="a-u1", announcement="a", kind=Kind.REMINDER, recipient="discord:9", locale="km", due_at=START + MINUTE
        )
        await kept.add_delivery(reminder)
        await kept.add_delivery(replace(reminder, due_at=START))
        assert [one.due_at for one in await kept.due(START)] == [START]

        await kept.claim("a-u1", "me", START)
        await kept.mark_sent("a-u1", Posted("discord:9", "1"), 1)
        await kept.add_delivery(replace(reminder, due_at=START))

        found = await kept.delivery("a-u1")
        assert found is not None
        assert found.state is DeliveryState.SENT
        assert not await kept.drop("a-u1")


class ClaimingContract:
    async def test_no_copy_is_claimed_twice(self, open_kept: OpenKept) -> None:
        """Four processes grab at thirty copies at once."""
        stores = [await open_kept() for _ in range(4)]
        sent = await announced(stores[0], *CHANNELS)
        copies = [one.id for one in await stores[0].deliveries(sent.id)]

        claims = await asyncio.gather(
            *(kept.claim(copy, f"process {n}", START) for copy in copies for n, kept in enumerate(stores))
        )

        assert len(copies) == 30
        assert [sum(claims[at : at + 4]) for at in range(0, len(claims), 4)] == [1] * 30
        assert await ids(stores[0]) == []

    async def test_what_others_hold_is_seen_by_who_says_its_name(self, open_kept: OpenKept) -> None:
        """So that it does not pass the copy before; its own copies it does not see again."""
        kept = await open_kept()
        sent = await announced(kept, *CHANNELS[:3])
        await kept.claim(f"{sent.id}-0", "other", START)
        await kept.claim(f"{sent.id}-1", "me", START)

        assert await ids(kept, owner="me") == [f"{sent.id}-0", f"{sent.id}-2"]
        assert await ids(kept) == [f"{sent.id}-2"]

    async def test_claims_of_the_silent_are_freed_and_of_the_living_are_not(self, open_kept: OpenKept) -> None:
        """Whoever gives signs of life may take as long as it needs; one that has just come may be about to."""
        kept = await open_kept()
        sent = await announced(kept, *CHANNELS[:3])
        await kept.sign_in("slow", START, START - MINUTE)
        await kept.claim(f"{sent.id}-0", "slow", START)
        await kept.claim(f"{sent.id}-1", "dead", START)
        later = START + 2 * MINUTE
        assert await kept.sign_in("slow", later, later - MINUTE) == 1
        await kept.claim(f"{sent.id}-2", "new", later)

        assert await kept.release(later - MINUTE) == 1

        assert await ids(kept, later) == [f"{sent.id}-1"]

    async def test_a_clock_set_back_leaves_nothing_in_the_future_but_what_was_not_due(
        self, open_kept: OpenKept
    ) -> None:
        """Claims and signs of life of the dead would else hold for as long as the clock was set back."""
        kept = await open_kept()
        sent = await announced(kept, *CHANNELS[:3])
        wrong, right = START, START - 60 * MINUTE
        await kept.sign_in("dead", wrong, wrong - MINUTE)
        await kept.claim(f"{sent.id}-0", "dead", wrong)
        await kept.postpone(f"{sent.id}-0", wrong + MINUTE)
        assert await ids(kept, right) == []

        await kept.set_back(right, wrong)

        assert await ids(kept, right) == [f"{sent.id}-{number}" for number in range(3)]
        (first, *_) = await kept.due(right)
        assert (first.claimed_at, first.retry_at) == (right, right)
        assert await kept.sign_in("me", right, right - MINUTE) == 1
        assert await kept.release(right) == 1

    async def test_counts_who_is_alive(self, open_kept: OpenKept) -> None:
        stores = [await open_kept(), await open_kept()]

        assert await stores[0].sign_in("a", START, START - MINUTE) == 1
        assert await stores[1].sign_in("b", START + SECOND, START - MINUTE) == 2
        assert await stores[0].sign_in("a", START + 2 * MINUTE, START + MINUTE) == 1
        await stores[0].sign_off("a")
        assert await stores[1].sign_in("b", START + 2 * MINUTE, START + MINUTE) == 1

    async def test_loops_that_send_something_else_are_not_counted(self, open_kept: OpenKept) -> None:
        """Each kind of loop has requests a second of its own."""
        kept = await open_kept()

        assert await kept.sign_in("Outbox-1", START, START - MINUTE) == 1
        assert await kept.sign_in("Corrections-2", START, START - MINUTE) == 1
        assert await kept.sign_in("Outbox-3", START, START - MINUTE) == 2

    async def test_who_signs_off_leaves_its_claims_to_others(self, open_kept: OpenKept) -> None:
        kept = await open_kept()
        sent = await announced(kept, *CHANNELS[:3])
        await kept.claim(f"{sent.id}-0", "leaving", START)
        await kept.claim(f"{sent.id}-1", "staying", START)
        await kept.claim(f"{sent.id}-2", "leaving", START)
        await kept.mark_sent(f"{sent.id}-2", Posted(CHANNELS[2], "1"), sent.version)

        await kept.sign_off("leaving")

        assert await ids(kept) == [f"{sent.id}-0"]

    async def test_frees_only_ones_own_claims(self, open_kept: OpenKept) -> None:
        kept = await open_kept()
        sent = await announced(kept, *CHANNELS[:2])
        await kept.claim(f"{sent.id}-0", "me", START)
        await kept.claim(f"{sent.id}-1", "other", START)

        await kept.free("me", [f"{sent.id}-0", f"{sent.id}-1"])

        assert await ids(kept) == [f"{sent.id}-0"]

    async def test_a_claim_taken_over_is_as_old_as_the_first(self, open_kept: OpenKept) -> None:
        """The search for a lost copy begins where it may first have been sent."""
        kept = await open_kept()
        sent = await announced(kept, CHANNELS[0])
        await kept.claim(f"{sent.id}-0", "dead", START)
        await kept.postpone(f"{sent.id}-0", START + MINUTE)

        assert await kept.claim(f"{sent.id}-0", "me", START + MINUTE)

        found = await kept.delivery(f"{sent.id}-0")
        assert found is not None
        assert (found.claimed_at, found.retry_at, found.owner, found.attempts) == (START, None, "me", 1)

    async def test_one_process_corrects_a_copy(self, open_kept: OpenKept) -> None:
        """Until it has, or its time is over."""
        stores = [await open_kept() for _ in range(3)]
        kept = stores[0]
        sent = await announced(kept, CHANNELS[0])
        copy = f"{sent.id}-0"
        await kept.claim(copy, "me", START)
        assert not await kept.hold(copy, START, START + MINUTE), "it does not stand yet"
        await kept.mark_sent(copy, Posted(CHANNELS[0], "1"), sent.version)
        await Day(kept, SimulatedClock()).announcing.retract(sent.id, None, MIRA)
        assert [one.id for one in await kept.stale(START)] == [copy]

        held = await asyncio.gather(*(store.hold(copy, START, START + MINUTE) for store in stores * 4))

        assert sum(held) == 1
        assert await kept.stale(START) == []
        assert await kept.next_due(START) == START + MINUTE
        assert [one.id for one in await kept.stale(START + MINUTE)] == [copy]

    async def test_the_end_is_recorded_once(self, open_kept: OpenKept) -> None:
        """All processes notice that all copies were sent; the moderators get one report."""
        stores = [await open_kept() for _ in range(3)]
        sent = await announced(stores[0], CHANNELS[0])
        copy = f"{sent.id}-0"
        await stores[0].claim(copy, "me", START)
        await stores[0].mark(copy, DeliveryState.FAILED, Trouble.FORBIDDEN)
        assert await stores[1].unsettled() == [sent.id]
        record = Record(at=START, who="bot", deed=Deed.FAILED, announcement=sent.id, version=sent.version)
        report = Delivery(
            id=f"{sent.id}-r0", announcement=sent.id, kind=Kind.REPORT, recipient="discord:7", locale=None, due_at=START
        )

        settled = await asyncio.gather(
            *(store.settle(sent.id, sent.version, State.PARTLY_FAILED, record, report) for store in stores * 3)
        )

        assert sum(settled) == 1
        assert [one.deed for one in await stores[0].history(SERVER, sent.id)].count(Deed.FAILED) == 1
        assert await ids(stores[0]) == [f"{sent.id}-r0"]


class SettlingContract:
    async def test_a_moderators_deed_is_not_settled_over(self, open_kept: OpenKept) -> None:
        """A slow process still wants to say that a copy failed, which a moderator has ordered again meanwhile."""
        kept, other = await open_kept(), await open_kept()
        sent = await announced(kept, CHANNELS[0])
        await kept.claim(f"{sent.id}-0", "me", START)
        await kept.mark(f"{sent.id}-0", DeliveryState.FAILED, Trouble.FORBIDDEN)
        counted = await kept.announcement(sent.id)
        assert counted is not None

        assert await other.settle(sent.id, counted.version, State.PARTLY_FAILED, None, None)
        retried = await Day(other, SimulatedClock()).announcing.retry(sent.id, MIRA)
        assert isinstance(retried, Announcement)

        assert not await kept.settle(sent.id, counted.version, State.PARTLY_FAILED, None, None)
        assert await kept.announcement(sent.id) == retried


class AnnouncementStoreContract(KeepingContract, ClaimingContract, SettlingContract):
    """All of it."""
