"""Run as a process by test_patterns.py: every pattern of the bot reads text that is made to keep it busy.

Prints the name of each before it reads, so that the last line names the one that does not come to an end.
"""

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from typing import Any

import regex
import yaml

import bot
from bot.core.courtesy import Courtesy
from bot.core.subjects import SubjectFinder
from bot.core.text import fold, split_questions
from tests.conftest import ROOT

LENGTH = 4_000  # Discord's longest message
UNITS = (
    " ", "\n", " \n", ">", "<@", "[", "](", "\\", '"', "{a", "1", "1,", "12:30 ", "https://a", "@here ", "?", "aA", "à la ",
    "กา", "ສະບາຍ", "្ខ", "ို", "தமிழ்", "ありがとう", "漢。", "\u0301", "\u202e", "👩\u200d",
)  # fmt: skip
TAILS = ("", "!")
_LIMIT = 20  # seconds for one reading, which takes a few hundredths; what grows exponentially takes years


def patterns() -> Iterator[tuple[str, Any]]:
    for module in pkgutil.walk_packages(bot.__path__, "bot."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            yield from _patterns_in(module.name, vars(importlib.import_module(module.name)))


def _patterns_in(name: str, values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, re.Pattern | regex.Pattern):
            yield f"{name}.{key}", value
        elif isinstance(value, dict) and not key.startswith("__"):
            yield from _patterns_in(f"{name}.{key}", value)


def read_with(pattern: Any, text: str) -> None:
    limit = {"timeout": _LIMIT} if isinstance(pattern, regex.Pattern) else {}
    for _ in pattern.finditer(text, **limit):
        pass
    pattern.fullmatch(text, **limit)


def read_with_all_patterns() -> None:
    texts = [(unit * LENGTH)[:LENGTH] + tail for unit in UNITS for tail in TAILS]
    for name, pattern in {id(pattern): (name, pattern) for name, pattern in patterns()}.values():
        print(name, flush=True)
        for text in texts:
            read_with(pattern, text)


def read_with_what_is_made_from_files() -> None:
    pieces = _texts(yaml.safe_load((ROOT / "knowledge" / "courtesy.yaml").read_text(encoding="utf-8")))
    courtesy = Courtesy(pieces)
    for folded in sorted({fold(piece) for piece in pieces}):
        print(f"courtesy {folded}", flush=True)
        for text in (f"{folded * 100}x", f"{f'{folded} ' * 100}x", f"x{folded * 100}"):
            courtesy.strip(text)
    names = _texts(yaml.safe_load((ROOT / "knowledge" / "names.yaml").read_text(encoding="utf-8")))
    subjects = SubjectFinder({name: [name] for name in names})
    for unit in UNITS:
        print(f"subjects and questions {unit!r}", flush=True)
        subjects.find(fold(unit * LENGTH))
        split_questions(unit * LENGTH)


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in _texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return [str(value)]


if __name__ == "__main__":
    {"patterns": read_with_all_patterns, "files": read_with_what_is_made_from_files}[sys.argv[1]]()
    print("done")
