"""The compiled, immutable snapshot of the knowledge base: what one reload swaps in at once."""

import datetime
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.facts import Fact, Integer, Names, Territories
from bot.core.formatting import NameForms
from bot.core.models import City, Entry, Source
from bot.core.partial_dates import parse_partial_date

# The facts that a slot entry gets from its subject, beside those written in the entry.
SLOT_FACTS: Mapping[str, frozenset[str]] = {
    "city": frozenset({"city", "country", "joined", "focus"}),
    "country": frozenset({"country", "cities", "count"}),
}


@dataclass(frozen=True, slots=True)
class TopicOutline:
    """A topic file: its id, English title and the entries in reading order."""

    id: str
    title: str
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SummaryOutline:
    """What a summary of one topic is made of: entry ids per length; a page is split into titled sections."""

    topic: str
    line: tuple[str, ...]
    paragraph: tuple[str, ...]
    page: tuple[tuple[str, tuple[str, ...]], ...]  # (section id, entry ids)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that can be said.

    Args:
        countries: Other ways people speak of a country with member cities, by territory code.
        names: Forms by locale of each name key (people, places, cities).
        courtesy: Pieces that people put around questions, by locale, see `bot.core.courtesy`.
    """

    version: str  # first 12 hex digits of the SHA-256 of all knowledge files
    entries: Mapping[str, Entry]
    topics: tuple[TopicOutline, ...]
    sources: Mapping[str, Source]
    cities: Mapping[str, City]
    countries: Mapping[str, tuple[str, ...]]
    names: NameForms
    summaries: Mapping[str, SummaryOutline]
    courtesy: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def pieces_of_courtesy(self) -> tuple[str, ...]:
        """Of all languages: people mix them."""
        return tuple(itertools.chain.from_iterable(self.courtesy.values()))

    def subjects(self, slot: str) -> tuple[str, ...]:
        """All subjects a slot can take: city ids, or the territory codes of states with a city."""
        if slot == "city":
            return tuple(self.cities)
        return tuple(sorted({city.country for city in self.cities.values()}))

    def is_open(self, key: str, day: datetime.date) -> bool:
        """True when `key` exists and its entry holds on `day`."""
        return self.exists(key) and holds_on(self.entries[key.partition(":")[0]], day)

    def followed_by(self, key: str) -> frozenset[str]:
        """Entries that a follow-up after `key` may be about: those that share its beginning (`series.first.chairs` with
        `series.first`), its related ones, and for a plain entry of a topic the others of that topic.
        """
        entry = self.entries[key.partition(":")[0]]
        stem = ".".join(entry.id.split(".")[:2])  # an id of ours, not a reader's text
        family = frozenset(other for other in self.entries if other == stem or other.startswith(f"{stem}."))
        topic = frozenset(next(topic.entries for topic in self.topics if topic.id == entry.topic))
        return (family if len(family) > 1 else topic) | frozenset(entry.related)

    def exists(self, key: str) -> bool:
        """True when `key` can be opened: a plain entry, or a slot entry with a subject that exists."""
        entry_id, _, subject = key.partition(":")
        entry = self.entries.get(entry_id)
        if entry is None:
            return False
        return subject in self.subjects(entry.slot) if entry.slot else not subject


def holds_on(entry: Entry, day: datetime.date) -> bool:
    """True when the entry may be shown on `day`: first and last day included."""
    today = day.isoformat()
    begun = entry.valid_from is None or entry.valid_from <= today
    # "2026-01" ends with January: a shorter date is compared with as much of today.
    return begun and (entry.valid_until is None or today[: len(entry.valid_until)] <= entry.valid_until)


def subject_facts(knowledge: Knowledge, entry: Entry, subject: str) -> dict[str, Fact]:
    """The facts of a slot entry for one subject, beside those written in the entry. `focus` is text, see `Renderer`."""
    if entry.slot == "city":
        city = knowledge.cities[subject]
        joined = parse_partial_date(city.joined)
        assert joined is not None, "the loader checks dates"  # noqa: S101 - tells mypy what the loader proved
        return {**entry.facts, "city": Names((city.id,)), "country": Territories((city.country,)), "joined": joined}
    cities = tuple(city.id for city in knowledge.cities.values() if city.country == subject)
    return {
        **entry.facts,
        "country": Territories((subject,)),
        "cities": Names(cities),
        "count": Integer(len(cities)),
    }
