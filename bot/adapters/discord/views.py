"""Pages' controls as discord.py's views, and the one dynamic item through which every control comes back."""

import io
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, Self

import discord

from bot.adapters.discord.custom_ids import ControlId
from bot.adapters.discord.pages import MAX_OPTIONS, Attachment, Button, ChannelMenu, Menu, RoleMenu, Row
from bot.core.models import Option

OnUse = Callable[[discord.Interaction], Awaitable[None]]


def make_view(rows: Iterable[Row]) -> discord.ui.View:
    """A view to send. It is stopped: discord.py then keeps nothing of it, and the control classes answer for all."""
    view = discord.ui.View(timeout=None)
    for number, row in enumerate(rows):
        for item in _items(row):
            item.row = number
            view.add_item(item)
    view.stop()
    return view


def make_file(attachment: Attachment) -> discord.File:
    """A new one for each attempt: sending reads a file to its end."""
    raw = attachment.text.encode() if attachment.data is None else attachment.data
    return discord.File(io.BytesIO(raw), filename=attachment.name)


def controls_of(message: discord.Message) -> Iterator[ControlId]:
    """What the buttons and menus below a message carry, in order; those of other bots are left out."""
    for row in message.components:
        for item in getattr(row, "children", ()):
            if control := ControlId.parse(getattr(item, "custom_id", None) or ""):
                yield control


def control_class(on_use: OnUse) -> type[discord.ui.DynamicItem[Any]]:
    """A dynamic item that takes every custom id, also those of other versions: they deserve an answer too."""

    class Control(discord.ui.DynamicItem[discord.ui.Item[Any]], template=re.compile(r".*", re.DOTALL)):
        @classmethod
        async def from_custom_id(
            cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
        ) -> Self:
            return cls(item)

        async def callback(self, interaction: discord.Interaction[Any]) -> None:
            await on_use(interaction)

    return Control


def _items(row: Row) -> list[discord.ui.Item[discord.ui.View]]:
    match row:
        case Menu():
            return [_select(row)]
        case ChannelMenu():
            return [_channel_select(row)]
        case RoleMenu():
            return [_role_select(row)]
        case _:
            return [_button(each) for each in row]


def _channel_select(menu: ChannelMenu) -> discord.ui.Item[discord.ui.View]:
    return discord.ui.ChannelSelect(
        custom_id=str(menu.control),
        placeholder=menu.placeholder,
        channel_types=[discord.ChannelType.text, discord.ChannelType.news],
        min_values=0,
        max_values=MAX_OPTIONS,
        default_values=[
            discord.SelectDefaultValue(id=each, type=discord.SelectDefaultValueType.channel) for each in menu.chosen
        ],
    )


def _role_select(menu: RoleMenu) -> discord.ui.Item[discord.ui.View]:
    return discord.ui.RoleSelect(
        custom_id=str(menu.control),
        placeholder=menu.placeholder,
        min_values=0,
        max_values=1,
        default_values=[
            discord.SelectDefaultValue(id=each, type=discord.SelectDefaultValueType.role) for each in menu.chosen
        ],
    )


def _button(button: Button) -> discord.ui.Item[discord.ui.View]:
    style = discord.ButtonStyle.primary if button.chosen else discord.ButtonStyle.secondary
    return discord.ui.Button(label=button.label, custom_id=str(button.control), style=style)


def _select(menu: Menu) -> discord.ui.Item[discord.ui.View]:
    return discord.ui.Select(
        custom_id=str(menu.control),
        placeholder=menu.placeholder,
        options=[_select_option(each) for each in menu.options],
    )


def _select_option(option: Option) -> discord.SelectOption:
    return discord.SelectOption(label=option.label, value=option.key)
