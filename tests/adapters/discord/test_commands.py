import unicodedata
from collections.abc import Iterator
from typing import Any

import discord
import pytest
import simcord

from bot.adapters.discord.client import DiscordOptions
from bot.core import messages
from bot.core.locales import negotiate
from bot.core.text import utf16_length
from tests.adapters.discord.conftest import ClientLocale, Place
from tests.adapters.discord.worlds import BROKEN, DATES, NASTY, MemoryStore, mark

COMMANDS = ("ask", "language", "topics", "summary", "help")


def answer(result: Any) -> str:
    return str(result.response.content)


def synced(env: simcord.Env) -> list[dict[str, Any]]:
    [body] = [each.json for each in env.http_requests if each.method == "PUT" and each.path.endswith("/commands")]
    assert isinstance(body, list)
    return body


def described(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A command with its options."""
    yield node
    for option in node.get("options", ()):
        yield from described(option)


async def test_registers_five_commands_within_the_limits_of_discord(simcord_env: simcord.Env) -> None:
    """Discord refuses the whole registration for one text that is too long."""
    commands = synced(simcord_env)

    assert sorted(command["name"] for command in commands) == sorted(COMMANDS)
    for node in (part for command in commands for part in described(command)):
        assert node["name"].isascii()
        assert node["name"] == unicodedata.normalize("NFC", node["name"].lower())
        assert len(node["name"]) <= 32
        assert not node.get("name_localizations")
        for text in (node["description"], *node.get("description_localizations", {}).values()):
            assert 1 <= utf16_length(text) <= 100
        assert len(node.get("choices", ())) <= 25
        for choice in node.get("choices", ()):
            assert all(utf16_length(text) <= 100 for text in (choice["name"], str(choice["value"])))
            assert all(utf16_length(text) <= 100 for text in choice.get("name_localizations", {}).values())
    assert sum(len(str(command)) for command in commands) < 8_000 * len(commands)


async def test_describes_itself_in_every_client_language_we_share(simcord_env: simcord.Env) -> None:
    """Every locale of Discord that means one of our languages, and no other."""
    ours = {str(locale) for locale in discord.Locale if negotiate(str(locale)) not in (None, "en")}

    for command in synced(simcord_env):
        assert set(command["description_localizations"]) == ours
    assert {"zh-CN", "zh-TW", "pt-BR", "id", "ja", "th", "vi"} == ours


async def test_names_languages_by_themselves(simcord_env: simcord.Env) -> None:
    """Somebody who reads only Khmer finds Khmer."""
    [ask] = [command for command in synced(simcord_env) if command["name"] == "ask"]

    [choices] = [option["choices"] for option in ask["options"] if option["name"] == "language"]
    assert {"name": "ខ្មែរ", "value": "km"}.items() <= next(each for each in choices if each["value"] == "km").items()
    assert len(choices) == 13


class TestServers:
    @pytest.fixture
    def options(self) -> DiscordOptions:
        return DiscordOptions(guild_ids=(11, 22))

    @pytest.mark.simcord(check_errors=False)
    async def test_go_to_the_servers_that_are_set(self, simcord_env: simcord.Env) -> None:
        """For a trial on one server; global commands take longer to appear."""
        paths = [request.path for request in simcord_env.http_requests if request.method == "PUT"]

        assert [path.partition("/guilds/")[2] for path in paths] == ["11/commands", "22/commands"]


@pytest.mark.parametrize("locale", DATES)
async def test_answers_publicly_in_the_language_of_the_question(place: Place, locale: str) -> None:
    """Others in the channel learn from it; the question is quoted because Discord does not show it to them."""
    result = await place.alice.slash(place.channel, "ask", question=DATES[locale])

    assert not result.ephemeral
    assert not result.deferred
    assert answer(result).startswith("> ")
    assert mark(locale, "It was held") in answer(result)


async def test_keeps_an_answer_in_the_language_of_the_client_to_the_reader(
    place: Place, client_locale: ClientLocale
) -> None:
    """The language of somebody's client is a personal setting, which a public reply would tell."""
    client_locale.client = "th"

    result = await place.alice.slash(place.channel, "ask", question="ASCN 2024")

    assert mark("th", "It was held") in answer(result)
    assert result.ephemeral


async def test_hides_nothing_in_a_direct_message(place: Place, client_locale: ClientLocale) -> None:
    """Nobody else reads it, and an ephemeral message would be gone after a restart of the client."""
    client_locale.client = "ja"
    user = place.alice.user

    result = await user.slash("ask", question="ASCN 2024")

    assert mark("ja", "It was held") in answer(result)
    assert not result.ephemeral


async def test_answers_in_the_language_that_was_asked_for(place: Place, store: MemoryStore) -> None:
    """The option beats even the stored choice."""
    store.languages[f"discord:{place.alice.id}"] = "ja"

    result = await place.alice.slash(place.channel, "ask", question=DATES["en"], language="km")

    assert mark("km", "It was held") in answer(result)
    assert not result.ephemeral


async def test_suggests_questions_in_the_language_of_the_reader(place: Place, store: MemoryStore) -> None:
    """What autocomplete offers opens the answer itself, with the question quoted in words."""
    store.languages[f"discord:{place.alice.id}"] = "th"

    offered = await place.alice.autocomplete(place.channel, "ask", "question", "meeting")
    result = await place.alice.slash(place.channel, "ask", question=offered[0]["value"])

    assert offered[0] == {"name": mark("th", "When was the meeting?"), "value": "#meeting.dates"}
    assert answer(result).startswith(f"> {mark('th', 'When was the meeting?')}")
    assert mark("th", "It was held") in answer(result)


async def test_suggests_in_the_language_already_chosen(place: Place) -> None:
    """Whoever fills in the language first wants suggestions in it."""
    offered = await place.alice.autocomplete(place.channel, "ask", "question", "venue where", language="ja")
    everything = await place.alice.autocomplete(place.channel, "ask", "question", "", language="ja")

    assert offered == []
    assert len(everything) == 25
    assert everything[0]["name"].startswith(mark("ja", ""))


async def test_takes_a_hash_for_a_question_when_it_names_no_answer(place: Place) -> None:
    """People write hashtags."""
    result = await place.alice.slash(place.channel, "ask", question="#ASCN")

    assert "It was held" in answer(result)


async def test_shows_what_was_asked_without_pinging(place: Place) -> None:
    """Echoed text is harmless: no mention, no formatting, no link to click."""
    hostile = "@everyone <@&1> [x](https://evil.example) **b**\n# big " + NASTY
    await place.alice.slash(place.channel, "ask", question=hostile)

    [callback] = [each.json for each in place.env.http_requests if each.path.endswith("/callback")]
    data = callback["data"]  # type: ignore[index]
    assert data["allowed_mentions"] == {"parse": []}
    first = data["content"].splitlines()[0]
    assert "@everyone" not in first
    assert "<@&1>" not in first
    assert "https://" not in first
    assert r"\*\*b\*\*" in first


@pytest.mark.parametrize("command", ["language", "topics", "summary", "help"])
async def test_answers_other_commands_only_to_the_reader(
    place: Place, client_locale: ClientLocale, command: str
) -> None:
    """Menus and help are nobody else's business, and are in the language of the client."""
    client_locale.client = "vi"

    result = await place.alice.slash(place.channel, command)

    assert result.ephemeral
    assert mark("vi", "") in answer(result)


async def test_attaches_the_whole_summary(place: Place) -> None:
    """In brief in the message, everything in the file."""
    result = await place.alice.slash(place.channel, "summary", topic="meeting", length="line")

    request = next(each for each in place.env.http_requests if each.path.endswith("/callback"))
    [attachment] = result.response.attachments  # type: ignore[union-attr]
    assert attachment.filename == "summary-meeting-en.md"
    assert "In brief" in answer(result)
    assert request.method == "POST"


async def test_apologises_and_works_on(place: Place, client_locale: ClientLocale, caplog: Any) -> None:
    """The reference in the apology is in the log, and the question is not."""
    client_locale.client = "id"
    failed = await place.alice.slash(place.channel, "ask", question=BROKEN)
    result = await place.alice.slash(place.channel, "ask", question=DATES["id"])

    assert answer(failed).startswith(mark("id", messages.ERROR.text[:20]))
    assert answer(failed).rpartition(" ")[2] in caplog.text
    assert "secret" not in caplog.text
    assert mark("id", "It was held") in answer(result)


async def test_says_sorry_when_a_language_could_not_be_stored(place: Place, store: MemoryStore) -> None:
    """A choice must not be lost quietly."""
    shown = await place.alice.slash(place.channel, "language")
    store.broken = True

    result = await place.alice.select(shown.response, ["th"])  # type: ignore[arg-type]

    assert answer(result).startswith("I am sorry")


class TestCooldown:
    @pytest.fixture
    def options(self) -> DiscordOptions:
        return DiscordOptions(cooldown_seconds=60, cooldown_burst=1)

    async def test_asks_for_patience_in_the_language_of_the_reader(
        self, place: Place, client_locale: ClientLocale
    ) -> None:
        """Only the reader sees it."""
        client_locale.client = "th"
        await place.alice.slash(place.channel, "ask", question=DATES["th"])

        result = await place.alice.slash(place.channel, "ask", question=DATES["th"])

        assert result.ephemeral
        assert answer(result).startswith(mark("th", "Please wait 60 seconds"))
