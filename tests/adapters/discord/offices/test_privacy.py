"""`/privacy` on the real database: what real commands left behind is shown, handed out, and gone from every table."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.storage.audit import SqlAuditLog
from bot.storage.personal_data import HOLDINGS, WITHOUT_PEOPLE
from bot.storage.schema import metadata
from bot.storage.sql import SqlStore
from tests.adapters.discord.announcements.conftest import Hall, shown, text_of
from tests.adapters.discord.announcements.test_moderating import sent
from tests.adapters.discord.worlds import DATES, mark

PARTICIPANT = {"language_choices", "deliveries", "claimed_messages", "followed_answers"}
ERASE = mark("km", "Delete everything")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bot.sqlite3"


async def live(hall: Hall) -> None:
    """Everything through which the bot comes to keep something about Alice and Mira."""
    await sent(hall, hall.news)
    post = hall.posts(hall.news)[-1]
    for person in (hall.alice, hall.mira):
        page = await person.slash(hall.lobby, "language")
        await person.select(shown(page), ["km"])
        answer = await person.slash(hall.lobby, "ask", question=DATES["km"])
        await person.click(shown(answer), label=mark("km", "Tell me if this changes"))
        await person.send_dm(DATES["ta"])
        await person.click(post, label="Read in my language")
        page = await person.click(post, label="Remind me")
        await person.select(shown(page), ["5"])
    await hall.room_change()


def traces(file: Path, *ids: int) -> dict[str, int]:
    """Rows that hold one of the ids anywhere, by table."""
    found = {}
    with closing(sqlite3.connect(file)) as connection:
        for name in metadata.tables:
            rows = connection.execute(f"select * from {name}").fetchall()
            found[name] = sum(any(str(each) in str(value) for each in ids for value in row) for row in rows)
    return {name: count for name, count in found.items() if count}


def ids_of(hall: Hall, person: Any) -> tuple[int, int]:
    """A person's own id, and that of the channel of their direct messages."""
    return person.id, hall.env.backend.get_dm_channel(person.id).id


async def test_erasure_leaves_no_row_with_a_participants_id(hall: Hall, file: Path) -> None:
    await live(hall)
    assert set(traces(file, *ids_of(hall, hall.alice))) == PARTICIPANT

    page = await hall.alice.slash(hall.lobby, "privacy erase")
    page = await hall.alice.click(shown(page), label=ERASE)

    assert text_of(page) == mark("km", "Done. I keep nothing about you any more.")
    assert traces(file, *ids_of(hall, hall.alice)) == {}
    assert traces(file, hall.mira.id) != {}


async def test_erasure_leaves_no_row_with_a_moderators_id(hall: Hall, database: SqlStore, file: Path) -> None:
    """Announcements and the record stay, under one pseudonym, and the chain of the record is whole."""
    await live(hall)
    held = set(traces(file, *ids_of(hall, hall.mira)))
    assert held == PARTICIPANT | {"announcements", "audit_people"}

    page = await hall.mira.slash(hall.lobby, "privacy erase")
    await hall.mira.click(shown(page), label=ERASE)

    assert traces(file, *ids_of(hall, hall.mira)) == {}
    log = SqlAuditLog(database)
    assert await log.verify() is None
    records = await log.records()
    assert [one.deed for one in records][-2:] == ["announcement.discarded", "privacy.erased"]
    announcements = await hall.kept.announcements(f"discord:{hall.guild.id}", 9)
    assert {one.state.value for one in announcements} == {"sent", "discarded"}
    assert {one.author for one in announcements} == {records[0].who} == {records[-1].who}


async def test_whoever_comes_back_after_erasure_has_another_pseudonym(hall: Hall, database: SqlStore) -> None:
    await hall.room_change()
    page = await hall.mira.slash(hall.lobby, "privacy erase")
    await hall.mira.click(shown(page), label="Delete everything")
    await hall.room_change()

    first, *_, last = await SqlAuditLog(database).lines()
    assert first.record.who.startswith("person-")
    assert first.record.who != last.record.who
    assert (first.person, last.person) == ("", f"discord:{hall.mira.id}")


async def test_nothing_is_erased_before_the_person_says_so_once_more(hall: Hall, file: Path) -> None:
    await live(hall)
    before = traces(file, hall.alice.id)

    page = await hall.alice.slash(hall.lobby, "privacy erase")

    assert "cannot be restored" in text_of(page)
    assert shown(page).ephemeral
    assert traces(file, hall.alice.id) == before


async def test_shows_what_is_kept_in_the_persons_language(hall: Hall) -> None:
    await live(hall)
    text = text_of(await hall.alice.slash(hall.lobby, "privacy show"))

    assert f"{mark('km', 'Reminders that you set')}: 1" in text
    assert f"{mark('km', 'The language that you chose')}: 1" in text
    assert "deleted after 30 days" in text


async def test_says_so_when_nothing_is_kept(hall: Hall) -> None:
    page = await hall.alice.slash(hall.lobby, "privacy show")

    assert text_of(page).startswith("I keep nothing about you.")
    assert not shown(page).components


async def test_the_file_holds_every_row_about_the_person_and_nobody_else(hall: Hall) -> None:
    await live(hall)
    page = await hall.mira.slash(hall.lobby, "privacy export")

    text = (await shown(page).attachments[0].read()).decode()
    kept = json.loads(text)
    assert shown(page).ephemeral
    counts = {kind: len(rows) for kind, rows in kept.items()}
    assert counts == {"language": 1, "reminders": 1, "followed": 1, "messages": 1, "announcements": 2, "deeds": 4}
    assert kept["language"][0]["locale"] == "km"
    assert str(hall.alice.id) not in text


async def test_the_reminder_of_an_erased_person_is_not_sent(hall: Hall) -> None:
    await live(hall)
    page = await hall.alice.slash(hall.lobby, "privacy erase")
    await hall.alice.click(shown(page), label=ERASE)
    before = len(hall.direct_messages(hall.alice))
    hall.clock.advance(hours=4, minutes=25)  # 14:25 in Tokyo, five minutes before what is announced
    await hall.deliver()

    assert len(hall.direct_messages(hall.alice)) == before
    assert len(hall.direct_messages(hall.mira)) == before + 1


def test_every_table_is_known_to_hold_people_or_not_to() -> None:
    """A new table has to be thought about: add it to `HOLDINGS`, with its erasure, or say why it holds nobody."""
    held = {holding.table for holding in HOLDINGS}
    assert held | set(WITHOUT_PEOPLE) == set(metadata.tables.values())
    assert not held & set(WITHOUT_PEOPLE)
