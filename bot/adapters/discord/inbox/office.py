"""The inbox as the client serves it."""

from collections.abc import Awaitable, Callable

import discord

from bot.adapters.discord.announcements.counter import Shown
from bot.adapters.discord.commands import Respond, Tree
from bot.adapters.discord.forms import only_pages
from bot.adapters.discord.inbox.commands import add_inbox_commands
from bot.adapters.discord.inbox.controls import INBOX_FORMS, INBOX_HANDLERS, INBOX_OPENERS, InboxHandler, InboxTouch
from bot.adapters.discord.inbox.desk import Caller, InboxDesk, caller_of
from bot.adapters.discord.offices import Call, Office
from bot.adapters.discord.pages import Page
from bot.adapters.discord.people import RoleIds
from bot.core.answering import Answering
from bot.core.inbox.inboxing import Inbox


def inbox_office(answering: Answering, inbox: Inbox, channel: int | None, roles: RoleIds) -> Office:
    """Args: `channel` is the id of the channel with the cards; None where there is none."""
    desk = InboxDesk(inbox, answering, channel)

    def add_commands(tree: Tree, respond: Respond) -> None:
        async def serve(
            interaction: discord.Interaction, work: Callable[[InboxDesk, Caller], Awaitable[Shown]]
        ) -> None:
            await respond(interaction, lambda _: only_pages(work(desk, caller_of(interaction, roles))))

        add_inbox_commands(tree, desk, answering, roles, serve)

    def touching(handler: InboxHandler) -> Callable[[Call], Awaitable[Shown]]:
        return lambda call: handler(desk, _touch_of(call))

    def showing(handler: InboxHandler) -> Callable[[Call], Awaitable[Page]]:
        return lambda call: only_pages(handler(desk, _touch_of(call)))

    return Office(
        add_commands=add_commands,
        handlers={action: showing(handler) for action, handler in INBOX_HANDLERS.items()},
        openers={action: touching(handler) for action, handler in INBOX_OPENERS.items()},
        forms={action: showing(handler) for action, handler in INBOX_FORMS.items()},
    )


def _touch_of(call: Call) -> InboxTouch:
    assert call.control is not None, "only controls are touched"  # noqa: S101 - tells mypy what the client proved
    caller = Caller(call.reader, call.person, call.interaction.guild)
    return InboxTouch(caller=caller, control=call.control, values=call.values, typed=call.typed)
