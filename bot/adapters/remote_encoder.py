"""A semantic encoder in another process, and what happens while that is down."""

import http.client
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from bot.core.encoders import EncoderEndpoint
from bot.core.errors import EncoderError
from bot.core.ports import Encoder

_log = logging.getLogger(__name__)
_BATCH = 32  # texts a request; servers commonly take this many
_KEPT_OPEN = 4  # idle connections
_PER_NUMBER, _PER_TEXT = 64, 4096  # bytes of an answer that are read at most
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 60.0  # seconds without an attempt, doubled with every failed one
_OF_THE_TEXTS = (400, 413, 422)  # statuses that can be the fault of one person's text


class TextsRefusedError(EncoderError):
    """The endpoint works, and does not want these texts: no reason to leave it alone."""


class RemoteEncoder:
    """Implements `bot.core.ports.Encoder` with an OpenAI-compatible endpoint. May be called from several threads."""

    def __init__(self, endpoint: EncoderEndpoint) -> None:
        parts = urlsplit(endpoint.url)
        path = parts.path.rstrip("/")
        self._endpoint = endpoint
        self._path = path if path.endswith("/embeddings") else f"{path}/embeddings"
        self._server = parts.hostname or "", parts.port
        self._kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._idle: list[http.client.HTTPConnection] = []
        self._guard = threading.Lock()
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if endpoint.key:
            self._headers["Authorization"] = f"Bearer {endpoint.key}"

    @property
    def name(self) -> str:
        return self._endpoint.name

    @property
    def dimension(self) -> int:
        return self._endpoint.dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See the port. Waits at most the endpoint's timeout for every 32 texts."""
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            rows[start : start + len(batch)] = read_vectors(self._ask(batch), len(batch), self.dimension)
        return rows

    def close(self) -> None:
        with self._guard:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _ask(self, texts: Sequence[str]) -> bytes:
        body = request_body(self._endpoint, texts)
        most = len(texts) * (self.dimension * _PER_NUMBER + _PER_TEXT)
        deadline = time.monotonic() + self._endpoint.timeout
        with self._guard:
            kept = self._idle.pop() if self._idle else None
        try:
            if kept is not None:
                try:
                    return self._exchange(kept, body, most, deadline)
                except ConnectionError:
                    self.close()  # the server closed what was idle, or began anew: the others are no better
            return self._exchange(self._kind(*self._server), body, most, deadline)
        except TimeoutError:
            raise EncoderError(f"no answer within {self._endpoint.timeout:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            raise EncoderError(f"cannot be reached ({type(error).__name__}: {error})") from None

    def _exchange(self, connection: http.client.HTTPConnection, body: bytes, most: int, deadline: float) -> bytes:
        try:
            connection.timeout = _left(deadline)
            if connection.sock is None:
                connection.connect()
            wire = connection.sock
            wire.settimeout(_left(deadline))
            connection.request("POST", self._path, body, self._headers)
            response = connection.getresponse()
            raw = _read(response, wire, most, deadline)
        except BaseException:
            connection.close()
            raise
        self._keep(connection)
        if response.status in _OF_THE_TEXTS:
            raise TextsRefusedError(f"status {response.status}")
        if response.status != http.client.OK:
            raise EncoderError(f"status {response.status}")
        return raw

    def _keep(self, connection: http.client.HTTPConnection) -> None:
        with self._guard:
            if connection.sock is not None and len(self._idle) < _KEPT_OPEN:
                self._idle.append(connection)
                return
        connection.close()


def _read(response: http.client.HTTPResponse, wire: socket.socket, most: int, deadline: float) -> bytes:
    raw = bytearray()
    while chunk := response.read1(65536):
        raw += chunk
        if len(raw) > most:
            raise EncoderError(f"an answer longer than {most} bytes")
        wire.settimeout(_left(deadline))  # of the whole answer, however slowly it trickles
    response.read()  # nothing is left: it ends the answer, so that the connection can be used again
    return bytes(raw)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def request_body(endpoint: EncoderEndpoint, texts: Sequence[str]) -> bytes:
    """A text without anything becomes a space: endpoints refuse it otherwise, and with it everybody's in the batch."""
    prefix = f"{endpoint.prefix} " if endpoint.prefix else ""
    sent = [f"{prefix}{text}" or " " for text in texts]
    wanted = {"model": endpoint.model, "input": sent, "encoding_format": "float"}
    return json.dumps(wanted, ensure_ascii=False).encode("utf-8", "replace")  # half a surrogate pair is no UTF-8


def read_vectors(raw: bytes, count: int, dimension: int) -> NDArray[np.float32]:
    """Unit-length rows in the order asked. Raises EncoderError for anything but `count` finite vectors."""
    try:
        by_index = {int(one["index"]): one["embedding"] for one in json.loads(raw)["data"]}
        listed: list[Any] = [by_index.pop(index) for index in range(count)]
        rows = np.asarray(listed, dtype=np.float64).reshape(count, -1)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise EncoderError(f"an answer that is no list of {count} vectors") from None
    if by_index:
        raise EncoderError(f"{count + len(by_index)} vectors for {count} texts")
    if rows.shape[1] != dimension:
        raise EncoderError(f"vectors of {rows.shape[1]} numbers, not of {dimension}")
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not (lengths > 0).all():
        raise EncoderError("a vector without direction")
    return np.asarray(rows / lengths, dtype=np.float32)


class FallbackEncoder:
    """Implements `bot.core.ports.Encoder`: an endpoint, and what encodes while that is down.

    After a failure it is left alone for 5 seconds, then for twice as long after each attempt that fails, a minute at
    most: questions wait for a dead endpoint now and then, not each of them.
    """

    def __init__(self, remote: Encoder, built_in: Encoder | None, now: Callable[[], float]) -> None:
        """Args:
        built_in: Used only when it has the same name: vectors of different encoders must not be mixed.
        now: Seconds from any beginning, that never go back.
        """
        self._remote = remote
        self._built_in = built_in if built_in and built_in.name == remote.name else None
        self._now = now
        self._guard = threading.Lock()
        self._pause = 0.0  # the current one; 0 while the endpoint works
        self._not_before = 0.0
        self._refusal_told = False

    @property
    def name(self) -> str:
        return self._remote.name

    @property
    def dimension(self) -> int:
        return self._remote.dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See the port; raises EncoderError while the endpoint is down and nothing can stand in for it."""
        if not self._may_try():
            return self._instead(texts, "the encoder's endpoint is down")
        try:
            rows = self._remote.encode(texts)
        except TextsRefusedError as error:
            self._tell_refusal(error)
            return self._instead(texts, f"the encoder's endpoint: {error}")
        except EncoderError as error:
            self._failed(error)
            return self._instead(texts, f"the encoder's endpoint: {error}")
        self._worked()
        return rows

    def _instead(self, texts: Sequence[str], why: str) -> NDArray[np.float32]:
        if self._built_in is None:
            raise EncoderError(why)
        return self._built_in.encode(texts)

    def _may_try(self) -> bool:
        """During an outage True for one caller after each pause: the others do not wait with it."""
        with self._guard:
            if not self._pause:
                return True
            if self._now() < self._not_before:
                return False
            self._not_before = self._now() + self._pause
            return True

    def _failed(self, error: EncoderError) -> None:
        with self._guard:
            first = not self._pause
            self._pause = min(max(2 * self._pause, _FIRST_PAUSE), _LONGEST_PAUSE)
            self._not_before = self._now() + self._pause
        if first:
            instead = "the built-in encoder stands in" if self._built_in else "answering from letters alone"
            _log.warning("the encoder's endpoint fails: %s; %s until it is back", error, instead)

    def _worked(self) -> None:
        with self._guard:
            back, self._pause = bool(self._pause), 0.0
        if back:
            _log.warning("the encoder's endpoint is back")

    def _tell_refusal(self, error: EncoderError) -> None:
        self._worked()
        with self._guard:
            first, self._refusal_told = not self._refusal_told, True
        if first:
            _log.warning(
                "the encoder's endpoint refuses some texts: %s; if it refuses all, look at `bot doctor`. Told once.",
                error,
            )
