"""The audit log takes every kind of deed, knows people by pseudonyms, and each line hangs on the one before."""

import datetime
import json
import secrets

import sqlalchemy as sa
from alembic import op

from bot.core.audit import START, AuditRecord, chained

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.drop_index("ix_audit_log_announcement", "audit_log")
    op.rename_table("audit_log", "audit_log_before")
    _create()
    _chain()
    op.drop_table("audit_log_before")


def _create() -> None:
    op.create_table(
        "audit_log",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("deed", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("server", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_index("ix_audit_log_subject", "audit_log", ["subject"])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_table(
        "audit_people",
        sa.Column("pseudonym", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, nullable=False, unique=True),
    )


def _chain() -> None:
    connection = op.get_bind()
    log, people, head = (_table(connection, name) for name in ("audit_log", "audit_people", "audit_head"))
    before = _table(connection, "audit_log_before")
    pseudonyms: dict[str, str] = {}
    number, digest = 0, START
    for row in connection.execute(sa.select(before).order_by(before.c.id)).mappings().all():
        who = row["who"]
        if ":" in who:
            who = pseudonyms.setdefault(who, f"person-{secrets.token_hex(6)}")
        number += 1
        record = AuditRecord(
            at=row["at"] if row["at"].tzinfo else row["at"].replace(tzinfo=datetime.UTC),
            who=who,
            deed=f"announcement.{row['deed']}",
            subject=row["announcement"],
            server=row["server"],
            detail={**json.loads(row["detail"]), "version": str(row["version"])},
        )
        digest = chained(digest, number, record)
        values = {"number": number, "at": row["at"], "who": who, "deed": record.deed, "subject": record.subject}
        detail = json.dumps(dict(record.detail), ensure_ascii=False)
        connection.execute(sa.insert(log).values(**values, server=record.server, detail=detail, hash=digest))
    for person, pseudonym in pseudonyms.items():
        connection.execute(sa.insert(people).values(pseudonym=pseudonym, person=person))
    connection.execute(sa.insert(head).values(id=1, number=number, hash=digest))


def _table(connection: sa.Connection, name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=connection)
