"""The `AuditArchive` port on SQL, and how another store records a deed in the deed's own transaction."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.audit import AuditLine, AuditRecord, BrokenChain, chained, first_fault, is_person
from bot.core.errors import StoreError
from bot.storage import audit_queries as queries
from bot.storage.queries import InsertInto
from bot.storage.schema import storable
from bot.storage.sql import SqlStore

Row = Mapping[str, Any]


async def append_audit(connection: AsyncConnection, insert_into: InsertInto, record: AuditRecord) -> None:
    """Record a deed within a transaction. Do this last: until the commit, nobody else can append.

    Raises:
        StoreError: The log has lost its head, and nothing can be chained to it.
    """
    head = (await connection.execute(queries.next_number())).one_or_none()
    if head is None:
        raise StoreError("The audit log was tampered with: its head is missing. Restore the database from a backup.")
    number, before = head
    kept = _storable(replace(record, who=await pseudonym(connection, insert_into, record.who)))
    digest = chained(before, number, kept)
    await connection.execute(queries.append(_values(number, kept, digest)))
    await connection.execute(queries.set_hash(digest))


async def pseudonym(connection: AsyncConnection, insert_into: InsertInto, who: str) -> str:
    """What stands for a person in what outlives their erasure: random, so that nothing leads back once it is erased.

    `bot`, `console` and what is a pseudonym already stay as they are.
    """
    if not is_person(who):
        return who
    await connection.execute(queries.name_person(insert_into, who, f"person-{secrets.token_hex(6)}"))
    found: str = (await connection.execute(queries.pseudonym_of(storable(who)))).scalar_one()
    return found


def audit_record(row: Row) -> AuditRecord:
    """As people read it: with the person instead of the pseudonym, while it is known."""
    return replace(_kept(row), who=row["person"] or row["who"])


class SqlAuditLog:
    """Args: `store` opened the database, and closes it."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def append(self, record: AuditRecord) -> None:
        await self._store.transaction(lambda connection: append_audit(connection, self._store.insert, record))

    async def records(self, *, server: str | None = None, subject: str | None = None) -> Sequence[AuditRecord]:
        return [audit_record(row) for row in await self._rows(queries.lines(server=server, subject=subject))]

    async def lines(self, *, server: str | None = None) -> Sequence[AuditLine]:
        return [_line(row) for row in await self._rows(queries.lines(server=server, common=True))]

    async def verify(self) -> BrokenChain | None:
        rows = await self._rows(queries.chain())
        if not rows:
            return BrokenChain(1)  # no head: somebody removed it
        lines = [_line({**row, "person": ""}) for row in rows if row["number"] is not None]
        return first_fault(lines, (rows[0]["head_number"], rows[0]["head_hash"]))

    async def _rows(self, statement: Select[Any]) -> Sequence[Row]:
        async def read(connection: AsyncConnection) -> Sequence[Row]:
            return [dict(row) for row in (await connection.execute(statement)).mappings()]

        return await self._store.transaction(read)


def _storable(record: AuditRecord) -> AuditRecord:
    """As it will come back from the database, or its hash would not fit."""
    return replace(
        record,
        who=storable(record.who),
        deed=storable(record.deed),
        subject=storable(record.subject),
        server=storable(record.server),
        detail={storable(key): storable(value) for key, value in record.detail.items()},
    )


def _values(number: int, record: AuditRecord, digest: str) -> dict[str, Any]:
    return {
        "number": number,
        "at": record.at,
        "who": record.who,
        "deed": record.deed,
        "subject": record.subject,
        "server": record.server,
        "detail": json.dumps(dict(record.detail), ensure_ascii=False),
        "hash": digest,
    }


def _line(row: Row) -> AuditLine:
    return AuditLine(number=row["number"], record=_kept(row), hash=row["hash"], person=row["person"])


def _kept(row: Row) -> AuditRecord:
    return AuditRecord(
        at=row["at"],
        who=row["who"],
        deed=row["deed"],
        subject=row["subject"],
        server=row["server"],
        detail=json.loads(row["detail"]),
    )
