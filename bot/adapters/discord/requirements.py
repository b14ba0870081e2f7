"""What everybody needs to be permitted for each command and each control. What is not listed here nobody may use.

docs/permissions.md is made from these tables, and a test walks them with a simulated Discord. The client looks here
before anything is served; whoever serves checks what depends on the subject (one's own announcement, a locale, the
server that the inbox belongs to).
"""

from collections.abc import Mapping

import discord

from bot.adapters.discord.custom_ids import Action
from bot.core import messages
from bot.core.announcements import messages as announcement_messages
from bot.core.inbox import messages as inbox_messages
from bot.core.messages import Message
from bot.core.permissions import Permission, Person

# By qualified name; context menus by theirs.
COMMANDS: Mapping[str, Permission] = {
    **dict.fromkeys(("ask", "language", "topics", "summary", "help"), Permission.ASK),
    **dict.fromkeys(("privacy show", "privacy export", "privacy erase"), Permission.ASK),
    **dict.fromkeys(
        (
            "announce new",
            "announce list",
            "announce show",
            "announce edit",
            "announce retract",
            "announce retry",
            "announce history",
            "Edit announcement",
            "Withdraw announcement",
            "Who was reached",
        ),
        Permission.ANNOUNCE,
    ),
    **dict.fromkeys(("inbox list", "inbox show", "inbox link", "inbox phrasings"), Permission.TRIAGE),
    **dict.fromkeys(
        ("knowledge status", "knowledge check", "knowledge diff", "knowledge export", "knowledge proposals"),
        Permission.SEE_KNOWLEDGE,
    ),
    **dict.fromkeys(
        ("knowledge reload", "knowledge rollback", "knowledge propose", "knowledge approve"),
        Permission.CHANGE_KNOWLEDGE,
    ),
    "knowledge coverage": Permission.SEE_COVERAGE,
    "review": Permission.REVIEW,
    "audit export": Permission.READ_AUDIT,
}

# Options of commands that need another permission: all who have it have that of the command.
OPTIONS: Mapping[tuple[str, str], Permission] = {
    ("knowledge reload", "override"): Permission.OVERRIDE_GATE,
    ("knowledge approve", "override"): Permission.OVERRIDE_GATE,
}

# Buttons, menus and forms; a form has the action of what opened it.
ACTIONS: Mapping[Action, Permission] = {
    **dict.fromkeys(
        (
            Action.OPEN,
            Action.PICK,
            Action.READ,
            Action.AGAIN,
            Action.SOURCES,
            Action.ORIGINAL,
            Action.LANGUAGE,
            Action.SET_LANGUAGE,
            Action.HELPFUL,
            Action.UNHELPFUL,
            Action.NONE_OF_THESE,
            Action.TOPICS,
            Action.TOPIC,
            Action.QUESTIONS,
            Action.SUMMARY,
            Action.TURN,
            Action.FOLLOW,
            Action.UNFOLLOW,
            Action.TOLD,
            Action.PRIVACY_ERASE,
            Action.NOTICE,
            Action.NOTICE_IN,
            Action.REMIND,
            Action.REMIND_SET,
            Action.REMIND_CANCEL,
        ),
        Permission.ASK,
    ),
    **dict.fromkeys(
        (
            Action.DRAFT,
            Action.DRAFT_PREVIEW,
            Action.DRAFT_CHANNELS,
            Action.DRAFT_LANGUAGE_CHANNELS,
            Action.DRAFT_ROLE,
            Action.DRAFT_SEND,
            Action.DRAFT_PING,
            Action.DRAFT_PING_LATER,
            Action.DRAFT_LATER,
            Action.DRAFT_DISCARD,
            Action.EDIT,
            Action.EDIT_IN,
            Action.ADD_LANGUAGE,
            Action.RETRACT,
            Action.RETRACT_SURE,
            Action.RETRY,
            Action.HISTORY,
            Action.COMPOSE,
            Action.COMPOSE_AGAIN,
        ),
        Permission.ANNOUNCE,
    ),
    **dict.fromkeys((Action.INBOX_QUIET, Action.INBOX_SOURCES), Permission.ASK),
    **dict.fromkeys(
        (
            Action.INBOX_CARD,
            Action.INBOX_ANSWER,
            Action.INBOX_LINK,
            Action.INBOX_LINK_TO,
            Action.INBOX_DISMISS,
            Action.INBOX_DISMISS_SURE,
            Action.INBOX_DUPLICATE,
            Action.INBOX_MERGE,
        ),
        Permission.TRIAGE,
    ),
    **dict.fromkeys((Action.INBOX_APPROVE, Action.INBOX_SEND_BACK), Permission.CHANGE_KNOWLEDGE),
    **dict.fromkeys((Action.PROPOSAL_APPROVE, Action.PROPOSAL_REJECT), Permission.CHANGE_KNOWLEDGE),
    **dict.fromkeys((Action.REVIEW_CONFIRM, Action.REVIEW_SKIP, Action.REVIEW_PROBLEM), Permission.REVIEW),
    Action.DRAFT_APPROVE: Permission.APPROVE_ANNOUNCEMENT,
}

_REFUSALS: Mapping[Permission, Message] = {
    Permission.TRIAGE: inbox_messages.NOT_MODERATOR,
    Permission.CHANGE_KNOWLEDGE: inbox_messages.NOT_ADMIN,
    Permission.ANNOUNCE: announcement_messages.NOT_MODERATOR,
    Permission.APPROVE_ANNOUNCEMENT: announcement_messages.NOT_APPROVER,
}


def refusal(person: Person, needed: Permission | None) -> Message | None:
    """What to tell a person who may not; None when they may. What needs an unknown permission is for nobody."""
    if needed is not None and person.may(needed):
        return None
    return _REFUSALS.get(needed, messages.NOT_PERMITTED) if needed else messages.NOT_PERMITTED


def needed_for(interaction: discord.Interaction) -> Permission | None:
    """For a command as it is used; None for one that is not listed."""
    if interaction.command is None:
        return None
    name = interaction.command.qualified_name
    used = [
        needed for (command, option), needed in OPTIONS.items() if command == name and option in interaction.namespace
    ]
    return used[0] if used else COMMANDS.get(name)
