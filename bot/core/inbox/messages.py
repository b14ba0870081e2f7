"""What askers and moderators of the inbox are told, in English. Extracted into locales/ui.pot like all others."""

from bot.core.messages import Message, PluralMessage

# Translators: what people are told whose question was not answered, and what they get later.
PROMISE = Message("inbox.promise", "If a moderator finds an answer, I will send it to you.")
BUTTON_QUIET = Message("inbox.button.quiet", "Do not write to me")
QUIET = Message("inbox.quiet", "I will not write to you about this question.")
ANSWER_LEAD = Message("inbox.answer.lead", "You asked a question that I could not answer. A moderator has the answer:")

# Translators: the card of a question that moderators see. {language} is the name of a language.
CARD_HEADING = PluralMessage("inbox.card.heading", "Asked {count} time", "Asked {count} times")
CARD_WAITING = PluralMessage(
    "inbox.card.waiting", "{count} person is waiting for the answer.", "{count} people are waiting for the answer."
)
CARD_LANGUAGE = Message("inbox.card.language", "{language}: {count}")
CARD_NEAREST = Message("inbox.card.nearest", "Nearest entry ({percent}): {entry}")
CARD_NO_NEAREST = Message("inbox.card.no-nearest", "No entry comes near.")
CARD_NO_WORDS = Message("inbox.card.no-words", "The words of this question are no longer stored.")
CARD_STATE = Message("inbox.card.state", "State: {state}")
CARD_ANSWER = Message("inbox.card.answer", "Answered with: {entry}")
CARD_REACHED = PluralMessage(
    "inbox.card.reached", "{count} person has received the answer.", "{count} people have received the answer."
)
CARD_UNREACHED = PluralMessage(
    "inbox.card.unreached", "{count} person could not be reached.", "{count} people could not be reached."
)
CARD_PROPOSAL = Message("inbox.card.proposal", "Proposed entry, by {who}:")
CARD_TROUBLE = Message("inbox.card.trouble", "The entry could not be published: {problem}")

STATE_OPEN = Message("inbox.state.open", "Open")
STATE_PROPOSED = Message("inbox.state.proposed", "Waiting for approval")
STATE_PUBLISHING = Message("inbox.state.publishing", "Approved, being published")
STATE_ANSWERED = Message("inbox.state.answered", "Answered")
STATE_DISMISSED = Message("inbox.state.dismissed", "Not for us")
STATE_DUPLICATE = Message("inbox.state.duplicate", "Duplicate")

# Translators: buttons and menus of moderators; buttons at most 30 characters if you can.
BUTTON_DETAILS = Message("inbox.button.details", "In my language")
BUTTON_ANSWER = Message("inbox.button.answer", "Answer")
BUTTON_LINK = Message("inbox.button.link", "Existing entry")
BUTTON_DISMISS = Message("inbox.button.dismiss", "Not for us")
BUTTON_DUPLICATE = Message("inbox.button.duplicate", "Duplicate")
BUTTON_APPROVE = Message("inbox.button.approve", "Approve")
BUTTON_SEND_BACK = Message("inbox.button.send-back", "Send back")
LINK_PROMPT = Message(
    "inbox.link.prompt", "Which entry answers this? Everyone who asked gets it. More entries: /inbox link"
)
MERGE_PROMPT = Message("inbox.merge.prompt", "Which question does it repeat?")
NOTHING_SIMILAR = Message("inbox.merge.none", "There is no other open question.")
DISMISS_CONFIRM = Message(
    "inbox.dismiss.confirm", "Nobody who asked this will get an answer. Are you sure that it is not for us?"
)

# Translators: fields of the form in which a moderator writes an answer; at most 45 characters.
FORM_TITLE = Message("inbox.form.title", "Answer for everyone who asked")
FIELD_QUESTION = Message("inbox.field.question", "Question, in English")
FIELD_ANSWER = Message("inbox.field.answer", "Answer, in English")
FIELD_SOURCE = Message("inbox.field.source", "Source: title, then publisher on a new line")
FIELD_URL = Message("inbox.field.url", "Web address of the source")
FIELD_DATE = Message("inbox.field.date", "Date of the source, such as 2024-10-31")

FAULTS = Message("inbox.faults", "This could not be used yet. Press Answer again: your text is still there.")
FAULT_MISSING = Message("inbox.fault.missing", "{field}: please fill this in.")
FAULT_LONG = Message("inbox.fault.long", "{field}: this is too long.")
FAULT_URL = Message("inbox.fault.url", "{field}: please write a web address that begins with https://")
FAULT_DATE = Message("inbox.fault.date", "{field}: please write it as 2024-10-31, 2024-10 or 2024.")
FAULT_SOURCE = Message("inbox.fault.source", "{field}: please write the title and the publisher on two lines.")
FAULT_ENTRY = Message("inbox.fault.entry", "The knowledge base does not accept this: {problem}")

# Translators: what moderators are told after they did something, and why something was not done.
PROPOSED = Message("inbox.done.proposed", "Thank you. An admin other than you has to approve the entry.")
APPROVED = Message("inbox.done.approved", "Approved. Everyone who asked gets the answer as soon as it is published.")
SENT_BACK = Message("inbox.done.sent-back", "Sent back. The question is open again.")
LINKED = Message(
    "inbox.done.linked", "Everyone who asked gets this answer now. Their wordings are proposed as phrasings."
)
DISMISSED = Message("inbox.done.dismissed", "Closed. Nobody will be written to.")
MERGED = Message("inbox.done.merged", "The questions are together now.")
CONFLICT = Message("inbox.conflict", "Somebody else has decided meanwhile. This is how it is now:")
GONE = Message("inbox.gone", "This question is no longer in the inbox.")
NO_ENTRY = Message("inbox.no-entry", "There is no such entry.")
NOT_MODERATOR = Message("inbox.not-moderator", "Only moderators can do this.")
NOT_ADMIN = Message("inbox.not-admin", "Only admins can do this.")
OWN_PROPOSAL = Message("inbox.own-proposal", "You wrote this entry. Another admin has to approve it.")
WRONG_STATE = Message("inbox.wrong-state", "This is not possible now. State: {state}")
LIST_EMPTY = Message("inbox.list.empty", "The inbox is empty.")
LIST_LINE = PluralMessage("inbox.list.line", "{id}: asked {count} time", "{id}: asked {count} times")
PHRASINGS_FILE = Message(
    "inbox.phrasings", "Wordings of real questions, for a person to check and add. Nothing is added by itself."
)

# Translators: descriptions of commands in Discord's menu; at most 100 characters.
COMMAND_INBOX = Message("command.inbox", "Questions that were not answered")
COMMAND_LIST = Message("command.inbox.list", "The questions that wait, the most asked first")
COMMAND_SHOW = Message("command.inbox.show", "Show one question and answer it")
COMMAND_WHICH = Message("command.inbox.which", "Which question")
COMMAND_LINK = Message("command.inbox.link", "Answer a question with an entry that exists")
COMMAND_ENTRY = Message("command.inbox.entry", "The entry that answers it")
COMMAND_PHRASINGS = Message("command.inbox.phrasings", "Wordings of real questions, proposed as phrasings")
