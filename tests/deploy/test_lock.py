"""The lock holds exactly what the program needs, each with its hashes; checked without a network."""

import importlib.metadata
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import regex
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME, BUILD = ROOT / "requirements.lock", ROOT / "requirements-build.lock"
TARGETS = [
    {"sys_platform": "linux", "platform_machine": "x86_64", "python_version": version, "python_full_version": f"{version}.9"}
    for version in ("3.11", "3.12", "3.13")
]  # fmt: skip


def entries(path: Path) -> Iterator[tuple[Requirement, list[str]]]:
    """Each locked package and its hashes."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            requirement, *hashes = regex.split(r"\s+--hash=", line.strip())
            yield Requirement(requirement), hashes


def versions(path: Path, target: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for requirement, _ in entries(path):
        if requirement.marker is None or requirement.marker.evaluate(target):
            (pin,) = requirement.specifier
            assert pin.operator == "=="
            name = canonicalize_name(requirement.name)
            assert name not in found, f"{name} is locked twice"
            found[name] = pin.version
    return found


def unsatisfied(requirements: list[Requirement], locked: dict[str, str], target: dict[str, str]) -> list[str]:
    wanted = [one for one in requirements if one.marker is None or one.marker.evaluate({**target, "extra": ""})]
    pins = {one: locked.get(canonicalize_name(one.name)) for one in wanted}
    return [str(one) for one, pin in pins.items() if pin is None or pin not in one.specifier]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target["python_version"])
@pytest.mark.parametrize(
    ("path", "wanted"),
    [(RUNTIME, PROJECT["project"]["dependencies"]), (BUILD, PROJECT["build-system"]["requires"])],
    ids=["runtime", "build"],
)
def test_the_lock_satisfies_the_project(path: Path, wanted: list[str], target: dict[str, str]) -> None:
    """After changing dependencies: `make lock`."""
    locked = versions(path, target)
    assert unsatisfied([Requirement(line) for line in wanted], locked, target) == []


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target["python_version"])
def test_the_lock_has_what_the_dependencies_need_in_turn(target: dict[str, str]) -> None:
    """As far as the installed packages tell, whose versions may be others than the locked ones."""
    locked = versions(RUNTIME, target)
    missing = {}
    for name in locked:
        try:
            needs = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # for another version of Python
        wanted = [Requirement(line) for line in needs]
        names = {
            canonicalize_name(one.name)
            for one in wanted
            if one.marker is None or one.marker.evaluate({**target, "extra": ""})
        }
        if absent := names - set(locked):
            missing[name] = absent
    assert missing == {}


@pytest.mark.parametrize("path", [RUNTIME, BUILD], ids=["runtime", "build"])
def test_every_locked_package_has_hashes(path: Path) -> None:
    found = list(entries(path))
    assert len(found) >= 5
    assert [str(one) for one, hashes in found if not hashes or not all(regex.fullmatch(r"sha256:[0-9a-f]{64}", h.strip()) for h in hashes)] == []  # fmt: skip


@pytest.mark.parametrize("path", [RUNTIME, BUILD], ids=["runtime", "build"])
def test_the_lock_names_no_registry(path: Path) -> None:
    """Where packages come from is the business of the machine that installs them."""
    assert "://" not in path.read_text(encoding="utf-8")


def test_a_requirement_that_is_not_locked_is_found() -> None:
    target = TARGETS[0]
    locked = versions(RUNTIME, target)
    asked = [
        Requirement("regex>=9999"),
        Requirement("khmer-nltk"),
        Requirement("aiohttp>=3"),
        Requirement("x; python_version<'3'"),
    ]
    assert unsatisfied(asked, locked, target) == ["regex>=9999", "khmer-nltk"]


def test_readme_dockerfile_and_wheel_check_install_alike() -> None:
    command = "--require-hashes --requirement"
    for name in ("README.md", "Dockerfile", ".ci/wheel-check"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert command in text, name
        assert "requirements.lock" in text, name
        assert "--no-deps" in text, name
