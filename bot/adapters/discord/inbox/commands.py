"""`/inbox`. Who may use it stands in `requirements`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import discord
from discord import app_commands

from bot.adapters.discord.announcements.counter import Seen, Shown
from bot.adapters.discord.commands import Tree
from bot.adapters.discord.failures import report
from bot.adapters.discord.inbox.desk import Caller, InboxDesk, caller_of
from bot.adapters.discord.pages import MAX_OPTION, MAX_OPTIONS
from bot.adapters.discord.people import RoleIds
from bot.adapters.discord.translation import described
from bot.core.answering import Answering
from bot.core.inbox import messages
from bot.core.models import Option
from bot.core.text import truncate

InboxWork = Callable[[InboxDesk, Caller], Awaitable[Shown]]
_Suggest = Callable[[Caller, str], Awaitable[Sequence[Option]]]


class ServeInbox(Protocol):
    """Answers an interaction with what the desk gives, whatever happens meanwhile."""

    async def __call__(self, interaction: discord.Interaction, work: InboxWork) -> None: ...


def add_inbox_commands(tree: Tree, desk: InboxDesk, answering: Answering, roles: RoleIds, serve: ServeInbox) -> None:
    # Where roles make the moderators, Discord must not hide the commands from those without the permission.
    named = roles.moderators or roles.approvers or roles.admins
    group = app_commands.Group(
        name="inbox",
        description=described(answering, messages.COMMAND_INBOX),
        guild_only=True,
        default_permissions=None if named else discord.Permissions(manage_messages=True),
    )

    @group.command(name="list", description=described(answering, messages.COMMAND_LIST))
    async def list_(interaction: discord.Interaction) -> None:
        await serve(interaction, lambda at, caller: at.list(caller))

    @group.command(name="phrasings", description=described(answering, messages.COMMAND_PHRASINGS))
    async def phrasings(interaction: discord.Interaction) -> None:
        await serve(interaction, lambda at, caller: at.phrasings(caller))

    _add_on_one(group, desk, answering, roles, serve)
    tree.add_command(group)


def _add_on_one(
    group: app_commands.Group, desk: InboxDesk, answering: Answering, roles: RoleIds, serve: ServeInbox
) -> None:
    @group.command(name="show", description=described(answering, messages.COMMAND_SHOW))
    @app_commands.describe(question=described(answering, messages.COMMAND_WHICH))
    async def show(interaction: discord.Interaction, question: str) -> None:
        await serve(interaction, lambda at, caller: at.details(caller, question.strip()))

    @group.command(name="link", description=described(answering, messages.COMMAND_LINK))
    @app_commands.describe(
        question=described(answering, messages.COMMAND_WHICH), entry=described(answering, messages.COMMAND_ENTRY)
    )
    async def link(interaction: discord.Interaction, question: str, entry: str) -> None:
        await serve(
            interaction,
            lambda at, caller: at.link_to(caller, Seen(question.strip(), 0), entry.strip(), whatever=True),
        )

    @show.autocomplete("question")
    async def which_to_show(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await _choices(interaction, typed, roles, desk.suggest_groups)

    @link.autocomplete("question")
    async def which_to_link(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await _choices(interaction, typed, roles, desk.suggest_groups)

    @link.autocomplete("entry")
    async def which_entry(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await _choices(interaction, typed, roles, desk.suggest_entries)


async def _choices(
    interaction: discord.Interaction, typed: str, roles: RoleIds, suggest: _Suggest
) -> list[app_commands.Choice[str]]:
    try:
        found = await suggest(caller_of(interaction, roles), typed)
    except Exception as error:  # noqa: BLE001 - a failing suggestion must not keep anybody from the command
        report(error, "autocomplete")
        return []
    return [app_commands.Choice(name=truncate(one.label, MAX_OPTION), value=one.key) for one in found[:MAX_OPTIONS]]
