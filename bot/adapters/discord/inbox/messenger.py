"""Puts cards into the moderators' channel and answers where people get them. Implements `Messenger` for groups."""

from typing import Any

import discord

from bot.adapters.discord.announcements.messenger import CopyMessenger, Outcome, only_person
from bot.adapters.discord.inbox.labels import labels_of
from bot.adapters.discord.inbox.layout import answer_rows, answer_text, case_rows, case_text
from bot.adapters.discord.offices import Voice
from bot.adapters.discord.pages import MAX_CONTENT
from bot.adapters.discord.readers import PLATFORM, channel_id
from bot.adapters.discord.views import make_view
from bot.core import messages as reply_messages
from bot.core.announcements.models import Delivery, Kind, Trouble
from bot.core.announcements.ports import Unclear, Unposted
from bot.core.answering import Answering
from bot.core.inbox.inboxing import Inbox
from bot.core.inbox.models import Group
from bot.core.text import truncate

_NOT_YET = 60.0  # seconds until an answer that cannot be opened is tried again: the knowledge base may be reloading


class InboxMessenger(CopyMessenger[Group]):
    """Args: `card_locale` is the language of cards."""

    def __init__(self, client: discord.Client, answering: Answering, inbox: Inbox, card_locale: str) -> None:
        super().__init__(client)
        self._answering = answering
        self._inbox = inbox
        self._card_locale = card_locale

    async def post(self, subject: Group, delivery: Delivery) -> Outcome:
        if delivery.kind is Kind.ANSWER and not await self._can_be_opened(subject):
            return Unclear(_NOT_YET)
        return await super().post(subject, delivery)

    async def correct(self, subject: Group, delivery: Delivery) -> Outcome:
        if delivery.kind is Kind.CARD:
            return await super().correct(subject, delivery)
        return Unposted(Trouble.GONE)  # an answer that arrived is never changed

    def _is_person(self, subject: Group, delivery: Delivery) -> bool:
        return delivery.kind is Kind.ANSWER and not delivery.fell_back

    async def _message(self, subject: Group, delivery: Delivery) -> tuple[str, dict[str, Any]]:
        if delivery.kind is Kind.CARD:
            return await self._card(subject)
        locale = self._answering.spoken(delivery.locale or self._card_locale)
        voice = Voice(self._answering, locale)
        reply = await self._answering.open(subject.key or "", locale, platform=PLATFORM)
        if reply is None:
            raise TimeoutError("the answer went away meanwhile")  # told apart as unclear: tried again later
        question = self._answering.snapshot.renderer.label(subject.key or "", locale)
        mention = f"<@{channel_id(delivery.recipient)}> " if delivery.fell_back else ""
        rows = answer_rows(delivery.id, voice.say(reply_messages.BUTTON_SOURCES), locale)
        text = truncate(f"{mention}{answer_text(reply, question, voice)}", MAX_CONTENT)
        return text, {"view": make_view(rows), "allowed_mentions": only_person(delivery)}

    async def _card(self, group: Group) -> tuple[str, dict[str, Any]]:
        voice = Voice(self._answering, self._answering.spoken(self._card_locale))
        case = await self._inbox.case(group.id)
        if case is None:
            raise TimeoutError("the group went away meanwhile")
        labels = labels_of(self._answering, (case.group,), voice.locale)
        options: dict[str, Any] = {"allowed_mentions": discord.AllowedMentions.none()}
        options["view"] = make_view(case_rows(case, voice))
        return truncate(case_text(case, voice, labels), MAX_CONTENT), options

    async def _can_be_opened(self, group: Group) -> bool:
        locale = self._answering.spoken(self._card_locale)
        return await self._answering.open(group.key or "", locale, platform=PLATFORM) is not None
