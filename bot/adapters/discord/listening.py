"""Messages: which are addressed to the bot, and answering each of them once."""

import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import discord

from bot.adapters.discord.cooldowns import Cooldowns
from bot.adapters.discord.delivery import has_reply, send_reply
from bot.adapters.discord.failures import report, trail
from bot.adapters.discord.pages import Page
from bot.adapters.discord.readers import PLATFORM, Reader, channel_key, reader_of_message
from bot.adapters.discord.replies import Replies
from bot.adapters.discord.unfinished import Unfinished, is_passing
from bot.core.errors import StoreError
from bot.core.ports import Observer, Store
from bot.core.tracing import traced

_log = logging.getLogger(__name__)
# Replies in the making: Discord takes five messages in five seconds for each channel, so more would only pile up. The
# core says "too busy" long before; this is the end of even that.
_MOST_AT_ONCE = 256
_CHANNELS = 1000  # of which is remembered what was heard last
_WRITTEN_BY_PEOPLE = (discord.MessageType.default, discord.MessageType.reply)


def is_addressed(message: discord.Message, bot_id: int) -> bool:
    """A person wrote it, and mentions the bot, replies to it readably, or wrote to it directly.

    Mentions of everyone or of a role are addressed to a crowd. Who switches the mention off in a reply does not want
    the bot's attention; without the message content intent such a reply arrives empty.
    """
    if message.author.bot or message.webhook_id or message.type not in _WRITTEN_BY_PEOPLE:
        return False
    if message.guild is None or any(user.id == bot_id for user in message.mentions):
        return True
    replied_to = message.reference.resolved if message.reference else None
    return isinstance(replied_to, discord.Message) and replied_to.author.id == bot_id and bool(message.content)


def question_in(message: discord.Message, bot_id: int) -> str:
    """What was said, without the mention that addressed it."""
    return re.sub(rf"<@!?{bot_id}>", " ", message.content).strip()


class Listener:
    """Args: `at_work` marks a reply in the making, so that a stop waits for it."""

    def __init__(
        self,
        replies: Replies,
        store: Store,
        cooldowns: Cooldowns,
        at_work: Callable[[], AbstractContextManager[None]],
        observer: Observer,
        unfinished: Unfinished,
    ) -> None:
        self._replies = replies
        self._store = store
        self._cooldowns = cooldowns
        self._at_work = at_work
        self._observer = observer
        self._unfinished = unfinished
        self._hearing = 0
        self.newest: OrderedDict[int, int] = OrderedDict()  # message by channel: what was heard, also without a store

    async def hear(self, message: discord.Message, bot_id: int, *, late: bool = False) -> None:
        """Answer a message that is addressed to the bot, unless somebody already did.

        Args:
            late: It was said while the bot was away: there is no hurry to slow down, and without a working store no
                telling whether it was answered.

        Raises:
            StoreError: It is late, and cannot be claimed.
        """
        if not is_addressed(message, bot_id):
            return
        if self._hearing >= _MOST_AT_ONCE:
            self._observer.shed(PLATFORM)
            _log.debug("a message left alone: %d replies are in the making", self._hearing)  # a flood floods no log
            return
        self._note_newest(message)
        with self._at_work(), self._counted(), traced():
            if await self._claim(message, without_store=not late):
                await self._conclude(message, bot_id, patient=late)

    def _note_newest(self, message: discord.Message) -> None:
        self.newest[message.channel.id] = max(message.id, self.newest.get(message.channel.id, 0))
        self.newest.move_to_end(message.channel.id)
        while len(self.newest) > _CHANNELS:
            self.newest.popitem(last=False)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._hearing += 1
        try:
            yield
        finally:
            self._hearing -= 1

    async def finish(self, message: discord.Message, bot_id: int) -> None:
        """Answer a message that was claimed by a run of the bot that died before it could reply."""
        with self._at_work(), traced():
            await self._conclude(message, bot_id, patient=True)

    async def _conclude(self, message: discord.Message, bot_id: int, *, patient: bool) -> None:
        """Answer, and mark the claim as answered once there is nothing left to say."""
        if await self._answer(message, bot_id, patient=patient):
            await self._mark(message)

    async def _mark(self, message: discord.Message) -> None:
        try:
            await self._store.mark_answered(PLATFORM, str(message.id))
        except StoreError as error:
            self._observer.store_failed()
            _log.error("reply not marked, it may be looked up at the next start: %s", trail(error))

    async def _claim(self, message: discord.Message, *, without_store: bool) -> bool:
        try:
            return await self._store.claim_message(PLATFORM, channel_key(message.channel.id), str(message.id))
        except StoreError as error:
            self._observer.store_failed()
            _log.error("message not claimed: %s", trail(error))
            if not without_store:
                raise
            self._unfinished.add(partial(self.note_answered, message))
            return True

    async def note_answered(self, message: discord.Message) -> None:
        """It was answered while nobody could claim it: a later look must not answer it again. Raises StoreError."""
        await self._store.claim_message(PLATFORM, channel_key(message.channel.id), str(message.id))
        await self._store.mark_answered(PLATFORM, str(message.id))

    def _owe(self, message: discord.Message, bot_id: int, page: Page, purpose: str = "") -> None:
        """Discord did not take a reply: it does later. The very page, as asking anew would count twice."""

        async def deliver() -> None:
            with self._at_work(), traced():
                if not await has_reply(message, bot_id):
                    await send_reply(message, page, purpose=purpose)
                await self._mark(message)

        _log.warning("a reply waits for Discord to take it")
        self._unfinished.add(deliver)

    async def _answer(self, message: discord.Message, bot_id: int, *, patient: bool) -> bool:
        """False when neither a reply nor an apology arrived."""
        reader, page = reader_of_message(message), None
        try:
            page = await self._page(reader, question_in(message, bot_id), patient=patient)
            if page is not None:
                await send_reply(message, page)
        except (discord.Forbidden, discord.NotFound) as error:
            _log.warning("no reply possible in a channel, Discord code %s", error.code)
        except Exception as error:  # noqa: BLE001 - whatever failed, the person is told and the next question works
            if page is not None and is_passing(error):
                self._owe(message, bot_id, page)
                return False
            return await self._apologise(message, bot_id, reader, report(error, "reply to a message"))
        return True

    async def _page(self, reader: Reader, text: str, *, patient: bool) -> Page | None:
        """None for somebody who was already told to wait: the bot must not become the flood."""
        refusal = None if patient else self._cooldowns.spend(reader.asker)
        if refusal:
            return await self._replies.wait(reader, refusal.seconds) if refusal.first else None
        if not text:
            return await self._replies.help((await self._replies.locale(reader)).locale)
        return await self._replies.ask(reader, text)

    async def _apologise(self, message: discord.Message, bot_id: int, reader: Reader, reference: str) -> bool:
        page = None
        try:
            page = await self._replies.apology(reader, reference)
            await send_reply(message, page, purpose="e")
        except Exception as error:  # noqa: BLE001 - whatever failed, the person is told and the next question works
            _log.error("no apology possible, reference %s: %s", reference, trail(error))
            if page is not None and is_passing(error):
                self._owe(message, bot_id, page, "e")
            return False
        return True
