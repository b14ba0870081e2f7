import datetime
from collections.abc import Callable
from pathlib import Path

import discord
import pytest
import simcord

from bot.adapters.discord.client import DiscordClient, DiscordOptions, build_client
from bot.storage.sql import SqlStore
from tests.adapters.discord.conftest import Place
from tests.adapters.discord.worlds import DATES, MemoryStore, make_answering, mark


def texts(place: Place) -> list[str]:
    return [message.content for message in place.from_bot()]


async def restart_after(place: Place, build: Callable[[], DiscordClient], *said: str) -> None:
    """The bot goes away, Alice says something, the bot comes back with a new session."""
    place.env.backend.subscribers.remove(place.env._gateway_feed)
    for text in said:
        place.env.backend.create_message(place.channel.id, place.alice.id, text)
    place.env.backend.subscribers.append(place.env._gateway_feed)
    await place.env.restart_bot(build())


async def test_answers_what_was_missed_once(place: Place, build: Callable[[], DiscordClient]) -> None:
    """After a restart, and after the next one, each missed question has one answer, in its own language."""
    await place.alice.send(place.channel, f"{place.me} {DATES['en']}")

    await restart_after(place, build, f"{place.me} {DATES['my']}", "not for the bot", f"{place.me} {DATES['th']}")
    await restart_after(place, build)

    assert [mark("my", "It was held") in text or mark("th", "It was held") in text for text in texts(place)] == [
        False,
        True,
        True,
    ]


async def test_answers_what_was_missed_in_another_channel(place: Place, build: Callable[[], DiscordClient]) -> None:
    """A channel where nobody asked before counts from the last message heard anywhere."""
    await place.alice.send(place.channel, f"{place.me} {DATES['en']}")
    other = place.guild.create_text_channel("other")

    place.env.backend.subscribers.remove(place.env._gateway_feed)
    place.env.backend.create_message(other.id, place.alice.id, f"{place.me} {DATES['ja']}")
    place.env.backend.subscribers.append(place.env._gateway_feed)
    await place.env.restart_bot(build())

    assert mark("ja", "It was held") in other.last_message.content  # type: ignore[union-attr]


async def test_answers_what_was_missed_in_more_channels_than_are_read_at_once(
    place: Place, build: Callable[[], DiscordClient]
) -> None:
    await place.alice.send(place.channel, f"{place.me} {DATES['en']}")
    asked = {place.guild.create_text_channel(f"room-{number}"): tag for number, tag in enumerate([*DATES] * 2)}

    place.env.backend.subscribers.remove(place.env._gateway_feed)
    for channel, tag in asked.items():
        place.env.backend.create_message(channel.id, place.alice.id, f"{place.me} {DATES[tag]}")
    place.env.backend.subscribers.append(place.env._gateway_feed)
    await place.env.restart_bot(build())

    for channel, tag in asked.items():
        answers = [message.content for message in channel.history() if message.author.bot]
        assert [mark(tag, "It was held") in text for text in answers] == [True]


async def test_answers_missed_direct_messages(place: Place, build: Callable[[], DiscordClient]) -> None:
    """Known from the store: a new session tells nothing of direct messages."""
    user = place.alice.user
    await user.send_dm(DATES["en"])

    place.env.backend.subscribers.remove(place.env._gateway_feed)
    place.env.backend.create_message(user.dm_channel.id, user.id, DATES["ta"])
    place.env.backend.subscribers.append(place.env._gateway_feed)
    await place.env.restart_bot(build())

    assert mark("ta", "It was held") in user.dm_channel.history()[-1].content


async def test_leaves_old_messages_alone(place: Place, build: Callable[[], DiscordClient]) -> None:
    """An answer that comes days late only confuses."""
    await place.alice.send(place.channel, f"{place.me} {DATES['en']}")
    place.env.backend.subscribers.remove(place.env._gateway_feed)
    place.env.backend.create_message(place.channel.id, place.alice.id, f"{place.me} {DATES['th']}")
    place.env.backend.subscribers.append(place.env._gateway_feed)

    await place.env.advance_time(datetime.timedelta(hours=30).total_seconds())
    await place.env.restart_bot(build())

    assert len(texts(place)) == 1


async def test_reads_no_history_on_a_first_start(simcord_env: simcord.Env) -> None:
    """Nothing was ever claimed, so nothing can have been missed."""
    assert not [request for request in simcord_env.http_requests if request.path.endswith("/messages")]


async def test_reads_no_history_where_nothing_was_said(place: Place, build: Callable[[], DiscordClient]) -> None:
    """The session tells the newest message of each channel; most need no request."""
    quiet = place.guild.create_text_channel("quiet")
    await place.alice.send(quiet, "said before the bot was last heard of")
    await place.alice.send(place.channel, f"{place.me} {DATES['en']}")

    await restart_after(place, build)

    assert not [each for each in place.env.http_requests if each.path == f"/channels/{quiet.id}/messages"]


async def test_looks_for_nothing_without_a_store(
    place: Place, build: Callable[[], DiscordClient], store: MemoryStore
) -> None:
    """Without claims nobody can tell what was answered; new questions are answered all the same."""
    await place.alice.send(place.channel, f"{place.me} {DATES['en']}")
    store.broken = True

    await restart_after(place, build, f"{place.me} {DATES['th']}")
    await place.alice.send(place.channel, f"{place.me} {DATES['ja']}")

    assert len(texts(place)) == 2
    assert mark("ja", "It was held") in texts(place)[-1]


async def test_goes_on_when_one_channel_cannot_be_read(
    place: Place, build: Callable[[], DiscordClient], caplog: pytest.LogCaptureFixture
) -> None:
    """One locked channel must not cost the others their answers."""
    other = place.guild.create_text_channel("other")
    await place.alice.send(place.channel, f"{place.me} {DATES['en']}")
    place.env.inject_error("GET", f"/channels/{place.channel.id}/messages", status=403, code=50001)
    place.env.backend.subscribers.remove(place.env._gateway_feed)
    for channel in (place.channel, other):
        place.env.backend.create_message(channel.id, place.alice.id, f"{place.me} {DATES['th']}")
    place.env.backend.subscribers.append(place.env._gateway_feed)

    await place.env.restart_bot(build())

    assert mark("th", "It was held") in other.last_message.content  # type: ignore[union-attr]
    assert "not read" in caplog.text


async def test_a_second_ready_starts_nothing(place: Place, build: Callable[[], DiscordClient]) -> None:
    """discord.py may say it is ready more than once in a session; what was missed is looked for once."""
    await place.alice.send(place.channel, f"{place.me} {DATES['en']}")
    await restart_after(place, build, f"{place.me} {DATES['th']}")
    before = len(place.env.http_requests)

    with place.env._bot_scope():
        place.env.bot.dispatch("ready")
    await place.env.settle()

    assert len(place.env.http_requests) == before


async def test_answers_what_was_missed_between_two_sessions(place: Place) -> None:
    """The session was invalidated and a new one began, in the same process."""
    await place.alice.send(place.channel, f"{place.me} {DATES['en']}")
    place.env.backend.subscribers.remove(place.env._gateway_feed)
    place.env.backend.create_message(place.channel.id, place.alice.id, f"{place.me} {DATES['th']}")
    place.env.backend.subscribers.append(place.env._gateway_feed)
    channel = place.env.bot.get_channel(place.channel.id)
    assert isinstance(channel, discord.TextChannel)
    channel.last_message_id = place.env.backend.get_channel(place.channel.id).last_message_id

    with place.env._bot_scope():
        place.env.bot.dispatch("connect")
        place.env.bot.dispatch("ready")
    await place.env.settle()

    assert len(texts(place)) == 2


async def test_answers_what_was_missed_once_with_the_real_store(tmp_path: Path, options: DiscordOptions) -> None:
    """Claims in the database are what survives a restart."""
    store = await SqlStore.open(tmp_path / "state.sqlite")

    def build() -> DiscordClient:
        return build_client(make_answering(store), store, options)

    try:
        async with simcord.run(build()) as env:
            guild = env.create_guild()
            place = Place(env, guild, guild.create_text_channel("general"), guild.add_member(env.create_user("alice")))
            await place.alice.send(place.channel, f"{place.me} {DATES['en']}")
            await restart_after(place, build, f"{place.me} {DATES['my']}")
            await restart_after(place, build)

            assert len(texts(place)) == 2
    finally:
        await store.close()


async def test_remembers_what_was_missed_through_a_session_that_never_became_ready(place: Place) -> None:
    """The older baseline reaches back further; a newer one would forget what lies between."""
    await place.alice.send(place.channel, f"{place.me} {DATES['en']}")
    place.env.backend.subscribers.remove(place.env._gateway_feed)
    place.env.backend.create_message(place.channel.id, place.alice.id, f"{place.me} {DATES['th']}")
    place.env.backend.subscribers.append(place.env._gateway_feed)

    with place.env._bot_scope():
        place.env.bot.dispatch("connect")
        await place.env.bot._baseline_read.wait()  # type: ignore[attr-defined]
    await place.env.settle()
    await place.alice.send(place.channel, f"{place.me} {DATES['ja']}")
    with place.env._bot_scope():
        place.env.bot.dispatch("connect")
        place.env.bot.dispatch("ready")
    await place.env.settle()

    assert mark("th", "It was held") in texts(place)[-1]
    assert len(texts(place)) == 3


async def test_answers_what_a_crash_came_in_between(
    place: Place, store: MemoryStore, build: Callable[[], DiscordClient]
) -> None:
    """Claimed, then killed before the reply: the next start answers, once."""
    message = place.env.backend.create_message(place.channel.id, place.alice.id, f"{place.me} {DATES['km']}")
    store.claims[str(message.id)] = f"discord:{place.channel.id}"
    before = len(texts(place))

    await place.env.restart_bot(build())
    await place.env.restart_bot(build())

    assert [mark("km", "It was held") in text for text in texts(place)[before:]] == [True]


async def test_does_not_answer_again_what_has_its_reply(
    place: Place, store: MemoryStore, build: Callable[[], DiscordClient]
) -> None:
    """Killed after the reply, before the mark."""
    await place.alice.send(place.channel, f"{place.me} {DATES['ta']}")
    store.answered.clear()

    await place.env.restart_bot(build())

    assert len(texts(place)) == 1
    assert store.answered == set(store.claims)
