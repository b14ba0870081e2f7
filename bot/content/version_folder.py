"""Versions on disk: a folder each, a pointer to the live one, everything written so that a crash leaves old or new."""

import datetime
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import regex

from bot.content.stored_values import sync_folder, write_atomically
from bot.core.reloading import LivePointer, Version, to_prune

_ID = regex.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{12}(-[0-9]{1,3})?")
_RUN = os.urandom(4).hex()  # of this process, whatever its number
_MANIFEST, _POINTER, _STAGED = "manifest.json", "live.json", ".staged-"


class VersionFolder:
    """Args: `folder` is made when something is first kept; `most` versions are kept."""

    def __init__(self, folder: Path, most: int) -> None:
        self.folder = folder
        self._most = most

    def path(self, version_id: str) -> Path:
        return self.folder / version_id

    def staging(self) -> Path:
        """A path for content in the making."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.sweep()
        return self.folder / f"{_STAGED}{os.getpid()}-{_RUN}-{os.urandom(4).hex()}"

    def sweep(self) -> None:
        """Remove what was in the making in processes that died."""
        for left in self.folder.glob(f"{_STAGED}*"):
            process, _, rest = left.name.removeprefix(_STAGED).partition("-")
            ours = process == str(os.getpid())  # in a container a killed run had the same number
            if not (rest.startswith(_RUN) if ours else _alive(process)):
                shutil.rmtree(left, ignore_errors=True)

    def versions(self) -> list[Version]:
        """The newest first; what has no readable manifest is none."""
        found = (self._read(path) for path in self.folder.glob("*") if _ID.fullmatch(path.name))
        return sorted((version for version in found if version), key=lambda one: (one.at, one.id), reverse=True)

    def pointer(self) -> LivePointer | None:
        try:
            fields = json.loads((self.folder / _POINTER).read_bytes())
            return LivePointer(str(fields["version"]), str(fields["passed_over"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def point(self, pointer: LivePointer) -> None:
        fields = {"version": pointer.version, "passed_over": pointer.passed_over}
        write_atomically(self.folder / _POINTER, json.dumps(fields).encode(), durable=True)

    def keep(self, staged: Path, version: Version) -> None:
        """Make `staged` the version's folder. It counts from the rename on; the pointer is moved by the caller."""
        manifest = {
            "id": version.id,
            "digest": version.digest,
            "at": version.at.isoformat(),
            "who": version.who,
            "why": version.why,
            "figures": dict(version.figures),
            "before": version.before,
        }
        write_atomically(staged / _MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
        _sync_all(staged)
        shutil.rmtree(self.path(version.id), ignore_errors=True)  # the same content, kept in this very second
        staged.rename(self.path(version.id))
        sync_folder(self.folder)

    def prune(self, live_id: str) -> None:
        for version_id in to_prune(self.versions(), live_id, self._most):
            shutil.rmtree(self.path(version_id), ignore_errors=True)

    def _read(self, path: Path) -> Version | None:
        try:
            fields = json.loads((path / _MANIFEST).read_bytes())
            return Version(
                id=path.name,
                digest=fields["digest"],
                at=datetime.datetime.fromisoformat(fields["at"]),
                who=fields["who"],
                why=fields["why"],
                figures=fields["figures"],
                before=fields.get("before", ""),  # versions of older programs do not tell
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _alive(process_id: str) -> bool:
    try:
        os.kill(int(process_id), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _sync_all(folder: Path) -> None:
    """What is linked from an older version was made durable when that was kept; only its place here is new."""
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_nlink > 1:
            continue
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    sync_folder(folder)


def newest_readable(versions: Sequence[Version], pointer: LivePointer | None) -> list[Version]:
    """In which order to try versions when the files cannot be used: the one that was live, then the newest."""
    live = pointer.version if pointer else ""
    return sorted(versions, key=lambda one: (one.id == live, one.at), reverse=True)
