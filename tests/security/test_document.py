"""docs/security.md names tests that exist, and each threat has one."""

import ast

import regex

from tests.conftest import ROOT

DOCUMENT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(regex.findall(r"`([a-z_/]+\.py)::(test_\w+)`", DOCUMENT)))
ROWS = [line for line in DOCUMENT.splitlines() if line.startswith("|")][2:]


def functions(path: str) -> set[str]:
    file = ROOT / "tests" / path
    if not file.exists():
        return set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_test_that_is_named_exists() -> None:
    assert len(NAMED) > 30
    assert [f"{path}::{name}" for path, name in NAMED if name not in functions(path)] == []


def test_every_threat_has_what_holds_it_and_a_test() -> None:
    assert len(ROWS) > 20
    for row in ROWS:
        threat, held, tests = (cell.strip() for cell in row.strip("|").split("|"))
        assert threat, row
        assert held, row
        assert "::test_" in tests, threat


def test_files_of_the_bot_that_are_named_exist() -> None:
    assert [path for path in regex.findall(r"`(bot/[a-z_/]+\.py)`", DOCUMENT) if not (ROOT / path).exists()] == []


def test_what_is_audited_and_listed_is_what_is_locked() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipes = {name: makefile.partition(f"\n{name}:")[2].partition("\n\n")[0] for name in ("audit", "sbom")}
    assert "--requirement requirements.lock --require-hashes" in recipes["audit"]
    assert "cyclonedx-py requirements" in recipes["sbom"]
    assert recipes["sbom"].rstrip().endswith("dist/sbom.json requirements.lock")
