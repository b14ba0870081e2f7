"""The button under an answer, and the one private message that follows from it."""

from dataclasses import replace
from typing import Any

from bot.adapters.discord.following import CorrectionMessenger
from bot.core.following import Corrections, Following
from bot.core.knowledge import Knowledge
from bot.core.models import Changed, ChangeKind
from bot.core.snapshot import Snapshot
from bot.storage.following import SqlFollowStore
from bot.storage.sql import SqlStore
from tests.adapters.discord.announcements.conftest import Hall, shown, text_of
from tests.adapters.discord.offices.conftest import MEETING_ENDS
from tests.adapters.discord.test_controls import labels
from tests.adapters.discord.worlds import DATES, MemoryStore, make_answering, mark

FOLLOW = "Tell me if this changes"


def after(**changes: Any) -> Snapshot:
    """The knowledge base once the meeting's dates have changed."""
    snapshot = make_answering(MemoryStore()).snapshot
    one = replace(snapshot.knowledge.entries["meeting.dates"], **changes)
    made: Knowledge = replace(snapshot.knowledge, entries={**snapshot.knowledge.entries, one.id: one})
    return replace(snapshot, knowledge=made)


async def swap(hall: Hall, database: SqlStore, new: Snapshot) -> None:
    """What a reload does, and one pass of the sending loop."""
    store, client = SqlFollowStore(database), hall.env.bot
    answering = make_answering(database)
    await Following(store, hall.clock, until=MEETING_ENDS).on_swapped(answering.snapshot, new)
    await Corrections(store, CorrectionMessenger(client, answering), hall.clock, lambda: new, per_second=10_000).work()
    await hall.env.settle()


async def test_tells_once_in_private_and_in_the_readers_language(hall: Hall, database: SqlStore) -> None:
    answer = await hall.alice.slash(hall.lobby, "ask", question=DATES["th"])
    page = await hall.alice.click(shown(answer), label=mark("th", FOLLOW))
    assert shown(page).ephemeral
    assert "31 ธันวาคม 2024" in text_of(page)

    for _ in range(2):
        await swap(hall, database, after(changed=Changed("2024-11-20", ChangeKind.SUBSTANCE)))

    (message,) = hall.direct_messages(hall.alice)
    assert message.content.startswith(mark("th", "This changed since you asked:"))
    assert DATES["en"] in message.content
    assert "It was held in Tokyo" in message.content
    assert hall.direct_messages(hall.mira) == []
    menu = await hall.alice.user.click(message, label=mark("th", "Change language"))
    assert text_of(menu) == mark("th", "In which language shall I answer you?")


async def test_nobody_is_told_who_did_not_ask_for_it(hall: Hall, database: SqlStore) -> None:
    await hall.alice.slash(hall.lobby, "ask", question=DATES["km"])
    answer = await hall.mira.slash(hall.lobby, "ask", question=DATES["km"])
    page = await hall.mira.click(shown(answer), label=mark("km", FOLLOW))
    page = await hall.mira.click(shown(page), label=mark("km", "Do not tell me"))
    assert text_of(page) == mark("km", "I will not write to you about this answer.")

    await swap(hall, database, after(unknown=True))

    assert hall.direct_messages(hall.alice) == hall.direct_messages(hall.mira) == []


async def test_closed_direct_messages_are_no_failure(hall: Hall, database: SqlStore) -> None:
    answer = await hall.alice.slash(hall.lobby, "ask", question=DATES["ja"])
    await hall.alice.click(shown(answer), label=mark("ja", FOLLOW))
    hall.close_direct_messages(hall.alice)

    await swap(hall, database, after(unknown=True))

    assert await SqlFollowStore(database).due(hall.clock.now()) == []


async def test_only_an_answer_can_be_followed(hall: Hall) -> None:
    choice = await hall.alice.slash(hall.lobby, "ask", question="meeting")
    assert FOLLOW not in labels(shown(choice))
