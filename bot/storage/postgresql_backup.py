"""A PostgreSQL database as one file, by PostgreSQL's own programs: pg_dump, pg_restore and psql.

A backup is an archive in pg_dump's custom format. It holds texts of questions, so only its owner may read it.
"""

import asyncio
import contextlib
import datetime
import os
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import asyncpg
import regex

from bot.core.errors import StoreError
from bot.storage.backup_files import give_to_owner_of, name_aside, put, temporary
from bot.storage.faults import DRIVER_ERRORS, store_error
from bot.storage.migrations import VERSION_TABLE
from bot.storage.postgresql import Connection, PostgresqlDatabase
from bot.storage.revisions import Standing, refuse_unusable, standing_of

T = TypeVar("T")
_ROW = regex.compile(rf"COPY [^\n]*{VERSION_TABLE} [^\n]*\n([^\n]*)\n")
# One statement; what another role owns in the same schema is not ours to drop.
_DROP_OURS = """DO $$ DECLARE one record; BEGIN
FOR one IN SELECT schemaname, tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user LOOP
EXECUTE format('DROP TABLE %I.%I CASCADE', one.schemaname, one.tablename); END LOOP; END $$;
"""


class ServerBackup:
    """Backup and restore of one database on a server. Everything blocks, and raises StoreError only."""

    def __init__(self, database: PostgresqlDatabase) -> None:
        self._database = database
        self._address, self._password = database.address

    def back_up(self, target: Path) -> None:
        """See `bot.storage.backup.back_up`."""
        revision = self._stored()
        if standing_of(revision) is Standing.FOREIGN:
            raise StoreError(f"The database {self._database.name} has nothing of this bot: nothing was backed up.")
        with _told(target), temporary(target.parent) as copy:
            self._dump(copy)
            put(copy, target)

    def restore(self, source: Path, folder: Path, now: datetime.datetime) -> Path | None:
        """See `bot.storage.backup.restore`."""
        if not source.is_file():
            raise StoreError(f"There is no file {source} to restore.")
        refuse_unusable(self._archived(source), str(source))
        self._refuse_when_used()
        with _told(folder):
            aside = self._keep(folder, now)
            self._replace(source, folder)
        self._migrate()
        return aside

    def _dump(self, copy: Path) -> None:
        plain = ("--format=custom", "--no-owner", "--no-privileges")
        self._run("pg_dump", *plain, f"--file={copy}", f"--dbname={self._address}")
        self._archived(copy)  # reads it whole

    def _archived(self, archive: Path) -> str | None:
        """The revision in an archive that can be read to its end; None when it has none."""
        self._run("pg_restore", "--file=/dev/null", str(archive), about=archive)
        told = self._run("pg_restore", "--data-only", f"--table={VERSION_TABLE}", "--file=-", str(archive))
        found = _ROW.search(told)
        return found[1] if found else None

    def _keep(self, folder: Path, now: datetime.datetime) -> Path | None:
        revision = self._stored()
        if revision is None:
            return None
        kept = name_aside(folder, "postgresql", now)
        with temporary(folder) as copy:
            self._dump(copy)
            give_to_owner_of(folder, copy)
            put(copy, kept)
        return kept

    def _replace(self, source: Path, folder: Path) -> None:
        """Drop and fill again in one transaction: after a failure everything is as it was.

        pg_restore alone would leave the tables that the archive does not know, and the next migration would find them.
        """
        with temporary(folder) as drop, temporary(folder) as fill:
            drop.write_text(_DROP_OURS, encoding="utf-8")
            self._run("pg_restore", "--no-owner", "--no-privileges", f"--file={fill}", str(source))
            once = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction")
            self._run("psql", *once, f"--file={drop}", f"--file={fill}", f"--dbname={self._address}")

    def _run(self, program: str, *arguments: str, about: Path | None = None) -> str:
        """What it printed. Of its complaints only the first line is shown: the details quote rows."""
        found = shutil.which(program)
        if found is None:
            raise StoreError(f"{program} is not installed: install PostgreSQL's programs (package postgresql-client).")
        password = {"PGPASSWORD": self._password} if self._password else {}
        done = subprocess.run(  # noqa: S603 - no shell, and the address is one argument
            [found, *arguments],
            env={**os.environ, **password, "LC_MESSAGES": "C", "PGCONNECT_TIMEOUT": "10"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            said = (done.stderr.decode(errors="replace").splitlines() or ["no reason given"])[0]
            what = f"{about} is damaged or no backup of PostgreSQL" if about else f"{program} failed"
            raise StoreError(f"{what}; nothing was changed. ({said})")
        return done.stdout.decode(errors="replace")

    def _stored(self) -> str | None:
        """The revision in the database; None when it is empty. An error when it has only tables of others."""
        revision, tables = self._ask(_look)
        if revision is None and tables:
            raise StoreError(f"The database {self._database.name} has tables of another program: name another one.")
        return revision

    def _refuse_when_used(self) -> None:
        if self._ask(_others):
            name = self._database.name
            raise StoreError(f"The database {name} is in use: the bot is running; stop it, then try again.")

    def _migrate(self) -> None:
        try:
            self._database.migrate()
        except DRIVER_ERRORS as error:
            raise self._database.explain(error) from None

    def _ask(self, question: Callable[[Connection], Awaitable[T]]) -> T:
        async def ask() -> T:
            connection = await self._database.connect()
            try:
                return await question(connection)
            finally:
                await connection.close()

        try:
            return asyncio.run(ask())
        except (*DRIVER_ERRORS, asyncpg.PostgresError) as error:
            raise self._database.explain(error) from None


async def _look(connection: Connection) -> tuple[str | None, int]:
    """The revision, and how many tables there are."""
    tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    known = await connection.fetchval("SELECT to_regclass($1)", f"public.{VERSION_TABLE}")
    query = f"SELECT version_num FROM public.{VERSION_TABLE}"  # noqa: S608 - a constant
    return (await connection.fetchval(query) if known else None), int(tables)


async def _others(connection: Connection) -> int:
    """How many connections of bots there are beside this one."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND application_name = current_setting('application_name')"
    )
    return int(await connection.fetchval(query))


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise store_error(error, str(path)) from error
