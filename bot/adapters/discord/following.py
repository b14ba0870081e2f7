"""The button "Tell me if this changes", and the one direct message that may follow from it."""

from dataclasses import replace
from typing import Any

import discord

from bot.adapters.discord.announcements.messenger import CopyMessenger, Outcome
from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.layout import reply_page
from bot.adapters.discord.markup import plain
from bot.adapters.discord.offices import Call, Office, Voice
from bot.adapters.discord.pages import MAX_CONTENT, Button, Page, Row, button, page
from bot.adapters.discord.readers import PLATFORM
from bot.adapters.discord.views import make_view
from bot.core import messages
from bot.core.announcements.models import Delivery, Trouble
from bot.core.announcements.ports import Unposted
from bot.core.answering import Answering
from bot.core.following import Followed, Following
from bot.core.text import truncate


def following_office(answering: Answering, following: Following) -> Office:
    async def follow(call: Call) -> Page:
        voice = await Voice.to(answering, call)
        snapshot = answering.snapshot
        until = await following.follow(call.person.id, call.argument, voice.locale, snapshot)
        if until is None:
            return page(voice.say(messages.EXPIRED))
        date = snapshot.renderer.date(until.isoformat(), voice.locale)
        stop = button(voice.say(messages.BUTTON_UNFOLLOW), ControlId(Action.UNFOLLOW, voice.locale, call.argument))
        return page(plain(voice.say(messages.FOLLOWING, date=date)), (stop,))

    async def unfollow(call: Call) -> Page:
        voice = await Voice.to(answering, call)
        await following.unfollow(call.person.id, call.argument)
        return page(voice.say(messages.UNFOLLOWED), in_place=True)

    return Office(add_commands=lambda tree, respond: None, handlers={Action.FOLLOW: follow, Action.UNFOLLOW: unfollow})


class CorrectionMessenger(CopyMessenger[Followed]):
    """Writes to people what an answer is now. Implements `Messenger` for what they follow."""

    def __init__(self, client: discord.Client, answering: Answering) -> None:
        super().__init__(client)
        self._answering = answering

    async def correct(self, subject: Followed, delivery: Delivery) -> Outcome:
        return Unposted(Trouble.GONE)  # never asked for: what was told is forgotten

    def _is_person(self, subject: Followed, delivery: Delivery) -> bool:
        return True

    async def _message(self, subject: Followed, delivery: Delivery) -> tuple[str, dict[str, Any]]:
        shown = await self._page(subject)
        rows = tuple(_named(row, delivery.id) for row in shown.rows)
        return shown.texts[0], {"view": make_view(rows), "allowed_mentions": discord.AllowedMentions.none()}

    async def _page(self, one: Followed) -> Page:
        decision = await self._answering.reader_locale(one.person, client=one.locale)
        voice = Voice(self._answering, decision.locale)
        reply = await self._answering.open(one.key, voice.locale, platform=PLATFORM)
        if reply is None:
            language = button(voice.say(messages.BUTTON_LANGUAGE), ControlId(Action.LANGUAGE, voice.locale))
            return page(f"{plain(voice.say(messages.CHANGED_GONE))}\n{plain(one.question)}", (language,))
        answer = reply_page(reply, Voice(self._answering, reply.locale).say, reader=voice.locale)
        question = self._answering.snapshot.renderer.label(one.key, voice.locale)
        text = f"{plain(voice.say(messages.CHANGED))}\n**{plain(question)}**"
        return replace(answer, texts=(truncate("\n\n".join([text, *answer.texts]), MAX_CONTENT),))


def _named(row: Row, delivery_id: str) -> Row:
    """The language button, which every page has, names the correction: by it the message is recognised."""
    if not isinstance(row, tuple):
        return row
    return tuple(_naming(one, delivery_id) if one.control.action is Action.LANGUAGE else one for one in row)


def _naming(language: Button, delivery_id: str) -> Button:
    control = language.control
    named = replace(control, action=Action.TOLD, argument=f"{delivery_id}|{control.argument}")
    return replace(language, control=named if named.fits else replace(named, argument=f"{delivery_id}|"))
