"""What becomes of the announcements of somebody who had their data erased."""

from pathlib import Path

import pytest

from bot.core.announcements.models import Announcement, DeliveryState, Kind, State, Trouble
from bot.core.announcements.ports import Unposted
from bot.core.personal import Identity
from bot.storage.personal_data import SqlPersonalData
from bot.storage.sql import SqlStore
from tests.core.announcements.conftest import day as day  # noqa: PLC0414 - a fixture
from tests.core.announcements.worlds import MIRA, NEWS, NOOR, SERVER, Day
from tests.storage.test_migrations import run


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Its file is looked into here."""
    return str(tmp_path / "bot.sqlite3")


async def erase(day: Day, tmp_path: Path, person: str) -> None:
    store = await SqlStore.open(tmp_path / "bot.sqlite3")
    await SqlPersonalData(store, day.clock).erase(Identity(person))
    await store.close()


async def test_a_report_to_an_erased_author_is_not_sent_and_names_nobody(day: Day, tmp_path: Path) -> None:
    """Written before the erasure and after it; later failures are still settled."""
    day.messenger.answers = {NEWS: [Unposted(Trouble.FORBIDDEN)]}
    told = await day.send(await day.draft(NEWS))
    await day.outbox().work()
    assert await day.state(told) is State.PARTLY_FAILED
    assert day.places() == [MIRA.id]

    waiting = await day.draft(NEWS)
    day.messenger.answers = {NEWS: [Unposted(Trouble.FORBIDDEN)]}
    waiting = await day.send(waiting)
    await erase(day, tmp_path, MIRA.id)
    before = len(day.messenger.standing)
    await day.outbox().work()

    assert await day.state(waiting) is State.PARTLY_FAILED
    assert len(day.messenger.standing) == before
    reports = [one for one in await day.kept.deliveries(waiting.id) if one.kind is Kind.REPORT]
    assert reports == []
    assert run(tmp_path / "bot.sqlite3", f"select count(*) from deliveries where recipient = '{MIRA.id}'") == [(0,)]


async def test_a_report_that_waits_is_dropped(day: Day, tmp_path: Path) -> None:
    day.messenger.answers = {NEWS: [Unposted(Trouble.FORBIDDEN)], MIRA.id: [Unposted(Trouble.FORBIDDEN)]}
    sent = await day.send(await day.draft(NEWS))
    await day.outbox().work()
    run(tmp_path / "bot.sqlite3", "update deliveries set state = 'waiting' where kind = 'report'")

    await erase(day, tmp_path, MIRA.id)
    await day.outbox().work()

    (report,) = [one for one in await day.kept.deliveries(sent.id) if one.kind is Kind.REPORT]
    assert report.state is DeliveryState.DROPPED
    assert report.recipient.startswith("person-")
    assert MIRA.id not in day.places()


async def test_nobody_approves_their_own_words_after_erasing_themselves(day: Day, tmp_path: Path) -> None:
    """The pseudonym would hide that they are their own."""
    day.needs_approval = True
    draft = await day.draft(NEWS)
    touched = await day.announcing.edit(draft.id, draft.version, day.content(place="អគារ ក"), NOOR)
    assert isinstance(touched, Announcement)

    await erase(day, tmp_path, NOOR.id)

    assert not isinstance(await day.announcing.approve(draft.id, touched.version + 1, NOOR), Announcement)
    assert await day.state(draft) is State.DISCARDED
    assert [one.deed.value for one in await day.announcing.history(SERVER, draft.id)] == [
        "drafted",
        "edited",
        "discarded",
    ]
