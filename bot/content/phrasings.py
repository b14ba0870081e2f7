"""Reads knowledge/phrasings and knowledge/negatives: how people ask, per language, and what is not for us."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.content.yaml_reader import Document, read_yaml
from bot.core.catalog import PLACEHOLDER
from bot.core.errors import Problem
from bot.core.knowledge import Knowledge
from bot.core.locales import LANGUAGES
from bot.core.text import fold

_SLOTS = ("city", "country")
MAX_PHRASING = 400  # characters; longer ones are pasted by mistake
FAR_GROUPS = frozenset(
    f"far.{name}"
    for name in [
        "about-bot",
        "chitchat",
        "general-knowledge",
        "gibberish",
        "greeting",
        "health-advice",
        "homework-coding",
        "injection",
        "insult",
        "money-lottery",
        "recipes-shopping",
        "sport-entertainment",
        "thanks",
        "weather",
    ]
)
NEAR_GROUPS = frozenset(
    f"near.{name}"
    for name in [
        "business-advice",
        "officials-statistics",
        "other-programmes",
        "other-smart-cities",
        "other-summits",
        "politics",
        "sightseeing",
        "technology",
    ]
)


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One way to ask. `label` is an entry id or a negative group; `{city}` and `{country}` are slots."""

    locale: str
    label: str
    text: str


def phrasing_files(folder: Path) -> list[Path]:
    return sorted([*(folder / "phrasings").glob("*.y*ml"), *(folder / "negatives").glob("*.y*ml")])


def read_phrasings(folder: Path, knowledge: Knowledge | None) -> tuple[list[Phrasing], list[Problem]]:
    """All phrasings in file order, and every problem; with problems the phrasings are incomplete.

    Args:
        knowledge: None when it is faulty itself: which entries there are cannot be checked then.
    """
    phrasings: list[Phrasing] = []
    problems: list[Problem] = []
    seen: dict[str, Seen] = {}
    for path in phrasing_files(folder):
        found, faults = read_phrasing_file(path, knowledge, seen.setdefault(language_of(path), {}))
        phrasings += found
        problems += faults
    return phrasings, problems


def language_of(path: Path) -> str:
    """The first part of its name, as a language may have several files: `th` of `th.yaml` and of `th.meeting.yaml`."""
    return path.stem.partition(".")[0]


Seen = dict[str, tuple[str, str]]  # the label and the file of each folded text of a language


def read_phrasing_file(path: Path, knowledge: Knowledge | None, seen: Seen) -> tuple[list[Phrasing], list[Problem]]:
    """One file of the folder `phrasings` or `negatives`.

    Args:
        seen: Texts of the same language in other files, to which those of this one are added.
    """
    document = read_yaml(path, str(path))
    kind, locale = path.parent.name, language_of(path)
    if locale not in LANGUAGES:
        document.fault(None, f"`{locale}` is not one of our languages", f"use: {', '.join(LANGUAGES)}")
    return _read_file(document, kind, locale, allowed_labels(kind, knowledge), seen), document.problems


def allowed_labels(kind: str, knowledge: Knowledge | None) -> frozenset[str] | None:
    """What phrasings of this kind of file may belong to; None when that cannot be known."""
    if kind == "negatives":
        return FAR_GROUPS | NEAR_GROUPS
    return frozenset(knowledge.entries) if knowledge else None


def _read_file(document: Document, kind: str, locale: str, labels: frozenset[str] | None, seen: Seen) -> list[Phrasing]:
    if document.root is None:
        return []
    found: list[Phrasing] = []
    fields = document.mapping(document.root, f"a {kind} file", required=frozenset({kind}))
    for label, node in document.mapping(fields.get(kind), kind).items():
        if labels is not None and label not in labels:
            document.fault(node, f"there is no entry or group `{label}`", "check the spelling")
        for item in document.items(node, f"{kind} of `{label}`"):
            text = _read_text(document, item, label, seen)
            if text:
                found.append(Phrasing(locale, label, text))
    return found


def _read_text(document: Document, item: yaml.Node, label: str, seen: Seen) -> str:
    text = document.text(item, f"a phrasing of `{label}`")
    folded = fold(text)
    if text and not folded:
        document.fault(item, f"`{text}` has nothing to read", "write it in words")
        return ""
    for name in PLACEHOLDER.findall(text):
        if name not in _SLOTS:
            document.fault(item, f"{{{name}}} in `{text}` is not a slot", f"use one of: {', '.join(_SLOTS)}")
    if text and len(text) > MAX_PHRASING:
        document.fault(item, f"a phrasing of `{label}` is longer than {MAX_PHRASING} characters", "shorten it")
    if folded and folded in seen:
        document.fault(
            item, f"`{text}` stands {_where(document, label, *seen[folded])}", "keep it once, where it belongs"
        )
        return ""
    seen[folded] = label, document.path
    return text


def _where(document: Document, label: str, other: str, path: str) -> str:
    where = "again" if other == label else f"also under `{other}`"
    return where if path == document.path else f"{where} in {Path(path).parent.name}/{Path(path).name}"


def count_by_locale(phrasings: list[Phrasing]) -> Mapping[str, Mapping[str, int]]:
    """How many phrasings each label has, per locale."""
    counts: dict[str, dict[str, int]] = {}
    for phrasing in phrasings:
        of_locale = counts.setdefault(phrasing.locale, {})
        of_locale[phrasing.label] = of_locale.get(phrasing.label, 0) + 1
    return counts
