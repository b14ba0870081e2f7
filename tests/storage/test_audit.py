"""The audit log in its database: one chain whoever appends, and nothing done to it unseen."""

import asyncio
import datetime
import json
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

from bot.core.audit import AuditRecord, BrokenChain
from bot.core.errors import StoreError
from bot.storage.audit import SqlAuditLog
from bot.storage.sql import SqlStore
from tests.conftest import ROOT
from tests.postgresql import run
from tests.storage.contract import NOON, in_every_script
from tests.storage.releases import database_of
from tests.test_command_line import run as run_bot

MIRA, NOOR = "discord:7", "discord:8"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest_asyncio.fixture
async def log(database: str) -> AsyncIterator[SqlAuditLog]:
    store = await SqlStore.open(database)
    yield SqlAuditLog(store)
    await store.close()


def deed(subject: str = "ห้องประชุม", *, who: str = MIRA, server: str = "discord:1") -> AuditRecord:
    return AuditRecord(at=NOON, who=who, deed="inbox.answered", subject=subject, server=server, detail={"ภาษา": "ខ្មែរ"})


@in_every_script
async def test_what_was_done_comes_back_as_it_was_told(log: SqlAuditLog, text: str) -> None:
    await log.append(deed(text))
    await log.append(deed(who="bot", server=""))

    assert [one.who for one in await log.records()] == [MIRA, "bot"]
    assert await log.records(subject=text) == [deed(text)]
    assert await log.verify() is None


async def test_what_no_database_can_store_does_not_break_the_chain(log: SqlAuditLog) -> None:
    """It is hashed as it is kept."""
    await log.append(deed("a\x00\ud800b"))
    assert await log.verify() is None


async def test_a_server_reads_its_own_lines_and_those_of_all(log: SqlAuditLog) -> None:
    for server in ("discord:1", "discord:2", ""):
        await log.append(deed(server=server))

    assert [line.number for line in await log.lines(server="discord:1")] == [1, 3]
    assert [one.server for one in await log.records(server="discord:2")] == ["discord:2"]


async def test_people_stand_in_the_log_under_pseudonyms(log: SqlAuditLog, database: str) -> None:
    """The same person under the same one; the log itself does not know them."""
    for who in (MIRA, NOOR, MIRA):
        await log.append(deed(who=who))

    mira, noor, again = (row[0] for row in await run(database, "select who from audit_log order by number"))
    assert mira == again
    assert mira != noor
    assert [one.who for one in await log.records()] == [MIRA, NOOR, MIRA]


async def test_the_chain_stays_whole_when_nobody_knows_any_more_who_it_was(log: SqlAuditLog, database: str) -> None:
    await log.append(deed())
    await run(database, "delete from audit_people")

    assert await log.verify() is None
    assert (await log.records())[0].who.startswith("person-")


@pytest.mark.parametrize(
    ("tampering", "number"),
    [
        ("update audit_log set detail = '{}' where number = 3", 3),
        ("update audit_log set at = '2026-11-10 13:00:00.000000' where number = 2", 2),
        ("update audit_log set who = 'bot' where number = 5", 5),
        ("delete from audit_log where number = 2", 2),
        ("delete from audit_log where number = 5", 5),
        ("delete from audit_log", 1),
        ("insert into audit_log select 6, at, who, deed, subject, server, detail, hash from audit_log limit 1", 6),
        ("update audit_head set number = 4", 5),
        ("delete from audit_head", 1),
    ],
)
async def test_tampering_is_found_with_its_number(log: SqlAuditLog, database: str, tampering: str, number: int) -> None:
    for subject in SUBJECTS:
        await log.append(deed(subject))
    assert await log.verify() is None

    await run(database, tampering)

    assert await log.verify() == BrokenChain(number)


SUBJECTS = ("ห้องประชุม", "បន្ទប់", "အခန်း", "அறை", "会議室")


async def test_nothing_can_be_chained_to_a_log_without_head(log: SqlAuditLog, database: str) -> None:
    """A deed that cannot be recorded is not done: the whole transaction fails."""
    await run(database, "delete from audit_head")
    with pytest.raises(StoreError, match="tampered with"):
        await log.append(deed())


_APPEND_MANY = """
import asyncio, sys
from bot.storage.audit import SqlAuditLog
from bot.storage.sql import SqlStore
from tests.storage.test_audit import deed
async def main():
    store = await SqlStore.open(sys.argv[1])
    for number in range(25):
        await SqlAuditLog(store).append(deed(f"{sys.argv[2]}-{number}", who=f"discord:{number % 3}"))
    await store.close()
asyncio.run(main())
"""


async def test_processes_that_append_at_once_do_not_fork_the_chain(log: SqlAuditLog, database: str) -> None:
    """Three at a time, of the same people: every line is there, in one chain."""
    command = [sys.executable, "-c", _APPEND_MANY, database]
    processes = [
        await asyncio.create_subprocess_exec(*command, str(number), cwd=ROOT, stderr=asyncio.subprocess.PIPE)
        for number in range(3)
    ]
    said = [(await process.communicate())[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], said

    assert len(await log.records()) == 75
    assert await log.verify() is None
    assert await run(database, "select count(*) from audit_people") == [(3,)]


async def test_lines_of_the_last_version_are_chained(path: Path) -> None:
    """What moderators did to announcements before this version is in the chain, and in the history."""
    database_of("0002", path)
    values = "'{}', '{}', 'discord:1', 'a23', {}, '{{}}'"
    insert = "insert into audit_log values ({}, '2026-11-10 12:00:00', " + values + ")"
    await run(str(path), insert.format(1, MIRA, "drafted", 1), insert.format(4, "bot", "sent", 2))

    store = await SqlStore.open(path)
    log = SqlAuditLog(store)

    assert await log.verify() is None
    assert await log.records() == [
        AuditRecord(
            at=datetime.datetime(2026, 11, 10, 12, tzinfo=datetime.UTC),
            who=who,
            deed=f"announcement.{done}",
            subject="a23",
            server="discord:1",
            detail={"version": str(version)},
        )
        for who, done, version in ((MIRA, "drafted", 1), ("bot", "sent", 2))
    ]
    await log.append(deed())
    assert await log.verify() is None
    await store.close()


# The command line


def test_the_console_exports_and_verifies(process_environment: dict[str, str], tmp_path: Path) -> None:
    """An export is on record itself; a log that was changed afterwards is told with the line, and code 1."""
    database, export = tmp_path / "data" / "bot.sqlite3", tmp_path / "audit.jsonl"
    environment = process_environment | {"BOT_DATA_DIR": str(database.parent)}
    assert run_bot(environment, "audit", "export", str(export)).returncode == 0
    assert run_bot(environment, "audit", "export", str(export)).returncode == 0
    assert [json.loads(line)["deed"] for line in export.read_text("utf-8").splitlines()] == ["audit.exported"] * 2

    verified = run_bot(environment, "audit", "verify", "--against", str(export))
    assert (verified.returncode, verified.stdout) == (0, "2 lines, none changed\n")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("update audit_log set subject = 'else' where number = 2")

    verified = run_bot(environment, "audit", "verify")
    assert verified.returncode == 1
    assert "line 2 " in verified.stdout


def test_a_file_that_is_no_export_is_refused(process_environment: dict[str, str], tmp_path: Path) -> None:
    environment = process_environment | {"BOT_DATA_DIR": str(tmp_path)}
    done = run_bot(environment, "audit", "verify", "--against", str(ROOT / "README.md"))
    assert done.returncode == 1
    assert "is no export of the audit log" in done.stderr
