"""Typed facts out of YAML: `{date: "2024-10-29"}`, `{money: {amount: "500000000", currency: JPY}}` and so on."""

import datetime
import zoneinfo
from collections.abc import Callable
from decimal import Decimal

import regex
import yaml
from babel.numbers import list_currencies

from bot.content.yaml_reader import Document
from bot.core.facts import Date, DateRange, Fact, Fraction, Integer, Moment, Money, Names, Ordinal, Territories
from bot.core.formatting import territory_name
from bot.core.partial_dates import parse_partial_date

_DIGITS = regex.compile(r"-?[0-9]{1,18}")
_FRACTION = regex.compile(r"([0-9]{1,4})/([1-9][0-9]{0,3})")


def read_fact(document: Document, node: yaml.Node, what: str) -> Fact | None:
    """One fact; None after a fault."""
    fields = document.mapping(node, what)
    if len(fields) != 1:
        document.fault(
            node, f"{what} must have exactly one type", f"write {{type: value}}, types: {', '.join(_READERS)}"
        )
        return None
    ((kind, value),) = fields.items()
    reader = _READERS.get(kind)
    if reader is None:
        document.fault(node, f"`{kind}` is not a type of fact ({what})", f"use one of: {', '.join(_READERS)}")
        return None
    return reader(document, value, what)


def _date(document: Document, node: yaml.Node, what: str) -> Date | None:
    text = document.text(node, what)
    date = parse_partial_date(text)
    if text and date is None:
        document.fault(node, f"`{text}` in {what} is not a date", 'write "2024-10-29", "2024-10" or "2024"')
    return date


def _date_range(document: Document, node: yaml.Node, what: str) -> DateRange | None:
    days = [_date(document, item, what) for item in document.items(node, what)]
    whole = [date.first_day for date in days if date and date.precision == "day"]
    if len(days) != 2 or len(whole) != 2:
        document.fault(node, f"{what} needs two whole days", 'write ["2024-10-29", "2024-10-30"]')
        return None
    if whole[0] > whole[1]:
        document.fault(node, f"{what} ends before it starts", "swap the two days")
        return None
    return DateRange(whole[0], whole[1])


def _moment(document: Document, node: yaml.Node, what: str) -> Moment | None:
    fields = document.mapping(node, what, required=frozenset({"at", "zone"}))
    at, zone = document.text(fields.get("at"), what), document.text(fields.get("zone"), what)
    try:
        local = datetime.datetime.fromisoformat(at)
        if len(at) > len("2024-10-29") and local.tzinfo is None:  # an offset could contradict the zone
            return Moment(local.replace(tzinfo=zoneinfo.ZoneInfo(zone)), zone)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):  # OSError: the zone is a folder, such as "Asia"
        pass
    if at and zone:
        document.fault(
            node, f"{what} is not a time in a known zone", 'write {at: "2024-10-29T10:00", zone: Asia/Tokyo}'
        )
    return None


def _number(document: Document, node: yaml.Node, what: str) -> int | None:
    text = document.text(node, what)
    if text and not _DIGITS.fullmatch(text):
        document.fault(node, f"`{text}` in {what} is not a whole number", 'write digits only, such as "250"')
        return None
    return int(text) if text else None


def _integer(document: Document, node: yaml.Node, what: str) -> Integer | None:
    value = _number(document, node, what)
    return None if value is None else Integer(value)


def _ordinal(document: Document, node: yaml.Node, what: str) -> Ordinal | None:
    value = _number(document, node, what)
    return None if value is None else Ordinal(value)


def _fraction(document: Document, node: yaml.Node, what: str) -> Fraction | None:
    text = document.text(node, what)
    match = _FRACTION.fullmatch(text)
    if text and match is None:
        document.fault(node, f"`{text}` in {what} is not a fraction", 'write "1/2"')
    return Fraction(int(match[1]), int(match[2])) if match else None


def _money(document: Document, node: yaml.Node, what: str) -> Money | None:
    fields = document.mapping(node, what, required=frozenset({"amount", "currency"}))
    amount = _number(document, fields["amount"], what) if "amount" in fields else None
    currency = document.text(fields.get("currency"), what)
    if currency and currency not in list_currencies():
        document.fault(node, f"`{currency}` in {what} is not a currency", "write an ISO 4217 code such as JPY")
        return None
    return Money(Decimal(amount), currency) if amount is not None and currency else None


def _territories(document: Document, node: yaml.Node, what: str) -> Territories | None:
    codes = (document.text(node, what),) if isinstance(node, yaml.ScalarNode) else document.texts(node, what)
    for code in codes:
        try:
            territory_name(code, "en")
        except KeyError:
            document.fault(
                node, f"`{code}` in {what} is not a territory", 'write an ISO 3166 code such as JP ("NO" quoted)'
            )
            return None
    return Territories(codes) if _filled(document, node, codes, what) else None


def _names(document: Document, node: yaml.Node, what: str) -> Names | None:
    keys = (document.text(node, what),) if isinstance(node, yaml.ScalarNode) else document.texts(node, what)
    return Names(keys) if _filled(document, node, keys, what) else None


def _filled(document: Document, node: yaml.Node, values: tuple[str, ...], what: str) -> bool:
    if isinstance(node, yaml.SequenceNode) and not node.value:
        document.fault(node, f"{what} is an empty list", "write at least one item")
    return bool(values) and all(values)


_READERS: dict[str, Callable[[Document, yaml.Node, str], Fact | None]] = {
    "date": _date,
    "date_range": _date_range,
    "datetime": _moment,
    "integer": _integer,
    "ordinal": _ordinal,
    "fraction": _fraction,
    "money": _money,
    "territory": _territories,
    "territories": _territories,
    "place": _names,
    "places": _names,
    "name": _names,
    "names": _names,
}
