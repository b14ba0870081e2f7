"""Notices between processes, on PostgreSQL's LISTEN and NOTIFY; inside one process on anything else."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

from bot.core.errors import StoreError
from bot.core.notices import LocalNotices
from bot.core.ports import Notices
from bot.storage.sql import SqlStore

if TYPE_CHECKING:
    from bot.storage.postgresql import Connection

_log = logging.getLogger(__name__)
_CHANNEL = "asean_bot"  # of one database; topics are its payloads
_PROBE_SECONDS = 20.0  # between signs of life: a connection that died without a word is noticed
_PAUSES = (0.2, 1.0, 5.0, 15.0)  # seconds before each attempt to connect again


@contextlib.asynccontextmanager
async def open_notices(store: SqlStore) -> AsyncIterator[Notices]:
    """Notices among all who share the store, for as long as the context lasts."""
    if not store.shared:
        yield LocalNotices()
        return
    from bot.storage.postgresql import PostgresqlDatabase

    if not isinstance(store.database, PostgresqlDatabase):
        raise TypeError(f"{store.database.name} is shared, but has no way to send notices")
    notices = PostgresqlNotices(store.database.connect)
    listening = asyncio.create_task(notices.run())
    try:
        yield notices
    finally:
        listening.cancel()
        await asyncio.wait([listening])


class PostgresqlNotices(LocalNotices):
    """Implements `bot.core.ports.Notices` on one connection, which is made again for as long as `run` runs.

    Args:
        connect: Raises StoreError when there is no connection to be had.
    """

    def __init__(self, connect: Callable[[], Awaitable["Connection"]]) -> None:
        super().__init__()
        self._connect = connect
        self._unsent: set[str] = set()
        self._stirred = asyncio.Event()
        self._failures = 0

    def publish(self, topic: str) -> None:
        self.tell(topic)
        self._unsent.add(topic)
        self._stirred.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self._listen()
            except Exception as error:  # noqa: BLE001 - whatever the driver raises, notices must come back
                if not self._failures:  # once an outage
                    _log.warning("notices of other processes do not arrive; trying again (%s)", _named(error))
                self._failures += 1
            await asyncio.sleep(_PAUSES[min(self._failures, len(_PAUSES)) - 1])

    async def _listen(self) -> None:
        connection = await self._connect()
        try:
            await connection.add_listener(_CHANNEL, self._hear)
            connection.add_termination_listener(self._stir)
            if self._failures:
                _log.info("notices of other processes arrive again")
            self._failures = 0
            self.tell_all()  # whatever was said before we listened
            while not connection.is_closed():
                await self._send(connection)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_PROBE_SECONDS):
                        await self._stirred.wait()
            raise ConnectionResetError("the server closed the connection")
        finally:
            connection.terminate()

    async def _send(self, connection: "Connection") -> None:
        self._stirred.clear()
        topics = sorted(self._unsent)
        for topic in topics:
            await connection.execute("select pg_notify($1, $2)", _CHANNEL, topic)
            self._unsent.discard(topic)
        if not topics:
            await connection.execute("select 1")

    def _hear(self, connection: Any, sender: int, _: str, topic: object) -> None:
        if sender != connection.get_server_pid():
            self.tell(str(topic))

    def _stir(self, _: object) -> None:
        self._stirred.set()


def _named(error: BaseException) -> str:
    return str(error) if isinstance(error, StoreError) else type(error).__name__
