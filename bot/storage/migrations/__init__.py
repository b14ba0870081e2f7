"""Brings a database of any earlier version to this one, with its data.

A new revision is one file in `versions/`, numbered on from the last, and HEAD below; released ones are never edited.
"""

import threading
from pathlib import Path

from sqlalchemy import Connection, Engine

from bot.core.errors import StoreError

HEAD = "0009"  # compared with the database's before Alembic is imported, which costs 0.1 s
VERSION_TABLE = "alembic_version"
_HERE = Path(__file__).parent
_ONE_AT_A_TIME = threading.Lock()  # Alembic keeps what it is doing in module globals, whatever the database


def migrate(engine: Engine, scripts: Path | None = None) -> None:
    """Run what is missing, all or nothing. Blocking; a second process waits, then finds nothing left to do.

    Args:
        engine: Its transactions must keep other writers out from their start, and undo DDL.
        scripts: Folder of `env.py` and `versions/`; None for this version's own.

    Raises:
        StoreError: The database has a revision that this version does not know.
        SQLAlchemyError: The driver failed.
    """
    with engine.begin() as connection:
        upgrade(connection, str(engine.url.database), scripts)


def upgrade(connection: Connection, name: str, scripts: Path | None = None) -> None:
    """`migrate` inside a transaction that keeps other processes out; `name` is the database's, for messages."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(scripts or _HERE).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _ONE_AT_A_TIME:
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreError(
                f"The database {name} is not from any version of this bot, or from a newer one: "
                f"update the bot, or move the database away to start with an empty one. ({error})"
            ) from error
