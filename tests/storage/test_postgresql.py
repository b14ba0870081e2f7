"""SqlStore on a real PostgreSQL server: the same contract, and everything that can be wrong with a server."""

import asyncio
import contextlib
import datetime
import logging
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bot.core.errors import StoreError
from bot.storage import faults, migrations, postgresql
from bot.storage.postgresql import PostgresqlDatabase
from bot.storage.schema import metadata
from bot.storage.sql import SqlStore
from tests.postgresql import Server
from tests.storage.contract import DAY, NOON, OpenStoreAt, StoreContract, in_every_script, outcome
from tests.storage.opening import opening
from tests.storage.test_migrations import ADDS_A_COLUMN, NEXT, newer_scripts  # noqa: F401 - a fixture

SCRIPTS = Path(migrations.__file__).parent


class TestSqlStoreOnPostgresql(StoreContract):
    @pytest.fixture
    async def open_store_at(self, postgresql_url: str) -> AsyncIterator[OpenStoreAt]:
        async with opening(postgresql_url) as open_store_at:
            yield open_store_at


async def rows(url: str, query: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def refusal(url: str) -> str:
    with pytest.raises(StoreError) as caught:
        await SqlStore.open(url)
    return str(caught.value)


# What is kept


@in_every_script
async def test_an_unanswered_text_is_kept_as_it_was_written(postgresql_url: str, text: str) -> None:
    """Not one code point changes, in any script."""
    store = await SqlStore.open(postgresql_url)
    await store.record_outcome(outcome(text=text))
    await store.close()

    assert await rows(postgresql_url, "select question_id, text from unanswered") == [("q1", text)]


async def test_no_text_reaches_the_log_or_an_error(postgresql_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """The server's own details quote the row that it refused."""
    caplog.set_level(logging.DEBUG)
    store = await SqlStore.open(postgresql_url)
    await rows(postgresql_url, "alter table unanswered add column more text not null")

    with pytest.raises(StoreError, match="failed") as caught:
        await store.record_outcome(outcome(text="ลับ" * 3))  # not as it stands in this line, which the log will show

    logging.getLogger("test").error("as anybody would log it", exc_info=caught.value)
    await store.close()
    assert "ลับลับ" not in caplog.text + repr(caught.value)
    assert await rows(postgresql_url, "select * from outcomes") == []  # all or nothing


# Migrations


async def test_an_empty_database_becomes_what_the_schema_says(
    postgresql_server: Server, postgresql_database: str
) -> None:
    """Migrations and schema are written apart, and must agree to the last column and index."""
    store = await SqlStore.open(postgresql_server.url(postgresql_database))

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))

    assert await store.transaction(lambda connection: connection.run_sync(differences)) == []
    await store.close()


@pytest.mark.parametrize("released", sorted(SCRIPTS.glob("versions/revision_*.py"))[:-1], ids=lambda path: path.stem)
async def test_every_released_database_comes_to_this_version_with_its_data(
    postgresql_server: Server, postgresql_database: str, tmp_path: Path, released: Path
) -> None:
    """Made by that version's own migrations, filled, then opened by this version."""
    url = postgresql_server.url(postgresql_database)
    then = _scripts_until(released, tmp_path)
    await asyncio.to_thread(PostgresqlDatabase(url).migrate, then)
    columns = await rows(url, "select 1 from information_schema.columns where table_name = 'language_choices'")
    moments = ["'2026-11-10 12:00:00+00'"] * (len(columns) - 2)  # when it was chosen, and later also when last used
    await rows(url, f"insert into language_choices values ('discord:1', 'km', {', '.join(moments)})")

    store = await SqlStore.open(url)

    assert await store.language_of("discord:1") == "km"
    await store.close()
    assert await rows(url, "select version_num from alembic_version") == [(migrations.HEAD,)]


def _scripts_until(released: Path, folder: Path) -> Path:
    (folder / "versions").mkdir()
    (folder / "env.py").write_bytes((SCRIPTS / "env.py").read_bytes())
    for script in SCRIPTS.glob("versions/revision_*.py"):
        if script.name <= released.name:
            (folder / "versions" / script.name).write_bytes(script.read_bytes())
    return folder


async def test_a_migration_that_fails_changes_nothing(postgresql_url: str, newer_scripts: Path) -> None:  # noqa: F811
    """Half a migration could be neither repeated nor undone."""
    broken = ADDS_A_COLUMN + '    op.execute("select * from nowhere")\n'
    (newer_scripts / "versions" / f"revision_{NEXT}.py").write_text(broken)

    with pytest.raises(DBAPIError, match="nowhere"):
        await asyncio.to_thread(PostgresqlDatabase(postgresql_url).migrate, newer_scripts)

    assert await rows(postgresql_url, "select version_num from alembic_version") == [(migrations.HEAD,)]
    found = await rows(postgresql_url, "select 1 from information_schema.columns where column_name = 'guild'")
    assert found == []
    await (await SqlStore.open(postgresql_url)).close()


async def test_a_start_waits_for_a_migration_under_way(postgresql_server: Server, postgresql_database: str) -> None:
    """Two versions that start at once take turns: here the first holds the lock until we let go of it."""
    url = postgresql_server.url(postgresql_database)
    first = await asyncpg.connect(url)
    await first.execute("select pg_advisory_lock(x'6173656172'::bigint)")
    second = asyncio.create_task(SqlStore.open(url))
    async with asyncio.timeout(20):
        while not await first.fetch("select 1 from pg_locks where locktype = 'advisory' and not granted"):  # noqa: ASYNC110 - another process decides
            await asyncio.sleep(0.01)
    assert await first.fetch("select 1 from pg_tables where tablename = 'outcomes'") == []

    await first.close()

    await (await second).close()


async def test_a_database_of_a_newer_version_is_left_alone(postgresql_url: str) -> None:
    await rows(postgresql_url, f"update alembic_version set version_num = '{NEXT}'")

    assert "is from a newer version of the bot" in await refusal(postgresql_url)


async def test_a_database_of_another_program_is_refused(postgresql_server: Server, postgresql_database: str) -> None:
    await postgresql_server.execute("create table outcomes (x int)", database=postgresql_database)

    assert "give the bot a database of its own" in await refusal(postgresql_server.url(postgresql_database))


async def test_processes_that_start_together_share_a_new_database(
    postgresql_server: Server, postgresql_database: str
) -> None:
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
    command = [sys.executable, "-c", textwrap.dedent(program), postgresql_server.url(postgresql_database)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    pipe = asyncio.subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(*command, env=environment, stdout=pipe, stderr=pipe) for _ in range(3)
    ]

    ends = await asyncio.wait_for(asyncio.gather(*(process.communicate() for process in processes)), timeout=60)

    assert [error for _, error in ends] == [b""] * 3
    assert sum(int(wins) for wins, _ in ends) == 50


# Connections


async def test_a_lost_connection_heals_by_itself(postgresql_server: Server, postgresql_url: str) -> None:
    """The server ends every session, as it does when it is restarted: the next question does not notice."""
    store = await SqlStore.open(postgresql_url)
    await asyncio.gather(*(store.language_of(str(number)) for number in range(20)))

    await postgresql_server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname like 'db%'")

    await store.check()
    assert await asyncio.gather(*(store.language_of(str(number)) for number in range(20))) == [None] * 20
    await store.close()


async def test_a_session_ended_in_the_middle_of_its_work_leaves_nothing_behind(
    postgresql_server: Server, postgresql_url: str
) -> None:
    """Said as a StoreError, and the next call works."""
    store = await SqlStore.open(postgresql_url)
    blocker = await asyncpg.connect(postgresql_url)
    await blocker.execute("begin; lock table unanswered")
    writing = asyncio.create_task(store.record_outcome(outcome(text="?")))
    async with asyncio.timeout(20):
        while not await blocker.fetch("select 1 from pg_locks where not granted"):  # noqa: ASYNC110 - another process decides
            await asyncio.sleep(0.01)

    await postgresql_server.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'"
    )

    with pytest.raises(StoreError, match="connects again by itself"):
        await writing
    await blocker.close()
    assert await rows(postgresql_url, "select * from outcomes") == []
    await store.record_outcome(outcome(text="?"))
    assert await store.forget_before(NOON + DAY) == 1
    await store.close()


async def test_the_check_tells_of_a_stopped_server_and_of_its_return(
    postgresql_server: Server, postgresql_url: str
) -> None:
    store = await SqlStore.open(postgresql_url)
    await store.check()

    await asyncio.to_thread(postgresql_server.stop)
    try:
        with pytest.raises(StoreError, match=r"connects again by itself|start the server"):
            await store.check()
        with pytest.raises(StoreError, match="start the server, or correct server and port"):
            await store.check()
    finally:
        await asyncio.to_thread(postgresql_server.start)

    await store.check()
    await store.close()


async def test_a_server_that_falls_silent_is_told_and_returns(
    postgresql_server: Server, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a network swallows everything: no error ever comes, so patience has to end."""
    monkeypatch.setattr(postgresql, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(postgresql, "COMMAND_SECONDS", 0.3)
    store = await SqlStore.open(postgresql_url)
    sessions = await postgresql_server.execute("select pid from pg_stat_activity where backend_type = 'client backend'")
    postmaster = int((postgresql_server.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    processes = [*(int(str(pid)) for (pid,) in sessions), postmaster]
    for process in processes:
        with contextlib.suppress(ProcessLookupError):  # the session that told us
            os.kill(process, signal.SIGSTOP)
    try:
        for _ in range(2):
            async with asyncio.timeout(20):
                with pytest.raises(StoreError, match="does not answer"):
                    await store.check()
    finally:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)

    monkeypatch.undo()
    await store.check()
    await store.close()


async def test_a_database_that_became_read_only_fails_the_check(postgresql_server: Server, postgresql_url: str) -> None:
    """As after a failover to a replica."""
    store = await SqlStore.open(postgresql_url)
    (name,) = (await rows(postgresql_url, "select current_database()"))[0]
    await postgresql_server.execute(f"alter database {name} set default_transaction_read_only = on")
    await postgresql_server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname like 'db%'")

    with pytest.raises(StoreError, match="name the primary server"):
        await store.check()
    await store.close()


async def test_transactions_that_block_each_other_both_succeed(postgresql_url: str) -> None:
    """The server breaks a deadlock by taking one of the two back; it is tried again."""
    stores = [await SqlStore.open(postgresql_url) for _ in range(2)]
    met = asyncio.Barrier(2)
    tries = []

    async def choose(store: SqlStore, first: str, second: str) -> None:
        async def both(connection: object) -> None:
            tries.append(first)
            for asker in (first, second):
                await connection.exec_driver_sql(  # type: ignore[attr-defined]
                    f"insert into language_choices values ('{asker}', 'th', now(), now()) "
                    "on conflict (asker) do update set locale = 'lo'"
                )
                if asker == first and len(tries) <= 2:
                    await met.wait()

        await store.transaction(both)

    await asyncio.gather(choose(stores[0], "a", "b"), choose(stores[1], "b", "a"))

    assert len(tries) == 3
    assert await stores[0].language_of("a") == "lo"
    await asyncio.gather(*(store.close() for store in stores))


# What can be wrong with a server


async def test_a_password_with_any_sign_is_accepted_over_the_network(
    postgresql_server: Server, postgresql_database: str
) -> None:
    store = await SqlStore.open(postgresql_server.network_url(postgresql_database))

    assert await store.claim_message("discord", "c", "1")
    await store.close()


async def test_a_wrong_password_is_told_and_not_shown(postgresql_server: Server, postgresql_database: str) -> None:
    message = await refusal(postgresql_server.network_url(postgresql_database, password="hunter2"))

    assert f"{postgresql_database} on 127.0.0.1:{postgresql_server.port} refuses the user or the password" in message
    assert "hunter2" not in message


async def test_a_missing_database_is_told(postgresql_server: Server) -> None:
    assert "does not exist: create it (createdb)" in await refusal(postgresql_server.url("nowhere"))


async def test_a_missing_server_is_told(postgresql_server: Server) -> None:
    assert "start the server, or correct server and port" in await refusal("postgresql://bot@127.0.0.1:1/bot")


async def test_a_server_that_nobody_knows_is_told() -> None:
    message = await refusal("postgresql://bot:hunter2@nowhere.invalid/bot")

    assert "is on a server of unknown name" in message
    assert "hunter2" not in message


async def test_a_user_without_rights_is_told(postgresql_server: Server, postgresql_database: str) -> None:
    """Since version 15 only the owner may create tables."""
    await postgresql_server.execute("drop role if exists guest")
    await postgresql_server.execute("create role guest login password 'x'")

    url = postgresql_server.network_url(postgresql_database, user="guest", password="x")
    message = await refusal(url)

    assert "make the user of DATABASE_URL its owner" in message


async def test_an_encoding_that_lacks_scripts_is_refused(postgresql_server: Server) -> None:
    name = await postgresql_server.create_database(more="encoding 'LATIN1' locale 'C'")

    assert "has the encoding LATIN1, which cannot hold every script" in await refusal(postgresql_server.url(name))


async def test_no_free_connection_is_told(postgresql_server: Server, postgresql_database: str) -> None:
    await postgresql_server.execute("drop role if exists narrow")
    await postgresql_server.execute("create role narrow login password 'x' connection limit 0")

    url = postgresql_server.network_url(postgresql_database, user="narrow", password="x")

    assert "has no connection left: raise max_connections" in await refusal(url)


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (asyncpg.DiskFullError("could not extend file"), "free space on the server's disk"),
        (asyncpg.OutOfMemoryError("out of memory"), "look at the server"),
        (asyncpg.AdminShutdownError("terminating connection"), "connects again by itself"),
        (TimeoutError(), "does not answer"),
    ],
)
def test_what_cannot_be_arranged_here_is_told(error: Exception, remedy: str) -> None:
    assert remedy in str(faults.server_error(error, "bot on db"))


@pytest.mark.parametrize(
    "password", ["pass/word-secret", "12#secret", "12?secret", "s@ecret/x", "se:cret/@x", "]secret", "\u2100secret"]
)
async def test_a_url_that_cannot_be_read_is_not_quoted(password: str) -> None:
    """Signs that end the password early would otherwise show the rest of it as a server's name."""
    message = await refusal(f"postgresql://bot:{password}@db.invalid/bot")

    assert "secret" not in message
    assert "ecret" not in message
    assert "word" not in message.replace("password", "")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgres://bot:hunter2@db.example/asean", "asean on db.example"),
        ("postgresql+asyncpg://bot:hunter2@[::1]:5433/asean", "asean on [::1]:5433"),
        ("postgresql://a:1,b:2/asean?target_session_attrs=read-write", "asean on a:1,b:2"),
        ("postgresql:///asean?host=/run/postgresql&password=hunter2", "asean on /run/postgresql"),
    ],
)
def test_a_database_is_named_without_its_password(url: str, name: str) -> None:
    database = PostgresqlDatabase(url)

    assert database.name == name
    assert "hunter2" not in f"{database!r} {database.engine()!r} {database.engine().url!r}"


async def test_the_clock_given_counts_and_not_the_servers(postgresql_url: str) -> None:
    """So that a rehearsal can run at any date."""
    store = await SqlStore.open(postgresql_url, now=lambda: datetime.datetime(2024, 10, 29, tzinfo=datetime.UTC))
    await store.mark_unanswered("q1", "?")

    assert await store.forget_before(datetime.datetime(2024, 10, 30, tzinfo=datetime.UTC)) == 1
    await store.close()
