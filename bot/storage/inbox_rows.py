"""Groups of questions and what belongs to them as rows, and back. Pure."""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from bot.core.inbox.models import Asker, Cause, Draft, Fingerprint, Group, Held, Miss, Phrasing, Proposal, State

Row = Mapping[str, Any]


def group_values(one: Group) -> dict[str, Any]:
    return {
        "id": one.id,
        "state": str(one.state),
        "version": one.version,
        "decided": one.decided,
        "count": one.count,
        "opened_at": one.opened_at,
        "nearest": one.nearest,
        "probability": one.probability,
        "reached": one.reached,
        "unreached": one.unreached,
        **direction_values(one.fingerprint),
        **decision_values(one),
    }


def decision_values(one: Group) -> dict[str, Any]:
    """What a moderator's decision changes, beside the counters."""
    return {
        "state": str(one.state),
        "answer_key": one.key,
        "proposal": json.dumps(asdict(one.proposal), ensure_ascii=False) if one.proposal else None,
        "trouble": one.trouble,
        "merged_into": one.merged_into,
    }


def direction_values(one: Fingerprint | None) -> dict[str, Any]:
    if one is None:
        return {"space": None, "direction": None}
    return {"space": one.space, "direction": base64.b64encode(one.vector.astype("<f4").tobytes()).decode()}


def group(row: Row) -> Group:
    return Group(
        id=row["id"],
        opened_at=row["opened_at"],
        fingerprint=_fingerprint(row),
        count=row["count"],
        state=State(row["state"]),
        version=row["version"],
        decided=row["decided"],
        nearest=row["nearest"],
        probability=row["probability"],
        key=row["answer_key"],
        proposal=_proposal(row["proposal"]),
        trouble=row["trouble"],
        merged_into=row["merged_into"],
        reached=row["reached"],
        unreached=row["unreached"],
    )


def item_values(one: Miss) -> dict[str, Any]:
    return {
        "question_id": one.id,
        "text": one.text,
        "locale": one.locale,
        "platform": one.platform,
        "cause": str(one.cause),
        "asked_at": one.asked_at,
        "nearest": one.nearest,
        "probability": one.probability,
        "others": json.dumps(one.others),
    }


def asker_values(one: Miss, asker: Asker) -> dict[str, Any]:
    return {
        "question_id": one.id,
        "asker": asker.id,
        "channel": asker.channel,
        "locale": one.locale,
        "asked_at": one.asked_at,
    }


def miss(row: Row) -> Miss:
    return Miss(
        id=row["question_id"],
        text=row["text"],
        locale=row["locale"],
        platform=row["platform"],
        cause=Cause(row["cause"]),
        asked_at=row["asked_at"],
        nearest=row["nearest"],
        probability=row["probability"],
        others=tuple(json.loads(row["others"])),
    )


def phrasing(row: Row) -> Phrasing:
    return Phrasing(key=row["entry_key"], locale=row["locale"], text=row["text"])


def held(row: Row) -> Held:
    return Held(row["asked_at"], row["channel"], row["locale"], row["text"])


def _fingerprint(row: Row) -> Fingerprint | None:
    if row["space"] is None:
        return None
    vector = np.frombuffer(base64.b64decode(row["direction"]), dtype="<f4").astype(np.float32)
    return Fingerprint(row["space"], vector)


def _proposal(stored: str | None) -> Proposal | None:
    if stored is None:
        return None
    values = json.loads(stored)
    return Proposal(**values | {"draft": Draft(**values["draft"])})
