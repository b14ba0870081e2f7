"""What the benchmarks of speed and overload conclude from what they saw."""

import itertools
import math

from benchmarks.overload import Measured
from benchmarks.serving import Answered, like_people, never_twice, percentile
from benchmarks.soak import Look, faults_found

ORDINARY = [Answered(number / 10, 200, 0.03) for number in range(100)]
TEXTS = ["เมื่อไหร่", "どこで", "ဘယ်သူ"]


def recovery(after: list[Answered]) -> float:
    return Measured(10.0, ORDINARY, ORDINARY, after, (1.0, 1.0, 1.0)).recovery


def test_all_is_well_after_the_last_second_that_was_not() -> None:
    slow = [Answered(one.at, 200, 1.0) if one.at < 1.8 else one for one in ORDINARY]
    declined = [Answered(one.at, 503, 0.01) if 3.0 <= one.at < 3.1 else one for one in ORDINARY]
    assert (recovery(ORDINARY), recovery(slow), recovery(declined)) == (0.0, 2.0, 4.0)


def test_what_never_recovers_is_not_called_recovered() -> None:
    assert math.isinf(recovery([Answered(one.at, 200, 1.0) for one in ORDINARY]))


def test_percentiles_are_by_the_nearest_rank() -> None:
    assert [percentile([3.0, 1.0, 2.0, 4.0], share) for share in (0.5, 0.99, 0.0)] == [2.0, 4.0, 1.0]
    assert math.isnan(percentile([], 0.5))


def test_new_questions_never_come_twice() -> None:
    asked = list(itertools.islice(never_twice(TEXTS), 3_000))
    assert len(set(asked)) == len(asked)


def test_people_ask_what_others_asked_and_a_share_is_new() -> None:
    asked = list(itertools.islice(like_people(TEXTS, never_twice(["新しい"]), 0.25), 2_000))
    assert 400 < sum(text.startswith("新しい") for text in asked) < 600
    assert asked.count(TEXTS[0]) > asked.count(TEXTS[2]) > 100


def test_growth_and_wrong_answers_are_found() -> None:
    first = Look(memory=150, files=11, tasks=4, p99=50)
    assert faults_found(first, Look(160, 12, 6, 900), {200: 1_000, 503: 7}) == []
    log = "ERROR asyncio Task exception was never retrieved\nERROR bot.core ฐานข้อมูล locked\n"
    assert len(faults_found(first, Look(200, 40, 90, 50), {200: 1_000, 500: 1}, log)) == 5
