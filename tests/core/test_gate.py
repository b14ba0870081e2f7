"""What the gate holds against a reload, and which state a start comes up with."""

from dataclasses import replace

import pytest

from bot.core.gate import AskedAgain, gate_findings
from bot.core.golden import GoldenQuestion, Grade, Graded
from bot.core.reloading import LivePointer, Version, reads_files_at_start, to_prune, version_before
from tests.core.reload_shelf import FIRST

VENUE = GoldenQuestion("km", "កិច្ចប្រជុំធ្វើនៅឯណា", "meeting.venue")
RAIN = GoldenQuestion("ta", "நாளை மழை பெய்யுமா", None)


def asked(locale: str, before: str, after: str, times: int) -> list[AskedAgain]:
    return [AskedAgain(locale, "meeting.dates", before, after)] * times


def test_a_language_that_gets_worse_by_more_than_the_margin_is_named_with_what_it_lost() -> None:
    again = [
        *asked("lo", "right", "right", 90),
        *asked("lo", "right", "offered", 10),
        *asked("ja", "right", "right", 9),
    ]
    assert gate_findings(again, [], [], 5) == ["lo: right fell from 100.0 to 90.0 % (meeting.dates -10)"]
    assert gate_findings(again, [], [], 10) == []


def test_more_wrong_answers_count_even_where_none_was_right_before() -> None:
    again = [*asked("my", "missed", "wrong", 10), *asked("my", "kept", "kept", 90)]
    (finding,) = gate_findings(again, [], [], 5)
    assert finding.startswith("my: wrong rose from 0.0 to 10.0 %")


@pytest.mark.parametrize(
    ("golden", "before", "after", "held_back"),
    [
        (VENUE, Grade.SERVED, Grade.SERVED, False),
        (VENUE, Grade.SERVED, Grade.OFFERED, True),
        (VENUE, Grade.OFFERED, Grade.FAILED, True),
        (VENUE, Grade.FAILED, Grade.FAILED, False),
        (VENUE, Grade.OFFERED, Grade.SERVED, False),
        (RAIN, Grade.SERVED, Grade.FAILED, True),
    ],
)
def test_a_golden_question_may_not_be_served_worse(
    golden: GoldenQuestion, before: Grade, after: Grade, held_back: bool
) -> None:
    was, now = Graded(golden, before, "meeting.venue"), Graded(golden, after, "meeting.dates")
    findings = gate_findings([], [was], [now], 100)
    assert bool(findings) == held_back
    assert all(golden.question in finding for finding in findings)


def test_a_new_golden_question_holds_nothing_back() -> None:
    assert gate_findings([], [], [Graded(VENUE, Grade.FAILED, "abstain")], 0) == []


@pytest.mark.parametrize(
    ("pointer", "files", "tried"),
    [
        (None, "edited", True),
        (LivePointer("v"), "edited", True),
        (LivePointer("v"), "live", False),
        (LivePointer("v"), "", False),  # cannot be read
        (LivePointer("v", "edited"), "edited", False),  # rolled back from, or held back
        (LivePointer("v", "other"), "edited", True),
    ],
)
def test_a_start_tries_files_that_nobody_decided_against(pointer: LivePointer | None, files: str, tried: bool) -> None:
    assert reads_files_at_start(pointer, "live", files) is tried


def test_the_live_version_is_never_pruned() -> None:
    versions = [FIRST, *(_version(number) for number in range(1, 4))]
    assert to_prune(versions, versions[3].id, 2) == [versions[2].id]


def test_without_a_version_to_go_back_to_there_is_none() -> None:
    assert version_before([FIRST], FIRST) is None


def _version(number: int) -> Version:
    return replace(FIRST, id=f"20241028-00000{number}-aaaaaaaaaaaa")
