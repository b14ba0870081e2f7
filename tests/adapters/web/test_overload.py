"""More questions than can be answered: those that would wait too long are declined at once, in the asker's language."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.core import messages
from bot.core.answering import Answering
from bot.core.models import Candidate
from bot.core.ports import Encoder
from bot.core.retrieval import Ranking
from tests.adapters.discord.worlds import DATES, MemoryStore, ScriptedRetriever, make_answering, mark
from tests.adapters.web.conftest import Client, Serve

pytestmark = pytest.mark.asyncio(loop_scope="module")
CROWD = 600
BUSY = messages.BUSY.text


class HeldRetriever(ScriptedRetriever):
    """Ranks when `released`; remembers how many texts it was given."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.ranked = 0

    def rank_all(self, texts: Sequence[str], encoder: Encoder | None) -> list[Ranking]:
        self.released.wait(10)
        self.ranked += len(texts)
        return [Ranking((Candidate("meeting.dates", 0.9),)) for _ in texts]


class HeldStore(MemoryStore):
    """Answers when `released`."""

    def __init__(self) -> None:
        super().__init__()
        self.released = asyncio.Event()
        self.waiting = 0

    async def language_of(self, asker: str) -> str | None:
        self.waiting += 1
        await self.released.wait()
        return await super().language_of(asker)


@pytest_asyncio.fixture(loop_scope="module")
async def store() -> AsyncIterator[HeldStore]:
    held = HeldStore()
    yield held
    held.released.set()


@pytest.fixture
def answering(store: HeldStore) -> Answering:
    return make_answering(store)


@pytest_asyncio.fixture(loop_scope="module")
async def people() -> AsyncIterator[aiohttp.ClientSession]:
    """By itself a session opens a hundred connections at most."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield session


async def _ask(people: aiohttp.ClientSession, client: Client, text: str, **headers: str) -> tuple[int, Any, Any]:
    async with people.post(client.make_url("/api/ask"), json={"text": text}, headers=headers) as response:
        return response.status, response.headers, await response.json()


async def test_questions_beyond_what_waits_already_are_declined_and_the_others_answered(
    people: aiohttp.ClientSession, serve: Serve, answering: Answering, store: HeldStore
) -> None:
    retriever: Any = HeldRetriever()
    object.__setattr__(answering.snapshot, "retriever", retriever)
    store.released.set()
    client = await serve(answering)
    crowd = [asyncio.create_task(_ask(people, client, f"{DATES['th']} {number}")) for number in range(CROWD)]
    await _until(lambda: sum(task.done() for task in crowd) + answering.in_work == CROWD)
    retriever.released.set()
    replies = await asyncio.gather(*crowd)

    statuses = [status for status, *_ in replies]
    answered = statuses.count(200)
    assert {*statuses} == {200, 503}
    assert answered == retriever.ranked, "what was declined was not worked on"
    assert answered < CROWD * 3 / 4
    assert len(store.outcomes) == answered
    assert (await _ask(people, client, DATES["ja"]))[0] == 200, "it goes on as before"


async def test_questions_that_wait_for_a_stalled_store_are_bounded_too(
    people: aiohttp.ClientSession, serve: Serve, answering: Answering, store: HeldStore
) -> None:
    client = await serve(answering)
    crowd = [asyncio.create_task(_ask(people, client, DATES["th"])) for _ in range(CROWD)]
    await _until(lambda: store.waiting >= 100 and sum(task.done() for task in crowd) > 0)
    waiting = store.waiting
    store.released.set()
    replies = await asyncio.gather(*crowd)

    assert waiting <= 256
    assert {status for status, *_ in replies} == {200, 503}
    assert (await _ask(people, client, DATES["ja"]))[0] == 200


@pytest.mark.parametrize(
    ("text", "header", "locale"),
    [
        *((text, "de", locale) for locale, text in DATES.items()),
        ("👍", "km-KH,en;q=0.5", "km"),
        ("👍", "de", "en"),
    ],
)
async def test_who_is_declined_reads_why_and_when_to_come_back(
    people: aiohttp.ClientSession, serve: Serve, monkeypatch: pytest.MonkeyPatch, text: str, header: str, locale: str
) -> None:
    """In the language of the question, else the browser's; without asking the store, which may be what is slow."""
    monkeypatch.setattr("bot.core.answering._MOST_AT_ONCE", 0)
    store = MemoryStore()
    store.broken = True
    client = await serve(make_answering(store))

    status, headers, body = await _ask(people, client, text, **{"Accept-Language": header})

    assert (status, headers["Retry-After"]) == (503, "3")
    assert body == {"error": {"code": "busy", "message": mark(locale, BUSY)}}


async def test_what_was_asked_before_is_answered_while_new_questions_are_declined(
    people: aiohttp.ClientSession, serve: Serve, answering: Answering, store: HeldStore
) -> None:
    """Remembered rankings cost nothing, so the questions that everybody asks stay answered longest."""
    retriever: Any = HeldRetriever()
    object.__setattr__(answering.snapshot, "retriever", retriever)
    store.released.set()
    retriever.released.set()
    client = await serve(answering)
    assert (await _ask(people, client, DATES["my"]))[0] == 200
    retriever.released.clear()
    crowd = [asyncio.create_task(_ask(people, client, f"{DATES['km']} {number}")) for number in range(CROWD)]
    await _until(lambda: sum(task.done() for task in crowd) > 0)

    assert (await _ask(people, client, DATES["my"]))[0] == 200
    assert (await _ask(people, client, DATES["ta"]))[0] == 503
    retriever.released.set()
    await asyncio.gather(*crowd)


async def test_a_client_that_hangs_up_leaves_nothing_behind(
    serve: Serve, answering: Answering, store: HeldStore
) -> None:
    client = await serve(answering)
    for _ in range(3):
        with pytest.raises((TimeoutError, aiohttp.ClientError)):
            await client.post("/api/ask", json={"text": DATES["th"]}, timeout=aiohttp.ClientTimeout(total=0.1))
    await _until(lambda: store.waiting >= 3)
    store.released.set()
    await _until(lambda: answering._in_work == 0)


async def _until(true: Any) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.01)
