"""One life of the bot after the answers have changed: it looks who is to be told, and tells them."""

import asyncio
import dataclasses
import datetime

from bot.adapters.discord.client import DiscordClient
from bot.adapters.discord.following import CorrectionMessenger
from bot.core.answering import Answering
from bot.core.following import Corrections, Following
from bot.core.models import Changed, ChangeKind
from bot.core.ports import Clock
from bot.core.snapshot import Snapshot
from bot.storage.following import SqlFollowStore
from bot.storage.sql import SqlStore
from tests.adapters.discord.worlds import knowledge, make_snapshot
from tests.faults.mines import Mine

KEYS = ("meeting.dates", "meeting.venue")
UNTIL = datetime.date(2024, 12, 31)
_STORE = ("followed", "order", "followed_as", "due", "claim", "release", "mark_sent", "mark", "postpone")
_MESSENGER = ("post", "find")


def changed() -> Snapshot:
    """The knowledge base after both answers have changed."""
    base, substance = knowledge(), Changed("2024-11-20", ChangeKind.SUBSTANCE)
    entries = {key: dataclasses.replace(base.entries[key], changed=substance) for key in KEYS}
    return make_snapshot(dataclasses.replace(base, entries={**base.entries, **entries}))


async def live_following(
    store: SqlStore, clock: Clock, client: DiscordClient, answering: Answering, mine: Mine, *, alone: bool
) -> None:
    """Until everyone has been told, or the process is killed."""
    answering.replace(changed())
    kept, messenger = SqlFollowStore(store), CorrectionMessenger(client, answering)
    mine.lay(kept, *_STORE)
    mine.lay(messenger, *_MESSENGER)
    await Following(kept, clock, until=UNTIL).look(answering.snapshot)
    sending = Corrections(kept, messenger, clock, lambda: answering.snapshot, alone=alone, per_second=10_000)
    while True:
        await sending.work()
        if not await kept.due(clock.now(), "nobody"):
            break
        await asyncio.sleep(0 if alone else 0.05)  # others are at it
    await client.close()
    await store.close()
