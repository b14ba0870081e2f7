"""Every statement of proposed files. Pure: builds them, for SQLite and PostgreSQL alike, and runs none."""

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Delete,
    Executable,
    Insert,
    Select,
    Update,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)

from bot.core.proposals.lifecycle import Change
from bot.core.proposals.models import OPEN, FileProposal, State
from bot.storage.schema import file_proposals

_ABOUT = [column for column in file_proposals.c if column is not file_proposals.c.text]


def add(one: FileProposal) -> Insert:
    return insert(file_proposals).values(_values(one))


def proposal(proposal_id: str) -> Select[Any]:
    return select(file_proposals).where(file_proposals.c.id == proposal_id)


def in_states(states: Collection[State] = OPEN) -> Select[Any]:
    """Without the texts, which are long."""
    found = select(*_ABOUT).where(file_proposals.c.state.in_([state.value for state in states]))
    return found.order_by(file_proposals.c.proposed_at, file_proposals.c.id)


def decide(change: Change) -> Update:
    """Only when nobody decided since."""
    before = change.before
    known = and_(
        file_proposals.c.id == before.id,
        file_proposals.c.state == before.state.value,
        file_proposals.c.decided == before.decided,
    )
    after = change.after
    values = {
        "state": after.state.value,
        "text": after.text,
        "approved_by": after.approved_by,
        "override": after.override,
        "trouble": after.trouble,
        "decided": file_proposals.c.decided + 1,
    }
    return update(file_proposals).where(known).values(values)


def read(row: Mapping[str, Any]) -> FileProposal:
    return FileProposal(**{"text": "", **row, "state": State(row["state"])})


def held(person: str) -> Select[Any]:
    """What is kept about a person; the text of a file says nothing of them."""
    return select(*_ABOUT).where(_named(person))


def erase(person: str, pseudonym: str) -> Sequence[Executable]:
    """What waits is taken back: nobody could tell any more that they must not approve it. What is on its way stays."""
    mine = file_proposals.c.author == person
    under_way = file_proposals.c.state == State.PUBLISHING.value
    return (
        delete(file_proposals).where(mine, ~under_way),
        update(file_proposals).where(mine).values(author=pseudonym),
        update(file_proposals).where(file_proposals.c.approved_by == person).values(approved_by=pseudonym),
    )


def forget_before(moment: datetime.datetime) -> Delete:
    """Also those that nobody decided on; who did what is in the audit log."""
    on_its_way = file_proposals.c.state == State.PUBLISHING.value
    return delete(file_proposals).where(~on_its_way, file_proposals.c.proposed_at < moment)


def _named(person: str) -> ColumnElement[bool]:
    return or_(file_proposals.c.author == person, file_proposals.c.approved_by == person)


def _values(one: FileProposal) -> dict[str, Any]:
    return {**asdict(one), "state": one.state.value}
