"""Who is using a data folder: any number of running bots, or one restore."""

import contextlib
import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from bot.core.errors import StoreError
from bot.storage.faults import store_error

_log = logging.getLogger(__name__)
LOCK_FILE = "bot.lock"  # stays when nobody uses the folder: what counts is who holds it, and a crash lets go of it


@contextlib.contextmanager
def in_use(folder: Path) -> Iterator[None]:
    """Hold off a restore as long as a bot runs on this folder; several may.

    Raises:
        StoreError: A restore is at work, or the folder cannot be written to.
    """
    with _locked(folder, fcntl.LOCK_SH, "a backup is being restored there; start the bot again when it is done"):
        yield


@contextlib.contextmanager
def reserved(folder: Path) -> Iterator[None]:
    """Have the folder alone.

    Raises:
        StoreError: A bot runs on it, or the folder cannot be written to.
    """
    with _locked(folder, fcntl.LOCK_EX, "the bot is running; stop it, then try again"):
        yield


@contextlib.contextmanager
def _locked(folder: Path, kind: int, otherwise: str) -> Iterator[None]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Only for reading, which is all that a lock needs: root may have made the file, and the bot is somebody else.
        handle = os.open(folder / LOCK_FILE, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise store_error(error, str(folder)) from error
    try:
        _lock(handle, kind, f"The data folder {folder} is in use: {otherwise}.")
        yield
    finally:
        os.close(handle)


def _lock(handle: int, kind: int, refusal: str) -> None:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            raise StoreError(refusal) from error
        _log.warning("the data folder is on a file system without locks: stop the bot yourself before a restore")
