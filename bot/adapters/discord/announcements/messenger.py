"""Puts copies of announcements into channels and direct messages. Implements `core.announcements.ports.Messenger`.

discord.py repeats 500, 502 and 504 and waits out rate limits by itself; what is left is told apart here into "refused"
and "nobody knows".
"""

import abc
import datetime
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Generic, TypeVar

import aiohttp
import discord

from bot.adapters.discord.announcements.layout import named_title, notice_text, post_text, read_row, report_text
from bot.adapters.discord.offices import Voice
from bot.adapters.discord.pages import MAX_CONTENT
from bot.adapters.discord.readers import channel_id, channel_key
from bot.adapters.discord.views import controls_of, make_view
from bot.core.announcements import messages
from bot.core.announcements.models import Announcement, Delivery, Kind, Trouble
from bot.core.announcements.ports import Posted, Unclear, Unposted
from bot.core.announcements.rendering import AnnouncementRenderer
from bot.core.answering import Answering
from bot.core.text import truncate

_log = logging.getLogger(__name__)
_SEARCHED = 500  # messages read to find a copy again; it stands near the first of them
_CLOCKS_APART = datetime.timedelta(minutes=2)  # Discord's clock and ours
_REFUSALS = {403: Trouble.FORBIDDEN, 404: Trouble.GONE, 400: Trouble.REFUSED, 401: Trouble.FORBIDDEN}
_UNSURE_STATUS = 500  # and above: the request may have taken effect

T = TypeVar("T")
Subject = TypeVar("Subject")
Outcome = Posted | Unposted | Unclear


class CopyMessenger(abc.ABC, Generic[Subject]):
    """Implements `Messenger` for any subject. A button of every copy must carry the id of its delivery."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    @abc.abstractmethod
    def _is_person(self, subject: Subject, delivery: Delivery) -> bool:
        """The copy goes to a person directly."""

    @abc.abstractmethod
    async def _message(self, subject: Subject, delivery: Delivery) -> tuple[str, dict[str, Any]]:
        """Text and options of a copy as it should be now."""

    async def post(self, subject: Subject, delivery: Delivery) -> Outcome:
        async def attempt() -> Posted:
            channel = await self._channel(subject, delivery)
            text, options = await self._message(subject, delivery)
            message = await channel.send(text, nonce=delivery.id, suppress_embeds=True, **options)
            return Posted(channel_key(message.channel.id), str(message.id))

        return await _told_apart(attempt)

    async def find(self, subject: Subject, delivery: Delivery) -> Outcome | None:
        async def attempt() -> Posted | None:
            channel = await self._channel(subject, delivery)
            since = (delivery.claimed_at or delivery.due_at) - _CLOCKS_APART
            from_then_on = channel.history(limit=_SEARCHED, after=since, oldest_first=True)
            # Where our clock was ahead of Discord's, the copy stands before that.
            return await self._found(from_then_on, delivery) or await self._found(
                channel.history(limit=_SEARCHED), delivery
            )

        found = await _told_apart(attempt)
        # Where history may not be read, nobody can tell whether the copy arrived: a person must look.
        return Unposted(Trouble.UNSURE) if isinstance(found, Unposted) and found.trouble is Trouble.FORBIDDEN else found

    async def _found(self, history: AsyncIterator[discord.Message], delivery: Delivery) -> Posted | None:
        async for message in history:
            if self._client.user and message.author.id == self._client.user.id and _shows(message, delivery.id):
                return Posted(channel_key(message.channel.id), str(message.id))
        return None

    async def reachable(self) -> bool:
        try:
            await self._client.application_info()
        except (discord.DiscordException, aiohttp.ClientError, OSError):
            return False
        return True

    async def correct(self, subject: Subject, delivery: Delivery) -> Outcome:
        async def attempt() -> Posted:
            place, message_id = delivery.place or "", delivery.message_id or ""
            channel = self._client.get_partial_messageable(channel_id(place))
            text, options = await self._message(subject, delivery)
            options["allowed_mentions"] = discord.AllowedMentions.none()
            await channel.get_partial_message(int(message_id)).edit(content=text, **options)
            return Posted(place, message_id)

        return await _told_apart(attempt)

    async def _channel(self, subject: Subject, delivery: Delivery) -> discord.abc.Messageable:
        """A channel that can be sent to without being in any cache; for a person the one of direct messages."""
        number = channel_id(delivery.lane)
        if self._is_person(subject, delivery):
            return await self._client.create_dm(discord.Object(number))
        return self._client.get_partial_messageable(number)


class DiscordMessenger(CopyMessenger[Announcement]):
    """Args: `default_locale` is the language of a copy whose channel has none of its own."""

    def __init__(self, client: discord.Client, answering: Answering, default_locale: str) -> None:
        super().__init__(client)
        self._answering = answering
        self._default = default_locale

    def _is_person(self, announcement: Announcement, delivery: Delivery) -> bool:
        if delivery.kind is Kind.REMINDER:
            return not delivery.fell_back
        return delivery.kind is Kind.REPORT and delivery.recipient == announcement.author

    async def _message(self, announcement: Announcement, delivery: Delivery) -> tuple[str, dict[str, Any]]:
        locale = await self._locale(delivery)
        notice = AnnouncementRenderer(self._answering.snapshot.catalogs).notice(announcement, locale)
        voice = Voice(self._answering, locale)
        if delivery.kind is Kind.REPORT:
            text = report_text(announcement, named_title(announcement.content, notice.title), voice)
            return text, {"allowed_mentions": discord.AllowedMentions.none()}
        options: dict[str, Any] = {"allowed_mentions": _pings(announcement, delivery)}
        remind = delivery.kind is not Kind.REMINDER and notice.time is not None and not notice.withdrawn
        options["view"] = make_view(read_row(delivery, voice.say, remind=remind))
        if delivery.kind is Kind.REMINDER:
            mention = f"<@{channel_id(delivery.recipient)}> " if delivery.fell_back else ""
            text = f"{mention}{voice.say(messages.REMINDER_TEXT)}\n{notice_text(notice, voice)}"
            return truncate(text, MAX_CONTENT), options
        lead = voice.say(messages.REPEATED) if delivery.kind is Kind.REPEAT else None
        role = announcement.role if delivery.kind is Kind.POST else None
        text = post_text(notice, voice, template=announcement.content.template, role=role, lead=lead)
        return truncate(text, MAX_CONTENT), options

    async def _locale(self, delivery: Delivery) -> str:
        if _is_for_person(delivery):
            decision = await self._answering.reader_locale(delivery.recipient, client=delivery.locale or self._default)
            return decision.locale
        return delivery.locale or self._default


def _is_for_person(delivery: Delivery) -> bool:
    return delivery.kind in (Kind.REMINDER, Kind.REPORT)


def _pings(announcement: Announcement, delivery: Delivery) -> discord.AllowedMentions:
    """The one role that was chosen, when it is posted first; or the one person who asked to be reminded."""
    if delivery.kind is Kind.REMINDER:
        return only_person(delivery)
    named = announcement.role is not None and delivery.kind is Kind.POST
    roles = [discord.Object(int(announcement.role or 0))] if named else False
    return discord.AllowedMentions(everyone=False, users=False, roles=roles, replied_user=False)


def only_person(delivery: Delivery) -> discord.AllowedMentions:
    """Nobody is notified but the person that the copy is for."""
    person = discord.Object(channel_id(delivery.recipient))
    return discord.AllowedMentions(everyone=False, roles=False, users=[person], replied_user=False)


def _shows(message: discord.Message, delivery_id: str) -> bool:
    """A button of the copy carries its id, alone or before what else the button needs."""
    return any(control.argument.partition("|")[0] == delivery_id for control in controls_of(message))


async def _told_apart(attempt: Callable[[], Awaitable[T]]) -> T | Unposted | Unclear:
    """What the attempt gave, or what its failure means."""
    try:
        return await attempt()
    except discord.RateLimited as error:
        return Unclear(error.retry_after)
    except discord.HTTPException as error:
        if error.status < _UNSURE_STATUS and error.status in _REFUSALS:
            _log.warning("discord refused a copy: %s, code %s", error.status, error.code)
            return Unposted(_REFUSALS[error.status])
        return Unclear()
    except (aiohttp.ClientError, OSError, TimeoutError, discord.GatewayNotFound):
        return Unclear()
