"""What is mended in mistyped questions by the statistics that are shipped, and what never is."""

from pathlib import Path

import numpy as np
import pytest

from bot.content.letters import letter_statistics
from bot.content.model_file import identity, load_compiled, save_compiled
from bot.content.training_set import Example
from bot.core.classifier import Weights
from bot.core.features import DIMENSION
from bot.core.retrieval import Model, Retriever, Slot, Thresholds
from bot.core.spelling import Spelling
from bot.core.subjects import SubjectFinder
from bot.core.text import fold
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    compiled = load_compiled(ROOT / "knowledge" / "compiled" / "model.npz")
    assert compiled is not None
    assert compiled.model.spelling is not None
    return Spelling(compiled.model.spelling)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wehre was the sixth meetng held", "where was the sixth meeting held"),
        ("how mnay cities are in the network", "how many cities are in the network"),
        ("berapa bnayak kota", "berapa banyak kota"),
        ("onde foi a reuniãoo", "onde foi a reunião"),
    ],
)
def test_typing_errors_are_mended(spelling: Spelling, typed: str, meant: str) -> None:
    assert spelling.mend(fold(typed)) == fold(meant)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("chu de cua hoi nghi la gi", "chủ đề của hội nghị là gì"),
        ("ประชุมครังที 6 จัดทีไหน", "ประชุมครั้งที่ 6 จัดที่ไหน"),
        ("ກອງປະຊຸມຄັງທີ 6", "ກອງປະຊຸມຄັ້ງທີ 6"),
        ("கூடடம எஙகே", "கூட்டம் எங்கே"),
    ],
)
def test_dropped_marks_are_put_back(spelling: Spelling, typed: str, meant: str) -> None:
    assert spelling.mend(fold(typed)) == fold(meant)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("howmanycitiesareinthenetwork", "how many cities are in the network"),
        ("ประช ุมจ ัดที่ไห น", "ประชุมจัดที่ไหน"),
        ("អ្ នកណាជាម្ចាស់ ផ្ទះ", "អ្នកណាជាម្ចាស់ផ្ទះ"),
        ("会 议 的 主 题 是 什 么", "会议的主题是什么"),
    ],
)
def test_wrong_spaces_are_mended(spelling: Spelling, typed: str, meant: str) -> None:
    assert spelling.mend(fold(typed)) == fold(meant)


@pytest.mark.parametrize("typed", ["fy2023 budgt", "gsp fy2042", "ครังที 16", "ការប្រជុំលើកទី៧", "ပွဲ ၂၀၂၅"])
def test_digits_are_never_touched(spelling: Spelling, typed: str) -> None:
    digits = [letter for letter in fold(typed) if letter.isdigit()]
    assert [letter for letter in spelling.mend(fold(typed)) if letter.isdigit()] == digits


@pytest.mark.parametrize(
    "typed", ["", "안녕하세요 오늘 날씨 어때요", "что такое умный город", "6", "is semarang a member"]
)
def test_what_is_not_ours_stays_as_it_is(spelling: Spelling, typed: str) -> None:
    assert spelling.mend(typed) == typed


def test_a_small_error_in_a_long_question_is_borne(spelling: Spelling) -> None:
    asked = fold("could you tell me which ministries from japan were in the room during the sixth meetng in tokyo")
    assert spelling.mend(asked) == asked


def test_pasted_text_is_not_searched_for_errors(spelling: Spelling) -> None:
    pasted = "meetng " * 100
    assert spelling.mend(pasted) == pasted


def test_copies_without_diacritics_teach_nothing() -> None:
    marked = [Example("vi", "meeting.theme", text, 0) for text in ("chủ đề là gì", "chu de la gi", "ai to chuc")]
    assert "u" not in letter_statistics(marked).followers[""]


def test_gibberish_teaches_nothing() -> None:
    found = letter_statistics([Example("th", "far.gibberish", "ฟหกด", 0), Example("th", "meeting.dates", "วันไหน", 1)])
    assert "ฟ" not in found.followers[""]


def test_what_mends_survives_being_saved(tmp_path: Path) -> None:
    compiled = load_compiled(ROOT / "knowledge" / "compiled" / "model.npz")
    assert compiled is not None
    save_compiled(tmp_path / "model.npz", compiled)
    again = load_compiled(tmp_path / "model.npz")
    assert again is not None
    assert again.model.spelling is not None
    assert Spelling(again.model.spelling).mend("ประช ุมจ ัดที่ไห น") == "ประชุมจัดที่ไหน"
    assert identity(again) == identity(compiled)
    assert again.model.neighbours is not None
    assert again.model.evidence == compiled.model.evidence


@pytest.mark.parametrize(
    ("name", "key"),
    [("บาตังงัส", "cities.list"), ("ภูเก็ต", "city.membership:phuket")],
    ids=["a city we do not know", "one we do"],
)
def test_a_name_is_never_mended_into_one_that_we_know(name: str, key: str) -> None:
    statistics = letter_statistics([Example("th", "city.membership", "เมืองภูเก็ตเป็นสมาชิกไหม", 0)] * 2)
    finder = SubjectFinder({"phuket": ["ภูเก็ต"]})
    slot = Slot(finder, fallback="cities.list", instead={})
    zero = Weights(np.zeros((DIMENSION, 1), np.float32), np.zeros(1, np.float32))
    limits = Thresholds(0.6, 0.3, 0.5)
    model = Model(
        classes=("city.membership",),
        hybrid=zero,
        lexical=zero,
        centre=np.zeros(1, np.float32),
        idf=np.ones(1 << 16, np.float32),
        sharpness=(1.0, 1.0),
        thresholds=(limits, limits),
        encoder="none",
        spelling=statistics,
    )
    ranked = Retriever(model, {}, {"city.membership": slot}).rank(f"เมือง{name}เปนสมาชกไหม", None)
    assert ranked.candidates[0].key == key
