"""The arrows between packages, and what no module may do. See CONTRIBUTING.md."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "bot"
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))
PARTS = (
    "__main__",
    "doctor",
    "maintenance",
    "app",
    "discord_parts",
    "parts",
    "settings",
    "adapters",
    "storage",
    "content",
    "core",
)
# What each part may import of the others; `bot` itself holds the version.
ARROWS = {
    "__main__": {"doctor", "maintenance", "app", "parts", "adapters", "content", "settings", "core"},
    "doctor": {"parts", "adapters", "storage", "content", "settings", "core"},
    "maintenance": {"parts", "adapters", "storage", "content", "settings", "core"},
    "app": {"discord_parts", "parts", "adapters", "storage", "content", "settings", "core"},
    "discord_parts": {"parts", "adapters", "storage", "content", "settings", "core"},
    "parts": {"adapters", "storage", "content", "settings", "core"},
    "settings": {"core"},
    "adapters": {"core"},
    "storage": {"core"},
    "content": {"core"},
    "core": set(),
}
ZAWGYI = {"myanmartools", "para"}  # pure functions on text, in one module
CORE_MAY_IMPORT = {*sys.stdlib_module_names, "babel", "numpy", "regex", "bot"}


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[str]:
    """Full names of everything a module imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_imports_follow_the_arrows(path: Path) -> None:
    part = part_of(path)
    if part == "__init__":
        assert not list(imports_of(path))
        return
    wanted = {name.split(".")[1] for name in imports_of(path) if name.startswith("bot.")}
    foreign = (wanted & set(PARTS)) - ARROWS[part] - {part}
    assert not foreign, f"{shown(path)} may not import {foreign}"


@pytest.mark.parametrize("path", [path for path in MODULES if part_of(path) == "adapters"], ids=shown)
def test_adapters_do_not_know_each_other(path: Path) -> None:
    own = path.relative_to(PACKAGE / "adapters").parts[0].removesuffix(".py")
    others = {name.split(".")[2] for name in imports_of(path) if name.startswith("bot.adapters.")}
    assert others <= {own}


@pytest.mark.parametrize("path", [path for path in MODULES if part_of(path) == "core"], ids=shown)
def test_the_core_needs_no_platform(path: Path) -> None:
    allowed = CORE_MAY_IMPORT | (ZAWGYI if path.name == "burmese.py" else set())
    assert {name.split(".")[0] for name in imports_of(path)} <= allowed


@pytest.mark.parametrize("path", [path for path in MODULES if part_of(path) == "storage"], ids=shown)
def test_stores_do_not_know_which_database_they_are_on(path: Path) -> None:
    """They use `store.insert` and `store.database`; what would run on one kind only fails on the other, in production."""
    if path.stem.startswith(("sqlite", "postgresql")):
        return
    of_one_kind = ("bot.storage.sqlite.", "bot.storage.postgresql.")
    named = [name.rpartition(".")[2] for name in imports_of(path) if name.startswith(of_one_kind)]
    assert [name for name in named if name.islower()] == []  # functions; classes are chosen between
    assert "sqlalchemy.dialects.sqlite.insert" not in imports_of(path)


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_imports_are_absolute(path: Path) -> None:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    assert not [node.lineno for node in nodes if isinstance(node, ast.ImportFrom) and node.level]


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_nothing_reaches_outside_the_repository(path: Path) -> None:
    """../shared is where the work was agreed; it is not on a user's machine."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert not [text for text in texts if "../shared" in text or "/work/" in text]


# Run in a process of its own: modules that other tests have imported would hide what an import does.
_IMPORT_EVERYTHING = """
import builtins, importlib, os, sys, threading
import regex, numpy, babel, yaml, dotenv, aiohttp.web, discord, sqlalchemy.ext.asyncio, alembic.command
names, package = sys.argv[2:], sys.argv[1]
read, opened = [], []
def own_frame():
    frame = sys._getframe(2)
    while frame and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith(package)
class Watched(dict):
    def get(self, *args):
        read.append(args[0]) if own_frame() else None
        return super().get(*args)
    def __getitem__(self, key):
        read.append(key) if own_frame() else None
        return super().__getitem__(key)
os.environ = Watched(os.environ)
plain_open = builtins.open
def watched_open(*args, **kwargs):
    opened.append(args[0]) if own_frame() else None
    return plain_open(*args, **kwargs)
builtins.open = watched_open
before = threading.active_count()
for name in names:
    importlib.import_module(name)
assert not read, f"read at import: {read}"
assert not opened, f"opened at import: {opened}"
assert threading.active_count() == before, "a thread was started at import"
"""


def test_importing_any_module_does_nothing_else() -> None:
    """No environment read, no file opened, no thread started, no word printed."""
    runnable = [path for path in MODULES if "migrations" not in path.parts and path.name != "__init__.py"]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in runnable]

    done = subprocess.run(
        [sys.executable, "-c", _IMPORT_EVERYTHING, str(PACKAGE), *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
