"""`python -m bot knowledge`: what an admin does in the terminal."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.core.reload_reports import check_report, diff_report, status_report, versions_lines
from bot.core.reloading import Faulty, Prepared, Shelf, look_at_files, status_of

Say = Callable[[str], None]
_LONGEST = aiohttp.ClientTimeout(total=3600)  # the bot gives up earlier by itself


@dataclass(frozen=True, slots=True)
class AdminWork:
    """Args:
    action: As on the command line.
    version: Id, or the beginning of a content hash; None for the obvious one.
    override: Reason for going past the gate; empty for not doing so.
    to: Where an export goes.
    """

    action: str
    version: str | None
    why: str
    override: str
    to: Path


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the running bot listens; `token` is empty when none is set."""

    host: str
    port: int
    token: str


async def send(endpoint: Endpoint, wanted: AdminWork, say: Say) -> int:
    """Have the running bot do it; 1 when it was not done."""
    if not endpoint.token:
        say("set BOT_ADMIN_TOKEN, here and for the running bot: commands reach it over HTTP with this token")
        return 1
    body = {"why": wanted.why, "override_reason": wanted.override, "version": wanted.version or ""}
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    url = f"http://{host}:{endpoint.port}/api/admin/{wanted.action}"
    try:
        async with aiohttp.ClientSession(timeout=_LONGEST) as session:
            headers = {"Authorization": f"Bearer {endpoint.token}"}
            async with session.post(url, json=body, headers=headers) as response:
                status, document = response.status, await response.json()
    except (aiohttp.ClientError, OSError, ValueError) as error:
        say(
            f"no bot answers at {url} ({type(error).__name__}); is it running, with this BOT_WEB_HOST and BOT_WEB_PORT?"
        )
        return 1
    say(document.get("text") or str(document))
    return 0 if status < 400 else 1


async def look(shelf: Shelf, wanted: AdminWork, say: Say) -> int:
    """What can be seen without a running bot; 1 when there are faults."""
    match wanted.action:
        case "status":
            say(status_report(await status_of(shelf)))
        case "versions":
            say("\n".join(versions_lines(await shelf.versions(), await shelf.live())) or "No versions are kept yet.")
        case "export":
            return await _export(shelf, wanted, say)
        case action:
            found = await look_at_files(shelf)
            say(diff_report(found) if action == "diff" else check_report(found))
            return int(isinstance(found, Faulty) or (isinstance(found, Prepared) and bool(found.findings)))
    return 0


async def _export(shelf: Shelf, wanted: AdminWork, say: Say) -> int:
    archive = await shelf.export(wanted.version)
    if archive is None:
        say("there is no such version; `versions` lists those that are kept")
        return 1
    wanted.to.write_bytes(archive)
    say(f"written: {wanted.to}, {len(archive) / 1024**2:.1f} MB")
    return 0
