"""How people ask: read strictly, from every language file."""

from pathlib import Path

import pytest

from bot.content.knowledge_reader import read_knowledge
from bot.content.phrasings import Phrasing, count_by_locale, read_phrasings
from bot.core.knowledge import Knowledge
from tests.content.folders import edit, make_knowledge, told


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_knowledge(tmp_path / "knowledge")


@pytest.fixture
def knowledge(folder: Path) -> Knowledge:
    read, problems = read_knowledge(folder)
    assert read is not None, problems
    return read


def test_phrasings_and_negatives_are_read_in_the_order_of_their_files(folder: Path, knowledge: Knowledge) -> None:
    phrasings, problems = read_phrasings(folder, knowledge)
    assert problems == []
    assert phrasings[0] == Phrasing("en", "far.weather", "will it rain")
    assert Phrasing("th", "meeting.dates", "จัดวันไหน") in phrasings
    assert count_by_locale(phrasings)["th"] == {
        "far.weather": 4,
        "meeting.dates": 4,
        "meeting.venue": 4,
        "city.membership": 4,
    }


FAULTS = {
    "twice": ('"เมื่อไหร่"', '"จัดวันไหน"', "th.yaml:4: `จัดวันไหน` stands again; keep it once, where it belongs"),
    "twice but for its form": ('"เมื่อไหร่"', '" จัดวันไหน?!"', "th.yaml:4: ` จัดวันไหน?!` stands again"),
    "under two entries": ('"จัดที่ไหน"', '"จัดวันไหน"', "th.yaml:8: `จัดวันไหน` stands also under `meeting.dates`"),
    "unknown entry": ("meeting.venue:", "meeting.place:", "th.yaml:8: there is no entry or group `meeting.place`"),
    "unquoted": ('"เมื่อไหร่"', "14:30", "th.yaml:4: `14:30` in a phrasing of `meeting.dates` is unquoted"),
    "too long": ('"เมื่อไหร่"', f'"{"เมื่อ" * 90}"', "th.yaml:4: a phrasing of `meeting.dates` is longer than 400"),
    "no list": ('\n    - "จัดวันไหน"', ' "จัดวันไหน"\n  x:', "th.yaml:2: phrasings of `meeting.dates` must be a list"),
    "nothing to read": ('"เมื่อไหร่"', '"❤️"', "th.yaml:4: `❤️` has nothing to read"),
    "unknown slot": (
        "{city} ล่ะ",
        "{town} ล่ะ",
        "th.yaml:16: {town} in `{town} ล่ะ` is not a slot; use one of: city, country",
    ),
}


@pytest.mark.parametrize(("old", "new", "problem"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_with_its_place(folder: Path, knowledge: Knowledge, old: str, new: str, problem: str) -> None:
    edit(folder / "phrasings" / "th.yaml", old, new)
    lines = told(read_phrasings(folder, knowledge)[1])
    assert any(line.startswith(problem) for line in lines), lines


def test_a_file_of_no_language_of_ours_is_a_problem(folder: Path, knowledge: Knowledge) -> None:
    (folder / "phrasings" / "klingon.yml").write_text('phrasings:\n  meeting.dates: ["ghorgh"]\n', encoding="utf-8")
    (line,) = told(read_phrasings(folder, knowledge)[1])
    assert line.startswith("klingon.yml: `klingon` is not one of our languages; use: en, id")


def test_an_unknown_negative_group_is_a_problem(folder: Path, knowledge: Knowledge) -> None:
    edit(folder / "negatives" / "th.yaml", "far.weather", "far.wether")
    assert told(read_phrasings(folder, knowledge)[1]) == [
        "th.yaml:3: there is no entry or group `far.wether`; check the spelling"
    ]
