"""The chain: whatever is done to a line afterwards is found, with its number."""

import datetime
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.core.audit import (
    START,
    AuditLine,
    AuditRecord,
    BrokenChain,
    chained,
    exported_line,
    first_difference,
    first_fault,
)

NOON = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)
SUBJECTS = ("ห้องประชุม", "បន្ទប់", "အခန်း", "அறை", "会議室")


def line(number: int, before: str, subject: str) -> AuditLine:
    record = AuditRecord(
        at=NOON, who="person-1", deed="inbox.answered", subject=subject, server="discord:1", detail={"locale": "my"}
    )
    return AuditLine(number=number, record=record, hash=chained(before, number, record))


def log() -> list[AuditLine]:
    lines: list[AuditLine] = []
    for number, subject in enumerate(SUBJECTS, 1):
        lines.append(line(number, lines[-1].hash if lines else START, subject))
    return lines


def last(lines: list[AuditLine]) -> tuple[int, str]:
    return lines[-1].number, lines[-1].hash


def test_an_untouched_log_is_whole() -> None:
    assert first_fault(log(), last(log())) is None
    assert first_fault([], (0, START)) is None


def test_the_time_zone_of_a_deed_does_not_matter() -> None:
    """A database may give back another zone than it was given."""
    one = log()[0]
    tokyo = replace(one.record, at=NOON.astimezone(datetime.timezone(datetime.timedelta(hours=9))))
    assert chained(START, 1, tokyo) == one.hash


def changed(lines: list[AuditLine]) -> list[AuditLine]:
    return [*lines[:2], replace(lines[2], record=replace(lines[2].record, subject="other")), *lines[3:]]


def changed_with_its_hash(lines: list[AuditLine]) -> list[AuditLine]:
    return [*lines[:2], line(3, lines[1].hash, "other"), *lines[3:]]


def removed(lines: list[AuditLine]) -> list[AuditLine]:
    return [*lines[:2], *lines[3:]]


def removed_and_renumbered(lines: list[AuditLine]) -> list[AuditLine]:
    return [*lines[:2], *(replace(one, number=one.number - 1) for one in lines[3:])]


def put_between(lines: list[AuditLine]) -> list[AuditLine]:
    later = [replace(one, number=one.number + 1) for one in lines[2:]]
    return [*lines[:2], line(3, lines[1].hash, "never happened"), *later]


def swapped(lines: list[AuditLine]) -> list[AuditLine]:
    return [*lines[:2], lines[3], lines[2], lines[4]]


def cut_off(lines: list[AuditLine]) -> list[AuditLine]:
    return lines[:4]


def went_on(lines: list[AuditLine]) -> list[AuditLine]:
    return [*lines, line(6, lines[-1].hash, "put at the end")]


def changed_at_the_end(lines: list[AuditLine]) -> list[AuditLine]:
    return [*lines[:4], line(5, lines[3].hash, "other")]


@pytest.mark.parametrize(
    ("tamper", "number"),
    [
        (changed, 3),
        (changed_with_its_hash, 4),
        (removed, 3),
        (removed_and_renumbered, 3),
        (put_between, 4),
        (swapped, 3),
        (cut_off, 5),
        (went_on, 6),
        (changed_at_the_end, 5),
        (lambda _: [], 1),
    ],
)
def test_tampering_is_found_with_its_number(tamper: Callable[[list[AuditLine]], list[AuditLine]], number: int) -> None:
    assert first_fault(tamper(log()), last(log())) == BrokenChain(number)


def test_a_log_that_was_written_anew_as_a_whole_differs_from_an_earlier_export() -> None:
    """Whoever owns the database can make a chain that fits; not one that fits what others have kept."""
    exported = {one.number: one.hash for one in log()}
    anew = [line(1, START, "other")]
    anew += [line(2, anew[0].hash, SUBJECTS[1])]

    assert first_fault(anew, last(anew)) is None
    assert first_difference(anew, exported) == BrokenChain(1)
    assert first_difference(log(), exported) is None


def test_an_export_carries_what_its_hashes_cover() -> None:
    """Whoever has the file can follow the chain in it, without the database."""
    read = [json.loads(exported_line(replace(one, person="discord:7"))) for one in log()]

    records = [
        AuditRecord(
            at=datetime.datetime.fromisoformat(one["at"]),
            **{key: one[key] for key in ("who", "deed", "subject", "server", "detail")},
        )
        for one in read
    ]
    again = [
        AuditLine(number=one["number"], record=record, hash=one["hash"])
        for one, record in zip(read, records, strict=True)
    ]
    assert first_fault(again, last(log())) is None
    assert {one["person"] for one in read} == {"discord:7"}
