"""Which languages there are, and which one a reply is in.

The order of precedence is a decision, not a guess: what a person chose beats what a message looks like. The argument
for each step is in docs/decisions.md ("Language of a reply").
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from babel import Locale as BabelLocale


@dataclass(frozen=True, slots=True)
class Language:
    """One of our languages.

    Args:
        tag: BCP 47 tag as used everywhere in this program.
        autonym: Its name in itself, for menus.
        cldr: The CLDR locale whose formats we use; territories decide date order, see docs/decisions.md.
    """

    tag: str
    autonym: str
    cldr: str

    @property
    def babel(self) -> BabelLocale:
        return BabelLocale.parse(self.cldr)


LANGUAGES: Mapping[str, Language] = {
    language.tag: language
    for language in (
        Language("en", "English", "en_001"),
        Language("id", "Bahasa Indonesia", "id"),
        Language("ms", "Bahasa Melayu", "ms"),
        Language("th", "ไทย", "th"),
        Language("vi", "Tiếng Việt", "vi"),
        Language("fil", "Filipino", "fil"),
        Language("km", "ខ្មែរ", "km"),
        Language("lo", "ລາວ", "lo"),
        Language("my", "မြန်မာ", "my"),
        Language("ta", "தமிழ்", "ta"),
        Language("zh", "简体中文", "zh"),
        Language("pt", "Português", "pt_PT"),
        Language("ja", "日本語", "ja"),
    )
}
SOURCE_LOCALE = "en"
# Tags that mean one of our languages under another name (ISO 639-1/-3 doubles, macrolanguages).
_ALIASES = {"tl": "fil", "in": "id", "zsm": "ms", "may": "ms", "bur": "my", "cmn": "zh", "yue": "zh", "jw": "id"}
# Close pairs that no short message tells apart reliably: a stored choice of one speaks for it.
PAIRS = {"id": "ms", "ms": "id"}
# How sure identification must be before the language of a message decides the language of the reply.
CLEAR = 0.65


def negotiate(tag: str | None) -> str | None:
    """Our tag for any BCP 47 or POSIX tag (`zh-CN`, `pt_BR`, `fil-PH`); None when it is none of ours."""
    if not tag:
        return None
    primary = tag.replace("_", "-").split("-")[0].casefold()
    primary = _ALIASES.get(primary, primary)
    return primary if primary in LANGUAGES else None


@dataclass(frozen=True, slots=True)
class LocaleDecision:
    """The language of a reply.

    Args:
        locale: The reply's language.
        offer: A language to offer with one tap: the question is clearly in it.
        from_client: The client's setting decided; a public reply would reveal it.
        guessed: Nothing spoke clearly; the likeliest language of the text was taken.
    """

    locale: str
    offer: str | None = None
    from_client: bool = False
    guessed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LocaleSignals:
    """Everything known about the language of one question; tags are ours, None when unknown.

    `posterior` holds a probability for each language of the text; empty when there are no letters.
    """

    option: str | None = None
    stored: str | None = None
    posterior: Mapping[str, float]
    conversation: str | None = None
    channel: str | None = None
    client: str | None = None
    server: str | None = None


def decide_locale(signals: LocaleSignals) -> LocaleDecision:
    """Explicit option, stored choice, clear question, conversation, channel, client, server: the first that speaks."""
    clear = clear_language(signals.posterior)
    if chosen := signals.option or signals.stored:
        other = clear if clear not in (None, chosen, PAIRS.get(chosen)) else None
        return LocaleDecision(chosen, offer=other)
    if clear:
        return LocaleDecision(_with_context(clear, signals))
    for tag in (signals.conversation, signals.channel):
        if tag:
            return LocaleDecision(tag)
    if signals.client:
        return LocaleDecision(signals.client, from_client=True)
    if signals.server:
        return LocaleDecision(signals.server)
    return LocaleDecision(likely_language(signals.posterior) or SOURCE_LOCALE, guessed=True)


def clear_language(posterior: Mapping[str, float]) -> str | None:
    """The language a text is clearly in; a close pair counts as one when deciding whether it is clear."""
    best = likely_language(posterior)
    if best is None:
        return None
    together = posterior[best] + posterior.get(PAIRS.get(best, ""), 0.0)
    return best if together >= CLEAR else None


def likely_language(posterior: Mapping[str, float]) -> str | None:
    return max(posterior, key=lambda tag: posterior[tag]) if posterior else None


def _with_context(clear: str, signals: LocaleSignals) -> str:
    """Settle a close pair by what else is known: the message alone cannot."""
    twin = PAIRS.get(clear)
    if twin is None or signals.posterior[clear] >= 0.9:
        return clear
    for tag in (signals.conversation, signals.channel, signals.client, signals.server):
        if tag in (clear, twin):
            return tag
    return clear


def shipped_or_source(tag: str, shipped: Collection[str]) -> str:
    """The tag when its interface is complete, else English: never half of each."""
    return tag if tag in shipped else SOURCE_LOCALE
