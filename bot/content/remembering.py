"""An encoder that remembers what it was asked: golden questions are asked at every reload and never change."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from bot.content.stored_values import freeze, thaw, write_atomically
from bot.core.ports import Encoder


class RememberingEncoder:
    """Implements `bot.core.ports.Encoder`. Only what is asked one text at a time is remembered; see `keep`."""

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self._encoder = encoder
        self._path = folder / f"remembered-{quote(encoder.name, safe='')}.value"  # a name may hold a slash
        self._known = self._read()
        self._used: dict[str, bytes] = {}

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if len(texts) != 1:
            return self._encoder.encode(texts)
        raw = self._used.get(texts[0]) or self._known.get(texts[0])
        if raw is None:
            raw = self._encoder.encode(texts).astype(np.float32).tobytes()
        self._used[texts[0]] = raw
        return np.frombuffer(raw, np.float32).reshape(1, -1)

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
