"""The state machine of a group of questions. Pure: what may be done, and what it changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.core.audit import AuditRecord
from bot.core.inbox import messages
from bot.core.inbox.models import Draft, Group, Phrasing, Proposal, State
from bot.core.messages import Message
from bot.core.permissions import Permission, Person

STATE_NAMES: Mapping[State, Message] = {
    State.OPEN: messages.STATE_OPEN,
    State.PROPOSED: messages.STATE_PROPOSED,
    State.PUBLISHING: messages.STATE_PUBLISHING,
    State.ANSWERED: messages.STATE_ANSWERED,
    State.DISMISSED: messages.STATE_DISMISSED,
    State.DUPLICATE: messages.STATE_DUPLICATE,
}
_TRIAGED = (State.OPEN, State.PROPOSED)
BOT = "bot"  # who did what nobody ordered


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was not done."""

    message: Message
    values: Mapping[str, Message] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """A decision to store as a whole, only where the group is still as it was `before`.

    Args:
        after: Its counters are still those of `before`; the store counts on.
        answers: Everyone who asked gets the answer `after.key`.
        forgets: Nobody will be written to: who asked is forgotten.
        moves_to: The questions, and who asked them, go to this group.
    """

    before: Group
    after: Group
    record: AuditRecord
    answers: bool = False
    forgets: bool = False
    moves_to: str | None = None
    phrasings: tuple[Phrasing, ...] = ()


Decision = Change | Refusal


def propose(group: Group, draft: Draft, proposal_id: str, person: Person, now: datetime) -> Decision:
    """Write the answer, or write it anew: then it has another author, and waits for approval again."""
    if refused := _refused(group, person, Permission.TRIAGE, _TRIAGED):
        return refused
    proposal = Proposal(id=proposal_id, draft=draft, author=person.id)
    after = replace(group, state=State.PROPOSED, proposal=proposal, trouble=None)
    return Change(group, after, _record(group, "inbox.proposed", person.id, now, entry=proposal_id))


def approve(group: Group, person: Person, now: datetime) -> Decision:
    """Let the proposed entry into the knowledge base; nobody approves their own."""
    if refused := _refused(group, person, Permission.CHANGE_KNOWLEDGE, (State.PROPOSED,)):
        return refused
    if group.proposal is None or group.proposal.author == person.id:
        return Refusal(messages.OWN_PROPOSAL)
    proposal = replace(group.proposal, approved_by=person.id)
    after = replace(group, state=State.PUBLISHING, proposal=proposal, trouble=None)
    return Change(group, after, _record(group, "inbox.approved", person.id, now, entry=proposal.id))


def send_back(group: Group, person: Person, now: datetime) -> Decision:
    """The proposal is not good enough: the question is open again."""
    if refused := _refused(group, person, Permission.CHANGE_KNOWLEDGE, (State.PROPOSED,)):
        return refused
    after = replace(group, state=State.OPEN, proposal=None, trouble=None)
    return Change(group, after, _record(group, "inbox.sent-back", person.id, now))


def published(group: Group, version: str, phrasings: tuple[Phrasing, ...], now: datetime) -> Change:
    """The proposed entry can be asked for from now on. Args: `version` is that of the knowledge base."""
    key = group.proposal.id if group.proposal else ""
    after = replace(group, state=State.ANSWERED, key=key, trouble=None)
    record = _record(group, "inbox.answered", BOT, now, entry=key, knowledge=version)
    return Change(group, after, record, answers=True, phrasings=phrasings)


def not_published(group: Group, trouble: str, now: datetime) -> Change:
    """It waits for approval again, with what was wrong."""
    proposal = replace(group.proposal, approved_by=None) if group.proposal else None
    after = replace(group, state=State.PROPOSED, proposal=proposal, trouble=trouble)
    return Change(group, after, _record(group, "inbox.not-published", BOT, now))


def link(group: Group, key: str, phrasings: tuple[Phrasing, ...], person: Person, now: datetime) -> Decision:
    """An entry answers it already: everyone who asked gets it, and how they asked is proposed as phrasings."""
    if refused := _refused(group, person, Permission.TRIAGE, _TRIAGED):
        return refused
    after = replace(group, state=State.ANSWERED, key=key, proposal=None, trouble=None)
    record = _record(group, "inbox.linked", person.id, now, entry=key)
    return Change(group, after, record, answers=True, phrasings=phrasings)


def dismiss(group: Group, person: Person, now: datetime) -> Decision:
    """Not for us: nobody gets an answer, and who asked is forgotten."""
    if refused := _refused(group, person, Permission.TRIAGE, _TRIAGED):
        return refused
    after = replace(group, state=State.DISMISSED, proposal=None, trouble=None)
    return Change(group, after, _record(group, "inbox.dismissed", person.id, now), forgets=True)


def merge(group: Group, into: Group, person: Person, now: datetime) -> Decision:
    """The same question as `into`, which gets its questions and the people who asked them."""
    if refused := _refused(group, person, Permission.TRIAGE, _TRIAGED):
        return refused
    if into.id == group.id or into.state not in _TRIAGED:
        return _wrong_state(into)
    after = replace(group, state=State.DUPLICATE, merged_into=into.id, proposal=None, trouble=None)
    return Change(group, after, _record(group, "inbox.merged", person.id, now, into=into.id), moves_to=into.id)


def _refused(group: Group, person: Person, permission: Permission, allowed: tuple[State, ...]) -> Refusal | None:
    if not person.may(permission):
        moderates = permission is Permission.TRIAGE
        return Refusal(messages.NOT_MODERATOR if moderates else messages.NOT_ADMIN)
    return None if group.state in allowed else _wrong_state(group)


def _wrong_state(group: Group) -> Refusal:
    return Refusal(messages.WRONG_STATE, {"state": STATE_NAMES[group.state]})


def _record(group: Group, deed: str, who: str, now: datetime, **detail: str) -> AuditRecord:
    return AuditRecord(at=now, who=who, deed=deed, subject=group.id, detail=detail)
