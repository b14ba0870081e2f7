"""Announcements, their copies, how often they were read, who did what; and which claimed messages have their reply."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("claimed_messages", sa.Column("answered_at", sa.DateTime(timezone=True)))
    op.execute("update claimed_messages set answered_at = claimed_at")  # long ago, for all that is known
    _create_announcements()
    _create_deliveries()
    op.create_table(
        "announcement_readings",
        sa.Column("announcement", sa.Text, primary_key=True),
        sa.Column("locale", sa.Text, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("deed", sa.Text, nullable=False),
        sa.Column("server", sa.Text, nullable=False),
        sa.Column("announcement", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("ix_audit_log_announcement", "audit_log", ["announcement"])


def _create_announcements() -> None:
    op.create_table(
        "announcements",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("server", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("targets", sa.Text, nullable=False),
        sa.Column("schedule", sa.Text),
        sa.Column("repeats", sa.Text, nullable=False),
        sa.Column("original", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("words_by", sa.Text),
        sa.Column("aimed_by", sa.Text),
        sa.Column("approved_by", sa.Text),
        sa.Column("role", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True)),
        sa.Column("retracted_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_announcements_server", "announcements", ["server", "created_at"])


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("announcement", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("locale", sa.Text),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("fallback", sa.Text),
        sa.Column("fell_back", sa.Boolean, nullable=False),
        sa.Column("minutes_before", sa.Integer),
        sa.Column("owner", sa.Text),
        sa.Column("claimed_at", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True)),
        sa.Column("place", sa.Text),
        sa.Column("message_id", sa.Text),
        sa.Column("shown", sa.Integer, nullable=False),
        sa.Column("trouble", sa.Text),
    )
    op.create_index("ix_deliveries_due", "deliveries", ["state", "due_at"])
    op.create_index("ix_deliveries_announcement", "deliveries", ["announcement"])
