"""`/review`: a translation beside its English, with one button to confirm it."""

from dataclasses import dataclass, replace
from typing import Self

import discord
from discord import app_commands

from bot.adapters.discord.commands import Respond, Tree
from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.forms import Field, Form
from bot.adapters.discord.markup import plain
from bot.adapters.discord.offices import Call, Office, Voice, call_of
from bot.adapters.discord.pages import Page, button, page
from bot.adapters.discord.people import RoleIds
from bot.adapters.discord.translation import described
from bot.core import messages
from bot.core.answering import Answering
from bot.core.locales import LANGUAGES, SOURCE_LOCALE
from bot.core.reviewing import MAX_NOTE, Outdated, Reviewing, Translated, may_review
from bot.core.text import one_line

_NOTE = "note"


@dataclass(frozen=True, slots=True)
class _Seen:
    """The text that a reviewer had before them, as a control carries it: `locale|version|name`."""

    locale: str
    version: str
    name: str

    def __str__(self) -> str:
        return f"{self.locale}|{self.version}|{self.name}"

    @classmethod
    def parse(cls, argument: str) -> Self:
        parts = [*argument.split("|", 2), "", ""]
        return cls(parts[0], parts[1], parts[2])


def review_office(answering: Answering, reviewing: Reviewing, roles: RoleIds) -> Office:
    desk = _ReviewDesk(answering, reviewing)

    def add_commands(tree: Tree, respond: Respond) -> None:
        @tree.command(name="review", description=described(answering, messages.COMMAND_REVIEW))
        @app_commands.describe(language=described(answering, messages.COMMAND_REVIEW_LANGUAGE))
        @app_commands.choices(
            language=[
                app_commands.Choice(name=language.autonym, value=tag)
                for tag, language in LANGUAGES.items()
                if tag != SOURCE_LOCALE
            ]
        )
        @app_commands.guild_only()
        async def review(interaction: discord.Interaction, language: str) -> None:
            await respond(interaction, lambda _: desk.begin(call_of(interaction, roles), language))

    return Office(
        add_commands=add_commands,
        handlers={Action.REVIEW_CONFIRM: desk.confirm, Action.REVIEW_SKIP: desk.skip},
        openers={Action.REVIEW_PROBLEM: desk.problem_form},
        forms={Action.REVIEW_PROBLEM: desk.problem},
    )


class _ReviewDesk:
    """Checks at every step whether the person reviews this language: a control is input, never trusted."""

    def __init__(self, answering: Answering, reviewing: Reviewing) -> None:
        self._answering = answering
        self._reviewing = reviewing

    async def begin(self, call: Call, locale: str) -> Page:
        voice = await Voice.to(self._answering, call)
        if refused := _refused(call, locale, voice):
            return refused
        return self._side_by_side(await self._reviewing.next(locale), locale, voice)

    async def skip(self, call: Call) -> Page:
        return await self._go_on(call, "")

    async def confirm(self, call: Call) -> Page:
        voice, seen = await Voice.to(self._answering, call), _Seen.parse(call.argument)
        if refused := _refused(call, seen.locale, voice):
            return refused
        result = await self._reviewing.confirm(call.person, _called(call), seen.locale, seen.name, seen.version)
        return await self._after(call, result, voice.say(messages.REVIEW_CONFIRMED))

    async def problem_form(self, call: Call) -> Page | Form:
        voice, seen = await Voice.to(self._answering, call), _Seen.parse(call.argument)
        refused = _refused(call, seen.locale, voice)
        if refused or call.control is None:
            return refused or page(voice.say(messages.EXPIRED))
        field = Field(key=_NOTE, label=voice.say(messages.REVIEW_WRONG), long=True, most=MAX_NOTE)
        return Form(voice.say(messages.REVIEW_PROBLEM), call.control, (field,))

    async def problem(self, call: Call) -> Page:
        voice, seen = await Voice.to(self._answering, call), _Seen.parse(call.argument)
        if refused := _refused(call, seen.locale, voice):
            return refused
        note = call.typed.get(_NOTE, "")
        result = await self._reviewing.report(call.person, _called(call), seen.locale, seen.name, seen.version, note)
        return await self._after(call, result, voice.say(messages.REVIEW_REPORTED))

    async def _after(self, call: Call, result: Outdated | None, done: str) -> Page:
        """The next text; the same one where it was changed meanwhile."""
        if result is None:
            return await self._go_on(call, done)
        voice, seen = await Voice.to(self._answering, call), _Seen.parse(call.argument)
        shown = await self._reviewing.next(seen.locale, seen.name, again=True)
        return replace(self._side_by_side(shown, seen.locale, voice, voice.say(messages.REVIEW_CHANGED)), in_place=True)

    async def _go_on(self, call: Call, above: str) -> Page:
        voice, seen = await Voice.to(self._answering, call), _Seen.parse(call.argument)
        if refused := _refused(call, seen.locale, voice):
            return refused
        shown = await self._reviewing.next(seen.locale, seen.name)
        return replace(self._side_by_side(shown, seen.locale, voice, above), in_place=True)

    def _side_by_side(self, one: Translated | None, locale: str, voice: Voice, above: str = "") -> Page:
        language = LANGUAGES[locale].autonym
        lines = [plain(above)] if above else []
        if one is None:
            return page("\n\n".join([*lines, plain(voice.say(messages.REVIEW_NONE_LEFT, language=language))]))
        lines += [
            f"**{plain(voice.say(messages.REVIEW_ENGLISH))}**\n{plain(one.english)}",
            f"**{plain(language)}**\n{plain(one.text)}",
            plain(voice.say_count(messages.REVIEW_LEFT, one.left, language=language)),
        ]
        argument = str(_Seen(locale, one.version, one.name))
        wanted = (
            (messages.REVIEW_CONFIRM, Action.REVIEW_CONFIRM),
            (messages.REVIEW_SKIP, Action.REVIEW_SKIP),
            (messages.REVIEW_PROBLEM, Action.REVIEW_PROBLEM),
        )
        buttons = tuple(
            button(voice.say(message), ControlId(action, voice.locale, argument)) for message, action in wanted
        )
        return page("\n\n".join(lines), buttons)


def _refused(call: Call, locale: str, voice: Voice) -> Page | None:
    if locale not in LANGUAGES or locale == SOURCE_LOCALE:
        return page(voice.say(messages.EXPIRED))
    return None if may_review(call.person, locale) else page(voice.say(messages.NOT_PERMITTED))


def _called(call: Call) -> str:
    """The name that others see; on one line, as it stands in a comment of the file."""
    return one_line(call.interaction.user.display_name) or str(call.interaction.user.id)
