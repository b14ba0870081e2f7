"""Everything the interface says, in English. Babel extracts the calls below into locales/ui.pot.

A message is named by its context; the English text is the msgid. `{braces}` are filled in by the code and must survive.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One text: `context` is its stable name, `text` the English template."""

    context: str
    text: str


@dataclass(frozen=True, slots=True)
class PluralMessage:
    """A text that depends on `{count}`."""

    context: str
    one: str
    many: str


# Translators: how much the words of an answer can be trusted.
UNREVIEWED = Message("notice.unreviewed", "Translation not yet reviewed by a native speaker.")
ENGLISH_MISSING = Message("notice.missing", "There is no text in this language yet. Here is the English original.")
ENGLISH_OUTDATED = Message(
    "notice.outdated", "The translation of this answer is being updated. Here is the current English text."
)
LANGUAGE_NOT_SHIPPED = Message(
    "notice.not-shipped", "I do not speak {language} yet, so I answer in English. I am sorry."
)

# Translators: the line under every answer. {sources} is a list of publishers with dates.
SOURCE_LINE = Message("answer.source", "Source: {sources}")
AS_OF = Message("answer.as-of", "Information as of {date}")
CITED = Message("answer.cited", "{publisher} ({date})")

# Translators: below an answer, when the message held a second question, which can be opened below.
ALSO_ASKED = Message("answer.also", "You also asked: {question}")

CHOICE = Message("choice.prompt", "I am not sure what you mean. Is it one of these?")
NONE_OF_THESE = Message("choice.none", "None of these")
NONE_THANKS = Message("choice.none.thanks", "Thank you. I have kept your question for the moderators.")

ABSTAIN = Message(
    "abstain.no-match",
    "I don't know. I only answer from published sources, and I found nothing there that fits your question. "
    "I have kept it for the moderators.",
)
ABSTAIN_SCOPE = Message(
    "abstain.scope",
    "I have no source on that. I know about the ASEAN-Japan smart cities meetings, the ASEAN Smart Cities Network "
    "and Japan's Global South project. I have kept your question for the moderators.",
)
CONTACT = Message("abstain.contact", "To reach a moderator: {contact}")
NEAREST = Message("abstain.nearest", "Perhaps one of these helps:")

# Translators: friendly lines for talk that is not a question. Short, polite, no joke that may not travel.
GREETING = Message("courtesy.greeting", "Hello! Ask me about the smart cities meeting in Tokyo, in your own language.")
THANKS = Message("courtesy.thanks", "You are welcome. Ask me again whenever you like.")
ABOUT_BOT = Message(
    "courtesy.about",
    "I am a bot. I answer questions about the ASEAN-Japan smart cities meetings, the ASEAN Smart Cities Network and "
    "Japan's Global South project, from published sources, in several languages.",
)
INSULT = Message("courtesy.insult", "I am sorry if I was of no help. A moderator can help you better.")
INJECTION = Message(
    "courtesy.injection", "I only answer questions about the smart cities meeting from published sources."
)
CHITCHAT = Message("courtesy.chitchat", "That is kind, but I am only a bot. I know about the smart cities meeting.")
OFF_TOPIC = Message(
    "courtesy.off-topic", "I cannot help with that. I only know about the smart cities meeting and what belongs to it."
)
NOTHING_TO_READ = Message("courtesy.empty", "I could not find a question in that. Please ask me in words.")

# Translators: buttons; at most 30 characters if you can.
BUTTON_SOURCES = Message("button.sources", "Sources")
BUTTON_ORIGINAL = Message("button.original", "Show original")
BUTTON_LANGUAGE = Message("button.language", "Change language")
BUTTON_RELATED = Message("button.related", "Related questions")
BUTTON_READ_IN = Message("button.read-in", "Read in {language}")
BUTTON_PREVIOUS = Message("button.previous", "Previous")
BUTTON_NEXT = Message("button.next", "Next")
BUTTON_ALL_TOPICS = Message("button.all-topics", "All topics")
HELPFUL = Message("feedback.question", "Did this help?")
YES = Message("feedback.yes", "Yes")
NO = Message("feedback.no", "No")
FEEDBACK_YES = Message("feedback.thanks.yes", "Thank you, I am glad.")
FEEDBACK_NO = Message("feedback.thanks.no", "Thank you for telling me. The moderators will see it.")
ORIGINAL_HEADING = Message("original.heading", "English original")
SOURCES_HEADING = Message("sources.heading", "Sources")
NO_DATE = Message("sources.no-date", "no date given")
RELATED_PROMPT = Message("related.prompt", "What would you like to know next?")

LANGUAGE_PROMPT = Message("language.prompt", "In which language shall I answer you?")
NO_PREFERENCE = Message("language.none", "No preference (language of each question)")
LANGUAGE_CHOSEN = Message("language.chosen", "From now on I answer you in {language}.")
LANGUAGE_CLEARED = Message("language.cleared", "From now on I answer in the language of each question.")

TOPICS_PROMPT = Message("topics.prompt", "Choose a topic.")
QUESTIONS_PROMPT = Message("topics.questions", "Choose a question about: {topic}")
SUMMARY_TITLE = Message("summary.title", "Summary: {topic}")
SUMMARY_BRIEF = Message("summary.brief", "In brief")
SUMMARY_FILE = Message("summary.file", "The whole summary is attached as a file.")
LENGTH_LINE = Message("summary.line", "One line")
LENGTH_PARAGRAPH = Message("summary.paragraph", "One paragraph")
LENGTH_PAGE = Message("summary.page", "One page")

HELP = Message(
    "help.text",
    "Ask me anything about the smart cities meeting in Tokyo: use /ask, mention me, or write to me directly.\n"
    "/language: choose your language\n"
    "/topics: browse questions by topic\n"
    "/summary: the meeting in brief, or section by section\n"
    "Every answer names its source and date. When I do not know, I say so and keep your question for the moderators.",
)

ERROR = Message(
    "error.internal", "I am sorry, something went wrong on my side. Please try again. Reference: {reference}"
)
BUSY = Message("error.busy", "Many people are asking at the moment. Please try again in a few seconds.")
COOLDOWN = PluralMessage(
    "error.cooldown",
    "Please wait {count} second before you ask again.",
    "Please wait {count} seconds before you ask again.",
)
TOO_LONG = PluralMessage(
    "error.too-long",
    "Your question is too long. Please use at most {count} character.",
    "Your question is too long. Please use at most {count} characters.",
)
EXPIRED = Message("error.expired", "This button is no longer valid. Please ask again.")

NOT_PERMITTED = Message("error.not-permitted", "You are not permitted to do this here.")

# Translators: what the bot keeps about the person who asks.
PRIVACY_KEPT = Message("privacy.kept", "This is what I keep about you:")
PRIVACY_NOTHING = Message("privacy.nothing", "I keep nothing about you.")
# Translators: one line for each kind of data, with how many of them are kept.
PRIVACY_KIND = Message("privacy.kind", "{kind}: {count}")
PRIVACY_LANGUAGE = Message("privacy.kind.language", "The language that you chose")
PRIVACY_REMINDERS = Message("privacy.kind.reminders", "Reminders that you set")
PRIVACY_FOLLOWED = Message("privacy.kind.followed", "Answers whose changes you want to be told of")
PRIVACY_MESSAGES = Message(
    "privacy.kind.messages", "Numbers of direct messages in which you asked me, without their text"
)
PRIVACY_WAITING = Message("privacy.kind.questions", "Questions whose answer you still wait for")
PRIVACY_ENTRIES = Message("privacy.kind.entries", "Answers that you proposed")
PRIVACY_ANNOUNCEMENTS = Message("privacy.kind.announcements", "Announcements that you wrote, changed or approved")
PRIVACY_DEEDS = Message("privacy.kind.deeds", "What you did as a moderator, reviewer or admin")
PRIVACY_QUESTIONS = PluralMessage(
    "privacy.questions",
    "Your questions are kept without your name, unless you wait for an answer. The text of a question is kept only "
    "when I could not answer it, and is deleted after {count} day.",
    "Your questions are kept without your name, unless you wait for an answer. The text of a question is kept only "
    "when I could not answer it, and is deleted after {count} days.",
)
PRIVACY_FILE = Message("privacy.file", "The attached file holds everything that I keep about you.")
PRIVACY_CONFIRM = Message(
    "privacy.confirm",
    "Everything that I keep about you will be deleted and cannot be restored: also your reminders and your choice of "
    "language. Announcements stay, and so does the record of what moderators did, but nobody can see any more that it "
    "was you. Your drafts of announcements are discarded.",
)
PRIVACY_ERASE = Message("privacy.button.erase", "Delete everything")
PRIVACY_ERASED = Message("privacy.erased", "Done. I keep nothing about you any more.")
AUDIT_FILE = Message("audit.file", "The whole record is attached as a file.")

# Translators: the coverage board: a table of every answer in every language.
COVERAGE_TITLE = Message("coverage.title", "What is answered, and in which languages")
COVERAGE_INTRO = Message(
    "coverage.intro",
    "Every answer in every language, the most wanted first. Below the state of a text: how often the question was "
    "asked, answered and missed. Counts below five are not shown.",
)
COVERAGE_QUESTION = Message("coverage.question", "Question")
COVERAGE_AS_OF = Message("coverage.as-of", "Information as of")
COVERAGE_AGE = Message("coverage.age", "Age in days")
COVERAGE_ASKED = Message("coverage.asked", "Asked")
COVERAGE_ANSWERED = Message("coverage.answered", "Answered")
COVERAGE_MISSED = Message("coverage.missed", "Missed")
# Translators: the state of one text in one language.
COVERAGE_SOURCE = Message("coverage.state.source", "original")
COVERAGE_REVIEWED = Message("coverage.state.reviewed", "reviewed")
COVERAGE_UNREVIEWED = Message("coverage.state.unreviewed", "not reviewed")
COVERAGE_OUTDATED = Message("coverage.state.outdated", "not current")
COVERAGE_MISSING = Message("coverage.state.missing", "missing")
COVERAGE_ACCURACY = Message("coverage.accuracy", "How well each language is understood")
COVERAGE_PERCENT = Message("coverage.percent", "Percent of questions that were kept apart for testing.")
COVERAGE_LANGUAGE = Message("coverage.language", "Language")
COVERAGE_RIGHT = Message("coverage.right", "Answered correctly")
COVERAGE_OFFERED = Message("coverage.offered", "Offered as a choice")
COVERAGE_WRONG = Message("coverage.wrong", "Answered wrongly")
COVERAGE_UNANSWERED = Message("coverage.unanswered", "Not answered")
COVERAGE_FILE = Message("coverage.file", "The whole board is attached as a file.")

# Translators: a button under an answer, and what follows from it. At most 30 characters for the buttons if you can.
BUTTON_FOLLOW = Message("follow.button", "Tell me if this changes")
BUTTON_UNFOLLOW = Message("follow.button.stop", "Do not tell me")
FOLLOWING = Message(
    "follow.on", "If the facts of this answer change until {date}, I will write to you once, by direct message."
)
UNFOLLOWED = Message("follow.off", "I will not write to you about this answer.")
CHANGED = Message("follow.changed", "This changed since you asked:")
CHANGED_GONE = Message("follow.gone", "I gave you an answer to this question that does not hold any more:")

# Translators: for reviewers, who compare a translation with the English and confirm it.
REVIEW_ENGLISH = Message("review.english", "English")
REVIEW_LEFT = PluralMessage(
    "review.left", "{count} text in {language} is not reviewed.", "{count} texts in {language} are not reviewed."
)
REVIEW_NONE_LEFT = Message("review.none-left", "Every text in {language} is reviewed. Thank you.")
REVIEW_CONFIRM = Message("review.button.confirm", "Reviewed")
REVIEW_SKIP = Message("review.button.skip", "Next text")
REVIEW_PROBLEM = Message("review.button.problem", "Report a problem")
REVIEW_CONFIRMED = Message("review.confirmed", "Marked as reviewed.")
REVIEW_CHANGED = Message("review.changed", "This text was changed meanwhile. Here it is as it is now.")
REVIEW_WRONG = Message("review.wrong", "What is wrong with it?")
REVIEW_REPORTED = Message("review.reported", "Thank you. Your note is kept beside the text.")

# Translators: descriptions of commands in Discord's menu; at most 100 characters.
COMMAND_ASK = Message("command.ask", "Ask a question about the smart cities meeting")
COMMAND_ASK_QUESTION = Message("command.ask.question", "Your question, in any language")
COMMAND_ASK_LANGUAGE = Message("command.ask.language", "Language of the answer")
COMMAND_LANGUAGE = Message("command.language", "Choose the language in which I answer you")
COMMAND_TOPICS = Message("command.topics", "Browse questions by topic")
COMMAND_SUMMARY = Message("command.summary", "Read a summary of the meeting")
COMMAND_SUMMARY_TOPIC = Message("command.summary.topic", "What the summary is about")
COMMAND_SUMMARY_LENGTH = Message("command.summary.length", "How long it should be")
COMMAND_HELP = Message("command.help", "How to use this bot")
COMMAND_PRIVACY = Message("command.privacy", "What I keep about you, and how to delete it")
COMMAND_PRIVACY_SHOW = Message("command.privacy.show", "Show what I keep about you")
COMMAND_PRIVACY_EXPORT = Message("command.privacy.export", "Get everything that I keep about you as a file")
COMMAND_PRIVACY_ERASE = Message("command.privacy.erase", "Delete everything that I keep about you")
COMMAND_REVIEW = Message("command.review", "Review translations, side by side with the English")
COMMAND_REVIEW_LANGUAGE = Message("command.review.language", "Language whose texts you review")
COMMAND_AUDIT = Message("command.audit", "The record of what moderators and admins did")
COMMAND_AUDIT_EXPORT = Message("command.audit.export", "Get the record as a file")

# Translators: the web page.
PAGE_TITLE = Message("page.title", "Smart cities meeting: questions and answers")
PAGE_INTRO = Message(
    "page.intro", "Ask about the meeting in Tokyo in your own language. Every answer names its source."
)
PAGE_LABEL = Message("page.label", "Your question")
PAGE_SEND = Message("page.send", "Ask")
PAGE_LANGUAGE = Message("page.language", "Language")
PAGE_LANGUAGE_AUTO = Message("page.language.auto", "Language of the question")
PAGE_CONVERSATION = Message("page.conversation", "Conversation")
PAGE_YOU = Message("page.you", "You")
PAGE_BOT = Message("page.bot", "Bot")
PAGE_WAIT = Message("page.wait", "Looking it up")
PAGE_FAILED = Message("page.failed", "The answer did not arrive. Please check your connection and try again.")
PAGE_RETRY = Message("page.retry", "Try again")
PAGE_TOPICS = Message("page.topics", "Topics")
PAGE_SUMMARY = Message("page.summary", "Summary")
PAGE_SKIP = Message("page.skip", "Skip to the question")
PAGE_NO_SCRIPT = Message("page.no-script", "This page needs JavaScript to send your question.")
PAGE_CLOSE = Message("page.close", "Close")
PAGE_EXAMPLES = Message("page.examples", "You can ask, for example:")
PAGE_NEW_TAB = Message("page.new-tab", "opens in a new tab")

# Translators: why the web service did not carry out a request.
REQUEST_MALFORMED = Message("request.malformed", "This request cannot be read. Please check its form.")
REQUEST_LANGUAGE = Message("request.language", "I do not know this language.")
REQUEST_CROSS_ORIGIN = Message("request.cross-origin", "Requests from other websites are not allowed.")
REQUEST_NOT_FOUND = Message("request.not-found", "There is nothing at this address.")
REQUEST_METHOD = Message("request.method", "This address does not accept this kind of request.")
REQUEST_TOO_LARGE = Message("request.too-large", "This request is too large.")
REQUEST_NOT_JSON = Message("request.not-json", "Please send the request as JSON.")
REQUEST_TIMEOUT = Message("request.timeout", "This takes too long at the moment. Please try again shortly.")

# Translators: for admins of the bot. Descriptions of commands in Discord's menu; at most 100 characters.
COMMAND_KNOWLEDGE = Message("command.knowledge", "Look after the knowledge base")
COMMAND_KNOWLEDGE_STATUS = Message("command.knowledge.status", "See what is live and which versions are kept")
COMMAND_KNOWLEDGE_CHECK = Message("command.knowledge.check", "Find every fault in the files; nothing is changed")
COMMAND_KNOWLEDGE_DIFF = Message("command.knowledge.diff", "See what a reload would change for readers")
COMMAND_KNOWLEDGE_RELOAD = Message("command.knowledge.reload", "Answer from the files as they are now")
COMMAND_KNOWLEDGE_ROLLBACK = Message("command.knowledge.rollback", "Answer from an earlier version again")
COMMAND_KNOWLEDGE_EXPORT = Message("command.knowledge.export", "Get all files of a version")
COMMAND_KNOWLEDGE_WHY = Message("command.knowledge.why", "Why, in your own words; it is kept")
COMMAND_KNOWLEDGE_OVERRIDE = Message(
    "command.knowledge.override", "Reload although some answers get worse, and say why"
)
COMMAND_KNOWLEDGE_VERSION = Message("command.knowledge.version", "Which version")
