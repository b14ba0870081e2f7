"""What the documents say is true: commands run, links lead somewhere, every dependency has its reason."""

import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import regex

from bot.maintenance import permissions_document

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "benchmarks" / "README.md"]
ASKED = [line for line in README.splitlines() if line.startswith("python -m bot ask ")]


@pytest.mark.parametrize("command", ASKED)
def test_the_questions_of_the_readme_are_answered(command: str, process_environment: dict[str, str]) -> None:
    words = [sys.executable, *shlex.split(command)[1:]]
    done = subprocess.run(
        words, cwd=ROOT, env=process_environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "METI" in done.stdout or "経済産業省" in done.stdout


@pytest.mark.parametrize("command", sorted(set(regex.findall(r"python -m bot ([a-z]+)", README))))
def test_every_command_of_the_readme_exists(command: str, process_environment: dict[str, str]) -> None:
    words = [sys.executable, "-m", "bot", command, "--help"]
    done = subprocess.run(words, cwd=ROOT, env=process_environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0


def test_every_make_target_that_documents_name_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(regex.findall(r"(?m)^([a-z-]+):", makefile))
    named = {
        name for path in DOCUMENTS for name in regex.findall(r"`make ([a-z -]+)`", path.read_text(encoding="utf-8"))
    }
    assert {target for names in named for target in names.split()} <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    links = regex.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {regex.split(r"[^a-zA-Z0-9.-]", line)[0].lower() for line in project["dependencies"]}
    reasons = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8").lower()
    table = reasons.partition("## dependencies")[2]
    assert {name for name in names if name not in table} == set()


def test_the_table_of_permissions_is_that_of_the_code() -> None:
    """`python -m bot permissions > docs/permissions.md` after a change."""
    assert (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8") == permissions_document()
