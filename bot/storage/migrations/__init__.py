"""Brings a database of any earlier version to this one, with its data.

A new revision is one file in `versions/`, numbered on from the last, and HEAD below; released ones are never edited.
"""

import threading
from pathlib import Path

from sqlalchemy import Engine

from bot.core.errors import StoreError

HEAD = "0003"  # compared with the database's before Alembic is imported, which costs 0.1 s
VERSION_TABLE = "alembic_version"
_HERE = Path(__file__).parent
_ONE_AT_A_TIME = threading.Lock()  # Alembic keeps what it is doing in module globals, whatever the database


def migrate(engine: Engine, scripts: Path = _HERE) -> None:
    """Run what is missing, all or nothing. Blocking; a second process waits, then finds nothing left to do.

    Args:
        engine: Its transactions must keep other writers out from their start, and undo DDL.
        scripts: Folder of `env.py` and `versions/`.

    Raises:
        StoreError: The database has a revision that this version does not know.
        SQLAlchemyError: The driver failed.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    with _ONE_AT_A_TIME, engine.begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreError(
                f"The database {engine.url.database} is not from any version of this bot, or from a newer one: "
                f"update the bot, or move the file away to start with an empty one. ({error})"
            ) from error
