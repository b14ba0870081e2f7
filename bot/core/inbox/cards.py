"""The card of a group in the moderators' channel, as a delivery. Pure."""

from datetime import datetime

from bot.core.announcements.models import Delivery, Kind


def card_id(group_id: str) -> str:
    return f"{group_id}-0"  # answers are numbered from 1


def card_of(group_id: str, channel: str, now: datetime) -> Delivery:
    return Delivery(
        id=card_id(group_id), announcement=group_id, kind=Kind.CARD, recipient=channel, locale=None, due_at=now
    )
