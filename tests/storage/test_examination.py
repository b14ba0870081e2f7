"""How a database looks to `bot doctor`, which leaves it as it is."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.diagnosis import Verdict
from bot.storage.examination import examine_file
from bot.storage.migrations import HEAD
from bot.storage.sql import SqlStore
from tests.storage.releases import REVISIONS, database_of, fill_every_table


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ข้อมูล データ" / "bot.sqlite3"


async def test_a_database_in_use_is_well(path: Path) -> None:
    store = await SqlStore.open(path)
    await store.choose_language("discord:1", "km")

    found = examine_file(path)

    assert found.verdict is Verdict.OK
    assert f"revision {HEAD}" in found.what
    await store.check()
    await store.close()


def test_before_the_first_start_the_folder_is_looked_at_and_not_made(path: Path) -> None:
    found = examine_file(path)
    assert found.verdict is Verdict.OK
    assert "the first start creates" in found.what
    assert not path.parent.exists()


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_an_older_database_is_well_and_is_not_migrated(path: Path, revision: str) -> None:
    database_of(revision, path)
    fill_every_table(path)
    before = path.read_bytes()

    found = examine_file(path)

    assert found.verdict is Verdict.OK
    assert f"from revision {revision} to {HEAD}" in found.what
    assert path.read_bytes() == before


def make_newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update alembic_version set version_num = '9999'")


def make_foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("drop table alembic_version")


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 3 * 4096)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (make_newer, "is of revision 9999, this version of the bot knows up to"),
        (make_foreign, "is of no version of this bot"),
        (damage, "damaged"),
        (lambda path: path.write_text("不是数据库" * 99, encoding="utf-8"), "is not a database"),
    ],
    ids=["newer", "foreign", "damaged", "text"],
)
def test_what_a_start_could_not_use_is_a_problem(path: Path, spoil: Callable[[Path], object], told: str) -> None:
    database_of(HEAD, path)
    fill_every_table(path)
    spoil(path)

    found = examine_file(path)

    assert found.verdict is Verdict.PROBLEM
    assert told in found.what


def test_a_database_that_another_program_is_writing_for_long_is_a_problem(path: Path) -> None:
    database_of(HEAD, path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("begin immediate")
        assert "in use by another program" in examine_file(path).what


def test_a_folder_that_cannot_be_written_to_is_a_problem(public_folder: Path, unprivileged: None) -> None:
    found = examine_file(public_folder / "deeper" / "bot.sqlite3")
    assert found.verdict is Verdict.PROBLEM
    assert "BOT_DATA_DIR" in found.remedy
