"""A conversation in the terminal: questions, numbers for choices, an empty line or Ctrl-D to leave."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence

from bot.core import messages
from bot.core.answering import Answering
from bot.core.models import Option, Question, Reply

_CONVERSATION = "console"


async def chat(
    answering: Answering, language: str | None, read: Callable[[str], str], show: Callable[[str], None]
) -> None:
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
        return (await _in_background(lambda: read("> "))).strip()
    except EOFError:
        return ""


async def _in_background(read: Callable[[], str]) -> str:
    """Wait for a line in a thread that the program does not wait for: Ctrl-C at the prompt ends it at once."""
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[str] = loop.create_future()

    def wait() -> None:
        try:
            line, error = read(), None
        except Exception as caught:  # noqa: BLE001 - handed on to whoever awaits
            line, error = "", caught
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, line, error)

    def settle(line: str, error: Exception | None) -> None:
        if typed.done():
            return
        if error:
            typed.set_exception(error)
        else:
            typed.set_result(line)

    threading.Thread(target=wait, daemon=True).start()
    return await typed


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
