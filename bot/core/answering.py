"""The one door: a Question comes in, a Reply goes out. Every adapter enters here and gives the same sentences."""

import dataclasses
import datetime
import logging
import math
import time
import uuid
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from bot.core import messages
from bot.core.conversations import Conversations, Turn
from bot.core.errors import BusyError, StoreError
from bot.core.inbox.messages import PROMISE
from bot.core.inbox.misses import Asked, Misses, asker_of, missed, not_helped
from bot.core.inbox.models import Cause, Miss
from bot.core.knowledge import Knowledge
from bot.core.locales import LANGUAGES, LocaleDecision, LocaleSignals, decide_locale, negotiate, shipped_or_source
from bot.core.messages import Message, PluralMessage
from bot.core.models import Abstention, Answer, Candidate, Length, Option, Outcome, Question, Reply, Summary, Topic
from bot.core.no_observer import NoObserver
from bot.core.ports import Clock, Encoder, Observer, OutcomeRecord, Stage, Store
from bot.core.ranking import LONGEST_WAIT, Ranker, results
from bot.core.retrieval import Ranking, combine, decide, in_context
from bot.core.snapshot import Snapshot
from bot.core.text import fold, split_questions

_log = logging.getLogger(__name__)
_MOST_PARTS = 4  # parts of a message that are looked at by themselves: the last ones, where people ask
_MOST_AT_ONCE = 256  # questions in the making; more would only wait, for whatever it is that is slow
_LONG = 300  # characters from which a message holds more than it asks: pasted text, mostly


class Answering:
    """Answers from one snapshot at a time. All methods are safe to call concurrently.

    Args:
        snapshot: Swapped as a whole by `replace`.
        store: A failing store never costs a reader the answer; the failure is logged.
        encoder: None where the semantic model cannot be used: retrieval is then lexical and more cautious.
        misses: Takes what was not answered; None where nobody looks at it.
        observer: Is told what becomes of every question, and how long each stage took.
        patient: Nobody waits long for an answer (a file of questions, say), so none is ever refused as too many.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        store: Store,
        clock: Clock,
        encoder: Encoder | None,
        misses: Misses | None = None,
        observer: Observer | None = None,
        patient: bool = False,
    ) -> None:
        self._snapshot = snapshot
        self._store = store
        self._clock = clock
        self._encoder = encoder
        self._misses = misses
        self._observer = observer or NoObserver()
        self._ranker = Ranker(encoder, self._observer, longest_wait=None if patient else LONGEST_WAIT)
        self._most_at_once = math.inf if patient else _MOST_AT_ONCE
        self._in_work = 0
        self._conversations = Conversations()

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    def replace(self, snapshot: Snapshot) -> None:
        """Swap the snapshot; questions in flight finish on the one they began with."""
        self._snapshot = snapshot

    @property
    def encoder_name(self) -> str | None:
        return self._encoder.name if self._encoder else None

    @property
    def other_encoder(self) -> str | None:
        """Name of the encoder that the model was learned with, when it is not ours: letters alone answer then.

        None when they belong together, or when there is no encoder.
        """
        learned_with = self._snapshot.retriever.learned_with
        return learned_with if self._encoder and self._encoder.name != learned_with else None

    @property
    def in_work(self) -> int:
        """Questions in the making."""
        return self._in_work

    @property
    def waiting(self) -> int:
        """Texts that wait for the encoder or are with it."""
        return self._ranker.waiting

    async def ask(self, question: Question) -> Reply:
        """The whole way of one question; a friendly "too busy" at once when more are asked than can be answered."""
        watch = _Stopwatch(self._observer)
        snapshot, now = self._snapshot, self._clock.now()
        read = _read(question.text)
        watch.lap(Stage.FOLD)
        turn = self._conversations.last(question.conversation, now)
        if self._in_work >= self._most_at_once or not (rankings := self._ranker.submit(snapshot.retriever, read.texts)):
            return self._busy(snapshot, question, read.whole, turn)
        self._in_work += 1
        try:
            stored = await self._stored(question.asker)
            watch.lap(Stage.LOOK_UP)
            decision = self._decide_locale(snapshot, question, read.whole, turn, stored)
            watch.lap(Stage.IDENTIFY)
            outcome = self._find_in_message(snapshot, read, await results(rankings), turn, now.date())
            outcome = _as_titled(snapshot, read.whole, decision.locale, now.date()) or outcome
            watch.lap(Stage.RANK)
            reply = self._render(snapshot, outcome, decision)
            reply = dataclasses.replace(reply, question_id=uuid.uuid4().hex[:12])
            watch.lap(Stage.RENDER)
            self._remember(question, reply, now)
            await self._record(question, reply, now, round(watch.seconds * 1000))
            if isinstance(outcome, Abstention) and (miss := missed(question, outcome, reply, now)):
                reply = await self._promising(reply, miss)
            watch.lap(Stage.RECORD)
        except BusyError:
            return self._busy(snapshot, question, read.whole, turn)
        finally:
            self._in_work -= 1
        self._observer.answered(
            outcome=reply.outcome, locale=reply.locale, platform=question.platform, seconds=watch.seconds
        )
        return reply

    async def open(self, key: str, locale: str, *, platform: str, conversation: str | None = None) -> Reply | None:
        """The answer behind a choice, a related question or a topic; None when it no longer exists."""
        snapshot, now = self._snapshot, self._clock.now()
        if not snapshot.knowledge.is_open(key, now.date()):
            return None
        spoken = shipped_or_source(locale, snapshot.catalogs.shipped)
        reply = snapshot.renderer.answer(Candidate(key, 1.0), spoken)
        if conversation:
            self._conversations.remember(conversation, Turn(now, spoken, key))
        return reply

    async def was_asked(self, question_id: str) -> bool:
        """False for what nobody asked here, or so long ago that it is forgotten; True when the store cannot tell."""
        try:
            return await self._store.was_asked(question_id)
        except StoreError:
            self._observer.store_failed()
            _log.exception("whether a question was asked is not known")
            return True

    async def refuse(self, question_id: str, locale: str, text: str | None = None, asked: Asked | None = None) -> str:
        """ "None of these": keep the question as unanswered. `text` is None when the adapter no longer has it."""
        await self._quietly(self._store.mark_unanswered(question_id, text))
        said = self.say(locale, messages.NONE_THANKS)
        miss = not_helped(question_id, Cause.REFUSED, self.spoken(locale), text, asked, self._clock.now())
        return await self._said_with_promise(said, miss)

    async def feedback(self, question_id: str, helpful: bool, locale: str, asked: Asked | None = None) -> str:
        await self._quietly(self._store.record_feedback(question_id, helpful))
        if helpful:
            return self.say(locale, messages.FEEDBACK_YES)
        said = self.say(locale, messages.FEEDBACK_NO)
        text = asked.question.text if asked and asked.reply else None
        miss = not_helped(question_id, Cause.UNHELPFUL, self.spoken(locale), text, asked, self._clock.now())
        return await self._said_with_promise(said, miss)

    def promises(self, asked: Question) -> bool:
        """True when the asker gets an answer later, should a moderator find one."""
        return self._misses is not None and asker_of(asked) is not None

    async def choose_language(self, asker: str, locale: str | None, shown_in: str) -> str:
        """Store a choice (None for no preference) and confirm it. Raises StoreError: a choice must not be lost
        quietly.
        """
        await self._store.choose_language(asker, locale)
        if locale is None:
            return self.say(shown_in, messages.LANGUAGE_CLEARED)
        return self.say(locale, messages.LANGUAGE_CHOSEN, language=LANGUAGES[locale].autonym)

    async def reader_locale(
        self, asker: str, *, client: str | None = None, channel: str | None = None, server: str | None = None
    ) -> LocaleDecision:
        """The language for a reply that has no question (menus, help): stored choice, channel, client, server."""
        signals = LocaleSignals(
            stored=await self._stored(asker),
            posterior={},
            channel=negotiate(channel),
            client=negotiate(client),
            server=negotiate(server),
        )
        decision = decide_locale(signals)
        return dataclasses.replace(decision, locale=self.spoken(decision.locale))

    def spoken(self, locale: str) -> str:
        """`locale` when the bot holds whole conversations in it, else English."""
        return shipped_or_source(locale, self._snapshot.catalogs.shipped)

    def say(self, locale: str, message: Message, **values: str) -> str:
        return self._snapshot.catalogs.say(self.spoken(locale), message, **values)

    def say_count(self, locale: str, message: PluralMessage, count: int, **values: str) -> str:
        return self._snapshot.catalogs.say_count(self.spoken(locale), message, count, **values)

    def languages(self) -> tuple[Option, ...]:
        """Languages to choose from, in their own names, in the order of `LANGUAGES`."""
        shipped = self._snapshot.catalogs.shipped
        return tuple(Option(tag, language.autonym) for tag, language in LANGUAGES.items() if tag in shipped)

    def topics(self, locale: str) -> tuple[Topic, ...]:
        return self._snapshot.browser.topics(self.spoken(locale))

    def suggest(self, typed: str, locale: str, limit: int = 25) -> tuple[Option, ...]:
        return self._snapshot.browser.suggest(typed, self.spoken(locale), limit)

    def summary_topics(self, locale: str) -> tuple[Option, ...]:
        return self._snapshot.browser.summary_topics(self.spoken(locale))

    def summary(self, locale: str, length: Length, topic_id: str = "meeting") -> Summary:
        """Raises KeyError for a topic without a summary (see `summary_topics`)."""
        return self._snapshot.browser.summary(self.spoken(locale), length, topic_id)

    def _busy(self, snapshot: Snapshot, question: Question, folded: str, turn: Turn | None) -> Reply:
        """Without the store: it may be what everybody waits for."""
        self._observer.shed(question.platform)
        decision = self._decide_locale(snapshot, question, folded, turn, stored=None)
        text = self.say(decision.locale, messages.BUSY)
        spoken = self.spoken(decision.locale)
        return Reply(locale=spoken, text=text, outcome="busy", locale_from_client=decision.from_client)

    def _decide_locale(
        self, snapshot: Snapshot, question: Question, folded: str, turn: Turn | None, stored: str | None
    ) -> LocaleDecision:
        signals = LocaleSignals(
            option=negotiate(question.option_locale),
            stored=stored,
            posterior=snapshot.identifier.identify(question.text, folded),
            conversation=turn.locale if turn else None,
            channel=negotiate(question.channel_locale),
            client=negotiate(question.client_locale),
            server=negotiate(question.server_locale),
        )
        return decide_locale(signals)

    def _find_in_message(
        self, snapshot: Snapshot, read: "_Read", rankings: Sequence[Ranking], turn: Turn | None, today: datetime.date
    ) -> Outcome:
        """What a whole message asks for, which may hold a greeting, a quotation or a second question as well."""
        whole, *found = (self._find(snapshot, ranking, turn, today) for ranking in rankings)
        if not found:
            return whole
        return combine(whole, list(zip(read.parts, found, strict=True)), long=len(read.whole) > _LONG)

    def _find(self, snapshot: Snapshot, everything: Ranking, turn: Turn | None, today: datetime.date) -> Outcome:
        """Decide; when the question alone is not clear, read it in the light of the previous topic."""
        ranking = _open_on(today, everything, snapshot.knowledge)
        thresholds = snapshot.retriever.thresholds(ranking)
        outcome = decide(ranking, thresholds)
        if isinstance(outcome, Answer) or turn is None or turn.key is None:
            return outcome
        return decide(in_context(ranking, snapshot.knowledge.followed_by(turn.key)), thresholds)

    def _render(self, snapshot: Snapshot, outcome: Outcome, decision: LocaleDecision) -> Reply:
        spoken = shipped_or_source(decision.locale, snapshot.catalogs.shipped)
        reply = snapshot.renderer.reply(outcome, spoken)
        if spoken != decision.locale and not decision.guessed:  # an apology in a wrong guess would only puzzle
            reply = snapshot.renderer.with_language_notice(reply, decision.locale)
        offer = decision.offer if decision.offer in snapshot.catalogs.shipped else None
        return dataclasses.replace(reply, offer_locale=offer, locale_from_client=decision.from_client)

    def _remember(self, question: Question, reply: Reply, now: datetime.datetime) -> None:
        turn = Turn(now, reply.locale, reply.key)
        self._conversations.remember(question.conversation, turn)

    async def _record(self, question: Question, reply: Reply, now: datetime.datetime, milliseconds: int) -> None:
        record = OutcomeRecord(
            id=reply.question_id or "",
            asked_at=now,
            outcome=reply.outcome,
            key=reply.key or next((option.key for option in reply.choices), None),
            probability=round(reply.probability, 3),
            locale=reply.locale,
            platform=question.platform,
            milliseconds=milliseconds,
            text=question.text[:2000] if reply.outcome == "abstain" else None,
        )
        await self._quietly(self._store.record_outcome(record))

    async def _promising(self, reply: Reply, miss: Miss) -> Reply:
        """The reply with the promise, once the miss is kept."""
        if not await self._take(miss) or miss.asker is None:
            return reply
        return dataclasses.replace(reply, promise=self.say(reply.reader_locale, PROMISE))

    async def _said_with_promise(self, said: str, miss: Miss) -> str:
        if not await self._take(miss) or miss.asker is None:
            return said
        return f"{said}\n{self.say(miss.locale, PROMISE)}"

    async def _take(self, miss: Miss) -> bool:
        """False when nobody takes it, or it could not be kept: then nothing may be promised."""
        if self._misses is None:
            return False
        try:
            await self._misses.take(miss)
        except StoreError:
            self._observer.store_failed()
            _log.exception("an unanswered question did not reach the inbox")
            return False
        return True

    async def _stored(self, asker: str) -> str | None:
        try:
            return await self._store.language_of(asker)
        except StoreError:
            self._observer.store_failed()
            _log.exception("stored language unreadable")
            return None

    async def _quietly(self, work: Awaitable[None]) -> None:
        try:
            await work
        except StoreError:
            self._observer.store_failed()
            _log.exception("outcome not recorded")


class _Stopwatch:
    """Tells the observer how long each stage of one question took."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._started = self._since = time.perf_counter()

    @property
    def seconds(self) -> float:
        """In all, up to now."""
        return time.perf_counter() - self._started

    def lap(self, stage: Stage) -> None:
        now = time.perf_counter()
        self._observer.took(stage, now - self._since)
        self._since = now


@dataclass(frozen=True, slots=True)
class _Read:
    """A message as it is ranked: folded as a whole, and the parts of it that may each be a question, as written."""

    whole: str
    parts: tuple[str, ...]

    @property
    def texts(self) -> list[str]:
        return [self.whole, *map(fold, self.parts)]


def _read(text: str) -> _Read:
    parts = split_questions(text)
    return _Read(fold(text), parts[-_MOST_PARTS:] if len(parts) > 1 else ())


def _as_titled(snapshot: Snapshot, folded: str, locale: str, today: datetime.date) -> Answer | None:
    """Our own question, typed or pasted as we show it, is never asked back."""
    key = snapshot.browser.titled(folded, locale)
    return Answer(Candidate(key, 1.0)) if key and snapshot.knowledge.is_open(key, today) else None


def _open_on(today: datetime.date, ranking: Ranking, knowledge: Knowledge) -> Ranking:
    """Without entries that do not hold today."""
    open_now = tuple(one for one in ranking.candidates if knowledge.is_open(one.key, today))
    return dataclasses.replace(ranking, candidates=open_now)
