"""Strict YAML: what would be misread, blow up or hang is a problem with path, line and remedy."""

import os
import stat
from pathlib import Path

import pytest

from bot.content.yaml_reader import MAX_BYTES, Document, read_yaml
from bot.core.errors import Problem


def read(tmp_path: Path, content: str | bytes) -> Document:
    path = tmp_path / "x.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_yaml(path, "x.yaml")


MISREAD = {
    "time": ("14:30", "int"),
    "no": ("no", "bool"),
    "octal": ("010", "int"),
    "version": ("3.10", "float"),
    "date": ("2024-10-29", "timestamp"),
    "yes": ("Yes", "bool"),
    "infinity": (".inf", "float"),
    "grouped digits": ("1_000", "int"),
}


@pytest.mark.parametrize(("written", "kind"), MISREAD.values(), ids=MISREAD)
def test_an_unquoted_value_that_yaml_would_change_is_refused(tmp_path: Path, written: str, kind: str) -> None:
    document = read(tmp_path, f"# เวลา\nstarts: {written}\n")
    fields = document.mapping(document.root, "an event")

    assert document.text(fields["starts"], "starts") == ""
    assert document.problems == [
        Problem("x.yaml", 2, f"`{written}` in starts is unquoted, YAML reads it as a {kind}", f'write "{written}"')
    ]


@pytest.mark.parametrize("written", [written for written, _ in MISREAD.values()])
def test_the_same_value_in_quotes_is_text(tmp_path: Path, written: str) -> None:
    document = read(tmp_path, f'starts: "{written}"\n')
    assert document.text(document.mapping(document.root, "an event")["starts"], "starts") == written
    assert document.problems == []


@pytest.mark.parametrize("written", ["", "~", "null", '""', '"  "', "'\u3000'"])
def test_an_empty_text_is_a_problem(tmp_path: Path, written: str) -> None:
    document = read(tmp_path, f"title: {written}\n")
    document.text(document.mapping(document.root, "an event")["title"], "title")
    assert document.problems == [Problem("x.yaml", 1, "title is empty", "write a text")]


def test_a_key_that_stands_twice_is_a_problem_on_the_second_line(tmp_path: Path) -> None:
    document = read(tmp_path, "ชื่อ: a\nother: b\nชื่อ: c\n")
    document.mapping(document.root, "an event")
    assert document.problems == [Problem("x.yaml", 3, "`ชื่อ` stands twice in an event", "keep one of them")]


def test_unknown_and_missing_keys_are_told_together(tmp_path: Path) -> None:
    document = read(tmp_path, "titel: a\n<<: {x: y}\n")
    document.mapping(document.root, "an event", required=frozenset({"title"}), optional=frozenset({"note"}))
    assert [str(problem) for problem in document.problems] == [
        "x.yaml:1: `titel` is not known in an event; use one of: note, title",
        "x.yaml:2: `<<` is not known in an event; use one of: note, title",
        "x.yaml:1: an event has no `title`; add `title:`",
    ]


def test_a_list_that_is_not_a_list_is_a_problem(tmp_path: Path) -> None:
    document = read(tmp_path, "related: meeting.dates\n")
    assert document.items(document.mapping(document.root, "an entry")["related"], "related") == []
    assert [str(problem) for problem in document.problems] == [
        "x.yaml:1: related must be a list; write `- item` lines or `[a, b]`"
    ]


def test_a_mapping_that_is_not_a_mapping_is_a_problem(tmp_path: Path) -> None:
    document = read(tmp_path, "- a\n- b\n")
    document.mapping(document.root, "a topic file")
    assert [str(problem) for problem in document.problems] == [
        "x.yaml:1: a topic file must be a mapping; write `key: value` lines"
    ]


@pytest.mark.parametrize(("written", "value"), [("true", True), ("false", False)])
def test_flags_are_true_or_false(tmp_path: Path, written: str, value: bool) -> None:
    document = read(tmp_path, f"unknown: {written}\n")
    assert document.flag(document.mapping(document.root, "an entry")["unknown"], "unknown") is value
    assert document.problems == []


@pytest.mark.parametrize("written", ["yes", "no", "on", "1", '"true"', "True", "[]"])
def test_other_spellings_of_flags_are_problems(tmp_path: Path, written: str) -> None:
    document = read(tmp_path, f"unknown: {written}\n")
    document.flag(document.mapping(document.root, "an entry")["unknown"], "unknown")
    assert [problem.line for problem in document.problems] == [1]


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
UNREADABLE: dict[str, tuple[str | bytes, str]] = {
    "alias bomb": (BOMB, "x.yaml:2: aliases (`*name`) are not allowed; write the value out"),
    "self reference": ("a: &a\n  b: *a\n", "x.yaml:2: aliases (`*name`) are not allowed; write the value out"),
    "deep flow": ("a: " + "[" * 100_000, "x.yaml:1: nested deeper than 12 levels; flatten it"),
    "deep mapping": (
        "".join(" " * n + "a:\n" for n in range(14)),
        "x.yaml:13: nested deeper than 12 levels; flatten it",
    ),
    "two documents": ("a: b\n---\nc: d\n", "x.yaml:2: a second document (`---`) begins here; one document a file"),
    "latin-1": ("# gut\ntitle: Präfektur\n".encode("latin-1"), "x.yaml:2: is not UTF-8; save the file as UTF-8"),
    "utf-16": ("title: ที่\n".encode("utf-16"), "x.yaml:1: is not UTF-8; save the file as UTF-8"),
    "shift-jis": ("a: b\ntitle: 会合\n".encode("shift-jis"), "x.yaml:2: is not UTF-8; save the file as UTF-8"),
    "binary": (
        b"a: b\nc: \x00\x01\x02\n",
        "x.yaml:2: the control character U+0000 is in the text; remove it, or restore the file",
    ),
    "empty": ("", "x.yaml: the file is empty; delete it or fill it"),
    "comments only": ("# หัวข้อ\n", "x.yaml: the file is empty; delete it or fill it"),
}


@pytest.mark.parametrize(("content", "problem"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_taken_as_it_is_gives_one_problem(
    tmp_path: Path, content: str | bytes, problem: str
) -> None:
    assert [str(found) for found in read(tmp_path, content).problems] == [problem]


@pytest.mark.parametrize(
    ("content", "line"),
    [('title: "open\nnext: x\n', 3), ("a: b: c\n", 1), ("a:\n\t- b\n", 2), ("a: [b\nc: d\n", 2), ("a: @b\n", 1)],
    ids=["open quote", "two colons", "tab", "open bracket", "reserved"],
)
def test_a_syntax_error_names_its_line_and_what_to_check(tmp_path: Path, content: str, line: int) -> None:
    (problem,) = read(tmp_path, content).problems
    assert (problem.path, problem.line) == ("x.yaml", line)
    assert problem.what.startswith("is not valid YAML: ")
    assert problem.remedy == "check indentation, colons and quotes"


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    document = read(tmp_path, "title: ที่ประชุม\n".encode("utf-8-sig"))
    assert list(document.mapping(document.root, "x")) == ["title"]


def test_a_vast_file_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "vast.yaml"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)  # sparse: reading it would show a control character first
    assert [str(problem) for problem in read_yaml(path, "vast.yaml").problems] == [
        f"vast.yaml: the file is larger than {MAX_BYTES // 1024**2} MB; split it"
    ]


def test_a_folder_a_loop_and_a_pipe_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")

    told = [
        str(problem)
        for name in ("folder", "loop", "pipe", "gone")
        for problem in read_yaml(tmp_path / f"{name}.yaml", name).problems
    ]

    assert told == [
        "folder: is not a file; rename it, or put it elsewhere",
        "loop: cannot be read: Too many levels of symbolic links; check the path and permissions",
        "pipe: is not a file; rename it, or put it elsewhere",
        "gone: cannot be read: No such file or directory; check the path and permissions",
    ]


def test_a_file_that_may_not_be_read_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read anything: the refusal is simulated where it would come from."""
    path = tmp_path / "secret.yaml"
    path.write_text("a: b\n", encoding="utf-8")
    path.chmod(0)

    def refuse(self: Path) -> bytes:
        assert not stat.S_IMODE(self.stat().st_mode)
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert [str(problem) for problem in read_yaml(path, "secret.yaml").problems] == [
        "secret.yaml: cannot be read: Permission denied; check the path and permissions"
    ]
