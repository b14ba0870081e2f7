"""`python -m bot run` as a real process on a free port: it answers, and it stops cleanly."""

import asyncio
import contextlib
import datetime
import http.client
import json
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.app import background
from bot.storage.sql import SqlStore
from tests.conftest import ROOT
from tests.content.folders import edit
from tests.content.reload_worlds import make_folders
from tests.postgresql import QUOTED_PASSWORD, Server

LONG = 240  # seconds; only a hanging process takes so long, or a machine that compiles an outdated model
QUESTION = "การประชุมครั้งที่ 6 จัดขึ้นวันที่เท่าไหร่"


@pytest.fixture
def environment(process_environment: dict[str, str], tmp_path: Path, data_dir: Path) -> dict[str, str]:
    """State of its own, but the compiled model of all tests."""
    if (data_dir / "compiled").is_dir():
        (tmp_path / "compiled").symlink_to(data_dir / "compiled")
    return {**process_environment, "BOT_DATA_DIR": str(tmp_path), "BOT_WEB_PORT": "0"}


@contextlib.contextmanager
def running(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and the host and port that it printed."""
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("Ask at http://127.0.0.1:"), process.communicate(timeout=LONG)
            yield process, urlsplit(line.removeprefix("Ask at ").strip()).netloc
        finally:
            process.kill()


def body(text: str) -> bytes:
    return json.dumps({"text": text, "asker": "web-asker-1", "conversation": "web-conversation-1"}).encode()


def post(netloc: str, path: str, sent: bytes) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection(netloc, timeout=LONG)
    connection.request("POST", path, sent, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_it_prints_its_address_answers_and_stops(
    environment: dict[str, str], number: signal.Signals, tmp_path: Path
) -> None:
    with running(environment) as (process, netloc):
        status, answer = post(netloc, "/api/ask", body(QUESTION))
        process.send_signal(number)
        out, told = process.communicate(timeout=LONG)

    assert status == 200
    assert "29–30 ตุลาคม 2024 (พ.ศ. 2567)" in json.dumps(answer, ensure_ascii=False)
    assert (process.returncode, out) == (0, ""), told
    assert "Traceback" not in told
    assert QUESTION not in told
    assert (tmp_path / "bot.sqlite3").is_file()


def read_status(connection: http.client.HTTPConnection) -> int:
    response = connection.getresponse()
    response.read()
    return response.status


def test_answers_in_flight_are_finished(environment: dict[str, str]) -> None:
    """Eight long questions have arrived and one is answered when the signal comes; seven still get their answers."""
    with running(environment) as (process, netloc):
        connections = [http.client.HTTPConnection(netloc, timeout=LONG) for _ in range(8)]
        for connection in connections:  # a connection that was not yet accepted would be refused, and rightly
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        for number, connection in enumerate(connections):
            text = f"{QUESTION} {'ที่โตเกียว ' * 60}{number}"
            connection.request("POST", "/api/ask", body(text), {"Content-Type": "application/json"})
        first = read_status(connections[0])
        process.send_signal(signal.SIGTERM)
        others = [read_status(connection) for connection in connections[1:]]
        for connection in connections:
            connection.close()
        _, told = process.communicate(timeout=LONG)

    assert [first, *others] == [200] * 8
    assert process.returncode == 0, told


async def test_work_in_the_background_has_let_go_before_what_it_works_on_is_closed(tmp_path: Path) -> None:
    """Stopped right after its start, the bot is still forgetting old texts: once it then hung for ever."""
    store = await SqlStore.open(tmp_path / "bot.sqlite3")
    ended = asyncio.Event()

    async def forget() -> None:
        try:
            while True:
                await store.forget_before(datetime.datetime.now(datetime.UTC))
        finally:
            ended.set()

    async with asyncio.timeout(30):
        async with background(forget()):
            await asyncio.sleep(0.05)
        assert ended.is_set()
        await store.close()


def test_a_port_that_is_taken_gives_one_clear_line(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "bot", "run"],
            cwd=ROOT,
            env={**environment, "BOT_WEB_PORT": str(port), "BOT_LOG_LEVEL": "WARNING"},
            capture_output=True, text=True, check=False, timeout=LONG,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"cannot listen on 127.0.0.1:{port} (")
    assert line.endswith("set BOT_WEB_PORT to a free port")


def test_a_data_folder_that_cannot_be_made_gives_a_clear_line(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=ROOT,
        env={**environment, "BOT_DATA_DIR": str(tmp_path / "file" / "data"), "BOT_LOG_LEVEL": "ERROR"},
        capture_output=True, text=True, check=False, timeout=LONG,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(tmp_path / "file") in done.stderr.splitlines()[-1]


def bot(environment: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *map(str, arguments)],
        cwd=ROOT,
        env={**environment, "BOT_LOG_LEVEL": "WARNING"},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG,
    )


def test_a_backup_is_taken_while_it_runs_and_restored_once_it_stopped(
    environment: dict[str, str], tmp_path: Path
) -> None:
    database, backup = tmp_path / "bot.sqlite3", tmp_path / "kept" / "bot.backup"
    with running(environment) as (process, netloc):
        post(netloc, "/api/ask", body(QUESTION))
        taken = bot(environment, "backup", backup)
        refused = bot(environment, "restore", backup)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LONG)
    database.unlink()

    restored = bot(environment, "restore", backup)

    assert (taken.returncode, taken.stderr) == (0, "")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"The data folder {tmp_path} is in use: the bot is running; stop it, then try again.\n"
    assert (restored.returncode, restored.stdout) == (0, f"The database is that of {backup}\n"), restored.stderr
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("select count(*) from outcomes").fetchone() == (1,)


async def test_two_processes_share_one_postgresql(
    environment: dict[str, str], postgresql_server: Server, postgresql_database: str
) -> None:
    """Both create it, both answer, one of them does the daily job, and nobody prints the password."""
    shared = {**environment, "DATABASE_URL": postgresql_server.network_url(postgresql_database)}
    with running(shared) as (first, one), running(shared) as (second, other):
        statuses = [post(netloc, "/api/ask", body(QUESTION))[0] for netloc in (one, other)]
        told = []
        for process in (first, second):
            process.send_signal(signal.SIGTERM)
            told.append(process.communicate(timeout=LONG)[1])

    assert statuses == [200, 200]
    assert (first.returncode, second.returncode) == (0, 0), told
    assert QUOTED_PASSWORD not in "".join(told)
    assert "".join(told).count("daily job forget-30") == 1
    kept = await postgresql_server.execute("select count(*) from outcomes", database=postgresql_database)
    assert kept == [(2,)]


def opened(netloc: str) -> str:
    return str(post(netloc, "/api/open", json.dumps({"key": "meeting.dates"}).encode())[1]["text"])


def ordered(netloc: str, deed: str, token: str) -> dict[str, str]:
    """What an admin has done over HTTP; a process that has just started has no version to go back to for some seconds."""
    connection = http.client.HTTPConnection(netloc, timeout=LONG)
    connection.request("POST", f"/api/admin/{deed}", b"{}", {"Authorization": f"Bearer {token}"})
    answer: dict[str, str] = json.loads(connection.getresponse().read())
    connection.close()
    return answer


async def until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG):
        while not await asyncio.to_thread(what):  # noqa: ASYNC110 - another process decides
            await asyncio.sleep(0.1)


async def test_a_rollback_on_one_process_reaches_the_other(
    environment: dict[str, str], postgresql_url: str, tmp_path: Path
) -> None:
    """With one folder of files, and versions of their own."""
    files, token = make_folders(tmp_path / "files"), "t" * 40
    shared = {
        **environment,
        "DATABASE_URL": postgresql_url,
        "BOT_ADMIN_TOKEN": token,
        "BOT_KNOWLEDGE_DIR": str(files.knowledge),
        "BOT_LOCALES_DIR": str(files.locales),
    }
    homes = [{**shared, "BOT_DATA_DIR": str(tmp_path / name)} for name in ("one", "other")]
    with running(homes[0]) as (_, one), running(homes[1]) as (_, other):
        for netloc in (one, other):
            await until(lambda at=netloc: "Live: " in ordered(at, "status", token)["text"])  # type: ignore[misc]
        edit(files.knowledge / "meeting.yaml", '"2024-10-30"', '"2024-10-31"')
        assert ordered(one, "reload", token)["outcome"] == "reloaded"
        await until(lambda: "29–31 October" in opened(other))

        assert ordered(one, "rollback", token)["outcome"] == "rolledback"
        await until(lambda: "29–30 October" in opened(other))

        assert "29–30 October" in opened(one)


def test_a_database_that_cannot_be_reached_gives_one_clear_line(environment: dict[str, str]) -> None:
    lost = {**environment, "DATABASE_URL": "postgresql://bot:hunter2@127.0.0.1:1/bot", "BOT_LOG_LEVEL": "WARNING"}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=ROOT, env=lost, capture_output=True, text=True, check=False, timeout=LONG,
    )  # fmt: skip
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("The database bot on 127.0.0.1:1 cannot be reached: start the server")
    assert "hunter2" not in line
