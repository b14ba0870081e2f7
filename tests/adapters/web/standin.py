"""A bot small enough to hold in the head, behind the same door as the real one."""

import asyncio
import dataclasses
import gettext
import itertools
import unicodedata

from bot.core import messages
from bot.core.catalog import Catalogs
from bot.core.locales import LANGUAGES, negotiate, shipped_or_source
from bot.core.messages import Message, PluralMessage
from bot.core.models import Length, Option, Question, Reply, Review, Source, Summary, SummarySection, Topic
from tests.adapters.web.words import ANSWERS, INTERFACE, QUESTIONS

HOSTILE = "<img src=x onerror=\"document.title='stolen'\"><script>document.title='stolen'</script>&lt;b&gt;"
METI = Source(
    "meti",
    "6th ASEAN-Japan Smart Cities Network High Level Meeting Held",
    "METI (Japan)",
    "https://www.meti.go.jp/english/press/2024/1031_002.html",
    "2024-10-31",
)
JICA = Source(
    "jica",
    "第6回日 ASEAN スマートシティ・ネットワーク ハイレベル会合への参加",
    "JICA",
    "https://www.jica.go.jp/oda/project/201903200/news/20241030.html",
    None,
)
EVIL = Source("evil", HOSTILE, HOSTILE, "javascript:document.title='stolen'", None)
_SCRIPTS = {"THAI": "th", "KHMER": "km", "MYANMAR": "my", "TAMIL": "ta", "HIRAGANA": "ja"}


class _Words(gettext.NullTranslations):
    def __init__(self, locale: str) -> None:
        super().__init__()
        self._words = INTERFACE[locale]

    def pgettext(self, context: str, message: str) -> str:
        return self._words.get(context, message)


class MarkedWords(gettext.NullTranslations):
    """Every text of the interface between brackets: what has none did not come from a catalog."""

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"


class StandIn:
    """Answers every question with the dates of the meeting, except for a few words that make it do something else.

    unclear: a choice; weather: an abstention; hostile: markup everywhere; foreign: offers Japanese;
    untranslated: English for want of a translation; explode: fails; wait: answers when `released` is set; crowd: too
    many ask.
    `begun` is set with the first question.
    """

    def __init__(self) -> None:
        self.catalogs = Catalogs({locale: _Words(locale) for locale in INTERFACE}, {})
        self.asked: list[Question] = []
        self.opened: list[tuple[str, str, str | None]] = []
        self.votes: list[tuple[str, bool]] = []
        self.refused: list[tuple[str, str | None]] = []
        self.forgotten: set[str] = set()  # ids of questions
        self.begun = asyncio.Event()
        self.released = asyncio.Event()
        self._ids = (f"{number:012x}" for number in itertools.count(1))

    async def ask(self, question: Question) -> Reply:
        self.asked.append(question)
        self.begun.set()
        if "wait" in question.text:
            await self.released.wait()
        if "explode" in question.text:
            raise ValueError(f"cannot digest {question.text}")
        locale = self.spoken(negotiate(question.option_locale) or _language_of(question))
        return dataclasses.replace(self._reply(question.text, locale), question_id=next(self._ids))

    async def open(self, key: str, locale: str, *, platform: str, conversation: str | None = None) -> Reply | None:
        assert platform == "web"
        self.opened.append((key, locale, conversation))
        return self._answer(key, self.spoken(locale)) if key in QUESTIONS else None

    async def was_asked(self, question_id: str) -> bool:
        return question_id not in self.forgotten

    async def refuse(self, question_id: str, locale: str, text: str | None = None) -> str:
        self.refused.append((question_id, text))
        return self.say(locale, messages.NONE_THANKS)

    async def feedback(self, question_id: str, helpful: bool, locale: str) -> str:
        self.votes.append((question_id, helpful))
        return self.say(locale, messages.FEEDBACK_YES if helpful else messages.FEEDBACK_NO)

    def spoken(self, locale: str) -> str:
        return shipped_or_source(locale, self.catalogs.shipped)

    def say(self, locale: str, message: Message, **values: str) -> str:
        return self.catalogs.say(self.spoken(locale), message, **values)

    def say_count(self, locale: str, message: PluralMessage, count: int) -> str:
        return self.catalogs.say_count(self.spoken(locale), message, count)

    def languages(self) -> tuple[Option, ...]:
        return tuple(Option(tag, LANGUAGES[tag].autonym) for tag in LANGUAGES if tag in self.catalogs.shipped)

    def topics(self, locale: str) -> tuple[Topic, ...]:
        options = tuple(_option(key, locale) for key in QUESTIONS)
        return (Topic("meeting", "Meeting", options), Topic("network", "Network", options[2:]))

    def summary_topics(self, locale: str) -> tuple[Option, ...]:
        return (Option("meeting", "Meeting"), Option("network", "Network"))

    def summary(self, locale: str, length: Length, topic_id: str = "meeting") -> Summary:
        text = ANSWERS["meeting.dates"].get(locale, ANSWERS["meeting.dates"]["en"])
        section = SummarySection(f"Section of {length}", (text, text), (METI, JICA))
        count = 4 if length is Length.PAGE else 1
        return Summary(locale, f"Summary of {topic_id}", None, (section,) * count, "Source: METI (Japan)")

    def _reply(self, text: str, locale: str) -> Reply:
        if "unclear" in text:
            prompt = self.say(locale, messages.CHOICE)
            choices = tuple(_option(key, locale) for key in QUESTIONS)
            return Reply(locale=locale, text=prompt, outcome="choice", probability=0.41, choices=choices)
        if "weather" in text:
            line, related = self.say(locale, messages.ABSTAIN), (_option("meeting.venue", locale),)
            return Reply(locale=locale, text=line, outcome="abstain", probability=0.02, related=related)
        if "crowd" in text:
            return Reply(locale=locale, text=self.say(locale, messages.BUSY), outcome="busy")
        return self._special(text, self._answer("meeting.dates", locale))

    def _special(self, text: str, reply: Reply) -> Reply:
        if "hostile" in text:
            option = Option("meeting.venue", HOSTILE)
            return dataclasses.replace(
                reply, text=HOSTILE, notice=HOSTILE, attribution=HOSTILE, sources=(EVIL,), related=(option,)
            )
        if "foreign" in text:
            return dataclasses.replace(reply, offer_locale="ja")
        if "untranslated" in text:
            notice = self.say(reply.locale, messages.ENGLISH_MISSING)
            english = self._answer("meeting.dates", "en")
            return dataclasses.replace(english, notice=notice, review=Review.MISSING, reader_locale=reply.locale)
        return reply

    def _answer(self, key: str, locale: str) -> Reply:
        texts = ANSWERS.get(key, ANSWERS["meeting.dates"])
        translated = locale in texts and locale != "en"
        spoken = locale if locale in texts else "en"
        return Reply(
            locale=spoken,
            text=texts[spoken],
            outcome="answer",
            review=Review.UNREVIEWED if translated else Review.SOURCE,
            notice=self.say(locale, messages.UNREVIEWED) if translated else None,
            attribution="METI (Japan), 2024-10-31",
            key=key,
            probability=0.97,
            sources=(METI, JICA),
            related=tuple(_option(other, spoken) for other in QUESTIONS if other != key),
        )


def _option(key: str, locale: str) -> Option:
    return Option(key, QUESTIONS[key].get(locale, QUESTIONS[key]["en"]))


def _language_of(question: Question) -> str:
    for character in question.text:
        if tag := _SCRIPTS.get(unicodedata.name(character, "").partition(" ")[0]):
            return tag
    return "id" if "Pertemuan" in question.text else negotiate(question.client_locale) or "en"
