"""From phrasings to a model: only what changed is computed, and what is shipped is current."""

import logging
from pathlib import Path

import numpy as np
import pytest

from bot.adapters.encoder import NanoEncoder
from bot.content.compiler import (
    NoEncoder,
    add_lexical,
    identification_lines,
    input_digest,
    load_or_compile,
    training_set,
)
from bot.content.gate_model import load_gate
from bot.content.knowledge_reader import read_knowledge
from bot.content.loading import Folders, load_snapshot
from bot.content.model_file import Compiled, Vectors, load_compiled, quantise, save_compiled
from bot.content.phrasings import read_phrasings
from bot.content.training_set import examples
from bot.core import identification
from bot.core.answering import Answering
from bot.core.classifier import Weights
from bot.core.errors import ContentError
from bot.core.knowledge import Knowledge
from bot.core.models import Question
from bot.core.no_store import NoStore
from bot.core.ports import Encoder
from bot.core.text import fold
from tests.conftest import ROOT
from tests.content.encoders import CountingEncoder
from tests.content.folders import edit, make_knowledge
from tests.core.clocks import SimulatedClock


def quietly(_what: str, _done: int, _of: int) -> None:
    pass


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_knowledge(tmp_path / "knowledge")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def knowledge_of(folder: Path) -> Knowledge:
    knowledge, problems = read_knowledge(folder)
    assert knowledge is not None, problems
    return knowledge


def compiled_of(folder: Path, cache: Path, encoder: Encoder | None) -> Compiled:
    knowledge = knowledge_of(folder)
    return load_or_compile(knowledge, lambda: read_phrasings(folder, knowledge)[0], folder, cache, encoder, quietly)


def test_the_shipped_model_was_compiled_from_the_shipped_files(shipped_knowledge: Knowledge) -> None:
    """When this fails, run `make compile` and commit knowledge/compiled."""
    shipped = load_compiled(ROOT / "knowledge" / "compiled" / "model.npz")
    assert shipped is not None
    assert shipped.digest == input_digest(ROOT / "knowledge", shipped_knowledge)


def test_the_shipped_model_belongs_to_the_encoder_that_is_installed(shipped_encoder: NanoEncoder) -> None:
    shipped = load_compiled(ROOT / "knowledge" / "compiled" / "model.npz")
    assert shipped is not None
    assert shipped.model.encoder == shipped_encoder.name


def test_the_shipped_vectors_leave_nothing_to_encode(
    shipped_knowledge: Knowledge, shipped_encoder: NanoEncoder
) -> None:
    """So that an edit of one phrasing does not cost a user the encoding of all."""
    phrasings, problems = read_phrasings(ROOT / "knowledge", shipped_knowledge)
    assert problems == []
    made = examples(shipped_knowledge, phrasings)
    missing = []
    for locale in {example.locale for example in made}:
        vectors = Vectors.load(ROOT / "knowledge" / "compiled" / f"vectors-{locale}.npz", shipped_encoder.name)
        missing += [example.text for example in made if example.locale == locale and example.text not in vectors]
    assert missing == []


def test_an_edit_of_one_phrasing_encodes_only_that_one(folder: Path, cache: Path) -> None:
    compiled_of(folder, cache, CountingEncoder())
    edit(folder / "phrasings" / "th.yaml", '"เมื่อไหร่"', '"ตอนไหนกันแน่"')

    encoder = CountingEncoder()
    compiled_of(folder, cache, encoder)

    assert encoder.asked == [fold("ตอนไหนกันแน่")]


def test_without_an_edit_nothing_is_encoded_and_nothing_learned(folder: Path, cache: Path) -> None:
    first = compiled_of(folder, cache, CountingEncoder())
    encoder = CountingEncoder()
    told: list[str] = []
    knowledge = knowledge_of(folder)

    second = load_or_compile(knowledge, list, folder, cache, encoder, lambda what, *_: told.append(what))

    assert (encoder.asked, told) == ([], [])
    assert second.digest == first.digest


def test_progress_is_shown_while_something_is_computed(folder: Path, cache: Path) -> None:
    told: list[tuple[str, int, int]] = []
    knowledge = knowledge_of(folder)
    load_or_compile(
        knowledge,
        lambda: read_phrasings(folder, knowledge)[0],
        folder,
        cache,
        CountingEncoder(),
        lambda *step: told.append(step),
    )
    assert {what for what, _, _ in told} >= {"reading phrasings", "learning meaning and letters", "learning letters"}
    assert all(done <= of for _, done, of in told)


def test_an_edit_of_an_answer_needs_no_new_model(folder: Path) -> None:
    before = input_digest(folder, knowledge_of(folder))
    edit(folder / "meeting.yaml", "It was held on", "It took place on")
    edit(folder / "names.yaml", "โตเกียว", "กรุงโตเกียว")
    assert input_digest(folder, knowledge_of(folder)) == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("phrasings/th.yaml", "เมื่อไหร่", "ตอนไหน"),
        ("negatives/en.yaml", "will it rain", "will it snow"),
        ("language_samples/th.txt", "สบายดีไหม", "เป็นไงบ้าง"),
        ("meeting.yaml", "When was it?", "When did it happen exactly?"),
        ("cities.yaml", "ภูเก็ต", "เมืองภูเก็ต"),
    ],
)
def test_an_edit_of_what_is_learned_needs_a_new_model(folder: Path, name: str, old: str, new: str) -> None:
    before = input_digest(folder, knowledge_of(folder))
    edit(folder / name, old, new)
    assert input_digest(folder, knowledge_of(folder)) != before


def test_a_model_of_another_encoder_s_vectors_is_not_mixed(folder: Path, cache: Path) -> None:
    compiled_of(folder, cache, CountingEncoder("counting-1"))
    edit(folder / "phrasings" / "th.yaml", '"เมื่อไหร่"', '"ตอนไหน"')
    encoder = CountingEncoder("counting-2")
    assert compiled_of(folder, cache, encoder).model.encoder == "counting-2"
    assert len(encoder.asked) > 20


def test_without_an_encoder_a_model_of_letters_is_made(folder: Path, cache: Path) -> None:
    compiled = compiled_of(folder, cache, None)
    assert compiled.model.encoder == NoEncoder.name
    assert compiled_of(folder, cache, None).digest == compiled.digest


def test_once_there_is_an_encoder_the_model_of_letters_is_replaced(folder: Path, cache: Path) -> None:
    compiled_of(folder, cache, None)
    assert compiled_of(folder, cache, CountingEncoder()).model.encoder == "counting-1"


def test_a_damaged_cache_is_made_anew(folder: Path, cache: Path) -> None:
    compiled_of(folder, cache, CountingEncoder())
    for path in cache.iterdir():
        path.write_bytes(path.read_bytes()[:2000])
    encoder = CountingEncoder()
    assert compiled_of(folder, cache, encoder).model.encoder == "counting-1"
    assert encoder.asked


def test_a_cache_that_cannot_be_written_costs_time_not_the_answer(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        compiled = compiled_of(folder, blocked / "compiled", CountingEncoder())
    assert compiled.model.encoder == "counting-1"
    assert "not kept in" in caplog.text


@pytest.mark.parametrize("name", ["phrasings/id.yaml", "negatives/id.yaml"])
def test_a_phrasings_file_that_cannot_be_read_is_a_problem_not_a_crash(folder: Path, cache: Path, name: str) -> None:
    (folder / name).mkdir()
    with pytest.raises(ContentError, match=r"id\.yaml: cannot be read: Is a directory; check the path"):
        load_snapshot(Folders(folder, folder / "locales", cache), CountingEncoder(), None, quietly)


async def test_what_was_compiled_answers(folder: Path, cache: Path) -> None:
    encoder = CountingEncoder()
    snapshot = load_snapshot(Folders(folder, folder / "locales", cache), encoder, None, quietly)
    answering = Answering(snapshot, store=NoStore(), clock=SimulatedClock(), encoder=encoder)
    asked = {
        "date of the event": "meeting.dates",
        "venue please": "meeting.venue",
        "has phuket joined": "city.membership:phuket",
    }
    found = {}
    for text in asked:
        reply = await answering.ask(Question(text=text, asker="x", conversation=text, platform="test"))
        found[text] = reply.key or next((option.key for option in reply.choices), None)
    assert found == asked


def test_slots_are_filled_with_the_same_names_every_time(folder: Path) -> None:
    knowledge = knowledge_of(folder)
    phrasings, _ = read_phrasings(folder, knowledge)
    made = examples(knowledge, phrasings)
    assert made == examples(knowledge, phrasings)
    texts = [example.text for example in made]
    assert "is phuket in it" in texts
    assert fold("ภูเก็ต ล่ะ") in texts
    assert not [text for text in texts if "{" in text or "city" in text]


def test_variants_of_one_phrasing_stay_together(folder: Path) -> None:
    edit(folder / "phrasings" / "en.yaml", '"which days"', '"đô thị which days"')
    knowledge = knowledge_of(folder)
    made = examples(knowledge, read_phrasings(folder, knowledge)[0])
    origins = {example.origin for example in made if "thi which" in example.text or "thị which" in example.text}
    assert len(origins) == 1


def test_vectors_follow_the_order_of_the_examples(folder: Path, cache: Path) -> None:
    knowledge, encoder = knowledge_of(folder), CountingEncoder()
    training = training_set(knowledge, read_phrasings(folder, knowledge)[0], [cache], encoder, quietly)
    again = encoder.encode([training.examples[5].text])[0]
    assert float(again @ training.meanings[5]) > 0.99
    assert training.labels == ("city.membership", "far.weather", "meeting.dates", "meeting.venue")


def test_languages_are_learned_from_samples_phrasings_and_greetings(folder: Path) -> None:
    edit(folder / "language_samples" / "th.txt", "สบายดีไหม", "sabai dee mai")
    courtesy = {"en": ("Good morning!",), "th": ("ขอบคุณ", "sawasdee krub")}
    lines = identification_lines(folder, read_phrasings(folder, knowledge_of(folder))[0], courtesy)
    assert {"how are you", "which days", "will it rain"} <= set(lines["en"])
    assert {"sabai dee mai", "sawasdee krub"} <= set(lines["th"])
    assert "good morning" in lines["en"]
    assert "ขอบคุณ" not in lines["th"]
    assert lines["km"] == []


def test_vectors_survive_the_file(tmp_path: Path) -> None:
    vectors = Vectors("counting-1", {})
    direction = np.array([0.6, -0.8, 0.0], dtype=np.float32)
    vectors.add("จัดวันไหน", direction)
    vectors.add("forgotten", direction)

    vectors.keep(["จัดวันไหน"]).save(tmp_path / "v.npz")
    loaded = Vectors.load(tmp_path / "v.npz", "counting-1")

    assert "จัดวันไหน" in loaded
    assert "forgotten" not in loaded
    assert loaded.get("จัดวันไหน") == pytest.approx(direction, abs=0.01)
    assert "จัดวันไหน" not in Vectors.load(tmp_path / "v.npz", "counting-2")


def test_a_vector_is_kept_as_a_direction() -> None:
    assert quantise(np.array([0.5, -1.0, 0.25], dtype=np.float32)).tolist() == [64, -127, 32]


def test_a_model_survives_the_file(folder: Path, cache: Path, tmp_path: Path) -> None:
    compiled = compiled_of(folder, cache, CountingEncoder())
    save_compiled(tmp_path / "new" / "model.npz", compiled)
    loaded = load_compiled(tmp_path / "new" / "model.npz")

    assert loaded is not None
    assert loaded.digest == compiled.digest
    assert loaded.model.classes == compiled.model.classes
    assert loaded.model.thresholds == compiled.model.thresholds
    assert loaded.identifier.languages == compiled.identifier.languages
    assert np.allclose(loaded.model.hybrid.matrix, compiled.model.hybrid.matrix, atol=0.01)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["model.npz"]


DAMAGE = {
    "empty": lambda raw: b"",
    "cut short": lambda raw: raw[: len(raw) // 2],
    "text": lambda raw: b"version https://git-lfs.github.com/spec/v1\n",
    "zip of something else": lambda raw: b"PK\x05\x06" + b"\0" * 18,
    "flipped bytes": lambda raw: raw[:300] + bytes(byte ^ 255 for byte in raw[300:2000]) + raw[2000:],
    "pickle": lambda raw: b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x07builtins\x94.",
    "one array": lambda raw: (
        b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }" + b" " * 60 + b"\n\0\0\0\0"
    ),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_counts_as_none(folder: Path, cache: Path, tmp_path: Path, damage: "object") -> None:
    assert callable(damage)
    compiled_of(folder, cache, CountingEncoder())
    for path in list(cache.iterdir()):
        (tmp_path / path.name).write_bytes(damage(path.read_bytes()))

    assert load_compiled(tmp_path / "model.npz") is None
    assert "which days" not in Vectors.load(tmp_path / "vectors-en.npz", "counting-1")


def test_no_file_counts_as_none(tmp_path: Path) -> None:
    assert load_compiled(tmp_path / "model.npz") is None


def test_a_model_of_other_features_counts_as_none(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a version with another number of features compiles anew instead of failing at each question."""
    compiled_of(folder, cache, CountingEncoder())
    monkeypatch.setattr(identification, "DIMENSION", identification.DIMENSION * 2)
    assert load_compiled(cache / "model.npz") is None


def test_letters_have_a_say_of_their_own() -> None:
    """The scores of both views add up, and the share can be taken away again before going on from these weights."""
    dice = np.random.default_rng(3)
    both = Weights(dice.standard_normal((6, 2), dtype=np.float32), np.array([0.1, 0.2], np.float32))
    letters = Weights(dice.standard_normal((4, 2), dtype=np.float32), np.array([0.3, -0.3], np.float32))
    row = dice.standard_normal((1, 6), dtype=np.float32)

    together = add_lexical(both, letters, 0.5)

    assert np.allclose(together.scores(row), both.scores(row) + 0.5 * letters.scores(row[:, 2:]), atol=1e-5)
    assert np.allclose(add_lexical(together, letters, -0.5).matrix, both.matrix, atol=1e-6)


def test_the_shipped_gate_belongs_to_the_shipped_model() -> None:
    """When this fails: python -m bot compile."""
    compiled = load_compiled(ROOT / "knowledge" / "compiled" / "model.npz")
    gate = load_gate(ROOT / "knowledge" / "compiled" / "gate.npz")
    assert compiled is not None
    assert gate is not None
    assert (gate.digest, gate.classes) == (compiled.digest, compiled.model.classes)
