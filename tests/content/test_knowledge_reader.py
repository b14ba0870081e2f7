"""Every fault of a knowledge base is told at once, with its place and what to do."""

from pathlib import Path

import pytest

from bot.content.catalog_files import read_catalogs
from bot.content.knowledge_reader import knowledge_version, read_knowledge
from bot.content.loading import Folders, check_content
from bot.content.phrasings import read_phrasings
from bot.core.facts import Names
from tests.conftest import ROOT
from tests.content.folders import edit, make_knowledge, told


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    return make_knowledge(tmp_path / "knowledge")


def test_the_shipped_knowledge_base_has_no_problem() -> None:
    knowledge, problems = read_knowledge(ROOT / "knowledge")
    assert problems == []
    assert knowledge is not None
    assert read_phrasings(ROOT / "knowledge", knowledge)[1] == []
    assert read_catalogs(ROOT / "locales", knowledge)[1] == []


def test_the_small_knowledge_base_has_no_problem(knowledge: Path) -> None:
    read, problems = read_knowledge(knowledge)
    assert told(problems) == []
    assert read is not None
    assert list(read.entries) == ["meeting.dates", "meeting.venue", "city.membership"]
    assert read.entries["meeting.venue"].facts == {"city": Names(("tokyo",))}
    assert read.names["phuket"] == {"en": "Phuket", "th": "ภูเก็ต"}
    assert read.exists("city.membership:phuket")
    assert not read.exists("city.membership")


FAULTS = {
    "unknown key": ("meeting", "    as_of: ", "    asof: ", "meeting.yaml:11: `asof` is not known in an entry"),
    "missing key": (
        "meeting",
        '    as_of: "2024-10-31"\n',
        "",
        "meeting.yaml:4: an entry has no `as_of`; add `as_of:`",
    ),
    "repeated id": (
        "meeting",
        "id: meeting.venue",
        "id: meeting.dates",
        "meeting.yaml:14: the entry `meeting.dates` exists already; give it another id",
    ),
    "id of a strange form": (
        "meeting",
        "id: meeting.venue",
        'id: "Meeting Venue"',
        "meeting.yaml:14: `Meeting Venue` cannot be an id",
    ),
    "no source": ("meeting", "sources: [meti]", "sources: []", "meeting.yaml:10: entry `meeting.dates` has no source"),
    "missing sources": ("meeting", "    sources: [meti]\n", "", "meeting.yaml:4: an entry has no `sources`"),
    "dangling source": (
        "meeting",
        "sources: [meti]",
        "sources: [metti]",
        "meeting.yaml:10: there is no source `metti`; did you mean `meti`?",
    ),
    "dangling related": (
        "meeting",
        "related: [meeting.venue]",
        "related: [meeting.venues]",
        "meeting.yaml:13: there is no entry `meeting.venues`; did you mean `meeting.venue`?",
    ),
    "dangling name": ("meeting", 'place: "tokyo"', 'place: "osaka"', "meeting.yaml:18: there is no name `osaka`"),
    "dangling fallback": (
        "meeting",
        "fallback: meeting.venue",
        "fallback: nowhere",
        "meeting.yaml:31: there is no entry without a slot `nowhere`",
    ),
    "fallback that needs a subject itself": (
        "meeting",
        "fallback: meeting.venue",
        "fallback: city.membership",
        "meeting.yaml:31: there is no entry without a slot `city.membership`",
    ),
    "slot without fallback": (
        "meeting",
        "    fallback: meeting.venue\n",
        "",
        "meeting.yaml:23: entry `city.membership` needs both",
    ),
    "unknown slot": ("meeting", "slot: city", "slot: planet", "meeting.yaml:30: `planet` is not a slot"),
    "kind of change": (
        "meeting",
        "    related: [meeting.venue]\n",
        '    related: [meeting.venue]\n    changed: {at: "2026-11-23", kind: typo}\n',
        "meeting.yaml:14: `typo` is not a kind of change (entry `meeting.dates`); use one of: substance, wording",
    ),
    "day of a change": (
        "meeting",
        "    related: [meeting.venue]\n",
        '    related: [meeting.venue]\n    changed: {at: "23/11/2026", kind: wording}\n',
        "meeting.yaml:14: `23/11/2026` in changed of entry `meeting.dates` is not a date",
    ),
    "placeholder without a fact": (
        "meeting",
        "on {period}.",
        "on {when}.",
        "meeting.yaml:6: {when} in entry `meeting.dates` has no fact",
    ),
    "unused fact": (
        "meeting",
        "on {period}.",
        "in autumn.",
        "meeting.yaml:8: the fact `period` of entry `meeting.dates` is not used",
    ),
    "typed figure": ("meeting", "It was held on", "All 250 met on", "meeting.yaml:6: `250` is typed into the answer"),
    "typed thai figure": (
        "meeting",
        "It was held on",
        "All ๒๕๐ met on",
        "meeting.yaml:6: `๒๕๐` is typed into the answer",
    ),
    "long answer": (
        "meeting",
        "It was held on",
        "It was held " + "and held " * 80 + "on",
        "meeting.yaml:6: the answer of entry `meeting.dates` is longer",
    ),
    "impossible date": (
        "meeting",
        '"2024-10-31"',
        '"2024-10-32"',
        "meeting.yaml:11: `2024-10-32` in as_of of entry `meeting.dates` is not a date",
    ),
    "unquoted date": (
        "meeting",
        '"2024-10-31"',
        "2024-10-31",
        "meeting.yaml:11: `2024-10-31` in as_of of entry `meeting.dates` is unquoted",
    ),
    "confidence": (
        "meeting",
        "confidence: primary",
        "confidence: certain",
        "meeting.yaml:12: `certain` is not a confidence",
    ),
    "validity ends first": (
        "meeting",
        "    confidence: primary",
        '    valid_from: "2025"\n    valid_until: "2024-12"\n    confidence: primary',
        "meeting.yaml:13: entry `meeting.dates` ends before it starts",
    ),
    "list that is no list": (
        "meeting",
        "answers: [meeting.dates]",
        "answers: meeting.dates",
        "meeting.yaml:9: answers of entry `meeting.dates` must be a list",
    ),
    "entries that are no list": (
        "meeting",
        "entries:",
        "entries: none\nother:",
        "meeting.yaml:3: entries must be a list",
    ),
    "two types of a fact": (
        "meeting",
        '{place: "tokyo"}',
        '{place: "tokyo", date: "2024"}',
        "meeting.yaml:18: fact `city` of entry `meeting.venue` must have exactly one type",
    ),
    "fact with a strange name": (
        "meeting",
        "      city: {place",
        "      City: {place",
        "meeting.yaml:18: `City` in entry `meeting.venue` cannot be a placeholder",
    ),
    "source without address": (
        "sources",
        '    url: "https://www.meti.go.jp/x.html"\n',
        "",
        "sources.yaml:2: a source has no `url`",
    ),
    "address that is none": (
        "sources",
        "https://www",
        "www",
        "sources.yaml:5: `www.meti.go.jp/x.html` is not a web address",
    ),
    "name without english": ("names", 'en: "Tokyo", ', "", "names.yaml:2: the name `tokyo` has no English form"),
    "name in a language not ours": (
        "names",
        "ja:",
        "de:",
        "names.yaml:2: `de` in name `tokyo` is not one of our languages",
    ),
    "no as a language": ("names", "ja:", "no:", "names.yaml:2: `no` in name `tokyo` is not one of our languages"),
    "country that is none": ("cities", 'country: "TH"', 'country: "TX"', "cities.yaml:6: `TX` is not a territory"),
    "unquoted Norway": (
        "cities",
        'country: "TH"',
        "country: NO",
        "cities.yaml:6: `NO` in country of city `phuket` is unquoted",
    ),
    "countries with a strange code": ("cities", "  TH: [", "  Thai: [", "cities.yaml:2: `Thai` is not a territory"),
    "year that is none": ("cities", '"2018"', '"18"', "cities.yaml:7: `18` in joined of city `phuket` is not a date"),
    "unquoted year": ("cities", '"2018"', "2018", "cities.yaml:7: `2018` in joined of city `phuket` is unquoted"),
    "repeated key": (
        "cities",
        '    country: "TH"\n',
        '    country: "TH"\n    country: "LA"\n',
        "cities.yaml:7: `country` stands twice in a city",
    ),
}


@pytest.mark.parametrize(("name", "old", "new", "problem"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_with_its_place_and_a_remedy(
    knowledge: Path, name: str, old: str, new: str, problem: str
) -> None:
    edit(knowledge / f"{name}.yaml", old, new)
    read, problems = read_knowledge(knowledge)
    assert read is None
    assert any(line.startswith(problem) for line in told(problems)), told(problems)
    assert all(found.remedy for found in problems)


def test_all_faults_of_all_files_are_told_at_once(knowledge: Path, tmp_path: Path) -> None:
    edit(knowledge / "meeting.yaml", "sources: [meti]", "sources: [metti]")
    edit(knowledge / "names.yaml", 'en: "Tokyo", ', "")
    edit(knowledge / "cities.yaml", '"2018"', "2018")
    edit(knowledge / "phrasings" / "th.yaml", '"จัดที่ไหน"', '"จัดวันไหน"')
    (knowledge / "folder.yaml").mkdir()
    (knowledge / "loop.yaml").symlink_to("loop.yaml")
    (knowledge / "wrong.yaml").write_bytes("title: 会合\n".encode("shift-jis"))

    lines = told(check_content(Folders(knowledge, tmp_path / "locales", tmp_path / "cache")))

    assert [line.partition(": ")[0] for line in lines] == [
        "cities.yaml:7",
        "folder.yaml",
        "loop.yaml",
        "meeting.yaml:10",
        "names.yaml:2",
        "th.yaml:8",
        "wrong.yaml:1",
    ]


def test_a_summary_may_only_name_what_needs_no_subject(knowledge: Path) -> None:
    (knowledge / "summary.yaml").write_text(
        "summaries:\n  meeting:\n    line: [meeting.dates]\n    paragraph: [city.membership]\n"
        "    page:\n      facts: [meeting.venue]\n      dessert: []\n  dinner:\n    line: []\n    paragraph: []\n    page: {}\n",
        encoding="utf-8",
    )
    assert [line.partition(";")[0] for line in told(read_knowledge(knowledge)[1])] == [
        "summary.yaml:4: there is no entry without a slot `city.membership`",
        "summary.yaml:7: `dessert` is not a section",
        "summary.yaml:9: there is no topic `dinner`",
    ]


@pytest.mark.parametrize("name", ["empty", "gone"])
def test_a_folder_without_knowledge_says_which_setting_to_change(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    read, problems = read_knowledge(tmp_path / name)
    assert read is None
    assert [problem.remedy for problem in problems] == ["set BOT_KNOWLEDGE_DIR to the knowledge folder"]


def test_any_edit_changes_the_version(knowledge: Path) -> None:
    before = knowledge_version(knowledge)
    edit(knowledge / "names.yaml", "โตเกียว", "กรุงโตเกียว")
    assert knowledge_version(knowledge) != before
    assert len(before) == 12


def test_pieces_of_courtesy_are_read_in_every_language(knowledge: Path) -> None:
    (knowledge / "courtesy.yaml").write_text('courtesy:\n  th: ["ขอบคุณ"]\n  km: ["អរគុណ", "សួស្តី"]\n', encoding="utf-8")
    read, problems = read_knowledge(knowledge)
    assert read is not None, problems
    assert read.courtesy == {"th": ("ขอบคุณ",), "km": ("អរគុណ", "សួស្តី")}


def test_courtesy_that_says_nothing_or_has_no_language_of_ours_is_a_fault(knowledge: Path) -> None:
    (knowledge / "courtesy.yaml").write_text('courtesy:\n  de: ["Danke"]\n  my:\n    - "!?"\n', encoding="utf-8")
    assert [line.partition(";")[0] for line in told(read_knowledge(knowledge)[1])] == [
        "courtesy.yaml:2: `de` is not one of our languages",
        "courtesy.yaml:4: `!?` has nothing to read",
    ]
