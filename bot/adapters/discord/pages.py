"""What a reply looks like on Discord before it is Discord's: texts and controls as plain values."""

from dataclasses import dataclass
from typing import Protocol

from bot.adapters.discord.custom_ids import ControlId
from bot.core.messages import Message
from bot.core.models import Option
from bot.core.text import split_message, truncate

MAX_CONTENT = 2_000  # UTF-16 code units in one message
MAX_LABEL = 80
MAX_OPTION = 100
MAX_PLACEHOLDER = 150
MAX_OPTIONS = 25
MAX_IN_ROW = 5
MAX_ROWS = 5


class Say(Protocol):
    """Interface texts in one language."""

    def __call__(self, message: Message, **values: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Button:
    """A button; `chosen` marks where the reader is."""

    label: str
    control: ControlId
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu of at most 25 options, of which the reader takes one."""

    placeholder: str
    control: ControlId
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class ChannelMenu:
    """A menu of the server's text channels, of which any number up to 25 may be taken. `chosen` are ids."""

    placeholder: str
    control: ControlId
    chosen: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RoleMenu:
    """A menu of the server's roles, of which none or one may be taken."""

    placeholder: str
    control: ControlId
    chosen: tuple[int, ...] = ()


Row = tuple[Button, ...] | Menu | ChannelMenu | RoleMenu


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file beside the message: `text`, or `data` where it is no text."""

    name: str
    text: str = ""
    data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One reply.

    Args:
        texts: Messages in order, each at most 2,000 UTF-16 units; controls belong to the last one.
        ephemeral: Only the person who asked may see it; ignored where a message cannot be ephemeral.
        in_place: Replaces the message whose control was used, as turning a page does.
    """

    texts: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    ephemeral: bool = False
    in_place: bool = False
    attachment: Attachment | None = None


def page(text: str, *rows: Row, ephemeral: bool = True, in_place: bool = False) -> Page:
    return Page(texts=pieces(text), rows=usable(rows), ephemeral=ephemeral, in_place=in_place)


def pieces(text: str) -> tuple[str, ...]:
    return tuple(split_message(text, MAX_CONTENT))


def button(label: str, control: ControlId, *, chosen: bool = False) -> Button:
    return Button(truncate(label, MAX_LABEL), control, chosen)


def menu(placeholder: str, control: ControlId, options: tuple[Option, ...]) -> Menu:
    """Options whose key is longer than Discord carries are left out; the loader keeps keys short."""
    shown = [
        Option(option.key, truncate(option.label, MAX_OPTION)) for option in options if len(option.key) <= MAX_OPTION
    ]
    return Menu(truncate(placeholder, MAX_PLACEHOLDER), control, tuple(shown[:MAX_OPTIONS]))


def button_rows(buttons: tuple[Button, ...]) -> tuple[Row, ...]:
    return tuple(buttons[start : start + MAX_IN_ROW] for start in range(0, len(buttons), MAX_IN_ROW))


def usable(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Without empty menus and rows, which Discord refuses together with the whole message."""
    kept = (_usable_row(row) for row in rows)
    return tuple(row for row in kept if row is not None)[:MAX_ROWS]


def _usable_row(row: Row) -> Row | None:
    if isinstance(row, Menu):
        return row if row.options and row.control.fits else None
    if isinstance(row, ChannelMenu | RoleMenu):
        return row if row.control.fits else None
    return tuple(button for button in row if button.control.fits) or None
