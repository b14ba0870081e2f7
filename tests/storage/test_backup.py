"""A backup survives whatever happens to the database; a restore never makes things worse."""

import asyncio
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.errors import StoreError
from bot.storage import migrations
from bot.storage.occupancy import LOCK_FILE, in_use, reserved
from bot.storage.revisions import Standing, standing_of
from bot.storage.sql import SqlStore
from bot.storage.sqlite_backup import back_up, restore
from tests.storage.contract import NOON, TEXTS, outcome
from tests.storage.releases import REVISIONS, database_of, fill_every_table


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "data" / "bot.sqlite3"


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "bot.backup"


async def fill(path: Path, asker: str = "discord:1", locale: str = "km") -> SqlStore:
    store = await SqlStore.open(path)
    await store.choose_language(asker, locale)
    for number, text in enumerate(TEXTS.values()):
        await store.record_outcome(outcome(f"{asker}-{number}", text=text))
    return store


async def used(path: Path, asker: str = "discord:1", locale: str = "km") -> None:
    await (await fill(path, asker, locale)).close()


def texts(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("select text from unanswered order by question_id")]


def choices(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("select asker, locale from language_choices order by asker").fetchall()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != LOCK_FILE}


def overwrite_pages(path: Path) -> None:
    """Damage in the middle; the header stays that of a database."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 3 * 4096)


def remove(path: Path) -> None:
    path.unlink()


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def write_another_file(path: Path) -> None:
    path.write_text("ฐานข้อมูล ဒေတာ データ" * 300, encoding="utf-8")


@pytest.mark.parametrize("destroy", [remove, cut_short, overwrite_pages, write_another_file])
async def test_a_destroyed_database_comes_back(database: Path, backup: Path, destroy: object) -> None:
    await used(database)
    expected = sorted(texts(database))
    back_up(database, backup)
    assert callable(destroy)
    destroy(database)

    restore(database, backup, NOON)

    store = await SqlStore.open(database)
    assert await store.language_of("discord:1") == "km"
    await store.check()
    await store.close()
    assert sorted(texts(database)) == expected != []


async def test_what_was_there_is_kept_aside(database: Path, backup: Path) -> None:
    await used(database, "discord:1", "th")
    back_up(database, backup)
    await used(database, "discord:2", "ja")

    aside = restore(database, backup, NOON)

    assert choices(database) == [("discord:1", "th")]
    assert aside is not None
    assert choices(aside) == [("discord:1", "th"), ("discord:2", "ja")]
    assert aside.name.startswith("bot.sqlite3.before-20261110T120000Z")


async def test_two_restores_in_one_second_keep_both_old_databases(database: Path, backup: Path) -> None:
    await used(database)
    back_up(database, backup)

    first, second = restore(database, backup, NOON), restore(database, backup, NOON)

    assert first != second
    assert first is not None
    assert second is not None
    assert first.exists()
    assert second.exists()


async def test_a_log_beside_a_damaged_database_is_not_played_into_the_restored_one(
    database: Path, backup: Path
) -> None:
    """A killed bot leaves its log behind."""
    await used(database, "discord:1", "ta")
    back_up(database, backup)
    program = (
        "import asyncio, os, sys; from bot.storage.sql import SqlStore\n"
        "async def work():\n"
        "    store = await SqlStore.open(sys.argv[1])\n"
        "    await store.choose_language('discord:9', 'lo')\n"
        "    os._exit(0)\n"
        "asyncio.run(work())"
    )
    await (await asyncio.create_subprocess_exec(sys.executable, "-c", program, str(database))).wait()
    assert Path(f"{database}-wal").stat().st_size > 0
    write_another_file(database)

    aside = restore(database, backup, NOON)

    assert choices(database) == [("discord:1", "ta")]
    assert Path(f"{aside}-wal").stat().st_size > 0


async def test_a_log_beside_a_sound_database_is_kept_with_it(database: Path, backup: Path, tmp_path: Path) -> None:
    """What a killed bot wrote last is only in its log, and must not be lost with the move."""
    store = await fill(database, "discord:1", "my")
    back_up(database, backup)
    await store.choose_language("discord:2", "lo")
    killed = tmp_path / "killed"
    shutil.copytree(database.parent, killed)
    await store.close()
    assert (killed / "bot.sqlite3-wal").stat().st_size > 0

    aside = restore(killed / "bot.sqlite3", backup, NOON)

    assert aside is not None
    assert choices(aside) == [("discord:1", "my"), ("discord:2", "lo")]


async def test_a_backup_is_taken_while_the_bot_writes(database: Path, backup: Path) -> None:
    """The copy is one moment's state, sound and complete up to it."""
    store = await fill(database)
    writing = asyncio.create_task(choose_many(store))
    await asyncio.sleep(0)

    await asyncio.to_thread(back_up, database, backup)

    writing.cancel()
    await asyncio.wait([writing])
    await store.close()
    assert set(texts(backup)) == set(texts(database))
    assert ("discord:1", "km") in choices(backup)


async def choose_many(store: SqlStore) -> None:
    for number in range(100, 1000):
        await store.choose_language(f"discord:{number}", "vi")


async def test_a_backup_is_one_file_for_its_owner_only(database: Path, backup: Path) -> None:
    """It holds texts of questions."""
    await used(database)

    back_up(database, backup)

    assert [path.name for path in backup.parent.iterdir()] == [backup.name]
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


async def test_a_bad_database_never_replaces_a_good_backup(database: Path, backup: Path) -> None:
    await used(database)
    back_up(database, backup)
    before = contents(backup.parent)
    overwrite_pages(database)

    with pytest.raises(StoreError, match="damaged"):
        back_up(database, backup)

    assert contents(backup.parent) == before


async def test_a_database_is_not_backed_up_over_itself(database: Path) -> None:
    await used(database)
    with pytest.raises(StoreError, match="the database itself"):
        back_up(database, database.parent / ".." / "data" / "bot.sqlite3")
    assert choices(database) == [("discord:1", "km")]


def test_there_has_to_be_a_database(database: Path, backup: Path) -> None:
    with pytest.raises(StoreError, match="BOT_DATA_DIR"):
        back_up(database, backup)
    assert not database.parent.exists()


def test_a_database_of_another_program_is_not_backed_up(database: Path, backup: Path) -> None:
    database.parent.mkdir()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("create table songs (title)")
    with pytest.raises(StoreError, match="no database of this bot"):
        back_up(database, backup)


def set_revision(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update alembic_version set version_num = ?", (revision,))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (cut_short, "damaged|not a database|malformed"),
        (overwrite_pages, "damaged"),
        (write_another_file, "not a database"),
        (lambda path: path.write_bytes(b""), "no backup of this bot"),
        (lambda path: set_revision(path, "9999"), "newer version of the bot .*9999.*: update the bot"),
        (lambda path: set_revision(path, "0000deadbeef"), "no backup of this bot"),
        (remove, "There is no file"),
    ],
    ids=["cut", "damaged", "text", "empty", "newer", "foreign", "missing"],
)
async def test_a_bad_backup_never_replaces_a_good_database(
    database: Path, backup: Path, spoil: object, told: str
) -> None:
    await used(database)
    back_up(database, backup)
    assert callable(spoil)
    spoil(backup)
    before = contents(database.parent)

    with pytest.raises(StoreError, match=told):
        restore(database, backup, NOON)

    assert contents(database.parent) == before


async def test_nothing_is_restored_while_the_bot_runs(database: Path, backup: Path) -> None:
    await used(database)
    back_up(database, backup)
    before = contents(database.parent)

    running = in_use(database.parent)
    with running, in_use(database.parent), pytest.raises(StoreError, match="the bot is running; stop it"):
        restore(database, backup, NOON)

    assert contents(database.parent) == before


async def test_nothing_is_restored_while_another_program_has_the_database_open(database: Path, backup: Path) -> None:
    """Such as a bot of a version that knew no lock."""
    store = await fill(database)
    back_up(database, backup)

    with pytest.raises(StoreError, match="in use by another program"):
        restore(database, backup, NOON)

    assert await store.language_of("discord:1") == "km"
    await store.close()


def test_the_bot_does_not_start_during_a_restore(tmp_path: Path) -> None:
    with (
        reserved(tmp_path),
        pytest.raises(StoreError, match="a backup is being restored"),
        in_use(tmp_path),
    ):
        pass


def test_a_killed_bot_does_not_stand_in_the_way(tmp_path: Path) -> None:
    program = (
        "import sys, os, pathlib; from bot.storage.occupancy import in_use\n"
        "with in_use(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False, timeout=60)
    assert (tmp_path / LOCK_FILE).exists()

    with reserved(tmp_path):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
async def test_what_root_restores_belongs_to_the_bot(database: Path, backup: Path) -> None:
    await used(database)
    back_up(database, backup)
    os.chown(database.parent, 10001, 10001)

    restore(database, backup, NOON)

    assert (database.stat().st_uid, database.stat().st_gid) == (10001, 10001)


def test_nothing_is_left_behind_where_nothing_can_be_written(public_folder: Path, unprivileged: None) -> None:
    with pytest.raises(StoreError, match="let the user that runs the bot write there"), in_use(public_folder / "data"):
        pass


@pytest.mark.parametrize(
    ("revision", "standing"),
    [
        (migrations.HEAD, Standing.CURRENT),
        ("0001", Standing.OLDER),
        (f"{int(migrations.HEAD) + 1:04}", Standing.NEWER),
        ("9999", Standing.NEWER),
        (None, Standing.FOREIGN),
        ("", Standing.FOREIGN),
        ("๐๐๐๑", Standing.FOREIGN),
        ("1975ea83b712", Standing.FOREIGN),
    ],
)
def test_a_revision_tells_where_a_database_stands(revision: str | None, standing: Standing) -> None:
    assert standing_of(revision) is standing


@pytest.mark.parametrize("released", REVISIONS)
async def test_a_backup_of_every_released_version_is_restored_as_one_of_this(
    database: Path, backup: Path, released: str
) -> None:
    """And the backup itself stays as it was: that version can still use it."""
    database_of(released, backup)
    choices_then = {row["asker"] for row in fill_every_table(backup)["language_choices"]}
    before = backup.read_bytes()

    assert restore(database, backup, NOON) is None

    assert {asker for asker, _ in choices(database)} == choices_then
    assert backup.read_bytes() == before
    await (await SqlStore.open(database)).close()
