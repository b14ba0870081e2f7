"""What admins who propose and approve files are told, in English. Extracted into locales/ui.pot like all others."""

from bot.core.messages import Message

# Translators: an admin sends a new version of one file of the knowledge base; another admin approves or rejects it.
# These are descriptions of commands in Discord's menu; at most 100 characters.
COMMAND_PROPOSE = Message("command.knowledge.propose", "Propose a new version of one file; another admin approves it")
COMMAND_FILE = Message("command.knowledge.propose.file", "A YAML file of the knowledge base, or a PO file")
COMMAND_PROPOSALS = Message("command.knowledge.proposals", "See the proposed files that wait for an admin")
COMMAND_APPROVE = Message("command.knowledge.approve", "Approve a file that another admin proposed")
COMMAND_WHICH = Message("command.knowledge.proposal", "Which proposed file")

# Translators: a button; at most 30 characters if you can.
BUTTON_REJECT = Message("proposal.button.reject", "Reject")

# Translators: what admins are told after they did something. Details follow below each of these, in English.
PROPOSED = Message("proposal.proposed", "Another admin has to approve this file. Until then nothing changes.")
FAULTY = Message("proposal.faulty", "This file cannot go live. Every fault is listed below, with its line.")
OWN = Message("proposal.own", "You proposed this file. Another admin has to approve it.")
LIVE = Message("proposal.live", "Approved. This file is live now.")
HELD = Message("proposal.held", "Approved, but not live: some answers would get worse. Nothing has changed.")
OUTDATED = Message("proposal.outdated", "Not approved: this file has been changed meanwhile. Please propose it again.")
REJECTED = Message("proposal.rejected", "Rejected. Nothing has changed.")
OVER = Message("proposal.over", "Somebody has decided about this file already, or it no longer waits.")
