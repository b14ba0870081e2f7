"""Reads and writes gettext PO files, strictly: what is not well formed is a Problem with its line, never a lost text.

Babel reads PO files as well, but loses what we stand on: it takes `#| msgid` for a translator's comment and writes it
back broken, keeps one of two equal contexts without a word, drops the last letter of a string that lacks its closing
quote, and stops at the first fault. Extraction, plural rules and compiled catalogs stay with Babel; tests hold both
readers together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import regex

from bot.core.errors import Problem

MAX_BYTES = 4 * 1024 * 1024  # our largest catalog has 0.3 MB
MAX_FAULTS = 20  # in one file; a file that is no catalog at all has a fault in every line
FUZZY = "fuzzy"
_STRING_LINE = regex.compile(
    r'(?:(?P<keyword>msgctxt|msgid_plural|msgid|msgstr(?:\[[0-9]\])?)[ \t]+)?"(?P<text>(?:[^"\\]++|\\.)*+)"'
)
_ESCAPE = regex.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_UNESCAPE = {value: f"\\{key}" for key, value in _ESCAPES.items()}
_ESCAPED = regex.compile(r'[\n\t\r"\\]')
_CONTROL = regex.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_RANK = {"msgctxt": 0, "msgid": 1, "msgid_plural": 2}  # everything else is a msgstr


@dataclass(frozen=True, slots=True)
class PoMessage:
    """One text of a catalog.

    Args:
        english: The msgid, and the msgid_plural when there is one.
        texts: The translation, one for each plural form; empty strings when untranslated.
        line: Of the (first) msgstr, where a translator would go; 0 when not read from a file.
        comments: Written by translators (`# `); notes: extracted for them (`#.`).
        references: Where the English stands, `path:line`.
        previous: The English that the translation was made from, when that has changed since (`#|`).
        obsolete: Kept for its translation only; the English is gone.
    """

    context: str
    english: tuple[str, ...]
    texts: tuple[str, ...]
    line: int = 0
    comments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    previous: tuple[str, ...] = ()
    obsolete: bool = False

    @property
    def fuzzy(self) -> bool:
        return FUZZY in self.flags

    @property
    def translated(self) -> bool:
        return bool(self.texts) and all(self.texts)


@dataclass(slots=True)
class PoFile:
    """A parsed catalog and its problems. A message with a fault is left out of `messages`."""

    path: str
    header: PoMessage | None = None
    messages: list[PoMessage] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def fault(self, line: int, what: str, remedy: str = "") -> None:
        self.problems.append(Problem(self.path, line, what, remedy))

    @property
    def fields(self) -> Mapping[str, str]:
        """The header's fields by name."""
        lines = self.header.texts[0].split("\n") if self.header else []
        return {name.strip(): value.strip() for name, colon, value in (line.partition(":") for line in lines) if colon}


def read_po(path: Path) -> PoFile:
    """Parse one file; never raises for a faulty one."""
    shown = str(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            return _unreadable(shown, 0, f"the file is larger than {MAX_BYTES // 1024**2} MB", "is it a catalog?")
        raw = path.read_bytes()
    except OSError as error:
        return _unreadable(shown, 0, f"cannot be read: {error.strerror}", "check the path and permissions")
    try:
        return parse_po(raw.decode("utf-8-sig"), shown)
    except UnicodeDecodeError as error:
        return _unreadable(shown, raw.count(b"\n", 0, error.start) + 1, "is not UTF-8", "save the file as UTF-8")


def parse_po(text: str, shown: str) -> PoFile:
    """Parse the text of a PO file; `shown` is how problems name it."""
    text = text.replace("\r\n", "\n")
    if control := _CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        return _unreadable(shown, line, f"holds the control character U+{ord(control[0]):04X}", "remove it")
    return _Parser(shown).parse(text)


def format_po(po: PoFile) -> str:
    """The file's text: one line for each string, so that a changed text is one changed line; obsolete messages last."""
    parts = [po.header] if po.header else []
    parts += sorted(po.messages, key=lambda message: message.obsolete)
    return "\n".join("".join(f"{line}\n" for line in _message_lines(part)) for part in parts)


def _unreadable(shown: str, line: int, what: str, remedy: str) -> PoFile:
    return PoFile(shown, problems=[Problem(shown, line, what, remedy)])


@dataclass(slots=True)
class _Draft:
    """A message while its lines are read."""

    strings: dict[str, str] = field(default_factory=dict)  # by keyword, in the order of the file
    previous: dict[str, str] = field(default_factory=dict)
    about: dict[str, list[str]] = field(default_factory=dict)  # comment lines by the sign after `#`
    start: int = 0
    line: int = 0
    obsolete: bool = False
    broken: bool = False


class _Parser:
    def __init__(self, shown: str) -> None:
        self._file = PoFile(shown)
        self._draft = _Draft()
        self._lines: dict[str, int] = {}  # where each context was first met

    def parse(self, text: str) -> PoFile:
        for number, line in enumerate(map(str.strip, text.split("\n")), 1):
            if line.startswith("#"):
                self._comment(number, line)
            elif line:
                self._string(number, line, self._draft.strings)
            if len(self._file.problems) >= MAX_FAULTS:
                self._file.fault(number, "has too many faults, the rest was not read", "mend the ones above first")
                return self._file
        self._finish()
        return self._file

    def _comment(self, number: int, line: str) -> None:
        sign = line[1:2]
        if sign == "~":
            self._obsolete(number, line[2:].strip())
            return
        self._begin_unless_open()
        if sign == "|":
            self._string(number, line[2:].strip(), self._draft.previous)
        elif sign in (".", ":", ","):
            self._draft.about.setdefault(sign, []).append(line[2:].strip())
        else:
            self._draft.about.setdefault("", []).append(line[1:].strip())

    def _obsolete(self, number: int, line: str) -> None:
        if line.startswith("|"):
            self._begin_unless_open()
            self._string(number, line[1:].strip(), self._draft.previous)
        elif line:
            self._string(number, line, self._draft.strings)
        self._draft.obsolete = True

    def _begin_unless_open(self) -> None:
        """A comment belongs to the message below it."""
        if self._draft.strings:
            self._finish()

    def _string(self, number: int, line: str, into: dict[str, str]) -> None:
        match = _STRING_LINE.fullmatch(line)
        if match is None:
            self._fault(number, f"`{line[:40]}` is not a line of a catalog", 'write msgid "...", quotes inside as \\"')
            return
        keyword = match["keyword"]
        if keyword is None:
            self._continue(number, match["text"], into)
            return
        if into is self._draft.strings:
            into = self._strings_for(number, keyword)
        into[keyword] = self._unescape(number, match["text"])

    def _strings_for(self, number: int, keyword: str) -> dict[str, str]:
        """Where the string of `keyword` goes: a new message begins when the keyword cannot follow what was read."""
        strings = self._draft.strings
        last = next(reversed(strings), None)
        if last is not None and _RANK.get(keyword, 3) < 2 and _RANK.get(keyword, 3) <= _RANK.get(last, 3):
            self._finish()
        elif keyword in strings or (last is not None and _RANK.get(keyword, 3) < _RANK.get(last, 3)):
            self._fault(number, f"`{keyword}` stands twice or too late", "order: msgctxt, msgid, msgstr")
        self._draft.start = self._draft.start or number
        if keyword.startswith("msgstr") and not self._draft.line:
            self._draft.line = number
        return self._draft.strings

    def _continue(self, number: int, text: str, into: dict[str, str]) -> None:
        if not into:
            self._fault(number, "a string stands before any msgid", "write msgid or msgstr before it")
            return
        into[next(reversed(into))] += self._unescape(number, text)

    def _unescape(self, number: int, text: str) -> str:
        if "\\" not in text:
            return text
        for match in _ESCAPE.finditer(text):
            if match[1] not in _ESCAPES:
                self._fault(number, f"`{match[0]}` is not an escape", "write a backslash as \\\\")
        return str(_ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[0]), text))

    def _fault(self, line: int, what: str, remedy: str) -> None:
        self._file.fault(line, what, remedy)
        self._draft.broken = True

    def _finish(self) -> None:
        draft, self._draft = self._draft, _Draft()
        if not draft.strings or draft.broken:
            return
        message = _message(draft)
        if fault := _incomplete(draft, message):
            self._file.fault(
                draft.line or draft.start, f"`{message.context or message.english[0][:40]}` {fault}", "add it"
            )
        elif message.english == ("",) and not message.context:
            self._file.header = message
        else:
            self._add(message)

    def _add(self, message: PoMessage) -> None:
        if not message.context:
            self._file.fault(message.line, f"`{message.english[0][:40]}` has no msgctxt", "run `catalogs update`")
        elif not message.obsolete and message.context in self._lines:
            first = self._lines[message.context]
            self._file.fault(message.line, f"`{message.context}` stands twice, first in line {first}", "keep one")
        else:
            if not message.obsolete:
                self._lines[message.context] = message.line
            self._file.messages.append(message)


def _incomplete(draft: _Draft, message: PoMessage) -> str | None:
    """What a message lacks, if anything."""
    if "msgid" not in draft.strings:
        return "has no msgid"
    single = len(message.english) == 1
    wanted = ["msgstr"] if single else [f"msgstr[{form}]" for form in range(max(1, len(message.texts)))]
    found = [keyword for keyword in draft.strings if keyword.startswith("msgstr")]
    return None if found == wanted else f"needs the lines {', '.join(wanted)} and no other msgstr"


def _message(draft: _Draft) -> PoMessage:
    strings, about = draft.strings, draft.about
    flags = [flag.strip() for line in about.get(",", ()) for flag in line.split(",")]
    return PoMessage(
        context=strings.get("msgctxt", ""),
        english=_english(strings) or ("",),
        texts=tuple(text for keyword, text in sorted(strings.items()) if keyword.startswith("msgstr")),
        line=draft.line,
        comments=tuple(about.get("", ())),
        notes=tuple(about.get(".", ())),
        references=tuple(reference for line in about.get(":", ()) for reference in line.split()),
        flags=tuple(flag for flag in flags if flag),
        previous=_english(draft.previous),
        obsolete=draft.obsolete,
    )


def _english(strings: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(strings[keyword] for keyword in ("msgid", "msgid_plural") if keyword in strings)


def _message_lines(message: PoMessage) -> Iterator[str]:
    prefix = "#~ " if message.obsolete else ""
    yield from (f"# {line}".rstrip() for line in message.comments)
    if not message.obsolete:
        yield from (f"#. {line}" for line in message.notes)
        yield from (f"#: {reference}" for reference in message.references)
    if message.flags:
        yield f"#, {', '.join(message.flags)}"
    for keyword, text in zip(("msgid", "msgid_plural"), message.previous, strict=False):
        yield from _string_lines("#~| " if message.obsolete else "#| ", keyword, text)
    if message.context:
        yield from _string_lines(prefix, "msgctxt", message.context)
    for keyword, text in zip(("msgid", "msgid_plural"), message.english, strict=False):
        yield from _string_lines(prefix, keyword, text)
    for keyword, text in _translation_keywords(message):
        yield from _string_lines(prefix, keyword, text)


def _translation_keywords(message: PoMessage) -> Sequence[tuple[str, str]]:
    if len(message.english) == 1:
        return [("msgstr", message.texts[0])]
    return [(f"msgstr[{form}]", text) for form, text in enumerate(message.texts)]


def _string_lines(prefix: str, keyword: str, text: str) -> Iterator[str]:
    lines = text.splitlines(keepends=True) if "\n" in text[:-1] else [text]
    if len(lines) > 1:
        yield f'{prefix}{keyword} ""'
        yield from (f'{prefix}"{_escape(line)}"' for line in lines)
    else:
        yield f'{prefix}{keyword} "{_escape(text)}"'


def _escape(text: str) -> str:
    return str(_ESCAPED.sub(lambda match: _UNESCAPE[match[0]], text))
