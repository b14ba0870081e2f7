"""Notices reach every process that shares the store, also after the server was away."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from bot.core.ports import KNOWLEDGE, OUTBOX, Notices
from bot.storage.notices import open_notices
from bot.storage.sql import SqlStore
from tests.postgresql import Server


@contextlib.asynccontextmanager
async def process(database: str) -> AsyncIterator[tuple[Notices, list[str]]]:
    """As a process has it: a store of its own, and what it was told of."""
    store, told = await SqlStore.open(database), list[str]()
    async with open_notices(store) as notices:
        notices.subscribe(OUTBOX, lambda: told.append(OUTBOX))
        notices.subscribe(KNOWLEDGE, lambda: told.append(KNOWLEDGE))
        yield notices, told
    await store.close()


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not done():  # noqa: ASYNC110 - another connection decides
            await asyncio.sleep(0.01)


async def test_subscribers_of_the_same_process_are_told_at_once(database: str) -> None:
    async with process(database) as (notices, told):
        told.clear()
        notices.publish(OUTBOX)

        assert told == [OUTBOX]


async def test_a_topic_without_subscribers_is_nobodys_business(database: str) -> None:
    async with process(database) as (notices, told):
        told.clear()
        notices.publish("หัวข้อ")

        assert told == []


async def test_other_processes_are_told_of_their_topics(postgresql_url: str) -> None:
    """Once each, and the sender not a second time."""
    async with process(postgresql_url) as (sender, own), process(postgresql_url) as (_, others):
        await until(lambda: bool(own and others))  # both listen: everybody looks once then
        del own[:], others[:]

        sender.publish(KNOWLEDGE)
        await until(lambda: KNOWLEDGE in others)
        sender.publish(OUTBOX)
        await until(lambda: OUTBOX in others)

        assert (own, others) == ([KNOWLEDGE, OUTBOX], [KNOWLEDGE, OUTBOX])


async def test_who_was_cut_off_looks_when_it_is_back(
    postgresql_server: Server, postgresql_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What was published meanwhile arrives as well; the outage is logged once, not at each attempt."""
    async with process(postgresql_url) as (sender, own), process(postgresql_url) as (_, others):
        await until(lambda: bool(own and others))
        await asyncio.to_thread(postgresql_server.stop)
        try:
            await until(lambda: len(caplog.records) == 2)  # one of each
            del own[:], others[:]
            sender.publish(OUTBOX)
            await asyncio.sleep(0.5)  # some attempts fail
        finally:
            await asyncio.to_thread(postgresql_server.start)

        await until(lambda: {OUTBOX, KNOWLEDGE} <= set(others) and {OUTBOX, KNOWLEDGE} <= set(own))
        others.clear()
        sender.publish(KNOWLEDGE)
        await until(lambda: KNOWLEDGE in others)

    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 2


async def test_notices_end_while_the_server_is_away(postgresql_server: Server, postgresql_url: str) -> None:
    """A stop must not wait for a server."""
    async with asyncio.timeout(20):
        async with process(postgresql_url) as (notices, told):
            await until(lambda: bool(told))
            await asyncio.to_thread(postgresql_server.stop)
            notices.publish(OUTBOX)
        await asyncio.to_thread(postgresql_server.start)
