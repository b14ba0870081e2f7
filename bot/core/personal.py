"""What is kept about a person: shown, handed out and erased at their wish."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core import messages
from bot.core.messages import Message

Value = str | int | float | bool | None
Row = Mapping[str, Value]


class Kind(enum.StrEnum):
    """A kind of data about people; the values are names in the file that people get."""

    LANGUAGE = "language"
    REMINDERS = "reminders"
    FOLLOWED = "followed"
    MESSAGES = "messages"
    QUESTIONS = "questions"
    ENTRIES = "entries"
    ANNOUNCEMENTS = "announcements"
    DEEDS = "deeds"


KIND_NAMES: Mapping[Kind, Message] = {
    Kind.LANGUAGE: messages.PRIVACY_LANGUAGE,
    Kind.REMINDERS: messages.PRIVACY_REMINDERS,
    Kind.FOLLOWED: messages.PRIVACY_FOLLOWED,
    Kind.MESSAGES: messages.PRIVACY_MESSAGES,
    Kind.QUESTIONS: messages.PRIVACY_WAITING,
    Kind.ENTRIES: messages.PRIVACY_ENTRIES,
    Kind.ANNOUNCEMENTS: messages.PRIVACY_ANNOUNCEMENTS,
    Kind.DEEDS: messages.PRIVACY_DEEDS,
}


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as the stores know them.

    Args:
        person: Platform-qualified id, as `discord:7`.
        private: The channel in which nobody else reads, as `discord:456`; None where there is none.
    """

    person: str
    private: str | None = None


class PersonalData(Protocol):
    """Everything that is kept about people, in whatever table. Every method raises StoreError."""

    async def about(self, who: Identity) -> Mapping[Kind, Sequence[Row]]:
        """All rows about a person, kinds without rows left out; times are ISO 8601 in UTC."""
        ...

    async def erase(self, who: Identity) -> None:
        """Leave no row with the person's id. What others still need of it (announcements, the audit log) stays under
        a pseudonym that leads back to nobody.
        """
        ...
