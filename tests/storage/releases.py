"""Databases as every released version of the bot made them, and something in each of their tables."""

import contextlib
import datetime
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import sqlalchemy as sa

from bot.storage import migrations
from bot.storage.sqlite import database_url, migrating_engine
from tests.storage.contract import NOON, TEXTS

SCRIPTS = Path(migrations.__file__).parent
REVISIONS = tuple(sorted(path.stem.removeprefix("revision_") for path in SCRIPTS.glob("versions/revision_*.py")))
_JSON = ("detail",)  # columns that a later revision reads
Rows = Mapping[str, Sequence[Mapping[str, object]]]


@contextlib.contextmanager
def scripts_of(revision: str) -> Iterator[Path]:
    """The migrations as that version had them."""
    with tempfile.TemporaryDirectory() as folder:
        scripts = Path(folder) / "then"
        shutil.copytree(SCRIPTS, scripts)
        for later in scripts.glob("versions/revision_*.py"):
            if later.stem.removeprefix("revision_") > revision:
                later.unlink()
        yield scripts


def database_of(revision: str, path: Path) -> None:
    """An SQLite file, made by that version's own migrations."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with scripts_of(revision) as scripts:
        migrations.migrate(migrating_engine(database_url(path)), scripts)


def fill_every_table(path: Path) -> Rows:
    """One row for each script in every table that is not filled by the migrations; returns them all."""
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for table in (each for each in _tables(connection) if not connection.execute(sa.select(each)).first()):
            rows = [_row(table, number, text) for number, text in enumerate(TEXTS.values(), 1)]
            connection.execute(table.insert(), rows)
    engine.dispose()
    return rows_of(path)


def rows_of(path: Path) -> Rows:
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        found = {
            table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for table in _tables(connection)
        }
    engine.dispose()
    return found


def _tables(connection: sa.Connection) -> list[sa.Table]:
    metadata = sa.MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != migrations.VERSION_TABLE]


def _row(table: sa.Table, number: int, text: str) -> dict[str, object]:
    values = {column.name: _value(column.type, number, text) for column in table.columns}
    return values | {name: json.dumps({"text": text}) for name in _JSON if name in values}


def _value(kind: sa.types.TypeEngine[object], number: int, text: str) -> object:
    if isinstance(kind, sa.DateTime):
        return NOON.replace(tzinfo=None) + datetime.timedelta(minutes=number)
    if isinstance(kind, sa.Boolean):
        return number % 2 == 0
    if isinstance(kind, sa.Integer | sa.Float):
        return number
    return f"{number} {text}"
