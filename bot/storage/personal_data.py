"""The `PersonalData` port on SQL: which table holds what about people, and how it is erased.

Every table is in `HOLDINGS` or in `WITHOUT_PEOPLE`, and a test fails for one that is in neither.
"""

import datetime
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Executable, Select, Table, and_, delete, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.announcements.models import Deed, DeliveryState, State, Trouble
from bot.core.announcements.models import Kind as CopyKind
from bot.core.audit import AuditRecord
from bot.core.inbox.models import State as InboxState
from bot.core.personal import Identity, Kind, Row, Value
from bot.core.ports import Clock
from bot.storage import audit_queries, inbox_queries, proposal_queries, schema
from bot.storage.announcement_rows import DEEDS
from bot.storage.audit import append_audit
from bot.storage.schema import (
    announcements,
    audit_log,
    audit_people,
    claimed_messages,
    deliveries,
    file_proposals,
    followed_answers,
    inbox_askers,
    inbox_groups,
    language_choices,
)
from bot.storage.sql import SqlStore

ERASED = "privacy.erased"  # a deed, on record only for those who stand in the record already


@dataclass(frozen=True, slots=True)
class Holding:
    """What one table holds about people.

    Args:
        found: The rows about a person.
        erased: Statements after which none is left, given the pseudonym that may stand in for the person.
    """

    table: Table
    kind: Kind
    found: Callable[[Identity], Select[Any]]
    erased: Callable[[Identity, str], Sequence[Executable]]


WITHOUT_PEOPLE: Mapping[Table, str] = {
    schema.outcomes: "what was asked when, never by whom",
    schema.unanswered: "texts of unanswered questions, never of whom",
    schema.write_probe: "when the database was last written to as a trial",
    schema.jobs: "which daily job was done",
    schema.senders: "which processes send",
    schema.common_version: "which version of the knowledge base is live",
    schema.inbox_items: "questions that were not answered; whose they are is in inbox_askers",
    schema.inbox_phrasings: "wordings of questions, never of whom",
    schema.announcement_readings: "how often an announcement was opened, never by whom",
    schema.audit_log: "people stand in it under pseudonyms; who is who is in audit_people",
    schema.audit_head: "the newest line of the audit log",
}

_DRAFTS = (State.DRAFT.value, State.APPROVED.value)
_NAMED = (announcements.c.author, announcements.c.words_by, announcements.c.aimed_by, announcements.c.approved_by)


def _rows(table: Table, held: Callable[[Identity], ColumnElement[bool]]) -> Callable[[Identity], Select[Any]]:
    return lambda who: select(table).where(held(who))


def _deleted(
    table: Table, held: Callable[[Identity], ColumnElement[bool]]
) -> Callable[[Identity, str], Sequence[Executable]]:
    return lambda who, _: (delete(table).where(held(who)),)


def _renamed(column: Column[Any], who: Identity, pseudonym: str) -> Executable:
    return update(column.table).where(column == who.person).values({column: pseudonym})


def _chose(who: Identity) -> ColumnElement[bool]:
    return language_choices.c.asker == who.person


def _reminded(who: Identity) -> ColumnElement[bool]:
    return and_(deliveries.c.kind == CopyKind.REMINDER.value, deliveries.c.recipient == who.person)


def _corrected(who: Identity) -> ColumnElement[bool]:
    return and_(deliveries.c.kind == CopyKind.CORRECTION.value, deliveries.c.recipient == who.person)


def _followed(who: Identity) -> ColumnElement[bool]:
    return followed_answers.c.person == who.person


def _wrote(who: Identity) -> ColumnElement[bool]:
    return or_(*(column == who.person for column in _NAMED))


def _heard(who: Identity) -> ColumnElement[bool]:
    return claimed_messages.c.channel == who.private if who.private else false()


def _did(who: Identity) -> Select[Any]:
    mine = audit_people.c.person == who.person
    return select(audit_log).join(audit_people, audit_people.c.pseudonym == audit_log.c.who).where(mine)


def rename_in_announcements(who: Identity, pseudonym: str) -> Sequence[Executable]:
    """Announcements stay. Reports to the author are kept too, as their ids are counted; none is sent any more."""
    reports = update(deliveries).where(deliveries.c.recipient == who.person)
    unsent = deliveries.c.state.in_([DeliveryState.WAITING.value, DeliveryState.CLAIMED.value])
    dropped = {"state": DeliveryState.DROPPED.value, "trouble": Trouble.UNWANTED.value, "owner": None}
    return (
        reports.where(unsent).values(dropped),
        reports.values(recipient=pseudonym, place=None, message_id=None),
        *(_renamed(column, who, pseudonym) for column in _NAMED),
    )


def _proposed(who: Identity) -> ColumnElement[bool]:
    return inbox_groups.c.proposal.contains(json.dumps(who.person), autoescape=True)


def _rename_in_proposals(who: Identity, pseudonym: str) -> Sequence[Executable]:
    """What waits for approval is taken back: nobody could tell any more that they must not approve it."""
    waiting = inbox_groups.c.state == InboxState.PROPOSED.value
    open_again = {"state": InboxState.OPEN.value, "proposal": None, "version": inbox_groups.c.version + 1}
    renamed = func.replace(inbox_groups.c.proposal, json.dumps(who.person), json.dumps(pseudonym))
    return (
        update(inbox_groups).where(_proposed(who), waiting).values(open_again),
        update(inbox_groups).where(_proposed(who)).values(proposal=renamed),
    )


HOLDINGS: tuple[Holding, ...] = (
    Holding(language_choices, Kind.LANGUAGE, _rows(language_choices, _chose), _deleted(language_choices, _chose)),
    Holding(deliveries, Kind.REMINDERS, _rows(deliveries, _reminded), _deleted(deliveries, _reminded)),
    Holding(deliveries, Kind.FOLLOWED, _rows(deliveries, _corrected), _deleted(deliveries, _corrected)),
    Holding(followed_answers, Kind.FOLLOWED, _rows(followed_answers, _followed), _deleted(followed_answers, _followed)),
    Holding(claimed_messages, Kind.MESSAGES, _rows(claimed_messages, _heard), _deleted(claimed_messages, _heard)),
    Holding(
        inbox_askers,
        Kind.QUESTIONS,
        lambda who: inbox_queries.held(who.person),
        lambda who, _: inbox_queries.erase(who.person),
    ),
    Holding(deliveries, Kind.QUESTIONS, lambda who: inbox_queries.answers_to(who.person), lambda who, _: ()),
    Holding(inbox_groups, Kind.ENTRIES, _rows(inbox_groups, _proposed), _rename_in_proposals),
    Holding(
        file_proposals,
        Kind.ENTRIES,
        lambda who: proposal_queries.held(who.person),
        lambda who, pseudonym: proposal_queries.erase(who.person, pseudonym),
    ),
    Holding(announcements, Kind.ANNOUNCEMENTS, _rows(announcements, _wrote), rename_in_announcements),
    Holding(
        audit_people,
        Kind.DEEDS,
        _did,
        lambda who, _: (delete(audit_people).where(audit_people.c.person == who.person),),
    ),
)


class SqlPersonalData:
    """Args: `store` opened the database, and closes it."""

    def __init__(self, store: SqlStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def about(self, who: Identity) -> Mapping[Kind, Sequence[Row]]:
        async def read(connection: AsyncConnection) -> Mapping[Kind, Sequence[Row]]:
            found: dict[Kind, list[Row]] = {}
            for holding in HOLDINGS:
                for row in (await connection.execute(holding.found(who))).mappings():
                    found.setdefault(holding.kind, []).append({key: _plain(value) for key, value in row.items()})
            return found

        return await self._store.transaction(read)

    async def erase(self, who: Identity) -> None:
        async def write(connection: AsyncConnection) -> None:
            known = (await connection.execute(audit_queries.pseudonym_of(who.person))).scalar_one_or_none()
            pseudonym: str = known or f"person-{secrets.token_hex(6)}"
            discarded = await self._discard_drafts(connection, who)
            for holding in HOLDINGS:
                for statement in holding.erased(who, pseudonym):
                    await connection.execute(statement)
            # The audit log last: until the commit, nobody else can append.
            for record in discarded:
                await append_audit(connection, self._store.insert, record)
            if known:
                record = AuditRecord(at=self._clock.now(), who=pseudonym, deed=ERASED, subject="")
                await append_audit(connection, self._store.insert, record)

        await self._store.transaction(write)
        await self._store.scrub()

    async def _discard_drafts(self, connection: AsyncConnection, who: Identity) -> Sequence[AuditRecord]:
        """Drafts in their words or for channels they chose: nobody could tell any more that they must not approve."""
        chose = or_(_wrote_words(who), announcements.c.aimed_by == who.person)
        mine = select(announcements).where(announcements.c.state.in_(_DRAFTS), chose)
        records = []
        for row in (await connection.execute(mine)).mappings().all():
            version = row["version"] + 1
            values = {"state": State.DISCARDED.value, "version": version}
            await connection.execute(update(announcements).where(announcements.c.id == row["id"]).values(values))
            records.append(
                AuditRecord(
                    at=self._clock.now(),
                    who="bot",
                    deed=f"{DEEDS}{Deed.DISCARDED}",
                    subject=row["id"],
                    server=row["server"],
                    detail={"version": str(version)},
                )
            )
        return records


def _wrote_words(who: Identity) -> ColumnElement[bool]:
    by_author = and_(announcements.c.words_by.is_(None), announcements.c.author == who.person)
    return or_(announcements.c.words_by == who.person, by_author)


def _plain(value: object) -> Value:
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool) else None
