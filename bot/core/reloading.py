"""Reloading: new content is made elsewhere, judged, kept as a version, and swapped in as a whole, or not at all."""

import asyncio
import hashlib
import io
import logging
import time
import zipfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.core.answering import Answering
from bot.core.audit import AuditLog, AuditRecord
from bot.core.errors import BotError, Problem, StoreError
from bot.core.knowledge_diff import KnowledgeDiff
from bot.core.ports import Clock
from bot.core.snapshot import Snapshot

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One snapshot that is or was live.

    Args:
        id: Time and content hash, such as `20261123-105912-ab12cd34ef56`.
        digest: Of all content files, 64 hex digits.
        who: Platform-qualified; `bot` for what was found at the start.
        why: In the admin's words; empty when none were given.
        figures: What the gate measured, by name.
        before: Id of the version that this one took over from; empty for none.
    """

    id: str
    digest: str
    at: datetime
    who: str
    why: str
    figures: Mapping[str, str] = field(default_factory=dict)
    before: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """New content, complete and tested, waiting in `place`; `findings` are what the gate holds against it."""

    place: str
    digest: str
    diff: KnowledgeDiff
    findings: tuple[str, ...]
    figures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Faulty:
    """The files cannot go live; every fault with path, line and remedy. `digest` is empty when they cannot be read."""

    problems: tuple[Problem, ...]
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Same:
    """The files are those that are live."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """A file to go live in the place of another.

    Args:
        place: As content files are named: `knowledge/meeting.yaml`.
        base: SHA-256 of the file to be replaced, in hexadecimal; empty where there must be none.
    """

    place: str
    raw: bytes
    base: str


class EditableFiles(Protocol):
    """Content files by name, as they are on disk. Every method raises ContentError for what is no such file, or cannot
    be read or written.
    """

    async def current(self, place: str) -> bytes | None:
        """None where there is no file."""
        ...

    async def put(self, place: str, raw: bytes | None, base: str) -> bool:
        """Write it whole or not at all; None deletes it. False, and nothing written, when the file there is neither the
        one of digest `base` nor this one already.
        """
        ...


class Shelf(Protocol):
    """Reads content files and keeps versions."""

    async def prepare(self, instead: Replacement | None = None) -> Prepared | Faulty | Same:
        """Make a version of the files as they are, but for the one to be replaced. Nothing is written to them."""
        ...

    async def adopt(self, prepared: Prepared, version: Version) -> Snapshot:
        """Keep it as a version, remember it as the live one, and give it. Raises ContentError."""
        ...

    async def discard(self, prepared: Prepared, *, passed_over: bool) -> None:
        """Forget it. What was `passed_over`, with or without its files, is not tried again at a restart."""
        ...

    async def export(self, version_id: str | None) -> bytes | None:
        """All content files of a kept version (None for the live one) as a zip archive; None when there is none."""
        ...

    async def restore(self, version_id: str) -> Snapshot:
        """Make a kept version the live one; the files as they are now are not tried again at a restart.

        Raises:
            ContentError: It cannot be read.
        """
        ...

    async def versions(self) -> Sequence[Version]:
        """Those kept, the newest first."""
        ...

    async def live(self) -> Version | None: ...

    async def files_digest(self) -> str:
        """Of the files as they are now; empty when they cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Reloaded:
    """`overridden` are findings that an admin let pass."""

    version: Version
    diff: KnowledgeDiff
    seconds: float
    overridden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Nothing to do: the files are live already."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing changed, because of faults in files."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Nothing changed, because answers would get worse; an admin may override with a reason."""

    findings: tuple[str, ...]
    diff: KnowledgeDiff


@dataclass(frozen=True, slots=True)
class RolledBack:
    version: Version
    seconds: float


@dataclass(frozen=True, slots=True)
class NoSuchVersion:
    kept: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Nothing changed: the file that was to be replaced is another one by now."""


Outcome = Reloaded | Unchanged | Refused | HeldBack


@dataclass(frozen=True, slots=True)
class Status:
    """`edited` is True when the files differ from what is live, None when they cannot be read."""

    live: Version | None
    edited: bool | None
    versions: tuple[Version, ...]


async def look_at_files(shelf: Shelf, instead: Replacement | None = None) -> Prepared | Faulty | Same:
    """What a reload would find; nothing changes."""
    found = await shelf.prepare(instead)
    if isinstance(found, Prepared):
        await shelf.discard(found, passed_over=False)
    return found


async def status_of(shelf: Shelf) -> Status:
    live, digest = await shelf.live(), await shelf.files_digest()
    edited = None if not digest else live is None or digest != live.digest
    return Status(live, edited, tuple(await shelf.versions()))


class Onlooker:
    """Tells what a reload would do where no bot runs."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def check(self, instead: Replacement | None = None) -> Prepared | Faulty | Same:
        return await look_at_files(self._shelf, instead)

    async def status(self) -> Status:
        return await status_of(self._shelf)


Announce = Callable[[Version], Awaitable[None]]


async def nobody_else(_version: Version) -> None:
    """Where this process is the only one."""


async def nothing_more() -> None:
    """Where nothing depends on what is answered."""


class Reloading:
    """One reload or rollback at a time; questions go on meanwhile.

    Args:
        announce: Called after a deed here, also a reload of what is live: other processes are to follow.
        swapped: Called after any swap.
    """

    def __init__(
        self,
        answering: Answering,
        shelf: Shelf,
        clock: Clock,
        audit: AuditLog | None,
        announce: Announce = nobody_else,
        swapped: Callable[[], Awaitable[None]] = nothing_more,
    ) -> None:
        self._answering = answering
        self._shelf = shelf
        self._clock = clock
        self._audit = audit
        self._announce = announce
        self._on_swap = swapped
        self._one_at_a_time = asyncio.Lock()

    async def reload(self, who: str, why: str = "", *, override: bool = False) -> Outcome:
        """Make the files as they are live.

        Args:
            override: Let it through the gate; `why` is then the reason, and must not be empty.

        Raises:
            StoreError: An override could not be written to the audit log; nothing changed.
        """
        async with self._one_at_a_time:
            started = time.perf_counter()
            prepared = await self._shelf.prepare()
            if isinstance(prepared, Same):
                if live := await self._shelf.live():
                    await self._announce(live)
                return Unchanged()
            if isinstance(prepared, Faulty):
                return Refused(prepared.problems)
            if _is_held_back(prepared, why, override=override):
                await self._shelf.discard(prepared, passed_over=True)
                return HeldBack(prepared.findings, prepared.diff)
            version = await self._version_of(prepared, who, why)
            await self._record_override(prepared, version)
            snapshot = await self._shelf.adopt(prepared, version)
            return await self._swapped(snapshot, prepared, version, started)

    async def publish(
        self, new: Replacement, files: EditableFiles, who: str, why: str, *, override: bool = False
    ) -> Outcome | Overtaken:
        """Write one file and make it live together with the files as they are; when it cannot go live, nothing is
        written. May be called again after a crash: a file that stands there already is as good as one that was written.

        Raises:
            ContentError: The file cannot be written; nothing changed.
            StoreError: An override could not be written to the audit log; nothing changed.
        """
        async with self._one_at_a_time:
            started = time.perf_counter()
            if digest_of(await files.current(new.place)) not in (new.base, digest_of(new.raw)):
                return Overtaken()  # said before the seconds that a preparation takes
            prepared = await self._shelf.prepare(new)
            if isinstance(prepared, Faulty):
                await self._take_back(new, files)
                return Refused(prepared.problems)
            if isinstance(prepared, Same):  # it is what is live, and only the file on disk was another one
                return Unchanged() if await files.put(new.place, new.raw, new.base) else Overtaken()
            if _is_held_back(prepared, why, override=override):
                await self._shelf.discard(prepared, passed_over=False)
                await self._take_back(new, files)
                return HeldBack(prepared.findings, prepared.diff)
            version = await self._version_of(prepared, who, why)
            snapshot = await self._put_and_adopt(new, files, prepared, version)
            if snapshot is None:
                return Overtaken()
            return await self._swapped(snapshot, prepared, version, started)

    async def _take_back(self, new: Replacement, files: EditableFiles) -> None:
        """A crash has left the new file behind before it was live, and now it cannot go live any more."""
        digest = digest_of(new.raw)
        if digest == new.base or digest_of(await files.current(new.place)) != digest:
            return
        before = _unzipped(await self._shelf.export(None), new.place)
        if digest_of(before) == new.base:
            await files.put(new.place, before, digest)

    async def _put_and_adopt(
        self, new: Replacement, files: EditableFiles, prepared: Prepared, version: Version
    ) -> Snapshot | None:
        """None when somebody edited the file while it was prepared: their edit stays."""
        written, before = False, None
        try:
            before = await files.current(new.place)
            await self._record_override(prepared, version)
            written = await files.put(new.place, new.raw, new.base)
            if written:
                return await self._shelf.adopt(prepared, version)
        except (BotError, OSError):
            if written:  # what did not go live must not stay behind, for the next reload to take
                await files.put(new.place, before, digest_of(new.raw))
            await self._shelf.discard(prepared, passed_over=False)
            raise
        await self._shelf.discard(prepared, passed_over=False)
        return None

    async def _swapped(self, snapshot: Snapshot, prepared: Prepared, version: Version, started: float) -> Reloaded:
        self._answering.replace(snapshot)
        await self._told(version, "knowledge.reloaded")
        return Reloaded(version, prepared.diff, time.perf_counter() - started, prepared.findings)

    async def _record_override(self, prepared: Prepared, version: Version) -> None:
        if prepared.findings:
            await self._record(version, "knowledge.gate-overridden", findings="\n".join(prepared.findings))

    async def check(self, instead: Replacement | None = None) -> Prepared | Faulty | Same:
        """What a reload would do; nothing changes."""
        async with self._one_at_a_time:
            return await look_at_files(self._shelf, instead)

    async def rollback(self, who: str, why: str = "", version_id: str | None = None) -> RolledBack | NoSuchVersion:
        """Make a kept version live again; None for the one before the live one. Raises ContentError."""
        async with self._one_at_a_time:
            started = time.perf_counter()
            kept, live = tuple(await self._shelf.versions()), await self._shelf.live()
            version = version_before(kept, live) if version_id is None else _by_id(kept, version_id)
            if version is None:
                return NoSuchVersion(kept)
            self._answering.replace(await self._shelf.restore(version.id))
            seconds = time.perf_counter() - started
            await self._told(version, "knowledge.rolled-back", who=who, why=why)
            return RolledBack(version, seconds)

    async def status(self) -> Status:
        return await status_of(self._shelf)

    async def export(self, version_id: str | None = None) -> bytes | None:
        """See `Shelf.export`."""
        return await self._shelf.export(version_id)

    async def _told(self, version: Version, deed: str, *, who: str = "", why: str = "") -> None:
        """What is live is live: a log that fails must not undo it."""
        _log.info("%s: %s by %s", deed, version.id, who or version.who)
        try:
            await self._record(version, deed, who=who, why=why)
        except StoreError:
            _log.exception("not written to the audit log: %s %s", deed, version.id)
        await self._announce(version)
        await self._on_swap()

    async def follow(self, wanted: Callable[[], Awaitable[str | None]]) -> bool:
        """Make live what was made live elsewhere, whatever the gate says: that was decided there, and is on record.

        Args:
            wanted: The digest of its content, asked for when no reload is under way; None for nothing to do.

        Returns:
            False when neither a kept version nor the files are that content, or nothing can be made of them.

        Raises:
            ContentError: The kept version cannot be read.
        """
        async with self._one_at_a_time:
            digest = await wanted()
            if digest is None:
                return True
            kept = next((one for one in await self._shelf.versions() if one.digest == digest), None)
            version = await self._restored(kept) if kept else await self._adopted(digest)
            if version:
                _log.info("following another process: %s is live", version.id)
                await self._on_swap()
            return version is not None

    async def _restored(self, kept: Version) -> Version:
        self._answering.replace(await self._shelf.restore(kept.id))
        return kept

    async def _adopted(self, digest: str) -> Version | None:
        if await self._shelf.files_digest() != digest:
            return None
        prepared = await self._shelf.prepare()
        if not isinstance(prepared, Prepared):
            return None
        version = await self._version_of(prepared, "bot", "another process reloaded")
        self._answering.replace(await self._shelf.adopt(prepared, version))
        return version

    async def _version_of(self, prepared: Prepared, who: str, why: str) -> Version:
        return version_of(prepared, self._clock.now(), who, why, await self._shelf.live())

    async def _record(self, version: Version, deed: str, *, who: str = "", why: str = "", **detail: str) -> None:
        if self._audit is None:
            return
        detail = {name: text for name, text in {"why": why or version.why, **detail}.items() if text}
        record = AuditRecord(at=self._clock.now(), who=who or version.who, deed=deed, subject=version.id, detail=detail)
        await self._audit.append(record)


def _is_held_back(prepared: Prepared, why: str, *, override: bool) -> bool:
    return bool(prepared.findings) and not (override and why.strip())


def _unzipped(archive: bytes | None, name: str) -> bytes | None:
    """One file of an archive; None when it is not in there."""
    if archive is None:
        return None
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return opened.read(name) if name in opened.namelist() else None


def digest_of(raw: bytes | None) -> str:
    """SHA-256 in hexadecimal; empty for a file that does not exist."""
    return "" if raw is None else hashlib.sha256(raw).hexdigest()


def version_of(prepared: Prepared, at: datetime, who: str, why: str, live: Version | None) -> Version:
    """What it becomes when it takes over from the live one."""
    return Version(
        id=version_id(at, prepared.digest),
        digest=prepared.digest,
        at=at,
        who=who,
        why=why,
        figures=prepared.figures,
        before=live.id if live else "",
    )


def version_id(at: datetime, digest: str) -> str:
    return f"{at:%Y%m%d-%H%M%S}-{digest[:12]}"


def version_before(kept: Sequence[Version], live: Version | None) -> Version | None:
    """What the live one took over from, as the newest that is older may have been rolled back from; where that is no
    longer kept, the newest that is older. `kept` has the newest first.
    """
    if live is None:
        return kept[0] if kept else None
    if before := next((version for version in kept if version.id == live.before), None):
        return before
    return next((version for version in kept if (version.at, version.id) < (live.at, live.id)), None)


def _by_id(kept: Sequence[Version], wanted: str) -> Version | None:
    """By id, or by the beginning of its content hash."""
    matching = [one for one in kept if one.id == wanted or (len(wanted) >= 4 and one.digest.startswith(wanted))]
    return matching[0] if matching else None


def to_prune(kept: Sequence[Version], live_id: str | None, most: int) -> list[str]:
    """Ids of the versions to delete: all but the newest `most`; the live one always stays, and the one that a rollback
    would lead to, which is old where many were rolled back from since.
    """
    live = next((version for version in kept if version.id == live_id), None)
    return [version.id for version in kept[max(1, most) :] if not live or version.id not in (live.id, live.before)]


@dataclass(frozen=True, slots=True)
class LivePointer:
    """What is written down whenever something goes live.

    Args:
        version: Id of the live version.
        passed_over: Digest of files that were there and deliberately did not go live: rolled back from, or refused.
    """

    version: str
    passed_over: str = ""


def reads_files_at_start(pointer: LivePointer | None, live_digest: str, files_digest: str) -> bool:
    """True when a start should try the files: they are new, and nobody decided against them.

    A start otherwise comes up with the version that was live, which is what people last saw and agreed to.

    Args:
        files_digest: Empty when the files cannot be read: then they cannot be tried either.
    """
    if pointer is None:
        return True
    return files_digest not in ("", live_digest, pointer.passed_over)
