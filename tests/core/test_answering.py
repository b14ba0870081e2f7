"""The whole way of a question: shipped knowledge base, a real database, a clock that stands still."""

import logging
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.encoder import NanoEncoder
from bot.core import messages
from bot.core.answering import Answering
from bot.core.errors import StoreError
from bot.core.locales import LANGUAGES
from bot.core.models import Abstention, Candidate, Length, Question, Reason
from bot.core.no_store import NoStore
from bot.core.ports import OutcomeRecord
from bot.core.snapshot import Snapshot
from bot.core.text import fold
from bot.storage.sql import SqlStore
from tests.core.clocks import SimulatedClock

DATES = {
    "en": "On which days did the 6th meeting happen?",
    "ja": "第6回会合が開かれた日はいつですか",
    "id": "Tanggal berapa pertemuan ke-6 diadakan?",
    "th": "การประชุมครั้งที่ 6 จัดขึ้นวันที่เท่าไหร่",
}
AND_WHO_HOSTED = {
    "en": "and who hosted it?",
    "ja": "主催したのは誰？",
    "id": "dan siapa penyelenggaranya?",
    "th": "แล้วใครเป็นเจ้าภาพ",
}
PERIOD = {"en": "29–30 October 2024", "ja": "2024年10月29～30日", "id": "29–30 Oktober 2024", "th": "29–30 ตุลาคม 2024"}
FAR = {"en": "hello there", "ja": "こんにちは！", "id": "halo, selamat pagi", "th": "สวัสดีครับ"}


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "bot.sqlite3"


@pytest.fixture
async def store(database: Path, clock: SimulatedClock) -> AsyncIterator[SqlStore]:
    opened = await SqlStore.open(database, now=clock.now)
    yield opened
    await opened.close()


@pytest.fixture
def answering(
    shipped_snapshot: Snapshot, store: SqlStore, clock: SimulatedClock, shipped_encoder: NanoEncoder
) -> Answering:
    return Answering(shipped_snapshot, store=store, clock=clock, encoder=shipped_encoder)


def question(text: str, **more: Any) -> Question:
    return Question(text=text, **{"asker": "discord:7", "conversation": "discord:1:7", "platform": "discord", **more})


def rows(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(database) as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


@pytest.mark.parametrize("locale", DATES)
async def test_a_question_is_answered_with_its_source_in_its_language(answering: Answering, locale: str) -> None:
    reply = await answering.ask(question(DATES[locale]))

    assert (reply.outcome, reply.key, reply.locale, reply.offer_locale) == ("answer", "meeting.dates", locale, None)
    assert PERIOD[locale] in reply.text
    assert "meeting.dates" in reply.facts
    assert reply.sources[0].url.startswith("https://")
    assert reply.attribution is not None
    assert reply.attribution in reply.plain
    assert (reply.notice is None) is (reply.review.value in ("source", "reviewed"))
    assert all(option.label for option in reply.related)


@pytest.mark.parametrize("locale", DATES)
async def test_a_follow_up_is_read_in_the_light_of_the_topic_before(answering: Answering, locale: str) -> None:
    await answering.ask(question(DATES[locale]))
    reply = await answering.ask(question(AND_WHO_HOSTED[locale]))
    assert (reply.outcome, reply.key, reply.locale) == ("answer", "meeting.host", locale), reply.plain


async def test_a_topic_is_forgotten_with_the_conversation(answering: Answering, clock: SimulatedClock) -> None:
    await answering.ask(question(DATES["en"]))
    clock.advance(minutes=16)
    late = await answering.ask(question("and where?"))
    await answering.ask(question(DATES["en"]))
    other = await answering.ask(question("and where?", conversation="discord:2:7"))
    assert (late.key, late.text) == (other.key, other.text)


async def test_an_opened_answer_is_a_topic_too(answering: Answering) -> None:
    opened = await answering.open("meeting.dates", "th", platform="discord", conversation="discord:1:7")
    assert opened is not None
    reply = await answering.ask(question(AND_WHO_HOSTED["th"]))
    assert (reply.key, reply.locale) == ("meeting.host", "th")


async def test_a_question_that_fits_several_entries_gets_a_choice(answering: Answering) -> None:
    reply = await answering.ask(question("participants?"))
    if reply.outcome == "choice":
        assert 1 <= len(reply.choices) <= 3
        assert len(reply.choice_facts) == len(reply.choices)
        assert reply.plain.count("\n") >= len(reply.choices)
    opened = await answering.open("meeting.participants.total", "id", platform="discord")
    assert opened is not None
    assert (opened.locale, opened.outcome) == ("id", "answer")


@pytest.mark.parametrize("key", ["no.such.entry", "city.membership", "city.membership:atlantis", "meeting.dates:x", ""])
async def test_what_does_not_exist_cannot_be_opened(answering: Answering, key: str) -> None:
    assert await answering.open(key, "en", platform="web") is None


@pytest.mark.parametrize(("locale", "text"), FAR.items(), ids=FAR)
async def test_a_greeting_is_greeted_back(answering: Answering, locale: str, text: str) -> None:
    reply = await answering.ask(question(text))
    assert (reply.outcome, reply.locale) == ("abstain", locale)
    assert reply.text == answering.say(locale, messages.GREETING)
    assert (reply.related, reply.attribution) == ((), None)


@pytest.mark.parametrize("text", ["", "   ", "❤️", "👨‍👩‍👧‍👦🎉", "https://example.org/x", "?!?!", "\u200b"])
async def test_what_cannot_be_read_gets_a_friendly_line_in_the_reader_s_language(
    answering: Answering, text: str
) -> None:
    reply = await answering.ask(question(text, client_locale="ja"))
    assert (reply.outcome, reply.text) == ("abstain", answering.say("ja", messages.NOTHING_TO_READ))
    assert reply.locale_from_client


@pytest.mark.parametrize("text", ["\ud800", "when\0 was \ud83d it", "a" * 1_000_000, "{period} {0} %s", "\x1b[2J"])
async def test_no_text_breaks_the_answer(answering: Answering, text: str) -> None:
    assert (await answering.ask(question(text))).plain


@pytest.mark.parametrize("reason", [Reason.NO_MATCH, Reason.OUT_OF_SCOPE])
@pytest.mark.parametrize("locale", ["en", "ja", "id", "th"])
def test_an_abstention_names_the_moderators_and_the_nearest_topics(
    shipped_snapshot: Snapshot, reason: Reason, locale: str
) -> None:
    nearest = (Candidate("meeting.dates", 0.1), Candidate("city.membership:phuket", 0.1))
    reply = shipped_snapshot.renderer.reply(Abstention(reason, nearest, probability=0.1), locale)
    assert (reply.outcome, reply.locale, reply.attribution) == ("abstain", locale, None)
    assert "#help-desk" in reply.text
    assert [option.key for option in reply.related] == ["meeting.dates", "city.membership:phuket"]


async def test_a_stored_choice_wins_and_the_question_s_language_is_offered(answering: Answering) -> None:
    await answering.choose_language("discord:7", "th", "en")

    reply = await answering.ask(question(DATES["ja"]))
    same = await answering.ask(question(DATES["th"]))

    assert (reply.locale, reply.offer_locale) == ("th", "ja")
    assert (same.locale, same.offer_locale) == ("th", None)


async def test_no_message_changes_what_is_stored(answering: Answering, store: SqlStore) -> None:
    await answering.choose_language("discord:7", "th", "en")
    await answering.ask(question(DATES["ja"]))
    await answering.ask(question(DATES["id"], option_locale="id"))
    assert await store.language_of("discord:7") == "th"


async def test_no_preference_returns_to_the_language_of_the_question(answering: Answering) -> None:
    await answering.choose_language("discord:7", "th", "en")
    said = await answering.choose_language("discord:7", None, "th")
    assert said == answering.say("th", messages.LANGUAGE_CLEARED)
    assert (await answering.ask(question(DATES["ja"]))).locale == "ja"


@pytest.mark.parametrize("option", ["id", "id-ID"])
async def test_the_option_of_a_question_beats_the_stored_choice(answering: Answering, option: str) -> None:
    await answering.choose_language("discord:7", "th", "en")
    reply = await answering.ask(question(DATES["ja"], option_locale=option))
    assert reply.locale == "id"


async def test_the_language_of_the_conversation_serves_an_unclear_question(answering: Answering) -> None:
    await answering.ask(question(DATES["th"]))
    assert (await answering.ask(question("👍", client_locale="ja"))).locale == "th"


KHMER = "តើកិច្ចប្រជុំលើកទី៦ធ្វើឡើងនៅថ្ងៃណា"


async def test_a_language_without_catalog_is_answered_in_english_and_told_so(answering: Answering) -> None:
    if "km" in answering.snapshot.catalogs.shipped:
        pytest.skip("Khmer has a catalog now")
    reply = await answering.ask(question(KHMER))
    assert (reply.locale, reply.reader_locale) == ("en", "en")
    assert reply.notice is not None
    assert "ខ្មែរ" in reply.notice
    assert reply.plain.startswith(reply.notice)


async def test_of_an_answered_question_no_text_is_kept_and_not_who_asked(
    answering: Answering, store: SqlStore, database: Path
) -> None:
    reply = await answering.ask(question(DATES["th"]))
    await store.close()

    everything = "\n".join(str(row) for row in sqlite3.connect(database).iterdump())
    assert str(reply.question_id) in everything
    assert "meeting.dates" in everything
    assert DATES["th"] not in everything
    assert "discord:7" not in everything


async def test_of_an_unanswered_question_the_text_is_kept(
    answering: Answering, store: SqlStore, database: Path
) -> None:
    asked = "ร้านส้มตำเจ้าไหนอร่อยที่สุดในอุดรธานี"
    reply = await answering.ask(question(asked))
    await store.close()
    assert reply.outcome == "abstain"
    assert asked in "\n".join(str(row) for row in sqlite3.connect(database).iterdump())


async def test_a_refused_choice_is_kept_as_unanswered(answering: Answering, store: SqlStore, database: Path) -> None:
    reply = await answering.ask(question("participants?"))
    said = await answering.refuse(str(reply.question_id), "ja", "参加者の昼食は？")
    await store.close()
    assert said == answering.say("ja", messages.NONE_THANKS)
    assert "参加者の昼食は？" in "\n".join(str(row) for row in sqlite3.connect(database).iterdump())


async def test_only_what_was_asked_can_be_refused(answering: Answering) -> None:
    reply = await answering.ask(question("參加者？"))

    assert await answering.was_asked(str(reply.question_id))
    assert not await answering.was_asked("0123456789ab")


class BrokenStore(NoStore):
    """Nothing can be read or written."""

    async def was_asked(self, question_id: str) -> bool:
        raise StoreError("disk full")

    async def language_of(self, asker: str) -> str | None:
        raise StoreError("disk full")

    async def choose_language(self, asker: str, locale: str | None) -> None:
        raise StoreError("disk full")

    async def record_outcome(self, record: OutcomeRecord) -> None:
        raise StoreError("disk full")

    async def record_feedback(self, question_id: str, helpful: bool) -> None:
        raise StoreError("disk full")

    async def mark_unanswered(self, question_id: str, text: str | None) -> None:
        raise StoreError("disk full")


async def test_a_broken_store_does_not_cost_the_answer(
    shipped_snapshot: Snapshot, shipped_encoder: NanoEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Answering(shipped_snapshot, store=BrokenStore(), clock=SimulatedClock(), encoder=shipped_encoder)
    with caplog.at_level(logging.ERROR):
        reply = await broken.ask(question(DATES["id"]))
        thanks = await broken.feedback("x", True, "id")
        assert await broken.was_asked("x")

    assert (reply.key, reply.locale) == ("meeting.dates", "id")
    assert thanks == broken.say("id", messages.FEEDBACK_YES)
    assert caplog.records
    assert DATES["id"] not in caplog.text


async def test_a_language_choice_is_not_lost_quietly(shipped_snapshot: Snapshot) -> None:
    broken = Answering(shipped_snapshot, store=BrokenStore(), clock=SimulatedClock(), encoder=None)
    with pytest.raises(StoreError):
        await broken.choose_language("discord:7", "th", "en")


async def test_without_an_encoder_letters_still_answer(shipped_snapshot: Snapshot) -> None:
    lexical = Answering(shipped_snapshot, store=NoStore(), clock=SimulatedClock(), encoder=None)
    reply = await lexical.ask(question("When was the 6th meeting held?"))
    assert (reply.outcome, reply.key) == ("answer", "meeting.dates")


@pytest.mark.parametrize(
    ("signals", "locale", "from_client"),
    [
        ({}, "en", False),
        ({"client": "th"}, "th", True),
        ({"client": "th", "channel": "ja"}, "ja", False),
        ({"server": "id"}, "id", False),
        ({"client": "de"}, "en", False),
    ],
    ids=["nothing", "client", "channel before client", "server", "client we do not speak"],
)
async def test_menus_have_a_language_too(
    answering: Answering, signals: dict[str, str], locale: str, from_client: bool
) -> None:
    decision = await answering.reader_locale("discord:9", **signals)
    assert (decision.locale, decision.from_client) == (locale, from_client)


@pytest.mark.parametrize("locale", ["en", "ja", "id", "th"])
async def test_topics_and_summaries_are_in_one_language(answering: Answering, locale: str) -> None:
    for topic in answering.summary_topics(locale):
        for length in Length:
            summary = answering.summary(locale, length, topic.key)
            assert summary.locale in (locale, "en")
            assert all(section.paragraphs and section.sources for section in summary.sections)
    assert all(topic.label and topic.options for topic in answering.topics(locale))


@pytest.mark.parametrize(
    ("typed", "locale", "key"),
    [
        ("dates", "en", None),
        ("AZEC", "ja", "azec.definition"),
        ("smart jamp", "th", "smartjamp.definition"),
        ("ＡＺＥＣ", "id", "azec.definition"),
    ],
)
def test_suggestions_contain_what_was_typed(answering: Answering, typed: str, locale: str, key: str | None) -> None:
    found = answering.suggest(typed, locale)
    assert len(found) <= 25
    if key:
        assert key in [option.key for option in found]


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_curated_question_is_known_word_for_word(answering: Answering, locale: str) -> None:
    browser = answering.snapshot.browser
    options = [option for topic in answering.topics(locale) for option in topic.options]
    assert len(options) > 150
    lost = [option.label for option in options if browser.titled(fold(option.label), locale) != option.key]
    assert lost == []


@pytest.mark.parametrize("locale", ["ja", "zh", "th", "my"])
async def test_our_own_question_is_never_asked_back(answering: Answering, locale: str) -> None:
    for option in [option for topic in answering.topics(locale) for option in topic.options][::9]:
        reply = await answering.ask(question(option.label, option_locale=locale))
        assert (reply.outcome, reply.key) == ("answer", option.key), option.label


def test_what_is_no_curated_question_has_no_key(answering: Answering) -> None:
    browser = answering.snapshot.browser
    assert browser.titled("ไม่มีคำถามนี้", "th") is None
    assert browser.titled("", "th") is None
