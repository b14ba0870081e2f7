"""The benchmark runs and prints every row. No time is asserted: machines differ, and other jobs run beside."""

import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_LIMIT = 180  # seconds; about 25 on two free cores


@pytest.fixture(scope="module")
def printed() -> list[list[str]]:
    """Every line of a quick run, in words."""
    command = [sys.executable, "-m", "benchmarks.retrieval", "--quick", "--sizes", "1,2"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=_LIMIT, check=False)
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize("language", ["en", "id", "ja", "th", "worst"])
def test_accuracy_of_every_engine_in_every_language(printed: list[list[str]], language: str) -> None:
    (row,) = [words for words in printed if words[0] == language]
    assert all(0 <= float(word) <= 100 for word in row[1:5])


@pytest.mark.parametrize("size", ["1x", "2x"])
@pytest.mark.parametrize("engine", ["ours", "rapidfuzz", "bm25", "e5 nearest"])
def test_latency_of_every_engine_at_every_size(printed: list[list[str]], engine: str, size: str) -> None:
    beginning = [*engine.split(), size]
    rows = [words for words in printed if words[: len(beginning)] == beginning and "entries" not in words]
    assert len(rows) == 1


def test_more_entries_and_the_bare_embedding_have_rows(printed: list[list[str]]) -> None:
    lines = [" ".join(words) for words in printed]
    assert any(line.startswith("ours 10x entries") for line in lines)
    assert any(line.startswith("e5 embedding") for line in lines)


@pytest.mark.parametrize("wish", ["whole answer", "growth"])
def test_wanted_figures_are_judged(printed: list[list[str]], wish: str) -> None:
    (line,) = [" ".join(words) for words in printed if " ".join(words).startswith(f"wanted: {wish}")]
    assert line.endswith(("met", "MISSED"))
