"""`/announce` and the context menus on announcements. Who may use them is checked again by the desks."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Protocol

import discord
from discord import app_commands

from bot.adapters.discord.announcements.counter import Seen, Shown
from bot.adapters.discord.announcements.desks import Desks
from bot.adapters.discord.announcements.visitors import Visitor, visitor_of
from bot.adapters.discord.commands import Tree
from bot.adapters.discord.custom_ids import Action
from bot.adapters.discord.failures import report
from bot.adapters.discord.pages import MAX_OPTION, MAX_OPTIONS
from bot.adapters.discord.people import RoleIds
from bot.adapters.discord.translation import described
from bot.adapters.discord.views import controls_of
from bot.core.announcements import messages
from bot.core.announcements.templates import FREE_TEXT, TEMPLATES
from bot.core.announcements.typed import MAX_FILE
from bot.core.answering import Answering
from bot.core.locales import LANGUAGES
from bot.core.messages import Message
from bot.core.models import Option
from bot.core.text import truncate

DeskWork = Callable[[Desks, Visitor], Awaitable[Shown]]


class Serve(Protocol):
    """Answers an interaction with what a desk gives, whatever happens meanwhile."""

    async def __call__(self, interaction: discord.Interaction, work: DeskWork, *, opens_form: bool = False) -> None:
        """`opens_form`: it may be a form, so the interaction must not be acknowledged before."""
        ...


def add_announcement_commands(tree: Tree, desks: Desks, answering: Answering, roles: RoleIds, serve: Serve) -> None:
    # Where roles make the moderators, Discord must not hide the commands from those without the permission.
    permissions = None if roles.moderators or roles.approvers else discord.Permissions(manage_messages=True)
    group = app_commands.Group(
        name="announce",
        description=described(answering, messages.COMMAND_ANNOUNCE),
        guild_only=True,
        default_permissions=permissions,
    )
    _add_new(group, answering, serve)
    _add_list(group, answering, serve)
    for name, message, work in _on_one():
        _add_on_one(group, answering, serve, _Suggest(desks, roles), name, message, work)
    _add_history(group, answering, serve, _Suggest(desks, roles))
    tree.add_command(group)
    _add_context_menus(tree, permissions, serve)


def _add_new(group: app_commands.Group, answering: Answering, serve: Serve) -> None:
    @group.command(name="new", description=described(answering, messages.COMMAND_NEW))
    @app_commands.describe(
        template=described(answering, messages.COMMAND_NEW_TEMPLATE),
        texts=described(answering, messages.COMMAND_NEW_FILE),
        language=described(answering, messages.COMMAND_NEW_LANGUAGE),
        zone=described(answering, messages.COMMAND_NEW_ZONE),
    )
    @app_commands.choices(template=_templates(answering), language=_languages())
    async def new(
        interaction: discord.Interaction,
        template: str = FREE_TEXT,
        texts: discord.Attachment | None = None,
        language: str | None = None,
        zone: str = "",
    ) -> None:
        if texts is None:
            await serve(
                interaction,
                lambda desks, visitor: desks.composing.compose(visitor, template, zone, language),
                opens_form=True,
            )
            return

        async def work(desks: Desks, visitor: Visitor) -> Shown:
            data = await texts.read() if texts.size <= MAX_FILE else b""
            return await desks.composing.compose_file(visitor, texts.filename, data, zone)

        await serve(interaction, work)


def _add_list(group: app_commands.Group, answering: Answering, serve: Serve) -> None:
    @group.command(name="list", description=described(answering, messages.COMMAND_LIST))
    async def list_(interaction: discord.Interaction) -> None:
        await serve(interaction, lambda desks, visitor: desks.moderating.list(visitor))


_OnOne = Callable[[Desks, Visitor, str], Awaitable[Shown]]


def _on_one() -> Sequence[tuple[str, Message, _OnOne]]:
    """Commands on one announcement."""
    return (
        ("show", messages.COMMAND_SHOW, lambda desks, visitor, one: desks.moderating.draft(visitor, one)),
        ("edit", messages.COMMAND_EDIT, lambda desks, visitor, one: desks.composing.edit_form(visitor, Seen(one, 0))),
        (
            "retract",
            messages.COMMAND_RETRACT,
            lambda desks, visitor, one: desks.moderating.retract(visitor, Seen(one, 0), sure=False),
        ),
        ("retry", messages.COMMAND_RETRY, lambda desks, visitor, one: desks.moderating.retry(visitor, one)),
    )


_Complete = Callable[[discord.Interaction, str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]


class _Suggest:
    """Autocomplete of announcements; never fails."""

    def __init__(self, desks: Desks, roles: RoleIds) -> None:
        self._desks = desks
        self._roles = roles

    async def __call__(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        try:
            found = await self._desks.moderating.suggestions(visitor_of(interaction, self._roles), typed)
        except Exception as error:  # noqa: BLE001 - a failing suggestion must not keep anybody from the command
            report(error, "autocomplete")
            return []
        return [_choice(option) for option in found[:MAX_OPTIONS]]


def _add_on_one(
    group: app_commands.Group,
    answering: Answering,
    serve: Serve,
    suggest: _Suggest,
    name: str,
    message: Message,
    work: _OnOne,
) -> None:
    @group.command(name=name, description=described(answering, message))
    @app_commands.describe(announcement=described(answering, messages.COMMAND_WHICH))
    async def command(interaction: discord.Interaction, announcement: str) -> None:
        await serve(
            interaction, lambda desks, visitor: work(desks, visitor, announcement.strip()), opens_form=name == "edit"
        )

    command.autocomplete("announcement")(_plain(suggest))


def _add_history(group: app_commands.Group, answering: Answering, serve: Serve, suggest: _Suggest) -> None:
    @group.command(name="history", description=described(answering, messages.COMMAND_HISTORY))
    @app_commands.describe(announcement=described(answering, messages.COMMAND_WHICH))
    async def history(interaction: discord.Interaction, announcement: str | None = None) -> None:
        await serve(interaction, lambda desks, visitor: desks.moderating.history(visitor, announcement))

    history.autocomplete("announcement")(_plain(suggest))


def _plain(suggest: _Suggest) -> _Complete:
    """discord.py takes only functions for autocomplete."""

    async def complete(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await suggest(interaction, typed)

    return complete


def _add_context_menus(tree: Tree, permissions: discord.Permissions | None, serve: Serve) -> None:
    for name, work, opens_form in (
        ("Edit announcement", lambda desks, visitor, one: desks.composing.edit_form(visitor, Seen(one, 0)), True),
        (
            "Withdraw announcement",
            lambda desks, visitor, one: desks.moderating.retract(visitor, Seen(one, 0), sure=False),
            False,
        ),
        ("Who was reached", lambda desks, visitor, one: desks.moderating.draft(visitor, one), False),
    ):
        _add_context_menu(tree, permissions, serve, name, work, opens_form=opens_form)


def _add_context_menu(
    tree: Tree, permissions: discord.Permissions | None, serve: Serve, name: str, work: _OnOne, *, opens_form: bool
) -> None:
    async def use(interaction: discord.Interaction, message: discord.Message) -> None:
        announcement = announcement_in(message)

        async def serve_it(desks: Desks, visitor: Visitor) -> Shown:
            if announcement is None:
                return await desks.moderating.not_an_announcement(visitor)
            return await work(desks, visitor, announcement)

        await serve(interaction, serve_it, opens_form=opens_form)

    menu = app_commands.ContextMenu(name=name, callback=use)
    menu.guild_only = True
    menu.default_permissions = permissions
    tree.add_command(menu)


def announcement_in(message: discord.Message) -> str | None:
    """The id of the announcement that a message is a copy of; None for other messages."""
    copies = (control.argument for control in controls_of(message) if control.action is Action.NOTICE)
    return next((copy.rpartition("-")[0] for copy in copies), None)


def _templates(answering: Answering) -> list[app_commands.Choice[str]]:
    named = [(template.id, template.title) for template in TEMPLATES.values()]
    return [
        app_commands.Choice(name=described(answering, message), value=key)
        for key, message in [(FREE_TEXT, messages.OWN_WORDS), *named]
    ]


def _languages() -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=language.autonym, value=tag) for tag, language in LANGUAGES.items()]


def _choice(option: Option) -> app_commands.Choice[str]:
    return app_commands.Choice(name=truncate(option.label, MAX_OPTION), value=option.key)
