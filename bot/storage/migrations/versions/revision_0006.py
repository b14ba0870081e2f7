"""The inbox: questions that were not answered, who asked them, and phrasings proposed from them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    _create_groups()
    _create_items()
    op.create_table(
        "inbox_askers",
        sa.Column("question_id", sa.Text, primary_key=True),
        sa.Column("asker", sa.Text, nullable=False),
        sa.Column("channel", sa.Text),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_inbox_askers_asker", "inbox_askers", ["asker"])
    op.create_table(
        "inbox_phrasings",
        sa.Column("entry_key", sa.Text, primary_key=True),
        sa.Column("locale", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, primary_key=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
    )


def _create_groups() -> None:
    op.create_table(
        "inbox_groups",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("decided", sa.Integer, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("space", sa.Text),
        sa.Column("direction", sa.Text),
        sa.Column("nearest", sa.Text),
        sa.Column("probability", sa.Float, nullable=False),
        sa.Column("answer_key", sa.Text),
        sa.Column("proposal", sa.Text),
        sa.Column("trouble", sa.Text),
        sa.Column("merged_into", sa.Text),
        sa.Column("reached", sa.Integer, nullable=False),
        sa.Column("unreached", sa.Integer, nullable=False),
    )
    op.create_index("ix_inbox_groups_state", "inbox_groups", ["state"])


def _create_items() -> None:
    op.create_table(
        "inbox_items",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("question_id", sa.Text, nullable=False, unique=True),
        sa.Column("group_id", sa.Text),
        sa.Column("text", sa.Text),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nearest", sa.Text),
        sa.Column("probability", sa.Float, nullable=False),
        sa.Column("others", sa.Text, nullable=False),
    )
    op.create_index("ix_inbox_items_group", "inbox_items", ["group_id"])
