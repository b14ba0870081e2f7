"""Getting a page to Discord exactly once, whatever the network does.

- Channel messages carry a nonce made from the message they answer, so a repeated attempt is the same message.
- Interactions are acknowledged within 3 s; after a deferral the reply is an edit, which may be repeated freely.
- discord.py repeats 500, 502 and 504 by itself; 503 and cut connections are ours.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

import aiohttp
import discord

from bot.adapters.discord.forms import Form, make_modal
from bot.adapters.discord.pages import Page
from bot.adapters.discord.views import make_file, make_view

T = TypeVar("T")

_log = logging.getLogger(__name__)

# Discord drops an interaction that is not acknowledged within 3 s; the way there and back needs the rest.
ACKNOWLEDGE_AFTER = 1.5
_SILENT: dict[str, Any] = {"allowed_mentions": discord.AllowedMentions.none()}
_PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds before each further attempt
_ALREADY_ACKNOWLEDGED = 40060
_UNKNOWN_INTERACTION = 10062
_UNAVAILABLE = 503
_SEARCHED = 200  # messages after a question in which its reply is looked for


async def persist(attempt: Callable[[], Awaitable[T]]) -> T:
    """Make an attempt that is harmless to repeat until it is made, or four repetitions failed too."""
    for pause in _PAUSES:
        try:
            return await attempt()
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            if isinstance(error, discord.HTTPException) and error.status != _UNAVAILABLE:
                raise  # refused for good, or discord.py has repeated it already
            _log.warning("discord did not take a request (%s), trying again in %s s", type(error).__name__, pause)
        await asyncio.sleep(pause)
    return await attempt()


async def send_reply(message: discord.Message, page: Page, *, purpose: str = "") -> None:
    """Answer a message in its channel. `purpose` keeps the nonces of different replies to one message apart."""
    for number, text in enumerate(page.texts):
        last = number == len(page.texts) - 1
        options: dict[str, Any] = {"nonce": f"{message.id}{purpose}-{number}"}
        if number == 0:
            # The question may have been deleted meanwhile: its answer is still good.
            options["reference"] = message.to_reference(fail_if_not_exists=False)
        if last and page.rows:
            options["view"] = make_view(page.rows)
        await persist(partial(message.channel.send, text, suppress_embeds=True, **_SILENT, **options))


def answered_by(message: discord.Message, bot_id: int) -> int | None:
    """The id of the message to which this one is a reply of ours."""
    return message.reference.message_id if message.author.id == bot_id and message.reference else None


async def has_reply(message: discord.Message, bot_id: int) -> bool:
    """Whether a reply of ours stands in the channel."""
    async for later in message.channel.history(limit=_SEARCHED, after=message, oldest_first=True):
        if answered_by(later, bot_id) == message.id:
            return True
    return False


class Exchange:
    """One interaction and how far we got with it. `answered` once a page was shown."""

    def __init__(self, interaction: discord.Interaction) -> None:
        self._interaction = interaction
        self._deferred = False
        self.answered = False

    async def hold(self, work: Coroutine[Any, Any, Page]) -> Page:
        """Wait for a page; acknowledge first when it takes long.

        Whether a reply may be public is known only with the reply (the language may come from the client), but
        Discord wants it said at the deferral. So quick replies, nearly all, are sent without one, and slow ones are
        only for the person who asked: the one choice that can never reveal a setting.
        """
        task = asyncio.create_task(work)
        try:
            await asyncio.wait({task}, timeout=ACKNOWLEDGE_AFTER)
            if not task.done():
                await self._defer()
            return await task
        finally:
            task.cancel()

    async def show(self, page: Page) -> None:
        if self._deferred:
            await persist(partial(self._edit, page))
        elif not await self._acknowledging(partial(self._respond, page)):
            return
        self.answered = True
        for number, text in enumerate(page.texts[1:], 2):
            await self._follow_up(page, text, last=number == len(page.texts))

    async def open(self, form: Form) -> None:
        """A form is possible only as the first answer."""
        if await self._acknowledging(partial(self._interaction.response.send_modal, make_modal(form))):
            self.answered = True

    async def _defer(self) -> None:
        response = self._interaction.response
        self._deferred = True
        await self._acknowledging(partial(response.defer, ephemeral=True, thinking=True))

    async def _acknowledging(self, attempt: Callable[[], Awaitable[object]]) -> bool:
        """The first answer to an interaction; False when it came too late, and nothing more can be done.

        That the interaction was already acknowledged means that our attempt before this one arrived.
        """
        try:
            await persist(attempt)
        except discord.HTTPException as error:
            if error.code == _UNKNOWN_INTERACTION:
                _log.warning("interaction expired before it was acknowledged")
                return False
            if error.code != _ALREADY_ACKNOWLEDGED:
                raise
        return True

    async def _respond(self, page: Page) -> None:
        response = self._interaction.response
        view = make_view(page.rows) if len(page.texts) == 1 else discord.utils.MISSING
        if page.in_place and self._interaction.message is not None:
            await response.edit_message(content=page.texts[0], view=make_view(page.rows))
            return
        file = make_file(page.attachment) if page.attachment else discord.utils.MISSING
        await response.send_message(
            page.texts[0], view=view, file=file, ephemeral=page.ephemeral, suppress_embeds=True, **_SILENT
        )

    async def _edit(self, page: Page) -> None:
        view = make_view(page.rows) if len(page.texts) == 1 else None
        files = [make_file(page.attachment)] if page.attachment else []
        await self._interaction.edit_original_response(content=page.texts[0], view=view, attachments=files, **_SILENT)

    async def _follow_up(self, page: Page, text: str, *, last: bool) -> None:
        """The rest of a reply too long for one message. Not repeated by us: follow-ups carry no nonce."""
        view = make_view(page.rows) if last else discord.utils.MISSING
        ephemeral = page.ephemeral or self._deferred
        await self._interaction.followup.send(text, view=view, ephemeral=ephemeral, suppress_embeds=True, **_SILENT)
