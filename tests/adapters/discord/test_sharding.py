"""Several processes with their own shards, against a gateway on a real local port."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.adapters.discord.client import DiscordClient, DiscordOptions, ShardedClient, build_client
from tests.adapters.discord.worlds import DATES, MemoryStore, make_answering, mark
from tests.faults.gateway import TOKEN, Gateway, message_id

COUNT = 4


@pytest.fixture
async def gateway(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Gateway]:
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    gateway = Gateway(COUNT)
    server = await gateway.start()
    yield gateway
    await server.close()


async def _nothing(*_: object, **__: object) -> None:
    """No commands to register, no pause between two shards."""


@contextlib.asynccontextmanager
async def connected(gateway: Gateway, store: MemoryStore, *shards: int) -> AsyncIterator[DiscordClient]:
    options = DiscordOptions(
        shard_ids=shards,
        shard_count=COUNT,
        ready_timeout=0.1,
        api_base=gateway.api,
        gateway_base=gateway.address,
    )
    client = build_client(make_answering(store), store, options)
    client.setup_hook = client.before_identify_hook = _nothing  # type: ignore[method-assign]
    running = asyncio.create_task(client.start(TOKEN))
    try:
        await until(lambda: client.is_ready() or running.done())
        assert not running.done(), running.exception()
        yield client
    finally:
        await client.close()
        await asyncio.wait([running])


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not done():  # noqa: ASYNC110 - a connection decides
            await asyncio.sleep(0.01)


async def test_each_process_connects_its_own_shards(gateway: Gateway, store: MemoryStore) -> None:
    """And knows the servers of these only."""
    async with connected(gateway, store, 0, 1) as first, connected(gateway, store, 2, 3) as second:
        known = [{str(guild.id) for guild in client.guilds} for client in (first, second)]

        assert sorted(gateway.shards) == [(shard, COUNT) for shard in range(COUNT)]
        assert known == [{gateway.guild_of(0), gateway.guild_of(1)}, {gateway.guild_of(2), gateway.guild_of(3)}]
        assert isinstance(first, ShardedClient)


async def test_announcements_reach_servers_of_other_processes(gateway: Gateway, store: MemoryStore) -> None:
    """They go over HTTP: no shard is needed."""
    async with connected(gateway, store, 3) as client:
        assert client.ready_to_send.is_set()

        await client.get_partial_messageable(int(gateway.channel_of(0))).send("ประกาศ")

        assert gateway.standin.texts(gateway.channel_of(0)) == ["ประกาศ"]


async def test_a_process_that_has_lost_one_of_its_shards_is_not_there(gateway: Gateway, store: MemoryStore) -> None:
    async with connected(gateway, store, 0, 1) as client:
        assert client.is_there
        gateway.accepting = False
        await gateway.end_session(1)
        await until(lambda: not client.is_there)

        gateway.accepting = True
        await until(lambda: client.is_there)


async def test_a_new_session_of_one_shard_answers_what_it_missed(gateway: Gateway, store: MemoryStore) -> None:
    """Also while the other shards of the process keep their sessions."""
    store.claims[message_id(10)] = f"discord:{gateway.channel_of(1)}"
    store.answered |= store.claims.keys()
    async with connected(gateway, store, 0, 1) as client:
        gateway.say(1, DATES["th"])
        assert client.is_there
        await gateway.end_session(1)

        await until(lambda: len(gateway.standin.texts(gateway.channel_of(1))) == 2)

        assert mark("th", "It was held") in gateway.standin.texts(gateway.channel_of(1))[1]
        assert gateway.shards == [(0, COUNT), (1, COUNT), (1, COUNT)]


@pytest.mark.parametrize(("shards", "answers"), [((1,), 2), ((0, 2), 1)], ids=["its process", "another process"])
async def test_what_a_run_died_over_is_finished_by_the_process_of_its_server(
    gateway: Gateway, store: MemoryStore, shards: tuple[int, ...], answers: int
) -> None:
    gateway.say(1, DATES["km"])
    store.claims[gateway.last[gateway.channel_of(1)]] = f"discord:{gateway.channel_of(1)}"

    async with connected(gateway, store, *shards):
        await until(lambda: len(gateway.standin.texts(gateway.channel_of(1))) == answers)
        await until(lambda: not [task for task in asyncio.all_tasks() if task.get_name() == "discord.py: on_ready"])

    assert len(gateway.standin.texts(gateway.channel_of(1))) == answers
