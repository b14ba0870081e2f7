"""Who may do what. The table of docs/permissions.md is made from here, and a test walks it."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass


class Role(enum.StrEnum):
    """What a person is to the bot; a person can be several at once, and everyone is a participant."""

    PARTICIPANT = "participant"
    REVIEWER = "reviewer"  # of translations, in the languages of `Person.reviews`
    MODERATOR = "moderator"
    APPROVER = "approver"  # a moderator who may also let announcements out
    ADMIN = "admin"
    OWNER = "owner"


class Permission(enum.StrEnum):
    """One for each kind of thing that a command, button, form or endpoint does."""

    ASK = "ask"  # whatever a reader does, and what concerns only themselves
    REVIEW = "review"  # mark translations as reviewed
    ANNOUNCE = "announce"
    APPROVE_ANNOUNCEMENT = "approve-announcement"
    TRIAGE = "triage"  # the inbox: answer, link, dismiss what was not answered
    SEE_COVERAGE = "see-coverage"
    SEE_KNOWLEDGE = "see-knowledge"  # status, check, diff, export of the knowledge base
    CHANGE_KNOWLEDGE = "change-knowledge"  # reload, roll back, propose, approve what another proposed
    OVERRIDE_GATE = "override-gate"  # let a reload through that makes answers worse, with a reason
    READ_AUDIT = "read-audit"


_PARTICIPANT = frozenset({Permission.ASK})
_MODERATOR = _PARTICIPANT | {
    Permission.ANNOUNCE,
    Permission.TRIAGE,
    Permission.SEE_COVERAGE,
}
GRANTED: Mapping[Role, frozenset[Permission]] = {
    Role.PARTICIPANT: _PARTICIPANT,
    Role.REVIEWER: _PARTICIPANT | {Permission.REVIEW, Permission.SEE_COVERAGE},
    Role.MODERATOR: _MODERATOR,
    Role.APPROVER: _MODERATOR | {Permission.APPROVE_ANNOUNCEMENT},
    Role.ADMIN: frozenset(Permission),
    Role.OWNER: frozenset(Permission),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who wants something done.

    Args:
        id: Platform-qualified, as `discord:7`; `console` for whoever has the shell, who owns everything anyway.
        server: Platform-qualified; empty where there is none.
        reviews: Locales whose translations a reviewer may confirm.
    """

    id: str
    roles: frozenset[Role]
    server: str = ""
    reviews: frozenset[str] = frozenset()

    def may(self, permission: Permission) -> bool:
        return any(permission in GRANTED[role] for role in self.roles)


CONSOLE = Person(id="console", roles=frozenset({Role.PARTICIPANT, Role.OWNER}))


def permissions_page(
    commands: Mapping[str, Permission], controls: Mapping[str, Permission], endpoints: Mapping[str, Permission]
) -> str:
    """docs/permissions.md, whole."""
    who = [
        "# Permissions",
        "",
        "Made by `python -m bot permissions`; do not edit. A test walks every row with a simulated Discord. Who has",
        "which role is set with `BOT_MODERATOR_ROLES`, `BOT_APPROVER_ROLES`, `BOT_REVIEWER_ROLES`, `BOT_ADMIN_ROLES`,",
        "`BOT_OWNERS`; with nothing set, Manage Messages makes a moderator and approver, Manage Server an admin, and",
        "the owner of the server is an owner. In direct messages everybody but those in `BOT_OWNERS` is a participant.",
        "Whoever has the shell may do everything.",
        "",
        "| permission | " + " | ".join(Role) + " |",
        "|---|" + "---|" * len(Role),
    ]
    who += [
        f"| {permission} | " + " | ".join("yes" if permission in GRANTED[role] else "-" for role in Role) + " |"
        for permission in Permission
    ]
    tables = (
        ("Commands on Discord", "command", commands),
        ("Buttons, menus and forms on Discord", "control", controls),
        ("The web", "endpoint", endpoints),
    )
    for heading, column, rows in tables:
        who += ["", f"## {heading}", "", f"| {column} | permission |", "|---|---|"]
        who += [f"| `{name}` | {permission} |" for name, permission in rows.items()]
    return "\n".join(who) + "\n"
