"""The state machine of a proposed file. Pure: what may be done, and what it changes."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.core import messages as reply_messages
from bot.core.audit import AuditRecord, is_person
from bot.core.messages import Message
from bot.core.permissions import CONSOLE, Permission, Person
from bot.core.proposals import messages
from bot.core.proposals.models import DECIDABLE, FileProposal, State

BOT = "bot"  # who did what nobody ordered
# Deeds; the subject is the proposal.
PROPOSED = "knowledge.proposed"
APPROVED = "knowledge.approved"
REJECTED = "knowledge.rejected"
PUBLISHED = "knowledge.published"
HELD_BACK = "knowledge.held-back"
NOT_PUBLISHED = "knowledge.not-published"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was not done."""

    message: Message


@dataclass(frozen=True, slots=True)
class Change:
    """A decision to store as a whole, only where the proposal is still as it was `before`. The store counts on."""

    before: FileProposal
    after: FileProposal
    record: AuditRecord


Decision = Change | Refusal


def proposed(proposal: FileProposal, person: Person) -> AuditRecord:
    detail = {"file": proposal.place, "content": proposal.digest, "base": proposal.base, "why": proposal.why}
    return _record(proposal, PROPOSED, person.id, proposal.proposed_at, person.server, **detail)


def approve(proposal: FileProposal, person: Person, override: str, now: datetime) -> Decision:
    """Let it go live; nobody approves their own, whatever they are.

    Args:
        override: Reason to let it past the gate; empty for not doing so.
    """
    needed = Permission.OVERRIDE_GATE if override else Permission.CHANGE_KNOWLEDGE
    if refused := _refused(proposal, person, needed):
        return refused
    if proposal.author == person.id or not _is_known(proposal.author):
        return Refusal(messages.OWN)
    after = replace(proposal, state=State.PUBLISHING, approved_by=person.id, override=override, trouble="")
    detail = {"file": proposal.place, "content": proposal.digest, "override": override}
    return Change(proposal, after, _record(proposal, APPROVED, person.id, now, person.server, **detail))


def reject(proposal: FileProposal, person: Person, now: datetime) -> Decision:
    """The author may take it back in this way, too."""
    if refused := _refused(proposal, person, Permission.CHANGE_KNOWLEDGE):
        return refused
    after = replace(proposal, state=State.REJECTED, text="")
    return Change(proposal, after, _record(proposal, REJECTED, person.id, now, person.server, file=proposal.place))


def published(proposal: FileProposal, version: str, now: datetime) -> Change:
    """Args: `version` has it now; empty when it was live already."""
    after = replace(proposal, state=State.LIVE, text="", trouble="")
    return Change(proposal, after, _record(proposal, PUBLISHED, BOT, now, file=proposal.place, knowledge=version))


def held(proposal: FileProposal, trouble: str, now: datetime) -> Change:
    """The gate refuses it: it can be approved once more, with a reason."""
    after = replace(proposal, state=State.HELD, trouble=trouble, override="")
    return Change(proposal, after, _record(proposal, HELD_BACK, BOT, now, file=proposal.place, findings=trouble))


def not_published(proposal: FileProposal, trouble: str, now: datetime) -> Change:
    """It waits again, with what was wrong."""
    after = replace(proposal, state=State.WAITING, approved_by=None, override="", trouble=trouble)
    return Change(proposal, after, _record(proposal, NOT_PUBLISHED, BOT, now, file=proposal.place))


def _refused(proposal: FileProposal, person: Person, needed: Permission) -> Refusal | None:
    if not (person.may(Permission.CHANGE_KNOWLEDGE) and person.may(needed)):
        return Refusal(reply_messages.NOT_PERMITTED)
    return None if proposal.state in DECIDABLE else Refusal(messages.OVER)


def _is_known(author: str) -> bool:
    """False for a pseudonym: nobody can tell any more whether the author approves it."""
    return is_person(author) or author == CONSOLE.id


def _record(proposal: FileProposal, deed: str, who: str, now: datetime, server: str = "", **detail: str) -> AuditRecord:
    told = {name: text for name, text in detail.items() if text}
    return AuditRecord(at=now, who=who, deed=deed, subject=proposal.id, server=server, detail=told)
