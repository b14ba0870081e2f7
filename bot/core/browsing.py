"""Finding things without asking: topics, curated questions for autocomplete, summaries."""

from collections.abc import Iterator

from bot.core import messages
from bot.core.catalog import Catalogs
from bot.core.knowledge import Knowledge, SummaryOutline
from bot.core.messages import Message
from bot.core.models import Candidate, Length, Option, Source, Summary, SummarySection, Topic
from bot.core.rendering import Renderer
from bot.core.text import bare_letters, fold, strip_marks


class Browser:
    """Reads one snapshot."""

    def __init__(self, knowledge: Knowledge, catalogs: Catalogs, renderer: Renderer) -> None:
        self._knowledge = knowledge
        self._catalogs = catalogs
        self._renderer = renderer
        self._folded: dict[str, list[tuple[str, Option]]] = {}  # by locale, for every keystroke of an autocomplete
        self._titles: dict[str, dict[str, str | None]] = {}  # by locale

    def topics(self, locale: str) -> tuple[Topic, ...]:
        """Topics in reading order, each with its questions; slot entries are left out (they need a subject)."""
        return tuple(
            Topic(topic.id, self.topic_label(topic.id, locale), self._options(topic.entries, locale))
            for topic in self._knowledge.topics
        )

    def topic_label(self, topic_id: str, locale: str) -> str:
        title = next(topic.title for topic in self._knowledge.topics if topic.id == topic_id)
        return self._catalogs.text(locale, f"{topic_id}|topic", title).words

    def suggest(self, typed: str, locale: str, limit: int = 25) -> tuple[Option, ...]:
        """Curated questions that contain every piece typed so far, those that start with it first."""
        wanted = strip_marks(fold(typed))
        pieces = wanted.split()  # folded: ASCII spaces only
        found = [
            (not label.startswith(wanted), option)
            for label, option in self._folded_options(locale)
            if all(piece in label for piece in pieces)
        ]
        found.sort(key=lambda ranked: ranked[0])
        return tuple(option for _, option in found[:limit])

    def titled(self, folded: str, locale: str) -> str | None:
        """The key of the curated question that folded text repeats; None where it is none, or could be two."""
        return self._titles_in(locale).get(bare_letters(folded))

    def summary(self, locale: str, length: Length, topic_id: str) -> Summary:
        """The summary of a topic; English as a whole when any of its statements has no current translation."""
        outline = self._knowledge.summaries[topic_id]
        spoken = locale if self._translated(outline, locale) else "en"
        sections = tuple(self._section(title, keys, spoken) for title, keys in self._parts(outline, length, spoken))
        sources = tuple(dict.fromkeys(source for section in sections for source in section.sources))
        return Summary(
            locale=spoken,
            title=self._catalogs.say(spoken, messages.SUMMARY_TITLE, topic=self.topic_label(topic_id, spoken)),
            notice=self._summary_notice(locale, spoken),
            sections=sections,
            attribution=self._renderer.cite_all(sources, spoken),
        )

    def summary_topics(self, locale: str) -> tuple[Option, ...]:
        return tuple(Option(topic_id, self.topic_label(topic_id, locale)) for topic_id in self._knowledge.summaries)

    def _parts(self, outline: SummaryOutline, length: Length, locale: str) -> list[tuple[str, tuple[str, ...]]]:
        brief = self._catalogs.say(locale, messages.SUMMARY_BRIEF)
        if length is Length.LINE:
            return [(brief, outline.line)]
        if length is Length.PARAGRAPH:
            return [(brief, outline.paragraph)]
        titled = [(self._section_title(section_id, locale), keys) for section_id, keys in outline.page]
        return [(brief, outline.line), *titled]

    def _section_title(self, section_id: str, locale: str) -> str:
        return self._catalogs.say(locale, SECTION_TITLES[section_id])

    def _section(self, title: str, keys: tuple[str, ...], locale: str) -> SummarySection:
        replies = [self._renderer.answer(Candidate(key, 1.0), locale) for key in keys]
        sources: tuple[Source, ...] = tuple(dict.fromkeys(source for reply in replies for source in reply.sources))
        return SummarySection(title, tuple(reply.text for reply in replies), sources)

    def _translated(self, outline: SummaryOutline, locale: str) -> bool:
        keys = {*outline.line, *outline.paragraph, *(key for _, keys in outline.page for key in keys)}
        return all(self._renderer.answer(Candidate(key, 1.0), locale).locale == locale for key in keys)

    def _summary_notice(self, wanted: str, spoken: str) -> str | None:
        if wanted != spoken:
            return self._catalogs.say(wanted, messages.ENGLISH_MISSING)
        return None if spoken == "en" else self._catalogs.say(spoken, messages.UNREVIEWED)

    def _options(self, keys: tuple[str, ...], locale: str) -> tuple[Option, ...]:
        plain = [key for key in keys if self._knowledge.entries[key].slot is None]
        return tuple(Option(key, self._renderer.label(key, locale)) for key in plain)

    def _titles_in(self, locale: str) -> dict[str, str | None]:
        """The key of each curated question by its bare letters: folding them all would hold up the first who asks."""
        if locale not in self._titles:
            titles: dict[str, str | None] = {}
            for option in self._curated(locale):
                bare = bare_letters(option.label)
                titles[bare] = option.key if titles.get(bare, option.key) == option.key else None
            self._titles[locale] = titles
        return self._titles[locale]

    def _folded_options(self, locale: str) -> list[tuple[str, Option]]:
        """Every curated question with its label as it is compared; a snapshot does not change, so once is enough."""
        if locale not in self._folded:
            self._folded[locale] = [(strip_marks(fold(option.label)), option) for option in self._curated(locale)]
        return self._folded[locale]

    def _curated(self, locale: str) -> Iterator[Option]:
        return (option for topic in self.topics(locale) for option in topic.options)


# Translators: headings inside a one-page summary.
SECTION_TITLES: dict[str, Message] = {
    "facts": Message("section.facts", "Key facts"),
    "people": Message("section.people", "Who took part"),
    "programme": Message("section.programme", "Programme and speeches"),
    "results": Message("section.results", "Results and what came next"),
    "members": Message("section.members", "Members"),
    "work": Message("section.work", "How it works"),
    "money": Message("section.money", "Money and applications"),
    "history": Message("section.history", "History"),
    "support": Message("section.support", "Support from Japan"),
}
