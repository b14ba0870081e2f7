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
