"""Message catalogs plus typed facts plus a locale give text. The only place where templates are filled in."""

import gettext
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import regex

from bot.core.facts import Fact
from bot.core.formatting import NameForms, format_fact
from bot.core.locales import SOURCE_LOCALE
from bot.core.messages import Message, PluralMessage
from bot.core.models import Review

PLACEHOLDER = regex.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Translation:
    """One current translation from a knowledge catalog; `reviewed` when a native speaker signed it."""

    text: str
    reviewed: bool


@dataclass(frozen=True, slots=True)
class KnowledgeCatalog:
    """Translations of the knowledge base into one language, by message context (`meeting.dates|answer`).

    `outdated` names contexts whose translation belongs to an older English text: they are never shown.
    """

    current: Mapping[str, Translation]
    outdated: frozenset[str]


@dataclass(frozen=True, slots=True)
class Text:
    """Words in `locale`, and how trustworthy they are. After a fallback `locale` is English."""

    words: str
    locale: str
    review: Review


class Catalogs:
    """All message catalogs of one snapshot.

    Args:
        interface: gettext translations of the UI by locale; only locales whose catalog is complete.
        knowledge: Knowledge catalogs by locale.
        signed: Locales in which a native speaker has confirmed every interface text.
    """

    def __init__(
        self,
        interface: Mapping[str, gettext.NullTranslations],
        knowledge: Mapping[str, KnowledgeCatalog],
        signed: Collection[str] = (),
    ) -> None:
        self._interface = dict(interface) | {SOURCE_LOCALE: gettext.NullTranslations()}
        self._knowledge = knowledge
        self.signed = frozenset(signed) | {SOURCE_LOCALE}

    @property
    def shipped(self) -> frozenset[str]:
        """Languages the bot can hold a whole conversation in."""
        return frozenset(self._interface)

    def say(self, locale: str, message: Message, **values: str) -> str:
        """An interface text; a value never counts as a template."""
        return fill(self._interface[locale].pgettext(message.context, message.text), values)

    def say_count(self, locale: str, message: PluralMessage, count: int, **values: str) -> str:
        template = self._interface[locale].npgettext(message.context, message.one, message.many, count)
        return fill(template, {**values, "count": str(count)})

    def text(self, locale: str, context: str, english: str) -> Text:
        """A text of the knowledge base in `locale`, or the English one with the reason why."""
        if locale == SOURCE_LOCALE:
            return Text(english, SOURCE_LOCALE, Review.SOURCE)
        catalog = self._knowledge.get(locale)
        if catalog and (translation := catalog.current.get(context)):
            return Text(translation.text, locale, Review.REVIEWED if translation.reviewed else Review.UNREVIEWED)
        outdated = catalog is not None and context in catalog.outdated
        return Text(english, SOURCE_LOCALE, Review.OUTDATED if outdated else Review.MISSING)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put values in for `{placeholders}`; an unknown placeholder stays as it is, so that a fault is seen, not
    hidden.
    """
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)


def fill_facts(text: Text, facts: Mapping[str, Fact], names: NameForms) -> str:
    """A knowledge text with its facts as the text's own language writes them."""
    named = set(PLACEHOLDER.findall(text.words))  # titles name one or none, and there are thousands of titles
    values = {key: format_fact(fact, text.locale, names) for key, fact in facts.items() if key in named}
    return fill(_join_thai(text.words, values), values)


def _join_thai(template: str, values: Mapping[str, str]) -> str:
    """Thai puts spaces around foreign words only: whether a value is foreign is known when it is filled in."""
    return _THAI_GAP.sub(lambda gap: gap[1] if _THAI.match(values.get(gap[1][1:-1], "")) else gap[0], template)


_THAI = regex.compile(r"\p{Thai}")
# After "namely" Thai keeps its space.
_THAI_GAP = regex.compile(r"(?<=\p{Thai})(?<!ได้แก่|คือ) (\{[a-z][a-z0-9_]*\})")
