"""Typed facts out of YAML."""

import datetime
import zoneinfo
from decimal import Decimal
from pathlib import Path

import pytest

from bot.content.fact_reader import read_fact
from bot.content.yaml_reader import Document, read_yaml
from bot.core.facts import Date, DateRange, Fact, Fraction, Integer, Moment, Money, Names, Ordinal, Territories

TOKYO = zoneinfo.ZoneInfo("Asia/Tokyo")


def read(tmp_path: Path, written: str) -> tuple[Fact | None, Document]:
    path = tmp_path / "x.yaml"
    path.write_text(f"fact: {written}\n", encoding="utf-8")
    document = read_yaml(path, "x.yaml")
    return read_fact(document, document.mapping(document.root, "x")["fact"], "fact `x`"), document


FACTS: dict[str, Fact] = {
    '{date: "2024-10-29"}': Date(datetime.date(2024, 10, 29), "day"),
    '{date: "2024"}': Date(datetime.date(2024, 1, 1), "year"),
    '{date_range: ["2024-10-29", "2024-10-30"]}': DateRange(datetime.date(2024, 10, 29), datetime.date(2024, 10, 30)),
    '{datetime: {at: "2024-10-29T14:30", zone: Asia/Tokyo}}': Moment(datetime.datetime(2024, 10, 29, 14, 30,
    tzinfo=TOKYO), "Asia/Tokyo"), '{integer: "250"}': Integer(250),
    '{integer: "-5"}': Integer(-5),
    '{ordinal: "6"}': Ordinal(6),
    '{fraction: "2/3"}': Fraction(2, 3),
    '{money: {amount: "140000000000", currency: JPY}}': Money(Decimal(140_000_000_000), "JPY"),
    "{territory: JP}": Territories(("JP",)),
    '{territories: [TH, "NO"]}': Territories(("TH", "NO")),
    "{place: tokyo}": Names(("tokyo",)),
    "{names: [tokyo, phuket]}": Names(("tokyo", "phuket")),
}  # fmt: skip


@pytest.mark.parametrize(("written", "fact"), FACTS.items(), ids=FACTS)
def test_a_fact_is_read_as_its_type(tmp_path: Path, written: str, fact: Fact) -> None:
    found, document = read(tmp_path, written)
    assert found == fact
    assert document.problems == []


FAULTS = {
    "tokyo": "fact `x` must be a mapping",
    "{}": "fact `x` must have exactly one type",
    "{colour: red}": "`colour` is not a type of fact",
    "{date: 2024-10-29}": "`2024-10-29` in fact `x` is unquoted",
    '{date: "2023-02-29"}': "`2023-02-29` in fact `x` is not a date",
    '{date: "29 October"}': "`29 October` in fact `x` is not a date",
    '{date_range: ["2024-10-30", "2024-10-29"]}': "fact `x` ends before it starts",
    '{date_range: ["2024-10", "2024-11"]}': "fact `x` needs two whole days",
    '{date_range: ["2024-10-29"]}': "fact `x` needs two whole days",
    '{date_range: "2024-10-29/30"}': "fact `x` must be a list",
    '{datetime: {at: "2024-10-29T25:00", zone: Asia/Tokyo}}': "fact `x` is not a time in a known zone",
    '{datetime: {at: "2024-10-29T10:00", zone: Asia/Atlantis}}': "fact `x` is not a time in a known zone",
    '{datetime: {at: "2024-10-29T10:00", zone: Asia}}': "fact `x` is not a time in a known zone",
    '{datetime: {at: "2024-10-29T10:00", zone: ../../etc/passwd}}': "fact `x` is not a time in a known zone",
    '{datetime: {at: "2024-10-29T10:00+07:00", zone: Asia/Tokyo}}': "fact `x` is not a time in a known zone",
    '{datetime: {at: "2024-10-29", zone: Asia/Tokyo}}': "fact `x` is not a time in a known zone",
    '{datetime: {at: "2024-10-29T10:00"}}': "fact `x` has no `zone`",
    '{integer: "๒๕๐"}': "`๒๕๐` in fact `x` is not a whole number",
    '{integer: "2.5"}': "`2.5` in fact `x` is not a whole number",
    '{integer: "1,000"}': "`1,000` in fact `x` is not a whole number",
    "{integer: 010}": "`010` in fact `x` is unquoted",
    '{fraction: "1/0"}': "`1/0` in fact `x` is not a fraction",
    '{money: {amount: "5", currency: YENS}}': "`YENS` in fact `x` is not a currency",
    '{money: {amount: "five", currency: JPY}}': "`five` in fact `x` is not a whole number",
    '{money: "5 JPY"}': "fact `x` must be a mapping",
    "{territory: NO}": "`NO` in fact `x` is unquoted",
    "{territory: jp}": "`jp` in fact `x` is not a territory",
    "{territories: []}": "fact `x` is an empty list",
    "{names: []}": "fact `x` is an empty list",
    "{names: {en: tokyo}}": "fact `x` must be a list",
}


@pytest.mark.parametrize(("written", "problem"), FAULTS.items(), ids=FAULTS)
def test_a_faulty_fact_is_told_and_not_guessed(tmp_path: Path, written: str, problem: str) -> None:
    found, document = read(tmp_path, written)
    assert found is None
    assert document.problems[0].what.startswith(problem) or problem in str(document.problems[0])
    assert document.problems[0].line == 1
    assert document.problems[0].remedy
