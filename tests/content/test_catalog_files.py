"""Catalogs on disk: what an update keeps, what is shown, and what a faulty file does."""

import io
import time
from pathlib import Path

import pytest
from babel.messages.pofile import read_po as babel_read_po

from bot.content.catalog_files import (
    KNOWLEDGE,
    UI,
    catalog_path,
    extract,
    init,
    plural_forms,
    print_report,
    read_catalogs,
    report,
    update,
)
from bot.content.extraction import interface_english, interface_template, knowledge_english, knowledge_template
from bot.content.knowledge_reader import read_knowledge
from bot.content.po_file import MAX_BYTES, MAX_FAULTS, format_po, parse_po, read_po
from bot.core import messages
from bot.core.locales import LANGUAGES
from bot.core.models import Review
from tests.content.catalog_samples import (
    CODE,
    ENGLISH_ANSWER,
    line_of,
    start_language,
    translate,
    translate_interface,
    write_knowledge,
)

THAI_ANSWER = "การประชุมครั้งที่ {edition} จัดขึ้นที่ {city} เมื่อวันที่ {period} ตามรายงานสองฉบับ"
TAMIL_ANSWER = "இரண்டு அறிக்கைகளின்படி, {edition}வது கூட்டம் {city} நகரில் {period} அன்று நடைபெற்றது."
REPOSITORY = CODE.parent


# Extraction


def test_code_as_loaded_and_code_as_extracted_say_the_same() -> None:
    """A message defined anywhere else than in bot/core would be extracted, but never asked for."""
    extracted = {message.context: message.english for message in interface_template(CODE)}

    assert extracted == interface_english()


def test_knowledge_as_loaded_and_as_extracted_is_the_same() -> None:
    knowledge, _ = read_knowledge(REPOSITORY / "knowledge")
    assert knowledge is not None

    extracted = {message.context: message.english for message in knowledge_template(REPOSITORY / "knowledge")}

    assert extracted == knowledge_english(knowledge)


def test_translators_see_what_each_placeholder_stands_for(tmp_path: Path) -> None:
    write_knowledge(tmp_path)

    answer = knowledge_template(tmp_path / "knowledge")[2]

    assert answer.context == "meeting.dates|answer"
    assert answer.references == ("knowledge/meeting.yaml:7",)
    assert answer.notes[1:] == (
        "{city}: one or more names, for example Tokyo",
        "{period}: range of days, for example 29–30 October 2024",
    )
    assert "python-brace-format" in answer.flags


def test_translators_comments_of_the_code_are_kept() -> None:
    notes = {message.context: message.notes for message in interface_template(CODE)}

    assert notes["answer.source"] == (
        "Translators: the line under every answer. {sources} is a list of publishers with dates.",
    )


# Update


def test_changed_english_makes_a_translation_fuzzy_and_keeps_it(tmp_path: Path) -> None:
    """Even a wholly rewritten answer: it is found by its context, not by likeness."""
    write_knowledge(tmp_path)
    start_language(tmp_path, "th")
    translate(tmp_path, "th", {"meeting.dates|answer": THAI_ANSWER})
    knowledge = write_knowledge(tmp_path, "Nobody recorded where in {city} it took place, {period}, edition {edition}.")

    start_language(tmp_path, "th")

    answer = read_po(catalog_path(tmp_path / "locales", "th", KNOWLEDGE)).messages[2]
    assert (answer.texts, answer.fuzzy, answer.previous) == ((THAI_ANSWER,), True, (ENGLISH_ANSWER,))
    catalogs, _ = read_catalogs(tmp_path / "locales", knowledge)
    assert catalogs.text("th", "meeting.dates|answer", "Nobody ...").review is Review.OUTDATED


def test_changed_english_is_outdated_before_any_update_too(tmp_path: Path) -> None:
    write_knowledge(tmp_path)
    start_language(tmp_path, "th")
    translate(tmp_path, "th", {"meeting.dates|answer": THAI_ANSWER})
    changed = write_knowledge(tmp_path, "In {city}, on {period}, the {edition} meeting was held.")

    catalogs, _ = read_catalogs(tmp_path / "locales", changed)

    assert catalogs.text("th", "meeting.dates|answer", "In ...").review is Review.OUTDATED


def test_english_changed_back_makes_the_translation_current_again(tmp_path: Path) -> None:
    write_knowledge(tmp_path)
    start_language(tmp_path, "ta")
    translate(tmp_path, "ta", {"meeting.dates|answer": TAMIL_ANSWER})
    for answer in ("{city}, {period}: the {edition} meeting.", "{period}, {city}: {edition}.", ENGLISH_ANSWER):
        write_knowledge(tmp_path, answer)
        start_language(tmp_path, "ta")

    message = read_po(catalog_path(tmp_path / "locales", "ta", KNOWLEDGE)).messages[2]

    assert (message.texts, message.fuzzy, message.previous) == ((TAMIL_ANSWER,), False, ())


def test_a_review_does_not_outlive_its_english(tmp_path: Path) -> None:
    write_knowledge(tmp_path)
    start_language(tmp_path, "th")
    translate(tmp_path, "th", {"meeting.dates|answer": THAI_ANSWER})
    _review(catalog_path(tmp_path / "locales", "th", KNOWLEDGE))
    write_knowledge(tmp_path, "On {period} the {edition} meeting was held in {city}.")

    start_language(tmp_path, "th")

    answer = read_po(catalog_path(tmp_path / "locales", "th", KNOWLEDGE)).messages[2]
    assert answer.comments == ("previously reviewed: 2026-11-23 สมชาย ใจดี",)


def test_an_entry_that_goes_and_comes_back_keeps_its_translation(tmp_path: Path) -> None:
    write_knowledge(tmp_path)
    start_language(tmp_path, "th")
    before = translate(tmp_path, "th", {"meeting.dates|answer": THAI_ANSWER})
    topic = tmp_path / "knowledge" / "meeting.yaml"
    whole = topic.read_text(encoding="utf-8")
    topic.write_text(whole.replace("meeting.dates\n", "meeting.days\n"), encoding="utf-8")
    start_language(tmp_path, "th")
    gone = read_po(catalog_path(tmp_path / "locales", "th", KNOWLEDGE))
    topic.write_text(whole, encoding="utf-8")

    start_language(tmp_path, "th")

    assert [message.context for message in gone.messages if message.obsolete] == ["meeting.dates|answer"]
    assert read_po(catalog_path(tmp_path / "locales", "th", KNOWLEDGE)).messages == before.messages


def test_an_update_without_changes_leaves_every_byte(tmp_path: Path) -> None:
    write_knowledge(tmp_path)
    start_language(tmp_path, "my")
    translate_interface(tmp_path, "my")
    before = {path: path.read_bytes() for path in (tmp_path / "locales").rglob("*.po*")}

    start_language(tmp_path, "my")

    assert {path: path.read_bytes() for path in (tmp_path / "locales").rglob("*.po*")} == before


def test_a_faulty_catalog_is_never_overwritten(tmp_path: Path) -> None:
    """What a translator typed between two conflict markers must survive the next update."""
    write_knowledge(tmp_path)
    start_language(tmp_path, "km")
    path = catalog_path(tmp_path / "locales", "km", KNOWLEDGE)
    path.write_text(path.read_text(encoding="utf-8") + "<<<<<<< HEAD\n", encoding="utf-8")
    before = path.read_bytes()

    problems = update(tmp_path / "locales", ["km"], print)

    assert [problem.line for problem in problems] == [line_of(path, "<<<<")]
    assert path.read_bytes() == before


def test_the_shipped_catalogs_are_up_to_date(tmp_path: Path) -> None:
    """`catalogs extract` and `catalogs update` were run after the last change of an English text."""
    knowledge, _ = read_knowledge(REPOSITORY / "knowledge")
    assert knowledge is not None
    english = {UI: interface_english(), KNOWLEDGE: knowledge_english(knowledge)}

    stale = [
        str(path)
        for path in (REPOSITORY / "locales").rglob("*.po*")
        for po in [read_po(path)]
        if {m.context: m.english for m in po.messages if not m.obsolete} != english[path.stem]
    ]

    assert stale == []


# New languages


def test_an_unknown_language_is_not_started(tmp_path: Path) -> None:
    assert "use one of: id, ms" in str(init(tmp_path, "en", print)[0])
    assert "use one of: id, ms" in str(update(tmp_path, ["ja", "xx"], print)[0])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("locale", "count"), [("ja", 1), ("id", 1), ("ms", 1), ("my", 1), ("ta", 2), ("fil", 2)])
def test_plural_forms_follow_the_language(locale: str, count: int) -> None:
    assert plural_forms(locale).startswith(f"nplurals={count};")


def test_the_report_has_a_row_for_every_language_and_domain(tmp_path: Path) -> None:
    knowledge = write_knowledge(tmp_path)
    start_language(tmp_path, "th")
    translate(tmp_path, "th", {"meeting.dates|answer": THAI_ANSWER, "meeting|topic": "การประชุมที่โตเกียว"})
    _review(catalog_path(tmp_path / "locales", "th", KNOWLEDGE))
    lines: list[str] = []

    rows = report(tmp_path / "locales", knowledge)
    print_report(rows, lines.append)

    thai = next(row for row in rows if (row.locale, row.domain) == ("th", KNOWLEDGE))
    assert (thai.translated, thai.reviewed, thai.outdated, thai.missing) == (2, 1, 0, 1)
    assert len(lines) == 1 + 2 * (len(LANGUAGES) - 1)


# What is shown


def test_a_complete_interface_is_shipped(tmp_path: Path) -> None:
    knowledge = write_knowledge(tmp_path)
    start_language(tmp_path, "ta")
    translate_interface(tmp_path, "ta")

    catalogs, problems = read_catalogs(tmp_path / "locales", knowledge)

    assert problems == []
    assert catalogs.shipped == {"en", "ta"}
    assert catalogs.say("ta", messages.AS_OF, date="2024") == "‹Information as of 2024›"
    assert catalogs.say_count("ta", messages.COOLDOWN, 3) == "‹Please wait 3 seconds before you ask again.›"


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ('msgstr "‹Yes›"', 'msgstr ""', "1 texts of the interface have no current translation: feedback.yes"),
        ('msgctxt "feedback.yes"', '#, fuzzy\nmsgctxt "feedback.yes"', "1 texts of the interface have no current"),
        ('msgid "Yes"', 'msgid "Yes, it did"', "1 texts of the interface have no current translation: feedback.yes"),
        ('msgstr "‹Information as of {date}›"', 'msgstr "‹{datum}›"', "lacks {date} and has {datum} too much"),
        ('msgstr[0] "‹Please wait', 'msgstr[0] "…"\nmsgstr[2] "‹Please wait', "needs the lines msgstr[0], msgstr[1]"),
        ("nplurals=2; plural=(n != 1);", "nplurals=2; plural=n*7;", "is no plural rule"),
        ("nplurals=2; plural=(n != 1);", "nplurals=2; plural=__import__('os');", "is no plural rule"),
        ("nplurals=2; plural=(n != 1);", "nplurals=1; plural=0;", "must have 1 plural forms"),
    ],
    ids=["untranslated", "fuzzy", "older-english", "placeholder", "forms", "rule", "no-rule", "count"],
)
def test_an_interface_with_a_gap_is_not_shipped(tmp_path: Path, old: str, new: str, finding: str) -> None:
    """Half a conversation in English is worse than a whole one."""
    knowledge = write_knowledge(tmp_path)
    start_language(tmp_path, "ta")
    path = translate_interface(tmp_path, "ta")
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    catalogs, problems = read_catalogs(tmp_path / "locales", knowledge)

    assert catalogs.shipped == {"en"}
    assert finding in " ".join(map(str, problems))
    assert all(problem.path == str(path) and problem.line > 0 for problem in problems)


def test_a_translation_is_unreviewed_until_somebody_signs_it(tmp_path: Path) -> None:
    knowledge = write_knowledge(tmp_path)
    start_language(tmp_path, "th")
    translate(tmp_path, "th", {"meeting.dates|answer": THAI_ANSWER})
    before, _ = read_catalogs(tmp_path / "locales", knowledge)

    _review(catalog_path(tmp_path / "locales", "th", KNOWLEDGE))

    after, _ = read_catalogs(tmp_path / "locales", knowledge)
    reviews = [catalogs.text("th", "meeting.dates|answer", ENGLISH_ANSWER).review for catalogs in (before, after)]
    assert reviews == [Review.UNREVIEWED, Review.REVIEWED]


def test_what_is_not_translated_is_missing_not_outdated(tmp_path: Path) -> None:
    knowledge = write_knowledge(tmp_path)
    start_language(tmp_path, "lo")

    catalogs, problems = read_catalogs(tmp_path / "locales", knowledge)

    assert catalogs.text("lo", "meeting.dates|answer", ENGLISH_ANSWER).review is Review.MISSING
    assert [problem.path for problem in problems] == [str(catalog_path(tmp_path / "locales", "lo", UI))]


def test_an_answer_that_lost_a_fact_is_not_shown(tmp_path: Path) -> None:
    knowledge = write_knowledge(tmp_path)
    start_language(tmp_path, "th")
    translate(tmp_path, "th", {"meeting.dates|answer": THAI_ANSWER.replace("{period}", "วันอังคาร")})
    path = catalog_path(tmp_path / "locales", "th", KNOWLEDGE)

    catalogs, problems = read_catalogs(tmp_path / "locales", knowledge)

    assert catalogs.text("th", "meeting.dates|answer", ENGLISH_ANSWER).locale == "en"
    found = [problem.what for problem in problems if problem.line == line_of(path, "วันอังคาร")]
    assert found == ["`meeting.dates|answer` lacks {period}"]


# Files that are not as they should be


def test_a_fault_costs_one_message_not_the_catalog(tmp_path: Path) -> None:
    knowledge = write_knowledge(tmp_path)
    start_language(tmp_path, "my")
    translate(tmp_path, "my", {"meeting.dates|question": "ဆဋ္ဌမအစည်းအဝေး ဘယ်တုန်းက", "meeting|topic": "တိုကျိုအစည်းအဝေး"})
    path = catalog_path(tmp_path / "locales", "my", KNOWLEDGE)
    path.write_text(path.read_text(encoding="utf-8").replace('ဘယ်တုန်းက"', "ဘယ်တုန်းက"), encoding="utf-8")

    catalogs, problems = read_catalogs(tmp_path / "locales", knowledge)

    assert problems[0].line == line_of(path, "ဘယ်တုန်းက")
    assert catalogs.text("my", "meeting.dates|question", "When ...?").review is Review.MISSING
    assert catalogs.text("my", "meeting|topic", "The meeting in Tokyo").words == "တိုကျိုအစည်းအဝေး"


def test_a_context_that_stands_twice_is_named_with_both_lines(tmp_path: Path) -> None:
    knowledge = write_knowledge(tmp_path)
    start_language(tmp_path, "ja")
    translate(tmp_path, "ja", {"meeting|topic": "東京での会合"})
    path = catalog_path(tmp_path / "locales", "ja", KNOWLEDGE)
    again = 'msgctxt "meeting|topic"\nmsgid "The meeting in Tokyo"\nmsgstr "別の訳"\n'
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{again}", encoding="utf-8")

    catalogs, problems = read_catalogs(tmp_path / "locales", knowledge)

    assert problems[0].line == line_of(path, "別の訳")
    assert f"first in line {line_of(path, '東京での会合')}" in problems[0].what
    assert catalogs.text("ja", "meeting|topic", "The meeting in Tokyo").words == "東京での会合"


@pytest.mark.parametrize(
    ("raw", "line", "what"),
    [
        ('msgid ""\nmsgstr "日本"\n'.encode("shift_jis"), 2, "is not UTF-8"),
        (b"# " + b"x" * MAX_BYTES, 0, "the file is larger than 4 MB"),
        (b"\x7fELF\x00\x01", 1, "control character"),
        (b'msgctxt "a|b"\nmsgid "x"\nmsgstr "\\q"\n', 3, "is not an escape"),
        (b'msgctxt "a|b"\nmsgid "x"\n\nmsgctxt "c|d"\nmsgid "y"\nmsgstr "z"\n', 1, "needs the lines msgstr"),
        (b'msgid "no context"\nmsgstr "x"\n', 2, "has no msgctxt"),
        (b'"hanging"\n', 1, "before any msgid"),
        (b'msgctxt "a|b"\nmsgid "x"\nmsgstr "y"\nmsgstr "z"\n', 4, "stands twice or too late"),
        (b'msgctxt "a|b"\nmsgid "x"\nmsgid_plural "xs"\nmsgstr "y"\n', 4, "needs the lines msgstr[0]"),
        (b'msgctxt "a|b"\nmsgstr "y"\n', 2, "has no msgid"),
    ],
    ids=[
        "encoding", "size", "binary", "escape", "no-msgstr", "no-context", "hanging", "twice", "plural", "no-msgid",
    ],
)  # fmt: skip
def test_broken_files_are_problems_not_exceptions(tmp_path: Path, raw: bytes, line: int, what: str) -> None:
    knowledge = write_knowledge(tmp_path)
    path = catalog_path(tmp_path, "ja", KNOWLEDGE)
    path.parent.mkdir(parents=True)
    path.write_bytes(raw)

    catalogs, problems = read_catalogs(tmp_path, knowledge)

    assert (problems[0].path, problems[0].line) == (str(path), line)
    assert what in problems[0].what
    assert catalogs.shipped == {"en"}


def test_a_folder_in_place_of_a_catalog_is_a_problem(tmp_path: Path) -> None:
    knowledge = write_knowledge(tmp_path)
    catalog_path(tmp_path, "ja", UI).mkdir(parents=True)

    _, problems = read_catalogs(tmp_path, knowledge)

    assert "cannot be read" in problems[0].what


def test_a_file_of_nonsense_does_not_flood_the_reader() -> None:
    po = parse_po("nonsense\n" * 10_000, "x.po")

    assert len(po.problems) == MAX_FAULTS + 1
    assert "the rest was not read" in po.problems[-1].what


def test_a_misspelt_language_folder_is_named(tmp_path: Path) -> None:
    knowledge = write_knowledge(tmp_path)
    (tmp_path / "locales" / "jp").mkdir(parents=True)

    _, problems = read_catalogs(tmp_path / "locales", knowledge)

    assert "`jp` is not a language that we translate into" in problems[0].what


@pytest.mark.parametrize("text", ['a "b" \\ c', "tab\there", "two\nlines", "\nleading", "trailing\n", "ក្រុង\u200bឆ្លាត"])
def test_any_text_survives_writing_and_reading(text: str) -> None:
    po = parse_po('msgctxt "a|b"\nmsgid "x"\nmsgstr "y"\n', "x.po")
    po.messages[0] = type(po.messages[0])(
        context="a|b", english=(text,), texts=(text,), previous=(text,), flags=("fuzzy",)
    )

    again = parse_po(format_po(po), "x.po")

    assert again.problems == []
    assert (again.messages[0].english, again.messages[0].texts, again.messages[0].previous) == ((text,),) * 3


@pytest.mark.parametrize("path", sorted((REPOSITORY / "locales").rglob("*.po")), ids=lambda path: str(path)[-40:])
def test_babel_reads_our_files_as_we_do(path: Path) -> None:
    """Our own reader and writer stay within what every other gettext tool understands."""
    ours = read_po(path)

    theirs = babel_read_po(io.BytesIO(path.read_bytes()), abort_invalid=True, ignore_obsolete=True)

    assert ours.problems == []
    assert {(m.context, m.english, m.texts) for m in ours.messages if not m.obsolete} == {
        (m.context, _tuple(m.id), _tuple(m.string)) for m in theirs if m.id
    }


def test_reading_all_languages_is_quick(tmp_path: Path) -> None:
    """Twelve translated languages at start-up; the limit leaves room for a machine several times slower."""
    knowledge, _ = read_knowledge(REPOSITORY / "knowledge")
    assert knowledge is not None
    for locale in LANGUAGES:
        for domain in (UI, KNOWLEDGE):
            path = catalog_path(tmp_path, locale, domain)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(catalog_path(REPOSITORY / "locales", "th", domain).read_bytes())

    started = time.perf_counter()
    read_catalogs(tmp_path, knowledge)

    assert time.perf_counter() - started < 2.0


def test_extract_says_what_it_wrote(tmp_path: Path) -> None:
    write_knowledge(tmp_path)
    lines: list[str] = []

    extract(CODE, tmp_path / "knowledge", tmp_path / "locales", lines.append)

    assert lines[1] == f"{tmp_path / 'locales' / 'knowledge.pot'}: 3 texts"


def _review(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    note = "#. {edition}"
    assert note in text
    path.write_text(text.replace(note, f"# reviewed: 2026-11-23 สมชาย ใจดี\n{note}", 1), encoding="utf-8")


def _tuple(text: object) -> tuple[str, ...]:
    """Babel gives a string for one form and a sequence for several."""
    return (text,) if isinstance(text, str) else tuple(text) if isinstance(text, list | tuple) else ()
