"""A real PostgreSQL server for the tests: a cluster of its own in a temporary folder, gone with the last test."""

import asyncio
import contextlib
import itertools
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

_DEBIAN = Path("/usr/lib/postgresql")
_HASTE = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
PASSWORD = "รหัส@ผ่าน/#?"  # signs and script that a URL has to escape
QUOTED_PASSWORD = "%E0%B8%A3%E0%B8%AB%E0%B8%B1%E0%B8%AA%40%E0%B8%9C%E0%B9%88%E0%B8%B2%E0%B8%99%2F%23%3F"


@dataclass
class Server:
    """Superuser `bot`: trusted on the socket in `folder`, asked for `PASSWORD` on the port."""

    programs: Path
    folder: Path
    port: int
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str) -> str:
        return f"postgresql://bot@/{database}?host={self.folder}&port={self.port}"

    def network_url(self, database: str, *, user: str = "bot", password: str = QUOTED_PASSWORD) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = f"-k {self.folder} -h 127.0.0.1 -p {self.port} {_HASTE}"
        self.run("pg_ctl", "start", "-w", "-D", "data", "-l", "log", "-o", options)

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "-w", "-D", "data", "-m", "immediate")

    def run(self, program: str, *arguments: str) -> None:
        """As the user who owns the cluster: the server refuses to run as root."""
        with (self.folder / "said").open("w") as said:  # the server inherits it: a pipe would never end
            done = subprocess.run(
                [self.programs / program, *arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                check=False,
                **_as_owner(),
            )
        log = self.folder / "log"
        assert done.returncode == 0, (self.folder / "said").read_text() + (log.read_text() if log.exists() else "")

    async def execute(self, statement: str, *, database: str = "postgres") -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(self.url(database))
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    async def create_database(self, *, template: str = "template0", more: str = "") -> str:
        """Its name."""
        name = f"db{next(self.numbers)}"
        await self.execute(f"create database {name} template {template} {more}")
        return name


def _as_owner() -> dict[str, Any]:
    """For subprocess; only root may choose."""
    if os.geteuid() != 0:
        return {}
    return {"user": _owner().pw_uid, "group": _owner().pw_gid, "extra_groups": []}


@contextlib.contextmanager
def _kept(server: Server) -> Iterator[None]:
    """Running until the block ends, also when it ends because somebody killed the tests: then this pipe closes."""
    end = 'cat >/dev/null; cd "$1" && "$0" stop -D data -m immediate; rm -rf "$1"'
    keeper = subprocess.Popen(
        ["sh", "-c", end, server.programs / "pg_ctl", server.folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **_as_owner(),
    )
    try:
        yield
    finally:
        keeper.communicate()


def _owner() -> pwd.struct_passwd:
    """Whom the cluster belongs to, when we are root."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("no user to run PostgreSQL as: tests run as root, which it refuses")


def programs_folder() -> Path:
    """Where `initdb` is: on the path, else where Debian keeps it."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(_DEBIAN.glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
    for folder in folders:
        if (folder / "postgres").exists() and (folder / "pg_ctl").exists():
            return folder
    pytest.fail("PostgreSQL is not installed, and these tests need a real one: sh .ci/install-postgresql")


def _start_on_a_free_port(server: Server) -> None:
    """Between finding a port and using it, somebody else may."""
    for attempt in range(5):
        with socket.create_server(("127.0.0.1", 0)) as found:
            server.port = int(found.getsockname()[1])
        try:
            server.start()
        except AssertionError:
            if attempt == 4:
                raise
        else:
            return


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """Started for the first test that wants it; a missing program fails, and never skips."""
    with running_server() as server:
        yield server


@contextlib.contextmanager
def running_server() -> Iterator[Server]:
    """Also for benchmarks."""
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        server = Server(programs_folder(), Path(name), port=0)
        (server.folder / "password").write_text(PASSWORD, encoding="utf-8")
        if os.geteuid() == 0:
            for path in (server.folder, server.folder / "password"):
                os.chown(path, _owner().pw_uid, _owner().pw_gid)
        rules = ["--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile=password", "--username=bot"]
        server.run("initdb", "-D", "data", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", *rules)
        _start_on_a_free_port(server)
        with _kept(server):
            yield server


@pytest_asyncio.fixture
async def postgresql_database(postgresql_server: Server) -> AsyncIterator[str]:
    """The name of an empty database."""
    name = await postgresql_server.create_database()
    yield name
    await postgresql_server.execute(f"drop database if exists {name} with (force)")


@pytest.fixture(scope="session")
def migrated_template(postgresql_server: Server) -> str:
    """A database with our tables, to be copied: quicker than migrating one for each test."""
    from bot.storage.postgresql import PostgresqlDatabase

    name = asyncio.run(postgresql_server.create_database())
    PostgresqlDatabase(postgresql_server.url(name)).migrate()
    return name


@pytest_asyncio.fixture
async def postgresql_url(postgresql_server: Server, migrated_template: str) -> AsyncIterator[str]:
    """Of a database that has our tables, and nothing in them."""
    name = await postgresql_server.create_database(template=migrated_template)
    yield postgresql_server.url(name)
    await postgresql_server.execute(f"drop database if exists {name} with (force)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """For `SqlStore.open`: a test that asks for it runs once on each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "bot.sqlite3")
    url: str = request.getfixturevalue("postgresql_url")
    return url


async def run(database: str, *statements: str) -> list[tuple[object, ...]]:
    """On a database of either kind, past the bot; all rows that the statements give."""
    if "://" not in database:
        with closing(sqlite3.connect(database)) as sqlite, sqlite:
            return [row for statement in statements for row in sqlite.execute(statement)]
    connection = await asyncpg.connect(database)
    try:
        return [tuple(row) for statement in statements for row in await connection.fetch(statement)]
    finally:
        await connection.close()
