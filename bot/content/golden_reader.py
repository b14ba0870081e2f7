"""Reads knowledge/golden.yaml: questions whose answer must not change unnoticed."""

from pathlib import Path

from bot.content.yaml_reader import read_yaml
from bot.core.errors import Problem
from bot.core.golden import GoldenQuestion
from bot.core.knowledge import Knowledge
from bot.core.locales import LANGUAGES

FILE = "golden.yaml"
_REQUIRED = frozenset({"language", "question"})
_OPTIONAL = frozenset({"answer", "abstains"})


def read_golden(folder: Path, knowledge: Knowledge) -> tuple[list[GoldenQuestion], list[Problem]]:
    """In the order of the file; a file that does not exist is empty."""
    path = folder / FILE
    if not path.exists():
        return [], []
    document = read_yaml(path, str(path))
    if document.root is None:
        return [], document.problems
    fields = document.mapping(document.root, FILE, required=frozenset({"golden"}))
    found: dict[tuple[str, str], GoldenQuestion] = {}
    for node in document.items(fields.get("golden"), "golden"):
        values = document.mapping(node, "a golden question", required=_REQUIRED, optional=_OPTIONAL)
        golden = GoldenQuestion(
            document.text(values.get("language"), "language"),
            document.text(values.get("question"), "question"),
            document.text(values["answer"], "answer") if "answer" in values else None,
        )
        abstains = document.flag(values.get("abstains"), "abstains")
        if golden.locale and golden.locale not in LANGUAGES:
            what = f"`{golden.locale}` is not one of our languages"
            document.fault(values["language"], what, f"use: {', '.join(LANGUAGES)}")
        if (golden.answer is None) != abstains:
            document.fault(node, "a golden question needs `answer` or `abstains: true`, not both", "keep one of them")
        if golden.answer and not knowledge.exists(golden.answer):
            document.fault(values["answer"], f"there is no entry `{golden.answer}`", "check the spelling")
        if (golden.locale, golden.question) in found:
            document.fault(node, f"`{golden.question}` stands twice", "keep it once")
        found[golden.locale, golden.question] = golden
    return list(found.values()), document.problems
