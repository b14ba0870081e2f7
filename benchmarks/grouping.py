"""Do questions of one meaning come together, and others not? `python -m benchmarks.grouping`.

The titles of entries are asked in random order, each in four of its languages: translations of one title belong
together. The projection is learned without any phrasing of the entries whose titles are asked, as what people ask in
vain is about nothing that was learned. Precision and recall are of pairs: of the pairs in one group, how many ask the
same; of the pairs that ask the same, how many are in one group.
"""

import argparse
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from benchmarks.phrasing_sets import load
from bot.adapters.encoder import NanoEncoder
from bot.content.catalog_files import read_catalogs
from bot.content.compiler import TrainingSet
from bot.core.catalog import Catalogs
from bot.core.features import Matrix, Vector
from bot.core.inbox.grouping import LETTERS, MEANING, THRESHOLDS, grown, home_of
from bot.core.inbox.likeness import Fingerprinting, Likeness, fit_likeness
from bot.core.inbox.models import Fingerprint, Group
from bot.core.knowledge import Knowledge
from bot.core.text import fold
from bot.parts import folders
from bot.settings import read_settings

_HALVES, _ROUNDS, _QUESTIONS, _LANGUAGES = 6, 10, 30, 4
_TRIED = (0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
_NOW = datetime(2026, 11, 23, tzinfo=UTC)
Titles = Mapping[str, Sequence[str]]  # translations of each entry's title
Prints = Mapping[str, Sequence[Fingerprint]]
Views = Mapping[str, Matrix]


@dataclass
class Tally:
    """Counts of pairs, and of groups."""

    together: int = 0
    rightly: int = 0
    same: int = 0
    groups: int = 0

    def row(self, name: str) -> str:
        precision, recall = self.rightly / max(self.together, 1), self.rightly / max(self.same, 1)
        return f"| {name} | {precision:.2f} | {recall:.2f} | {self.groups / (_HALVES * _ROUNDS):.0f} |"


def titles(knowledge: Knowledge, catalogs: Catalogs) -> Titles:
    """Of entries without a slot, where they are translated."""
    found: dict[str, list[str]] = {}
    for entry in knowledge.entries.values():
        if entry.slot is None:
            texts = [catalogs.text(tag, f"{entry.id}|question", entry.question) for tag in sorted(catalogs.shipped)]
            found[entry.id] = [fold(text.words) for text in texts]
    return {key: list(dict.fromkeys(texts)) for key, texts in found.items()}


def held_out(training: TrainingSet, keys: Sequence[str], encoder: NanoEncoder) -> Likeness:
    """Learned without the phrasings of `keys`."""
    kept = [index for index, example in enumerate(training.examples) if example.label not in set(keys)]
    return fit_likeness(encoder.name, training.meanings[kept], [int(training.classes[index]) for index in kept])


def run(prints: Prints, threshold: float, tally: Tally) -> None:
    dice = random.Random(2)
    wanted = [key for key in sorted(prints) if len(prints[key]) >= _LANGUAGES]
    for _ in range(_ROUNDS):
        asked = [(key, one) for key in dice.sample(wanted, _QUESTIONS) for one in dice.sample(prints[key], _LANGUAGES)]
        dice.shuffle(asked)
        _count(tally, asked, threshold)


def _count(tally: Tally, asked: Sequence[tuple[str, Fingerprint]], threshold: float) -> None:
    groups: dict[str, Group] = {}
    homes: list[str] = []
    for _, one in asked:
        home = home_of(one, None, groups.values(), {MEANING: threshold, LETTERS: threshold})
        group = home or Group(id=str(len(groups)), opened_at=_NOW, fingerprint=one, count=0)
        groups[group.id] = Group(id=group.id, opened_at=_NOW, fingerprint=grown(group, one), count=group.count + 1)
        homes.append(group.id)
    keys, places = np.array([key for key, _ in asked]), np.array(homes)
    others = ~np.eye(len(asked), dtype=bool)
    same, together = (keys[:, None] == keys) & others, (places[:, None] == places) & others
    tally.together += int(together.sum())
    tally.rightly += int((same & together).sum())
    tally.same += int(same.sum())
    tally.groups += len(groups)


def _prints(asked: Titles, space: str, rows: Matrix) -> Prints:
    numbers = iter(range(len(rows)))
    return {key: [Fingerprint(space, rows[next(numbers)]) for _ in texts] for key, texts in asked.items()}


def _views(asked: Titles, training: TrainingSet, encoder: NanoEncoder, meanings: Mapping[str, Vector]) -> Views:
    """The texts of `asked` as the projection, the bare encoder and the letters see them."""
    flat = [text for texts in asked.values() for text in texts]
    rows = np.stack([meanings[text] for text in flat])
    letters = np.stack([one.vector for text in flat if (one := Fingerprinting(None, None).fingerprint(text))])
    projected = held_out(training, list(asked), encoder).project(rows)
    return {"projected": projected, "centred": rows - training.centre, "letters": letters}


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    encoder, places = NanoEncoder(), folders(read_settings({}))
    knowledge, training = load(places, encoder, 1)
    everything = titles(knowledge, read_catalogs(places.locales, knowledge)[0])
    texts = sorted({text for several in everything.values() for text in several})
    meanings = dict(zip(texts, encoder.encode(texts), strict=True))
    tallies = {(name, tried): Tally() for name in ("projected", "centred", "letters") for tried in _TRIED}
    for seed in range(_HALVES):
        half = random.Random(seed).sample(sorted(everything), len(everything) // 2)
        asked = {key: everything[key] for key in half}
        for name, rows in _views(asked, training, encoder, meanings).items():
            for tried in _TRIED:
                run(_prints(asked, name, rows), tried, tallies[name, tried])
    print(f"{_QUESTIONS} questions in {_LANGUAGES} languages each, {_HALVES * _ROUNDS} rounds; shipped: {THRESHOLDS}\n")
    print("| fingerprint, threshold | precision | recall | groups |\n|---|---|---|---|")
    for (name, tried), tally in tallies.items():
        print(tally.row(f"{name}, {tried}"))


if __name__ == "__main__":
    main()
