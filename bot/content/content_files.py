"""The files that a reload is made from: found, measured, and copied once, so that everything is read from one state."""

import hashlib
import os
import stat
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bot.content.yaml_reader import MAX_BYTES
from bot.core.errors import ContentError, Problem
from bot.core.locales import LANGUAGES

KNOWLEDGE, LOCALES = "knowledge", "locales"
MAX_TOTAL = 160 * 1024 * 1024  # of all files together; ours have 10 MB
EDITING = threading.Lock()  # held from reading one of the files to writing it back, so that no edit is lost to another
_MOST_FILES = 500
_NONE: Mapping[str, bytes] = MappingProxyType({})
_PATTERNS = ("*.y*ml", "phrasings/*.y*ml", "negatives/*.y*ml", "language_samples/*.txt")


@dataclass(frozen=True, slots=True)
class ContentFiles:
    """One state of the content.

    Args:
        hashes: SHA-256 of every file by its name, `knowledge/meeting.yaml` or `locales/th/LC_MESSAGES/ui.po`.
    """

    hashes: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Names the state: 64 hex digits."""
        lines = (f"{name}\0{digest}\n" for name, digest in sorted(self.hashes.items()))
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def content_paths(knowledge: Path, locales: Path) -> Mapping[str, Path]:
    """Every content file that there is by name, also those that cannot be read: a broken link is a fault, not a gap."""
    found = {f"{KNOWLEDGE}/{path.relative_to(knowledge).as_posix()}": path for path in _knowledge(knowledge)}
    for locale in LANGUAGES:
        for domain in ("ui", "knowledge"):
            path = locales / locale / "LC_MESSAGES" / f"{domain}.po"
            if os.path.lexists(path) or _unreachable(path):
                found[f"{LOCALES}/{path.relative_to(locales).as_posix()}"] = path
    return found


def content_folders(knowledge: Path, locales: Path) -> list[Path]:
    """Where content files lie."""
    catalogs = [locales / locale / "LC_MESSAGES" for locale in LANGUAGES]
    return [*((knowledge / pattern).parent for pattern in _PATTERNS), *catalogs]


def _knowledge(folder: Path) -> Iterator[Path]:
    for pattern in _PATTERNS:
        yield from sorted(folder.glob(pattern))


def _unreachable(path: Path) -> bool:
    """True when something stands in the way, such as a loop of links: to be reported where the file is read."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def hash_content(knowledge: Path, locales: Path) -> ContentFiles:
    """Raises ContentError with every file that cannot be read."""
    return _each(content_paths(knowledge, locales))


def hash_linked(folder: Path, other: Path, known: ContentFiles) -> ContentFiles:
    """Of the content in `folder`; what is the very same file in `other`, whose hashes are `known`, is not read again.

    Raises:
        ContentError: With every file that cannot be read.
    """
    paths = content_paths(folder / KNOWLEDGE, folder / LOCALES)
    same = {
        name: known.hashes[name] for name, path in paths.items() if name in known.hashes and _same(path, other / name)
    }
    read = _each({name: path for name, path in paths.items() if name not in same})
    return ContentFiles({**same, **read.hashes})


def _same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False


def content_signature(knowledge: Path, locales: Path) -> tuple[tuple[str, int, int], ...]:
    """Differs when a file was saved; cheaper than hashing."""
    found = []
    for name, path in sorted(content_paths(knowledge, locales).items()):
        try:
            status = path.stat()
        except OSError:
            found.append((name, 0, 0))
        else:
            found.append((name, status.st_mtime_ns, status.st_size))
    return tuple(found)


def stage_content(
    knowledge: Path, locales: Path, into: Path, known: Path | None, instead: Mapping[str, bytes] = _NONE
) -> ContentFiles:
    """Copy all content into `into`; what `known` holds already is linked there instead, so versions share files.

    Args:
        instead: Files by name that are taken from here and not from their folder.

    Raises:
        ContentError: With every file that cannot be read.
    """
    paths = {**content_paths(knowledge, locales), **{name: Path(name) for name in instead}}
    return _each(paths, instead, (into, known))


def _each(
    paths: Mapping[str, Path],
    instead: Mapping[str, bytes] = _NONE,
    copying: tuple[Path, Path | None] | None = None,
) -> ContentFiles:
    problems: list[Problem] = []
    hashes: dict[str, str] = {}
    total = 0
    if len(paths) > _MOST_FILES:
        raise ContentError([Problem(KNOWLEDGE, 0, f"has more than {_MOST_FILES} files", "put them elsewhere")])
    for name, path in paths.items():
        try:
            raw = instead[name] if name in instead else read_limited(path)
        except ContentError as error:
            problems += error.problems
            continue
        total += len(raw)
        hashes[name] = hashlib.sha256(raw).hexdigest()
        if total > MAX_TOTAL:
            raise ContentError([Problem(str(path), 0, f"all files together exceed {MAX_TOTAL // 1024**2} MB")])
        if copying:
            place(raw, copying[0] / name, copying[1] / name if copying[1] else None)
    if problems:
        raise ContentError(problems)
    return ContentFiles(hashes)


def read_limited(path: Path) -> bytes:
    """A regular file of bearable size. Raises ContentError: reading a pipe would wait for ever, a disk never end."""
    shown = str(path)
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ContentError([Problem(shown, 0, "is not a file", "rename it, or put it elsewhere")])
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        problem = Problem(shown, 0, f"cannot be read: {error.strerror}", "check the path and permissions")
        raise ContentError([problem]) from None
    if len(raw) > MAX_BYTES:
        raise ContentError([Problem(shown, 0, f"the file is larger than {MAX_BYTES // 1024**2} MB", "split it")])
    return raw


def place(raw: bytes, path: Path, known: Path | None) -> None:
    """Write `path`, or make it one file with `known`, a file of a kept version, where that says the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        if known is not None and known.stat().st_size == len(raw) and known.read_bytes() == raw:
            path.hardlink_to(known)
            return
    except OSError:
        pass  # no such file there, or a file system without links: a copy serves as well
    path.write_bytes(raw)


def original_path(shown: str, staged: Path, knowledge: Path, locales: Path) -> str:
    """How a problem of a staged copy names the file that a person can mend."""
    for part, folder in ((KNOWLEDGE, knowledge), (LOCALES, locales)):
        if shown.startswith(f"{staged / part}{os.sep}"):
            return str(folder / Path(shown).relative_to(staged / part))
    return shown.replace(str(staged / KNOWLEDGE), str(knowledge)).replace(str(staged / LOCALES), str(locales))
