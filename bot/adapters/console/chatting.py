"""A conversation in the terminal: questions, numbers for choices, an empty line or Ctrl-D to leave."""

import asyncio
from collections.abc import Callable, Sequence

from bot.core import messages
from bot.core.answering import Answering
from bot.core.models import Option, Question, Reply

_CONVERSATION = "console"


async def chat(answering: Answering, language: str | None, read: Callable[[str], str], show: Callable[[str], None]) -> None:
    """Talk until the input ends. `read` is called with the prompt, off the event loop."""
    locale = language or "en"
    show(answering.say(locale, messages.GREETING))
    options: Sequence[Option] = ()
    while typed := await _next_line(read):
        reply = await _reply(answering, typed, language, locale, options)
        locale = reply.locale
        options = [*reply.choices, *reply.related]
        show(_numbered(reply))


async def _next_line(read: Callable[[str], str]) -> str:
    try:
        return (await asyncio.to_thread(read, "> ")).strip()
    except (EOFError, KeyboardInterrupt):
        return ""


async def _reply(
    answering: Answering, typed: str, language: str | None, locale: str, options: Sequence[Option]
) -> Reply:
    if typed.isdecimal() and 0 < int(typed) <= len(options):
        key = options[int(typed) - 1].key
        if opened := await answering.open(key, locale, platform="console", conversation=_CONVERSATION):
            return opened
    question = Question(
        text=typed, asker=_CONVERSATION, conversation=_CONVERSATION, platform="console", option_locale=language
    )
    return await answering.ask(question)


def _numbered(reply: Reply) -> str:
    if not reply.related:
        return reply.plain
    first = len(reply.choices) + 1
    related = [f"{number}. {option.label}" for number, option in enumerate(reply.related, first)]
    return "\n".join([reply.plain, "", *related])


