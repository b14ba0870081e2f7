"""What is old is forgotten, what is not stays; kind by kind, on real rows."""

import datetime
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio
import regex
from sqlalchemy.dialects.postgresql.base import PGDialect

from bot.app import retention
from bot.core.audit import AuditRecord
from bot.core.errors import StoreError
from bot.core.retention import Aging, forget_all
from bot.settings import SETTINGS, read_settings
from bot.storage import sqlite
from bot.storage.audit import SqlAuditLog
from bot.storage.retention import SqlForgetting, people_without_deeds
from bot.storage.schema import metadata
from bot.storage.sql import SqlStore
from tests.conftest import ROOT
from tests.core.announcements.conftest import day as day  # noqa: PLC0414 - a fixture
from tests.core.announcements.worlds import MIRA, NEWS, NOOR, SERVER, Day
from tests.core.clocks import SimulatedClock
from tests.storage.contract import outcome
from tests.storage.test_migrations import run

PRIVACY = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")


@pytest_asyncio.fixture
async def store(tmp_path: Path, clock: SimulatedClock) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(tmp_path / "bot.sqlite3", now=clock.now)
    yield opened
    await opened.close()


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Its file is looked into here."""
    return str(tmp_path / "bot.sqlite3")


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bot.sqlite3"


async def test_outcomes_and_emptied_questions_are_forgotten_together(
    store: SqlStore, clock: SimulatedClock, file: Path
) -> None:
    """A text that is still kept keeps its row: it has a time of its own."""
    await store.record_outcome(outcome("old", asked_at=clock.now()))
    await store.record_outcome(outcome("blank", text="ถามอะไร", asked_at=clock.now()))
    clock.advance(days=1)
    forgetting = SqlForgetting(store)
    assert await forgetting.forget(Aging.UNANSWERED, clock.now()) == 1
    await store.record_outcome(outcome("kept", text="សួរអ្វី", asked_at=clock.now()))

    assert await forgetting.forget(Aging.OUTCOMES, clock.now()) == 3
    assert run(file, "select id from outcomes", "select question_id from unanswered") == [("kept",), ("kept",)]


async def test_numbers_of_old_messages_are_forgotten(store: SqlStore, clock: SimulatedClock) -> None:
    await store.claim_message("discord", "discord:5", "1")
    clock.advance(days=3)
    await store.claim_message("discord", "discord:6", "2")

    assert await SqlForgetting(store).forget(Aging.MESSAGES, clock.now() - datetime.timedelta(days=2)) == 1
    assert await store.claimed_channels("discord", 9) == ["discord:6"]


async def test_a_language_that_is_used_is_kept_however_old_the_choice(store: SqlStore, clock: SimulatedClock) -> None:
    await store.choose_language("discord:1", "my")
    await store.choose_language("discord:2", "ta")
    clock.advance(days=10)
    assert await store.language_of("discord:1") == "my"

    assert await SqlForgetting(store).forget(Aging.LANGUAGES, clock.now() - datetime.timedelta(days=5)) == 1
    assert (await store.language_of("discord:1"), await store.language_of("discord:2")) == ("my", None)


async def test_reminders_are_forgotten_once_they_are_over(day: Day, store: SqlStore) -> None:
    sent = await day.send(await day.draft(NEWS))
    for person, minutes in (("discord:55", 60), ("discord:56", 0)):
        await day.announcing.remind(sent.id, person, minutes, channel=NEWS, locale="lo")
    await day.outbox().work()
    day.clock.advance(hours=3, minutes=31)  # an hour before what is announced: one reminder is sent, one waits
    await day.outbox().work()
    day.clock.advance(days=9)

    assert await SqlForgetting(store).forget(Aging.REMINDERS, day.clock.now()) == 1
    assert [one.recipient for one in await day.kept.deliveries(sent.id) if one.minutes_before is not None] == [
        "discord:56"
    ]


async def test_old_deeds_lose_the_names_behind_them(day: Day, store: SqlStore, file: Path) -> None:
    """Of those who did nothing since; the log stays whole, and announcements stay."""
    old = await day.draft(NEWS)
    log = SqlAuditLog(store)
    day.clock.advance(days=100)
    await log.append(AuditRecord(at=day.clock.now(), who=NOOR.id, deed="inbox.answered", subject="q1"))

    assert await SqlForgetting(store).forget(Aging.DEEDS, day.clock.now()) == 1

    found = await day.kept.announcement(old.id)
    assert found is not None
    assert found.author == (await day.announcing.history(SERVER, old.id))[0].who
    assert found.author.startswith("person-")
    assert run(file, "select person from audit_people") == [(NOOR.id,)]
    assert MIRA.id not in str(run(file, "select * from announcements", "select * from audit_log"))
    assert await log.verify() is None


def test_the_statement_with_a_subquery_is_understood_by_postgresql() -> None:
    before = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    assert "max(audit_log.at)" in str(people_without_deeds(before).compile(dialect=PGDialect()))  # type: ignore[no-untyped-call]


class HalfBroken:
    """Fails for one kind, remembers the others."""

    def __init__(self) -> None:
        self.asked: list[Aging] = []

    async def forget(self, kind: Aging, before: datetime.datetime) -> int:
        if kind is Aging.OUTCOMES:
            raise StoreError("broken on purpose")
        self.asked.append(kind)
        return 1


async def test_a_kind_that_fails_keeps_no_other_from_being_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    store = HalfBroken()
    with caplog.at_level(logging.ERROR):
        await forget_all(store, SimulatedClock(), dict.fromkeys(Aging, 1))

    assert store.asked == [kind for kind in Aging if kind is not Aging.OUTCOMES]
    assert "outcomes of questions" in caplog.text


def test_every_kind_has_a_setting() -> None:
    assert set(retention(read_settings({}))) == set(Aging)


def test_the_document_names_every_table_and_every_setting() -> None:
    """docs/privacy.md promises to be complete."""
    rows = [line for line in PRIVACY.splitlines() if line.startswith("| `")]
    named = {name for line in rows for name in regex.findall(r"`([a-z_]+)`", line.split("|")[1])}
    assert named == set(metadata.tables)
    settings = {setting.name for setting in SETTINGS.values() if setting.name.startswith("BOT_RETENTION")}
    assert set(regex.findall(r"BOT_RETENTION_[A-Z_]+", "".join(rows))) == settings


async def test_a_language_is_told_while_nobody_can_write(
    tmp_path: Path, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    """That it was used is noted another time."""
    monkeypatch.setattr(sqlite, "BUSY_MILLISECONDS", 1)
    store = await SqlStore.open(file, now=clock.now)
    await store.choose_language("discord:1", "km")
    clock.advance(days=10)

    with closing(sqlite3.connect(file)) as other:
        other.execute("begin immediate")
        assert await store.language_of("discord:1") == "km"
    assert await SqlForgetting(store).forget(Aging.LANGUAGES, clock.now()) == 1
    await store.close()
