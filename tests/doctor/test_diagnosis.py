"""The decisions of `bot doctor`."""

import datetime

import pytest

from bot.core.diagnosis import (
    SPACE_NEEDED,
    Finding,
    ModelState,
    Verdict,
    clock_finding,
    content_finding,
    exit_code,
    model_finding,
    not_checked,
    ok,
    problem,
    space_finding,
    summary,
    token_finding,
)
from bot.core.errors import Problem
from tests.doctor.standin import TOKEN

NOW = datetime.datetime(2024, 10, 29, 1, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)
ID = TOKEN.partition(".")[0]


@pytest.mark.parametrize(
    ("token", "told"),
    [
        (f"Bot {TOKEN}", 'begins with "Bot "'),
        (f'"{TOKEN}"', "form"),
        (TOKEN.replace(".", "", 1), "form"),
        (f"{TOKEN}.more", "form"),
        (TOKEN.replace("G", "ก"), "form"),
        ("โทเค็นトークンโทเค็นトークン.โทเค็น.โทเค็นトークンโทเค็นトークン", "form"),
        (TOKEN.replace(ID, "bm90LWFuLWlkLWF0LWFsbC4u"), "id of a bot"),
        (TOKEN.replace(ID, "A" * 25), "id of a bot"),
    ],
)
def test_a_token_of_the_wrong_form_is_a_problem_and_is_not_shown(token: str, told: str) -> None:
    found = token_finding(token)
    assert found.verdict is Verdict.PROBLEM
    assert told in found.what
    assert found.remedy
    assert not any(part in str(found) for part in token.split(".") if len(part) > 4)


def test_a_token_of_the_right_form_is_not_shown_either() -> None:
    found = token_finding(TOKEN)
    assert found.verdict is Verdict.OK
    assert not any(part in str(found) for part in TOKEN.split("."))


def test_a_bot_without_a_token_is_no_problem() -> None:
    assert token_finding(None).verdict is Verdict.NOT_CHECKED


@pytest.mark.parametrize(
    ("apart", "verdict", "told"),
    [(0, "ok", "0 s from"), (30, "ok", "30 s"), (-30, "ok", "30 s"), (31, "problem", "31 s ahead of"), (-86_400, "problem", "86400 s behind")],
)  # fmt: skip
def test_the_clock_is_compared_with_discord_s(apart: int, verdict: str, told: str) -> None:
    found = clock_finding(NOW + apart * SECOND, NOW, NOW + 999 * SECOND)
    assert (found.verdict.value, bool(found.remedy)) == (verdict, verdict == "problem")
    assert told in found.what


@pytest.mark.parametrize("newest", [None, NOW, NOW - 999 * SECOND, NOW + 29 * SECOND])
def test_offline_the_clock_is_not_checked(newest: datetime.datetime | None) -> None:
    assert clock_finding(NOW, None, newest).verdict is Verdict.NOT_CHECKED


def test_a_clock_older_than_the_bot_s_files_is_wrong_even_offline() -> None:
    assert clock_finding(NOW, None, NOW + 31 * SECOND).verdict is Verdict.PROBLEM


@pytest.mark.parametrize(
    ("free", "verdict"), [(SPACE_NEEDED, Verdict.OK), (SPACE_NEEDED - 1, Verdict.PROBLEM), (0, Verdict.PROBLEM)]
)
def test_little_space_is_a_problem(free: int, verdict: Verdict) -> None:
    assert space_finding("/data", free).verdict is verdict


def test_problems_of_the_content_are_counted_and_the_first_is_shown() -> None:
    found = content_finding([Problem("th.po", 7, "has no {date}", "write it"), Problem("km.po", 9, "is empty")])
    assert found.verdict is Verdict.PROBLEM
    assert "2 problems; the first: th.po:7: has no {date}; write it" in found.what
    assert content_finding([]).verdict is Verdict.OK


@pytest.mark.parametrize("state", ModelState)
def test_only_an_outdated_model_is_a_problem(state: ModelState) -> None:
    assert (model_finding(state).verdict is Verdict.PROBLEM) == (state is ModelState.OUTDATED)


@pytest.mark.parametrize(
    ("findings", "code", "told"),
    [
        ([], 0, "0 ok, 0 problem, 0 not checked"),
        ([ok("a", "b"), not_checked("c", "d"), not_checked("e", "f")], 0, "1 ok, 0 problem, 2 not checked"),
        ([ok("a", "b"), problem("c", "d", "e")], 1, "1 ok, 1 problem, 0 not checked"),
    ],
)
def test_only_problems_make_the_command_fail(findings: list[Finding], code: int, told: str) -> None:
    assert exit_code(findings) == code
    assert summary(findings) == told
