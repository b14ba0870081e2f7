"""`/privacy`: what is kept about me, as a file if I like, and gone if I like."""

import json
from collections.abc import Mapping, Sequence

from discord import app_commands

from bot.adapters.discord.commands import Respond, Tree
from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.markup import plain
from bot.adapters.discord.offices import Call, Office, Voice, add_plain_command
from bot.adapters.discord.pages import Attachment, Button, Page, button, page, pieces
from bot.adapters.discord.people import RoleIds
from bot.adapters.discord.readers import channel_key
from bot.adapters.discord.translation import described
from bot.core import messages
from bot.core.answering import Answering
from bot.core.personal import KIND_NAMES, Identity, Kind, PersonalData, Row

_FILE = "privacy.json"


def privacy_office(answering: Answering, data: PersonalData, roles: RoleIds, *, retention_days: int) -> Office:
    """Args: `retention_days` is how long texts of unanswered questions are kept."""
    desk = _PrivacyDesk(answering, data, retention_days)

    def add_commands(tree: Tree, respond: Respond) -> None:
        group = app_commands.Group(name="privacy", description=described(answering, messages.COMMAND_PRIVACY))
        for name, message, work in (
            ("show", messages.COMMAND_PRIVACY_SHOW, desk.show),
            ("export", messages.COMMAND_PRIVACY_EXPORT, desk.export),
            ("erase", messages.COMMAND_PRIVACY_ERASE, desk.ask_to_erase),
        ):
            add_plain_command(group, name, described(answering, message), work, roles, respond)
        tree.add_command(group)

    return Office(add_commands=add_commands, handlers={Action.PRIVACY_ERASE: desk.erase})


class _PrivacyDesk:
    """Every page is for the one person only, whose own data it is about: nobody can ask for another's."""

    def __init__(self, answering: Answering, data: PersonalData, retention_days: int) -> None:
        self._answering = answering
        self._data = data
        self._retention_days = retention_days

    async def show(self, call: Call) -> Page:
        voice = await Voice.to(self._answering, call)
        kept = await self._data.about(await _identity(call))
        note = voice.say_count(messages.PRIVACY_QUESTIONS, self._retention_days)
        return page(f"{_kept_lines(kept, voice)}\n\n{plain(note)}", (_erase_button(voice),) if kept else ())

    async def export(self, call: Call) -> Page:
        voice = await Voice.to(self._answering, call)
        kept = await self._data.about(await _identity(call))
        text = json.dumps({kind.value: list(rows) for kind, rows in kept.items()}, ensure_ascii=False, indent=2)
        return Page(
            texts=pieces(voice.say(messages.PRIVACY_FILE)), ephemeral=True, attachment=Attachment(_FILE, f"{text}\n")
        )

    async def ask_to_erase(self, call: Call) -> Page:
        voice = await Voice.to(self._answering, call)
        return page(plain(voice.say(messages.PRIVACY_CONFIRM)), (_erase_button(voice),))

    async def erase(self, call: Call) -> Page:
        voice = await Voice.to(self._answering, call)
        await self._data.erase(await _identity(call))
        return page(voice.say(messages.PRIVACY_ERASED), in_place=True)


async def _identity(call: Call) -> Identity:
    """With the channel of direct messages: whoever has an id has one, whether or not they ever wrote."""
    user = call.interaction.user
    channel = user.dm_channel or await user.create_dm()
    return Identity(call.reader.asker, channel_key(channel.id))


def _erase_button(voice: Voice) -> Button:
    return button(voice.say(messages.PRIVACY_ERASE), ControlId(Action.PRIVACY_ERASE, voice.locale))


def _kept_lines(kept: Mapping[Kind, Sequence[Row]], voice: Voice) -> str:
    if not kept:
        return voice.say(messages.PRIVACY_NOTHING)
    lines = [
        voice.say(messages.PRIVACY_KIND, kind=voice.say(KIND_NAMES[kind]), count=str(len(rows)))
        for kind, rows in kept.items()
    ]
    return plain("\n".join([voice.say(messages.PRIVACY_KEPT), *lines]))
