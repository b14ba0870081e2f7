"""What `python -m bot test` prints, on a tiny knowledge base."""

import json
from pathlib import Path

import numpy as np
import pytest

from bot.content.compiler import TrainingSet, compile_model
from bot.content.crossvalidation import (
    PARTS,
    Held,
    Verdict,
    ask_all,
    choose_thresholds,
    compare,
    confusion_lines,
    hold_out,
    honest_sharpness,
    judge,
    load_training,
    report,
    table_lines,
    tabulate,
)
from bot.content.loading import Folders
from bot.core.knowledge import Knowledge
from bot.core.retrieval import Model, Thresholds
from tests.content.encoders import CountingEncoder
from tests.content.folders import make_knowledge


def quietly(_what: str, _done: int, _of: int) -> None:
    pass


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(make_knowledge(tmp_path / "knowledge"), tmp_path / "locales", tmp_path / "cache")


@pytest.fixture
def trained(folders: Folders) -> tuple[Knowledge, TrainingSet, Model]:
    encoder = CountingEncoder()
    knowledge, phrasings, training = load_training(folders, encoder, quietly)
    model = compile_model(knowledge, phrasings, folders.knowledge, folders.cache, encoder, quietly, None).model
    return knowledge, training, model


def test_every_example_is_asked_without_its_own_phrasing(trained: tuple[Knowledge, TrainingSet, Model]) -> None:
    _, training, _ = trained
    steps: list[int] = []
    for held in hold_out(training, lambda _what, done, _of: steps.append(done), PARTS):
        assert held.scores.shape == (len(training.examples), len(training.labels))
        assert np.abs(held.scores).sum(axis=1).min() > 0
    assert steps == [1, 2, 3, 4, 5]


def perfect(training: TrainingSet, size: float = 9.0) -> Held:
    scores = np.zeros((len(training.examples), len(training.labels)), dtype=np.float32)
    scores[np.arange(len(scores)), training.classes] = size
    return Held(training, np.arange(len(scores)), scores)


def test_perfect_scores_are_right_and_kept(trained: tuple[Knowledge, TrainingSet, Model]) -> None:
    knowledge, training, model = trained
    found = judge(ask_all(perfect(training), model, knowledge, 1.0), knowledge, Thresholds(0.6, 0.15, 0.5))
    table = tabulate(found)
    assert list(table) == ["ALL", "en", "th"]
    assert all((row["right"], row["wrong"], row["far_fa"]) == (100.0, 0.0, 0.0) for row in table.values())
    assert len(found) == len({example.origin for example in training.examples})


def test_scores_of_no_difference_answer_nothing(trained: tuple[Knowledge, TrainingSet, Model]) -> None:
    knowledge, training, model = trained
    found = judge(ask_all(perfect(training, 0.0), model, knowledge, 1.0), knowledge, Thresholds(0.6, 0.15, 0.5))
    assert {verdict.verdict for verdict in found} <= {"offered", "missed", "kept"}


def test_overconfident_scores_are_made_honest(trained: tuple[Knowledge, TrainingSet, Model]) -> None:
    _, training, _ = trained
    sure = perfect(training, 1.0)
    wrong = perfect(training, 3.0)
    half = np.arange(len(wrong.scores)) % 2 == 0
    wrong.scores[half] = np.roll(wrong.scores[half], 1, axis=1)
    assert honest_sharpness(sure) == pytest.approx(2.0)
    assert honest_sharpness(wrong) == pytest.approx(0.5)


def test_perfect_scores_need_the_lowest_threshold(trained: tuple[Knowledge, TrainingSet, Model]) -> None:
    knowledge, training, model = trained
    assert choose_thresholds(ask_all(perfect(training), model, knowledge, 1.0), knowledge).answer == pytest.approx(0.3)


def test_confusions_are_listed_with_the_most_frequent_first() -> None:
    found = [
        Verdict("th", "meeting.dates", "wrong", "meeting.venue"),
        Verdict("ja", "meeting.dates", "wrong", "meeting.venue"),
        Verdict("id", "far.weather", "far_fa", "meeting.dates"),
        Verdict("en", "meeting.dates", "right", "meeting.dates"),
    ]
    assert confusion_lines(found, 5) == [
        "   2 meeting.dates -> meeting.venue (th 1, ja 1)",
        "   1 far.weather -> meeting.dates (id 1)",
    ]
    assert len(confusion_lines(found, 1)) == 1


ROW = {"right": 80.0, "offered": 10.0, "wrong": 3.0, "missed": 7.0, "near_fa": 0.0, "far_fa": 0.0}


@pytest.mark.parametrize(
    ("now", "lines"),
    [
        ({"th": ROW}, []),
        ({"th": {**ROW, "right": 78.5}}, []),
        ({"th": {**ROW, "right": 70.0}}, ["th: right fell from 80.0 to 70.0"]),
        ({"th": {**ROW, "wrong": 9.0}}, ["th: wrong rose from 3.0 to 9.0"]),
        ({"ja": ROW}, ["th: has no phrasings any more"]),
        ({"th": {**ROW, "right": 90.0}, "ja": ROW}, []),
    ],
    ids=["same", "within the tolerance", "right fell", "wrong rose", "language gone", "better"],
)
def test_a_language_that_got_worse_is_named(now: dict[str, dict[str, float]], lines: list[str]) -> None:
    assert compare(now, {"th": ROW}) == lines


def test_the_table_is_aligned() -> None:
    assert [len(line) for line in table_lines({"ALL": ROW, "th": ROW})] == [60, 60, 60]


def test_the_report_fails_against_a_better_baseline(
    folders: Folders, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "baseline.json"
    assert report(folders, CountingEncoder(), quietly, None, written, 3) == 0
    table = json.loads(written.read_text(encoding="utf-8"))
    assert set(table) == {"ALL", "en", "th"}
    assert report(folders, CountingEncoder(), quietly, written, None, 3) == 0

    written.write_text(json.dumps({"km": ROW}), encoding="utf-8")
    assert report(folders, CountingEncoder(), quietly, written, None, 3) == 1
    assert "km: has no phrasings any more" in capsys.readouterr().out
