import asyncio
import io
import json
import logging
from collections.abc import Callable

import discord
import pytest
import simcord

from bot.adapters.discord.client import DiscordClient, DiscordOptions
from bot.adapters.logs import JsonFormatter
from bot.core import messages
from tests.adapters.discord.conftest import Place
from tests.adapters.discord.worlds import BROKEN, DATES, NASTY, OFF_TOPIC, VAGUE, MemoryStore, mark


@pytest.mark.parametrize("locale", DATES)
async def test_answers_a_mention_in_the_language_of_the_question(place: Place, locale: str) -> None:
    """A message carries no client locale, so the question's own language decides."""
    await place.alice.send(place.channel, f"{place.me} {DATES[locale]}")

    [reply] = place.from_bot()
    assert mark(locale, "It was held in Tokyo") in reply.content


@pytest.mark.parametrize("locale", DATES)
async def test_answers_a_direct_message_without_a_mention(place: Place, locale: str) -> None:
    """Whoever writes to the bot alone means the bot."""
    user = place.alice.user

    await user.send_dm(DATES[locale])

    assert mark(locale, "It was held in Tokyo") in user.dm_channel.history()[-1].content


async def test_answers_a_reply_to_its_own_message(place: Place) -> None:
    """A reply with its mention left on is a question to the bot, follow-ups included."""
    await place.alice.send(place.channel, f"{place.me} {DATES['en']}")
    [first] = place.from_bot()

    await place.alice.send(place.channel, f"{place.me} and where?", reply_to=first)

    assert len(place.from_bot()) == 2


@pytest.mark.parametrize(
    "text",
    ["hello all", "@everyone when was the meeting?", "@here when?", "<@&{role}> when?", "<@{other}> when?"],
    ids=["nobody", "everyone", "here", "role", "somebody else"],
)
async def test_stays_silent_when_not_addressed(place: Place, text: str) -> None:
    """Only a mention of the bot itself addresses it, not one of a crowd it belongs to."""
    role = place.guild.create_role("helpers")
    other = place.guild.add_member(place.env.create_user("bob"))

    await place.alice.send(place.channel, text.format(role=role.id, other=other.id))

    assert place.from_bot() == []


async def test_stays_silent_to_bots_and_webhooks(place: Place) -> None:
    """Two bots that answer each other never stop."""
    robot = place.guild.add_member(place.env.create_user("robot", bot=True))
    webhook = place.guild.create_webhook(place.channel)

    await robot.send(place.channel, f"{place.me} {DATES['en']}")
    await webhook.send(f"{place.me} {DATES['en']}")

    assert place.sent() == []


async def test_answers_one_message_once_however_often_it_arrives(place: Place, store: MemoryStore) -> None:
    """A message claimed before, by this process or another one, is left alone."""
    message = await place.alice.send(place.channel, f"{place.me} {DATES['en']}")

    with place.env._bot_scope():
        place.env.bot.dispatch("message", message)
    await place.env.settle()

    assert list(store.claims) == [str(message.id)]
    assert len(place.from_bot()) == 1


async def test_sends_with_a_nonce_made_from_the_message(place: Place) -> None:
    """A repeated attempt must be the same message for Discord, so the nonce is stable and enforced."""
    message = await place.alice.send(place.channel, f"{place.me} {DATES['en']}")

    [body] = place.sent()
    assert body["nonce"] == f"{message.id}-0"
    assert len(body["nonce"]) <= 25
    assert body["enforce_nonce"] is True


async def test_pings_nobody_and_shows_no_preview(place: Place) -> None:
    """Mentions and formatting in the knowledge base arrive as plain characters, and nobody is notified."""
    await place.alice.send(place.channel, f"{place.me} {NASTY}")

    [body] = place.sent()
    [reply] = place.from_bot()
    assert body["allowed_mentions"] == {"parse": []}
    assert body["flags"] == discord.MessageFlags(suppress_embeds=True).value
    assert not reply.mention_everyone
    assert "@everyone" not in reply.content
    assert r"\*bold\*" in reply.content


async def test_answers_a_bare_mention_with_help(place: Place) -> None:
    """Somebody who only calls the bot wants to know what it can do."""
    await place.alice.send(place.channel, place.me)

    [reply] = place.from_bot()
    assert "/topics" in reply.content


async def test_uses_the_language_of_the_server_when_nothing_else_is_known(place: Place) -> None:
    """The server's language is the last resort before English."""
    place.env.bot.get_guild(place.guild.id).preferred_locale = discord.Locale.thai  # type: ignore[union-attr]

    await place.alice.send(place.channel, f"{place.me} ???")

    assert mark("th", "It was held") in place.from_bot()[-1].content


async def test_prefers_the_stored_language_and_offers_the_one_of_the_question(place: Place, store: MemoryStore) -> None:
    """A stored choice is a decision; one tap reads the answer in the language it was asked in."""
    store.languages[f"discord:{place.alice.id}"] = "ja"
    await place.alice.send(place.channel, f"{place.me} {DATES['th']}")
    [reply] = place.from_bot()
    assert mark("ja", "It was held") in reply.content

    result = await place.alice.click(reply, label=mark("ja", "Read in ไทย"))

    assert result.ephemeral
    assert mark("th", "It was held") in result.response.content  # type: ignore[union-attr]
    assert store.languages == {f"discord:{place.alice.id}": "ja"}


async def test_lists_the_choices_in_words_and_as_buttons(place: Place) -> None:
    """The text is complete without its buttons."""
    await place.alice.send(place.channel, f"{place.me} {VAGUE}")

    [reply] = place.from_bot()
    assert "1. When was the meeting?\n2. Where was the meeting?" in reply.content
    labels = [child.label for row in reply.components for child in row.children]
    assert labels == [
        "1. When was the meeting?",
        "2. Where was the meeting?",
        "3. Who is @everyone?",
        "None of these",
        "Change language",
    ]


async def test_offers_the_nearest_topics_when_it_does_not_know(place: Place) -> None:
    """An abstention ends with something that helps."""
    await place.alice.send(place.channel, f"{place.me} {OFF_TOPIC}")

    [reply] = place.from_bot()
    assert "• Where was the meeting?" in reply.content


async def test_apologises_with_a_reference_and_answers_the_next_question(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault inside costs one answer; the reference leads to the log, which says nothing of the question."""
    await place.alice.send(place.channel, f"{place.me} {BROKEN}")
    [apology] = place.from_bot()
    reference = apology.content.rpartition(" ")[2]

    await place.alice.send(place.channel, f"{place.me} {DATES['en']}")

    [record] = [record for record in caplog.records if reference in record.getMessage()]
    assert "RuntimeError at" in record.getMessage()
    assert "worlds.py" in record.getMessage()
    assert not any(word in caplog.text for word in ("secret", BROKEN, "alice", place.me))
    assert "It was held" in place.from_bot()[-1].content


async def test_apologises_in_the_language_of_the_reader(place: Place, store: MemoryStore) -> None:
    """Also when things go wrong."""
    store.languages[f"discord:{place.alice.id}"] = "km"

    await place.alice.send(place.channel, f"{place.me} {BROKEN}")

    assert place.from_bot()[-1].content.startswith(mark("km", "I am sorry"))


async def test_answers_though_the_store_is_broken(place: Place, store: MemoryStore) -> None:
    """State is worth less than an answer."""
    store.broken = True

    await place.alice.send(place.channel, f"{place.me} {DATES['ta']}")

    assert mark("ta", "It was held") in place.from_bot()[-1].content


@pytest.mark.parametrize("times", [1, 2])
async def test_tries_again_when_discord_is_unavailable(place: Place, times: int) -> None:
    """discord.py gives up at 503; we do not, and the nonce keeps the message single."""
    place.env.inject_error("POST", "/channels/*/messages", status=503, times=times)

    await place.alice.send(place.channel, f"{place.me} {DATES['en']}")
    await place.env.advance_time(10)

    assert len(place.from_bot()) == 1
    assert len({body["nonce"] for body in place.sent()}) == 1
    assert len(place.sent()) == times + 1


async def test_gives_up_quietly_where_it_may_not_write(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    """A channel without permission to write is no fault of ours, and nothing to apologise for."""
    place.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)

    await place.alice.send(place.channel, f"{place.me} {DATES['en']}")

    assert place.from_bot() == []
    assert "50013" in caplog.text


class TestCooldown:
    @pytest.fixture
    def options(self) -> DiscordOptions:
        return DiscordOptions(cooldown_seconds=60, cooldown_burst=2)

    async def test_asks_for_patience_once_then_keeps_silent(self, place: Place) -> None:
        """A flood is answered by one line, not by another flood; other people are not affected."""
        bob = place.guild.add_member(place.env.create_user("bob"))
        for _ in range(5):
            await place.alice.send(place.channel, f"{place.me} {DATES['en']}")

        await bob.send(place.channel, f"{place.me} {DATES['en']}")

        texts = [message.content for message in place.from_bot()]
        assert [text.startswith("Please wait 60 seconds") for text in texts] == [False, False, True, False]


async def test_finishes_the_reply_in_the_making_before_it_stops(build: Callable[[], DiscordClient]) -> None:
    """A stop waits for replies, and takes no new ones."""
    client = build()
    closed: list[str] = []

    async def work() -> None:
        with client._at_work():
            await asyncio.sleep(0.05)
            closed.append("reply")

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    await client.close()
    closed.append("client")
    await task

    assert closed == ["reply", "client"]


def test_needs_no_privileged_intent(build: Callable[[], DiscordClient]) -> None:
    """Mentions and direct messages are readable without any."""
    intents = build().intents

    assert {name for name, is_on in intents if is_on} == {"guilds", "guild_messages", "dm_messages"}


@pytest.mark.simcord(approved_intents=discord.Intents.none())
async def test_runs_where_no_intent_was_approved(simcord_env: simcord.Env) -> None:
    """The developer portal's switches stay off."""
    guild = simcord_env.create_guild()
    channel = guild.create_text_channel("general")
    alice = guild.add_member(simcord_env.create_user("alice"))

    await alice.send(channel, f"<@{simcord_env.bot.user.id}> {DATES['th']}")  # type: ignore[union-attr]

    assert mark("th", "It was held") in channel.last_message.content  # type: ignore[union-attr]


@pytest.mark.parametrize("locale", DATES)
async def test_who_asks_amid_too_many_is_told_so_in_the_language_of_the_question(
    build: Callable[[], DiscordClient], monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    monkeypatch.setattr("bot.core.answering._MOST_AT_ONCE", 0)
    async with simcord.run(build()) as env:
        guild = env.create_guild()
        channel, alice = guild.create_text_channel("general"), guild.add_member(env.create_user("alice"))
        await alice.send(channel, f"<@{env.bot.user.id if env.bot.user else 0}> {DATES[locale]}")

        assert channel.history()[-1].content == mark(locale, messages.BUSY.text)


async def test_the_reference_of_an_apology_is_that_of_the_lines_in_the_log(place: Place) -> None:
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonFormatter())
    logging.getLogger("bot").addHandler(handler)
    await place.alice.send(place.channel, f"{place.me} {BROKEN}")
    await place.alice.send(place.channel, f"{place.me} {BROKEN}")
    logging.getLogger("bot").removeHandler(handler)

    references = [json.loads(line)["reference"] for line in lines.getvalue().splitlines()]
    assert len(set(references)) == 2
    for reference, apology in zip(references, place.from_bot(), strict=True):
        assert reference in apology.content


async def test_a_flood_beyond_even_that_is_left_alone(
    place: Place, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing piles up for a channel that takes five messages in five seconds; afterwards it goes on."""
    monkeypatch.setattr("bot.adapters.discord.listening._MOST_AT_ONCE", 0)
    await place.alice.send(place.channel, f"{place.me} {DATES['km']}")
    assert (place.from_bot(), store.claims) == ([], {})

    monkeypatch.undo()
    await place.alice.send(place.channel, f"{place.me} {DATES['th']}")
    assert len(place.from_bot()) == 1
