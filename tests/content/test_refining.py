"""What a reload teaches a model, held against plain stochastic gradient descent over all columns."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot.adapters.encoder import NanoEncoder
from bot.content import refining
from bot.content.compiler import start_from
from bot.content.content_files import hash_content
from bot.content.gate_model import is_held_out, load_gate
from bot.content.loading import load_knowledge
from bot.content.model_file import load_compiled
from bot.content.phrasing_pieces import PhrasingPieces, read_pieces
from bot.content.phrasings import Phrasing
from bot.content.preparing import GATE, MODEL
from bot.content.refining import FeatureMaker, Refined, Rows, refine, rehearsal
from bot.content.stored_values import remembered
from bot.core.classifier import Weights, softmax
from bot.core.neighbours import NearestPhrasings
from bot.core.text import fold
from tests.content.folders import edit
from tests.content.reload_worlds import ReloadWorld, make_folders, start
from tests.core.clocks import SimulatedClock

SEEN, UNSEEN = "งานมีวันไหนนะ", "ဘယ်နေ့လဲ ပြောပါ"  # of which the gate's model learns the first alone
SEEN_TOO, SONG = "จัดวันไหนบ้างคะ", "ช่วยร้องเพลงหน่อย"  # the same
ROUNDING, HALF = 1e-5, 2**-11  # of weights up to about five, and of half precision, in which they are kept


@pytest.fixture
async def world(tmp_path: Path, shipped_encoder: NanoEncoder) -> ReloadWorld:
    return await start(make_folders(tmp_path), tmp_path / "versions", shipped_encoder, SimulatedClock())


def plainly_taught(weights: Weights, before: tuple[str, ...], labels: tuple[str, ...], old: Rows, new: Rows) -> Weights:
    """All columns asked at every step, though only those of labels with new phrasings move."""
    begin = start_from(weights, before, labels)
    matrix, bias, size = begin.matrix.copy(), begin.bias.copy(), len(weights.matrix)
    moving = sorted({labels.index(one.label) for one in new.phrasings})
    learned = old.features[:, -size:]
    scores = learned @ matrix + bias
    scores[:, [index for index, label in enumerate(labels) if label not in before]] = -np.inf
    wanted = np.zeros((len(new.texts), len(labels)), np.float32)
    wanted[range(len(new.texts)), [labels.index(one.label) for one in new.phrasings]] = 1
    rows, wanted = np.vstack([learned, new.features[:, -size:]]), np.vstack([softmax(scores), wanted])
    speed, speed_bias = np.zeros_like(matrix[:, moving]), np.zeros_like(bias[moving])
    longest, order_maker = 4 / (rows**2).sum(axis=1).mean(), np.random.default_rng(0)
    steps, step = 12 * -(-len(rows) // 128), 0
    for _ in range(12):
        order = order_maker.permutation(len(rows))
        for first in range(0, len(rows), 128):
            batch = order[first : first + 128]
            error = (softmax(rows[batch] @ matrix + bias) - wanted[batch])[:, moving]
            rate = longest * (1 - step / steps)
            speed = 0.9 * speed - rate * (rows[batch].T @ error) / len(batch)
            speed_bias = 0.9 * speed_bias - rate * error.mean(axis=0)
            matrix[:, moving] += speed
            bias[moving] += speed_bias
            step += 1
    return Weights(matrix, bias)


class Lesson:
    """The live models of a world, and what its files have that they have not learned."""

    def __init__(self, world: ReloadWorld, live: Path, encoder: NanoEncoder) -> None:
        compiled, gate = load_compiled(live / MODEL), load_gate(live / GATE)
        assert compiled is not None
        assert gate is not None
        self.compiled, self.gate, self.cache = compiled, gate, world.folders.cache
        knowledge = load_knowledge(world.knowledge)
        self.maker = FeatureMaker(compiled, knowledge, [self.cache], encoder)
        files = hash_content(world.knowledge, world.folders.locales).hashes
        hashes = {name.removeprefix("knowledge/"): digest for name, digest in files.items()}
        self.phrasings: PhrasingPieces = read_pieces(world.knowledge, knowledge, hashes, self.cache)[0]

    def refined(self) -> Refined:
        return refine(self.compiled, self.gate, "digest", self.phrasings, self.maker, self.cache)

    def old_and_new(self) -> tuple[Rows, Rows]:
        learned = rehearsal(self.compiled, self.phrasings.all, self.maker, self.cache).learned
        return learned, self.maker.rows(self.phrasings.new_to(self.gate.learned))


def add(path: Path, text: str) -> None:
    """A way to ask for the days."""
    if path.exists():
        edit(path, "  meeting.dates:\n", f'  meeting.dates:\n    - "{text}"\n')
    else:
        path.write_text(f'phrasings:\n  meeting.dates:\n    - "{text}"\n', encoding="utf-8")


def without_totals(folder: Path, key: str, make: Callable[[], object]) -> object:
    return make() if key.startswith("totals ") else remembered(folder, key, make)


def assert_same(one: Weights, other: Weights) -> None:
    np.testing.assert_allclose(one.matrix, other.matrix, rtol=HALF, atol=ROUNDING)
    np.testing.assert_allclose(one.bias, other.bias, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize(
    "said", [{"th": SEEN}, {"my": UNSEEN}, {"th": SEEN, "my": UNSEEN}], ids=["seen", "unseen", "both"]
)
async def test_a_new_phrasing_is_taught_as_by_plain_descent(
    world: ReloadWorld, shipped_encoder: NanoEncoder, said: dict[str, str]
) -> None:
    live = await world.library.live()
    assert live is not None
    for locale, text in said.items():
        assert is_held_out(Phrasing(locale, "meeting.dates", text)) == (text == UNSEEN)
        add(world.knowledge / "phrasings" / f"{locale}.yaml", text)
    lesson = Lesson(world, world.versions / live.id, shipped_encoder)

    refined = lesson.refined()

    assert (refined.new, refined.gone) == (len(said), 0)
    old, new = lesson.old_and_new()
    before, labels, gate = lesson.compiled.model, lesson.phrasings.labels, lesson.gate
    after = refined.compiled.model
    assert_same(after.hybrid, plainly_taught(before.hybrid, before.classes, labels, old, new))
    assert_same(after.lexical, plainly_taught(before.lexical, before.classes, labels, old, new))
    seen = new.where(lambda one: not is_held_out(one))
    expected = plainly_taught(gate.weights, gate.classes, labels, old, seen) if seen.texts else gate.weights
    assert_same(refined.gate.weights, expected)
    assert not np.array_equal(after.hybrid.matrix, before.hybrid.matrix)


async def test_a_second_lesson_goes_on_from_what_the_first_one_left(
    world: ReloadWorld, shipped_encoder: NanoEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = await world.library.live()
    assert live is not None
    add(world.knowledge / "phrasings" / "th.yaml", SEEN)
    first = Lesson(world, world.versions / live.id, shipped_encoder).refined()
    add(world.knowledge / "phrasings" / "my.yaml", UNSEEN)
    lesson = Lesson(world, world.versions / live.id, shipped_encoder)
    lesson.compiled, lesson.gate = first.compiled, first.gate

    refined = lesson.refined()
    old, new = lesson.old_and_new()
    monkeypatch.setattr(refining, "remembered", without_totals)
    afresh = lesson.refined()

    before, labels = first.compiled.model, lesson.phrasings.labels
    assert_same(refined.compiled.model.hybrid, plainly_taught(before.hybrid, before.classes, labels, old, new))
    assert (refined.new, refined.gone) == (1, 0)
    assert_same(refined.compiled.model.hybrid, afresh.compiled.model.hybrid)
    assert_same(refined.compiled.model.lexical, afresh.compiled.model.lexical)
    assert not np.array_equal(refined.compiled.model.hybrid.matrix, first.compiled.model.hybrid.matrix)


async def test_a_column_that_nothing_was_learned_for_counts_when_the_next_lesson_begins(
    world: ReloadWorld, shipped_encoder: NanoEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = await world.library.live()
    assert live is not None
    assert is_held_out(Phrasing("th", "far.songs", SONG))
    edit(world.knowledge / "negatives" / "th.yaml", "negatives:\n", f'negatives:\n  far.songs:\n    - "{SONG}"\n')
    add(world.knowledge / "phrasings" / "th.yaml", SEEN)
    first = Lesson(world, world.versions / live.id, shipped_encoder).refined()
    add(world.knowledge / "phrasings" / "th.yaml", SEEN_TOO)
    lesson = Lesson(world, world.versions / live.id, shipped_encoder)
    lesson.compiled, lesson.gate = first.compiled, first.gate

    goes_on = lesson.refined()
    monkeypatch.setattr(refining, "remembered", without_totals)

    assert "far.songs" in first.gate.classes
    assert_same(goes_on.gate.weights, lesson.refined().gate.weights)


async def test_columns_of_entries_without_new_phrasings_stay_to_the_bit(
    world: ReloadWorld, shipped_encoder: NanoEncoder
) -> None:
    live = await world.library.live()
    assert live is not None
    add(world.knowledge / "phrasings" / "th.yaml", SEEN)
    lesson = Lesson(world, world.versions / live.id, shipped_encoder)

    after = lesson.refined().compiled.model

    others = [index for index, label in enumerate(lesson.phrasings.labels) if label != "meeting.dates"]
    np.testing.assert_array_equal(after.hybrid.matrix[:, others], lesson.compiled.model.hybrid.matrix[:, others])
    np.testing.assert_array_equal(after.lexical.matrix[:, others], lesson.compiled.model.lexical.matrix[:, others])


async def test_a_new_phrasing_is_a_neighbour_at_once(world: ReloadWorld, shipped_encoder: NanoEncoder) -> None:
    live = await world.library.live()
    assert live is not None
    add(world.knowledge / "phrasings" / "my.yaml", UNSEEN)
    lesson = Lesson(world, world.versions / live.id, shipped_encoder)
    before, after = lesson.compiled.model.neighbours, lesson.refined().compiled.model.neighbours
    assert before is not None
    assert after is not None
    for known, near in ((before, False), (after, True)):
        (support,) = NearestPhrasings(known).supports(fold(UNSEEN), ["meeting.dates"])
        assert (support.nearest > 0.99) == near
