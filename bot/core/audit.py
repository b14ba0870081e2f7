"""What admins and moderators did: appended to, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One line of the audit log.

    Args:
        who: Platform-qualified id, `console`, or `bot`.
        deed: Dotted, the kind of subject first: `knowledge.reloaded`, `inbox.answered`, `announcement.sent`.
        subject: What it was done to: id of an announcement, of a proposal, of a knowledge version.
        server: Where; empty when it concerns all servers.
        detail: What a reader of the log needs to know beside it; never the text of a question.
    """

    at: datetime
    who: str
    deed: str
    subject: str
    server: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BrokenChain:
    """Where the log was tampered with: the number of the first line that does not follow from the one before."""

    number: int


class AuditLog(Protocol):
    """Keeps the records, each chained to the one before by its hash. Every method raises StoreError."""

    async def append(self, record: AuditRecord) -> None: ...

    async def records(self, *, server: str | None = None, subject: str | None = None) -> Sequence[AuditRecord]:
        """In the order in which they were appended; all of them, or those of one server or subject."""
        ...

    async def verify(self) -> BrokenChain | None:
        """None when no line was changed, removed or put in between."""
        ...
