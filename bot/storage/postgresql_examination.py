"""Looks at a database on a PostgreSQL server for `bot doctor`, without changing it."""

from pathlib import Path

import asyncpg

from bot.core.diagnosis import Finding, ok, problem
from bot.core.errors import StoreError
from bot.storage.examination import standing_finding
from bot.storage.faults import DRIVER_ERRORS
from bot.storage.migrations import VERSION_TABLE
from bot.storage.postgresql import Connection, PostgresqlDatabase
from bot.storage.revisions import Standing, standing_of

_SUBJECT = "database"
_WRITABLE = """SELECT current_setting('transaction_read_only') = 'off' AND has_schema_privilege('public', 'USAGE') AND
coalesce((SELECT bool_and(has_table_privilege(format('%I.%I', schemaname, tablename), 'INSERT, UPDATE, DELETE'))
FROM pg_tables WHERE schemaname = 'public'), has_schema_privilege('public', 'CREATE'))"""


async def examine_server(url: str | Path) -> Finding:
    """Whether a start could use the database, or fill it where it is empty."""
    database = PostgresqlDatabase(str(url))
    try:
        connection = await database.connect()
        try:
            return await _finding(connection, database.name)
        finally:
            await connection.close()
    except StoreError as error:
        return problem(_SUBJECT, str(error))
    except (*DRIVER_ERRORS, asyncpg.PostgresError) as error:
        return problem(_SUBJECT, str(database.explain(error)))


async def _finding(connection: Connection, name: str) -> Finding:
    if await connection.fetchval("SHOW server_encoding") != "UTF8":
        remedy = "create one with createdb --encoding=UTF8 --template=template0"
        return problem(_SUBJECT, f"{name} cannot hold every script", remedy)
    if not await connection.fetchval(_WRITABLE):
        remedy = "name the primary server in DATABASE_URL, and make its user the owner of the database"
        return problem(_SUBJECT, f"{name} cannot be written by this user", remedy)
    if await connection.fetchval("SELECT to_regclass($1)", f"public.{VERSION_TABLE}"):
        revision = await connection.fetchval(f"SELECT version_num FROM public.{VERSION_TABLE}")  # noqa: S608 - a constant
        return standing_finding(standing_of(revision), name, revision)
    if await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"):
        return standing_finding(Standing.FOREIGN, name, None)
    return ok(_SUBJECT, f"the first start fills {name}")
