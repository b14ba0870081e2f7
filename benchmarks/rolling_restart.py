"""A rolling restart rehearsed at length: `python -m benchmarks.rolling_restart [rounds]`.

Two processes on one PostgreSQL are replaced one after the other, again and again, while people ask on Discord and on
the web and an announcement to 60 channels goes out in each round. Counts what was lost or doubled, and how long people
waited.
"""

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.conftest import ROOT
from tests.faults.bots import until
from tests.faults.gateway import Gateway
from tests.faults.test_outages import schedule
from tests.faults.test_rolling_restart import CHANNELS, People, replace
from tests.postgresql import Server, running_server

_TIME_BITS = 22  # below the milliseconds of an id


async def rehearse(server: Server, folder: Path, rounds: int) -> None:
    url = server.url(await server.create_database())
    own = {name: value for name, value in os.environ.items() if not name.startswith(("BOT_", "DISCORD_", "DATABASE_"))}
    data = {"DATABASE_URL": url, "BOT_DATA_DIR": str(folder), "BOT_WEB_RATE": "100000"}
    environment = {**own, **data, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    gateway = Gateway(2)
    await gateway.start()
    people, began = People(gateway), time.monotonic()
    async with contextlib.AsyncExitStack() as stack:
        for shard in (0, 1):
            await replace(people, shard, stack, environment, folder)
        asking = asyncio.create_task(people.ask())
        gateway.standin.delay = 0.02
        for number in range(rounds):
            await schedule(url, *places(number), minutes=0)
            for shard in (0, 1):
                await asyncio.sleep(2)
                await replace(people, shard, stack, environment, folder)
        asking.cancel()
        await asyncio.wait([asking])
        with contextlib.suppress(TimeoutError):
            await until(lambda: all(map(gateway.replies, people.asked)))
        await asyncio.sleep(5)
        for bot in people.bots.values():
            await bot.stop()
    await gateway.leave()
    show(gateway, people, rounds, time.monotonic() - began)


def places(number: int) -> Sequence[str]:
    return [f"{number + 1}{channel}" for channel in CHANNELS]


def show(gateway: Gateway, people: People, rounds: int, seconds: float) -> None:
    replies = Counter(len(gateway.replies(one)) for one in people.asked)
    copies = Counter(len(gateway.standin.texts(place)) for number in range(rounds) for place in places(number))
    waits = sorted(_waits(gateway))
    print(f"{2 * rounds} processes replaced in {seconds:.0f} s")
    print(f"questions on Discord by their number of replies: {dict(replies)}")
    print(f"questions on the web: {dict(people.web)}")
    print(f"copies of announcements by how often they stand: {dict(copies)}")
    print(f"seconds until a reply: median {waits[len(waits) // 2]:.2f}, worst {waits[-1]:.1f}")


def _waits(gateway: Gateway) -> Sequence[float]:
    """Ids hold their time."""
    return [
        ((int(one["id"]) >> _TIME_BITS) - (int(one["message_reference"]["message_id"]) >> _TIME_BITS)) / 1000
        for said in gateway.standin.messages.values()
        for one in said
        if "message_reference" in one
    ]


if __name__ == "__main__":
    with running_server() as started, tempfile.TemporaryDirectory() as name:
        asyncio.run(rehearse(started, Path(name), int(sys.argv[1]) if len(sys.argv) > 1 else 10))
