"""What a reload would find out again each time: golden questions are asked at every reload and never change."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from bot.content.stored_values import freeze, thaw, write_atomically
from bot.core.ports import Encoder
from bot.core.spelling import LetterStatistics, Spelling

_MOST = 8  # texts of one call: a question is one, or its sentences; phrasings to learn come by the hundred
T = TypeVar("T")


class _Notebook(Generic[T]):
    """Values by text, in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = self._read()
        self._used: dict[str, T] = {}

    def look_up(self, text: str) -> T | None:
        found = self._used.get(text) or self._known.get(text)
        if found is not None:
            self._used[text] = found
        return found

    def write_down(self, text: str, value: T) -> None:
        self._used[text] = value

    def keep(self) -> None:
        """Store what was looked up or written down, and forget what was not."""
        if self._used.keys() - self._known.keys():
            write_atomically(self._path, freeze(self._used))

    def _read(self) -> dict[str, T]:
        try:
            known: dict[str, T] = thaw(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        return known


class RememberingSpelling(Spelling):
    """Mends what it mended before without looking. See `keep`."""

    def __init__(self, statistics: LetterStatistics, folder: Path) -> None:
        super().__init__(statistics)
        digest = hashlib.sha256(b"".join(each.tobytes() for each in (statistics.grams, statistics.costs)))
        self._notebook: _Notebook[str] = _Notebook(folder / f"mended-{digest.hexdigest()[:32]}.value")

    def mend(self, folded: str) -> str:
        mended = self._notebook.look_up(folded)
        if mended is None:
            mended = super().mend(folded)
            self._notebook.write_down(folded, mended)
        return mended

    def keep(self) -> None:
        """Store what was mended, and forget what was not."""
        self._notebook.keep()


class RememberingEncoder:
    """Implements `bot.core.ports.Encoder`. A call with few texts is remembered as one: it gives what it gave before.

    See `keep`. `failed` tells whether the encoder did, in any call.
    """

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self._encoder = encoder
        name = quote(encoder.name, safe="")  # a name may hold a slash
        self._notebook: _Notebook[bytes] = _Notebook(folder / f"remembered-{name}.value")
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
        raw = self._notebook.look_up(asked)
        if raw is None:
            raw = self._encode(texts).astype(np.float32).tobytes()
            self._notebook.write_down(asked, raw)
        return np.frombuffer(raw, np.float32).reshape(len(texts), -1)

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        try:
            return self._encoder.encode(texts)
        except Exception:
            self.failed = True
            raise

    def keep(self) -> None:
        """Store what was asked, and forget what was not."""
        self._notebook.keep()
