"""Strict YAML: every scalar is text that we type ourselves, and every fault keeps its line.

PyYAML by itself reads `14:30` as 870, `no` as False and `3.10` as 3.1, keeps the last of two equal keys without a
word and expands aliases without end. Here each of these is a Problem, and all problems of a file are found in one go.
"""

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import regex
import yaml

from bot.core.errors import ContentError, Problem

MAX_BYTES = 8 * 1024 * 1024  # the largest phrasings file is about 0.7 MB
MAX_NODES = 200_000  # about 1 kB of memory each while a file is read; our largest file has 7,000
MAX_DEPTH = 12  # our deepest file nests 6 levels
# What YAML forbids in a stream; found here because the parser does not tell the line.
_CONTROL = regex.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_TEXT_TAG = "tag:yaml.org,2002:str"
_NULL_TAG = "tag:yaml.org,2002:null"
_BOOL_TAG = "tag:yaml.org,2002:bool"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times faster; not every platform has it


class _ParseError(ContentError):
    def __init__(self, problem: Problem) -> None:
        super().__init__([problem])
        self.problem = problem


@dataclass(slots=True)
class Document:
    """A parsed file and the problems found while reading values out of it."""

    path: str
    root: yaml.Node | None
    problems: list[Problem] = field(default_factory=list)

    def fault(self, node: yaml.Node | None, what: str, remedy: str = "") -> None:
        line = node.start_mark.line + 1 if node is not None else 0
        self.problems.append(Problem(self.path, line, what, remedy))

    def line(self, node: yaml.Node) -> int:
        return int(node.start_mark.line) + 1

    def mapping(
        self,
        node: yaml.Node | None,
        what: str,
        *,
        required: frozenset[str] | None = None,
        optional: frozenset[str] = frozenset(),
    ) -> dict[str, yaml.Node]:
        """Values by key. `required` None means any key is welcome. Unknown, missing and repeated keys are problems."""
        if node is None:  # a missing key is reported where it is missing
            return {}
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, f"{what} must be a mapping", "write `key: value` lines")
            return {}
        found: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            if key in found:
                self.fault(key_node, f"`{key}` stands twice in {what}", "keep one of them")
            elif required is not None and key not in required | optional:
                known = ", ".join(sorted(required | optional))
                self.fault(key_node, f"`{key}` is not known in {what}", f"use one of: {known}")
            else:
                found[key] = value
        for key in sorted((required or frozenset()) - found.keys()):
            self.fault(node, f"{what} has no `{key}`", f"add `{key}:`")
        return found

    def items(self, node: yaml.Node | None, what: str) -> list[yaml.Node]:
        """The items of a list; a missing list is empty."""
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.fault(node, f"{what} must be a list", "write `- item` lines or `[a, b]`")
            return []
        return list(node.value)

    def text(self, node: yaml.Node | None, what: str) -> str:
        """Non-empty text; empty after a fault. An unquoted value that YAML would read as something else is a fault."""
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode):
            self.fault(node, f"{what} must be text", "write one value in quotes")
            return ""
        if node.tag != _TEXT_TAG:
            self._misread(node, what)
            return ""
        if not node.value.strip():
            self.fault(node, f"{what} is empty", "write a text")
        return str(node.value)

    def texts(self, node: yaml.Node | None, what: str) -> tuple[str, ...]:
        return tuple(text for item in self.items(node, what) if (text := self.text(item, f"an item of {what}")))

    def flag(self, node: yaml.Node | None, what: str) -> bool:
        if node is None:
            return False
        if isinstance(node, yaml.ScalarNode) and node.tag == _BOOL_TAG and node.value in ("true", "false"):
            return bool(node.value == "true")
        self.fault(node, f"{what} must be true or false", "write `true` or leave the line out")
        return False

    def _misread(self, node: yaml.ScalarNode, what: str) -> None:
        if node.tag == _NULL_TAG:
            self.fault(node, f"{what} is empty", "write a text")
        else:
            self.fault(
                node,
                f"`{node.value}` in {what} is unquoted, YAML reads it as a {node.tag.rpartition(':')[2]}",
                f'write "{node.value}"',
            )


def read_yaml(path: Path, shown: str) -> Document:
    """Parse one file; never raises for a faulty file. `shown` is how problems name it."""
    try:
        raw = _read_bytes(path, shown)
    except _ParseError as error:
        return Document(shown, None, [error.problem])
    return parse_yaml(raw, shown)


def parse_yaml(raw: bytes, shown: str) -> Document:
    """Like `read_yaml`, for a file that somebody sent."""
    try:
        text = decode(raw, shown)
        _check_events(text, shown)
        root = yaml.compose(text, Loader=_LOADER)
    except _ParseError as error:
        return Document(shown, None, [error.problem])
    except yaml.YAMLError as error:
        return Document(shown, None, [_yaml_problem(error, shown)])
    document = Document(shown, root)
    if root is None:
        document.fault(None, "the file is empty", "delete it or fill it")
    return document


def _read_bytes(path: Path, shown: str) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # reading a pipe would wait for ever
            raise _ParseError(Problem(shown, 0, "is not a file", "rename it, or put it elsewhere"))
        if status.st_size > MAX_BYTES:
            raise _ParseError(Problem(shown, 0, f"the file is larger than {MAX_BYTES // 1024**2} MB", "split it"))
        return path.read_bytes()
    except OSError as error:
        raise _ParseError(
            Problem(shown, 0, f"cannot be read: {error.strerror}", "check the path and permissions")
        ) from None


def decode(raw: bytes, shown: str) -> str:
    """UTF-8 without control characters. Raises ContentError otherwise."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _ParseError(Problem(shown, line, "is not UTF-8", "save the file as UTF-8")) from None
    if control := _CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        what = f"the control character U+{ord(control[0]):04X} is in the text"
        raise _ParseError(Problem(shown, line, what, "remove it, or restore the file"))
    return text


def _check_events(text: str, shown: str) -> None:
    """Refuse what could blow up before anything is built: aliases, deep nesting, endless lists, several documents."""
    depth = documents = nodes = 0
    for event in _events(text):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            raise _ParseError(Problem(shown, line, "aliases (`*name`) are not allowed", "write the value out"))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        nodes += isinstance(event, yaml.NodeEvent)
        if nodes > MAX_NODES:
            raise _ParseError(Problem(shown, line, f"has more than {MAX_NODES} values", "split the file"))
        if depth > MAX_DEPTH:
            raise _ParseError(Problem(shown, line, f"nested deeper than {MAX_DEPTH} levels", "flatten it"))
        if documents > 1:
            raise _ParseError(Problem(shown, line, "a second document (`---`) begins here", "one document a file"))


def _events(text: str) -> Iterator[yaml.Event]:
    yield from yaml.parse(text, Loader=_LOADER)


def _yaml_problem(error: yaml.YAMLError, shown: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error).splitlines()[0]
    return Problem(
        shown, mark.line + 1 if mark else 0, f"is not valid YAML: {what}", "check indentation, colons and quotes"
    )
