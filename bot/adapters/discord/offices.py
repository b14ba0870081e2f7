"""What the client serves beside questions and announcements: each office brings its commands and its controls."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import discord
from discord import app_commands

from bot.adapters.discord.commands import Respond, Tree
from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.forms import Form
from bot.adapters.discord.pages import Page
from bot.adapters.discord.people import RoleIds, person_of
from bot.adapters.discord.readers import Reader, reader_of_interaction
from bot.core.announcements.lifecycle import Refusal
from bot.core.answering import Answering
from bot.core.facts import Moment
from bot.core.formatting import format_fact
from bot.core.messages import Message, PluralMessage
from bot.core.permissions import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Somebody uses a command, a control or a form. `values` were taken from a menu, `typed` stands in a form."""

    interaction: discord.Interaction
    reader: Reader
    person: Person
    control: ControlId | None = None
    values: Sequence[str] = ()
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def argument(self) -> str:
        return self.control.argument if self.control else ""


def call_of(interaction: discord.Interaction, roles: RoleIds) -> Call:
    """The call of a command."""
    return Call(
        interaction=interaction, reader=reader_of_interaction(interaction), person=person_of(interaction, roles)
    )


def add_plain_command(
    group: app_commands.Group,
    name: str,
    description: app_commands.locale_str,
    work: Callable[[Call], Awaitable[Page]],
    roles: RoleIds,
    respond: Respond,
) -> None:
    """A command without options."""

    @group.command(name=name, description=description)
    async def command(interaction: discord.Interaction) -> None:
        await respond(interaction, lambda _: work(call_of(interaction, roles)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Args:
    add_commands: Adds its commands, which answer through `Respond`.
    handlers: By the action of a button or menu.
    openers: The same, for what opens a form: that must be the first answer to an interaction.
    forms: What a form that comes back does.
    """

    add_commands: Callable[[Tree, Respond], None]
    handlers: Mapping[Action, Callable[[Call], Awaitable[Page]]] = field(default_factory=dict)
    openers: Mapping[Action, Callable[[Call], Awaitable[Page | Form]]] = field(default_factory=dict)
    forms: Mapping[Action, Callable[[Call], Awaitable[Page]]] = field(default_factory=dict)


class Voice:
    """Speaks to one reader, in one language."""

    def __init__(self, answering: Answering, locale: str) -> None:
        self._answering = answering
        self.locale = answering.spoken(locale)

    @classmethod
    async def to(cls, answering: Answering, call: Call) -> "Voice":
        """In the language of the control that was used, else in that of the reader."""
        if call.control:
            return cls(answering, call.control.locale)
        reader = call.reader
        decision = await answering.reader_locale(reader.asker, client=reader.client, server=reader.server)
        return cls(answering, decision.locale)

    def say(self, message: Message, **values: str) -> str:
        return self._answering.say(self.locale, message, **values)

    def say_count(self, message: PluralMessage, count: int, **values: str) -> str:
        return self._answering.say_count(self.locale, message, count, **values)

    def refusal(self, refusal: Refusal) -> str:
        values = {
            name: self.say(value, time="") if isinstance(value, Message) else value
            for name, value in refusal.values.items()
        }
        return self.say(refusal.message, **values)

    def moment(self, at: datetime, zone: str) -> str:
        """A date and time as the locale writes it, on the clock of `zone`."""
        return format_fact(Moment.seen_from(zone, at), self.locale, {})
