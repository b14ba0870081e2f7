"""A small knowledge base and catalogs on disk, for the tests of catalogs and translations."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bot.content.catalog_files import KNOWLEDGE, UI, catalog_path, extract, init
from bot.content.knowledge_reader import read_knowledge
from bot.content.po_file import PoFile, format_po, read_po
from bot.core.knowledge import Knowledge

CODE = Path(__file__).parents[2] / "bot"
ENGLISH_ANSWER = "The {edition} meeting was held in {city} on {period}, according to two reports."

_TOPIC = """\
topic: meeting
position: "1"
title: "The meeting in Tokyo"
entries:
  - id: meeting.dates
    question: "When was the 6th meeting held?"
    answer: "%s"
    facts:
      edition: {ordinal: "6"}
      city: {place: "tokyo"}
      period: {date_range: ["2024-10-29", "2024-10-30"]}
    answers: [meeting.dates]
    sources: [meti]
    as_of: "2024-10-31"
    confidence: primary
"""
_NAMES = """\
names:
  tokyo: {en: "Tokyo", ja: "東京"}
"""
_SOURCES = """\
sources:
  - id: meti
    title: "The meeting was held"
    publisher: "METI"
    url: "https://www.meti.go.jp/x.html"
    published: "2024-10-31"
"""


def write_knowledge(root: Path, answer: str = ENGLISH_ANSWER) -> Knowledge:
    """Write root/knowledge and load it."""
    folder = root / "knowledge"
    folder.mkdir(exist_ok=True)
    for name, text in (("meeting", _TOPIC % answer), ("names", _NAMES), ("sources", _SOURCES)):
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    knowledge, problems = read_knowledge(folder)
    assert knowledge is not None, problems
    return knowledge


def start_language(root: Path, locale: str) -> None:
    """Templates from today's code and knowledge, and empty catalogs for `locale`."""
    extract(CODE, root / "knowledge", root / "locales", _quiet)
    assert init(root / "locales", locale, _quiet) == []


def translate(root: Path, locale: str, texts: Mapping[str, str], domain: str = KNOWLEDGE) -> PoFile:
    """Write translations by context into a catalog."""
    path = catalog_path(root / "locales", locale, domain)
    po = read_po(path)
    po.messages = [
        replace(message, texts=(texts[message.context],)) if message.context in texts else message
        for message in po.messages
    ]
    path.write_text(format_po(po), encoding="utf-8")
    return read_po(path)


def translate_interface(root: Path, locale: str) -> Path:
    """A complete interface catalog: every text says its own English in angle brackets."""
    path = catalog_path(root / "locales", locale, UI)
    po = read_po(path)
    po.messages = [
        replace(message, texts=tuple(f"‹{message.english[-1]}›" for _ in message.texts)) for message in po.messages
    ]
    path.write_text(format_po(po), encoding="utf-8")
    return path


def line_of(path: Path, part: str) -> int:
    """The first line that holds `part`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if part in line)


def _quiet(_line: str) -> None:
    pass
