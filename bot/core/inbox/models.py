"""The nouns of the inbox. Plain immutable values."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from bot.core.features import Vector


class Cause(enum.StrEnum):
    """How a question came into the inbox."""

    ABSTAINED = "abstained"  # the bot said that it does not know
    REFUSED = "refused"  # "None of these"
    UNHELPFUL = "unhelpful"  # "No" to "Did this help?"


class State(enum.StrEnum):
    """Where a group is in its life; `bot.core.inbox.lifecycle` has the ways between them."""

    OPEN = "open"
    PROPOSED = "proposed"  # a moderator wrote an entry, an admin has to approve it
    PUBLISHING = "publishing"  # approved; the entry is on its way into the knowledge base
    ANSWERED = "answered"
    DISMISSED = "dismissed"  # not for us
    DUPLICATE = "duplicate"  # its questions moved to the group `merged_into`


WAITING = (State.OPEN, State.PROPOSED, State.PUBLISHING)  # further questions of this meaning belong here


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a text means, as a direction.

    Args:
        space: Names what made it: only fingerprints of one space can be compared.
        vector: Of length one; the mean of several may be shorter.
    """

    space: str
    vector: Vector = field(compare=False)

    def likeness(self, other: "Fingerprint") -> float:
        """Cosine, -1.0 to 1.0; -1.0 between different spaces."""
        lengths = float(np.linalg.norm(self.vector) * np.linalg.norm(other.vector))
        if self.space != other.space or self.vector.shape != other.vector.shape or not lengths:
            return -1.0
        return float(self.vector @ other.vector) / lengths


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Whom to come back to, kept until they have an answer, take it back, or the retention period ends.

    Args:
        id: Platform-qualified person.
        channel: Where to mention a person who takes no direct messages; None where that would show others that they
            asked.
    """

    id: str
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """One question that was not answered.

    Args:
        id: That of the question's outcome.
        text: As asked; None when it is no longer known.
        locale: In which the person was spoken to, and gets the answer.
        nearest: Key of the answer that came nearest, or that did not help; None when nothing did.
        probability: Of `nearest`, 0.0 to 1.0.
        others: Keys of answers that came next.
        asker: None when nobody can be reached, as on the web.
    """

    id: str
    text: str | None
    locale: str
    platform: str
    cause: Cause
    asked_at: datetime
    nearest: str | None = None
    probability: float = 0.0
    others: tuple[str, ...] = ()
    asker: Asker | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Questions of one meaning, in whatever language.

    Args:
        id: Short, unique; moderators see it.
        version: Counts everything that changes what its card shows.
        decided: Counts decisions only: a moderator names the one they saw, so no two overwrite each other, and a
            further question is no conflict.
        count: Questions; more than there are people to come back to.
        key: Of the answer, once there is one.
        proposal: The entry that was proposed, None without one.
        trouble: Why the proposal could not be published, in English for an admin.
        reached, unreached: People who have their answer, and those who could not be written to.
    """

    id: str
    opened_at: datetime
    fingerprint: Fingerprint | None
    count: int = 1
    state: State = State.OPEN
    version: int = 1
    decided: int = 0
    nearest: str | None = None
    probability: float = 0.0
    key: str | None = None
    proposal: "Proposal | None" = None
    trouble: str | None = None
    merged_into: str | None = None
    reached: int = 0
    unreached: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry as a moderator writes it, in English; the source is mandatory.

    Args:
        title, url, publisher: Of the source.
        published: ISO date, possibly only year or year-month.
    """

    question: str
    answer: str
    title: str
    publisher: str
    url: str
    published: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Args: `id` becomes that of the entry; `author` cannot approve it."""

    id: str
    draft: Draft
    author: str
    approved_by: str | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """How somebody asked, for a moderator to read."""

    text: str
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrasing:
    """A proposed way to ask for an entry. Only a person adds it to the knowledge base."""

    key: str
    locale: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A group with what moderators see of it.

    Args:
        languages: Questions by locale.
        nearest: Keys of the answers that came nearest to its questions, the surest first.
        waiting: People who will get an answer.
    """

    group: Group
    languages: Mapping[str, int]
    wordings: tuple[Wording, ...]
    nearest: tuple[str, ...]
    waiting: int


@dataclass(frozen=True, slots=True)
class Held:
    """What is stored about one person: when, where, in which language and with which words they asked."""

    asked_at: datetime
    channel: str | None
    locale: str
    text: str | None
