"""The shelf of the running bot: prepares versions in a child process, keeps them, and loads what goes live."""

import asyncio
import io
import logging
import shutil
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.content.content_files import KNOWLEDGE, LOCALES, content_folders, content_paths, hash_content
from bot.content.loading import Folders
from bot.content.preparing import Order, WarmOrder
from bot.content.stored_values import forget_unfinished
from bot.content.version_folder import VersionFolder, newest_readable
from bot.content.version_parts import LoadedVersion, load_parts
from bot.content.worker import SpareChild, Worker, work
from bot.core.encoders import EncoderChoice
from bot.core.errors import BotError, ContentError, Problem
from bot.core.ports import Clock
from bot.core.reloading import (
    Faulty,
    LivePointer,
    Prepared,
    Replacement,
    Same,
    Version,
    reads_files_at_start,
    version_of,
)
from bot.core.snapshot import Snapshot

_log = logging.getLogger(__name__)
_IN_MEMORY = 3  # versions that a rollback finds ready made, the live one among them


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryOptions:
    """Args:
    contact: How readers reach a moderator; None when the operator named nobody.
    encoder: Of the child.
    keep: Versions kept on disk.
    margin: See `bot.core.gate.gate_findings`.
    timeout: Seconds until a preparation is given up.
    """

    contact: str | None
    encoder: EncoderChoice = EncoderChoice()
    keep: int = 20
    margin: float = 2.0
    timeout: float = 300.0


class Library:
    """Implements `bot.core.reloading.Shelf`."""

    def __init__(
        self,
        folders: Folders,
        versions: Path,
        clock: Clock,
        options: LibraryOptions,
        worker: Worker | None = None,
        first: Callable[[], Snapshot] | None = None,
    ) -> None:
        """Args:
        worker: A child of our own (`SpareChild.prepare`), unless a test or a benchmark has its own processes.
        first: Reads the files in this process, for the very first start: seconds sooner than a version, which `warm`
            then makes. Raises ContentError.
        """
        self._spare = SpareChild(options.encoder)
        self._worker = worker or self._spare.prepare
        self._first = first
        self._folders = folders
        self._kept = VersionFolder(versions, options.keep)
        self._clock = clock
        self._options = options
        self._loaded: OrderedDict[str, LoadedVersion] = OrderedDict()
        self._live: Version | None = None

    async def start(self) -> Snapshot:
        """What to answer from after a start: the files when they are new and good, else what was live.

        Raises:
            ContentError: The files are faulty, and there is no version to fall back on.
        """
        await asyncio.to_thread(self._sweep)
        pointer = self._kept.pointer()
        by_id = {version.id: version for version in self._kept.versions()}
        self._live = by_id.get(pointer.version) if pointer else None
        if self._first and not by_id:
            return await asyncio.to_thread(self._first)
        digest = await self.files_digest()
        if self._live and not reads_files_at_start(pointer, self._live.digest, digest):
            self._warn_at_start(digest)
            if snapshot := await self._last_good(pointer):
                return snapshot
        outcome = await self.prepare()
        if isinstance(outcome, Prepared) and not (outcome.findings and self._live):
            return await self.adopt(outcome, self._found(outcome))
        return await self._instead(outcome, pointer)

    def _sweep(self) -> None:
        """Remove what processes that were killed left half made."""
        self._kept.sweep()
        folders = self._folders
        for folder in (self._kept.folder, folders.cache, *content_folders(folders.knowledge, folders.locales)):
            forget_unfinished(folder)

    def _found(self, prepared: Prepared) -> Version:
        return version_of(prepared, self._clock.now(), "bot", "found at the start", self._live)

    async def stay_ready(self) -> None:
        """`warm`, and then `keep_child`."""
        await self.warm()
        await self.keep_child()

    async def keep_child(self) -> None:
        """Have a child wait for the next order, until cancelled."""
        await self._spare.keep()

    async def warm(self) -> None:
        """Make the first reload as quick as any; failing costs nothing but that."""
        if self._live is None:
            await self._keep_first()
        if self._live is None:
            return
        order = WarmOrder(self._folders, self._kept.path(self._live.id))
        try:
            await work(order, self._options.encoder, self._options.timeout)
        except (BotError, OSError) as error:
            _log.warning("the first reload will take longer: %s", error)

    async def _keep_first(self) -> None:
        """After a first start: what is live already, as a version."""
        try:
            outcome = await self.prepare()
            if isinstance(outcome, Prepared) and self._live is None:
                await self.adopt(outcome, self._found(outcome))
            elif isinstance(outcome, Prepared):  # a reload came first
                await self.discard(outcome, passed_over=False)
        except (BotError, OSError) as error:
            _log.warning("no version kept of what is live: %s", error)

    async def find_live(self) -> None:
        """For looking at what is kept, without making anything live."""
        pointer = await asyncio.to_thread(self._kept.pointer)
        self._live = next((one for one in await self.versions() if pointer and one.id == pointer.version), None)

    def _warn_at_start(self, digest: str) -> None:
        if self._live and digest != self._live.digest:
            what = "cannot be read" if not digest else "were rolled back from or refused"
            _log.warning("THE FILES ON DISK ARE NOT LIVE: they %s; answering from %s", what, self._live.id)

    async def _instead(self, outcome: Prepared | Faulty | Same, pointer: LivePointer | None) -> Snapshot:
        problems: tuple[Problem, ...] = ()
        if isinstance(outcome, Prepared):
            await self.discard(outcome, passed_over=True)
            _log.warning("THE FILES ON DISK ARE NOT LIVE: the gate refuses them:\n%s", "\n".join(outcome.findings))
        elif isinstance(outcome, Faulty):
            problems = outcome.problems
            _log.warning("THE FILES ON DISK ARE NOT LIVE: they are faulty:\n%s", "\n".join(map(str, problems)))
        snapshot = await self._last_good(pointer)
        if snapshot is None:
            raise ContentError(problems)
        _log.warning("answering from the last good version %s", self._live.id if self._live else "")
        return snapshot

    async def _last_good(self, pointer: LivePointer | None) -> Snapshot | None:
        for version in newest_readable(self._kept.versions(), pointer):
            try:
                loaded = await self._open(version)
            except (ContentError, BotError) as error:
                _log.error("the version %s cannot be used: %s", version.id, error)
                continue
            self._live = version
            return loaded.snapshot
        return None

    async def prepare(self, instead: Replacement | None = None) -> Prepared | Faulty | Same:
        live = self._kept.path(self._live.id) if self._live else None
        shipped = self._folders.knowledge / "compiled"
        models = (live, shipped) if live else (shipped,)
        return await self._prepare(self._folders, live, models, {instead.place: instead.raw} if instead else {})

    async def _prepare(
        self, folders: Folders, live: Path | None, models: tuple[Path, ...], instead: Mapping[str, bytes]
    ) -> Prepared | Faulty | Same:
        into = await asyncio.to_thread(self._kept.staging)
        margin = self._options.margin
        order = Order(folders=folders, live=live, models=models, into=into, margin=margin, instead=instead)
        try:
            return await self._worker(order, self._options.encoder, self._options.timeout)
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, into, ignore_errors=True)
            raise

    async def adopt(self, prepared: Prepared, version: Version) -> Snapshot:
        before = self._loaded.get(self._live.id) if self._live else None
        try:
            loaded = await asyncio.to_thread(load_parts, Path(prepared.place), self._options.contact, before)
        except ContentError as error:  # the program was exchanged under the running bot, and the child is the new one
            _log.error("what a reload made cannot be loaded: %s", error)
            await self.discard(prepared, passed_over=False)
            raise BotError("nothing changed: the program on disk is not the one that runs; restart the bot") from None
        await asyncio.to_thread(self._kept.keep, Path(prepared.place), version)
        await asyncio.to_thread(self._kept.point, LivePointer(version.id))
        self._live = version
        self._remember(version.id, loaded)
        await asyncio.to_thread(self._kept.prune, version.id)
        return loaded.snapshot

    async def discard(self, prepared: Prepared, *, passed_over: bool) -> None:
        await asyncio.to_thread(shutil.rmtree, prepared.place, ignore_errors=True)
        if self._live and passed_over:
            await asyncio.to_thread(self._kept.point, LivePointer(self._live.id, prepared.digest))

    async def restore(self, version_id: str) -> Snapshot:
        version = next(one for one in await self.versions() if one.id == version_id)
        loaded = await self._open(version)
        digest = await self.files_digest()
        passed_over = "" if digest == version.digest else digest
        await asyncio.to_thread(self._kept.point, LivePointer(version.id, passed_over))
        self._live = version
        return loaded.snapshot

    async def export(self, version_id: str | None) -> bytes | None:
        wanted = version_id or (self._live.id if self._live else None)
        if wanted is None or wanted not in {version.id for version in await self.versions()}:
            return None
        return await asyncio.to_thread(_zipped, self._kept.path(wanted))

    async def versions(self) -> Sequence[Version]:
        return await asyncio.to_thread(self._kept.versions)

    async def live(self) -> Version | None:
        return self._live

    async def files_digest(self) -> str:
        try:
            return (await asyncio.to_thread(hash_content, self._folders.knowledge, self._folders.locales)).digest
        except ContentError:
            return ""

    async def _open(self, version: Version) -> LoadedVersion:
        """From memory, from its parts, or, where another program wrote those, made again from its files."""
        if version.id in self._loaded:
            self._loaded.move_to_end(version.id)
            return self._loaded[version.id]
        folder = self._kept.path(version.id)
        before = self._loaded.get(self._live.id) if self._live else None
        try:
            loaded = await asyncio.to_thread(load_parts, folder, self._options.contact, before)
        except ContentError:
            loaded = await self._made_again(folder)
        self._remember(version.id, loaded)
        return loaded

    async def _made_again(self, folder: Path) -> LoadedVersion:
        own = Folders(folder / KNOWLEDGE, folder / LOCALES, self._folders.cache)
        outcome = await self._prepare(own, None, (folder, self._folders.knowledge / "compiled"), {})
        if not isinstance(outcome, Prepared):
            raise ContentError(outcome.problems if isinstance(outcome, Faulty) else ())
        place = Path(outcome.place)
        loaded = await asyncio.to_thread(load_parts, place, self._options.contact, None)
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
        return loaded

    def _remember(self, version_id: str, loaded: LoadedVersion) -> None:
        self._loaded[version_id] = loaded
        self._loaded.move_to_end(version_id)
        while len(self._loaded) > _IN_MEMORY:
            self._loaded.popitem(last=False)


def _zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in content_paths(folder / KNOWLEDGE, folder / LOCALES).items():
            archive.write(path, name)
    return buffer.getvalue()
