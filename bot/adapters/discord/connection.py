"""Staying connected, and knowing whether Discord is there."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import discord
from discord import backoff

from bot.adapters.discord.failures import trail

if TYPE_CHECKING:
    from bot.adapters.discord.client import DiscordClient

_log = logging.getLogger(__name__)
_PAUSES = (1.0, 2.0, 5.0, 15.0, 30.0)  # seconds before each further attempt to start
LONGEST_PAUSE = 30.0  # seconds; discord.py's own pauses grow to 17 minutes, which people would wait after an outage
_STREAK = 3  # failed requests in a row that make an outage: a single one is no news
_MEMORY = 60.0  # seconds; without requests nobody knows how it is now
_SERVER_FAULT = 500


class Reach:
    """What the last events and requests tell of the way to Discord."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._failed_at = 0.0
        self._lost: set[int] = set()

    @property
    def takes_requests(self) -> bool:
        """False while one request after the other fails."""
        return self._failures < _STREAK or self._clock() - self._failed_at > _MEMORY

    @property
    def hears(self) -> bool:
        """False while any shard has lost its session."""
        return not self._lost

    def requested(self, status: int) -> None:
        """Args: `status` of the response; 0 when there was none."""
        if 0 < status < _SERVER_FAULT:
            self._failures = 0
            return
        self._failures += 1
        self._failed_at = self._clock()

    def lost(self, shard: int) -> None:
        if shard not in self._lost:
            _log.warning("Discord's gateway is gone (shard %d); trying again until it is back", shard)
        self._lost.add(shard)

    def found(self, shard: int) -> None:
        if shard in self._lost:
            _log.warning("Discord's gateway is back (shard %d)", shard)
        self._lost.discard(shard)


class _ShortBackoff(backoff.ExponentialBackoff[Any]):
    def delay(self) -> Any:
        return min(super().delay(), LONGEST_PAUSE)


def shorten_pauses() -> None:
    """For the whole process: discord.py has no setting for it."""
    for module in (discord.client, discord.shard):
        vars(module)["ExponentialBackoff"] = _ShortBackoff


async def stay_connected(client: "DiscordClient", token: str) -> None:
    """Until the client is closed, also when Discord is away at the start; ends when Discord refuses us for good."""
    failures = 0
    while not client.is_closed():
        try:
            await client.start(token)
        except discord.LoginFailure:
            _log.error(
                "Discord refuses the token: set DISCORD_TOKEN to the one on the Bot page of the developer portal"
            )
            return
        except (discord.PrivilegedIntentsRequired, discord.ConnectionClosed):
            _log.exception("Discord ended the connection for good")
            return
        except Exception as error:  # noqa: BLE001 - discord.py fails in many ways while there is no Discord, AttributeError among them
            if client.is_closed():
                return
            _log.error("Discord cannot be reached, trying again until it can: %s", trail(error))
            await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
            failures += 1
            await client.reopen()
