"""The projection that makes questions of one meaning alike, on disk: `knowledge/compiled/likeness.npz`, 80 kB.

It belongs to the encoder rather than to the phrasings: an edit of these does not make it outdated.
"""

import logging
from pathlib import Path

import numpy as np

from bot.content.compiler import Progress, training_set
from bot.content.loading import Folders, load_knowledge, load_phrasings
from bot.core.inbox.likeness import Likeness, fit_likeness
from bot.core.ports import Encoder

_log = logging.getLogger(__name__)


def likeness_file(folders: Folders) -> Path:
    return folders.knowledge / "compiled" / "likeness.npz"


def compile_likeness(folders: Folders, encoder: Encoder, progress: Progress) -> None:
    """Fit on all phrasings and negatives, and write the file. Raises ContentError, EncoderError, OSError."""
    knowledge = load_knowledge(folders.knowledge)
    phrasings = load_phrasings(folders.knowledge, knowledge)
    places = (folders.knowledge / "compiled", folders.cache)
    training = training_set(knowledge, phrasings, places, encoder, progress)
    save_likeness(likeness_file(folders), fit_likeness(encoder.name, training.meanings, list(training.classes)))


def save_likeness(path: Path, likeness: Likeness) -> None:
    """Write at once: a reader sees the old file or the new one."""
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        np.savez_compressed(
            file,
            encoder=np.array(likeness.encoder),
            centre=likeness.centre.astype(np.float16),
            matrix=likeness.matrix.astype(np.float16),
        )
    new.replace(path)


def load_likeness(path: Path) -> Likeness | None:
    """None when the file is missing or damaged: questions are then grouped by their letters, which the log says."""
    try:
        with np.load(path, allow_pickle=False) as file:
            centre, matrix = file["centre"].astype(np.float32), file["matrix"].astype(np.float32)
            return Likeness(str(file["encoder"]), centre, matrix)
    except (OSError, ValueError, KeyError, EOFError) as error:
        _log.warning("unanswered questions are grouped by letters only: %s cannot be read (%s)", path, error)
        return None
