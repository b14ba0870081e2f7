"""The button "Tell me if this changes", and the one direct message that may follow from it."""

import logging
from dataclasses import replace
from functools import partial

import aiohttp
import discord

from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.delivery import persist
from bot.adapters.discord.layout import reply_page
from bot.adapters.discord.markup import plain
from bot.adapters.discord.offices import Call, Office, Voice
from bot.adapters.discord.pages import Page, button, page, pieces
from bot.adapters.discord.readers import PLATFORM, channel_id
from bot.adapters.discord.unfinished import is_passing
from bot.adapters.discord.views import make_view
from bot.core import messages
from bot.core.answering import Answering
from bot.core.following import Followed, Following

_log = logging.getLogger(__name__)


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


class DiscordCorrespondent:
    """Implements `Correspondent` with direct messages."""

    def __init__(self, client: discord.Client, answering: Answering) -> None:
        self._client = client
        self._answering = answering

    async def tell(self, one: Followed) -> bool:
        shown = await self._page(one)
        try:
            channel = await self._client.create_dm(discord.Object(channel_id(one.person)))
            for number, text in enumerate(shown.texts):
                rows = shown.rows if number == len(shown.texts) - 1 else ()
                # The nonce makes a repeated attempt the same message.
                await persist(
                    partial(
                        channel.send,
                        text,
                        nonce=f"{one.id}-{number}",
                        suppress_embeds=True,
                        allowed_mentions=discord.AllowedMentions.none(),
                        view=make_view(rows),
                    )
                )
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            _log.warning("a correction could not be sent: %s", type(error).__name__)
            return not is_passing(error)
        return True

    async def _page(self, one: Followed) -> Page:
        decision = await self._answering.reader_locale(one.person, client=one.locale)
        voice = Voice(self._answering, decision.locale)
        reply = await self._answering.open(one.key, voice.locale, platform=PLATFORM)
        if reply is None:
            return page(f"{plain(voice.say(messages.CHANGED_GONE))}\n{plain(one.question)}")
        answer = reply_page(reply, Voice(self._answering, reply.locale).say, reader=voice.locale)
        question = self._answering.snapshot.renderer.label(one.key, voice.locale)
        text = f"{plain(voice.say(messages.CHANGED))}\n**{plain(question)}**"
        return replace(answer, texts=pieces("\n\n".join([text, *answer.texts])))
