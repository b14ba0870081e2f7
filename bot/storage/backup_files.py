"""Files that appear whole or not at all, and that only their owner may read."""

import contextlib
import datetime
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

COMPANIONS = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a file; each belongs to that file alone


@contextlib.contextmanager
def temporary(folder: Path) -> Iterator[Path]:
    """A file in the folder where it will be needed. Removed unless it was moved away."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".backup-", suffix=".tmp")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        for companion in ("", *COMPANIONS):
            Path(f"{name}{companion}").unlink(missing_ok=True)


def put(copy: Path, target: Path) -> None:
    """Rename only what has reached the disk: after a power failure there is the old file or the new one."""
    _flush(copy)
    copy.replace(target)
    _flush(target.parent)


def name_aside(folder: Path, stem: str, now: datetime.datetime) -> Path:
    """A name that nothing has yet, for what a restore replaces."""
    moment = f"{now.astimezone(datetime.UTC):%Y%m%dT%H%M%SZ}"
    kept, number = folder / f"{stem}.before-{moment}", 1
    while kept.exists():
        number += 1
        kept = folder / f"{stem}.before-{moment}-{number}"
    return kept


def give_to_owner_of(folder: Path, file: Path) -> None:
    """Written by root, it must be the bot's all the same."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(file, owner.st_uid, owner.st_gid)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
