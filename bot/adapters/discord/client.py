"""The Discord client: puts the parts together and receives Discord's events."""

import asyncio
import contextlib
import datetime
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.adapters.discord.announcements.commands import DeskWork, add_announcement_commands
from bot.adapters.discord.announcements.controls import FORMS, HANDLERS, OPENERS, Handler, Touch
from bot.adapters.discord.announcements.counter import Shown
from bot.adapters.discord.announcements.desks import Desks
from bot.adapters.discord.announcements.visitors import Visitor, visitor_of
from bot.adapters.discord.commands import Tree, Work, add_commands
from bot.adapters.discord.connection import Reach, shorten_pauses
from bot.adapters.discord.controls import use_control
from bot.adapters.discord.cooldowns import Cooldowns
from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.delivery import Exchange, persist
from bot.adapters.discord.failures import report, trail
from bot.adapters.discord.forms import Form, only_pages, typed_values
from bot.adapters.discord.listening import Listener
from bot.adapters.discord.missed import Baseline, answer_missed, claims_left, finish_claimed, read_baseline
from bot.adapters.discord.offices import Call, Office, call_of
from bot.adapters.discord.pages import Page, page
from bot.adapters.discord.people import RoleIds, person_of
from bot.adapters.discord.readers import Reader, reader_of_interaction
from bot.adapters.discord.replies import Replies
from bot.adapters.discord.requests import request_trace
from bot.adapters.discord.requirements import ACTIONS, needed_for, refusal
from bot.adapters.discord.translation import CatalogTranslator
from bot.adapters.discord.unfinished import Unfinished, is_passing
from bot.adapters.discord.views import control_class
from bot.core.answering import Answering
from bot.core.no_observer import NoObserver
from bot.core.permissions import Permission
from bot.core.ports import Observer, Store
from bot.core.tracing import traced

_log = logging.getLogger(__name__)
INTENTS = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)  # none of them privileged
_ONLY = 0  # the shard of a client that knows no shards
_BASELINE_WITHIN = 5.0  # seconds that new messages wait for the store at the start of a session


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordOptions:
    """How to run on Discord.

    Args:
        guild_ids: Servers that get the commands, at once; empty for all servers.
        cooldown_seconds: Time in which one person earns back one question; 0 for no limit.
        cooldown_burst: Questions one person may ask at once.
        missed_hours: How far back missed messages are answered; 0 for not at all.
        ready_timeout: Seconds to wait for each server to arrive before the bot counts as ready.
        stop_timeout: Seconds that a stop waits for replies in the making.
        shard_ids, shard_count: The shards of this process, and how many there are in all; empty for one connection.
        api_base, gateway_base: Addresses of a rate-limiting proxy; None for Discord's own. They hold for the process.
    """

    guild_ids: tuple[int, ...] = ()
    cooldown_seconds: float = 3.0
    cooldown_burst: int = 3
    missed_hours: float = 24.0
    ready_timeout: float = 2.0
    stop_timeout: float = 3.0
    shard_ids: tuple[int, ...] = ()
    shard_count: int = 0
    api_base: str | None = None
    gateway_base: str | None = None


@dataclass(frozen=True, slots=True)
class Announcements:
    """What the client needs to serve announcements: the desks, and whom roles make a moderator."""

    desks: Desks
    roles: RoleIds


def build_client(
    answering: Answering,
    store: Store,
    options: DiscordOptions,
    announcements: Announcements | None = None,
    offices: Sequence[Office] = (),
    observer: Observer | None = None,
) -> "DiscordClient":
    """A client that is complete but not connected: `await client.start(token)`, then `await client.close()`."""
    if options.api_base:
        Route.BASE = options.api_base.rstrip("/")
    if options.gateway_base:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(options.gateway_base)
    shorten_pauses()
    kind = ShardedClient if options.shard_ids else DiscordClient
    return kind(answering, store, options, announcements, offices, observer or NoObserver())


class DiscordClient(discord.Client):
    """Built by `build_client`.

    Public beside discord.py's own: `tree`, the commands, and `ready_to_send`, set once Discord can be written to.
    """

    def __init__(
        self,
        answering: Answering,
        store: Store,
        options: DiscordOptions,
        announcements: Announcements | None,
        offices: Sequence[Office],
        observer: Observer,
    ) -> None:
        reach = Reach()
        super().__init__(
            intents=INTENTS,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=options.ready_timeout,
            **_sharding(options),
            http_trace=request_trace(observer, reach.requested),
        )
        self._reach = reach
        self._answering = answering
        self._store = store
        self._options = options
        self._replies = Replies(answering)
        self._cooldowns = Cooldowns(options.cooldown_seconds, options.cooldown_burst)
        self._unfinished = Unfinished(3600 * options.missed_hours)
        self._listener = Listener(self._replies, store, self._cooldowns, self._at_work, observer, self._unfinished)
        self._working = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False
        self._baseline: Baseline | None = None
        self._began = discord.utils.utcnow()
        self._left: Sequence[tuple[str, str]] | None = None  # claimed by earlier runs; None before it was asked for
        self._baseline_read = asyncio.Event()
        self.tree: Tree = _CommandTree(self)
        add_commands(self.tree, self._replies, answering, self.respond)
        self._announcements = announcements
        self._offices = offices
        self._roles = announcements.roles if announcements else RoleIds()
        for office in offices:
            office.add_commands(self.tree, self.respond)
        self.ready_to_send = asyncio.Event()
        if announcements:
            add_announcement_commands(self.tree, announcements.desks, answering, announcements.roles, self.serve)

    async def setup_hook(self) -> None:
        """Runs once, before the first connection."""
        self.add_dynamic_items(control_class(self._use))
        await self.tree.set_translator(CatalogTranslator(self._answering))
        for guild_id in self._options.guild_ids:
            self.tree.copy_global_to(guild=discord.Object(guild_id))
            await self._sync(discord.Object(guild_id))
        if not self._options.guild_ids:
            await self._sync(None)

    async def on_connect(self) -> None:
        """A new session, not a resumed one. Before its messages are heard, remember what was heard before.

        A baseline that the session before did not come to use reaches back further, so it stays.
        """
        self.heard(_ONLY)
        self._baseline_read.clear()
        try:
            async with asyncio.timeout(_BASELINE_WITHIN):
                if self._options.missed_hours > 0:
                    await self._look_back()
        except TimeoutError:
            _log.error("the store does not tell in time what was heard before")
        finally:
            if self._baseline is None and self._listener.newest:  # of this run at least
                self._baseline = Baseline(dict(self._listener.newest))
            self._baseline_read.set()

    async def _look_back(self) -> None:
        if self._left is None:
            self._left = await claims_left(self._store, self._began, self._missed) or ()
        if self._baseline is None:
            self._baseline = await read_baseline(self._store)

    @property
    def _missed(self) -> datetime.timedelta:
        return datetime.timedelta(hours=self._options.missed_hours)

    def heard(self, shard: int) -> None:
        """A shard has a session."""
        self._reach.found(shard)

    async def on_resumed(self) -> None:
        self.heard(_ONLY)

    async def on_disconnect(self) -> None:
        self._reach.lost(_ONLY)

    @property
    def is_there(self) -> bool:
        """Connected with every shard, and Discord takes requests."""
        return self.is_ready() and not self.is_closed() and self._reach.hears and self._reach.takes_requests

    async def reopen(self) -> None:
        """After a start that failed: ready for another one."""
        await self.http.close()
        self.http.clear()
        self.http.connector = discord.utils.MISSING  # closing the session has closed it

    async def on_ready(self) -> None:
        """Discord says this more than once; the baseline of a session is used up by the first time."""
        self.ready_to_send.set()
        await self._baseline_read.wait()
        left, self._left = self._left, ()
        await finish_claimed(self, self._store, self._listener, left or (), self._unfinished)
        baseline, self._baseline = self._baseline, None
        if baseline is not None:
            await answer_missed(self, self._listener, baseline, self._missed, self._unfinished)

    async def on_message(self, message: discord.Message) -> None:
        await self._baseline_read.wait()
        # What arrives during a stop stays unclaimed: the next start finds it among the missed messages.
        if self.user is not None and not self._stopping:
            await self._listener.hear(message, self.user.id)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Called inside the handler of an exception; the arguments hold what people wrote and are not logged."""
        error = sys.exception()
        if error is not None:
            report(error, event_method)

    async def close(self) -> None:
        """Stop; replies in the making are finished first, within the time that the options give."""
        self._stopping = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._options.stop_timeout):
                await self._idle.wait()
        await self._unfinished.stop()
        await super().close()

    async def respond(self, interaction: discord.Interaction, work: Work, *, counted: bool = False) -> None:
        """Answer an interaction: acknowledged in time, and with an apology when `work` fails. Never raises."""
        exchange, reader = Exchange(interaction), reader_of_interaction(interaction)
        with self._at_work(), traced():
            try:
                await exchange.show(await exchange.hold(self._page(reader, work, counted=counted)))
            except Exception as error:  # noqa: BLE001 - whatever failed, the person is told and the next question works
                await self._apologise(exchange, reader, report(error, "reply to an interaction"))

    async def _page(self, reader: Reader, work: Work, *, counted: bool) -> Page:
        refusal = self._cooldowns.spend(reader.asker) if counted else None
        return await self._replies.wait(reader, refusal.seconds) if refusal else await work(reader)

    async def _apologise(self, exchange: Exchange, reader: Reader, reference: str) -> None:
        if exchange.answered:
            return  # the answer arrived; only its continuation did not
        try:
            await exchange.show(await self._replies.apology(reader, reference))
        except Exception as error:  # noqa: BLE001 - whatever failed, the person is told and the next question works
            _log.error("no apology possible, reference %s: %s", reference, trail(error))

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Forms come back here: discord.py knows only those that this run of the bot has opened."""
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        data: dict[str, Any] = dict(interaction.data or {})
        if await self._may_use(interaction, data) and not await self._touch(interaction, FORMS, data):
            await self._visit(interaction, [office.forms for office in self._offices], data)

    async def may_command(self, interaction: discord.Interaction) -> bool:
        """Whether a command may be served; tells the person when not."""
        return await self._admit(interaction, needed_for(interaction))

    async def _may_use(self, interaction: discord.Interaction, data: dict[str, Any]) -> bool:
        control = ControlId.parse(str(data.get("custom_id", "")))
        return control is None or await self._admit(interaction, ACTIONS.get(control.action))

    async def _admit(self, interaction: discord.Interaction, needed: Permission | None) -> bool:
        refused = refusal(person_of(interaction, self._roles), needed)
        if refused is None:
            return True
        if interaction.type is discord.InteractionType.autocomplete:
            await interaction.response.autocomplete([])
            return False

        async def refuse(reader: Reader) -> Page:
            return page(self._answering.say((await self._replies.locale(reader)).locale, refused))

        await self.respond(interaction, refuse)
        return False

    async def serve(self, interaction: discord.Interaction, work: DeskWork, *, opens_form: bool = False) -> None:
        """Answer an interaction about announcements; like `respond`, and with a form where `work` gives one."""
        if self._announcements is None:
            return
        visitor, desks = visitor_of(interaction, self._announcements.roles), self._announcements.desks
        await self._serve(interaction, lambda: work(desks, visitor), opens_form=opens_form)

    async def _serve(
        self, interaction: discord.Interaction, work: Callable[[], Awaitable[Shown]], *, opens_form: bool
    ) -> None:
        if not opens_form:
            await self.respond(interaction, lambda _: only_pages(work()))
            return
        exchange = Exchange(interaction)
        with self._at_work(), traced():
            try:
                shown = await work()
                await (exchange.open(shown) if isinstance(shown, Form) else exchange.show(shown))
            except Exception as error:  # noqa: BLE001 - whatever failed, the person is told and can try again
                await self._apologise(exchange, reader_of_interaction(interaction), report(error, "form"))

    async def _visit(
        self,
        interaction: discord.Interaction,
        offices: Sequence[Mapping[Action, Callable[[Call], Awaitable[Shown]]]],
        data: dict[str, Any],
        *,
        opens_form: bool = False,
    ) -> bool:
        """Serve a control or form of an office; False when none has something for it."""
        control = ControlId.parse(str(data.get("custom_id", "")))
        handler = (
            next((handlers[control.action] for handlers in offices if control.action in handlers), None)
            if control
            else None
        )
        if handler is None:
            return False
        call = replace(
            call_of(interaction, self._roles), control=control, values=_values(data), typed=typed_values(data)
        )
        await self._serve(interaction, lambda: handler(call), opens_form=opens_form)
        return True

    async def _use(self, interaction: discord.Interaction) -> None:
        """Somebody used a button or a menu, of this run of the bot or of one long ago."""
        data: dict[str, Any] = dict(interaction.data or {})
        if not await self._may_use(interaction, data):
            return
        if await self._touch(interaction, OPENERS, data, opens_form=True):
            return
        if await self._touch(interaction, HANDLERS, data):
            return
        if await self._visit(interaction, [office.openers for office in self._offices], data, opens_form=True):
            return
        if await self._visit(interaction, [office.handlers for office in self._offices], data):
            return
        custom_id, values = str(data.get("custom_id", "")), _values(data)
        await self.respond(interaction, lambda reader: use_control(self._replies, reader, custom_id, values))

    async def _touch(
        self,
        interaction: discord.Interaction,
        handlers: Mapping[Action, Handler],
        data: dict[str, Any],
        *,
        opens_form: bool = False,
    ) -> bool:
        """Serve a control of an announcement; False when `handlers` has nothing for it."""
        control = ControlId.parse(str(data.get("custom_id", "")))
        handler = handlers.get(control.action) if control and self._announcements else None
        if control is None or handler is None:
            return False

        async def work(desks: Desks, visitor: Visitor) -> Shown:
            touch = Touch(visitor=visitor, control=control, values=_values(data), typed=typed_values(data))
            return await handler(desks, touch)

        await self.serve(interaction, work, opens_form=opens_form)
        return True

    async def _sync(self, guild: discord.Object | None) -> None:
        """Tell Discord the commands. Without it the bot still answers mentions and direct messages."""

        async def work() -> None:
            await self.tree.sync(guild=guild)

        try:
            await persist(work)
        except (discord.HTTPException, app_commands.AppCommandError, aiohttp.ClientError, OSError) as error:
            _log.error("commands not synchronised: %s", trail(error))
            if is_passing(error):
                self._unfinished.add(work)

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        self._working += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._working -= 1
            if not self._working:
                self._idle.set()


class ShardedClient(DiscordClient, discord.AutoShardedClient):
    """One process of several, each with some of the shards; announcements need none, as they go over HTTP."""

    _complete = False  # whether all shards of this process have been ready once

    async def on_shard_connect(self, shard: int) -> None:
        self._reach.found(shard)
        self.ready_to_send.set()

    async def on_shard_resumed(self, shard: int) -> None:
        self._reach.found(shard)

    async def on_shard_disconnect(self, shard: int) -> None:
        self._reach.lost(shard)

    def heard(self, shard: int) -> None:
        """Told for each shard by its own events."""

    async def on_disconnect(self) -> None:
        """Told for each shard by its own events."""

    async def on_ready(self) -> None:
        self._complete = True
        await super().on_ready()

    async def on_shard_ready(self, _: int) -> None:
        """At a shard's later sessions, which discord.py does not count as ready before all shards had another one."""
        if self._complete:
            await super().on_ready()


def _sharding(options: DiscordOptions) -> dict[str, Any]:
    return {"shard_ids": list(options.shard_ids), "shard_count": options.shard_count} if options.shard_ids else {}


class _CommandTree(app_commands.CommandTree[discord.Client]):
    """Commands handle their own failures; what arrives here went wrong before one was reached."""

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        client = interaction.client
        return isinstance(client, DiscordClient) and await client.may_command(interaction)

    async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError, /) -> None:
        report(error, "command")


def _values(data: dict[str, Any]) -> list[str]:
    """What was taken from a menu."""
    return [value for value in data.get("values", ()) if isinstance(value, str)]
