"""What Discord or the store did not take, and what is known of the way to Discord."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import aiohttp
import pytest

from bot.adapters.discord import unfinished
from bot.adapters.discord.connection import Reach
from bot.adapters.discord.unfinished import Unfinished
from bot.core.errors import StoreError


class Now:
    """Monotonic seconds that a test moves on."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfinished, "_PAUSES", (0.01,))


def failing(done: list[str], name: str, errors: Iterator[Exception]) -> Callable[[], Awaitable[None]]:
    """Does its work once `errors` are used up."""

    async def attempt() -> None:
        if (error := next(errors, None)) is not None:
            raise error
        done.append(name)

    return attempt


async def all_done(work: Unfinished) -> None:
    async with asyncio.timeout(10):
        while work.waiting:  # noqa: ASYNC110 - it tells nobody when it is done
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.02)


async def test_is_tried_until_it_is_taken() -> None:
    """Whether the network, Discord or the store was away; what is behind it does not wait for it."""
    done: list[str] = []
    work = Unfinished(reach=60)
    errors = [aiohttp.ServerDisconnectedError(), TimeoutError(), StoreError("เต็ม"), OSError()]
    work.add(failing(done, "ช้า", iter(errors)))
    work.add(failing(done, "早い", iter(())))

    await all_done(work)

    assert done == ["早い", "ช้า"]


async def test_what_is_refused_or_too_old_is_given_up_and_holds_up_nothing() -> None:
    now, done = Now(), list[str]()
    work = Unfinished(reach=60, clock=now)
    work.add(failing(done, "refused", iter([KeyError("ไม่มี")])))
    work.add(failing(done, "ភ្លាម", iter(())))
    await all_done(work)
    assert done == ["ភ្លាម"]

    def endless() -> Iterator[Exception]:
        while True:
            now.seconds += 50
            yield ConnectionResetError()

    work.add(failing(done, "too old", endless()))
    await all_done(work)
    assert done == ["ភ្លាម"]


async def test_a_stop_waits_for_nothing() -> None:
    work = Unfinished(reach=60)
    work.add(failing([], "never", iter(lambda: OSError(), None)))
    await asyncio.sleep(0.03)

    await asyncio.wait_for(work.stop(), 1)

    assert work.waiting == 0


def test_one_failed_request_is_no_outage_and_an_old_one_no_news() -> None:
    now = Now()
    reach = Reach(now)
    told = []
    for status, later in (
        (200, 0),
        (500, 0),
        (0, 0),
        (404, 0),
        (503, 0),
        (0, 0),
        (502, 0),
        (502, 61),
        (0, 0),
        (204, 0),
    ):
        reach.requested(status)
        now.seconds += later
        told.append(reach.takes_requests)
    assert told == [True, True, True, True, True, True, False, True, False, True]


def test_every_shard_has_to_have_a_session() -> None:
    reach = Reach()
    heard = []
    for change, shard in ((reach.lost, 1), (reach.lost, 2), (reach.found, 1), (reach.found, 2)):
        change(shard)
        heard.append(reach.hears)
    assert heard == [False, False, False, True]
