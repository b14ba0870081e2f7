"""`python -m bot knowledge`: what an admin does in the terminal."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.core.permissions import CONSOLE
from bot.core.proposals.lifecycle import Refusal
from bot.core.proposals.models import MAX_FILE
from bot.core.proposals.proposing import Examined, Proposals, Unfit
from bot.core.proposals.reports import NOT_WAITING, proposal_report, proposals_report
from bot.core.reload_reports import check_report, diff_report, status_report, versions_lines
from bot.core.reloading import Faulty, Prepared, Shelf, look_at_files, status_of

Say = Callable[[str], None]
_LONGEST = aiohttp.ClientTimeout(total=3600)  # the bot gives up earlier by itself


@dataclass(frozen=True, slots=True)
class AdminWork:
    """Args:
    action: As on the command line.
    version: Id, or the beginning of a content hash; None for the obvious one. A file to propose, or a proposal's id.
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


async def propose(proposals: Proposals, wanted: AdminWork, say: Say) -> int:
    """Files for a second admin to approve, and what becomes of them; 1 when it was not done."""
    named = wanted.version or ""
    match wanted.action:
        case "propose":
            return await _propose(proposals, Path(named), wanted.why, say)
        case "proposals":
            return await _show(proposals, named, say)
        case "approve":
            done = await proposals.decide(named, None, CONSOLE, wanted.override)
            said = "Approved; the running bot makes it live within a minute, or when it starts. `proposals` tells."
        case _:
            done, said = await proposals.reject(named, None, CONSOLE), "Rejected. Nothing has changed."
    say(done.message.text if isinstance(done, Refusal) else said)
    return int(isinstance(done, Refusal))


async def _show(proposals: Proposals, proposal_id: str, say: Say) -> int:
    if not proposal_id:
        say(proposals_report(await proposals.open()))
        return 0
    found = await proposals.examined(proposal_id)
    say(proposal_report(found) if found else NOT_WAITING)
    return int(found is None)


async def _propose(proposals: Proposals, file: Path, why: str, say: Say) -> int:
    if not why.strip():
        say('say why: --why "..."')
        return 1
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_FILE + 1)  # what is longer is refused for its length
    except OSError as error:
        say(f"{file}: cannot be read ({error.strerror}); name the file that is to go live")
        return 1
    kept = await proposals.propose(CONSOLE, file.name, raw, why)
    if isinstance(kept, Examined):
        say(f"{kept.proposal.id} waits for another admin.\n\n{proposal_report(kept)}")
        return 0
    say("\n".join(map(str, kept.problems)) if isinstance(kept, Unfit) else kept.message.text)
    return 1


async def _export(shelf: Shelf, wanted: AdminWork, say: Say) -> int:
    archive = await shelf.export(wanted.version)
    if archive is None:
        say("there is no such version; `versions` lists those that are kept")
        return 1
    wanted.to.write_bytes(archive)
    say(f"written: {wanted.to}, {len(archive) / 1024**2:.1f} MB")
    return 0
