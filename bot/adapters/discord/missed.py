"""Messages said while the bot had no session: Discord never delivers them, so they are read from the history.

And messages that a run of the bot took on before it died.
"""

import datetime
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import aiohttp
import discord
from discord.abc import Messageable

from bot.adapters.discord.delivery import persist
from bot.adapters.discord.failures import trail
from bot.adapters.discord.listening import Listener
from bot.adapters.discord.readers import PLATFORM, channel_id
from bot.core.errors import StoreError
from bot.core.ports import Store

_log = logging.getLogger(__name__)
_CHANNELS = 100  # channels known to the store that are looked at, most recently used first
_MESSAGES = 200  # messages read of one channel, oldest first
_RECENT_DIRECT = datetime.timedelta(days=14)  # older direct messages would cost a request each and rarely bring one


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
    client: discord.Client, listener: Listener, baseline: Baseline, reach: datetime.timedelta
) -> None:
    """Answer, oldest first in each channel, what was addressed to the bot since `baseline`, at most `reach` ago."""
    earliest = discord.utils.time_snowflake(discord.utils.utcnow() - reach)
    for channel, since in [*_guild_channels(client, baseline), *await _direct_channels(client, baseline)]:
        try:
            await persist(partial(_answer_channel, client, listener, channel, max(since, earliest)))
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            _log.warning("missed messages of a channel not read: %s", trail(error))


async def finish_claimed(
    client: discord.Client, store: Store, listener: Listener, began: datetime.datetime, reach: datetime.timedelta
) -> None:
    """Answer what earlier runs claimed, at most `reach` before `began`, and died over; unless the reply stands."""
    try:
        claims = await store.unanswered_claims(PLATFORM, began - reach, began)
    except StoreError as error:
        _log.error("claimed messages not looked for: %s", trail(error))
        return
    for key, message_id in claims:
        try:
            await persist(partial(_finish, client, store, listener, channel_id(key), int(message_id)))
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            _log.warning("a claimed message was not read: %s", trail(error))


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
    async for later in channel.history(limit=_MESSAGES, after=message, oldest_first=True):
        if later.author.id == client.user.id and later.reference and later.reference.message_id == message.id:
            await store.mark_answered(PLATFORM, str(message_id))
            return
    await listener.finish(message, client.user.id)


async def _answer_channel(client: discord.Client, listener: Listener, channel: Messageable, since: int) -> None:
    if client.user is None:
        return
    async for message in channel.history(limit=_MESSAGES, after=discord.Object(since), oldest_first=True):
        await listener.hear(message, client.user.id, late=True)


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


async def _direct_channels(client: discord.Client, baseline: Baseline) -> list[tuple[Messageable, int]]:
    """Direct messages: a new session lists none, so the store's channels that are in no server are asked for."""
    found: list[tuple[Messageable, int]] = []
    if not serves_direct_messages(client):
        return found
    recent = discord.utils.time_snowflake(discord.utils.utcnow() - _RECENT_DIRECT)
    for number, since in baseline.by_channel.items():
        if since < recent or client.get_channel(number) is not None:
            continue
        try:
            channel = await client.fetch_channel(number)
        except (discord.DiscordException, aiohttp.ClientError, OSError):
            continue  # a server that the bot has left, mostly
        if isinstance(channel, discord.DMChannel):
            found.append((channel, since))
    return found
