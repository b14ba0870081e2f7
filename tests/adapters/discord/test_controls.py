from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.adapters.discord.client import DiscordClient
from bot.adapters.discord.controls import use_control
from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.readers import Reader
from bot.adapters.discord.replies import Replies
from bot.core.text import utf16_length
from tests.adapters.discord.conftest import ClientLocale, Place
from tests.adapters.discord.worlds import DATES, MANY, OFF_TOPIC, VAGUE, MemoryStore, make_answering, mark

READER = Reader(asker="discord:1", conversation="discord:2:1", client="th")


def controls(message: Any) -> list[dict[str, Any]]:
    return [item for row in raw(message) for item in row["components"]]


def raw(message: Any) -> list[dict[str, Any]]:
    components = message.components
    return [each if isinstance(each, dict) else each.to_dict() for each in components]


def labels(message: Any) -> list[str]:
    return [item["label"] for item in controls(message) if "label" in item]


def option_values(message: Any) -> list[str]:
    return [option["value"] for item in controls(message) for option in item.get("options", ())]


async def asked(place: Place, question: str) -> Any:
    await place.alice.send(place.channel, f"{place.me} {question}")
    return place.from_bot()[-1]


async def test_shows_every_button_in_the_language_of_the_answer(place: Place) -> None:
    """One language in one message, buttons included."""
    reply = await asked(place, DATES["th"])

    assert labels(reply) == [
        mark("th", label)
        for label in ("Yes", "No", "Sources", "Show original", "Change language", "Tell me if this changes")
    ]
    assert option_values(reply) == ["meeting.venue"]


async def test_shows_sources_with_links_and_without_previews(place: Place) -> None:
    """Title, publisher, date and address; a source without a date says so."""
    reply = await asked(place, DATES["en"])

    result = await place.alice.click(reply, label="Sources")

    text = result.response.content  # type: ignore[union-attr]
    assert result.ephemeral
    assert "MLIT (1 November 2024)\n<https://www.mlit.go.jp/a_b_c.html>" in text
    assert "ASEAN (no date given)\n<https://asean.org/ascn>" in text


async def test_shows_the_english_original(place: Place) -> None:
    """Only below a translation."""
    reply = await asked(place, DATES["km"])
    result = await place.alice.click(reply, label=mark("km", "Show original"))

    text = result.response.content  # type: ignore[union-attr]
    assert text.startswith(mark("km", "English original"))
    assert "\n\nIt was held in Tokyo" in text
    assert "Show original" not in labels(await asked(place, DATES["en"]))


async def test_opens_a_related_question(place: Place) -> None:
    """Only for the person who chose it; in English with the reason in their language where a translation is missing."""
    reply = await asked(place, DATES["ja"])

    result = await place.alice.select(reply, ["meeting.venue"])

    text = result.response.content  # type: ignore[union-attr]
    assert result.ephemeral
    assert text.startswith(mark("ja", "There is no text in this language yet."))
    assert "see <https://www.mlit.go.jp/_x_.html>." in text


@pytest.mark.parametrize(("label", "helpful"), [("Yes", True), ("No", False)])
async def test_keeps_feedback_for_the_question_it_belongs_to(
    place: Place, store: MemoryStore, label: str, helpful: bool
) -> None:
    """The id of the outcome is in the button."""
    reply = await asked(place, DATES["en"])

    result = await place.alice.click(reply, label=label)

    assert result.ephemeral
    assert store.feedback == {store.outcomes[0].id: helpful}


async def test_opens_a_choice(place: Place) -> None:
    """A button for each of at most three."""
    reply = await asked(place, VAGUE)

    result = await place.alice.click(reply, label="2. Where was the meeting?")

    assert "In Tokyo" in result.response.content  # type: ignore[union-attr]


async def test_keeps_a_refused_question_with_its_text(place: Place, store: MemoryStore) -> None:
    """The moderators need to know what was asked."""
    reply = await asked(place, VAGUE)

    await place.alice.click(reply, label="None of these")

    assert list(store.unanswered.values()) == [VAGUE]


async def test_stores_a_language_and_shows_the_answer_again_in_it(place: Place, store: MemoryStore) -> None:
    """Who changes the language below an answer wants to read that answer."""
    reply = await asked(place, DATES["en"])
    shown = await place.alice.click(reply, label="Change language")

    result = await place.alice.select(shown.response, ["my"])  # type: ignore[arg-type]

    text = result.response.content  # type: ignore[union-attr]
    assert text.startswith(mark("my", "From now on I answer you in မြန်မာ."))
    assert mark("my", "It was held") in text
    assert store.languages == {f"discord:{place.alice.id}": "my"}


async def test_forgets_a_language(place: Place, store: MemoryStore) -> None:
    """No preference is a choice, too."""
    store.languages[f"discord:{place.alice.id}"] = "ta"
    shown = await place.alice.slash(place.channel, "language")
    assert shown.response.content == mark("ta", "In which language shall I answer you?")  # type: ignore[union-attr]

    await place.alice.select(shown.response, ["-"])  # type: ignore[arg-type]

    assert store.languages == {}


async def test_asks_again_in_the_language_of_the_question(store: MemoryStore) -> None:
    """A choice has no key to open in another language, so the question itself is asked again."""
    replies = Replies(make_answering(store))
    page = await replies.ask(READER, VAGUE)
    [none] = [
        button for row in page.rows if isinstance(row, tuple) for button in row if button.control.action == "none"
    ]

    again = await replies.ask_again(READER, none.control.argument, "ja")

    assert again.texts[0].startswith(mark("ja", "I am not sure"))


async def test_pages_through_topics_and_questions(place: Place) -> None:
    """Sixty questions in menus of twenty-five, in one message that changes in place."""
    shown = await place.alice.slash(place.channel, "topics")
    message = shown.response
    assert option_values(message) == ["meeting", "many"]

    await place.alice.select(message, ["many"])  # type: ignore[arg-type]
    seen = option_values(message)
    while "Next" in labels(message):
        await place.alice.click(message, label="Next")  # type: ignore[arg-type]
        seen += option_values(message)

    assert seen == [f"many.e{number}" for number in range(MANY)]
    assert labels(message) == ["All topics", "Previous"]
    opened = await place.alice.select(message, [f"many.e{MANY - 1}"])  # type: ignore[arg-type]
    assert opened.response.content.startswith(f"Answer {MANY - 1}.")  # type: ignore[union-attr]


async def test_reads_a_summary_section_by_section(place: Place) -> None:
    """Brief first; a section longer than a message has pages of its own."""
    shown = await place.alice.slash(place.channel, "summary")
    message = shown.response
    assert labels(message) == ["In brief", "Key facts", "Who took part"]

    await place.alice.click(message, label="Who took part")  # type: ignore[arg-type]
    pieces = [message.content]  # type: ignore[union-attr]
    while "Next" in labels(message):
        await place.alice.click(message, label="Next")  # type: ignore[arg-type]
        pieces.append(message.content)  # type: ignore[union-attr]

    assert len(pieces) > 1
    assert all(utf16_length(piece) <= 2_000 for piece in pieces)
    assert "<https://asean.org/ascn>" in pieces[-1]


@pytest.mark.parametrize("restarts", [1, 2])
async def test_old_buttons_work_after_a_restart(
    place: Place, build: Callable[[], DiscordClient], restarts: int
) -> None:
    """Everything a control needs is in its id."""
    reply = await asked(place, DATES["th"])
    menu = (await place.alice.slash(place.channel, "topics")).response
    for _ in range(restarts):
        await place.env.restart_bot(build())

    clicked = await place.alice.click(reply, label=mark("th", "Show original"))
    chosen = await place.alice.select(reply, ["meeting.venue"])
    await place.alice.select(menu, ["many"])  # type: ignore[arg-type]

    assert "It was held" in clicked.response.content  # type: ignore[union-attr]
    assert "In Tokyo" in chosen.response.content  # type: ignore[union-attr]
    assert option_values(menu)[0] == "many.e0"


async def test_refusing_after_a_restart_keeps_the_question_without_its_text(
    place: Place, build: Callable[[], DiscordClient], store: MemoryStore
) -> None:
    """Texts wait in memory only."""
    reply = await asked(place, VAGUE)
    await place.env.restart_bot(build())

    await place.alice.click(reply, label="None of these")

    assert list(store.unanswered.values()) == [None]


FORGED = [
    "",
    "x",
    "v0:open:en:meeting.dates",
    "v2:open:en:meeting.dates",
    "v1:open:en",
    "v1:nonsense:en:meeting.dates",
    "v1:open:en:gone.entry",
    "v1:open:en:meeting.dates:subject",
    "v1:open:../../:../../etc",
    "v1:src:xx:gone",
    "v1:orig:th:",
    "v1:read:th:gone",
    "v1:again:th:unknown",
    "v1:topics:en:99",
    "v1:topics:en:-1",
    "v1:topics:en:٣",
    "v1:topics:en:99999999999999999999",
    "v1:list:en:0",
    "v1:list:en:0:gone",
    "v1:list:en:9:many",
    "v1:sum:en:0.0:gone",
    "v1:sum:en:9.0:meeting",
    "v1:sum:en:0.9:meeting",
    "v1:turn:en:x:meeting",
    "v1:pick:en:",
    "v1:topic:en:0",
    "v1:set:en:",
]


@pytest.mark.parametrize("custom_id", FORGED)
async def test_answers_a_forged_or_outdated_control_with_a_line(custom_id: str) -> None:
    """Localised for whoever used it, and never an error."""
    replies = Replies(make_answering(MemoryStore()))

    page = await use_control(replies, READER, custom_id, ["gone", "'; --"])

    assert page.texts == (mark("th", "This button is no longer valid. Please ask again."),)


@pytest.mark.parametrize("locale", ["xx", "", "EN", "th-TH", "ไทย"])
async def test_takes_an_unknown_language_in_an_id_for_english(locale: str) -> None:
    """The language comes from the id, which may be anything."""
    replies = Replies(make_answering(MemoryStore()))

    for action in Action:
        await use_control(replies, READER, f"v1:{action}:{locale}:meeting.dates", ["meeting.dates"])


async def test_outdated_buttons_in_a_real_message_get_the_line(place: Place, client_locale: ClientLocale) -> None:
    """Through discord.py's own dispatch, which is silent about ids that nobody registered."""
    client_locale.client = "ja"
    bot_id = place.env.bot.user.id  # type: ignore[union-attr]
    button = {"type": 2, "style": 2, "label": "Old", "custom_id": "v0:whatever"}
    stored = place.env.backend.create_message(
        place.channel.id, bot_id, "old", components=[{"type": 1, "components": [button]}]
    )
    message = next(each for each in place.channel.history() if each.id == stored.id)

    result = await place.alice.click(message, label="Old")

    assert result.ephemeral
    assert result.response.content == mark("ja", "This button is no longer valid. Please ask again.")  # type: ignore[union-attr]


def every_id() -> Iterator[ControlId]:
    for action in Action:
        for argument in ("", "meeting.dates", "city.membership:phuket", "3:meeting", "0.1:meeting", "ab12cd34ef56"):
            yield ControlId(action, "fil", argument)


@pytest.mark.parametrize("control", list(every_id()), ids=str)
def test_control_ids_survive_the_round_trip(control: ControlId) -> None:
    """Colons in the argument included."""
    assert ControlId.parse(str(control)) == control
    assert control.fits


async def test_off_topic_has_a_menu_of_topics_but_no_feedback(place: Place) -> None:
    """There is no answer to judge."""
    reply = await asked(place, OFF_TOPIC)

    assert labels(reply) == ["Change language"]
    assert option_values(reply) == ["meeting.venue"]
