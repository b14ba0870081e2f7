"""What admins and moderators did: appended to, never changed, and chained so that a change is found."""

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

START = "0" * 64  # the hash before the first line
AUDIT_EXPORTED = "audit.exported"  # a deed; its subject is the name of the file


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One line of the audit log.

    Args:
        who: Platform-qualified id, `console`, or `bot`; the pseudonym of a person who had their data erased.
        deed: Dotted, the kind of subject first: `knowledge.reloaded`, `inbox.answered`, `announcement.sent`.
        subject: What it was done to: id of an announcement, of a proposal, of a knowledge version; never of a person.
        server: Where; empty when it concerns all servers.
        detail: What a reader of the log needs to know beside it; never the text of a question, nor a person's id.
    """

    at: datetime.datetime
    who: str
    deed: str
    subject: str
    server: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """A record as it is kept.

    Args:
        number: 1 for the first line, and no number is left out.
        record: `who` is a pseudonym where it was a person: so the line survives the erasure of who that is.
        hash: In hexadecimal, of this line and of the hash before it.
        person: The id behind the pseudonym; empty for no person, or one who had their data erased.
    """

    number: int
    record: AuditRecord
    hash: str
    person: str = ""


@dataclass(frozen=True, slots=True)
class BrokenChain:
    """Where the log was tampered with: the number of the first line that does not follow from the one before."""

    number: int


def is_person(who: str) -> bool:
    """False for `bot`, `console` and the pseudonym of somebody who had their data erased."""
    return ":" in who


def chained(before: str, number: int, record: AuditRecord) -> str:
    """The hash of a line. What goes into it can never change: every line ever written hangs on it."""
    values = {"number": number, **_values(record)}
    line = json.dumps(values, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{line}".encode()).hexdigest()


def first_fault(lines: Iterable[AuditLine], last: tuple[int, str]) -> BrokenChain | None:
    """Follow the chain.

    Args:
        last: Number and hash of the newest line, as they are kept apart: (0, START) when there is none.
    """
    number, before = 0, START
    for line in lines:
        number += 1
        if line.number != number or line.hash != chained(before, number, line.record):
            return BrokenChain(number)
        before = line.hash
    if (number, before) == last:
        return None
    return BrokenChain(max(number, 1) if number == last[0] else min(number, last[0]) + 1)


def first_difference(lines: Iterable[AuditLine], exported: Mapping[int, str]) -> BrokenChain | None:
    """Compare with hashes by number that were exported earlier: finds also a log that was written anew as a whole."""
    now = {line.number: line.hash for line in lines}
    differing = [number for number, digest in exported.items() if now.get(number) != digest]
    return BrokenChain(min(differing)) if differing else None


def exported_line(line: AuditLine) -> str:
    """As JSON; whoever has the file can follow the chain in it, `person` apart."""
    values = {"number": line.number, **_values(line.record), "hash": line.hash, "person": line.person}
    return json.dumps(values, ensure_ascii=False)


def _values(record: AuditRecord) -> dict[str, object]:
    return {
        "at": record.at.astimezone(datetime.UTC).isoformat(timespec="microseconds"),
        "who": record.who,
        "deed": record.deed,
        "subject": record.subject,
        "server": record.server,
        "detail": dict(record.detail),
    }


class AuditLog(Protocol):
    """Keeps the records, each chained to the one before by its hash. Every method raises StoreError."""

    async def append(self, record: AuditRecord) -> None: ...

    async def records(self, *, server: str | None = None, subject: str | None = None) -> Sequence[AuditRecord]:
        """In the order in which they were appended; all of them, or those of one server or subject."""
        ...

    async def verify(self) -> BrokenChain | None:
        """None when no line was changed, removed or put in between."""
        ...


class AuditArchive(AuditLog, Protocol):
    """An audit log that can be exported with its hashes."""

    async def lines(self, *, server: str | None = None) -> Sequence[AuditLine]:
        """All of them; or those of one server with those that concern every server."""
        ...
