"""The whole life of an announcement, on a simulated clock and a real database."""

import asyncio
import contextlib
import dataclasses
import datetime
from collections.abc import Callable, Sequence

import pytest

from bot.core.announcements import messages
from bot.core.announcements.announcing import Conflict, Gone
from bot.core.announcements.lifecycle import Refusal
from bot.core.announcements.models import (
    Actor,
    Announcement,
    Deed,
    Delivery,
    DeliveryState,
    Kind,
    Schedule,
    State,
    Trouble,
)
from bot.core.announcements.outbox import Outbox
from bot.core.announcements.ports import Posted, Unclear, Unposted
from bot.core.announcements.templates import TEMPLATES, Slot
from bot.core.announcements.typed import Fault, read_template, read_time
from bot.core.errors import StoreError
from tests.core.announcements.worlds import ALICE, LOBBY, MIRA, NEWS, NOOR, SERVER, Day, tokyo


async def test_is_sent_once_to_every_channel(day: Day) -> None:
    sent = await day.send(await day.draft())

    await day.outbox().work()
    await day.outbox().work()

    assert sorted(day.places()) == [NEWS, LOBBY]
    assert await day.state(sent) is State.SENT


async def test_only_moderators_write(day: Day) -> None:
    draft = await day.draft()

    for refused in (
        await day.announcing.send(draft.id, draft.version, ALICE),
        await day.announcing.edit(draft.id, draft.version, day.content(), ALICE),
        await day.announcing.retract(draft.id, None, ALICE),
        await day.announcing.discard(draft.id, draft.version, ALICE),
        await day.announcing.retry(draft.id, ALICE),
        await day.announcing.aim(draft.id, draft.version, ALICE, targets=()),
    ):
        assert refused == Refusal(messages.NOT_MODERATOR)


async def test_an_approval_is_needed_and_is_lost_with_every_change(day: Day) -> None:
    """Nobody approves their own text, and nobody slips another text under an approval."""
    day.needs_approval = True
    draft = await day.draft()
    assert await day.announcing.send(draft.id, draft.version, MIRA) == Refusal(messages.NEEDS_APPROVAL)
    assert await day.announcing.approve(draft.id, draft.version, MIRA) == Refusal(messages.OWN_APPROVAL)

    approved = await day.announcing.approve(draft.id, draft.version, NOOR)
    assert isinstance(approved, Announcement)
    edited = await day.announcing.edit(approved.id, approved.version, day.content(place="ຫ້ອງ 9"), NOOR)

    assert isinstance(edited, Announcement)
    assert edited.state is State.DRAFT
    assert await day.announcing.send(edited.id, edited.version, MIRA) == Refusal(messages.NEEDS_APPROVAL)
    assert await day.announcing.approve(edited.id, edited.version, NOOR) == Refusal(messages.OWN_APPROVAL)


async def test_the_second_of_two_changes_is_a_conflict(day: Day) -> None:
    draft = await day.draft()
    await day.announcing.edit(draft.id, draft.version, day.content(place="A"), MIRA)

    late = await day.announcing.edit(draft.id, draft.version, day.content(place="B"), NOOR)

    assert isinstance(late, Conflict)
    assert late.current.content == day.content(place="A")


async def test_what_does_not_exist_is_gone(day: Day) -> None:
    assert await day.announcing.retry("nothing", MIRA) == Gone()


async def test_only_readings_in_its_own_server_count(day: Day) -> None:
    """A forged button opens nothing elsewhere, and leaves no trace; copies in direct messages are read anywhere."""
    sent = await day.send(await day.draft())
    await day.outbox().work()

    assert await day.announcing.read(sent.id, "km", server="discord:2") is None
    assert await day.announcing.read(sent.id, "my", server=SERVER) is not None
    assert await day.announcing.read(sent.id, "ta", server=None) is not None
    assert dict(await day.kept.readings(sent.id)) == {"my": 1, "ta": 1}


async def test_a_withdrawal_holds_up_for_no_conflict(day: Day) -> None:
    """Whatever it says by now, it must go."""
    sent = await day.send(await day.draft())
    await day.outbox().work()
    await day.announcing.edit(sent.id, sent.version, day.content(place="B"), NOOR)

    assert isinstance(await day.announcing.retract(sent.id, None, MIRA), Announcement)


async def test_is_sent_at_its_time_and_repeated_before_the_announced_time(day: Day) -> None:
    """14:30 in Tokyo, announced at 12:00, repeated at 13:30 and 14:20."""
    sent = await day.send(await day.draft(NEWS), schedule=Schedule(at=tokyo(12)), repeats=(60, 10))
    outbox = day.outbox()
    seen: list[int] = []
    for minute in range(0, 6 * 60, 10):
        await outbox.work()
        seen += [10 * 60 + minute] * (len(day.places()) - len(seen))
        day.clock.advance(minutes=10)

    assert [f"{minutes // 60}:{minutes % 60:02}" for minutes in seen] == ["12:00", "13:30", "14:20"]
    assert await day.state(sent) is State.SENT


async def test_the_loop_sleeps_exactly_until_something_is_due(day: Day) -> None:
    await day.send(await day.draft(NEWS), schedule=Schedule(at=tokyo(10, 0) + datetime.timedelta(seconds=7)))

    assert await day.outbox().work() == pytest.approx(7.0)


async def test_what_hangs_on_the_time_moves_with_it(day: Day) -> None:
    """The sending, the repetition and a personal reminder."""
    sent = await day.send(await day.draft(NEWS), schedule=Schedule(minutes_before=120), repeats=(30,))
    edited = await day.announcing.edit(sent.id, sent.version, day.content("2024-10-29 18:00"), MIRA)
    assert isinstance(edited, Announcement)

    due = [one.due_at for one in await day.kept.deliveries(sent.id)]

    assert due == [tokyo(16), tokyo(17, 30)]


async def test_daylight_saving_moves_no_announced_time(day: Day) -> None:
    """An hour before 10:00 in Lisbon is 09:00 there, on the day after the clocks went back as well."""
    day.clock.advance(days=-4)
    typed = {Slot.SESSION: "x", Slot.PLACE: "y", Slot.TIME: "2024-10-28 10:00"}
    content = read_template(TEMPLATES["room-change"], typed, "Europe/Lisbon", day.clock.now())
    assert not isinstance(content, tuple)
    await day.send(await day.draft(NEWS, content=content), schedule=Schedule(minutes_before=60))

    due = (await day.kept.deliveries((await day.kept.announcements(SERVER, 1))[0].id))[0].due_at
    assert due == datetime.datetime(2024, 10, 28, 9, tzinfo=datetime.UTC)  # Lisbon is on UTC again since the 27th
    skipped = read_time("2025-03-30 01:30", "Europe/Lisbon", day.clock.now())
    assert isinstance(skipped, Fault)
    assert skipped.message == messages.FAULT_NO_SUCH_TIME


async def test_what_came_due_while_the_bot_was_away_is_still_sent_within_its_grace(day: Day) -> None:
    """A room change four hours late still helps; a session start an hour late does not, and the moderators hear it."""
    late = await day.send(await day.draft(NEWS), schedule=Schedule(at=tokyo(11)))
    over = await day.send(
        await day.draft(LOBBY, content=day.content(template="session-start")), schedule=Schedule(at=tokyo(11))
    )
    day.clock.advance(hours=3)

    await day.outbox().work()
    await day.outbox().work()

    assert await day.state(late) is State.SENT
    assert await day.state(over) is State.MISSED
    assert day.places() == [NEWS, MIRA.id]  # the report goes to the author
    reports = [one for one in await day.kept.deliveries(over.id) if one.kind is Kind.REPORT]
    assert [one.state for one in reports] == [DeliveryState.SENT]


async def test_a_missed_announcement_can_be_sent_all_the_same(day: Day) -> None:
    over = await day.send(
        await day.draft(LOBBY, content=day.content(template="session-start")), schedule=Schedule(at=tokyo(11))
    )
    day.clock.advance(hours=3)
    await day.outbox().work()

    await day.announcing.retry(over.id, MIRA)
    await day.outbox().work()

    assert LOBBY in day.places()
    assert await day.state(over) is State.SENT


async def test_a_failing_channel_does_not_hold_up_the_rest(day: Day) -> None:
    """It is reported, and sent again when a moderator says so."""
    day.messenger.answers[NEWS] = [Unposted(Trouble.FORBIDDEN)]
    sent = await day.send(await day.draft())
    await day.outbox().work()
    await day.outbox().work()
    assert day.places() == [LOBBY, MIRA.id]
    assert await day.state(sent) is State.PARTLY_FAILED

    assert isinstance(await day.announcing.retry(sent.id, NOOR), Announcement)
    await day.outbox().work()

    assert day.places() == [LOBBY, MIRA.id, NEWS]
    assert await day.state(sent) is State.SENT
    assert await day.announcing.retry(sent.id, NOOR) == Refusal(messages.NOTHING_FAILED)


async def test_order_is_kept_when_the_first_has_to_wait(day: Day) -> None:
    """A later announcement does not pass an earlier one in the same channel; in other channels it goes on."""
    day.messenger.answers[NEWS] = [Unclear(5.0)]
    first = await day.send(await day.draft(NEWS))
    day.clock.advance(seconds=1)
    second = await day.send(await day.draft(NEWS, LOBBY))

    pause = await day.outbox().work()
    assert day.places() == [LOBBY]
    assert pause == pytest.approx(5.0)
    day.clock.advance(seconds=5)
    await day.outbox().work()

    assert [one.partition("-")[0] for place, one in day.messenger.standing if place == NEWS] == [first.id, second.id]


async def test_what_took_effect_without_an_answer_is_found_not_sent_again(day: Day) -> None:
    day.messenger.answers[NEWS] = [Unclear()]
    day.messenger.effective = True
    sent = await day.send(await day.draft(NEWS))
    await day.outbox().work()
    day.clock.advance(seconds=2)

    await day.outbox().work()

    assert day.places() == [NEWS]
    assert await day.state(sent) is State.SENT


async def test_where_nobody_can_look_nothing_is_sent_twice(day: Day) -> None:
    """Unsure is reported: a person looks, then retries or not."""
    day.messenger.answers[NEWS] = [Unclear()]
    day.messenger.effective, day.messenger.readable = True, False
    sent = await day.send(await day.draft(NEWS))
    for _ in range(3):
        await day.outbox().work()
        day.clock.advance(minutes=2)

    assert day.places().count(NEWS) == 1
    assert await day.state(sent) is State.PARTLY_FAILED


async def test_an_edit_during_sending_wins(day: Day) -> None:
    """The copy that went out with the old words is corrected in the same pass."""
    sent = await day.send(await day.draft(NEWS))
    day.messenger.meanwhile = lambda: day.announcing.edit(sent.id, sent.version, day.content(place="B"), NOOR)

    await day.outbox().work()
    await day.outbox().work()

    assert day.messenger.corrected == [(f"{sent.id}-0", sent.version + 1)]


async def test_a_withdrawal_before_sending_sends_nothing(day: Day) -> None:
    sent = await day.send(await day.draft(NEWS), schedule=Schedule(at=tokyo(12)))
    await day.announcing.retract(sent.id, None, MIRA)
    day.clock.advance(hours=4)

    await day.outbox().work()

    assert day.places() == []
    assert await day.state(sent) is State.RETRACTED


async def test_a_correction_is_tried_until_it_arrives(day: Day) -> None:
    """A wrong copy must not stand, however long Discord is away."""
    sent = await day.send(await day.draft(NEWS))
    await day.outbox().work()
    day.messenger.answers[NEWS] = [Unclear()] * 20
    await day.announcing.retract(sent.id, None, MIRA)
    for _ in range(25):
        await day.outbox().work()
        day.clock.advance(minutes=1)

    assert [one for one, _ in day.messenger.corrected] == [f"{sent.id}-0"]


async def test_a_copy_that_somebody_deleted_is_left_alone(day: Day) -> None:
    sent = await day.send(await day.draft(NEWS))
    await day.outbox().work()
    day.messenger.answers[NEWS] = [Unposted(Trouble.GONE)]
    await day.announcing.retract(sent.id, None, MIRA)
    await day.outbox().work()

    assert await day.kept.stale(day.clock.now()) == []


async def test_a_withdrawn_announcement_reaches_those_who_wanted_a_reminder(day: Day) -> None:
    """At their time, with the text that says so; nobody waits for a bus that does not come."""
    sent = await day.send(await day.draft(NEWS))
    await day.outbox().work()
    await day.announcing.remind(sent.id, "discord:55", 15, channel=NEWS, locale="my")
    await day.announcing.retract(sent.id, None, MIRA)
    day.clock.advance(hours=4, minutes=15)

    await day.outbox().work()

    assert day.places() == [NEWS, "discord:55"]


async def test_nobody_is_reminded_twice(day: Day) -> None:
    """A second choice replaces the first."""
    sent = await day.send(await day.draft(NEWS))
    await day.announcing.remind(sent.id, "discord:55", 60, channel=NEWS, locale="th")
    await day.announcing.remind(sent.id, "discord:55", 15, channel=NEWS, locale="th")
    for _ in range(30):
        await day.outbox().work()
        day.clock.advance(minutes=10)

    assert day.places().count("discord:55") == 1


async def test_every_deed_is_on_record(day: Day) -> None:
    sent = await day.send(await day.draft(NEWS))
    await day.outbox().work()
    await day.announcing.edit(sent.id, sent.version, day.content(place="B"), NOOR)
    await day.announcing.retract(sent.id, None, MIRA)

    record = [(one.who, one.deed) for one in await day.announcing.history(SERVER, sent.id)]

    assert record == [
        (MIRA.id, Deed.DRAFTED),
        (MIRA.id, Deed.SENT),
        ("bot", Deed.SENT),
        (NOOR.id, Deed.EDITED),
        (MIRA.id, Deed.RETRACTED),
    ]


async def test_a_broken_lane_does_not_stop_the_others(day: Day, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is raised: it is logged, the rest is sent, and the lane is tried again."""
    broken = day.messenger.post

    async def post(announcement: Announcement, delivery: object) -> Posted | Unposted | Unclear:
        if getattr(delivery, "lane", "") == NEWS and not caplog.records:
            raise RuntimeError("out of the blue")
        return await broken(announcement, delivery)  # type: ignore[arg-type]  # a delivery

    day.messenger.post = post  # type: ignore[method-assign]  # what a bug would do
    await day.send(await day.draft())
    pause = await day.outbox().work()

    assert day.places() == [LOBBY]
    assert pause <= 1.0
    assert "sending failed" in caplog.text
    assert "out of the blue" in caplog.text


async def test_nobody_approves_words_of_their_own_however_the_draft_went_round(day: Day) -> None:
    """Mira drafts, Noor rewrites, Mira chooses a channel: Noor cannot approve, and neither can Mira."""
    draft = await day.draft()
    edited = await day.announcing.edit(draft.id, draft.version, day.content(place="B"), NOOR)
    assert isinstance(edited, Announcement)
    aimed = await day.announcing.aim(edited.id, edited.version, MIRA, targets=edited.targets)
    assert isinstance(aimed, Announcement)

    for actor in (NOOR, MIRA):
        assert await day.announcing.approve(aimed.id, aimed.version, actor) == Refusal(messages.OWN_APPROVAL)
    other = Actor("discord:10", moderator=True, approver=True, server=SERVER)
    assert isinstance(await day.announcing.approve(aimed.id, aimed.version, other), Announcement)


async def test_what_was_approved_is_what_is_sent(day: Day) -> None:
    """A scheduled announcement whose words change needs a new approval, and is not sent before."""
    day.needs_approval = True
    draft = await day.draft(NEWS)
    approved = await day.announcing.approve(draft.id, draft.version, NOOR)
    assert isinstance(approved, Announcement)
    sent = await day.send(approved, schedule=Schedule(at=tokyo(12)))
    edited = await day.announcing.edit(sent.id, sent.version, day.content(place="B"), NOOR)
    day.clock.advance(hours=3)
    await day.outbox().work()

    assert day.places() == []
    assert isinstance(edited, Announcement)
    assert edited.state is State.DRAFT
    again = await day.announcing.approve(edited.id, edited.version, MIRA)
    assert isinstance(again, Announcement)
    await day.send(again)
    await day.outbox().work()
    assert day.places() == [NEWS]  # and nobody is told that something failed
    assert await day.state(again) is State.SENT


async def test_the_time_that_others_hang_on_cannot_be_taken_away(day: Day) -> None:
    sent = await day.send(await day.draft(NEWS), schedule=Schedule(minutes_before=60))
    timeless = dataclasses.replace(day.content(), time=None)

    refused = await day.announcing.edit(sent.id, sent.version, timeless, MIRA)

    assert refused == Refusal(messages.FAULT_NO_TIME, {"field": messages.FIELD_TIME})


async def test_a_session_moved_forward_is_announced_at_once(day: Day) -> None:
    """An hour before is over by now: what is to be sent is sent, what is to be repeated is not."""
    sent = await day.send(await day.draft(NEWS), schedule=Schedule(minutes_before=120), repeats=(90,))
    await day.announcing.edit(sent.id, sent.version, day.content("2024-10-29 11:00"), MIRA)
    await day.outbox().work()
    day.clock.advance(hours=8)
    await day.outbox().work()

    assert day.places() == [NEWS]
    assert await day.state(sent) is State.SENT


@pytest.mark.parametrize("method", ["claim", "mark_sent", "announcement", "settle"])
async def test_a_database_that_fails_for_a_moment_costs_nothing(
    day: Day, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Before the copy is sent or after: the next pass looks for it, and sends what is not there. No restart needed."""
    works, failures = getattr(day.kept, method), [StoreError("the disk is full")]

    async def failing(*args: object) -> object:
        if failures:
            raise failures.pop()
        return await works(*args)

    sent = await day.send(await day.draft(NEWS))
    outbox = day.outbox()
    monkeypatch.setattr(day.kept, method, failing)
    with contextlib.suppress(StoreError):  # `run` goes on after what `work` raises
        await outbox.work()
    day.clock.advance(seconds=1)
    await outbox.work()
    await outbox.work()

    assert day.places() == [NEWS]
    assert await day.state(sent) is State.SENT


async def test_claims_of_a_process_that_died_are_taken_over_after_a_while(day: Day) -> None:
    """Where several processes share a database: not at once, as the other may only be slow."""
    sent = await day.send(await day.draft(NEWS))
    await day.kept.claim(f"{sent.id}-0", "somebody else", day.clock.now())
    outbox = Outbox(day.kept, day.messenger, day.clock, alone=False)
    await outbox.work()
    assert day.places() == []

    day.clock.advance(minutes=2)
    await outbox.work()

    assert day.places() == [NEWS]


async def test_a_busy_channel_keeps_no_other_waiting(day: Day) -> None:
    """What is ordered while a channel is slow goes out elsewhere at once, and corrections too."""
    gate, woken = asyncio.Event(), asyncio.Event()
    outbox = Outbox(day.kept, day.messenger, day.clock, woken=woken)
    first = await day.send(await day.draft(LOBBY))
    running = asyncio.create_task(outbox.run())
    await _until(lambda: day.places() == [LOBBY])
    day.messenger.meanwhile = gate.wait
    await day.send(await day.draft(NEWS))
    woken.set()
    await _until(lambda: day.messenger.meanwhile is None)

    await day.send(await day.draft(LOBBY))
    await day.announcing.retract(first.id, None, MIRA)
    woken.set()
    await _until(lambda: day.places() == [LOBBY, LOBBY] and len(day.messenger.corrected) == 1)

    gate.set()
    await _until(lambda: NEWS in day.places())
    running.cancel()
    await asyncio.wait([running])


async def test_a_cancelled_loop_ends_only_when_no_place_is_at_work(day: Day) -> None:
    ended: list[str] = []

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.02)  # as a rollback takes a moment
            ended.append(NEWS)

    day.messenger.meanwhile = slow
    await day.send(await day.draft(NEWS))
    running = asyncio.create_task(Outbox(day.kept, day.messenger, day.clock).run())
    await _until(lambda: day.messenger.meanwhile is None)

    running.cancel()
    await asyncio.wait([running])

    assert ended == [NEWS]


async def test_a_copy_sent_while_the_loop_still_looks_is_settled(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow disk a place can be done before the look that started it is over."""
    unsettled = day.kept.unsettled

    async def slow() -> list[str]:
        found = list(await unsettled())
        async with asyncio.timeout(5):
            while not all(one.state is DeliveryState.SENT for one in await day.kept.deliveries(sent.id)):  # noqa: ASYNC110 - as below
                await asyncio.sleep(0.005)
        await asyncio.sleep(0.005)
        return found

    sent = await day.send(await day.draft(NEWS))
    monkeypatch.setattr(day.kept, "unsettled", slow)
    await day.outbox().work()

    assert await day.state(sent) is State.SENT


async def test_looking_leaves_the_process_most_of_its_time(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is woken while a look takes long, as with thousands of copies on their way."""
    due, looks, woken = day.kept.due, [0], asyncio.Event()

    async def slow(now: datetime.datetime, owner: str | None = None) -> Sequence[Delivery]:
        looks[0] += 1
        woken.set()
        await asyncio.sleep(0.02)
        return await due(now, owner)

    monkeypatch.setattr(day.kept, "due", slow)
    running = asyncio.create_task(Outbox(day.kept, day.messenger, day.clock, woken=woken).run())
    await asyncio.sleep(0.5)
    running.cancel()
    await asyncio.wait([running])

    assert 0 < looks[0] <= 0.5 / (5 * 0.02) + 1


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - what is waited for is the state of a world without events
            await asyncio.sleep(0.005)


async def test_an_hour_without_the_platform_gives_up_nothing(day: Day) -> None:
    """What is still worth sending is sent once it is back, and once."""
    sent = await day.send(await day.draft())
    outbox, day.messenger.away = day.outbox(), True
    for _ in range(70):
        await outbox.work()
        day.clock.advance(minutes=1)

    day.messenger.away = False
    await outbox.work()
    await outbox.work()

    assert sorted(day.places()) == [NEWS, LOBBY]
    assert await day.state(sent) is State.SENT


@pytest.mark.parametrize("hours", [1, 24])
async def test_a_clock_that_is_set_back_holds_up_nothing_and_doubles_nothing(day: Day, hours: int) -> None:
    """Neither what was due, nor what waits for another attempt; what was not due yet keeps its time."""
    outbox = day.outbox()
    first = await day.send(await day.draft(NEWS))
    day.messenger.answers[NEWS] = [Unclear(60)]
    await outbox.work()
    second = await day.send(await day.draft(LOBBY))
    later = day.clock.now() + datetime.timedelta(minutes=30)
    third = await day.send(await day.draft(LOBBY), schedule=Schedule(at=later))

    day.clock.advance(hours=-hours)
    await outbox.work()

    assert sorted(day.places()) == [NEWS, LOBBY]
    assert [await day.state(one) for one in (first, second, third)] == [State.SENT, State.SENT, State.SCHEDULED]
    day.clock.advance(hours=hours, minutes=31)
    await outbox.work()
    assert sorted(day.places()) == [NEWS, LOBBY, LOBBY]


async def test_what_was_claimed_in_the_future_is_taken_over_by_the_next_run(day: Day) -> None:
    """The clock was ahead, the bot died, the clock was set right."""
    sent = await day.send(await day.draft(NEWS))
    day.clock.advance(hours=1)
    assert await day.kept.claim(f"{sent.id}-0", "dead", day.clock.now())
    day.clock.advance(minutes=-59)

    await day.outbox().work()

    assert day.places() == [NEWS]
