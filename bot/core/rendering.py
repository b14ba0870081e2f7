"""Outcomes as replies: pure functions from a snapshot, an outcome and a locale to complete text in one language."""

from collections.abc import Iterable
from dataclasses import replace

from bot.core import messages
from bot.core.catalog import Catalogs, Text, fill, fill_facts
from bot.core.facts import Date, Fact
from bot.core.formatting import format_partial_date
from bot.core.knowledge import Knowledge, subject_facts
from bot.core.locales import LANGUAGES
from bot.core.messages import Message
from bot.core.models import Abstention, Answer, Candidate, Choice, Entry, Option, Outcome, Reason, Reply, Review, Source
from bot.core.partial_dates import parse_partial_date

MAX_CITED = 3  # publishers named in the source line; the rest is behind the Sources button
_COURTESIES = {
    "far.greeting": messages.GREETING,
    "far.thanks": messages.THANKS,
    "far.about-bot": messages.ABOUT_BOT,
    "far.insult": messages.INSULT,
    "far.injection": messages.INJECTION,
    "far.chitchat": messages.CHITCHAT,
    "far.gibberish": messages.NOTHING_TO_READ,
}


class Renderer:
    """Renders for one snapshot. `contact` is how a moderator can be reached, as the operator wrote it, or None."""

    def __init__(self, knowledge: Knowledge, catalogs: Catalogs, contact: str | None = None) -> None:
        self._knowledge = knowledge
        self._catalogs = catalogs
        self._contact = contact

    def reply(self, outcome: Outcome, locale: str) -> Reply:
        match outcome:
            case Answer(candidate, second):
                reply = self.answer(candidate, locale)
                return self._offering(reply, second.key, locale) if second else reply
            case Choice(candidates):
                return self._choice(candidates, locale)
            case Abstention():
                return self._abstention(outcome, locale)

    def answer(self, candidate: Candidate, locale: str) -> Reply:
        """The answer itself; English with a notice in `locale` when no current translation exists."""
        entry, facts = self._entry(candidate.key)
        text, focus = self._words(entry, candidate.key, locale)
        sources = self.sources(candidate.key)
        return Reply(
            locale=text.locale,
            reader_locale=locale,
            text=fill(fill_facts(text, facts, self._knowledge.names), {"focus": focus}),
            outcome="answer",
            review=text.review,
            notice=self._notice(text, locale),
            attribution=self._attribution(sources, entry, text.locale),
            key=candidate.key,
            facts=entry.answers,
            unknown=entry.unknown,
            probability=candidate.probability,
            sources=sources,
            related=self._options(entry.related, locale),
        )

    def _offering(self, reply: Reply, key: str, locale: str) -> Reply:
        """The reply with another question first among those to open next, named in the text as well."""
        option = Option(key, self.label(key, locale))
        also = self._catalogs.say(reply.locale, messages.ALSO_ASKED, question=self.label(key, reply.locale))
        others = tuple(one for one in reply.related if one.key != key)
        return replace(reply, text=f"{reply.text}\n\n{also}", related=(option, *others))

    def _words(self, entry: Entry, key: str, locale: str) -> tuple[Text, str]:
        """The answer's template and the city's own words, both in one language: `locale`, or English when one lacks."""
        text = self._catalogs.text(locale, f"{entry.id}|answer", entry.answer)
        city = self._knowledge.cities.get(key.partition(":")[2])
        if city is None or city.focus is None:
            return text, ""
        focus = self._catalogs.text(text.locale, f"city.{city.id}|focus", city.focus)
        if focus.locale != text.locale:
            return Text(entry.answer, focus.locale, focus.review), focus.words
        return text, focus.words

    def label(self, key: str, locale: str) -> str:
        """The question of an entry, as a choice or a button shows it."""
        entry, facts = self._entry(key)
        text = self._catalogs.text(locale, f"{entry.id}|question", entry.question)
        return fill_facts(text, facts, self._knowledge.names)

    def sources(self, key: str) -> tuple[Source, ...]:
        entry, _ = self._entry(key)
        ids = list(entry.sources)
        if entry.slot == "city":
            ids += self._knowledge.cities[key.partition(":")[2]].sources
        return tuple(self._knowledge.sources[source_id] for source_id in dict.fromkeys(ids))

    def cite(self, source: Source, locale: str) -> str:
        """Publisher with the date published, as the source line names it."""
        if source.published is None:
            return source.publisher
        return self._catalogs.say(
            locale, messages.CITED, publisher=source.publisher, date=self.date(source.published, locale)
        )

    def date(self, iso: str, locale: str) -> str:
        return format_partial_date(_as_date(iso), locale)

    def cite_all(self, sources: Iterable[Source], locale: str) -> str:
        cited = dict.fromkeys(self.cite(source, locale) for source in sources)
        return self._catalogs.say(locale, messages.SOURCE_LINE, sources="; ".join(list(cited)[:MAX_CITED]))

    def _entry(self, key: str) -> tuple[Entry, dict[str, Fact]]:
        entry_id, _, subject = key.partition(":")
        entry = self._knowledge.entries[entry_id]
        return entry, subject_facts(self._knowledge, entry, subject) if entry.slot else dict(entry.facts)

    def _attribution(self, sources: tuple[Source, ...], entry: Entry, locale: str) -> str:
        as_of = self._catalogs.say(locale, messages.AS_OF, date=self.date(entry.as_of, locale))
        return f"{self.cite_all(sources, locale)}\n{as_of}"

    def _notice(self, text: Text, reader_locale: str) -> str | None:
        if text.review is Review.UNREVIEWED:
            return self._catalogs.say(reader_locale, messages.UNREVIEWED)
        if text.review is Review.OUTDATED:
            return self._catalogs.say(reader_locale, messages.ENGLISH_OUTDATED)
        if text.review is Review.MISSING:
            return self._catalogs.say(reader_locale, messages.ENGLISH_MISSING)
        return None

    def _options(self, keys: Iterable[str], locale: str) -> tuple[Option, ...]:
        return tuple(Option(key, self.label(key, locale)) for key in keys if self._knowledge.exists(key))

    def _choice(self, candidates: tuple[Candidate, ...], locale: str) -> Reply:
        return Reply(
            locale=locale,
            text=self._catalogs.say(locale, messages.CHOICE),
            outcome="choice",
            probability=candidates[0].probability,
            choices=self._options((candidate.key for candidate in candidates), locale),
            choice_facts=tuple(self._knowledge.entries[candidate.entry_id].answers for candidate in candidates),
        )

    def _abstention(self, abstention: Abstention, locale: str) -> Reply:
        related = self._options((candidate.key for candidate in abstention.nearest), locale)
        lines = [self._catalogs.say(locale, _abstention_message(abstention))]
        if self._contact and abstention.reason in (Reason.NO_MATCH, Reason.OUT_OF_SCOPE):
            lines.append(self._catalogs.say(locale, messages.CONTACT, contact=self._contact))
        if related:
            lines.append(self._catalogs.say(locale, messages.NEAREST))
        return Reply(
            locale=locale,
            text="\n".join(lines),
            outcome="abstain",
            probability=abstention.probability,
            related=related,
        )

    def with_language_notice(self, reply: Reply, wanted: str) -> Reply:
        """For a question in a language whose interface is not complete: everything is English, and says why."""
        notice = self._catalogs.say(reply.locale, messages.LANGUAGE_NOT_SHIPPED, language=LANGUAGES[wanted].autonym)
        return replace_notice(reply, notice)


def replace_notice(reply: Reply, notice: str) -> Reply:
    return replace(reply, notice=notice if reply.notice is None else f"{notice}\n{reply.notice}")


def _abstention_message(abstention: Abstention) -> Message:
    if abstention.reason is Reason.EMPTY:
        return messages.NOTHING_TO_READ
    if abstention.reason is Reason.COURTESY:
        return _COURTESIES.get(abstention.group or "", messages.OFF_TOPIC)
    return messages.ABSTAIN_SCOPE if abstention.reason is Reason.OUT_OF_SCOPE else messages.ABSTAIN


def _as_date(iso: str) -> Date:
    date = parse_partial_date(iso)
    assert date is not None, f"the loader let an impossible date through: {iso}"  # noqa: S101 - the loader proved it
    return date
