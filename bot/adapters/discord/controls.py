"""Buttons and menus: from a custom id and what was chosen to a page."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.pages import Page
from bot.adapters.discord.readers import Reader
from bot.adapters.discord.replies import ExpiredError, Replies


@dataclass(frozen=True, slots=True)
class Use:
    """Somebody used a control. `chosen` is the value taken from a menu, empty for a button."""

    reader: Reader
    control: ControlId
    chosen: str

    @property
    def locale(self) -> str:
        return self.control.locale

    @property
    def argument(self) -> str:
        return self.control.argument


Handler = Callable[[Replies, Use], Awaitable[Page]]


async def use_control(replies: Replies, reader: Reader, custom_id: str, values: Sequence[str]) -> Page:
    """The page that a control leads to, or the line that it is no longer valid. Never fails for what an id says."""
    control = ControlId.parse(custom_id)
    handler = _HANDLERS.get(control.action) if control else None
    if control is None or handler is None:
        return await replies.expired(reader)
    try:
        return await handler(replies, Use(reader, control, values[0] if values else ""))
    except ExpiredError:
        return await replies.expired(reader)


async def _topics(replies: Replies, use: Use) -> Page:
    return await replies.topics(use.locale, _number(use.argument))


async def _questions(replies: Replies, use: Use) -> Page:
    number, _, topic = use.argument.partition(":")
    return await replies.questions(topic, use.locale, _number(number))


async def _summary(replies: Replies, use: Use) -> Page:
    place, _, topic = use.argument.partition(":")
    section, _, piece = place.partition(".")
    return await replies.summary_section(use.locale, topic, _number(section), _number(piece))


def _number(text: str) -> int:
    """Only what we write ourselves: `int` would also read "+1", " 1" and digits of other scripts."""
    if not re.fullmatch("[0-9]{1,4}", text):
        raise ExpiredError
    return int(text)


_HANDLERS: dict[Action, Handler] = {
    Action.OPEN: lambda replies, use: replies.open(use.reader, use.argument, use.locale),
    Action.PICK: lambda replies, use: replies.open(use.reader, use.chosen, use.locale),
    Action.READ: lambda replies, use: replies.open(use.reader, use.argument, use.locale),
    Action.AGAIN: lambda replies, use: replies.ask_again(use.reader, use.argument, use.locale),
    Action.SOURCES: lambda replies, use: replies.sources(use.argument, use.locale),
    Action.ORIGINAL: lambda replies, use: replies.original(use.argument, use.locale),
    Action.LANGUAGE: lambda replies, use: replies.language_menu(use.locale, use.argument),
    Action.TOLD: lambda replies, use: replies.language_menu(use.locale, use.argument.partition("|")[2]),
    Action.SET_LANGUAGE: lambda replies, use: replies.choose_language(use.reader, use.chosen, use.locale, use.argument),
    Action.HELPFUL: lambda replies, use: replies.feedback(use.reader, use.argument, use.locale, helpful=True),
    Action.UNHELPFUL: lambda replies, use: replies.feedback(use.reader, use.argument, use.locale, helpful=False),
    Action.NONE_OF_THESE: lambda replies, use: replies.refuse(use.reader, use.argument, use.locale),
    Action.TOPICS: _topics,
    Action.TOPIC: lambda replies, use: replies.questions(use.chosen, use.locale),
    Action.QUESTIONS: _questions,
    Action.SUMMARY: _summary,
    Action.TURN: _summary,
}
