"""What readers and moderators of announcements are told, in English. Extracted into locales/ui.pot like all others."""

from bot.core.messages import Message, PluralMessage

# Translators: what readers of an announcement see.
READ = Message("announcement.read", "Read in my language")
OTHER_LANGUAGES = Message("announcement.languages", "Other languages")
REMIND_ME = Message("announcement.remind", "Remind me")
ORIGINAL_ONLY = Message(
    "announcement.original-only", "The moderators have not written this in {language}. Here is their {original} text."
)
YOUR_TIME = Message("announcement.your-time", "On your clock: {time}")
CORRECTED = Message("announcement.corrected", "Corrected: {time}")
WITHDRAWN = Message("announcement.withdrawn", "Withdrawn: {time}. This announcement no longer holds.")
REPEATED = Message("announcement.repeated", "Once more:")
GONE = Message("announcement.gone", "This announcement no longer exists.")

# Translators: personal reminders.
REMINDER_PROMPT = Message("announcement.reminder.prompt", "When shall I remind you?")
REMINDER_BEFORE = PluralMessage("announcement.reminder.before", "{count} minute before", "{count} minutes before")
REMINDER_AT_TIME = Message("announcement.reminder.at-time", "At that time")
REMINDER_SET = Message(
    "announcement.reminder.set",
    "I will remind you: {time}. I will write to you directly; if I cannot, I will mention you in this channel.",
)
REMINDER_TOO_LATE = Message("announcement.reminder.too-late", "It is too late for this reminder.")
REMINDER_CANCEL = Message("announcement.reminder.cancel", "Do not remind me")
REMINDER_CANCELLED = Message("announcement.reminder.cancelled", "I will not remind you of this.")
REMINDER_TEXT = Message("announcement.reminder.text", "You asked me to remind you of this:")

# Translators: what moderators see. Kinds of announcement are the headings above; this one is the moderator's own words.
OWN_WORDS = Message("announcement.own-words", "Own words")
DRAFT_HEADING = Message("announcement.draft.heading", "Draft {id}: only you can see this preview.")
PREVIEW_PROMPT = Message("announcement.draft.preview", "Preview in another language")
CHANNELS_PROMPT = Message("announcement.draft.channels", "Channels to post in")
LANGUAGE_CHANNELS = Message("announcement.draft.language-channels", "One channel for each language")
TEXT_LANGUAGE_PROMPT = Message("announcement.draft.text-language", "Language of the text")
ROLE_PROMPT = Message("announcement.draft.role", "Role to ping (nobody is pinged without one)")
BUTTON_SEND = Message("announcement.button.send", "Send now")
BUTTON_SCHEDULE = Message("announcement.button.schedule", "Send later")
BUTTON_EDIT = Message("announcement.button.edit", "Edit")
BUTTON_ADD_LANGUAGE = Message("announcement.button.add-language", "Add a language")
BUTTON_APPROVE = Message("announcement.button.approve", "Approve")
BUTTON_DISCARD = Message("announcement.button.discard", "Discard")
BUTTON_RETRACT = Message("announcement.button.retract", "Withdraw")
BUTTON_RETRY = Message("announcement.button.retry", "Try again")
BUTTON_HISTORY = Message("announcement.button.history", "History")
BUTTON_BACK = Message("announcement.button.back", "Back")
BUTTON_PING = Message("announcement.button.ping", "Yes, ping {role} and send")
PING_CONFIRM = Message("announcement.confirm.ping", "Everyone with the role {role} gets a notification. Are you sure?")
RETRACT_CONFIRM = Message(
    "announcement.confirm.retract", "Every copy of this announcement will be marked as withdrawn. Are you sure?"
)

# Translators: fields that moderators fill in; at most 45 characters.
FIELD_TITLE = Message("announcement.field.title", "Title")
FIELD_BODY = Message("announcement.field.body", "Text")
FIELD_SESSION = Message("announcement.field.session", "Session")
FIELD_SUBJECT = Message("announcement.field.subject", "Subject")
FIELD_TIME = Message("announcement.field.time", "Time, for example 2024-10-29 14:30")
FIELD_PLACE = Message("announcement.field.place", "Place")
FIELD_DESTINATION = Message("announcement.field.destination", "Destination")
FIELD_PERSON = Message("announcement.field.person", "Person")
FIELD_NUMBER = Message("announcement.field.number", "Number")
FIELD_LINK = Message("announcement.field.link", "Link")
FIELD_WHEN = Message("announcement.field.when", "When to send")
FIELD_WHEN_HINT = Message(
    "announcement.field.when.hint", "2024-10-29 14:30, or -15 for 15 minutes before the announced time"
)
FIELD_ZONE = Message("announcement.field.zone", "Time zone")
FIELD_REPEATS = Message("announcement.field.repeats", "Repeat: minutes before, for example 60, 10")

# Translators: the state of an announcement.
STATE_DRAFT = Message("announcement.state.draft", "Draft")
STATE_APPROVED = Message("announcement.state.approved", "Approved")
STATE_SCHEDULED = Message("announcement.state.scheduled", "Scheduled: {time}")
STATE_SENDING = Message("announcement.state.sending", "Being sent")
STATE_SENT = Message("announcement.state.sent", "Sent")
STATE_PARTLY_FAILED = Message("announcement.state.partly-failed", "Not delivered everywhere")
STATE_RETRACTED = Message("announcement.state.retracted", "Withdrawn")
STATE_MISSED = Message("announcement.state.missed", "Not sent: the bot was away and it was too late")
STATE_DISCARDED = Message("announcement.state.discarded", "Discarded")

# Translators: warnings before sending; none of them prevents it.
WARN_MISSING = Message("announcement.warn.missing", "No text for: {languages}. Their readers get the {original} text.")
WARN_LONG = Message("announcement.warn.long", "Too long in {language}: it will be split into several messages.")
WARN_PAST = Message("announcement.warn.past", "The time is in the past: {time}")
WARN_PLACEHOLDER = Message("announcement.warn.placeholder", "Nothing is put in here: {text}")
WARN_MENTION = Message("announcement.warn.mention", "This will not notify anyone: {text}")
WARN_NO_CHANNEL = Message("announcement.warn.no-channel", "No channel is chosen yet.")
WARN_CHANNEL = Message("announcement.warn.channel", "I may not write or read back in {channel}.")
WARN_ROLE = Message("announcement.warn.role", "I am not allowed to ping {role}.")

# Translators: results and refusals for moderators.
SENDING = Message("announcement.done.sending", "It is being sent.")
SCHEDULED = Message("announcement.done.scheduled", "It will be sent: {time}")
APPROVED = Message("announcement.done.approved", "Approved.")
EDITED = Message("announcement.done.edited", "Changed. Every copy is being corrected.")
RETRACTED = Message("announcement.done.retracted", "Withdrawn. Every copy is being marked.")
RETRYING = Message("announcement.done.retrying", "The failed copies are being sent again.")
DISCARDED = Message("announcement.done.discarded", "Discarded.")
NO_ANNOUNCEMENT = Message("announcement.refused.none", "This message is not an announcement of mine.")
NOTHING_FAILED = Message("announcement.done.nothing-failed", "Nothing has failed; there is nothing to send again.")
NOT_MODERATOR = Message("announcement.refused.moderator", "Only moderators can do this.")
NOT_APPROVER = Message("announcement.refused.approver", "Only approvers can do this.")
OWN_APPROVAL = Message("announcement.refused.own", "You cannot approve your own text. Please ask a colleague.")
NEEDS_APPROVAL = Message("announcement.refused.approval", "A second moderator has to approve this first.")
WRONG_STATE = Message("announcement.refused.state", "This is not possible now. State: {state}")
CONFLICT = Message(
    "announcement.refused.conflict",
    "Somebody else has changed this announcement meanwhile. Nothing of yours was saved. Here is the current version.",
)
YOUR_TEXT = Message("announcement.refused.your-text", "This is what you wrote:")
FAULTS = Message("announcement.refused.faults", "Please correct this:")
FAULT_MISSING = Message("announcement.fault.missing", "{field}: please fill this in.")
FAULT_TIME = Message("announcement.fault.time", "{field}: I cannot read this time. Write for example 2024-10-29 14:30.")
FAULT_NO_SUCH_TIME = Message(
    "announcement.fault.no-such-time", "{field}: this time does not exist in {zone}: the clocks are changed then."
)
FAULT_ZONE = Message("announcement.fault.zone", "{field}: I do not know this zone. Write for example Asia/Tokyo.")
FAULT_NUMBER = Message("announcement.fault.number", "{field}: please write a whole number.")
FAULT_LINK = Message("announcement.fault.link", "{field}: please give an address that begins with https://")
FAULT_LONG = PluralMessage(
    "announcement.fault.long",
    "Too long: at most {count} character is possible.",
    "Too long: at most {count} characters are possible.",
)
FAULT_VALUE_LONG = Message("announcement.fault.value-long", "{field}: please write less.")
FAULT_PAST = Message("announcement.fault.past", "{field}: this time is over.")
FAULT_NO_TIME = Message("announcement.fault.no-time", "{field}: the announcement has no time that this could refer to.")
FAULT_FILE = Message("announcement.fault.file", "The file cannot be used: {problem}")

# Translators: lists and reports for moderators.
LIST_HEADING = Message("announcement.list.heading", "Announcements")
LIST_EMPTY = Message("announcement.list.empty", "There are no announcements yet.")
REACHED = PluralMessage("announcement.reached", "Posted in {count} channel", "Posted in {count} channels")
STILL_TO_COME = PluralMessage("announcement.still-to-come", "{count} post still to come", "{count} posts still to come")
FAILED_IN = Message("announcement.failed-in", "Not posted in {channel}: {reason}")
READINGS = PluralMessage(
    "announcement.readings", "Opened {count} time in {language}", "Opened {count} times in {language}"
)
REMINDERS_SET = PluralMessage("announcement.reminders-set", "{count} personal reminder", "{count} personal reminders")
REASON_FORBIDDEN = Message("announcement.reason.forbidden", "I am not allowed to write there")
REASON_GONE = Message("announcement.reason.gone", "the channel no longer exists")
REASON_LATE = Message("announcement.reason.late", "it was too late")
REASON_REFUSED = Message("announcement.reason.refused", "Discord refused it")
REASON_UNSURE = Message("announcement.reason.unsure", "I cannot see whether it arrived")
HISTORY_FILE = Message("announcement.history.file", "The whole history is attached as a file.")
REPORT_FAILED = Message("announcement.report.failed", "Announcement {id} did not reach every channel.")
REPORT_MISSED = Message("announcement.report.missed", "Announcement {id} was not sent: it was too late.")

# Translators: what happened, in the history; {who} is a person and {time} a moment.
HISTORY_LINE = Message("announcement.history.line", "{time}: {what} ({who})")
DID_DRAFT = Message("announcement.did.drafted", "drafted")
DID_APPROVE = Message("announcement.did.approved", "approved")
DID_SCHEDULE = Message("announcement.did.scheduled", "scheduled")
DID_SEND = Message("announcement.did.sent", "sent")
DID_EDIT = Message("announcement.did.edited", "edited")
DID_RETRACT = Message("announcement.did.retracted", "withdrawn")
DID_RETRY = Message("announcement.did.retried", "tried again")
DID_DISCARD = Message("announcement.did.discarded", "discarded")
DID_MISS = Message("announcement.did.missed", "not sent, too late")
DID_FAIL = Message("announcement.did.failed", "failed in a channel")

# Translators: descriptions of commands in Discord's menu; at most 100 characters.
COMMAND_ANNOUNCE = Message("command.announce", "Announcements: write, send, correct and withdraw them")
COMMAND_NEW = Message("command.announce.new", "Write an announcement; nothing is sent before you have seen it")
COMMAND_NEW_TEMPLATE = Message("command.announce.new.template", "What kind of announcement it is")
COMMAND_NEW_FILE = Message("command.announce.new.file", "A YAML or CSV file with your own texts, by language")
COMMAND_NEW_ZONE = Message("command.announce.new.zone", "Time zone of the times you write, for example Asia/Tokyo")
COMMAND_NEW_LANGUAGE = Message("command.announce.new.language", "Language in which you write your own words")
COMMAND_LIST = Message("command.announce.list", "List the announcements")
COMMAND_SHOW = Message("command.announce.show", "Show an announcement and who was reached")
COMMAND_EDIT = Message("command.announce.edit", "Change an announcement; every copy is corrected")
COMMAND_RETRACT = Message("command.announce.retract", "Withdraw an announcement; every copy is marked")
COMMAND_RETRY = Message("command.announce.retry", "Send the failed copies of an announcement again")
COMMAND_HISTORY = Message("command.announce.history", "Who did what to an announcement, and when")
COMMAND_WHICH = Message("command.announce.which", "Which announcement")
