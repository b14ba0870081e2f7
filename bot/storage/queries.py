"""Every statement the store runs. Pure: builds them, for SQLite and PostgreSQL alike, and runs none."""

import datetime
from collections.abc import Callable

from sqlalchemy import Delete, Select, Table, Update, and_, delete, func, literal, select, update
from sqlalchemy.dialects.sqlite import Insert

from bot.core.ports import OutcomeRecord
from bot.storage.schema import Moment, claimed_messages, jobs, language_choices, outcomes, unanswered, write_probe

# `insert` of a dialect that has ON CONFLICT; PostgreSQL's has the same methods and gives the same SQL.
InsertInto = Callable[[Table], Insert]
_JOB_LEASE = datetime.timedelta(hours=1)  # whoever took a day's job and has not finished it by then has died


def language_of(asker: str) -> Select[str, datetime.datetime]:
    return select(language_choices.c.locale, language_choices.c.used_at).where(language_choices.c.asker == asker)


def use_language(asker: str, at: datetime.datetime) -> Update:
    return update(language_choices).where(language_choices.c.asker == asker).values(used_at=at)


def choose_language(insert: InsertInto, asker: str, locale: str, at: datetime.datetime) -> Insert:
    values = {"locale": locale, "chosen_at": at, "used_at": at}
    statement = insert(language_choices).values(asker=asker, **values)
    return statement.on_conflict_do_update(index_elements=["asker"], set_=values)


def forget_language(asker: str) -> Delete:
    return delete(language_choices).where(language_choices.c.asker == asker)


def keep_outcome(insert: InsertInto, record: OutcomeRecord) -> Insert:
    """Keep everything but the text; nothing when the id is known already."""
    values = {
        "id": record.id,
        "asked_at": record.asked_at,
        "outcome": record.outcome,
        "entry_key": record.key,
        "probability": record.probability,
        "locale": record.locale,
        "platform": record.platform,
        "milliseconds": record.milliseconds,
    }
    return insert(outcomes).values(values).on_conflict_do_nothing(index_elements=["id"])


def was_asked(question_id: str) -> Select[str]:
    return select(outcomes.c.id).where(outcomes.c.id == question_id)


def keep_feedback(question_id: str, helpful: bool) -> Update:
    return update(outcomes).where(outcomes.c.id == question_id).values(helpful=helpful)


def keep_unanswered(insert: InsertInto, question_id: str, text: str | None, now: datetime.datetime) -> Insert:
    """Keep a question without an answer, asked when its outcome says, else `now`; a text once kept stays."""
    asked_at = select(outcomes.c.asked_at).where(outcomes.c.id == question_id).scalar_subquery()
    statement = insert(unanswered).values(
        question_id=question_id, text=text, asked_at=func.coalesce(asked_at, literal(now, Moment))
    )
    kept = func.coalesce(unanswered.c.text, statement.excluded.text)
    return statement.on_conflict_do_update(index_elements=["question_id"], set_={"text": kept})


def claim_message(insert: InsertInto, platform: str, channel: str, message_id: str, at: datetime.datetime) -> Insert:
    statement = insert(claimed_messages).values(
        platform=platform, message_id=message_id, channel=channel, claimed_at=at
    )
    return statement.on_conflict_do_nothing(index_elements=["platform", "message_id"])


def mark_answered(platform: str, message_id: str, at: datetime.datetime) -> Update:
    claimed = (claimed_messages.c.platform == platform, claimed_messages.c.message_id == message_id)
    return update(claimed_messages).where(*claimed).values(answered_at=at)


def unanswered_claims(platform: str, since: datetime.datetime, before: datetime.datetime) -> Select[str, str]:
    found = select(claimed_messages.c.channel, claimed_messages.c.message_id).where(
        claimed_messages.c.platform == platform,
        claimed_messages.c.answered_at.is_(None),
        claimed_messages.c.claimed_at >= since,
        claimed_messages.c.claimed_at < before,
    )
    return found.order_by(func.length(claimed_messages.c.message_id), claimed_messages.c.message_id)


# Ids are numbers written as text: the longest is the greatest, and the first difference decides between equals.
_NEWEST_FIRST = (func.length(claimed_messages.c.message_id).desc(), claimed_messages.c.message_id.desc())


def last_message(channel: str) -> Select[str]:
    in_channel = claimed_messages.c.channel == channel
    return select(claimed_messages.c.message_id).where(in_channel).order_by(*_NEWEST_FIRST).limit(1)


def claimed_channels(platform: str, limit: int) -> Select[str]:
    """Rank the messages within each channel, then order the channels by their first."""
    rank = func.row_number().over(partition_by=claimed_messages.c.channel, order_by=_NEWEST_FIRST).label("rank")
    of_platform = claimed_messages.c.platform == platform
    ranked = select(claimed_messages.c.channel, claimed_messages.c.message_id, rank).where(of_platform).subquery()
    newest_first = (func.length(ranked.c.message_id).desc(), ranked.c.message_id.desc())
    return select(ranked.c.channel).where(ranked.c.rank == 1).order_by(*newest_first).limit(limit)


def forget_texts(before: datetime.datetime) -> Update:
    """Blank the texts but keep the rows: how many questions had no answer is no secret."""
    old = unanswered.c.asked_at < before
    return update(unanswered).where(old, unanswered.c.text.is_not(None)).values(text=None)


def claim_job(insert: InsertInto, name: str, day: datetime.date, now: datetime.datetime) -> Insert:
    """One row for the first; also for one who comes when the first has died over it."""
    statement = insert(jobs).values(name=name, day=day.isoformat(), claimed_at=now)
    abandoned = and_(jobs.c.done_at.is_(None), jobs.c.claimed_at <= now - _JOB_LEASE)
    return statement.on_conflict_do_update(index_elements=["name", "day"], set_={"claimed_at": now}, where=abandoned)


def finish_job(name: str, day: datetime.date, now: datetime.datetime) -> Update:
    return update(jobs).where(jobs.c.name == name, jobs.c.day == day.isoformat()).values(done_at=now)


def probe(insert: InsertInto, at: datetime.datetime) -> Insert:
    statement = insert(write_probe).values(id=1, written_at=at)
    return statement.on_conflict_do_update(index_elements=["id"], set_={"written_at": at})
