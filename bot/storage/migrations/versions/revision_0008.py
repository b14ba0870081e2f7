"""Corrections are deliveries, sent by the same kind of loop as announcements.

What a process had claimed may have been told, and is forgotten, as until now at a start. Of the rest the next start
looks once more whether it has changed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    followed = sa.table("followed_answers", sa.column("changed_at"), sa.column("claimed_at"))
    op.execute(followed.delete().where(followed.c.claimed_at.is_not(None)))
    op.execute(followed.update().values(changed_at=None))
    op.drop_column("followed_answers", "claimed_at")
