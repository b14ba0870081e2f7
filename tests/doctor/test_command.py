"""`python -m bot doctor` as an operator runs it: a real process, before the first start, during one, and with faults."""

import asyncio
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.doctor import named_in
from bot.settings import SETTINGS, read_settings
from tests.conftest import ROOT
from tests.content.folders import edit
from tests.doctor.standin import TOKEN, Standin, channel

LONG = 240  # seconds; only a hanging process takes so long


@pytest.fixture
def environment(process_environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return {**process_environment, "BOT_DATA_DIR": str(tmp_path / "data"), "BOT_WEB_PORT": str(port)}


def doctor(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", "doctor"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LONG, check=False)


def verdicts(out: str) -> dict[str, str]:
    lines = [line for line in out.splitlines()[:-1] if not line.startswith(" ")]
    return {line[13:].partition(":")[0]: line[:13].strip() for line in lines}


def test_a_fresh_checkout_is_well_without_network_and_stays_untouched(
    environment: dict[str, str], tmp_path: Path
) -> None:
    done = doctor(environment)

    assert (done.returncode, done.stderr) == (0, "")
    assert verdicts(done.stdout) == {
        "database": "ok",
        "disk space": "ok",
        "knowledge and catalogs": "ok",
        "compiled model": "ok",
        "semantic encoder": "ok",
        f"port {environment['BOT_WEB_PORT']} on 127.0.0.1": "ok",
        "token": "not checked",
        "clock": "not checked",
    }
    assert done.stdout.splitlines()[-1] == "6 ok, 0 problem, 2 not checked"
    assert list(tmp_path.iterdir()) == []


async def test_a_token_is_tried_out_and_never_shown(environment: dict[str, str]) -> None:
    world = Standin(channels={11: channel(11)})
    async with world.serving() as base:
        with_discord = {
            **environment,
            "DISCORD_TOKEN": TOKEN,
            "BOT_DISCORD_API": base,
            "BOT_MODERATOR_CHANNEL": "11",
            "BOT_LANGUAGE_CHANNELS": "12=km",
            "BOT_LOG_LEVEL": "DEBUG",
        }
        done = await asyncio.to_thread(doctor, with_discord)

    found = verdicts(done.stdout)
    assert done.returncode == 1, done.stderr
    assert found["channel 11 (BOT_MODERATOR_CHANNEL)"] == "ok"
    assert found["channel 12 (BOT_LANGUAGE_CHANNELS)"] == "problem"
    assert (found["token"], found["Discord"], found["clock"]) == ("ok", "ok", "ok")
    assert not any(part in done.stdout + done.stderr for part in TOKEN.split("."))


def test_every_fault_is_found_in_one_run(environment: dict[str, str], tmp_path: Path) -> None:
    knowledge, data = tmp_path / "knowledge", tmp_path / "data"
    shutil.copytree(ROOT / "knowledge", knowledge)
    edit(knowledge / "phrasings" / "th.meeting.yaml", "phrasings:", "phrasing:")
    data.mkdir()
    (data / "bot.sqlite3").write_text("ไม่ใช่ฐานข้อมูล" * 99, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = doctor({**environment, "BOT_KNOWLEDGE_DIR": str(knowledge), "BOT_WEB_PORT": str(port)})

    found = verdicts(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert {subject for subject, verdict in found.items() if verdict == "problem"} == {
        "database",
        "knowledge and catalogs",
        "compiled model",
        f"port {port} on 127.0.0.1",
    }
    assert done.stdout.count("\n             -> ") == 3
    assert "-> set BOT_WEB_PORT" in done.stdout


def test_a_port_where_this_bot_serves_is_no_problem(environment: dict[str, str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Ask at")
        done = doctor(environment)
        process.terminate()
        process.wait(timeout=LONG)
    assert done.returncode == 0, done.stdout
    assert "this bot is serving there" in done.stdout


def test_everything_that_the_settings_name_on_discord_is_looked_at() -> None:
    """A new setting of that kind fails here until the doctor knows it."""
    names = [one.name for one in SETTINGS.values() if one.name.endswith(("_ROLES", "_CHANNEL", "_CHANNELS", "_GUILDS"))]
    values = {
        name: f"{number}{'=km' if name == 'BOT_LANGUAGE_CHANNELS' else ''}" for number, name in enumerate(names, 1)
    }

    named = named_in(read_settings(values))

    assert {**named.servers, **named.channels, **named.roles} == dict(enumerate(names, 1))
    assert len(names) >= 7
