"""Every statement of the audit log. Pure: builds them, for SQLite and PostgreSQL alike, and runs none."""

from typing import Any

from sqlalchemy import Insert as CoreInsert
from sqlalchemy import Select, Update, func, insert, or_, select, true, update
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.sql.dml import ReturningUpdate

from bot.storage.queries import InsertInto
from bot.storage.schema import audit_head, audit_log, audit_people

_HEAD = audit_head.c.id == 1


def next_number() -> ReturningUpdate[Any]:
    """The number of the line to append, and the hash before it. Whoever runs it has the log alone until they commit."""
    raised = update(audit_head).where(_HEAD).values(number=audit_head.c.number + 1)
    return raised.returning(audit_head.c.number, audit_head.c.hash)


def chain() -> Select[Any]:
    """Every line in order, and the head beside it: in one statement, so that both are of the same moment."""
    newest = (audit_head.c.number.label("head_number"), audit_head.c.hash.label("head_hash"))
    return select(*newest, audit_log).select_from(audit_head.outerjoin(audit_log, true())).order_by(audit_log.c.number)


def set_hash(digest: str) -> Update:
    return update(audit_head).where(_HEAD).values(hash=digest)


def append(values: dict[str, Any]) -> CoreInsert:
    return insert(audit_log).values(values)


def pseudonym_of(person: str) -> Select[Any]:
    return select(audit_people.c.pseudonym).where(audit_people.c.person == person)


def name_person(insert_into: InsertInto, person: str, pseudonym: str) -> Insert:
    statement = insert_into(audit_people).values(person=person, pseudonym=pseudonym)
    return statement.on_conflict_do_nothing(index_elements=["person"])


def lines(
    *, server: str | None = None, subject: str | None = None, deeds: str = "", common: bool = False
) -> Select[Any]:
    """In order, with the person behind each pseudonym where there is one still.

    Args:
        deeds: What the deeds begin with.
        common: Beside those of `server`, also what concerns all servers.
    """
    people = audit_people.c.pseudonym == audit_log.c.who
    found = select(audit_log, func.coalesce(audit_people.c.person, "").label("person")).outerjoin(audit_people, people)
    if server is not None:
        mine = audit_log.c.server == server
        found = found.where(or_(mine, audit_log.c.server == "") if common else mine)
    if subject is not None:
        found = found.where(audit_log.c.subject == subject)
    if deeds:
        found = found.where(audit_log.c.deed.startswith(deeds, autoescape=True))
    return found.order_by(audit_log.c.number)
