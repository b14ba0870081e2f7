"""What admins read about proposals: English for operators, the same on Discord and in the terminal."""

from collections.abc import Sequence

from bot.core.proposals.differences import visible
from bot.core.proposals.models import FileProposal, State
from bot.core.proposals.proposing import Examined
from bot.core.reload_reports import check_report, diff_report
from bot.core.reloading import Prepared

NOT_WAITING = "No such proposal waits; `proposals` lists those that do."
NOTHING_FOR_READERS = "Nothing changes for readers."


def proposal_report(one: Examined) -> str:
    """Everything that who approves has to know: what changes for readers, what the gate says, and the file itself."""
    parts = [_head(one), _for_readers(one), check_report(one.found), _lines(one.lines)]
    return visible("\n\n".join(parts))


def proposals_report(proposals: Sequence[FileProposal]) -> str:
    """A line each."""
    return visible("\n".join(_line(one) for one in proposals)) if proposals else "No proposal waits."


def _head(one: Examined) -> str:
    proposal = one.proposal
    lines = [
        f"{proposal.place}: {'replaces the file' if proposal.base else 'a new file'}",
        f"Proposal {proposal.id} of {proposal.author}, {proposal.proposed_at:%Y-%m-%d %H:%M} UTC: {proposal.why}",
    ]
    if one.outdated:
        lines.append("OUTDATED: the file has been changed since; these are the differences from how it is now.")
    if one.others_edited:
        lines.append("OTHER FILES on disk differ from what is live, too; they would go live with this one.")
    if proposal.trouble:
        lines += ["Approved before, and not live because:", proposal.trouble]
    if proposal.state is State.HELD:
        lines.append(override_hint(proposal))
    return "\n".join(lines)


def override_hint(proposal: FileProposal) -> str:
    return f"If this is meant: /knowledge approve proposal:{proposal.id} override:REASON; the reason is kept."


def _for_readers(one: Examined) -> str:
    if isinstance(one.found, Prepared):
        return diff_report(one.found) if one.found.diff else NOTHING_FOR_READERS
    return NOTHING_FOR_READERS if not one.faults else "It cannot go live:"


def _lines(lines: Sequence[str]) -> str:
    return "\n".join(["Lines of the file:", *lines])


def _line(one: FileProposal) -> str:
    return f"{one.id}  {one.place}  {one.proposed_at:%Y-%m-%d %H:%M}  {one.author}: {one.why} ({one.state})"
