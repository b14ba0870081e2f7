"""`/audit export`: the record of what admins and moderators did in this server, as a file."""

import discord
from discord import app_commands

from bot.adapters.discord.commands import Respond, Tree
from bot.adapters.discord.offices import Call, Office, Voice, add_plain_command
from bot.adapters.discord.pages import Attachment, Page, page, pieces
from bot.adapters.discord.people import RoleIds
from bot.adapters.discord.translation import described
from bot.core import messages
from bot.core.answering import Answering
from bot.core.audit import AUDIT_EXPORTED, AuditArchive, AuditRecord, exported_line
from bot.core.permissions import Permission
from bot.core.ports import Clock

_FILE = "audit.jsonl"
_MOST = 8_000_000  # bytes; Discord takes files of up to 10 MB


def audit_office(answering: Answering, log: AuditArchive, clock: Clock, roles: RoleIds) -> Office:
    async def export(call: Call) -> Page:
        voice = await Voice.to(answering, call)
        if not call.person.may(Permission.READ_AUDIT):
            return page(voice.say(messages.NOT_PERMITTED))
        server = call.person.server
        await log.append(
            AuditRecord(at=clock.now(), who=call.person.id, deed=AUDIT_EXPORTED, subject=_FILE, server=server)
        )
        lines = [exported_line(line) for line in await log.lines(server=server)]
        return Page(
            texts=pieces(voice.say(messages.AUDIT_FILE)), ephemeral=True, attachment=Attachment(_FILE, _newest(lines))
        )

    def add_commands(tree: Tree, respond: Respond) -> None:
        # Where roles make the admins, Discord must not hide the command from those without the permission.
        permissions = None if roles.admins else discord.Permissions(manage_guild=True)
        group = app_commands.Group(
            name="audit",
            description=described(answering, messages.COMMAND_AUDIT),
            guild_only=True,
            default_permissions=permissions,
        )
        add_plain_command(group, "export", described(answering, messages.COMMAND_AUDIT_EXPORT), export, roles, respond)
        tree.add_command(group)

    return Office(add_commands=add_commands)


def _newest(lines: list[str]) -> str:
    """As many as fit; the console exports all."""
    size, kept = 0, len(lines)
    while kept and size + len(lines[kept - 1].encode()) + 1 <= _MOST:
        kept -= 1
        size += len(lines[kept].encode()) + 1
    return "".join(f"{line}\n" for line in lines[kept:])
