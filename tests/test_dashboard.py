"""The dashboard shows what the bot publishes: every metric, with labels it has, and none that there is not."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping

import pytest
import regex
from prometheus_client.parser import text_string_to_metric_families

from bot.adapters.prometheus import NUMBERS, Gauges, PrometheusObserver
from bot.core.ports import Stage
from tests.conftest import ROOT

DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "bot.json").read_text(encoding="utf-8"))
DOCUMENT = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
METRIC = regex.compile(r"\b(?:bot|process)_[a-z_]+\b")
SELECTED = regex.compile(r"\b((?:bot|process)_[a-z_]+)\{([^}]*)\}")
BY = regex.compile(r"by \(([^)]*)\)")
ADDED = {"job", "instance"}  # by Prometheus itself


def expressions() -> list[str]:
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


@pytest.fixture
async def published() -> Mapping[str, frozenset[str]]:
    """Names of all samples and their labels, once everything has happened."""
    observer = PrometheusObserver()
    observer.answered(outcome="answer", locale="km", platform="discord", seconds=0.1)
    observer.shed("web")
    observer.took(Stage.RANK, 0.02)
    observer.ranked(texts=2, seconds=0.02)
    observer.remembered()
    observer.store_failed()
    observer.requested("discord", 429, 0.1)
    gauges = Gauges(lambda: "abc", dict.fromkeys(NUMBERS, lambda: 1.0), {})
    labels: dict[str, set[str]] = defaultdict(set)
    for family in text_string_to_metric_families((await observer.exposition(gauges)).decode()):
        for sample in family.samples:
            labels[sample.name] |= sample.labels.keys()
    return {name: frozenset(found) for name, found in labels.items()}


def family(name: str) -> str:
    return regex.sub(r"_(?:bucket|sum|count|total|created|info)$", "", name)


def test_every_metric_of_the_dashboard_exists(published: Mapping[str, frozenset[str]]) -> None:
    assert {name for each in expressions() for name in METRIC.findall(each)} <= published.keys()


def test_every_metric_of_the_bot_is_on_the_dashboard(published: Mapping[str, frozenset[str]]) -> None:
    shown = {family(name) for each in expressions() for name in METRIC.findall(each)}
    assert {family(name) for name in published if name.startswith("bot_")} - shown == set()


def test_every_label_of_the_dashboard_exists(published: Mapping[str, frozenset[str]]) -> None:
    for each in expressions():
        known = frozenset[str]().union(*(published[name] for name in METRIC.findall(each))) | ADDED
        assert set(_labels(each)) <= known, each


def _labels(expression: str) -> Iterator[str]:
    for _, selected in SELECTED.findall(expression):
        yield from regex.findall(r"([a-z_]+)(?:=|!)", selected)
    for grouped in BY.findall(expression):
        yield from (label.strip() for label in grouped.split(","))


def test_the_document_explains_every_metric_and_no_other(published: Mapping[str, frozenset[str]]) -> None:
    explained = {family(name) for name in regex.findall(r"(?m)^\| `(bot_[a-z_]+)`", DOCUMENT)}
    assert explained == {family(name) for name in published if name.startswith("bot_")}


def test_panels_do_not_overlap_and_each_has_a_number_of_its_own() -> None:
    panels = DASHBOARD["panels"]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in panels}) == len(panels)
