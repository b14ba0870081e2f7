"""A moderator's own texts by language from a file: YAML (`ja: {title: ..., body: ...}`) or CSV (language, title, body).

The first language of the file is the one that stands in for missing ones.
"""

import csv
import io
from collections.abc import Iterable, Mapping

from bot.content.yaml_reader import decode, parse_yaml
from bot.core.announcements.models import Words
from bot.core.announcements.typed import MAX_BODY, MAX_FILE, MAX_TITLE, read_words
from bot.core.errors import ContentError, Problem
from bot.core.locales import LANGUAGES, negotiate

_FIELDS = ("title", "body")
_COLUMNS = ("language", *_FIELDS)
_EXAMPLE = "write for example `ja: {title: ..., body: ...}`"
_MOST_SHOWN = 10


def read_texts(name: str, raw: bytes) -> Mapping[str, Words] | str:
    """The texts, or all that is wrong with the file, a line each, with line numbers."""
    if not raw or len(raw) > MAX_FILE:
        return f"{name}: is empty or larger than {MAX_FILE // 1024} kB"
    texts: dict[str, Words] = {}
    try:
        rows = _csv_rows(raw, name) if name.lower().endswith(".csv") else _yaml_rows(raw, name)
        problems = _collect(rows, name, texts)
    except ContentError as error:
        problems = list(error.problems)
    if not texts and not problems:
        problems = [Problem(name, 0, "has no texts", _EXAMPLE)]
    return "\n".join(map(str, problems[:_MOST_SHOWN])) if problems else texts


_Row = tuple[int, str, str, str]


def _collect(rows: Iterable[_Row], name: str, texts: dict[str, Words]) -> list[Problem]:
    problems = []
    for line, tag, title, body in rows:
        locale = negotiate(tag)
        words = read_words(title, body)
        if locale is None:
            problems.append(Problem(name, line, f"`{tag}` is not one of our languages", f"use: {', '.join(LANGUAGES)}"))
        elif locale in texts:
            problems.append(Problem(name, line, f"`{locale}` stands twice", "keep one of them"))
        elif isinstance(words, tuple):
            problems.append(Problem(name, line, f"`{tag}` lacks a title or a body", _EXAMPLE))
        elif len(words.title) > MAX_TITLE or len(words.body) > MAX_BODY:
            limits = f"at most {MAX_TITLE} characters of title and {MAX_BODY} of body"
            problems.append(Problem(name, line, f"`{tag}` is too long", limits))
        else:
            texts[locale] = words
    return problems


def _yaml_rows(raw: bytes, name: str) -> list[_Row]:
    document = parse_yaml(raw, name)
    rows = []
    for tag, node in document.mapping(document.root, "the file").items():
        fields = document.mapping(node, f"`{tag}`", required=frozenset(_FIELDS))
        if len(fields) == len(_FIELDS):
            title, body = (document.text(fields[key], f"`{key}`") for key in _FIELDS)
            rows.append((document.line(node), tag, title, body))
    if document.problems:
        raise ContentError(document.problems)
    return rows


def _csv_rows(raw: bytes, name: str) -> list[_Row]:
    text = decode(raw, name)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)  # spreadsheets write what the computer's region asks for
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = [column.strip().lower() for column in reader.fieldnames or ()]
    if missing := [column for column in _COLUMNS if column not in columns]:
        what = f"has no column {', '.join(missing)}"
        raise ContentError([Problem(name, 1, what, f"the first line names the columns: {','.join(_COLUMNS)}")])
    reader.fieldnames = columns
    try:
        return [(reader.line_num, _cell(row, "language"), _cell(row, "title"), _cell(row, "body")) for row in reader]
    except csv.Error as error:
        raise ContentError([Problem(name, reader.line_num, f"is not valid CSV: {error}", "check the quotes")]) from None


def _cell(row: Mapping[str, str | None], column: str) -> str:
    return (row.get(column) or "").strip()
