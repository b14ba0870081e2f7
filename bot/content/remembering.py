"""An encoder that remembers what it was asked: golden questions are asked at every reload and never change."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from bot.content.stored_values import freeze, thaw, write_atomically
from bot.core.ports import Encoder

_MOST = 8  # texts of one call: a question is one, or its sentences; phrasings to learn come by the hundred


class RememberingEncoder:
    """Implements `bot.core.ports.Encoder`. A call with few texts is remembered as one: it gives what it gave before.

    See `keep`. `failed` tells whether the encoder did, in any call.
    """

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self._encoder = encoder
        self._path = folder / f"remembered-{quote(encoder.name, safe='')}.value"  # a name may hold a slash
        self._known = self._read()
        self._used: dict[str, bytes] = {}
        self.failed = False

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not 0 < len(texts) <= _MOST:
            return self._encode(texts)
        asked = "\0".join(texts)
        raw = self._used.get(asked) or self._known.get(asked)
        if raw is None:
            raw = self._encode(texts).astype(np.float32).tobytes()
        self._used[asked] = raw
        return np.frombuffer(raw, np.float32).reshape(len(texts), -1)

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        try:
            return self._encoder.encode(texts)
        except Exception:
            self.failed = True
            raise

    def keep(self) -> None:
        """Store what was asked, and forget what was not."""
        if self._used.keys() - self._known.keys():
            write_atomically(self._path, freeze(self._used))

    def _read(self) -> dict[str, bytes]:
        try:
            known: dict[str, bytes] = thaw(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        return known
