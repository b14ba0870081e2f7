"""Which questions come into the inbox, and as what. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.inbox.models import Asker, Cause, Miss
from bot.core.models import Abstention, Question, Reason, Reply

MAX_TEXT = 2_000  # characters of a question that are kept
# Courtesies are answered with a friendly line, and what cannot be read is no question: neither is a promise.
_KEPT = (Reason.NO_MATCH, Reason.OUT_OF_SCOPE)


class Misses(Protocol):
    """Takes what was not answered."""

    async def take(self, miss: Miss) -> None:
        """Keep it, once for each id. Raises StoreError."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that somebody is not content with the reply to. `reply` is None when it is no longer known; then the
    question tells only who speaks, and where.
    """

    question: Question
    reply: Reply | None = None


def missed(question: Question, abstention: Abstention, reply: Reply, now: datetime) -> Miss | None:
    """None for talk that nobody has to come back to."""
    if abstention.reason not in _KEPT:
        return None
    nearest = abstention.nearest[0] if abstention.nearest else None
    return Miss(
        id=reply.question_id or "",
        text=question.text[:MAX_TEXT],
        locale=reply.reader_locale,
        platform=question.platform,
        cause=Cause.ABSTAINED,
        asked_at=now,
        nearest=nearest.key if nearest else None,
        probability=nearest.probability if nearest else 0.0,
        others=tuple(candidate.key for candidate in abstention.nearest[1:]),
        asker=asker_of(question, reply),
    )


def not_helped(
    question_id: str, cause: Cause, locale: str, text: str | None, asked: Asked | None, now: datetime
) -> Miss:
    """A choice that was refused, or an answer that did not help; `asked` None when nobody can be reached."""
    reply = asked.reply if asked else None
    keys = [reply.key] if reply and reply.key else [option.key for option in reply.choices] if reply else []
    return Miss(
        id=question_id,
        text=text[:MAX_TEXT] if text else None,
        locale=locale,
        platform=asked.question.platform if asked else "web",
        cause=cause,
        asked_at=now,
        nearest=keys[0] if keys else None,
        probability=reply.probability if reply and keys else 0.0,
        others=tuple(keys[1:]),
        asker=asker_of(asked.question, reply) if asked else None,
    )


def asker_of(question: Question, reply: Reply | None = None) -> Asker | None:
    """Whom to come back to; None where the platform cannot. A reply that only they could see is followed by an answer
    that only they can see.
    """
    if not question.reachable:
        return None
    discreet = reply is not None and reply.locale_from_client
    return Asker(id=question.asker, channel=None if discreet else question.place)
