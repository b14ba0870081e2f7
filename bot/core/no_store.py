"""A Store that keeps nothing: for one-off questions at the command line, which are nobody's business."""

import datetime
from collections.abc import Sequence

from bot.core.ports import OutcomeRecord


class NoStore:
    """Implements `bot.core.ports.Store`; a message is always claimed, nothing is ever remembered."""

    async def language_of(self, asker: str) -> str | None:
        return None

    async def choose_language(self, asker: str, locale: str | None) -> None:
        return None

    async def record_outcome(self, record: OutcomeRecord) -> None:
        return None

    async def was_asked(self, question_id: str) -> bool:
        return True

    async def record_feedback(self, question_id: str, helpful: bool) -> None:
        return None

    async def mark_unanswered(self, question_id: str, text: str | None) -> None:
        return None

    async def claim_message(self, platform: str, channel: str, message_id: str) -> bool:
        return True

    async def mark_answered(self, platform: str, message_id: str) -> None:
        return None

    async def unanswered_claims(
        self, platform: str, since: datetime.datetime, before: datetime.datetime
    ) -> Sequence[tuple[str, str]]:
        return ()

    async def last_message(self, channel: str) -> str | None:
        return None

    async def claimed_channels(self, platform: str, limit: int) -> Sequence[str]:
        return ()

    async def forget_before(self, moment: datetime.datetime) -> int:
        return 0

    async def claim_job(self, name: str, day: datetime.date) -> bool:
        return True

    async def finish_job(self, name: str, day: datetime.date) -> None:
        return None

    async def check(self) -> None:
        return None

    async def close(self) -> None:
        return None
