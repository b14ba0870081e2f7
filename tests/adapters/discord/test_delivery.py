import asyncio
from typing import Any

import aiohttp
import pytest

from bot.adapters.discord import delivery
from bot.adapters.discord.delivery import persist
from tests.adapters.discord.conftest import Place
from tests.adapters.discord.worlds import DATES, LONG, SLOW


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """simcord waits in real time for this."""
    monkeypatch.setattr(delivery, "ACKNOWLEDGE_AFTER", 0.05)


CALLBACK = "/interactions/*/*/callback"


def callbacks(place: Place) -> list[Any]:
    return [request.json for request in place.env.http_requests if request.path.endswith("/callback")]


@pytest.mark.usefixtures("impatient")
async def test_acknowledges_a_slow_answer_in_time_and_only_to_the_reader(place: Place) -> None:
    """Whether it may be public is not known yet when Discord wants to know; private can never be wrong."""
    result = await place.alice.slash(place.channel, "ask", question=SLOW)
    assert result.deferred
    assert result.ephemeral

    await place.env.advance_time(10)
    assert "It was held" in result.response.content  # type: ignore[union-attr]
    assert result.followups == []


@pytest.mark.usefixtures("impatient")
async def test_answers_with_edits_after_a_deferral(place: Place) -> None:
    """A follow-up repeated after a 500 would be there twice; an edit cannot."""
    place.env.inject_error("PATCH", "/webhooks/*/*/messages/@original", status=503, times=2)

    result = await place.alice.slash(place.channel, "ask", question=SLOW)
    await place.env.advance_time(30)

    edits = [request for request in place.env.http_requests if request.method == "PATCH"]
    assert len(edits) == 3
    assert "It was held" in result.response.content  # type: ignore[union-attr]


async def test_takes_already_acknowledged_for_done(place: Place) -> None:
    """Our attempt before took effect though its response was lost."""
    place.env.inject_error("POST", CALLBACK, status=400, code=40060)

    await place.alice.slash(place.channel, "ask", question=DATES["en"])

    assert len(callbacks(place)) == 1


@pytest.mark.usefixtures("impatient")
async def test_edits_though_the_deferral_was_already_acknowledged(place: Place) -> None:
    """The deferral arrived, so the answer belongs into it."""
    place.env.inject_error("POST", CALLBACK, status=400, code=40060)

    await place.alice.slash(place.channel, "ask", question=SLOW)
    await place.env.advance_time(30)

    assert [request.method for request in place.env.http_requests][-1] == "PATCH"


async def test_only_logs_an_interaction_that_is_gone(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    """Too late is too late: no apology can arrive either, and the next question works."""
    place.env.inject_error("POST", CALLBACK, status=404, code=10062)

    await place.alice.slash(place.channel, "ask", question=DATES["en"])
    result = await place.alice.slash(place.channel, "ask", question=DATES["en"])

    assert "expired" in caplog.text
    assert "It was held" in result.response.content  # type: ignore[union-attr]
    assert len(callbacks(place)) == 2


async def test_tries_again_when_discord_is_unavailable(place: Place) -> None:
    """Within the 3 seconds there is time for one more attempt."""
    place.env.inject_error("POST", CALLBACK, status=503)

    result = await place.alice.slash(place.channel, "ask", question=DATES["en"])
    await place.env.advance_time(2)

    assert "It was held" in result.response.content  # type: ignore[union-attr]


async def test_sends_the_rest_of_a_long_answer_after_it(place: Place) -> None:
    """The controls belong to the last piece."""
    result = await place.alice.slash(place.channel, "ask", question=LONG, language="en")

    assert len(result.followups) >= 1
    assert result.response.components == []  # type: ignore[union-attr]
    assert result.followups[-1].components
    assert not any(piece.ephemeral for piece in result.followups)


async def test_replies_to_a_message_in_pieces_with_nonces_of_their_own(place: Place) -> None:
    """Only the first piece quotes the question."""
    await place.alice.send(place.channel, f"{place.me} {LONG}")

    first, *rest = place.sent()
    assert rest
    assert len({body["nonce"] for body in place.sent()}) == len(place.sent())
    assert "message_reference" in first
    assert not any("message_reference" in body for body in rest)
    assert [bool(body.get("components")) for body in place.sent()] == [False] * len(rest) + [True]


def test_acknowledges_within_the_time_that_discord_gives() -> None:
    """3 seconds, of which a busy machine and a slow network need their part."""
    assert delivery.ACKNOWLEDGE_AFTER <= 2


@pytest.mark.parametrize(
    "fault",
    [aiohttp.ServerDisconnectedError(), ConnectionResetError(104, "reset"), TimeoutError()],
    ids=lambda fault: type(fault).__name__,
)
async def test_tries_again_when_the_connection_was_cut(fault: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py repeats only two kinds of these."""
    pauses = []
    attempts = 0

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def attempt() -> str:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise fault
        return "done"

    monkeypatch.setattr(asyncio, "sleep", pause)

    assert await persist(attempt) == "done"
    assert pauses == list(delivery._PAUSES[:2])


async def test_gives_up_after_five_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some outages last longer than an answer is wanted."""
    attempts = 0

    async def attempt() -> None:
        nonlocal attempts
        attempts += 1
        raise aiohttp.ServerDisconnectedError

    async def pause(seconds: float) -> None:
        return None

    monkeypatch.setattr(asyncio, "sleep", pause)

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await persist(attempt)
    assert attempts == 5
