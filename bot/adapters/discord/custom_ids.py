"""What a button or menu carries, so that it still works after a restart: everything is in its custom id.

`v1:action:locale:argument`. Discord hands back whatever a client sends, so an id is input, never trusted.
"""

import enum
from dataclasses import dataclass
from typing import Self

MAX_LENGTH = 100  # Discord's limit for a custom id
_VERSION = "v1"


class Action(enum.StrEnum):
    """What a control does. The values are in messages already sent: never give an old one a new meaning."""

    OPEN = "open"  # button, argument: key of an answer
    PICK = "pick"  # menu, values: keys of answers
    READ = "read"  # button, argument: key; the locale is the one to read it in
    AGAIN = "again"  # button, argument: id of a question to ask again in the locale
    SOURCES = "src"  # button, argument: key
    ORIGINAL = "orig"  # button, argument: key
    LANGUAGE = "lang"  # button, argument: key of the answer to show again, or nothing
    SET_LANGUAGE = "set"  # menu, argument as for LANGUAGE, values: a locale or NO_PREFERENCE
    HELPFUL = "yes"  # button, argument: id of a question
    UNHELPFUL = "no"  # button, argument: id of a question
    NONE_OF_THESE = "none"  # button, argument: id of a question
    TOPICS = "topics"  # button, argument: page
    TOPIC = "topic"  # menu, argument: page it was on, values: a topic
    QUESTIONS = "list"  # button, argument: page:topic
    SUMMARY = "sum"  # button, argument: section.piece:topic
    TURN = "turn"  # button, the same; Discord refuses two buttons with one id in a message
    FOLLOW = "follow"  # button, argument: key of an answer whose changes the person wants to be told of
    UNFOLLOW = "unfollow"  # button, the same
    TOLD = "told"  # button of a correction, argument: id of the correction|as for LANGUAGE, and does the same
    PRIVACY_ERASE = "forget"  # button: yes, erase what is kept about the person who presses it
    # For reviewers; argument: locale|version of what they saw|domain/context
    REVIEW_CONFIRM = "rvok"  # button
    REVIEW_SKIP = "rvnext"  # button
    REVIEW_PROBLEM = "rvbad"  # button, opens a form; the form
    # Announcements, for readers. An argument "copy" is the id of a delivery, whose first part names the announcement.
    NOTICE = "a"  # button, argument: copy; opens the announcement in the reader's language
    NOTICE_IN = "ain"  # menu, argument: announcement, values: a locale
    REMIND = "arem"  # button, argument: announcement
    REMIND_SET = "aset"  # menu, argument: announcement, values: minutes before
    REMIND_CANCEL = "anot"  # button, argument: announcement
    # Announcements, for moderators; argument: announcement.version, the version that the moderator saw.
    DRAFT = "adraft"  # button: the draft's page again
    DRAFT_PREVIEW = "apre"  # menu, values: a locale
    DRAFT_CHANNELS = "achan"  # channel menu
    DRAFT_LANGUAGE_CHANNELS = "alch"  # button
    DRAFT_ROLE = "arole"  # role menu
    DRAFT_SEND = "asend"  # button
    DRAFT_PING = "aping"  # button: yes, ping and send
    DRAFT_PING_LATER = "apinglater"  # button: yes, ping, opens the form of DRAFT_LATER
    DRAFT_LATER = "alater"  # button, opens a form; the form
    DRAFT_APPROVE = "aok"  # button
    DRAFT_DISCARD = "adel"  # button
    EDIT = "aedit"  # button, opens a form; the form has argument announcement.version.locale
    EDIT_IN = "aedin"  # menu, values: the locale of the text to write, opens a form
    ADD_LANGUAGE = "aadd"  # button
    RETRACT = "aret"  # button: asks whether they are sure
    RETRACT_SURE = "aretok"  # button
    RETRY = "aagain"  # button
    HISTORY = "ahist"  # button
    COMPOSE = "anew"  # form of a new announcement, argument: template|zone|locale
    COMPOSE_AGAIN = "anew2"  # button, the same: opens the form once more with what was typed

    # The inbox, for people who asked.
    INBOX_QUIET = "iquiet"  # button, argument: id of a question
    INBOX_SOURCES = "isrc"  # button, argument: id of a delivery, whose first part names the group
    # The inbox, for moderators; argument: group.decided, how often a decision had been made when they saw it.
    INBOX_CARD = "icard"  # button, argument: id of the card's delivery; the page of the group
    INBOX_ANSWER = "ians"  # button, opens a form; the form
    INBOX_LINK = "ilink"  # button: which entry?
    INBOX_LINK_TO = "ilinkto"  # menu, values: key of an answer
    INBOX_DISMISS = "ino"  # button: asks whether they are sure
    INBOX_DISMISS_SURE = "inook"  # button
    INBOX_DUPLICATE = "idup"  # button: of which group?
    INBOX_MERGE = "imerge"  # menu, values: id of a group
    INBOX_APPROVE = "iok"  # button
    INBOX_SEND_BACK = "iback"  # button
    # Proposed files, for admins; argument: proposal.decided, how often a decision had been made when they saw it.
    PROPOSAL_APPROVE = "pok"  # button
    PROPOSAL_REJECT = "pno"  # button


NO_PREFERENCE = "-"


@dataclass(frozen=True, slots=True)
class ControlId:
    """A custom id taken apart. `locale` is the language that what it opens is wanted in."""

    action: Action
    locale: str
    argument: str = ""

    def __str__(self) -> str:
        return f"{_VERSION}:{self.action}:{self.locale}:{self.argument}"

    @property
    def fits(self) -> bool:
        return len(str(self)) <= MAX_LENGTH

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None for anything that this version did not write: another version's id, or a forged one.

        >>> ControlId.parse("v1:src:th:city.membership:phuket").argument
        'city.membership:phuket'
        >>> ControlId.parse("v0:src:th:meeting.dates") is None
        True
        """
        version, *rest = text.split(":", 3)
        if version != _VERSION or len(rest) != 3 or rest[0] not in set(Action):
            return None
        return cls(Action(rest[0]), rest[1], rest[2])
