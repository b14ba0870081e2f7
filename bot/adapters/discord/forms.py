"""Forms (Discord calls them modals) as plain values, and as discord.py's objects. They are answered also by a bot that
was restarted meanwhile: what comes back is read from the interaction itself, and no form waits in memory.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import discord

from bot.adapters.discord.custom_ids import ControlId
from bot.adapters.discord.pages import Page
from bot.core.text import truncate

_MAX_TITLE = 45
_MAX_LABEL = 45
_MAX_PLACEHOLDER = 100
_FORGET_AFTER = 1.0  # seconds: discord.py keeps forms to answer them itself, which we do not want
MAX_FIELDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One text input. `most` is in characters, at most 4,000."""

    key: str
    label: str
    value: str = ""
    hint: str = ""
    required: bool = True
    long: bool = False
    most: int = 200


@dataclass(frozen=True, slots=True)
class Form:
    """A form of at most five fields; `control` tells what to do with what is typed."""

    title: str
    control: ControlId
    fields: tuple[Field, ...]


def make_modal(form: Form) -> discord.ui.Modal:
    modal = discord.ui.Modal(title=truncate(form.title, _MAX_TITLE), custom_id=str(form.control), timeout=_FORGET_AFTER)
    for field in form.fields[:MAX_FIELDS]:
        entry: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
            custom_id=field.key,
            style=discord.TextStyle.paragraph if field.long else discord.TextStyle.short,
            default=truncate(field.value, field.most) or None,
            placeholder=truncate(field.hint, _MAX_PLACEHOLDER) or None,
            required=field.required,
            max_length=field.most,
        )
        modal.add_item(discord.ui.Label(text=truncate(field.label, _MAX_LABEL), component=entry))
    return modal


def typed_values(data: dict[str, Any]) -> dict[str, str]:
    """What was typed, by field in the order of the form. Whatever a client sends, this fails on nothing."""
    found: dict[str, str] = {}
    waiting = list(data.get("components") or ())
    while waiting:
        each = waiting.pop(0)
        if not isinstance(each, dict):
            continue
        if isinstance(each.get("value"), str):
            found[str(each.get("custom_id"))] = each["value"]
        inner = [*(each.get("components") or ()), *([each["component"]] if "component" in each else [])]
        waiting = [*inner, *waiting]
    return found


async def only_pages(work: "Awaitable[Page | Form]") -> Page:
    """Of what may be acknowledged before it is answered: a form must be the first answer to an interaction."""
    shown = await work
    if isinstance(shown, Form):
        raise TypeError("a form was opened by a control that may be acknowledged before")
    return shown
