"""Reads knowledge/accuracy.json: how well each language is understood, as it was measured with `bot test`."""

import json
from collections.abc import Mapping
from pathlib import Path

from bot.core.coverage import Accuracy
from bot.core.errors import ContentError, Problem
from bot.core.locales import LANGUAGES

FILE = "accuracy.json"


def read_accuracy(knowledge: Path) -> Mapping[str, Accuracy]:
    """By locale; empty without the file. Raises ContentError for a faulty one."""
    path = knowledge / FILE
    try:
        figures = json.loads(path.read_text(encoding="utf-8"))
        return {
            locale: Accuracy(*(float(figures[locale][name]) for name in ("right", "offered", "wrong", "missed")))
            for locale in LANGUAGES
            if locale in figures
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError) as error:
        remedy = "write it with `bot test --write-baseline`"
        raise ContentError([Problem(str(path), 0, "does not hold figures for each language", remedy)]) from error
