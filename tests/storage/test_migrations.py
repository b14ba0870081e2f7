"""From nothing, from an older version, and not from a newer one."""

import asyncio
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from bot.core.errors import StoreError
from bot.storage import migrations
from bot.storage.schema import metadata
from bot.storage.sql import SqlStore
from bot.storage.sqlite import database_url, migrating_engine
from tests.storage.contract import DAY, NOON
from tests.storage.releases import REVISIONS, database_of, fill_every_table, rows_of

SCRIPTS = Path(migrations.__file__).parent
# Rewritten at every opening; made anew by revision 0004, see test_audit; changed by 0008, see below.
CHANGED = {"write_probe", "audit_log", "audit_head", "followed_answers"}
NEXT = f"{int(migrations.HEAD) + 1:04}"
ADDS_A_COLUMN = f"""
import sqlalchemy as sa
from alembic import op
revision, down_revision = "{NEXT}", "{migrations.HEAD}"
def upgrade():
    op.add_column("outcomes", sa.Column("guild", sa.Text))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
def newer_scripts(tmp_path: Path) -> Path:
    """The migrations of an imaginary next version."""
    scripts = tmp_path / "100% newer"
    shutil.copytree(SCRIPTS, scripts)
    (scripts / "versions" / f"revision_{NEXT}.py").write_text(ADDS_A_COLUMN)
    return scripts


def run(path: Path, *statements: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return [row for statement in statements for row in connection.execute(statement)]


async def used_database(path: Path) -> None:
    store = await SqlStore.open(path)
    await store.choose_language("discord:1", "th")
    await store.close()


def test_head_is_the_newest_revision() -> None:
    """HEAD is written by hand, to be read without importing Alembic."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))

    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]


async def test_an_empty_database_becomes_what_the_schema_says(path: Path) -> None:
    """Migrations and schema are written apart, and must agree to the last column and index."""
    path.touch()

    await (await SqlStore.open(path)).close()

    with migrating_engine(database_url(path)).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    assert run(path, "pragma journal_mode", "select version_num from alembic_version") == [("wal",), (migrations.HEAD,)]


async def test_an_older_database_is_migrated_with_its_data(path: Path, newer_scripts: Path) -> None:
    """What people chose under the last version is there under the next."""
    await used_database(path)

    migrations.migrate(migrating_engine(database_url(path)), newer_scripts)

    assert run(path, "select asker, locale from language_choices") == [("discord:1", "th")]
    assert run(path, "select guild from outcomes", "select version_num from alembic_version") == [(NEXT,)]


@pytest.mark.parametrize("released", REVISIONS)
async def test_every_released_database_comes_to_this_version_with_its_data(path: Path, released: str) -> None:
    """Made by that version's own migrations, every table filled, then opened by this version."""
    database_of(released, path)
    before = fill_every_table(path)

    await (await SqlStore.open(path)).close()

    after = rows_of(path)
    kept = {
        name: [{column: row[column] for column in rows[0]} for row in after[name]]
        for name, rows in before.items()
        if name not in CHANGED
    }
    assert kept == {name: rows for name, rows in before.items() if name not in CHANGED}
    with migrating_engine(database_url(path)).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    assert run(path, "select version_num from alembic_version") == [(migrations.HEAD,)]


async def test_a_message_claimed_before_replies_were_recorded_counts_as_answered(path: Path) -> None:
    """The first start after the update must not answer a month of old messages again."""
    database_of("0001", path)
    fill_every_table(path)

    store = await SqlStore.open(path)

    assert await store.unanswered_claims("discord", NOON - DAY, NOON + DAY) == []
    await store.close()
    assert run(path, "select count(*) from claimed_messages where answered_at is null") == [(0,)]


async def test_corrections_on_their_way_at_the_update_are_told_at_most_once(path: Path) -> None:
    """What was claimed may have been told; of the rest it is looked again whether there is something to tell."""
    database_of("0006", path)
    values = "'discord:{0}', 'meeting.dates', 'km', 'កាលណា?', 'x', '2026-12-31 00:00:00', {1}, {2}"
    rows = [values.format(number, *at) for number, at in enumerate((("null", "null"), ("1", "null"), ("1", "1")))]
    columns = "id, person, entry_key, locale, question, substance, expires_at, changed_at, claimed_at"
    run(path, *(f"insert into followed_answers ({columns}) values ('{n}', {row})" for n, row in enumerate(rows)))

    await (await SqlStore.open(path)).close()

    assert run(path, "select id, changed_at from followed_answers order by id") == [("0", None), ("1", None)]


async def test_a_migration_that_fails_changes_nothing(path: Path, newer_scripts: Path) -> None:
    """Half a migration could be neither repeated nor undone."""
    await used_database(path)
    broken = ADDS_A_COLUMN + '    op.execute("select * from nowhere")\n'
    (newer_scripts / "versions" / f"revision_{NEXT}.py").write_text(broken)

    with pytest.raises(OperationalError, match="nowhere"):
        migrations.migrate(migrating_engine(database_url(path)), newer_scripts)

    assert run(path, "select version_num from alembic_version") == [(migrations.HEAD,)]
    assert "guild" not in str(run(path, "select sql from sqlite_master"))
    await (await SqlStore.open(path)).close()


async def test_nobody_else_writes_during_a_migration(path: Path) -> None:
    """Two versions that start at once take turns, from reading the revision to writing it."""
    await used_database(path)

    with closing(sqlite3.connect(path, timeout=0)) as other, migrating_engine(database_url(path)).begin():
        locked_out = pytest.raises(sqlite3.OperationalError, match="locked")
        with locked_out:
            other.execute("begin immediate")


@pytest.mark.parametrize("revision", [NEXT, "9999"])
async def test_a_database_of_a_newer_version_is_left_alone(path: Path, revision: str) -> None:
    """Going back to an older bot must not write what the newer one does not expect."""
    await used_database(path)
    run(path, f"update alembic_version set version_num = '{revision}'")

    with pytest.raises(StoreError, match=f"newer version of the bot .*{revision}.*: update the bot"):
        await SqlStore.open(path)


async def test_a_database_of_unknown_origin_is_refused(path: Path) -> None:
    """Another program that uses Alembic, or a revision that was never released."""
    await used_database(path)
    run(path, "update alembic_version set version_num = '0000deadbeef'")

    with pytest.raises(StoreError, match="not from any version of this bot"):
        await SqlStore.open(path)


async def test_a_foreign_table_in_the_way_is_refused(path: Path) -> None:
    """An existing SQLite file of another program is not taken over."""
    run(path, "create table outcomes (x)")

    with pytest.raises(StoreError, match="already exists"):
        await SqlStore.open(path)

    assert run(path, "select name from sqlite_master") == [("outcomes",)]


async def test_opening_an_up_to_date_database_does_not_import_alembic(path: Path) -> None:
    """It costs 0.1 s at each start."""
    await used_database(path)
    program = (
        "import asyncio, sys; from bot.storage.sql import SqlStore; "
        "asyncio.run(SqlStore.open(sys.argv[1])); sys.exit('alembic' in sys.modules)"
    )

    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, str(path))

    assert await asyncio.wait_for(process.wait(), timeout=20) == 0


def test_importing_the_migrations_does_nothing() -> None:
    """Alembic executes env.py by its path; everybody else may import it."""
    import bot.storage.migrations.env  # noqa: F401
