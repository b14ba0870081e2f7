"""`bot doctor`: looks at everything a start depends on, and changes nothing but an older PostgreSQL schema."""

import asyncio
import datetime
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import numpy as np
from numpy.typing import NDArray

from bot.adapters.encoder import NanoEncoder
from bot.adapters.remote_encoder import RemoteEncoder
from bot.content.loading import check_content, learned_with, model_state
from bot.core.diagnosis import (
    Finding,
    Verdict,
    clock_finding,
    content_finding,
    endpoint_finding,
    exit_code,
    model_finding,
    ok,
    problem,
    space_finding,
    summary,
    token_finding,
)
from bot.core.encoders import EncoderEndpoint
from bot.core.errors import ContentError, EncoderError
from bot.parts import SystemClock, folders
from bot.settings import Settings
from bot.storage.examination import examine_database, nearest_folder

if TYPE_CHECKING:
    from bot.adapters.discord.examination import Named

_TRIED = ("When was the meeting?", "会議はいつでしたか", "การประชุมจัดที่ไหน", "កិច្ចប្រជុំនៅឯណា", "கூட்டம் எங்கே நடந்தது")
_HEALTH_WITHIN = aiohttp.ClientTimeout(total=3)


async def diagnose(settings: Settings, show: Callable[[str], None]) -> int:
    """Show each finding as it is made; returns the exit code."""
    findings: list[Finding] = []

    def add(finding: Finding) -> None:
        findings.append(finding)
        show(str(finding))

    add(await examine_database(settings.database))
    add(space_finding(str(settings.data_dir), shutil.disk_usage(nearest_folder(settings.data_dir)).free))
    for finding in await asyncio.to_thread(_content, settings):
        add(finding)
    add(_encoder(settings))
    if settings.encoder.endpoint:
        add(await asyncio.to_thread(examine_endpoint, settings, settings.encoder.endpoint))
    add(await _port(settings.web_host, settings.web_port))
    token = token_finding(settings.discord_token)
    add(token)
    time = None
    if settings.discord_token and token.verdict is Verdict.OK:
        from bot.adapters.discord.examination import examine  # discord.py costs 0.3 s

        examination = await examine(settings.discord_token, settings.discord_api, named_in(settings))
        time = examination.time
        for finding in examination.findings:
            add(finding)
    add(clock_finding(SystemClock().now(), time, _newest(settings.knowledge_dir)))
    show(summary(findings))
    return exit_code(findings)


def _content(settings: Settings) -> list[Finding]:
    places = folders(settings)
    finding = content_finding(check_content(places))
    try:
        return [finding, model_finding(model_state(places))]
    except ContentError:  # told by the first
        return [finding]


def _encoder(settings: Settings) -> Finding:
    try:
        return ok("semantic encoder", NanoEncoder(settings.encoder_threads).name)
    except EncoderError as error:
        return problem("semantic encoder", f"{error}; answers come from letters alone", "install the bot again")


def examine_endpoint(settings: Settings, endpoint: EncoderEndpoint) -> Finding:
    """Blocking: asks it twice."""
    remote = RemoteEncoder(endpoint)
    try:
        remote.encode(_TRIED)  # the first request may load the model
        began = time.perf_counter()
        rows = remote.encode(_TRIED)
        seconds = time.perf_counter() - began
    except EncoderError as error:
        remedy = "look whether it runs, and at the settings BOT_ENCODER_...; docs/scaling.md"
        return problem("encoder endpoint", str(error), remedy)
    finally:
        remote.close()
    return endpoint_finding(
        remote.name, seconds, _likeness(settings, remote.name, rows), learned_with(folders(settings))
    )


def _likeness(settings: Settings, name: str, rows: NDArray[np.float32]) -> float | None:
    try:
        built_in = NanoEncoder(settings.encoder_threads)
    except EncoderError:
        return None
    return float((rows * built_in.encode(_TRIED)).sum(axis=1).min()) if built_in.name == name else None


async def _port(host: str, port: int) -> Finding:
    subject = f"port {port} on {host}"
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return ok(subject, "it is free")
    except OSError as error:
        if await _is_this_bot(host, port):
            return ok(subject, "this bot is serving there")
        return problem(subject, f"it cannot be used ({error.strerror})", "set BOT_WEB_PORT and BOT_WEB_HOST")


async def _is_this_bot(host: str, port: int) -> bool:
    shown = f"[{host}]" if ":" in host else host
    try:
        async with (
            aiohttp.ClientSession(timeout=_HEALTH_WITHIN) as session,
            session.get(f"http://{shown}:{port}/readyz") as response,
        ):
            return "ready" in await response.json(content_type=None)
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, TypeError):
        return False


def named_in(settings: Settings) -> "Named":
    """Everything on Discord that the settings name by its id."""
    from bot.adapters.discord.examination import Named

    channels: dict[int, str] = dict.fromkeys(settings.language_channels, "BOT_LANGUAGE_CHANNELS")
    if settings.moderator_channel:
        channels[settings.moderator_channel] = "BOT_MODERATOR_CHANNEL"
    if settings.inbox_channel:
        channels[settings.inbox_channel] = "BOT_INBOX_CHANNEL"
    return Named(
        servers=dict.fromkeys(settings.discord_guilds, "BOT_DISCORD_GUILDS"),
        channels=channels,
        roles={
            **dict.fromkeys(settings.admin_roles, "BOT_ADMIN_ROLES"),
            **dict.fromkeys(settings.reviewer_roles, "BOT_REVIEWER_ROLES"),
            **dict.fromkeys(settings.approver_roles, "BOT_APPROVER_ROLES"),
            **dict.fromkeys(settings.moderator_roles, "BOT_MODERATOR_ROLES"),
        },
    )


def _newest(folder: Path) -> datetime.datetime | None:
    """When the newest file of the knowledge base was written: a lower bound of the time it is now."""
    times = [path.stat().st_mtime for path in folder.glob("*.yaml")]
    return datetime.datetime.fromtimestamp(max(times), datetime.UTC) if times else None
