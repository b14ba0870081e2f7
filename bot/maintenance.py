"""What is done once and ends: the commands of those who operate the bot and look after its content."""

import asyncio
import contextlib
import json
import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bot.content import catalog_files
from bot.content.library import Library
from bot.content.likeness import compile_likeness
from bot.content.loading import load_knowledge
from bot.content.uploads import UploadedFiles
from bot.core.audit import AUDIT_EXPORTED, AuditRecord, exported_line, first_difference
from bot.core.errors import BotError, Problem
from bot.core.permissions import CONSOLE, permissions_page
from bot.core.proposals.proposing import Proposals
from bot.core.reloading import Onlooker
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.adapters.console.administering import AdminWork

from bot.parts import SystemClock, folders, library, needed_encoder, open_encoder, show_progress

PROPOSAL_ACTIONS = ("propose", "proposals", "approve", "reject")
_NICENESS = 5  # of the child of a reload: a third of the processor where somebody else wants it too


def back_up(settings: Settings, target: Path) -> None:
    """The `backup` command. Raises StoreError."""
    from bot.storage.backup import back_up as write

    write(settings.database, target)
    print(f"The database is backed up in {target}")


def restore(settings: Settings, source: Path) -> None:
    """The `restore` command. Raises StoreError."""
    from bot.storage.backup import restore as put_back

    aside = put_back(settings.database, source, settings.data_dir, SystemClock().now())
    print(f"The database is that of {source}")
    if aside:
        print(f"What was there before is kept in {aside}")


def compile_shipped(settings: Settings) -> None:
    """Compile into knowledge/compiled, with thresholds found by cross-validation, and what makes questions alike.

    Raises ContentError, EncoderError.
    """
    from bot.content.crossvalidation import compile_calibrated

    encoder = needed_encoder(settings.encoder)
    compile_calibrated(folders(settings), encoder, show_progress)
    compile_likeness(folders(settings), encoder, show_progress)


def cross_validate(settings: Settings, baseline: Path | None, write_to: Path | None, confusions: int) -> int:
    """Print the table of `bot test`; 1 when a language is worse than the baseline."""
    from bot.content.crossvalidation import report

    return report(folders(settings), needed_encoder(settings.encoder), show_progress, baseline, write_to, confusions)


def permissions_document() -> str:
    """docs/permissions.md, from what the adapters ask of everybody."""
    from bot.adapters.discord.requirements import ACTIONS, COMMANDS, OPTIONS
    from bot.adapters.web.requirements import ENDPOINTS

    commands = {name if name[0].isupper() else f"/{name}": needed for name, needed in COMMANDS.items()}
    commands |= {f"/{name}` with `{option}": needed for (name, option), needed in OPTIONS.items()}
    controls = {action.name.lower().replace("_", " "): needed for action, needed in ACTIONS.items()}
    return permissions_page(commands, controls, ENDPOINTS)


async def export_audit(settings: Settings, file: Path) -> int:
    """Write the audit log as JSON lines; that is on record too. Raises StoreError."""
    from bot.storage.audit import SqlAuditLog
    from bot.storage.sql import SqlStore

    store = await SqlStore.open(settings.database)
    try:
        log = SqlAuditLog(store)
        await log.append(AuditRecord(at=SystemClock().now(), who=CONSOLE.id, deed=AUDIT_EXPORTED, subject=file.name))
        lines = await log.lines()
        await asyncio.to_thread(file.write_text, "".join(f"{exported_line(line)}\n" for line in lines), "utf-8")
    except OSError as error:
        raise BotError(f"{file}: cannot be written ({error.strerror}); name another file") from error
    finally:
        await store.close()
    print(f"{len(lines)} lines; keep the last hash elsewhere: {lines[-1].hash}")
    return 0


async def verify_audit(settings: Settings, against: Path | None) -> int:
    """Print the first line that was tampered with; 1 when there is one. Raises BotError."""
    from bot.storage.audit import SqlAuditLog
    from bot.storage.sql import SqlStore

    exported = _exported_hashes(against) if against else {}
    store = await SqlStore.open(settings.database)
    try:
        log = SqlAuditLog(store)
        broken = await log.verify()
        lines = await log.lines()
    finally:
        await store.close()
    if broken := broken or first_difference(lines, exported):
        print(f"line {broken.number} was changed, removed or put in; compare it with a backup or an earlier export")
        return 1
    print(f"{len(lines)} lines, none changed")
    return 0


def _exported_hashes(file: Path) -> Mapping[int, str]:
    try:
        lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        return {int(line["number"]): str(line["hash"]) for line in lines}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BotError(f"{file}: is no export of the audit log; name a file made by `audit export`") from error


def work_on_catalogs(settings: Settings, action: str, language: str | None) -> int:
    """The `catalogs` command; 1 when a catalog has problems."""
    locales = settings.locales_dir
    problems: list[Problem] = []
    match action:
        case "extract":
            catalog_files.extract(Path(__file__).parent, settings.knowledge_dir, locales, print)
        case "update":
            problems = catalog_files.update(locales, [language] if language else [], print)
        case "init":
            problems = catalog_files.init(locales, language or "", print)
        case _:
            catalog_files.print_report(catalog_files.report(locales, load_knowledge(settings.knowledge_dir)), print)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def work_on_knowledge(settings: Settings, wanted: "AdminWork") -> int:
    """The `knowledge` command; 1 when something is wrong or nothing was done about it.

    What changes the running bot goes to it over HTTP; everything else is read from disk and needs no running bot.
    """
    from bot.adapters.console.administering import Endpoint, look, send

    if wanted.action in ("reload", "rollback"):
        endpoint = Endpoint(settings.web_host, settings.web_port, settings.admin_token or "")
        return asyncio.run(send(endpoint, wanted, print))

    async def work() -> int:
        shelf = library(settings)
        await shelf.find_live()
        if wanted.action in PROPOSAL_ACTIONS:
            return await _work_on_proposals(settings, wanted, shelf)
        return await look(shelf, wanted, print)

    return asyncio.run(work())


async def _work_on_proposals(settings: Settings, wanted: "AdminWork", shelf: Library) -> int:
    """On the database, which the running bot looks into."""
    from bot.adapters.console.administering import propose
    from bot.storage.proposals import SqlProposalStore
    from bot.storage.sql import SqlStore

    store = await SqlStore.open(settings.database)
    try:
        files = UploadedFiles(folders(settings))
        proposals = Proposals(SqlProposalStore(store), files, Onlooker(shelf), SystemClock())
        return await propose(proposals, wanted, print)
    finally:
        await store.close()


def _read_exactly(length: int) -> bytes:
    """Of stdin, past Python's buffer. Ends the process when the parent is gone."""
    read = bytearray()
    while len(read) < length:
        chunk = os.read(sys.stdin.fileno(), length - len(read))
        if not chunk:
            sys.exit(1)
        read += chunk
    return bytes(read)


def _end_with_parent() -> None:
    """Stdin ends with the bot, however that dies: nobody is left to take what is made here."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


def prepare_version() -> None:
    """The child process of a reload: an order on stdin, the outcome on stdout. It may wait long for the order. Where a
    version is live already, those who ask come first on the processor.
    """
    from bot.content.preparing import WarmOrder, prepare, warm
    from bot.content.stored_values import freeze, thaw
    from bot.content.worker import ORDER_LENGTH

    length = int.from_bytes(_read_exactly(ORDER_LENGTH), "big")
    order, choice = thaw(_read_exactly(length))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if order.live:
        with contextlib.suppress(OSError):
            os.nice(_NICENESS)
    encoder = open_encoder(choice)
    if isinstance(order, WarmOrder):
        warm(order, encoder)
        return
    sys.stdout.buffer.write(freeze(prepare(order, encoder, show_progress)))
