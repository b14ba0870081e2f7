"""The nouns of the domain. Plain immutable values; nothing here does I/O."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.facts import Fact


class Confidence(enum.StrEnum):
    """How sure the sources of an entry are; see the `meta.confidence` notes in knowledge/README.md."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    UNSURE = "unsure"


class Review(enum.StrEnum):
    """How trustworthy the words of a reply are, for the reader."""

    SOURCE = "source"  # the English text that all translations come from
    REVIEWED = "reviewed"  # a translation that a native speaker has confirmed
    UNREVIEWED = "unreviewed"  # a current translation nobody has confirmed yet
    OUTDATED = "outdated"  # English shown, because the translation belongs to an older English text
    MISSING = "missing"  # English shown, because there is no translation


class Length(enum.StrEnum):
    """How long a summary should be."""

    LINE = "line"
    PARAGRAPH = "paragraph"
    PAGE = "page"


class Reason(enum.StrEnum):
    """Why the bot abstained."""

    NO_MATCH = "no_match"  # nothing is near enough
    OUT_OF_SCOPE = "out_of_scope"  # recognised as a matter the knowledge base does not cover
    COURTESY = "courtesy"  # greeting, thanks, insult, injection ...: a friendly line is due, not an answer
    EMPTY = "empty"  # nothing to read: emoji, links, punctuation


@dataclass(frozen=True, slots=True)
class Source:
    """A published page. `published` is an ISO date, possibly only year or year-month; None when the page shows none."""

    id: str
    title: str
    publisher: str
    url: str
    published: str | None


class ChangeKind(enum.StrEnum):
    """What an editor changed in an answer."""

    SUBSTANCE = "substance"  # it says something else than before
    WORDING = "wording"  # it says the same in other words


@dataclass(frozen=True, slots=True)
class Changed:
    """The newest change that the editor marked. `at` is an ISO date."""

    at: str
    kind: ChangeKind


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing the bot can answer. `question` and `answer` are English; translations live in the catalogs."""

    id: str
    topic: str
    question: str
    answer: str
    facts: Mapping[str, Fact]
    answers: tuple[str, ...]
    sources: tuple[str, ...]
    as_of: str
    confidence: Confidence
    related: tuple[str, ...] = ()
    unknown: bool = False
    valid_from: str | None = None
    valid_until: str | None = None
    slot: str | None = None  # "city" or "country": one entry for many subjects, filled from cities.yaml
    fallback: str | None = None  # for a slot entry: the entry that answers when no subject is named
    changed: Changed | None = None


@dataclass(frozen=True, slots=True)
class City:
    """A member city of the ASCN.

    Args:
        joined: A year.
        names: Forms by locale other than English.
        aliases: Other spellings people use.
        membership: The entry that tells how this city joined, when its story is not that of the original cities.
        focus: English noun phrase for what sources tell of its smart city work; None without a source.
    """

    id: str
    name: str
    country: str
    joined: str
    names: Mapping[str, str]
    aliases: tuple[str, ...]
    sources: tuple[str, ...]
    membership: str | None = None
    focus: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible answer. `key` is an entry id, or `entry:subject` for a slot entry (`city.membership:phuket`)."""

    key: str
    probability: float  # calibrated, 0.0 to 1.0

    @property
    def entry_id(self) -> str:
        return self.key.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """Sure enough to say it. `second` answers another question of the same message, to be offered."""

    candidate: Candidate
    second: Candidate | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Not sure enough: at most three candidates for the reader to choose from, best first."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Abstention:
    """An honest "I don't know". `nearest` are topics to offer; `group` names the kind of talk, if recognised."""

    reason: Reason
    nearest: tuple[Candidate, ...] = ()
    group: str | None = None
    probability: float = 0.0


Outcome = Answer | Choice | Abstention


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody asked, and what is known about the language of the place.

    Args:
        text: As typed; any length, the core cuts it.
        asker: Opaque platform-qualified id (`discord:123`); keys the stored language, never stored with the outcome.
        conversation: Keys follow-ups (`discord:CHANNEL:USER`).
        platform: `discord`, `web`, `console`; kept with the outcome.
        option_locale: The language asked for in this very question (a command option).
        channel_locale, client_locale, server_locale: BCP 47 tags as the platform gave them, in any form.
    """

    text: str
    asker: str
    conversation: str
    platform: str
    option_locale: str | None = None
    channel_locale: str | None = None
    client_locale: str | None = None
    server_locale: str | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """Something a reader can choose: `key` opens it (see `Answering.open`), `label` is in the reader's language."""

    key: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a reader gets, complete in one language. Adapters lay it out, they add no words of their own.

    Args:
        locale: Language of every word in the reply.
        text: The answer, the question back ("did you mean") or the friendly line.
        notice: Says that the words are an unreviewed translation, or English for want of one; None when neither.
        attribution: Source and date line; None when the reply states nothing.
        outcome: `answer`, `choice`, `abstain`, or `busy` when too many ask at once: the text says to try again.
        key: Candidate key of the answer.
        unknown: True when the answer says that no source tells.
        probability: Of the best candidate, 0.0 to 1.0.
        sources: Behind the answer, most important first.
        choices: At most three, when `outcome` is `choice`.
        related: Questions a reader may ask next (answer), or the nearest topics (abstention).
        offer_locale: A language to offer with one tap: the question was clearly in it, the reply is not.
        reader_locale: The language the reader is spoken to in: that of notices and buttons. It differs from `locale`
            when the answer had to be English.
        locale_from_client: The language was derived from the person's client; a public reply would reveal the setting.
        question_id: Names the stored outcome, for feedback; None when nothing was stored.
    """

    locale: str
    text: str
    outcome: str
    reader_locale: str = ""
    review: Review = Review.SOURCE
    notice: str | None = None
    attribution: str | None = None
    key: str | None = None
    facts: tuple[str, ...] = ()
    unknown: bool = False
    probability: float = 0.0
    sources: tuple[Source, ...] = ()
    choices: tuple[Option, ...] = ()
    choice_facts: tuple[tuple[str, ...], ...] = ()
    related: tuple[Option, ...] = ()
    offer_locale: str | None = None
    locale_from_client: bool = False
    question_id: str | None = None

    def __post_init__(self) -> None:
        if not self.reader_locale:
            object.__setattr__(self, "reader_locale", self.locale)

    @property
    def plain(self) -> str:
        """The whole reply as plain text, complete without buttons or embeds; choices are numbered lines."""
        numbered = [f"{number}. {option.label}" for number, option in enumerate(self.choices, 1)]
        parts = [self.notice, "\n".join([self.text, *numbered]), self.attribution]
        return "\n\n".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Topic:
    """A group of questions to browse, labelled for the reader."""

    id: str
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class SummarySection:
    """Statements under one heading; `sources` are those behind the section's statements."""

    title: str
    paragraphs: tuple[str, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary in one language, complete with its notice and sources."""

    locale: str
    title: str
    notice: str | None
    sections: tuple[SummarySection, ...]
    attribution: str
