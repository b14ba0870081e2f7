"""What the bot replies to each command: asks the core, lays the answer out. Knows nothing of discord.py's objects."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from bot.adapters.discord.custom_ids import NO_PREFERENCE, Action, ControlId
from bot.adapters.discord.layout import original_page, reply_page, sources_page
from bot.adapters.discord.pages import MAX_OPTION, MAX_OPTIONS, Button, Page, Say, button, menu, page
from bot.adapters.discord.readers import PLATFORM, Reader
from bot.adapters.discord.summaries import SummaryLayout
from bot.core import messages
from bot.core.answering import Answering
from bot.core.inbox.messages import BUTTON_QUIET
from bot.core.inbox.misses import Asked
from bot.core.locales import LocaleDecision
from bot.core.models import Length, Option, Question, Reply, Source, Topic
from bot.core.text import truncate, utf16_length

_REMEMBERED = 1_000  # texts of questions somebody may still refuse or have asked again
_CHOSEN = "#"  # marks an autocomplete value as the key of an answer


class ExpiredError(Exception):
    """A control refers to something that no longer is, or never was."""


class Replies:
    """Pages for one reader at a time. Everything that can go out of date raises ExpiredError.

    Questions wait here, in memory only, for "none of these", "no" and "read in": an id in a button names them.
    """

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._asked: OrderedDict[str, Asked] = OrderedDict()

    async def ask(self, reader: Reader, text: str, language: str | None = None, *, echo: bool = False) -> Page:
        """The answer to a question; `echo` quotes it, where Discord shows others the reply without the question."""
        if text.startswith(_CHOSEN) and (chosen := await self._suggested(reader, text[1:], language, echo=echo)):
            return chosen
        question = _question(reader, text, language)
        reply = await self._answering.ask(question)
        self._remember(question, reply)
        shown = reply_page(reply, self._say(reply.locale), echo=text if echo else None)
        return _discreet(shown, reader, from_client=reply.locale_from_client)

    async def ask_again(self, reader: Reader, question_id: str, language: str) -> Page:
        asked = self._asked.get(question_id)
        if asked is None:
            raise ExpiredError
        return await self.ask(reader, asked.question.text, language)

    async def suggestions(self, reader: Reader, typed: str, language: str | None) -> tuple[Option, ...]:
        """Curated questions as autocomplete offers them: the key when it fits, else the question itself."""
        locale = language or (await self.locale(reader)).locale
        found = self._answering.suggest(typed, locale, MAX_OPTIONS)
        return tuple(Option(_option_value(option), truncate(option.label, MAX_OPTION)) for option in found)

    async def open(self, reader: Reader, key: str, locale: str) -> Page:
        reply = await self._open(reader, key, locale)
        return replace(reply_page(reply, self._say(reply.locale), reader=locale), ephemeral=True)

    async def sources(self, key: str, locale: str) -> Page:
        reply = await self._look_up(key, locale)
        cited = tuple(self._cite(source, reply.locale) for source in reply.sources)
        return sources_page(reply.sources, self._say(reply.locale), cited)

    async def original(self, key: str, locale: str) -> Page:
        return original_page(await self._look_up(key, "en"), self._say(locale))

    async def feedback(self, reader: Reader, question_id: str, locale: str, *, helpful: bool) -> Page:
        asked = self._recall(reader, question_id)
        said = await self._answering.feedback(question_id, helpful, locale, asked)
        return self._with_quiet(said, question_id, locale, None if helpful else asked)

    async def refuse(self, reader: Reader, question_id: str, locale: str) -> Page:
        asked = self._recall(reader, question_id)
        text = asked.question.text if asked.reply else None
        said = await self._answering.refuse(question_id, locale, text, asked)
        return self._with_quiet(said, question_id, locale, asked)

    async def language_menu(self, locale: str, key: str = "") -> Page:
        """Languages in their own names; `key` is the answer to show again in the one that is chosen."""
        say = self._say(locale)
        options = (*self._answering.languages(), Option(NO_PREFERENCE, say(messages.NO_PREFERENCE)))
        prompt = say(messages.LANGUAGE_PROMPT)
        return page(prompt, menu(prompt, ControlId(Action.SET_LANGUAGE, locale, key), options))

    async def choose_language(self, reader: Reader, chosen: str, locale: str, key: str = "") -> Page:
        """Store the choice, confirm it, and show the answer that the reader came from in the new language."""
        if chosen != NO_PREFERENCE and chosen not in {option.key for option in self._answering.languages()}:
            raise ExpiredError
        wanted = None if chosen == NO_PREFERENCE else chosen
        confirmation = page(await self._answering.choose_language(reader.asker, wanted, locale))
        if wanted is None or not key:
            return confirmation
        try:
            answer = await self.open(reader, key, wanted)
        except ExpiredError:
            return confirmation
        return page("\n\n".join([*confirmation.texts, *answer.texts]), *answer.rows)

    async def topics(self, locale: str, number: int = 0) -> Page:
        """Page `number` of the topics; turning pages happens in place."""
        topics = self._topics(locale)
        start = _start(number, len(topics))
        say = self._say(locale)
        options = tuple(Option(topic.id, topic.label) for topic in topics[start : start + MAX_OPTIONS])
        return page(
            say(messages.TOPICS_PROMPT),
            menu(say(messages.TOPICS_PROMPT), ControlId(Action.TOPIC, locale, str(number)), options),
            _turning(say, number, len(topics), partial(ControlId, Action.TOPICS, locale)),
            in_place=True,
        )

    async def questions(self, topic_id: str, locale: str, number: int = 0) -> Page:
        """Page `number` of a topic's questions, in place of the topics."""
        topic = next((topic for topic in self._topics(locale) if topic.id == topic_id), None)
        if topic is None:
            raise ExpiredError
        start = _start(number, len(topic.options))
        say = self._say(locale)
        prompt = say(messages.QUESTIONS_PROMPT, topic=topic.label)
        back = button(say(messages.BUTTON_ALL_TOPICS), ControlId(Action.TOPICS, locale, "0"))
        turning = _turning(
            say, number, len(topic.options), lambda to: ControlId(Action.QUESTIONS, locale, f"{to}:{topic_id}")
        )
        return page(
            prompt,
            menu(prompt, ControlId(Action.PICK, locale), topic.options[start : start + MAX_OPTIONS]),
            (back, *turning),
            in_place=True,
        )

    async def summary(self, locale: str, topic_id: str | None, length: Length) -> Page:
        topic_id = topic_id or next((option.key for option in self._answering.summary_topics(locale)), "")
        layout = self._summary_layout(locale, topic_id)
        return layout.brief(self._answering.summary(locale, length, topic_id))

    async def summary_section(self, locale: str, topic_id: str, section: int, piece: int) -> Page:
        found = self._summary_layout(locale, topic_id).section(section, piece)
        if found is None:
            raise ExpiredError
        return found

    async def help(self, locale: str) -> Page:
        say = self._say(locale)
        return page(say(messages.HELP), (button(say(messages.BUTTON_LANGUAGE), ControlId(Action.LANGUAGE, locale)),))

    async def wait(self, reader: Reader, seconds: int) -> Page:
        locale = (await self.locale(reader)).locale
        return page(self._answering.say_count(locale, messages.COOLDOWN, seconds))

    async def expired(self, reader: Reader) -> Page:
        return page(self._answering.say((await self.locale(reader)).locale, messages.EXPIRED))

    async def apology(self, reader: Reader, reference: str) -> Page:
        return page(self._answering.say((await self.locale(reader)).locale, messages.ERROR, reference=reference))

    async def locale(self, reader: Reader) -> LocaleDecision:
        """The language for what is not the answer to a question."""
        return await self._answering.reader_locale(reader.asker, client=reader.client, server=reader.server)

    async def _suggested(self, reader: Reader, key: str, language: str | None, *, echo: bool) -> Page | None:
        """The answer that autocomplete offered; None when there is none: some questions start with #."""
        decision = LocaleDecision(language) if language else await self.locale(reader)
        try:
            reply = await self._open(reader, key, decision.locale)
        except ExpiredError:
            return None
        question = self._answering.snapshot.renderer.label(key, decision.locale) if echo else None
        shown = reply_page(reply, self._say(reply.locale), reader=decision.locale, echo=question)
        return _discreet(shown, reader, from_client=decision.from_client)

    async def _open(self, reader: Reader, key: str, locale: str) -> Reply:
        reply = await self._answering.open(key, locale, platform=PLATFORM, conversation=reader.conversation)
        if reply is None:
            raise ExpiredError
        return reply

    async def _look_up(self, key: str, locale: str) -> Reply:
        """Like `_open`, but does not become what the conversation is about."""
        reply = await self._answering.open(key, locale, platform=PLATFORM)
        if reply is None:
            raise ExpiredError
        return reply

    def _summary_layout(self, locale: str, topic_id: str) -> SummaryLayout:
        try:
            whole = self._answering.summary(locale, Length.PAGE, topic_id)
        except KeyError:
            raise ExpiredError from None
        cite = partial(self._cite, locale=whole.locale)
        return SummaryLayout(whole=whole, topic=topic_id, reader=locale, say=self._say(whole.locale), cite=cite)

    def _topics(self, locale: str) -> tuple[Topic, ...]:
        return tuple(topic for topic in self._answering.topics(locale) if topic.options)

    def _cite(self, source: Source, locale: str) -> str:
        return self._answering.snapshot.renderer.cite(source, locale)

    def _say(self, locale: str) -> Say:
        return partial(self._answering.say, locale)

    def _remember(self, question: Question, reply: Reply) -> None:
        if reply.question_id is None:
            return
        self._asked[reply.question_id] = Asked(question, reply)
        while len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)

    def _recall(self, reader: Reader, question_id: str) -> Asked:
        """The question with its reply; after a restart only who speaks now."""
        return self._asked.get(question_id) or Asked(_question(reader, ""))

    def _with_quiet(self, said: str, question_id: str, locale: str, asked: Asked | None) -> Page:
        if asked is None or not self._answering.promises(asked.question):
            return page(said)
        control = ControlId(Action.INBOX_QUIET, locale, question_id)
        return page(said, (button(self._say(locale)(BUTTON_QUIET), control),))


def _question(reader: Reader, text: str, language: str | None = None) -> Question:
    return Question(
        text=text,
        asker=reader.asker,
        conversation=reader.conversation,
        platform=PLATFORM,
        option_locale=language,
        client_locale=reader.client,
        server_locale=reader.server,
        reachable=True,
        place=reader.place,
    )


def _discreet(shown: Page, reader: Reader, *, from_client: bool) -> Page:
    """A public reply in the language of somebody's client would tell everyone that setting."""
    return replace(shown, ephemeral=from_client and not reader.alone)


def _option_value(option: Option) -> str:
    value = f"{_CHOSEN}{option.key}"
    return value if utf16_length(value) <= MAX_OPTION else truncate(option.label, MAX_OPTION)


def _start(number: int, count: int) -> int:
    start = number * MAX_OPTIONS
    if not 0 <= start < max(count, 1):
        raise ExpiredError
    return start


def _turning(say: Say, number: int, count: int, control: Callable[[str], ControlId]) -> tuple[Button, ...]:
    """Previous and Next, where there is one."""
    last = (count - 1) // MAX_OPTIONS
    steps = ((messages.BUTTON_PREVIOUS, number - 1), (messages.BUTTON_NEXT, number + 1))
    return tuple(button(say(message), control(str(target))) for message, target in steps if 0 <= target <= last)
