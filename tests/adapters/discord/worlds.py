"""A small made-up knowledge base and a scripted understanding of questions, so that only the adapter is under test."""

import asyncio
import datetime
import gettext
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.core.answering import Answering
from bot.core.catalog import Catalogs, KnowledgeCatalog, Translation
from bot.core.errors import StoreError
from bot.core.inbox.misses import Misses
from bot.core.knowledge import Knowledge, SummaryOutline, TopicOutline
from bot.core.locales import LANGUAGES
from bot.core.models import (
    Abstention,
    Answer,
    Candidate,
    Choice,
    Confidence,
    Entry,
    Outcome,
    Question,
    Reason,
    Reply,
    Source,
)
from bot.core.ports import Encoder, Observer, OutcomeRecord
from bot.core.retrieval import Ranking, Thresholds
from bot.core.snapshot import Snapshot
from bot.core.text import fold

NOW = datetime.datetime(2026, 11, 10, 12, tzinfo=datetime.UTC)
MANY = 60  # questions in the topic that needs more than one menu

# What people ask in the tests, with the language it is in.
DATES = {
    "en": "When was the meeting?",
    "th": "การประชุมจัดขึ้นเมื่อไหร่",
    "km": "តើកិច្ចប្រជុំធ្វើនៅពេលណា?",
    "my": "အစည်းအဝေး ဘယ်တုန်းက ကျင်းပခဲ့သလဲ",
    "ta": "கூட்டம் எப்போது நடந்தது?",
    "ja": "会合はいつ開かれましたか?",
    "id": "Kapan pertemuannya?",
}
VAGUE = "meeting"
OFF_TOPIC = "weather"
NASTY = "nasty"
LONG = "long"
BROKEN = "broken"
SLOW = "slow"
SCRIPT: Mapping[str, Outcome] = {
    VAGUE: Choice((Candidate("meeting.dates", 0.5), Candidate("meeting.venue", 0.4), Candidate("meeting.nasty", 0.3))),
    OFF_TOPIC: Abstention(Reason.OUT_OF_SCOPE, (Candidate("meeting.venue", 0.1),)),
    NASTY: Answer(Candidate("meeting.nasty", 0.9)),
    LONG: Answer(Candidate("meeting.long", 0.9)),
}

CLUSTERS = ("น้ำที่ประชุม", "ខ្មែរស្រី", "မြန်မာကျွန်ုပ်", "கூட்டம்ஸ்ரீ", "👩🏽‍💻👨‍👩‍👧‍👦🇹🇭")
SOURCES = {
    "mlit": Source(
        "mlit", "The 6th High Level Meeting [press]", "MLIT", "https://www.mlit.go.jp/a_b_c.html", "2024-11-01"
    ),
    "asean": Source("asean", "ASCN", "ASEAN", "https://asean.org/ascn", None),
}


class PseudoTranslations(gettext.NullTranslations):
    """Every interface text with the language's own name before it: recognisable, complete, and placeholders intact."""

    def __init__(self, locale: str) -> None:
        super().__init__()
        self._mark = LANGUAGES[locale].autonym

    def pgettext(self, context: str, message: str) -> str:
        return f"{self._mark} {message}"

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        return f"{self._mark} {msgid1 if n == 1 else msgid2}"


def mark(locale: str, text: str) -> str:
    """An interface text as `PseudoTranslations` gives it."""
    return text if locale == "en" else f"{LANGUAGES[locale].autonym} {text}"


class ScriptedIdentifier:
    """Knows the questions of `DATES` and those it is given by locale; everything else could be anything."""

    def __init__(self, *more: Mapping[str, str]) -> None:
        self._more = more

    def identify(self, text: str, folded: str) -> Mapping[str, float]:
        known = {question: locale for several in (DATES, *self._more) for locale, question in several.items()}
        return {known[text]: 0.99} if text in known else {}


class SlowAnswering(Answering):
    """Takes its time where a test wants it to."""

    async def ask(self, question: Question) -> Reply:
        if question.text == SLOW:
            await asyncio.sleep(10)
        return await super().ask(question)


class ScriptedRetriever:
    """Finds what `SCRIPT` says, as a ranking from which just that follows.

    Args:
        unanswered: Folded questions that it does not know, with `meeting.venue` nearest.
    """

    def __init__(self, unanswered: Iterable[str] = ()) -> None:
        self._unanswered = frozenset(unanswered)

    def rank_all(self, texts: Sequence[str], encoder: Encoder | None) -> list[Ranking]:
        return [self._rank(text) for text in texts]

    def thresholds(self, ranking: Ranking) -> Thresholds:
        return Thresholds(answer=0.6, choose=0.3, leave=0.5)

    def _rank(self, folded: str) -> Ranking:
        if folded == BROKEN:
            raise RuntimeError(f"secret {folded}")
        if folded in self._unanswered:
            return Ranking((Candidate("meeting.venue", 0.21), Candidate("meeting.dates", 0.05)))
        match SCRIPT.get(folded, Answer(Candidate("meeting.dates", 0.9))):
            case Answer(candidate):
                return Ranking((candidate,))
            case Choice(candidates):
                return Ranking(tuple(candidates))
            case Abstention(_, nearest):
                return Ranking(tuple(nearest), near=0.9)


class FixedClock:
    def now(self) -> datetime.datetime:
        return NOW


def entry(entry_id: str, question: str, answer: str, **more: Any) -> Entry:
    values = {
        "facts": {},
        "answers": (),
        "sources": ("mlit", "asean"),
        "as_of": "2024-11-01",
        "confidence": Confidence.PRIMARY,
    }
    return Entry(id=entry_id, topic=entry_id.partition(".")[0], question=question, answer=answer, **(values | more))


def knowledge() -> Knowledge:
    entries = [
        entry("meeting.dates", DATES["en"], "It was held in Tokyo on 1 November 2024.", related=("meeting.venue",)),
        entry("meeting.venue", "Where was the meeting?", "In Tokyo; see https://www.mlit.go.jp/_x_.html."),
        entry("meeting.nasty", "Who is @everyone?", "@everyone @here <@&1> *bold* _x_ ||spoiler|| `code`"),
        entry("meeting.long", "What is long?", "".join(CLUSTERS) * 90),
        *(entry(f"many.e{number}", f"Question {number}?", f"Answer {number}.") for number in range(MANY)),
    ]
    topics = (
        TopicOutline("meeting", "The meeting", tuple(each.id for each in entries if each.topic == "meeting")),
        TopicOutline("many", "Many", tuple(each.id for each in entries if each.topic == "many")),
    )
    outline = SummaryOutline(
        "meeting",
        line=("meeting.dates",),
        paragraph=("meeting.dates", "meeting.venue"),
        page=(("facts", ("meeting.dates",)), ("people", ("meeting.long",))),
    )
    return Knowledge(
        version="0" * 12,
        entries={each.id: each for each in entries},
        topics=topics,
        sources=SOURCES,
        cities={},
        countries={},
        names={},
        summaries={"meeting": outline},
    )


def translations(base: Knowledge, locale: str) -> KnowledgeCatalog:
    """Everything but the venue, which has no translation, and what moderators have only just written."""
    old = [each for each in base.entries.values() if each.topic != "inbox"]
    texts = {f"{each.id}|answer": each.answer for each in old if each.id != "meeting.venue"}
    texts |= {f"{each.id}|question": each.question for each in old}
    texts |= {f"{topic.id}|topic": topic.title for topic in base.topics}
    marked = {context: Translation(mark(locale, text), reviewed=False) for context, text in texts.items()}
    return KnowledgeCatalog(marked, frozenset())


def make_answering(
    store: Any,
    locales: Sequence[str] = tuple(LANGUAGES),
    observer: Observer | None = None,
    *,
    unanswered: Sequence[Mapping[str, str]] = (),
    misses: Misses | None = None,
) -> Answering:
    """Args: `unanswered` are questions by locale that it does not know, which `misses` takes."""
    snapshot = make_snapshot(knowledge(), locales, unanswered)
    return SlowAnswering(snapshot, store=store, clock=FixedClock(), encoder=None, observer=observer, misses=misses)


def make_snapshot(
    base: Knowledge, locales: Sequence[str] = tuple(LANGUAGES), known: Sequence[Mapping[str, str]] = ()
) -> Snapshot:
    """Args: `known` are questions by locale whose language can be told, and to which there is no answer."""
    others = [locale for locale in locales if locale != "en"]
    catalogs = Catalogs(
        {locale: PseudoTranslations(locale) for locale in others},
        {locale: translations(base, locale) for locale in others},
    )
    retriever: Any = ScriptedRetriever(fold(text) for several in known for text in several.values())
    identifier: Any = ScriptedIdentifier(*known)
    return Snapshot.of(base, catalogs, retriever, identifier, None)


class MemoryStore:
    """A store for one test. `broken` makes every call fail."""

    def __init__(self) -> None:
        self.broken = False
        self.languages: dict[str, str] = {}
        self.outcomes: list[OutcomeRecord] = []
        self.feedback: dict[str, bool] = {}
        self.unanswered: dict[str, str | None] = {}
        self.claims: dict[str, str] = {}
        self.answered: set[str] = set()

    async def language_of(self, asker: str) -> str | None:
        self._check()
        return self.languages.get(asker)

    async def choose_language(self, asker: str, locale: str | None) -> None:
        self._check()
        self.languages.pop(asker, None)
        if locale:
            self.languages[asker] = locale

    async def record_outcome(self, record: OutcomeRecord) -> None:
        self._check()
        self.outcomes.append(record)

    async def was_asked(self, question_id: str) -> bool:
        self._check()
        return any(one.id == question_id for one in self.outcomes)

    async def record_feedback(self, question_id: str, helpful: bool) -> None:
        self._check()
        self.feedback[question_id] = helpful

    async def mark_unanswered(self, question_id: str, text: str | None) -> None:
        self._check()
        self.unanswered[question_id] = text

    async def claim_message(self, platform: str, channel: str, message_id: str) -> bool:
        self._check()
        if message_id in self.claims:
            return False
        self.claims[message_id] = channel
        return True

    async def mark_answered(self, platform: str, message_id: str) -> None:
        self._check()
        self.answered.add(message_id)

    async def unanswered_claims(
        self, platform: str, since: datetime.datetime, before: datetime.datetime
    ) -> Sequence[tuple[str, str]]:
        self._check()
        return [(channel, message) for message, channel in self.claims.items() if message not in self.answered]

    async def last_message(self, channel: str) -> str | None:
        self._check()
        return max((message for message, place in self.claims.items() if place == channel), key=int, default=None)

    async def claimed_channels(self, platform: str, limit: int) -> Sequence[str]:
        self._check()
        newest_first = sorted(self.claims, key=int, reverse=True)
        return list(dict.fromkeys(self.claims[message] for message in newest_first))[:limit]

    async def forget_before(self, moment: datetime.datetime) -> int:
        return 0

    async def claim_job(self, name: str, day: datetime.date) -> bool:
        return True

    async def finish_job(self, name: str, day: datetime.date) -> None:
        return None

    async def check(self) -> None:
        self._check()

    async def close(self) -> None:
        return None

    def _check(self) -> None:
        if self.broken:
            raise StoreError("broken on purpose")
