"""Messages said while the bot had no session: Discord never delivers them, so they are read from the history.

And messages that a run of the bot took on before it died.
"""

import asyncio
import datetime
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import aiohttp
import discord
from discord.abc import Messageable

from bot.adapters.discord.delivery import answered_by, has_reply, persist
from bot.adapters.discord.failures import trail
from bot.adapters.discord.listening import Listener
from bot.adapters.discord.readers import PLATFORM, channel_id
from bot.adapters.discord.unfinished import Unfinished, is_passing
from bot.core.errors import StoreError
from bot.core.ports import Store

_log = logging.getLogger(__name__)
_AT_ONCE = 8  # channels read at once: with answers that is well below Discord's 50 requests a second
_CHANNELS = 100  # channels known to the store that are looked at, most recently used first
_MESSAGES = 200  # messages read of one channel, oldest first
_CLOCK_AHEAD = datetime.timedelta(days=2)  # by how much the clock may have been wrong
_RECENT_DIRECT = datetime.timedelta(days=14)  # older direct messages would cost a request each and rarely bring one

_Work = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What had been claimed when a session began: the newest message id by channel id."""

    by_channel: dict[int, int]

    @property
    def newest(self) -> int:
        """The bot was surely there then: what a channel without claims was told before that was heard."""
        return max(self.by_channel.values(), default=0)


def serves_direct_messages(client: discord.Client) -> bool:
    """Discord gives them to shard 0, which another process may have."""
    return not isinstance(client, discord.AutoShardedClient) or 0 in (client.shard_ids or ())


async def read_baseline(store: Store) -> Baseline | None:
    """None when nothing was ever claimed (a first start has missed nothing) or the store cannot tell."""
    by_channel = {}
    try:
        for key in await store.claimed_channels(PLATFORM, _CHANNELS):
            if last := await store.last_message(key):
                by_channel[channel_id(key)] = int(last)
    except StoreError as error:
        _log.error("missed messages not looked for: %s", trail(error))
        return None
    return Baseline(by_channel) if by_channel else None


async def answer_missed(
    client: discord.Client, listener: Listener, baseline: Baseline, reach: datetime.timedelta, unfinished: Unfinished
) -> None:
    """Answer, oldest first in each channel, what was addressed to the bot since `baseline`, at most `reach` ago."""
    earliest = discord.utils.time_snowflake(discord.utils.utcnow() - reach)
    works = [
        partial(_answer_channel, client, listener, channel, max(since, earliest))
        for channel, since in _guild_channels(client, baseline)
    ]
    await _attempt_all(works, unfinished, "missed messages of a channel not read")
    for number, since in _elsewhere(client, baseline):
        work = partial(_answer_direct, client, listener, number, max(since, earliest))
        await _attempt(work, unfinished, "missed direct messages not read")


async def claims_left(
    store: Store, began: datetime.datetime, reach: datetime.timedelta
) -> Sequence[tuple[str, str]] | None:
    """What earlier runs claimed, at most `reach` before `began`, and did not answer; None when the store cannot tell.

    To be asked before this run claims anything. A claim can be later than `began`: the clock was set back meanwhile.
    """
    try:
        return await store.unanswered_claims(PLATFORM, began - reach, began + _CLOCK_AHEAD)
    except StoreError as error:
        _log.error("claimed messages not looked for: %s", trail(error))
        return None


async def finish_claimed(
    client: discord.Client,
    store: Store,
    listener: Listener,
    claims: Sequence[tuple[str, str]],
    unfinished: Unfinished,
) -> None:
    """Answer what earlier runs claimed and died over; unless the reply stands."""
    for key, message_id in claims:
        work = partial(_finish, client, store, listener, channel_id(key), int(message_id))
        await _attempt(work, unfinished, "a claimed message was not read")


async def _attempt_all(works: Sequence[_Work], unfinished: Unfinished, otherwise: str) -> None:
    """A few at once: with many servers, one after another would keep the last waiting for a quarter of an hour."""
    left = iter(works)

    async def attempt() -> None:
        for work in left:
            await _attempt(work, unfinished, otherwise)

    await asyncio.gather(*(attempt() for _ in range(_AT_ONCE)))


async def _attempt(work: _Work, unfinished: Unfinished, otherwise: str) -> None:
    """At once if that goes; later if Discord or the store is away."""
    try:
        await persist(work)
    except (discord.DiscordException, aiohttp.ClientError, OSError, StoreError) as error:
        _log.warning("%s: %s", otherwise, trail(error))
        if is_passing(error):
            unfinished.add(work)


async def _is_ours(client: discord.Client, channel_number: int) -> bool:
    """Of the processes that share the store, one has the channel's shard and finishes what was claimed there."""
    if client.get_channel(channel_number) is not None or not isinstance(client, discord.AutoShardedClient):
        return True
    if not serves_direct_messages(client):
        return False
    return isinstance(await client.fetch_channel(channel_number), discord.DMChannel)


async def _finish(
    client: discord.Client, store: Store, listener: Listener, channel_number: int, message_id: int
) -> None:
    if not await _is_ours(client, channel_number):
        return
    channel = client.get_partial_messageable(channel_number)
    message = await channel.fetch_message(message_id)
    if client.user is None:
        return
    if await has_reply(message, client.user.id):
        await store.mark_answered(PLATFORM, str(message_id))
        return
    await listener.finish(message, client.user.id)


async def _answer_channel(client: discord.Client, listener: Listener, channel: Messageable, since: int) -> None:
    """Raises StoreError: then nothing can be claimed."""
    if client.user is None:
        return
    after = discord.Object(since)
    said = [one async for one in channel.history(limit=_MESSAGES, after=after, oldest_first=True)]
    answered = {answered_by(one, client.user.id) for one in said}
    for message in said:
        if message.id in answered:  # while the store was away, and could not be told
            await listener.note_answered(message)
        else:
            await listener.hear(message, client.user.id, late=True)


async def _answer_direct(client: discord.Client, listener: Listener, number: int, since: int) -> None:
    """Direct messages: a new session lists none, so the store's channels that are in no server are asked for."""
    try:
        channel = await client.fetch_channel(number)
    except (discord.Forbidden, discord.NotFound, discord.InvalidData):
        return  # a server that the bot has left, mostly
    if isinstance(channel, discord.DMChannel):
        await _answer_channel(client, listener, channel, since)


def _guild_channels(client: discord.Client, baseline: Baseline) -> Iterator[tuple[Messageable, int]]:
    """Channels where something was said since; Discord tells the newest message of each when a session begins."""
    ours = [last for number, last in baseline.by_channel.items() if client.get_channel(number) is not None]
    heard = max(ours, default=baseline.newest)  # of other processes' servers we were told nothing
    for guild in client.guilds:
        spoken_in: list[discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread]
        spoken_in = [*guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.threads]
        for channel in spoken_in:
            since = baseline.by_channel.get(channel.id, heard)
            if (channel.last_message_id or 0) > since and channel.permissions_for(guild.me).read_message_history:
                yield channel, since


def _elsewhere(client: discord.Client, baseline: Baseline) -> Iterator[tuple[int, int]]:
    """Channels that are in no server that we know of: direct messages, perhaps."""
    recent = discord.utils.time_snowflake(discord.utils.utcnow() - _RECENT_DIRECT)
    for number, since in baseline.by_channel.items():
        if serves_direct_messages(client) and since >= recent and client.get_channel(number) is None:
            yield number, since
