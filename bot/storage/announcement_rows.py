"""Announcements, copies and records as rows, and back. Pure. What is not searched for is kept as JSON."""

import datetime
import json
from collections.abc import Mapping
from typing import Any

from bot.core.announcements.models import (
    Announcement,
    Content,
    Deed,
    Delivery,
    DeliveryState,
    Kind,
    Record,
    Schedule,
    State,
    Target,
    Trouble,
    Words,
)
from bot.core.announcements.templates import Slot
from bot.core.audit import AuditRecord
from bot.core.facts import Moment

Row = Mapping[str, Any]
DEEDS = "announcement."  # before the deeds of announcements in the audit log


def announcement_values(one: Announcement) -> dict[str, Any]:
    return {
        "id": one.id,
        "server": one.server,
        "content": _json(_content(one.content)),
        "targets": _json([[target.channel, target.locale] for target in one.targets]),
        "schedule": _json(_schedule(one.schedule)) if one.schedule else None,
        "repeats": _json(one.repeats),
        "original": one.original,
        "zone": one.zone,
        "author": one.author,
        "words_by": one.words_by,
        "aimed_by": one.aimed_by,
        "approved_by": one.approved_by,
        "role": one.role,
        "version": one.version,
        "state": str(one.state),
        "created_at": one.created_at,
        "corrected_at": one.corrected_at,
        "retracted_at": one.retracted_at,
    }


def announcement(row: Row) -> Announcement:
    return Announcement(
        id=row["id"],
        server=row["server"],
        content=_read_content(json.loads(row["content"])),
        targets=tuple(Target(channel, locale) for channel, locale in json.loads(row["targets"])),
        schedule=_read_schedule(json.loads(row["schedule"])) if row["schedule"] else None,
        repeats=tuple(json.loads(row["repeats"])),
        original=row["original"],
        zone=row["zone"],
        author=row["author"],
        words_by=row["words_by"],
        aimed_by=row["aimed_by"],
        approved_by=row["approved_by"],
        role=row["role"],
        version=row["version"],
        state=State(row["state"]),
        created_at=row["created_at"],
        corrected_at=row["corrected_at"],
        retracted_at=row["retracted_at"],
    )


def delivery_values(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.id,
        "announcement": one.announcement,
        "kind": str(one.kind),
        "recipient": one.recipient,
        "locale": one.locale,
        "due_at": one.due_at,
        "state": str(one.state),
        "fallback": one.fallback,
        "fell_back": one.fell_back,
        "minutes_before": one.minutes_before,
        "owner": one.owner,
        "claimed_at": one.claimed_at,
        "attempts": one.attempts,
        "retry_at": one.retry_at,
        "place": one.place,
        "message_id": one.message_id,
        "shown": one.shown,
        "trouble": str(one.trouble) if one.trouble else None,
    }


def delivery(row: Row) -> Delivery:
    values = dict(row)
    del values["number"]
    values["kind"] = Kind(row["kind"])
    values["state"] = DeliveryState(row["state"])
    values["trouble"] = Trouble(row["trouble"]) if row["trouble"] else None
    return Delivery(**values)


def audit_record(one: Record, server: str) -> AuditRecord:
    return AuditRecord(
        at=one.at,
        who=one.who,
        deed=f"{DEEDS}{one.deed}",
        subject=one.announcement,
        server=server,
        detail={**one.detail, "version": str(one.version)},
    )


def record(one: AuditRecord) -> Record:
    detail = dict(one.detail)
    version = int(detail.pop("version"))
    deed = Deed(one.deed.removeprefix(DEEDS))
    return Record(at=one.at, who=one.who, deed=deed, announcement=one.subject, version=version, detail=detail)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _content(content: Content) -> dict[str, Any]:
    return {
        "template": content.template,
        "values": {str(slot): value for slot, value in content.values.items()},
        "texts": {locale: [words.title, words.body] for locale, words in content.texts.items()},
        "time": [content.time.at.astimezone(datetime.UTC).isoformat(), content.time.zone] if content.time else None,
    }


def _read_content(stored: dict[str, Any]) -> Content:
    return Content(
        template=stored["template"],
        values={Slot(slot): value for slot, value in stored["values"].items()},
        texts={locale: Words(*words) for locale, words in stored["texts"].items()},
        time=_read_moment(*stored["time"]) if stored["time"] else None,
    )


def _read_moment(at: str, zone: str) -> Moment:
    return Moment.seen_from(zone, datetime.datetime.fromisoformat(at))


def _schedule(schedule: Schedule) -> dict[str, Any]:
    at = schedule.at.astimezone(datetime.UTC).isoformat() if schedule.at else None
    return {"at": at, "minutes_before": schedule.minutes_before}


def _read_schedule(stored: dict[str, Any]) -> Schedule:
    at = datetime.datetime.fromisoformat(stored["at"]) if stored["at"] else None
    return Schedule(at=at, minutes_before=stored["minutes_before"])
