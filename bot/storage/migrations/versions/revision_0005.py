"""When a choice of language was last used; answers whose changes people want to be told of."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.batch_alter_table("language_choices") as table:  # SQLite cannot add a column without default otherwise
        table.add_column(sa.Column("used_at", sa.DateTime(timezone=True)))
    op.execute("update language_choices set used_at = chosen_at")
    with op.batch_alter_table("language_choices") as table:
        table.alter_column("used_at", nullable=False)
    op.create_table(
        "followed_answers",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("entry_key", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("substance", sa.Text, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True)),
        sa.Column("claimed_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_followed_answers_person", "followed_answers", ["person", "entry_key"], unique=True)
