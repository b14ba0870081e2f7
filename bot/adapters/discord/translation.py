"""Localised descriptions of commands, from the message catalogs. Names stay English: clients have bugs with others."""

from collections.abc import Callable

import discord
from discord import app_commands

from bot.core.answering import Answering
from bot.core.locales import SOURCE_LOCALE, negotiate
from bot.core.messages import Message
from bot.core.text import truncate

MAX_LENGTH = 100  # Discord's limit for a description or a choice
_WORDS = "words"


def localised(english: str, words: Callable[[str], str]) -> app_commands.locale_str:
    """`words` gives the text for one of our locales; Discord shows `english` to everyone else."""
    return app_commands.locale_str(truncate(english, MAX_LENGTH), **{_WORDS: words})


def described(answering: Answering, message: Message) -> app_commands.locale_str:
    return localised(message.text, lambda locale: answering.say(locale, message))


class CatalogTranslator(app_commands.Translator):
    """Speaks for every client locale of Discord that means a language the bot holds whole conversations in."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        words: Callable[[str], str] | None = string.extras.get(_WORDS)
        ours = negotiate(str(locale))
        if words is None or ours in (None, SOURCE_LOCALE) or self._answering.spoken(ours) != ours:
            return None
        return truncate(words(ours), MAX_LENGTH)
