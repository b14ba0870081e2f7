"""The slash commands: English names, descriptions in every language we share with Discord's clients."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import discord
from discord import app_commands

from bot.adapters.discord.failures import report
from bot.adapters.discord.pages import Page
from bot.adapters.discord.readers import Reader, reader_of_interaction
from bot.adapters.discord.replies import Replies
from bot.adapters.discord.translation import described, localised
from bot.core import messages
from bot.core.answering import Answering
from bot.core.locales import SOURCE_LOCALE
from bot.core.models import Length

MAX_QUESTION = 1_000  # characters; a question longer than this is a text
_MAX_CHOICES = 25
_LENGTHS = {
    Length.LINE: messages.LENGTH_LINE,
    Length.PARAGRAPH: messages.LENGTH_PARAGRAPH,
    Length.PAGE: messages.LENGTH_PAGE,
}

Tree = app_commands.CommandTree[discord.Client]
Work = Callable[[Reader], Awaitable[Page]]


class Respond(Protocol):
    """Answers an interaction with the page that `work` makes, whatever happens meanwhile."""

    async def __call__(self, interaction: discord.Interaction, work: Work, *, counted: bool = False) -> None:
        """`counted` interactions are questions, of which a person may ask only so many at once."""
        ...


def add_commands(tree: Tree, replies: Replies, answering: Answering, respond: Respond) -> None:
    _add_ask(tree, replies, answering, respond)
    _add_summary(tree, replies, answering, respond)

    @tree.command(name="language", description=described(answering, messages.COMMAND_LANGUAGE))
    async def language(interaction: discord.Interaction) -> None:
        await respond(interaction, in_reader_locale(replies, replies.language_menu))

    @tree.command(name="topics", description=described(answering, messages.COMMAND_TOPICS))
    async def topics(interaction: discord.Interaction) -> None:
        await respond(interaction, in_reader_locale(replies, replies.topics))

    @tree.command(name="help", description=described(answering, messages.COMMAND_HELP))
    async def help_(interaction: discord.Interaction) -> None:
        await respond(interaction, in_reader_locale(replies, replies.help))


def in_reader_locale(replies: Replies, make: Callable[[str], Awaitable[Page]]) -> Work:
    async def work(reader: Reader) -> Page:
        return await make((await replies.locale(reader)).locale)

    return work


def _add_ask(tree: Tree, replies: Replies, answering: Answering, respond: Respond) -> None:
    @tree.command(name="ask", description=described(answering, messages.COMMAND_ASK))
    @app_commands.describe(
        question=described(answering, messages.COMMAND_ASK_QUESTION),
        language=described(answering, messages.COMMAND_ASK_LANGUAGE),
    )
    @app_commands.choices(language=_language_choices(answering))
    async def ask(
        interaction: discord.Interaction,
        question: app_commands.Range[str, 1, MAX_QUESTION],
        language: str | None = None,
    ) -> None:
        await respond(interaction, lambda reader: replies.ask(reader, question, language, echo=True), counted=True)

    @ask.autocomplete("question")
    async def suggest(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        try:
            reader = reader_of_interaction(interaction)
            found = await replies.suggestions(reader, typed, interaction.namespace.language)
        except Exception as error:  # noqa: BLE001 - a failing suggestion must not keep anybody from asking
            report(error, "autocomplete")
            return []
        return [app_commands.Choice(name=option.label, value=option.key) for option in found]


def _add_summary(tree: Tree, replies: Replies, answering: Answering, respond: Respond) -> None:
    @tree.command(name="summary", description=described(answering, messages.COMMAND_SUMMARY))
    @app_commands.describe(
        topic=described(answering, messages.COMMAND_SUMMARY_TOPIC),
        length=described(answering, messages.COMMAND_SUMMARY_LENGTH),
    )
    @app_commands.choices(topic=_topic_choices(answering), length=_length_choices(answering))
    async def summary(interaction: discord.Interaction, topic: str | None = None, length: str | None = None) -> None:
        wanted = Length(length) if length else Length.PARAGRAPH
        await respond(interaction, in_reader_locale(replies, lambda locale: replies.summary(locale, topic, wanted)))


def _language_choices(answering: Answering) -> list[app_commands.Choice[str]]:
    """Autonyms, the same for every reader."""
    return [app_commands.Choice(name=option.label, value=option.key) for option in answering.languages()[:_MAX_CHOICES]]


def _length_choices(answering: Answering) -> list[app_commands.Choice[str]]:
    return [
        app_commands.Choice(name=described(answering, message), value=length.value)
        for length, message in _LENGTHS.items()
    ]


def _topic_choices(answering: Answering) -> list[app_commands.Choice[str]]:
    options = answering.summary_topics(SOURCE_LOCALE)[:_MAX_CHOICES]
    return [
        app_commands.Choice(name=localised(option.label, _topic_label(answering, option.key)), value=option.key)
        for option in options
    ]


def _topic_label(answering: Answering, topic_id: str) -> Callable[[str], str]:
    return lambda locale: next(option.label for option in answering.summary_topics(locale) if option.key == topic_id)
