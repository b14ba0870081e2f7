"""`/knowledge` and its sub-commands. Who may use them stands in `requirements`: Discord's menu only hides them."""

from collections.abc import Sequence

import discord
from discord import app_commands

from bot.adapters.discord.commands import Respond, Tree
from bot.adapters.discord.failures import report
from bot.adapters.discord.knowledge.desk import Deed, KnowledgeDesk
from bot.adapters.discord.knowledge.proposals import ProposalDesk
from bot.adapters.discord.offices import call_of
from bot.adapters.discord.pages import MAX_OPTIONS
from bot.adapters.discord.people import RoleIds
from bot.adapters.discord.translation import described
from bot.core import messages
from bot.core.answering import Answering
from bot.core.messages import Message
from bot.core.proposals import messages as proposals

_MAX_WHY = 500  # characters


def add_knowledge_commands(
    tree: Tree, desk: KnowledgeDesk, proposal_desk: ProposalDesk, answering: Answering, respond: Respond
) -> app_commands.Group:
    # Where roles make the admins, Discord must not hide the commands from those without the permission.
    permissions = None if desk.roles.admins or desk.roles.owners else discord.Permissions(manage_guild=True)
    group = app_commands.Group(
        name="knowledge",
        description=described(answering, messages.COMMAND_KNOWLEDGE),
        guild_only=True,
        default_permissions=permissions,
    )
    for name, message, deed in _looking(desk):
        _add_looking(group, desk, answering, respond, name, message, deed)
    _add_reload(group, desk, answering, respond)
    _add_rollback(group, desk, answering, respond)
    _add_export(group, desk, answering, respond)
    _add_propose(group, desk.roles, proposal_desk, answering, respond)
    _add_proposals(group, desk.roles, proposal_desk, answering, respond)
    _add_approve(group, desk.roles, proposal_desk, answering, respond)
    tree.add_command(group)
    return group


def _looking(desk: KnowledgeDesk) -> Sequence[tuple[str, Message, Deed]]:
    """Commands that change nothing."""
    return (
        ("status", messages.COMMAND_KNOWLEDGE_STATUS, desk.status),
        ("check", messages.COMMAND_KNOWLEDGE_CHECK, desk.check),
        ("diff", messages.COMMAND_KNOWLEDGE_DIFF, desk.diff),
    )


def _add_looking(
    group: app_commands.Group,
    desk: KnowledgeDesk,
    answering: Answering,
    respond: Respond,
    name: str,
    message: Message,
    deed: Deed,
) -> None:
    @group.command(name=name, description=described(answering, message))
    async def command(interaction: discord.Interaction) -> None:
        await respond(interaction, lambda _: desk.serve(interaction, deed))


def _add_reload(group: app_commands.Group, desk: KnowledgeDesk, answering: Answering, respond: Respond) -> None:
    @group.command(name="reload", description=described(answering, messages.COMMAND_KNOWLEDGE_RELOAD))
    @app_commands.describe(
        why=described(answering, messages.COMMAND_KNOWLEDGE_WHY),
        override=described(answering, messages.COMMAND_KNOWLEDGE_OVERRIDE),
    )
    async def reload(
        interaction: discord.Interaction,
        why: app_commands.Range[str, 1, _MAX_WHY] | None = None,
        override: app_commands.Range[str, 1, _MAX_WHY] | None = None,
    ) -> None:
        await respond(
            interaction,
            lambda _: desk.serve(interaction, lambda person: desk.reload(person, why or "", override or "")),
        )


def _add_rollback(group: app_commands.Group, desk: KnowledgeDesk, answering: Answering, respond: Respond) -> None:
    @group.command(name="rollback", description=described(answering, messages.COMMAND_KNOWLEDGE_ROLLBACK))
    @app_commands.describe(
        version=described(answering, messages.COMMAND_KNOWLEDGE_VERSION),
        why=described(answering, messages.COMMAND_KNOWLEDGE_WHY),
    )
    async def rollback(
        interaction: discord.Interaction,
        version: str | None = None,
        why: app_commands.Range[str, 1, _MAX_WHY] | None = None,
    ) -> None:
        await respond(
            interaction,
            lambda _: desk.serve(
                interaction,
                lambda person: desk.rollback(person, version, why or ""),
            ),
        )

    _complete_versions(rollback, desk)


def _add_export(group: app_commands.Group, desk: KnowledgeDesk, answering: Answering, respond: Respond) -> None:
    @group.command(name="export", description=described(answering, messages.COMMAND_KNOWLEDGE_EXPORT))
    @app_commands.describe(version=described(answering, messages.COMMAND_KNOWLEDGE_VERSION))
    async def export(interaction: discord.Interaction, version: str | None = None) -> None:
        await respond(
            interaction,
            lambda _: desk.serve(interaction, lambda person: desk.export(person, version)),
        )

    _complete_versions(export, desk)


def _add_propose(
    group: app_commands.Group, roles: RoleIds, desk: ProposalDesk, answering: Answering, respond: Respond
) -> None:
    @group.command(name="propose", description=described(answering, proposals.COMMAND_PROPOSE))
    @app_commands.describe(
        file=described(answering, proposals.COMMAND_FILE), why=described(answering, messages.COMMAND_KNOWLEDGE_WHY)
    )
    async def propose(
        interaction: discord.Interaction, file: discord.Attachment, why: app_commands.Range[str, 1, _MAX_WHY]
    ) -> None:
        await respond(interaction, lambda _: desk.propose(call_of(interaction, roles), file, why))


def _add_proposals(
    group: app_commands.Group, roles: RoleIds, desk: ProposalDesk, answering: Answering, respond: Respond
) -> None:
    @group.command(name="proposals", description=described(answering, proposals.COMMAND_PROPOSALS))
    @app_commands.describe(proposal=described(answering, proposals.COMMAND_WHICH))
    async def show(interaction: discord.Interaction, proposal: str | None = None) -> None:
        wanted = proposal.strip() if proposal else None
        await respond(interaction, lambda _: desk.show(call_of(interaction, roles), wanted))

    _complete_proposals(show, desk)


def _add_approve(
    group: app_commands.Group, roles: RoleIds, desk: ProposalDesk, answering: Answering, respond: Respond
) -> None:
    @group.command(name="approve", description=described(answering, proposals.COMMAND_APPROVE))
    @app_commands.describe(
        proposal=described(answering, proposals.COMMAND_WHICH),
        override=described(answering, messages.COMMAND_KNOWLEDGE_OVERRIDE),
    )
    async def approve(
        interaction: discord.Interaction, proposal: str, override: app_commands.Range[str, 1, _MAX_WHY] | None = None
    ) -> None:
        reason = (override or "").strip()
        await respond(interaction, lambda _: desk.approve(call_of(interaction, roles), proposal.strip(), reason))

    _complete_proposals(approve, desk)


def _complete_proposals(command: "app_commands.Command[app_commands.Group, ..., None]", desk: ProposalDesk) -> None:
    @command.autocomplete("proposal")
    async def suggest(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        try:
            found = await desk.ids()
        except Exception as error:  # noqa: BLE001 - a failing suggestion must not keep anybody from the command
            report(error, "autocomplete")
            return []
        named = [(one.id, f"{one.id} · {one.place}") for one in found]
        wanted = [(key, name) for key, name in named if typed.strip() in name]
        return [app_commands.Choice(name=name, value=key) for key, name in wanted[:MAX_OPTIONS]]


def _complete_versions(command: "app_commands.Command[app_commands.Group, ..., None]", desk: KnowledgeDesk) -> None:
    @command.autocomplete("version")
    async def suggest(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        try:
            found = await desk.version_ids(typed)
        except Exception as error:  # noqa: BLE001 - a failing suggestion must not keep anybody from the command
            report(error, "autocomplete")
            return []
        return [app_commands.Choice(name=one, value=one) for one in found[:MAX_OPTIONS]]
