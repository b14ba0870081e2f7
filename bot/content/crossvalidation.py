"""Phrasings asked while they are held out of training: what `python -m bot test` prints and what sets the thresholds.

Phrasings are split in five parts, of which some are asked; examples made from one phrasing stay together. The figures
are lower than those on real questions, because phrasings were written to differ from each other as much as possible;
what matters is their change.
"""

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bot.content.compiler import (
    FIRST_THRESHOLDS,
    Classes,
    Progress,
    TrainingSet,
    add_lexical,
    fit_identifier,
    fit_model,
    fit_rows,
    input_digest,
    more_cautious,
    training_set,
    with_texts,
)
from bot.content.gate_model import fit_gate, save_gate
from bot.content.loading import Folders, load_knowledge, load_phrasings, retriever_of
from bot.content.model_file import Compiled, save_compiled
from bot.content.nearest import Case, fit_evidence, neighbours_of
from bot.content.phrasings import Phrasing
from bot.content.training_set import Example
from bot.core.classifier import Weights, softmax
from bot.core.features import Matrix, Vector
from bot.core.knowledge import Knowledge
from bot.core.models import Answer, Choice
from bot.core.neighbours import Evidence, Neighbours
from bot.core.ports import Encoder
from bot.core.retrieval import Model, Ranking, Retriever, Thresholds, decide

PARTS = 5
_TESTED_PARTS = 2  # by `bot test`: a thousand phrasings a language tell more than a language may lose
_SHARPNESSES = np.arange(0.5, 2.01, 0.05)
# Of held-out phrasings, how many may be answered wrongly (share of all) before answering is not worth it. See
# docs/quality.md for what it comes to on questions by authors the bot has not met.
_WRONG_SHARE = 0.0225
_CHOOSE, _LEAVE = 0.15, 0.7
_TOLERANCE = 2.0  # percentage points a language may fall below the baseline; two seeds differ by less


@dataclass(frozen=True, slots=True)
class Held:
    """Held-out scores: `scores[i]` are those of example `rows[i]` by a model that has not seen its phrasing.

    Args:
        known: By part, the neighbours that its phrasings have in the others.
    """

    training: TrainingSet
    rows: Classes
    scores: Matrix
    known: Mapping[int, Neighbours] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one held-out phrasing: right, offered, wrong, missed; or kept, near_fa, far_fa for negatives."""

    locale: str
    label: str
    verdict: str
    got: str


def load_training(
    folders: Folders, encoder: Encoder, progress: Progress
) -> tuple[Knowledge, list[Phrasing], TrainingSet]:
    """Raises ContentError with every problem."""
    knowledge = load_knowledge(folders.knowledge)
    phrasings = load_phrasings(folders.knowledge, knowledge)
    places = (folders.cache, folders.knowledge / "compiled")
    return knowledge, phrasings, training_set(knowledge, phrasings, places, encoder, progress)


def hold_out(training: TrainingSet, progress: Progress, parts: int) -> tuple[Held, Held]:
    """Scores of the examples of the first `parts` parts, each by a model trained without that part.

    Returns:
        By meaning and letters as they are used together, and by letters alone.
    """
    part_of = np.array([example.origin % PARTS for example in training.examples])
    both: list[Matrix] = []
    by_letters: list[Matrix] = []
    for part in range(parts):
        held = part_of == part
        rows, letters, classes = training.rows, training.letters, training.classes[~held]
        lexical = fit_rows(letters[~held], training, classes=classes)
        hybrid = add_lexical(fit_rows(rows[~held], training, classes=classes), lexical)
        both.append(hybrid.scores(rows[held]))
        by_letters.append(lexical.scores(letters[held]))
        progress("asking held-out phrasings", part + 1, parts)
    asked = np.concatenate([np.flatnonzero(part_of == part) for part in range(parts)])
    known = {part: _without(training, part) for part in range(parts)}
    return Held(training, asked, np.vstack(both), known), Held(training, asked, np.vstack(by_letters), known)


def _without(training: TrainingSet, part: int) -> Neighbours:
    return neighbours_of([example for example in training.examples if example.origin % PARTS != part])


def honest_sharpness(held: Held) -> float:
    """The factor on the scores that makes probabilities fit what happened (least log loss; temperature scaling)."""
    rows = np.arange(len(held.scores))

    def loss(sharpness: float) -> float:
        shares = softmax(held.scores * np.float32(sharpness))
        return float(-np.log(shares[rows, held.training.classes[held.rows]] + 1e-9).mean())

    return float(min(_SHARPNESSES, key=loss))


@dataclass(frozen=True, slots=True)
class Asked:
    """One held-out phrasing as written, and how it was ranked."""

    example: Example
    ranking: Ranking


def ask_all(held: Held, model: Model, knowledge: Knowledge, sharpness: float) -> list[Asked]:
    """One per phrasing: variants without diacritics and further subjects of a template are left out.

    Where the model goes by neighbours, no phrasing meets those of its own part.
    """
    shares = softmax(held.scores * np.float32(sharpness))
    retrievers = _Retrievers(held, model, knowledge)
    return [
        Asked(example, retrievers.of(example).ranking(example.text, share))
        for example, share in _once_each(held, shares)
    ]


def _once_each(held: Held, shares: Matrix) -> Iterator[tuple[Example, Vector]]:
    """The first example of each phrasing, with its probabilities."""
    seen: set[int] = set()
    for row, share in zip(held.rows, shares, strict=True):
        example = held.training.examples[row]
        if example.origin not in seen:
            seen.add(example.origin)
            yield example, share


class _Retrievers:
    """For each part one that knows the phrasings of the others as neighbours."""

    def __init__(self, held: Held, model: Model, knowledge: Knowledge) -> None:
        self._held = held
        self._model = model
        self._knowledge = knowledge
        self._made: dict[int, Retriever] = {}

    def of(self, example: Example) -> Retriever:
        part = example.origin % PARTS
        if part not in self._made:
            model = dataclasses.replace(self._model, neighbours=self._held.known.get(part))
            self._made[part] = retriever_of(model, self._knowledge)
        return self._made[part]


def weigh_evidence(held: Held, model: Model, knowledge: Knowledge, sharpness: float) -> Evidence:
    """What the neighbours of held-out phrasings among the others say of the entries that the classifier suggests."""
    shares = softmax(held.scores * np.float32(sharpness))
    retrievers = _Retrievers(held, model, knowledge)
    cases: list[Case] = []
    for example, share in _once_each(held, shares):
        for entry, probability, own, rival in retrievers.of(example).cases(example.text, share):
            right = example.label in knowledge.entries and serves(knowledge, entry, example.label)
            cases.append(Case(probability, own, rival, right))
    return fit_evidence(cases)


def judge(asked: Iterable[Asked], knowledge: Knowledge, thresholds: Thresholds) -> list[Verdict]:
    """What becomes of each phrasing at these thresholds."""
    found = []
    for one in asked:
        match decide(one.ranking, thresholds):
            case Answer(candidate):
                got, keys = candidate.entry_id, [candidate.entry_id]
            case Choice(candidates):
                got, keys = "", [candidate.entry_id for candidate in candidates]
            case _:
                got, keys = "", []
        label = one.example.label
        found.append(Verdict(one.example.locale, label, _verdict(knowledge, label, got, keys), got))
    return found


def _verdict(knowledge: Knowledge, wanted: str, got: str, offered: Sequence[str]) -> str:
    if wanted.startswith(("near.", "far.")):
        answered = got and not knowledge.entries[got].unknown
        return wanted.partition(".")[0] + "_fa" if answered else "kept"
    if got:
        return "right" if serves(knowledge, got, wanted) else "wrong"
    return "offered" if any(serves(knowledge, key, wanted) for key in offered) else "missed"


def serves(knowledge: Knowledge, given: str, wanted: str) -> bool:
    """True when the entry given answers the question of the entry wanted, wholly or for a fact that both answer."""
    one, other = knowledge.entries[given], knowledge.entries[wanted]
    if given in (wanted, other.fallback):
        return True
    return not one.unknown and not other.unknown and bool(set(one.answers) & set(other.answers))


def choose_thresholds(asked: Sequence[Asked], knowledge: Knowledge) -> Thresholds:
    """The lowest threshold for answering at which no more than `_WRONG_SHARE` of all phrasings are answered wrongly."""
    for answer in np.arange(0.3, 0.96, 0.02):
        thresholds = Thresholds(float(answer), _CHOOSE, _LEAVE)
        counts = Counter(verdict.verdict for verdict in judge(asked, knowledge, thresholds))
        if counts["wrong"] + counts["near_fa"] + counts["far_fa"] <= _WRONG_SHARE * counts.total():
            return thresholds
    return Thresholds(0.95, _CHOOSE, _LEAVE)


def compile_calibrated(folders: Folders, encoder: Encoder, progress: Progress) -> Compiled:
    """The model that is shipped: knowledge/compiled/model.npz, with the gate's model and the vectors beside it."""
    shipped = folders.knowledge / "compiled"
    own = Folders(folders.knowledge, folders.locales, shipped)
    knowledge, phrasings, training = load_training(own, encoder, progress)
    model = calibrate(knowledge, training, fit_model(training, encoder.name, None, progress), progress)
    model = with_texts(model, folders.knowledge, training.examples)
    identifier = fit_identifier(folders.knowledge, phrasings, knowledge.courtesy)
    compiled = Compiled(input_digest(folders.knowledge, knowledge), model, identifier)
    save_compiled(shipped / "model.npz", compiled)
    save_gate(shipped / "gate.npz", fit_gate(compiled.digest, knowledge, phrasings, training, progress))
    return compiled


def calibrate(knowledge: Knowledge, training: TrainingSet, model: Model, progress: Progress) -> Model:
    """The model with sharpness and thresholds found on held-out phrasings, for both views."""
    views = hold_out(training, progress, parts=1)  # thousands of phrasings settle seven numbers
    found = [_calibrated(held, model, knowledge) for held in views]
    (sharp, evidence, thresholds), (sharp_letters, evidence_letters, thresholds_letters) = found
    return dataclasses.replace(
        model,
        sharpness=(sharp, sharp_letters),
        evidence=(evidence, evidence_letters),
        thresholds=(thresholds, more_cautious(thresholds_letters)),
    )


def _calibrated(held: Held, model: Model, knowledge: Knowledge) -> tuple[float, Evidence, Thresholds]:
    sharpness = honest_sharpness(held)
    evidence = weigh_evidence(held, model, knowledge, sharpness)
    asked = ask_all(held, dataclasses.replace(model, evidence=(evidence, evidence)), knowledge, sharpness)
    return sharpness, evidence, choose_thresholds(asked, knowledge)


def report(
    folders: Folders,
    encoder: Encoder,
    progress: Progress,
    baseline: Path | None,
    write_to: Path | None,
    confusions: int,
) -> int:
    """Print the table; 1 when a language is worse than the baseline, else 0."""
    knowledge, _, training = load_training(folders, encoder, progress)
    held, _ = hold_out(training, progress, _TESTED_PARTS)
    sharpness = honest_sharpness(held)
    model = _unfitted(training)
    evidence = weigh_evidence(held, model, knowledge, sharpness)
    asked = ask_all(held, dataclasses.replace(model, evidence=(evidence, evidence)), knowledge, sharpness)
    thresholds = choose_thresholds(asked, knowledge)
    found = judge(asked, knowledge, thresholds)
    table = tabulate(found)
    print(f"sharpness {sharpness:.2f}, answer at {thresholds.answer:.2f}, choose at {thresholds.choose:.2f}")
    print("\n".join(table_lines(table)))
    print("\n".join(confusion_lines(found, confusions)))
    if write_to:
        write_to.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    worse = compare(table, json.loads(baseline.read_text(encoding="utf-8"))) if baseline else []
    print("\n".join(worse), end="\n" if worse else "")
    return 1 if worse else 0


def _unfitted(training: TrainingSet) -> Model:
    """A model that only knows its classes: held-out scores come from elsewhere."""
    nothing = Weights(np.zeros((1, len(training.labels)), np.float32), np.zeros(len(training.labels), np.float32))
    return Model(
        classes=training.labels,
        hybrid=nothing,
        lexical=nothing,
        centre=training.centre,
        idf=training.idf,
        sharpness=(1.0, 1.0),
        thresholds=(FIRST_THRESHOLDS, FIRST_THRESHOLDS),
        encoder="none",
    )


Table = Mapping[str, Mapping[str, float]]
COLUMNS = ("right", "offered", "wrong", "missed", "near_fa", "far_fa")


def tabulate(found: Iterable[Verdict]) -> Table:
    """Percentages per locale and over all: of phrasings of entries, and of negatives for the last two columns."""
    counts: dict[str, Counter[str]] = {}
    for verdict in found:
        kind = verdict.label.partition(".")[0] if verdict.label.startswith(("near.", "far.")) else "entry"
        for locale in (verdict.locale, "ALL"):
            counts.setdefault(locale, Counter()).update([verdict.verdict, kind])
    of = {"near_fa": "near", "far_fa": "far"}
    return {
        locale: {column: round(100 * count[column] / max(1, count[of.get(column, "entry")]), 1) for column in COLUMNS}
        for locale, count in sorted(counts.items())
    }


def table_lines(table: Table) -> list[str]:
    lines = ["lang  " + "".join(column.rjust(9) for column in COLUMNS)]
    lines += [
        locale.ljust(6) + "".join(str(row[column]).rjust(9) for column in COLUMNS) for locale, row in table.items()
    ]
    return lines


def confusion_lines(found: Iterable[Verdict], most: int) -> list[str]:
    """The pairs (asked, answered) that are mistaken most often, with the locales."""
    pairs: dict[tuple[str, str], Counter[str]] = {}
    for verdict in found:
        if verdict.verdict in ("wrong", "near_fa", "far_fa"):
            pairs.setdefault((verdict.label, verdict.got), Counter()).update([verdict.locale])
    worst = sorted(pairs.items(), key=lambda pair: -pair[1].total())[:most]
    return [
        f"{n.total():4} {asked} -> {got} ({', '.join(f'{tag} {k}' for tag, k in n.items())})"
        for (asked, got), n in worst
    ]


def compare(table: Table, baseline: Table) -> list[str]:
    """A line for each language that is worse than the baseline by more than the tolerance, or that is gone."""
    worse = []
    for locale, before in baseline.items():
        now = table.get(locale)
        if now is None:
            worse.append(f"{locale}: has no phrasings any more")
            continue
        if before["right"] - now["right"] > _TOLERANCE:
            worse.append(f"{locale}: right fell from {before['right']} to {now['right']}")
        if now["wrong"] - before["wrong"] > _TOLERANCE:
            worse.append(f"{locale}: wrong rose from {before['wrong']} to {now['wrong']}")
    return worse
