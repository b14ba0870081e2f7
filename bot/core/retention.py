"""How long what is kept is kept. A daily job asks the stores to forget what is older."""

import datetime
import enum
import logging
from collections.abc import Mapping
from typing import Protocol

from bot.core.ports import Clock

_log = logging.getLogger(__name__)


class Aging(enum.StrEnum):
    """Kinds of data that are forgotten after a time; the values are those of the log."""

    UNANSWERED = "texts of unanswered questions"
    OUTCOMES = "outcomes of questions"
    MESSAGES = "numbers of answered messages"
    REMINDERS = "reminders that are over"
    LANGUAGES = "unused choices of language"
    FOLLOWED = "answers whose changes nobody waits for any more"
    PROPOSALS = "proposed files"
    DEEDS = "names behind old deeds"


class Forgetting(Protocol):
    """Implemented by the store."""

    async def forget(self, kind: Aging, before: datetime.datetime) -> int:
        """Delete or blank what is older; returns how many rows. Raises StoreError."""
        ...


async def forget_all(store: Forgetting, clock: Clock, days: Mapping[Aging, int]) -> None:
    """One pass over every kind; a kind that fails keeps no other from being forgotten."""
    for kind in Aging:
        try:
            forgotten = await store.forget(kind, clock.now() - datetime.timedelta(days=days[kind]))
            if forgotten:
                _log.info("forgot %s: %d", kind, forgotten)
        except Exception:  # noqa: BLE001 - a promise about people's data hangs on it
            _log.exception("not forgotten, trying again tomorrow: %s", kind)
