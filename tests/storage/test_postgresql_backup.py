"""Backup, restore and examination of a real PostgreSQL database."""

import asyncio
import stat
from pathlib import Path

import asyncpg
import pytest

from bot.core.diagnosis import Finding, Verdict
from bot.core.errors import StoreError
from bot.storage.backup import back_up, in_use, restore
from bot.storage.examination import examine_database
from bot.storage.migrations import HEAD
from bot.storage.postgresql import PostgresqlDatabase
from bot.storage.sql import SqlStore
from tests.postgresql import PASSWORD, QUOTED_PASSWORD, Server
from tests.storage.contract import NOON, TEXTS, outcome
from tests.storage.releases import REVISIONS, scripts_of


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "ข้อมูล.dump"


async def take(url: str, target: Path) -> None:
    await asyncio.to_thread(back_up, url, target)


async def put_back(url: str, source: Path) -> Path | None:
    return await asyncio.to_thread(restore, url, source, source.parent, NOON)


async def use(url: str, asker: str = "discord:1", locale: str = "km") -> None:
    store = await SqlStore.open(url)
    await store.choose_language(asker, locale)
    for number, text in enumerate(TEXTS.values()):
        await store.record_outcome(outcome(f"{asker}-{number}", text=text))
    await store.close()


async def ask(url: str, query: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def texts(url: str) -> set[object]:
    return {row[0] for row in await ask(url, "select text from unanswered")}


async def choices(url: str) -> list[tuple[object, ...]]:
    return await ask(url, "select asker, locale from language_choices order by asker")


DESTROYED = [
    "drop table unanswered, outcomes",
    "drop schema public cascade; create schema public",
    "delete from unanswered",
]


@pytest.mark.parametrize("statement", DESTROYED, ids=["some tables", "everything", "rows"])
async def test_a_destroyed_database_comes_back(postgresql_url: str, backup: Path, statement: str) -> None:
    await use(postgresql_url)
    await take(postgresql_url, backup)
    connection = await asyncpg.connect(postgresql_url)
    await connection.execute(statement)
    await connection.close()

    await put_back(postgresql_url, backup)

    assert await texts(postgresql_url) == set(TEXTS.values())
    store = await SqlStore.open(postgresql_url)
    assert await store.language_of("discord:1") == "km"
    await store.close()


async def test_what_was_there_is_kept_and_can_be_restored_too(postgresql_url: str, backup: Path) -> None:
    await use(postgresql_url, "discord:1", "th")
    await take(postgresql_url, backup)
    await use(postgresql_url, "discord:2", "ja")

    aside = await put_back(postgresql_url, backup)

    assert await choices(postgresql_url) == [("discord:1", "th")]
    assert aside is not None
    assert aside.name == "postgresql.before-20261110T120000Z"
    await put_back(postgresql_url, aside)
    assert await choices(postgresql_url) == [("discord:1", "th"), ("discord:2", "ja")]


async def test_a_backup_is_one_file_for_its_owner_only(postgresql_url: str, backup: Path) -> None:
    await take(postgresql_url, backup)
    assert list(backup.parent.iterdir()) == [backup]
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


async def test_nothing_is_restored_while_the_bot_runs(postgresql_url: str, backup: Path) -> None:
    await use(postgresql_url)
    await take(postgresql_url, backup)
    store = await SqlStore.open(postgresql_url)
    await store.choose_language("discord:2", "lo")

    with in_use(postgresql_url), pytest.raises(StoreError, match="the bot is running; stop it"):
        await put_back(postgresql_url, backup)

    assert await store.language_of("discord:2") == "lo"
    await store.close()


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2000])


def write_text(path: Path) -> None:
    path.write_text("バックアップではない" * 500, encoding="utf-8")


@pytest.mark.parametrize("spoil", [cut_short, write_text, Path.unlink], ids=["cut", "text", "missing"])
async def test_a_bad_backup_changes_nothing(postgresql_url: str, backup: Path, spoil: object) -> None:
    await use(postgresql_url)
    await take(postgresql_url, backup)
    assert callable(spoil)
    spoil(backup)

    with pytest.raises(StoreError, match=r"damaged or no backup|There is no file"):
        await put_back(postgresql_url, backup)

    assert await texts(postgresql_url) == set(TEXTS.values())


@pytest.mark.parametrize(
    ("revision", "told"), [("9999", "newer version of the bot"), ("beef", "no backup of this bot")]
)
async def test_a_backup_of_a_newer_or_foreign_version_is_refused(
    postgresql_url: str, backup: Path, revision: str, told: str
) -> None:
    await use(postgresql_url)
    await ask(postgresql_url, f"update alembic_version set version_num = '{revision}'")
    if revision == "beef":
        with pytest.raises(StoreError, match="nothing of this bot"):
            await take(postgresql_url, backup)
        return
    await take(postgresql_url, backup)
    with pytest.raises(StoreError, match=told):
        await put_back(postgresql_url, backup)


@pytest.fixture
async def older_url(postgresql_server: Server, postgresql_database: str) -> str:
    """A database of the version before this one."""
    url = postgresql_server.url(postgresql_database)
    with scripts_of(REVISIONS[-2]) as scripts:
        await asyncio.to_thread(PostgresqlDatabase(url).migrate, scripts)
    await ask(url, "insert into language_choices values ('discord:7', 'my', now(), now())")
    return url


async def test_a_backup_of_an_older_version_replaces_a_newer_database_and_is_migrated(
    postgresql_url: str, older_url: str, backup: Path
) -> None:
    """Tables that the older version did not know must not stand in the way of the migration."""
    await take(older_url, backup)

    await put_back(postgresql_url, backup)

    assert await choices(postgresql_url) == [("discord:7", "my")]
    assert await ask(postgresql_url, "select version_num from alembic_version") == [(HEAD,)]
    await (await SqlStore.open(postgresql_url)).close()


async def test_tables_of_another_program_are_left_alone(
    postgresql_server: Server, postgresql_database: str, postgresql_url: str, backup: Path
) -> None:
    await take(postgresql_url, backup)
    url = postgresql_server.url(postgresql_database)
    await ask(url, "create table songs (title text)")

    with pytest.raises(StoreError, match="tables of another program"):
        await put_back(url, backup)

    assert await ask(url, "select count(*) from songs") == [(0,)]


async def test_the_password_is_on_no_command_line_and_works(
    postgresql_server: Server, postgresql_url: str, backup: Path
) -> None:
    url = postgresql_server.network_url(postgresql_url.partition("@/")[2].partition("?")[0])
    address, password = PostgresqlDatabase(url).address
    assert password == PASSWORD
    assert QUOTED_PASSWORD not in address
    await use(url, locale="ta")

    await take(url, backup)
    await put_back(url, backup)

    assert await choices(url) == [("discord:1", "ta")]


@pytest.mark.parametrize("query", ["?password=s%40cret&sslmode=disable", "?sslmode=disable&password=s%40cret"])
def test_a_password_in_the_query_is_taken_out_too(query: str) -> None:
    address, password = PostgresqlDatabase(f"postgres://bot@db/bot{query}").address
    assert (address, password) == ("postgresql://bot@db/bot?sslmode=disable", "s@cret")


async def test_a_server_that_is_not_there_is_told(postgresql_server: Server, backup: Path) -> None:
    url = postgresql_server.network_url("nowhere")
    with pytest.raises(StoreError, match="does not exist"):
        await take(url, backup)
    assert not backup.exists()


async def test_missing_programs_are_told(postgresql_url: str, backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(backup.parent))
    with pytest.raises(StoreError, match="postgresql-client"):
        await take(postgresql_url, backup)


async def looked_at(url: str) -> Finding:
    return await examine_database(url)


async def test_the_doctor_finds_a_database_in_use_well(postgresql_url: str) -> None:
    store = await SqlStore.open(postgresql_url)
    found = await looked_at(postgresql_url)
    await store.close()
    assert found.verdict is Verdict.OK
    assert f"revision {HEAD}" in found.what


async def test_the_doctor_tells_what_the_first_start_will_do(
    postgresql_server: Server, postgresql_database: str, older_url: str
) -> None:
    older = await looked_at(older_url)
    assert older.verdict is Verdict.OK
    assert f"from revision {REVISIONS[-2]} to {HEAD}" in older.what
    empty = await postgresql_server.create_database()
    found = await looked_at(postgresql_server.url(empty))
    assert (found.verdict, found.what.startswith("the first start fills")) == (Verdict.OK, True)
    assert await ask(postgresql_server.url(empty), "select count(*) from pg_tables where schemaname = 'public'") == [
        (0,)
    ]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("update alembic_version set version_num = '9999'", "9999, this version of the bot knows up to"),
        ("drop table alembic_version", "of no version of this bot"),
    ],
    ids=["newer", "foreign"],
)
async def test_the_doctor_finds_what_a_start_could_not_use(postgresql_url: str, statement: str, told: str) -> None:
    await ask(postgresql_url, statement)
    found = await looked_at(postgresql_url)
    assert found.verdict is Verdict.PROBLEM
    assert told in found.what


async def test_the_doctor_finds_a_user_who_may_only_read(postgresql_url: str) -> None:
    await ask(postgresql_url, "create role reader login in role pg_read_all_data")
    found = await looked_at(postgresql_url.replace("//bot@", "//reader@"))
    await ask(postgresql_url, "drop role reader")
    assert found.verdict is Verdict.PROBLEM
    assert "cannot be written by this user" in found.what


async def test_the_doctor_tells_of_a_wrong_password_without_showing_it(
    postgresql_server: Server, postgresql_database: str
) -> None:
    found = await looked_at(postgresql_server.network_url(postgresql_database, password="%E0%B8%9C%E0%B8%B4%E0%B8%94"))
    assert found.verdict is Verdict.PROBLEM
    assert "refuses the user or the password" in found.what
    assert "%E0%B8%9C" not in str(found)
    assert "ผิด" not in str(found)
