"""How people ask: read strictly, from every language file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.content.knowledge_reader import read_knowledge
from bot.content.phrasing_pieces import read_pieces
from bot.content.phrasings import Phrasing, count_by_locale, phrasing_files, read_phrasings
from bot.core.errors import Problem
from bot.core.knowledge import Knowledge
from tests.content.folders import edit, make_knowledge, told

Reader = Callable[[Path, Knowledge, Path], list[Problem]]


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


def add(path: Path, label: str, text: str) -> None:
    path.write_text(f'{path.parent.name}:\n  {label}:\n    - "{text}"\n', encoding="utf-8")


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


def test_a_language_may_have_several_files_of_phrasings(folder: Path, knowledge: Knowledge) -> None:
    add(folder / "phrasings" / "th.meeting.yaml", "meeting.dates", "งานเริ่มวันที่เท่าไหร่")
    phrasings, problems = read_phrasings(folder, knowledge)
    assert problems == []
    assert Phrasing("th", "meeting.dates", "งานเริ่มวันที่เท่าไหร่") in phrasings
    assert count_by_locale(phrasings)["th"]["meeting.dates"] == 5


def read_at_start(folder: Path, knowledge: Knowledge, _: Path) -> list[Problem]:
    return read_phrasings(folder, knowledge)[1]


def read_by_a_reload(folder: Path, knowledge: Knowledge, cache: Path) -> list[Problem]:
    hashes = {path.relative_to(folder).as_posix(): path.name for path in phrasing_files(folder)}
    return read_pieces(folder, knowledge, hashes, cache)[1]


@pytest.mark.parametrize("read", [read_at_start, read_by_a_reload])
@pytest.mark.parametrize(
    ("other", "label", "told_as"),
    [
        ("phrasings/th.yml", "meeting.venue", "th.yml:3: ` จัดวันไหน?` stands also under `meeting.dates` in phrasings/th.yaml"),
        ("phrasings/th.yml", "meeting.dates", "th.yml:3: ` จัดวันไหน?` stands again in phrasings/th.yaml"),
        ("negatives/th.x.yaml", "far.chitchat", "th.yaml:3: `จัดวันไหน` stands also under `far.chitchat` in negatives/th.x.yaml"),
    ],
)  # fmt: skip
def test_a_phrasing_stands_once_in_all_files_of_its_language(
    folder: Path, knowledge: Knowledge, tmp_path: Path, other: str, label: str, told_as: str, read: Reader
) -> None:
    add(folder / other, label, " จัดวันไหน?")
    add(folder / "phrasings" / "en.x.yaml", "meeting.venue", " จัดวันไหน?")  # another language is another matter
    (line,) = told(read(folder, knowledge, tmp_path))
    assert line == f"{told_as}; keep it once, where it belongs"
