"""The command line as a person or a script uses it: real processes."""

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot import __version__
from tests.conftest import ROOT
from tests.content.folders import edit, make_knowledge

LONG = 240  # seconds; only a hanging process takes so long, or a machine that compiles an outdated model


def run(environment: dict[str, str], *arguments: str, typed: str | bytes = "") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env=environment,
        input=typed.encode() if isinstance(typed, str) else typed,
        capture_output=True,
        check=False,
        timeout=LONG,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_the_version_is_told(process_environment: dict[str, str]) -> None:
    done = run(process_environment, "--version")
    assert (done.returncode, done.stdout) == (0, f"{__version__}\n")


@pytest.mark.parametrize(
    ("question", "period"),
    [
        ("On which days did the 6th meeting happen?", "29–30 October 2024"),
        ("การประชุมครั้งที่ 6 จัดขึ้นวันที่เท่าไหร่", "29–30 ตุลาคม 2024 (พ.ศ. 2567)"),
    ],
    ids=["en", "th"],
)
def test_a_question_is_answered_in_the_terminal(
    process_environment: dict[str, str], question: str, period: str
) -> None:
    done = run(process_environment, "ask", question)
    assert done.returncode == 0, done.stderr
    assert period in done.stdout
    assert "METI" in done.stdout


def test_the_language_of_the_reply_can_be_chosen(process_environment: dict[str, str]) -> None:
    done = run(process_environment, "ask", "--language", "ja-JP", "On which days did the 6th meeting happen?")
    assert "2024年10月29～30日" in done.stdout


@pytest.mark.parametrize("command", [["ask", "--language", "tlh", "when"], ["chat", "--language", "xx"]])
def test_a_language_that_is_none_of_ours_is_refused(process_environment: dict[str, str], command: list[str]) -> None:
    done = run(process_environment, *command)
    assert done.returncode == 2
    assert "is not one of our languages: en, id, ms" in done.stderr


@pytest.mark.parametrize("arguments", [["ask"], ["ask", ""], [], ["fly"], ["ask", "--loud", "when"]])
def test_wrong_arguments_end_with_code_2(process_environment: dict[str, str], arguments: list[str]) -> None:
    done = run(process_environment, *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


LINES: list[tuple[str | bytes, str | None]] = [
    ('{"id": "a", "text": "On which days did the 6th meeting happen?"}', "a"),
    ("", None),
    ('{"id": 2, "text": "การประชุมครั้งที่ 6 จัดขึ้นวันที่เท่าไหร่"}', "2"),
    ("not json", "error"),
    ('["a", "b"]', "error"),
    ('"text"', "error"),
    ('{"id": "b"}', "error"),
    ('{"id": "c", "text": null}', "error"),
    ('{"id": "d", "text": ["when"]}', "error"),
    ("[" * 100_000, "error"),
    (b'{"id": "e", "text": "\xff\xfe"}', "e"),
    ('{"id": "\\ud800", "text": "\\ud83d \\u0000 xyzzy"}', "\ud800"),
    ('{"id": "f", "text": ""}', "f"),
    ('{"id": "a", "text": "第6回会合が開かれた日はいつですか"}', "a"),
]


def test_every_line_gets_its_line_in_order(process_environment: dict[str, str]) -> None:
    typed = b"\n".join(line.encode() if isinstance(line, str) else line for line, _ in LINES)
    done = run(process_environment, "ask", "--jsonl", typed=typed)
    assert done.returncode == 0, done.stderr

    rows = [json.loads(line) for line in done.stdout.splitlines()]

    assert ["error" if "error" in row else str(row["id"]) for row in rows] == [name for _, name in LINES if name]
    answers = [row for row in rows if "error" not in row]
    assert all(
        set(row) == {"id", "outcome", "language", "probability", "entry", "facts", "unknown", "choices", "text"}
        for row in answers
    )
    dates = [row for row in answers if row["entry"] == "meeting.dates"]
    assert [row["language"] for row in dates] == ["en", "th", "ja"]
    assert all("meeting.dates" in row["facts"] and 0 <= row["probability"] <= 1 for row in dates)


def test_nothing_asked_is_nothing_answered(process_environment: dict[str, str]) -> None:
    done = run(process_environment, "ask", "--jsonl", typed="\n \n")
    assert (done.returncode, done.stdout) == (0, "")


def test_lines_with_one_id_are_not_one_conversation(process_environment: dict[str, str]) -> None:
    first = '{"id": 1, "text": "On which days did the 6th meeting happen?"}\n'
    alone = run(process_environment, "ask", "--jsonl", typed='{"id": 1, "text": "and where?"}\n')
    after = run(process_environment, "ask", "--jsonl", typed=first * 9 + '{"id": 1, "text": "and where?"}\n')
    assert after.stdout.splitlines()[-1] == alone.stdout.splitlines()[0]


def test_a_reader_that_goes_away_is_no_error(process_environment: dict[str, str]) -> None:
    typed = '{"id": 1, "text": "สวัสดี"}\n' * 64
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "ask", "--jsonl"],
        cwd=ROOT,
        env=process_environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        _, told = process.communicate(typed.encode(), timeout=LONG)
    assert b"Traceback" not in told


def test_chatting_takes_questions_and_numbers_until_an_empty_line(process_environment: dict[str, str]) -> None:
    typed = "การประชุมครั้งที่ 6 จัดขึ้นวันที่เท่าไหร่\n1\n๒\n\nnever asked\n"
    done = run(process_environment, "chat", "--language", "th", typed=typed)
    assert done.returncode == 0, done.stderr
    assert "29–30 ตุลาคม 2024" in done.stdout
    assert "1. " in done.stdout
    assert done.stdout.count("แหล่งข้อมูล") == 3
    assert done.stdout.count("> ") >= 4


def test_chatting_ends_with_the_input(process_environment: dict[str, str]) -> None:
    done = run(process_environment, "chat", typed="hello")
    assert done.returncode == 0, done.stderr


def test_ctrl_c_at_the_prompt_ends_the_conversation(process_environment: dict[str, str]) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "chat"],
        cwd=ROOT,
        env=process_environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        assert "> " in read_terminal(ours, until="> ")
        process.send_signal(signal.SIGINT)
        told = read_terminal(ours)
        process.wait(timeout=LONG)
    os.close(ours)
    assert process.returncode == 130
    assert told.strip() in ("", "^C")


def read_terminal(descriptor: int, until: str | None = None) -> str:
    """What a terminal shows until some text is there, or until the program has let go of it."""
    seen = b""
    while until is None or until not in seen.decode(errors="replace"):
        assert select.select([descriptor], [], [], LONG)[0], seen
        try:
            seen += os.read(descriptor, 4096)
        except OSError:  # nobody holds the other end any more
            break
    return seen.decode()


def test_the_shipped_content_passes_the_check(process_environment: dict[str, str]) -> None:
    done = run(process_environment, "check")
    assert (done.returncode, done.stdout) == (0, "no problems\n"), done.stdout


def test_a_broken_copy_fails_the_check_with_every_place(process_environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(ROOT / "knowledge", folder, ignore=shutil.ignore_patterns("compiled"))
    edit(folder / "meeting.yaml", 'as_of: "2024-11"', "as_of: 2024-11-01")
    edit(folder / "meeting.yaml", "[meti-2024-10-31, nies]", "[meti-2024-10-31, neis]")
    edit(folder / "phrasings" / "th.meeting.yaml", "phrasings:", "phrasing:")

    done = run({**process_environment, "BOT_KNOWLEDGE_DIR": str(folder)}, "check")

    assert done.returncode == 1
    assert f"{folder}/meeting.yaml:" in done.stdout
    assert "did you mean `nies`?" in done.stdout
    assert 'write "2024-11-01"' in done.stdout
    assert f"{folder}/phrasings/th.meeting.yaml:" in done.stdout
    assert done.stdout.splitlines()[-1].endswith(" problems")


def test_a_broken_knowledge_base_is_told_to_who_asks(process_environment: dict[str, str], tmp_path: Path) -> None:
    folder = make_knowledge(tmp_path / "knowledge")
    edit(folder / "meeting.yaml", "[meti]", "[metti]")
    done = run({**process_environment, "BOT_KNOWLEDGE_DIR": str(folder)}, "ask", "when")
    assert done.returncode == 1
    assert done.stderr.splitlines()[:1] == ["The knowledge base is faulty:"]
    assert "meeting.yaml:10: there is no source `metti`; did you mean `meti`?" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_settings_are_printed_for_the_documentation(process_environment: dict[str, str]) -> None:
    done = run(process_environment, "settings")
    assert done.stdout == (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
