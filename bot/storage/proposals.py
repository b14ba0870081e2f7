"""The `ProposalStore` port on SQL. Each method is one transaction."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.audit import AuditRecord
from bot.core.proposals.lifecycle import Change
from bot.core.proposals.models import FileProposal
from bot.storage import proposal_queries as queries
from bot.storage.audit import append_audit
from bot.storage.sql import SqlStore


class SqlProposalStore:
    """Args: `store` opened the database, and closes it."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def add(self, proposal: FileProposal, record: AuditRecord) -> None:
        async def write(connection: AsyncConnection) -> None:
            await connection.execute(queries.add(proposal))
            await append_audit(connection, self._store.insert, record)

        await self._store.transaction(write)

    async def proposal(self, proposal_id: str) -> FileProposal | None:
        async def read(connection: AsyncConnection) -> FileProposal | None:
            row = (await connection.execute(queries.proposal(proposal_id))).mappings().one_or_none()
            return queries.read(row) if row else None

        return await self._store.transaction(read)

    async def open(self) -> Sequence[FileProposal]:
        async def read(connection: AsyncConnection) -> Sequence[FileProposal]:
            return [queries.read(row) for row in (await connection.execute(queries.in_states())).mappings()]

        return await self._store.transaction(read)

    async def apply(self, change: Change) -> bool:
        async def write(connection: AsyncConnection) -> bool:
            if (await connection.execute(queries.decide(change))).rowcount != 1:
                return False
            await append_audit(connection, self._store.insert, change.record)
            return True

        return await self._store.transaction(write)
