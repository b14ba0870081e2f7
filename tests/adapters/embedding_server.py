"""A real HTTP server that speaks OpenAI's embeddings, and misbehaves where a test wants it to."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bot.core.encoders import EncoderEndpoint
from bot.core.ports import Encoder


@dataclass
class EmbeddingServer:
    """`respond` makes status and body of an answer from the request; `hold` keeps every answer back."""

    encoder: Encoder
    model: str
    port: int = 0
    respond: Callable[[dict[str, Any]], tuple[int, bytes]] | None = None
    trickle: bool = False
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    connections: list[socket.socket] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.hold.set()
        self._server: ThreadingHTTPServer | None = None

    def up(self) -> None:
        world = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                world.connections.append(self.connection)

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                world.requests.append(asked)
                world.keys.append(self.headers["Authorization"])
                status, body = (world.respond or world.embeddings)(asked)
                world.hold.wait(10)
                with contextlib.suppress(OSError):  # who asked may have given up
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    for piece in [body[i : i + 1] for i in range(len(body))] if world.trickle else [body]:
                        self.wfile.write(piece)
                        if world.trickle:
                            threading.Event().wait(0.02)

            def log_message(self, *_: object) -> None:
                """Tests read the output."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def down(self) -> None:
        """As when the process ends: nothing listens, and open connections are cut."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.connections.clear()

    def embeddings(self, asked: dict[str, Any]) -> tuple[int, bytes]:
        """The right answer; in reverse order, which the interface allows, and not of unit length."""
        if asked["model"] != self.model:
            return 404, b"{}"
        rows = 3 * self.encoder.encode(asked["input"])
        data = [{"object": "embedding", "index": i, "embedding": row.tolist()} for i, row in enumerate(rows)]
        return 200, json.dumps({"object": "list", "data": data[::-1], "model": self.model}).encode()

    def endpoint(self, **other: Any) -> EncoderEndpoint:
        values: dict[str, Any] = {
            "url": f"http://127.0.0.1:{self.port}/v1",
            "model": self.model,
            "dimension": self.encoder.dimension,
            "timeout": 5.0,
        }
        return EncoderEndpoint(**{**values, **other})


@contextlib.contextmanager
def serving(encoder: Encoder, model: str) -> Iterator[EmbeddingServer]:
    server = EmbeddingServer(encoder, model)
    server.up()
    try:
        yield server
    finally:
        server.hold.set()
        server.down()
