"""Values of our own types in files that this program wrote for itself: parsed pieces and parts of versions.

They are derived from text files and tied to the exact code that made them. What is read back can only be a value of
our own types: a file that names anything else is treated as damaged.
"""

import contextlib
import dataclasses
import enum
import functools
import hashlib
import io
import os
import pickle
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")
_PACKAGE = Path(__file__).parent.parent
_OWN_MODULES = ("bot.core.", "bot.content.")
_KEPT_FOR = 30 * 24 * 60 * 60  # seconds
_HIDDEN, _UNFINISHED = ".", ".tmp"  # how the name of a file begins and ends that is not whole yet
_WRITTEN_BY = 60 * 60  # seconds; no file takes as long
_STANDARD = {
    ("builtins", "frozenset"),
    ("builtins", "set"),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "timezone"),
    ("datetime", "timedelta"),
    ("decimal", "Decimal"),
    ("pathlib", "PosixPath"),
    ("pathlib._local", "PosixPath"),
    ("pathlib", "WindowsPath"),
    ("zoneinfo", "ZoneInfo"),
}


class _OwnTypes(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name) if module.startswith(_OWN_MODULES) else None
        if isinstance(found, type) or (module, name) in _STANDARD:
            return found or super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is none of our types")


@functools.cache
def code_tag() -> str:
    """Names the code: what other code has stored is made anew."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted([*(_PACKAGE / "core").rglob("*.py"), *(_PACKAGE / "content").rglob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


class _Freezer(pickle.Pickler):
    """Our records are stored as calls of their classes: dataclasses that are frozen and have slots would otherwise be
    filled in field by field by code that looks up their fields each time, which is most of the time of reading them.

    Members of enumerations and time zones too: by themselves they ask for `getattr`, the former in Python 3.11.0 to
    3.11.3, and `_OwnTypes` gives that to nobody.
    """

    def reducer_override(self, value: object) -> Any:
        kind: Any = type(value)
        if isinstance(value, enum.Enum):
            return kind, (value.value,)
        if isinstance(value, ZoneInfo):
            return ZoneInfo, (value.key,)
        names = _positional(kind) if kind.__module__.startswith(_OWN_MODULES) else None
        return NotImplemented if names is None else (type(value), tuple(getattr(value, name) for name in names))


@functools.cache
def _positional(kind: Any) -> tuple[str, ...] | None:
    """The fields of a frozen dataclass that is made by giving them all in this order; None for other types."""
    if not dataclasses.is_dataclass(kind):
        return None
    fields = dataclasses.fields(kind)
    made = vars(kind)["__dataclass_params__"].frozen and all(one.init and not one.kw_only for one in fields)
    return tuple(one.name for one in fields) if made else None


def freeze(value: object) -> bytes:
    buffer = io.BytesIO()
    _Freezer(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
    return buffer.getvalue()


def thaw(raw: bytes) -> Any:
    """Raises ValueError for what is damaged or none of our types."""
    try:
        return _OwnTypes(io.BytesIO(raw)).load()
    except Exception as error:  # noqa: BLE001 - damaged bytes make pickle raise anything
        raise ValueError(f"not readable: {type(error).__name__}") from None


def remembered(folder: Path, key: str, make: Callable[[], T], keep: Callable[[T], bool] = lambda _: True) -> T:
    """The value stored under `key`, else a new one, which is stored when `keep` says so."""
    path = folder / f"{hashlib.sha256(f'{code_tag()} {key}'.encode()).hexdigest()[:32]}.value"
    try:
        value: T = thaw(path.read_bytes())
        os.utime(path)  # in use: see `forget_unused`
    except (OSError, ValueError):
        value = make()
        if keep(value):
            write_atomically(path, freeze(value))
        return value
    return value


def forget_unused(folder: Path) -> None:
    """Delete stored values that nobody asked for in a month."""
    _forget_older(folder, "*.value", _KEPT_FOR)


def forget_unfinished(folder: Path) -> None:
    """Delete what processes that were killed while writing left in a folder; what is younger may still be written."""
    _forget_older(folder, f"{_HIDDEN}*{_UNFINISHED}", _WRITTEN_BY)


def _forget_older(folder: Path, pattern: str, seconds: float) -> None:
    limit = time.time() - seconds
    for path in folder.glob(pattern):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < limit:
                path.unlink()


def write_atomically(path: Path, raw: bytes, *, durable: bool = False, mode: int | None = None) -> None:
    """`replacing` a file with these bytes."""
    with replacing(path, durable=durable, mode=mode) as file:
        file.write(raw)


@contextlib.contextmanager
def replacing(path: Path, *, durable: bool = False, mode: int | None = None) -> Iterator[BinaryIO]:
    """What is written takes the place of the file when the block ends well, and is gone when it does not.

    A reader sees the old file or the new one; with `durable` also after a power cut.

    Args:
        mode: Permissions of the file; None for the owner alone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=_HIDDEN, suffix=_UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        if mode is not None:
            Path(temporary).chmod(mode)
        Path(temporary).replace(path)
        if durable:
            sync_folder(path.parent)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
