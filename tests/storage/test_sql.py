"""SqlStore on SQLite files: the contract, what exactly is kept, and everything that can be wrong with a file."""

import asyncio
import datetime
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.errors import StoreError
from bot.storage import faults
from bot.storage.sql import SqlStore
from tests.storage.contract import DAY, NOON, OpenStoreAt, StoreContract, in_every_script, outcome
from tests.storage.opening import opening


class TestSqlStoreOnSqlite(StoreContract):
    @pytest.fixture
    async def open_store_at(self, tmp_path: Path) -> AsyncIterator[OpenStoreAt]:
        async with opening(tmp_path / "bot.db") as open_store_at:
            yield open_store_at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "bot.db"


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def start(program: str, *arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


# What is kept


async def test_an_outcome_is_kept_without_text_and_without_asker(path: Path) -> None:
    """The outcomes table has what the issue lists, and nothing else."""
    store = await SqlStore.open(path)
    await store.record_outcome(outcome())
    await store.record_feedback("q1", helpful=False)
    await store.record_feedback("q1", helpful=True)
    await store.close()

    asked_at = "2026-11-10 12:00:00.000000"
    assert rows(path, "select * from outcomes") == [
        ("q1", asked_at, "answer", "cities.list", 0.93, "th", "discord", 41, 1)
    ]
    assert rows(path, "select * from unanswered") == []


@in_every_script
async def test_an_unanswered_text_is_kept_as_it_was_written(path: Path, text: str) -> None:
    """Not one code point changes, in any script."""
    store = await SqlStore.open(path)
    await store.record_outcome(outcome(text=text))
    await store.mark_unanswered("q1", "something else")
    await store.close()

    assert rows(path, "select question_id, text from unanswered") == [("q1", text)]


async def test_a_forgotten_text_is_gone_from_the_disk(path: Path) -> None:
    """Deleted means overwritten, at once; that the question had no answer stays known."""
    secret = "ฉันชื่อสมหญิง " * 20
    store = await SqlStore.open(path)
    for number in range(30):
        await store.record_outcome(outcome(f"q{number}", text=secret))

    assert await store.forget_before(NOON + DAY) == 30

    assert not [file.name for file in path.parent.iterdir() if secret[:5].encode() in file.read_bytes()]
    await store.close()
    assert rows(path, "select count(*), count(text) from unanswered") == [(30, 0)]


async def test_a_refused_choice_without_outcome_is_dated_by_the_clock(path: Path) -> None:
    """The clock given to `open` counts, so that a rehearsal can run at any date."""
    store = await SqlStore.open(path, now=lambda: NOON)
    await store.mark_unanswered("q1", "?")

    assert await store.forget_before(NOON) == 0
    assert await store.forget_before(NOON + DAY) == 1
    await store.close()


async def test_no_text_reaches_the_log_or_an_error(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A failure while storing a question names the database, not the question."""
    caplog.set_level(logging.INFO)
    store = await SqlStore.open(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("drop table unanswered")

    with pytest.raises(StoreError, match="lacks a table") as caught:
        await store.record_outcome(outcome(text="a secret"))

    await store.close()
    assert "a secret" not in caplog.text + str(caught.value) + repr(caught.value.__cause__)
    assert rows(path, "select * from outcomes") == []  # all or nothing


# Several processes, and sudden ends


async def test_survives_being_killed_in_the_middle_of_writing(path: Path) -> None:
    """What was acknowledged before kill -9 is there afterwards, and the next write works."""
    writer = start(
        """
        import asyncio, datetime, sys
        from bot.storage.sql import SqlStore
        async def main():
            store = await SqlStore.open(sys.argv[1])
            for number in range(1_000_000):
                await store.claim_message("discord", "c", str(number))
                print(number, flush=True)
        asyncio.run(main())
        """,
        path,
    )
    assert writer.stdout is not None
    for _ in range(60):
        writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    acknowledged = 60 + len([line for line in writer.communicate()[0].split("\n")[:-1] if line])

    store = await SqlStore.open(path)

    assert not any([await store.claim_message("discord", "c", str(number)) for number in range(acknowledged)])
    assert await store.claim_message("discord", "c", "2000000")
    await store.close()
    assert rows(path, "pragma integrity_check") == [("ok",)]


async def test_processes_that_start_together_share_a_new_database(path: Path) -> None:
    """Each creates, migrates and claims; none fails, and each message has one winner."""
    program = """
        import asyncio, sys
        from bot.storage.sql import SqlStore
        async def main():
            store = await SqlStore.open(sys.argv[1])
            print(sum([await store.claim_message("discord", "c", str(n)) for n in range(50)]))
            await store.close()
        asyncio.run(main())
        """
    processes = [start(program, path) for _ in range(4)]

    ends = [process.communicate(timeout=60) for process in processes]

    assert [error for _, error in ends] == [""] * 4
    assert sum(int(wins) for wins, _ in ends) == 50


async def test_stores_that_start_together_in_one_process_share_a_new_database(path: Path) -> None:
    """Whoever comes second finds it migrated."""
    stores = await asyncio.gather(*(SqlStore.open(path) for _ in range(3)))

    assert await stores[0].claim_message("discord", "c", "1")
    assert not await stores[2].claim_message("discord", "c", "1")
    await asyncio.gather(*(store.close() for store in stores))


async def test_several_new_databases_can_be_opened_at_once(tmp_path: Path) -> None:
    """Alembic is not thread-safe; opening is."""
    stores = await asyncio.gather(*(SqlStore.open(tmp_path / f"{number}.db") for number in range(8)))

    assert all([await store.claim_message("discord", "c", "1") for store in stores])
    await asyncio.gather(*(store.close() for store in stores))


def test_a_process_that_forgets_to_close_still_ends(path: Path) -> None:
    """A crash elsewhere must not leave the process hanging on the driver's thread."""
    process = start(
        "import asyncio, sys; from bot.storage.sql import SqlStore; asyncio.run(SqlStore.open(sys.argv[1]))", path
    )

    process.communicate(timeout=20)

    assert process.returncode == 0


async def test_waits_for_a_writer_in_another_process(path: Path) -> None:
    """A short lock is only a delay."""
    store = await SqlStore.open(path)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("begin immediate")
        asyncio.get_running_loop().call_later(0.2, other.execute, "rollback")

        assert await store.claim_message("discord", "c", "1")
    await store.close()


async def test_says_who_is_to_blame_for_a_lasting_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After one more try the caller hears of it; the store recovers with the lock."""
    monkeypatch.setattr("bot.storage.sqlite.BUSY_MILLISECONDS", 150)
    store = await SqlStore.open(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        started = time.monotonic()

        with pytest.raises(StoreError, match="in use by another program: stop that program"):
            await store.claim_message("discord", "c", "1")

        assert time.monotonic() - started >= 0.3, "tried twice"
        assert await store.language_of("readers are not blocked") is None
    assert await store.claim_message("discord", "c", "1")
    await store.close()


# What can be wrong with a file


async def refusal(url_or_path: str | Path) -> str:
    """Opens it and gives what the StoreError says."""
    with pytest.raises(StoreError) as caught:
        await SqlStore.open(url_or_path)
    return str(caught.value)


async def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    """People set the data folder where the file is asked for."""
    assert f"{tmp_path} is a folder: give the path of a file in it" in await refusal(tmp_path)


async def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """The data folder cannot be made where a file is."""
    (tmp_path / "data").write_text("not a folder")

    assert "part of its path is a file" in await refusal(tmp_path / "data" / "bot.db")
    assert "part of its path is a file" in await refusal(tmp_path / "data" / "deeper" / "bot.db")


@pytest.mark.usefixtures("unprivileged")
async def test_a_folder_without_permission_is_refused() -> None:
    """Nobody may create a folder in the root of the system."""
    assert "let the user that runs the bot write there" in await refusal("/bot-data/bot.db")


async def test_a_read_only_folder_is_refused(public_folder: Path, request: pytest.FixtureRequest) -> None:
    """As in a container whose volume belongs to another user."""
    public_folder.chmod(0o555)
    request.getfixturevalue("unprivileged")

    message = await refusal(public_folder / "bot.db")

    assert str(public_folder / "bot.db") in message
    assert "let the user that runs the bot write there, or choose another data folder" in message


@pytest.mark.parametrize("folder_mode", [0o555, 0o777], ids=["read-only folder", "writable folder"])
async def test_a_read_only_database_is_refused(
    public_folder: Path, folder_mode: int, request: pytest.FixtureRequest
) -> None:
    """It can be read, but not written: found at the start, not at the first question."""
    path = public_folder / "bot.db"
    await (await SqlStore.open(path)).close()
    path.chmod(0o444)
    public_folder.chmod(folder_mode)
    request.getfixturevalue("unprivileged")

    assert "let the user that runs the bot write" in await refusal(path)


async def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    """It may be somebody's thesis."""
    path = tmp_path / "thesis.txt"
    path.write_text("Smart cities " * 1_000)

    assert "is not a database: move it away" in await refusal(path)
    assert path.read_text() == "Smart cities " * 1_000


async def test_a_damaged_database_is_refused(path: Path) -> None:
    """Its header is whole, its pages are not."""
    await (await SqlStore.open(path)).close()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xab" * (len(content) - 4096))

    assert "is damaged: move it away to start with an empty one, or restore a backup" in await refusal(path)


async def test_a_database_removed_while_in_use_fails_the_check(path: Path) -> None:
    """SQLite itself would not notice, and everything written since would be lost."""
    store = await SqlStore.open(path)
    path.unlink()

    with pytest.raises(StoreError, match="removed while in use: restart"):
        await store.check()
    await store.close()


@pytest.mark.parametrize("said", ["database or disk is full", "No space left on device"])
def test_a_full_disk_is_named(said: str) -> None:
    """Cannot be arranged without a disk to fill; the words are SQLite's and Linux's."""
    assert "has no space left: free space" in str(faults.store_error(sqlite3.OperationalError(said), "bot.db"))


def test_what_a_path_is_called_does_not_decide_the_remedy() -> None:
    """Only what the system says counts."""
    error = PermissionError(13, "Permission denied", "/full/locked/bot.db")

    assert "cannot be opened" in str(faults.store_error(error, "bot.db"))


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("sqlite://", "must survive a restart"),
        (":memory:", "must survive a restart"),
        ("", "must survive a restart"),
        ("mysql://bot:secret@host/bot", "cannot be kept in mysql"),
        ("postgresql://bot:se/secret@host/bot", "with the signs"),
        ("://secret", "write sqlite:///"),
    ],
)
async def test_an_unusable_url_is_refused_without_quoting_it(url: str, remedy: str) -> None:
    """A URL can hold a password."""
    message = await refusal(url)

    assert remedy in message
    assert "secret" not in message


@pytest.mark.parametrize("name", ["ข้อมูล 100%/บอท #1?.db", "my data/a&b=c.db"])
async def test_paths_may_hold_spaces_signs_and_any_script(tmp_path: Path, name: str) -> None:
    """A path is a path, not a URL."""
    store = await SqlStore.open(str(tmp_path / name))
    await store.close()

    assert (tmp_path / name).is_file()


async def test_a_url_names_the_same_file_as_its_path(path: Path) -> None:
    """Both spellings are documented."""
    by_url = await SqlStore.open(f"sqlite:///{path}")
    by_path = await SqlStore.open(path)

    assert await by_url.claim_message("discord", "c", "1")
    assert not await by_path.claim_message("discord", "c", "1")
    await by_url.close()
    await by_path.close()


async def test_a_moment_without_zone_is_a_bug_of_the_caller(path: Path) -> None:
    """Guessing a zone would delete texts hours too early or too late."""
    store = await SqlStore.open(path)

    with pytest.raises(Exception, match="no time zone"):
        await store.forget_before(datetime.datetime(2026, 1, 1))  # noqa: DTZ001 - the fault under test
    await store.close()
