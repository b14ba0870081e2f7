"""From phrasings to a model: encode what is new, fit, calibrate. Everything here can be repeated from the text
files.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.content.letters import letter_statistics
from bot.content.model_file import FORMAT, Compiled, Vectors, load_compiled, save_compiled
from bot.content.nearest import neighbours_of
from bot.content.phrasings import Phrasing, phrasing_files
from bot.content.training_set import Example, examples
from bot.core.classifier import Weights, fit
from bot.core.errors import ContentError, Problem
from bot.core.features import Matrix, Vector, document_frequencies, sketches
from bot.core.identification import LanguageIdentifier, letter_features
from bot.core.knowledge import Knowledge
from bot.core.locales import LANGUAGES, SOURCE_LOCALE
from bot.core.ports import Encoder
from bot.core.retrieval import Model, Thresholds, join_views
from bot.core.text import fold, is_latin, words

_log = logging.getLogger(__name__)
EPOCHS = 20
EPOCHS_AFTER_EDIT = 4  # going on from weights that fitted nearly the same phrasings
SHRINK = 2e-5
# How much of the weights learned from letters alone is added to those learned from both views: the encoder overshadows
# letters while both are learned together, though letters are what survives typing errors. Chosen by cross-validation.
LEXICAL_SHARE = 0.4
# Until calibration has run (see bot.content.crossvalidation): cautious.
FIRST_THRESHOLDS = Thresholds(answer=0.6, choose=0.15, leave=0.7)
_LEXICAL_CAUTION = 0.12  # letters alone are right less often at the same probability
Courtesies = Mapping[str, Sequence[str]]  # see `Knowledge.courtesy`
_MOST_LINES = 3000  # per language for identification, so that no language outweighs another
_INTERNATIONAL = 6  # languages from which a word is nobody's own
_TOLD_BY_SCRIPT = ("th", "lo", "km", "my", "ta")

_ENCODE_BATCH = 64

Progress = Callable[[str, int, int], None]
Classes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Examples with both views of each text and the number of its class."""

    examples: Sequence[Example]
    labels: tuple[str, ...]
    classes: Classes
    meanings: Matrix
    letters: Matrix
    centre: Vector
    idf: Vector

    @property
    def rows(self) -> Matrix:
        """Both views side by side: about 10 kB an example."""
        return join_views(self.meanings, self.letters, self.centre)


def input_digest(folder: Path, knowledge: Knowledge) -> str:
    """Names everything the model depends on: phrasings, negatives, samples, titles, and names that fill slots.

    Answers, facts and sources may change without touching it: then nothing has to be learned again.
    """
    digest = hashlib.sha256(str(FORMAT).encode())
    for path in [*phrasing_files(folder), *sample_files(folder)]:
        digest.update(f"{path.parent.name}/{path.name}".encode() + b"\0" + _bytes(path) + b"\0")
    for entry in knowledge.entries.values():
        digest.update(f"{entry.id}\0{entry.question}\0{entry.slot}\0".encode())
    for city in knowledge.cities.values():
        digest.update(f"{city.id}\0{city.name}\0{city.country}\0{sorted(city.names.items())}\0".encode())
    return digest.hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        problem = Problem(str(path), 0, f"cannot be read: {error.strerror}", "check the path and permissions")
        raise ContentError([problem]) from None


def sample_files(folder: Path) -> list[Path]:
    return sorted((folder / "language_samples").glob("*.txt"))


def training_set(
    knowledge: Knowledge, phrasings: Sequence[Phrasing], folders: Sequence[Path], encoder: Encoder, progress: Progress
) -> TrainingSet:
    """Examples with their vectors; only texts without a stored vector are encoded, and the vectors are stored.

    Args:
        folders: Where vectors may lie; the first is written to.
    """
    made = examples(knowledge, phrasings)
    labels = tuple(sorted({example.label for example in made}))
    number = {label: index for index, label in enumerate(labels)}
    meanings = _meanings(made, folders, encoder, progress)
    texts = [example.text for example in made]
    idf = document_frequencies(texts)
    return TrainingSet(
        examples=made,
        labels=labels,
        classes=np.array([number[example.label] for example in made], dtype=np.intp),
        meanings=meanings,
        letters=sketches(texts, idf),
        centre=meanings.mean(axis=0),
        idf=idf,
    )


def fit_model(training: TrainingSet, encoder: str, previous: Model | None, progress: Progress) -> Model:
    """Fit both classifiers on the whole training set.

    Args:
        previous: A model of nearly the same phrasings: fitting goes on from its weights, and its thresholds and
            sharpness, found by cross-validation when it was made, are kept. None starts anew.
    """
    if previous and previous.encoder != encoder:
        previous = None

    def learn(what: str, rows: Matrix, before: Weights | None) -> Weights:
        start = start_from(before, previous.classes, training.labels) if before and previous else None
        return fit_rows(rows, training, lambda done, of: progress(what, done, of), start=start)

    before = add_lexical(previous.hybrid, previous.lexical, -LEXICAL_SHARE) if previous else None
    both = learn("learning meaning and letters", training.rows, before)
    lexical = learn("learning letters", training.letters, previous.lexical if previous else None)
    return Model(
        classes=training.labels,
        hybrid=add_lexical(both, lexical),
        lexical=lexical,
        centre=training.centre,
        idf=training.idf,
        sharpness=previous.sharpness if previous else (1.0, 1.0),
        thresholds=previous.thresholds if previous else (FIRST_THRESHOLDS, more_cautious(FIRST_THRESHOLDS)),
        encoder=encoder,
        evidence=previous.evidence if previous else None,
    )


def add_lexical(hybrid: Weights, lexical: Weights, share: float = LEXICAL_SHARE) -> Weights:
    """The hybrid weights with a share of the lexical ones on their letters: scores add up, as if both were asked."""
    matrix = hybrid.matrix.copy()
    matrix[-lexical.matrix.shape[0] :] += np.float32(share) * lexical.matrix
    return Weights(matrix, hybrid.bias + np.float32(share) * lexical.bias)


def start_from(weights: Weights, before: Sequence[str], now: Sequence[str]) -> Weights:
    """Weights for the classes of now: those known before keep theirs, new ones start at zero."""
    column = {label: index for index, label in enumerate(before)}
    matrix = np.zeros((weights.matrix.shape[0], len(now)), dtype=np.float32)
    bias = np.zeros(len(now), dtype=np.float32)
    kept = [index for index, label in enumerate(now) if label in column]
    known = [column[now[index]] for index in kept]
    matrix[:, kept], bias[kept] = weights.matrix[:, known], weights.bias[known]
    return Weights(matrix, bias)


def fit_rows(
    rows: Matrix,
    training: TrainingSet,
    progress: Callable[[int, int], None] | None = None,
    *,
    classes: Classes | None = None,
    start: Weights | None = None,
) -> Weights:
    """Fit on `rows`; `classes` are theirs when they are not all rows of the training set."""
    wanted = training.classes if classes is None else classes
    epochs = EPOCHS_AFTER_EDIT if start else EPOCHS
    return fit(rows, wanted, len(training.labels), epochs=epochs, shrink=SHRINK, start=start, progress=progress)


def with_texts(model: Model, folder: Path, learned: Sequence[Example]) -> Model:
    """The model with what it goes by besides its weights: what mends mistyped questions, learned from examples and
    from the samples of languages, and the examples themselves as neighbours.
    """
    samples = [
        Example(path.stem, "sample", fold(line), -1)
        for path in sample_files(folder)
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return replace(model, spelling=letter_statistics([*learned, *samples]), neighbours=neighbours_of(learned))


def more_cautious(thresholds: Thresholds) -> Thresholds:
    return Thresholds(min(0.95, thresholds.answer + _LEXICAL_CAUTION), thresholds.choose, thresholds.leave)


def fit_identifier(folder: Path, phrasings: Sequence[Phrasing], courtesy: Courtesies) -> LanguageIdentifier:
    """Learn to tell languages from samples, phrasings and greetings: about 1 GB of memory for a minute."""
    lines = identification_lines(folder, phrasings, courtesy)
    rows = np.stack([letter_features(text) for texts in lines.values() for text in texts])
    classes = np.array([index for index, texts in enumerate(lines.values()) for _ in texts], dtype=np.intp)
    return LanguageIdentifier(tuple(lines), fit(rows, classes, len(lines), epochs=EPOCHS, shrink=1e-7))


def identification_lines(folder: Path, phrasings: Sequence[Phrasing], courtesy: Courtesies) -> Mapping[str, list[str]]:
    """Folded lines per language, at most about `_MOST_LINES`. Where the script decides, only lines in Latin letters.

    Words that people of many languages put into their questions (Smart JAMP, framework) tell no language: they are left
    out of the phrasings.
    """
    common = _international_words(phrasings)
    lines: dict[str, list[str]] = {}
    for tag in LANGUAGES:
        path = folder / "language_samples" / f"{tag}.txt"
        texts = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        folded = [fold(text) for text in texts]
        folded += [_without(common, _bare(one)) for one in phrasings if one.locale == tag]
        needed = [text for text in dict.fromkeys(folded) if text and _is_needed(tag, text)]
        # A greeting is often all that there is to tell a language by: every one counts.
        greetings = [text for text in map(fold, courtesy.get(tag, ())) if _is_needed(tag, text)]
        lines[tag] = needed[:: max(1, len(needed) // _MOST_LINES)] + greetings
    return lines


def _is_needed(tag: str, text: str) -> bool:
    return tag not in _TOLD_BY_SCRIPT or is_latin(text)


def _international_words(phrasings: Sequence[Phrasing]) -> frozenset[str]:
    """Latin words that at least `_INTERNATIONAL` languages use about as often as English does: names and terms."""
    uses: dict[str, Counter[str]] = {}
    for phrasing in phrasings:
        for word in words(_bare(phrasing)):
            uses.setdefault(word, Counter()).update([phrasing.locale])
    return frozenset(word for word, by_language in uses.items() if is_latin(word) and _is_international(by_language))


def _is_international(uses: Counter[str]) -> bool:
    others = sorted(count for tag, count in uses.items() if tag != SOURCE_LOCALE)
    return len(others) >= _INTERNATIONAL and uses[SOURCE_LOCALE] <= 3 * others[len(others) // 2]


def _bare(phrasing: Phrasing) -> str:
    return fold(phrasing.text.replace("{city}", "").replace("{country}", ""))


def _without(unwanted: Collection[str], folded: str) -> str:
    return " ".join(word for word in words(folded) if word not in unwanted)


def load_or_compile(
    knowledge: Knowledge,
    phrasings: Callable[[], Sequence[Phrasing]],
    folder: Path,
    cache: Path,
    encoder: Encoder | None,
    progress: Progress,
) -> Compiled:
    """The model for exactly these files: shipped with them, or compiled before into `cache`, or compiled now.

    Without an encoder a model of other files is better than none only if its entries still exist; letters are then
    learned anew and the meaning part is left out.
    """
    digest = input_digest(folder, knowledge)
    shipped = load_compiled(folder / "compiled" / "model.npz")
    if shipped and _fits(shipped, digest, encoder):
        return shipped
    cached = load_compiled(cache / "model.npz")
    if cached and _fits(cached, digest, encoder):
        return cached
    compiled = compile_model(knowledge, phrasings(), folder, cache, encoder, progress, shipped)
    _keep(cache, lambda: save_compiled(cache / "model.npz", compiled))
    return compiled


def _fits(known: Compiled, digest: str, encoder: Encoder | None) -> bool:
    """What was compiled while no encoder could be loaded is made anew as soon as there is one."""
    return known.digest == digest and not (encoder and known.model.encoder == NoEncoder.name)


def _keep(folder: Path, save: Callable[[], None]) -> None:
    """Save what can be computed again: a folder that cannot be written to costs time later, not the answer."""
    try:
        save()
    except OSError as error:
        _log.warning("not kept in %s, to be computed again at the next start: %s", folder, error.strerror)


def compile_model(
    knowledge: Knowledge,
    phrasings: Sequence[Phrasing],
    folder: Path,
    cache: Path,
    encoder: Encoder | None,
    progress: Progress,
    previous: Compiled | None,
) -> Compiled:
    """Compile; thresholds, sharpness and the identifier of languages are those of `previous`, if there is one."""
    encoder = encoder or NoEncoder()
    training = training_set(knowledge, phrasings, (cache, folder / "compiled"), encoder, progress)
    model = fit_model(training, encoder.name, previous.model if previous else None, progress)
    model = with_texts(model, folder, training.examples)
    identifier = previous.identifier if previous else fit_identifier(folder, phrasings, knowledge.courtesy)
    return Compiled(input_digest(folder, knowledge), model, identifier)


class NoEncoder:
    """Stands in where no encoder can be loaded: one dimension that says nothing."""

    name = "none"
    dimension = 1

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.ones((len(texts), 1), dtype=np.float32)


def _meanings(made: Sequence[Example], folders: Sequence[Path], encoder: Encoder, progress: Progress) -> Matrix:
    rows = np.zeros((len(made), encoder.dimension), dtype=np.float32)
    done = 0
    for locale, indexes in _by_locale(made).items():
        texts = [made[index].text for index in indexes]
        vectors, new = _known_vectors(locale, texts, folders, encoder.name)
        for start in range(0, len(new), _ENCODE_BATCH):
            batch = new[start : start + _ENCODE_BATCH]
            for text, vector in zip(batch, encoder.encode(batch), strict=True):
                vectors.add(text, vector)
            progress("reading phrasings", done + start + len(batch), len(made))
        if new:
            kept, path = vectors.keep(texts), folders[0] / f"vectors-{locale}.npz"
            _keep(folders[0], partial(kept.save, path))
        for index, text in zip(indexes, texts, strict=True):
            rows[index] = vectors.get(text)
        done += len(texts)
    return rows


def _known_vectors(locale: str, texts: list[str], folders: Sequence[Path], encoder: str) -> tuple[Vectors, list[str]]:
    """Vectors from the first folder completed from the others, and the texts that none of them has."""
    best = Vectors(encoder, {})
    for folder in folders:
        loaded = Vectors.load(folder / f"vectors-{locale}.npz", encoder)
        best = loaded.merged(best)
    return best, [text for text in dict.fromkeys(texts) if text not in best]


def _by_locale(made: Sequence[Example]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for index, example in enumerate(made):
        groups.setdefault(example.locale, []).append(index)
    return groups
