"""The nouns of proposals. Plain immutable values."""

import enum
from dataclasses import dataclass
from datetime import datetime

from bot.core.errors import Problem

MAX_FILE = 2 * 1024 * 1024  # bytes; our largest file has 0.8 MB, and every proposal that waits is kept whole
MOST_OPEN = 20  # proposals that wait at once


def too_large(shown: str) -> Problem:
    """Args: `shown` is the file's name, fit to be read."""
    return Problem(shown, 0, f"is larger than {MAX_FILE // 1024**2} MB", "split it")


class State(enum.StrEnum):
    """Where a proposal is in its life; `bot.core.proposals.lifecycle` has the ways between them."""

    WAITING = "waiting"  # for a second admin
    PUBLISHING = "publishing"  # approved; the file is on its way
    HELD = "held"  # approved, but answers would get worse: nothing was written
    LIVE = "live"
    REJECTED = "rejected"


OPEN = (State.WAITING, State.PUBLISHING, State.HELD)
DECIDABLE = (State.WAITING, State.HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProposal:
    """A new text for one file.

    Args:
        id: Short, unique; admins see it.
        place: The file as content files are named: `knowledge/meeting.yaml`; what kind it is can be told from it.
        text: The whole file; empty once nobody needs it any more.
        digest: SHA-256 of the file, in hexadecimal.
        base: SHA-256 of the file that it was made to replace; empty where there was none.
        base_version: Id of the version that was live then; empty when none was.
        author: Platform-qualified; cannot approve it.
        why: In the author's words.
        decided: Counts decisions: who decides names the one they saw, so no two overwrite each other.
        override: The reason of who approved it past the gate; empty otherwise.
        trouble: Why it is not live although somebody approved it, in English for an admin.
    """

    id: str
    place: str
    text: str
    digest: str
    base: str
    base_version: str
    author: str
    why: str
    proposed_at: datetime
    state: State = State.WAITING
    decided: int = 0
    approved_by: str | None = None
    override: str = ""
    trouble: str = ""
