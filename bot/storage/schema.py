"""The tables as the newest version of the bot knows them; `migrations` brings every older database here."""

import datetime
import math
import re

from sqlalchemy import Boolean, Column, DateTime, Dialect, Float, Index, Integer, MetaData, Table, Text
from sqlalchemy.types import TypeDecorator

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL refuses NUL; lone surrogates have no UTF-8


def storable(text: str) -> str:
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


class Words(TypeDecorator[str]):
    """Any text a chat can contain; what no database could store becomes U+FFFD, the replacement character."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


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


class Number(TypeDecorator[float]):
    """A number; NaN is none, and is refused where NULL is. SQLite does so by itself, PostgreSQL would keep it."""

    impl = Float
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        return None if value is None or math.isnan(value) else value


metadata = MetaData()

language_choices = Table(
    "language_choices",
    metadata,
    Column("asker", Words, primary_key=True),
    Column("locale", Words, nullable=False),
    Column("chosen_at", Moment, nullable=False),
    # To the day: so that choices of people who are long gone can be deleted.
    Column("used_at", Moment, nullable=False),
)

# No asker here, and no text: what somebody asked cannot be looked up from who they are, nor the reverse.
outcomes = Table(
    "outcomes",
    metadata,
    Column("id", Words, primary_key=True),
    Column("asked_at", Moment, nullable=False),
    Column("outcome", Words, nullable=False),
    Column("entry_key", Words),
    Column("probability", Number, nullable=False),
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
    # None while the reply is in the making: after a crash, whether it was sent has to be looked up.
    Column("answered_at", Moment),
    Index("ix_claimed_messages_channel", "channel", "message_id"),
)

# One row, rewritten by `check`: a write that is rolled back would never reach a full disk.
write_probe = Table(
    "write_probe",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("written_at", Moment, nullable=False),
)

# What is to be done once a day by one process of all; a row is claimed before, and marked after.
jobs = Table(
    "jobs",
    metadata,
    Column("name", Words, primary_key=True),
    Column("day", Words, primary_key=True),  # of the ISO calendar
    Column("claimed_at", Moment, nullable=False),
    Column("done_at", Moment),
)

# One row: what was last reloaded or rolled back to in any process, for all of them.
common_version = Table(
    "common_version",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Words, nullable=False),
    Column("digest", Words, nullable=False),
    Column("passed_over", Words, nullable=False),
    Column("at", Moment, nullable=False),
)

announcements = Table(
    "announcements",
    metadata,
    Column("id", Words, primary_key=True),
    Column("server", Words, nullable=False),
    # JSON of `bot.storage.announcement_rows`: what is in it is never searched for.
    Column("content", Words, nullable=False),
    Column("targets", Words, nullable=False),
    Column("schedule", Words),
    Column("repeats", Words, nullable=False),
    Column("original", Words, nullable=False),
    Column("zone", Words, nullable=False),
    Column("author", Words, nullable=False),
    Column("words_by", Words),
    Column("aimed_by", Words),
    Column("approved_by", Words),
    Column("role", Words),
    Column("version", Integer, nullable=False),
    Column("state", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("corrected_at", Moment),
    Column("retracted_at", Moment),
    Index("ix_announcements_server", "server", "created_at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    # Copies that are due at the same moment are sent in the order in which they were ordered.
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", Words, nullable=False, unique=True),
    Column("announcement", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("recipient", Words, nullable=False),
    Column("locale", Words),
    Column("due_at", Moment, nullable=False),
    Column("state", Words, nullable=False),
    Column("fallback", Words),
    Column("fell_back", Boolean, nullable=False),
    Column("minutes_before", Integer),
    Column("owner", Words),
    Column("claimed_at", Moment),
    Column("attempts", Integer, nullable=False),
    Column("retry_at", Moment),
    Column("place", Words),
    Column("message_id", Words),
    Column("shown", Integer, nullable=False),
    Column("trouble", Words),
    Index("ix_deliveries_due", "state", "due_at"),
    Index("ix_deliveries_announcement", "announcement"),
)

# Signs of life of the processes that send: the copies that a silent one had claimed are anybody's.
senders = Table(
    "senders",
    metadata,
    Column("id", Words, primary_key=True),
    Column("seen_at", Moment, nullable=False),
)

# Only how often, never by whom.
announcement_readings = Table(
    "announcement_readings",
    metadata,
    Column("announcement", Words, primary_key=True),
    Column("locale", Words, primary_key=True),
    Column("count", Integer, nullable=False),
)

# One correction is owed to each person for each answer; it is the delivery of the same id, and both go when it is sent.
followed_answers = Table(
    "followed_answers",
    metadata,
    Column("id", Words, primary_key=True),
    Column("person", Words, nullable=False),
    Column("entry_key", Words, nullable=False),
    Column("locale", Words, nullable=False),
    # The curated question, not what the person wrote: the entry may be gone when there is something to tell.
    Column("question", Words, nullable=False),
    Column("substance", Words, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("changed_at", Moment),
    Index("ix_followed_answers_person", "person", "entry_key", unique=True),
)

# Appended to, never changed: `hash` covers the line and the hash before it (`bot.core.audit`).
audit_log = Table(
    "audit_log",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    # A pseudonym of `audit_people`, `bot` or `console`: erasing a person must not break the chain.
    Column("who", Words, nullable=False),
    Column("deed", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("server", Words, nullable=False),
    Column("detail", Words, nullable=False),
    Column("hash", Words, nullable=False),
    Index("ix_audit_log_subject", "subject"),
)

# One row, the newest line: who appends updates it first, so that two processes take turns and the chain never forks.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("hash", Words, nullable=False),
)

audit_people = Table(
    "audit_people",
    metadata,
    Column("pseudonym", Words, primary_key=True),
    Column("person", Words, nullable=False, unique=True),
)

# Questions that were not answered, by meaning. A group is what its card in the moderators' channel shows.
inbox_groups = Table(
    "inbox_groups",
    metadata,
    Column("id", Words, primary_key=True),
    Column("state", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("decided", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("opened_at", Moment, nullable=False),
    # What all its questions mean: the name of the space, and the direction as base64 of little-endian 32-bit floats.
    Column("space", Words),
    Column("direction", Words),
    Column("nearest", Words),
    Column("probability", Float, nullable=False),
    Column("answer_key", Words),
    Column("proposal", Words),  # JSON of `bot.storage.inbox_rows`
    Column("trouble", Words),
    Column("merged_into", Words),
    Column("reached", Integer, nullable=False),
    Column("unreached", Integer, nullable=False),
    Index("ix_inbox_groups_state", "state"),
)

inbox_items = Table(
    "inbox_items",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("question_id", Words, nullable=False, unique=True),
    Column("group_id", Words),  # None until it is sorted
    Column("text", Words),
    Column("locale", Words, nullable=False),
    Column("platform", Words, nullable=False),
    Column("cause", Words, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("nearest", Words),
    Column("probability", Float, nullable=False),
    Column("others", Words, nullable=False),  # JSON, a list of keys
    Index("ix_inbox_items_group", "group_id"),
)

# Whom to come back to. The only place that says who asked what; a row lives until the person has the answer, takes the
# question back, or the retention period is over.
inbox_askers = Table(
    "inbox_askers",
    metadata,
    Column("question_id", Words, primary_key=True),
    Column("asker", Words, nullable=False),
    Column("channel", Words),
    Column("locale", Words, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Index("ix_inbox_askers_asker", "asker"),
)

inbox_phrasings = Table(
    "inbox_phrasings",
    metadata,
    Column("entry_key", Words, primary_key=True),
    Column("locale", Words, primary_key=True),
    Column("text", Words, primary_key=True),
    Column("asked_at", Moment, nullable=False),
)

# Files of the knowledge base that an admin proposes; `text` is empty once nobody needs it any more.
file_proposals = Table(
    "file_proposals",
    metadata,
    Column("id", Words, primary_key=True),
    Column("place", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("digest", Words, nullable=False),
    Column("base", Words, nullable=False),
    Column("base_version", Words, nullable=False),
    Column("author", Words, nullable=False),
    Column("why", Words, nullable=False),
    Column("proposed_at", Moment, nullable=False),
    Column("state", Words, nullable=False),
    Column("decided", Integer, nullable=False),
    Column("approved_by", Words),
    Column("override", Words, nullable=False),
    Column("trouble", Words, nullable=False),
    Index("ix_file_proposals_state", "state", "proposed_at"),
)
