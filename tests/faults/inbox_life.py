"""One life of the bot with an inbox: people ask, moderators press what is still to be pressed, answers go out.

What people do again after a crash is done again here: a question that got no reply is asked anew, a button whose press
had no effect is pressed once more. What the bot does by itself is the bot's own.
"""

import asyncio
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.adapters.discord.client import DiscordClient
from bot.adapters.discord.inbox.messenger import InboxMessenger
from bot.content.inbox_entries import KnowledgeFolder
from bot.content.knowledge_reader import read_knowledge
from bot.core.answering import Answering
from bot.core.inbox.clerk import Clerk
from bot.core.inbox.inboxing import Inbox
from bot.core.inbox.models import Asker, State
from bot.core.inbox.sending import InboxSending
from bot.storage.inbox import SqlInboxStore
from bot.storage.sql import SqlStore
from tests.adapters.discord.worlds import knowledge, make_snapshot
from tests.core.clocks import SimulatedClock
from tests.core.inbox.worlds import ADA, DRAFT, MIRA, PARKING, WIFI, ByMatter, miss
from tests.faults.mines import Mine

CARDS, LOBBY = 900, 500
_STORE = (
    "add",
    "renew_cards",
    "ungrouped",
    "open_group",
    "join",
    "groups",
    "group",
    "publishing",
    "case",
    "apply",
    "due",
    "stale",
    "claim",
    "release",
    "mark_sent",
    "mark_shown",
    "mark",
    "postpone",
)
_MESSENGER = ("post", "find", "correct")
_FOLDER = ("files_with", "check", "publish")


# Who asks what, in which language; 101 asks both questions, again and again.
MANY = [
    (who, locale, text)
    for number, (locale, text) in enumerate({**WIFI, **PARKING}.items())
    for who in (100 + number, 101)
]
FEW = [(100 + number, locale, text) for number, (locale, text) in enumerate(list(PARKING.items())[:2])]


async def live_inbox(
    store: SqlStore, folder: Path, client: DiscordClient, answering: Answering, mine: Mine, *, few: bool
) -> None:
    """Until everyone has their answer, or the process is killed.

    Args:
        few: Only the question that gets a new entry, asked by two people.
    """
    kept, clock = SqlInboxStore(store), SimulatedClock()

    async def reload() -> None:
        base, (read, problems) = knowledge(), read_knowledge(folder)
        assert read is not None, problems
        entries, sources = {**read.entries, **base.entries}, {**read.sources, **base.sources}
        answering.replace(make_snapshot(dataclasses.replace(base, entries=entries, sources=sources)))

    shelf: Any = KnowledgeFolder(folder, "Asia/Tokyo", reload)
    by_matter: Any = ByMatter()
    inbox = Inbox(kept, clock, files=shelf, publisher=shelf, wake=lambda: None)
    messenger = InboxMessenger(client, answering, inbox, "en")
    clerk = Clerk(
        kept,
        inbox,
        clock,
        fingerprinting=by_matter,
        files=shelf,
        publisher=shelf,
        cards=f"discord:{CARDS}",
        woken=asyncio.Event(),
        done=lambda: None,
    )
    sending = InboxSending(kept, messenger, clock, per_second=10_000)
    await reload()
    mine.lay(kept, *_STORE)
    mine.lay(messenger, *_MESSENGER)
    mine.lay(shelf, *_FOLDER)
    await clerk.start()
    await _ask(inbox, FEW if few else MANY)
    for _ in range(40):
        await clerk.work()
        await sending.work()
        await _decide(inbox, len(FEW) if few else len(MANY) // 2)
        if not (await kept.groups() or await kept.due(clock.now()) or await kept.stale(clock.now())):
            break
    await client.close()
    await store.close()


async def _ask(inbox: Inbox, wanted: Sequence[tuple[int, str, str]]) -> None:
    for number, (who, locale, text) in enumerate(wanted, 1):
        asker = Asker(id=f"discord:{who}", channel=f"discord:{LOBBY}")
        await inbox.take(miss(number, text, locale, asker=asker))


async def _decide(inbox: Inbox, complete: int) -> None:
    """The moderators, once a group has so many questions: one question is linked to an entry, the other answered with a new one."""
    for group in await inbox.groups():
        case = await inbox.case(group.id)
        assert case is not None
        if case.group.count < complete:
            continue
        if "km" in case.languages:
            await inbox.link(group.id, group.decided, "meeting.dates", MIRA)
        elif group.state is State.OPEN:
            await inbox.propose(group.id, group.decided, DRAFT, MIRA)
        elif group.state is State.PROPOSED:
            await inbox.approve(group.id, group.decided, ADA)
