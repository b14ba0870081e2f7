"""The first tables. Spelled out here, as `schema` will move on."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "language_choices",
        sa.Column("asker", sa.Text, primary_key=True),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
    )
    _create_questions()
    op.create_table(
        "claimed_messages",
        sa.Column("platform", sa.Text, primary_key=True),
        sa.Column("message_id", sa.Text, primary_key=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_claimed_messages_channel", "claimed_messages", ["channel", "message_id"])
    op.create_table(
        "write_probe",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
    )


def _create_questions() -> None:
    op.create_table(
        "outcomes",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("entry_key", sa.Text),
        sa.Column("probability", sa.Float, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("milliseconds", sa.Integer, nullable=False),
        sa.Column("helpful", sa.Boolean),
    )
    op.create_table(
        "unanswered",
        sa.Column("question_id", sa.Text, primary_key=True),
        sa.Column("text", sa.Text),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
    )
