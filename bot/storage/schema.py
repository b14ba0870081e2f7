"""The tables as the newest version of the bot knows them; `migrations` brings every older database here."""

import datetime
import re

from sqlalchemy import Boolean, Column, DateTime, Dialect, Float, Index, Integer, MetaData, Table, Text
from sqlalchemy.types import TypeDecorator

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL refuses NUL; lone surrogates have no UTF-8


class Words(TypeDecorator[str]):
    """Any text a chat can contain; what no database could store becomes U+FFFD, the replacement character."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)


class Moment(TypeDecorator[datetime.datetime]):
    """A point in time: aware going in, in UTC coming out, also where the database knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, dialect: Dialect) -> datetime.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone: pass an aware datetime")
        return value.astimezone(datetime.UTC)

    def process_result_value(self, value: datetime.datetime | None, dialect: Dialect) -> datetime.datetime | None:
        if value is None:
            return None
        return value.astimezone(datetime.UTC) if value.tzinfo else value.replace(tzinfo=datetime.UTC)


metadata = MetaData()

language_choices = Table(
    "language_choices",
    metadata,
    Column("asker", Words, primary_key=True),
    Column("locale", Words, nullable=False),
    Column("chosen_at", Moment, nullable=False),
)

# No asker here, and no text: what somebody asked cannot be looked up from who they are, nor the reverse.
outcomes = Table(
    "outcomes",
    metadata,
    Column("id", Words, primary_key=True),
    Column("asked_at", Moment, nullable=False),
    Column("outcome", Words, nullable=False),
    Column("entry_key", Words),
    Column("probability", Float, nullable=False),
    Column("locale", Words, nullable=False),
    Column("platform", Words, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("helpful", Boolean),
)

# No foreign key to outcomes: a refused choice is worth keeping even when recording its outcome failed.
unanswered = Table(
    "unanswered",
    metadata,
    Column("question_id", Words, primary_key=True),
    Column("text", Words),
    Column("asked_at", Moment, nullable=False),
)

claimed_messages = Table(
    "claimed_messages",
    metadata,
    Column("platform", Words, primary_key=True),
    # Text, as the port promises no numbers: `queries` orders them as numbers.
    Column("message_id", Words, primary_key=True),
    Column("channel", Words, nullable=False),
    Column("claimed_at", Moment, nullable=False),
    Index("ix_claimed_messages_channel", "channel", "message_id"),
)

# One row, rewritten by `check`: a write that is rolled back would never reach a full disk.
write_probe = Table(
    "write_probe",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("written_at", Moment, nullable=False),
)
