"""Tags of the platforms, and the order in which signals decide the language of a reply."""

import dataclasses
from typing import Any

import pytest

from bot.core.locales import (
    LANGUAGES,
    LocaleDecision,
    LocaleSignals,
    clear_language,
    decide_locale,
    negotiate,
    shipped_or_source,
)

# Every locale that a Discord client can have (Discord's documentation, "Locales").
DISCORD = {
    "id": "id", "da": None, "de": None, "en-GB": "en", "en-US": "en", "es-ES": None, "es-419": None, "fr": None,
    "hr": None, "it": None, "lt": None, "hu": None, "nl": None, "no": None, "pl": None, "pt-BR": "pt", "ro": None,
    "fi": None, "sv-SE": None, "vi": "vi", "tr": None, "cs": None, "el": None, "bg": None, "ru": None, "uk": None,
    "hi": None, "th": "th", "zh-CN": "zh", "ja": "ja", "zh-TW": "zh", "ko": None,
}  # fmt: skip


@pytest.mark.parametrize(("tag", "ours"), DISCORD.items(), ids=DISCORD)
def test_every_locale_of_a_discord_client_is_understood(tag: str, ours: str | None) -> None:
    assert negotiate(tag) == ours


@pytest.mark.parametrize(
    ("tag", "ours"),
    [
        ("fil-PH", "fil"),
        ("tl", "fil"),
        ("zsm", "ms"),
        ("ms_MY.UTF-8", "ms"),
        ("in-ID", "id"),
        ("my-MM", "my"),
        ("zh-Hant-TW", "zh"),
        ("cmn-Hans", "zh"),
        ("pt-PT", "pt"),
        ("JA", "ja"),
        ("TH_th", "th"),
        ("km-KH", "km"),
    ],
)
def test_other_spellings_of_our_languages_are_ours(tag: str, ours: str) -> None:
    assert negotiate(tag) == ours


@pytest.mark.parametrize(
    "tag", [None, "", "-", "_", "und", "mul", "C", "POSIX", "x-klingon", "*", "ไทย", "../en", "e" * 9999]
)
def test_what_is_none_of_ours_gives_none(tag: str | None) -> None:
    assert negotiate(tag) is None


@pytest.mark.parametrize("tag", LANGUAGES)
def test_each_of_our_tags_is_itself(tag: str) -> None:
    assert negotiate(tag) == tag
    assert LANGUAGES[tag].babel.language == tag


EVERYTHING = LocaleSignals(
    option="th",
    stored="vi",
    posterior={"ja": 0.99, "zh": 0.01},
    conversation="km",
    channel="lo",
    client="pt",
    server="ta",
)
PRECEDENCE = [
    ("option", LocaleDecision("th", offer="ja")),
    ("stored", LocaleDecision("vi", offer="ja")),
    ("posterior", LocaleDecision("ja")),
    ("conversation", LocaleDecision("km")),
    ("channel", LocaleDecision("lo")),
    ("client", LocaleDecision("pt", from_client=True)),
    ("server", LocaleDecision("ta")),
]


@pytest.mark.parametrize(("first", "decision"), PRECEDENCE, ids=[name for name, _ in PRECEDENCE])
def test_the_first_signal_that_speaks_decides(first: str, decision: LocaleDecision) -> None:
    """With everything that comes before `first` silent, whatever comes after it."""
    signals = EVERYTHING
    for name, _ in PRECEDENCE:
        if name == first:
            break
        if name == "posterior":
            signals = dataclasses.replace(signals, posterior={})
        else:
            silent: dict[str, Any] = {name: None}
            signals = dataclasses.replace(signals, **silent)
    assert decide_locale(signals) == decision


def test_without_any_signal_the_reply_is_english() -> None:
    assert decide_locale(LocaleSignals(posterior={})) == LocaleDecision("en", guessed=True)


def test_an_unclear_guess_beats_english_when_nothing_else_speaks() -> None:
    assert decide_locale(LocaleSignals(posterior={"vi": 0.5, "pt": 0.3, "en": 0.2})) == LocaleDecision(
        "vi", guessed=True
    )


def test_an_unclear_guess_does_not_beat_the_client() -> None:
    signals = LocaleSignals(posterior={"vi": 0.5, "pt": 0.5}, client="pt")
    assert decide_locale(signals) == LocaleDecision("pt", from_client=True)


STORED = {
    "question in the stored language": ("th", {"th": 1.0}, None),
    "question clearly in another": ("th", {"ja": 0.97, "zh": 0.03}, "ja"),
    "question in no clear language": ("th", {"en": 0.4, "fil": 0.6}, None),
    "emoji": ("th", {}, None),
    "malay stored, indonesian asked": ("ms", {"id": 0.95, "ms": 0.05}, None),
    "indonesian stored, malay asked": ("id", {"id": 0.2, "ms": 0.8}, None),
    "malay stored, tamil asked": ("ms", {"ta": 1.0}, "ta"),
}


@pytest.mark.parametrize(("stored", "posterior", "offer"), STORED.values(), ids=STORED)
def test_a_stored_choice_wins_and_offers_the_language_of_the_question(
    stored: str, posterior: dict[str, float], offer: str | None
) -> None:
    assert decide_locale(LocaleSignals(stored=stored, posterior=posterior)) == LocaleDecision(stored, offer=offer)


PAIR = {
    "together they are clear": ({"id": 0.5, "ms": 0.45, "en": 0.05}, {}, "id"),
    "the conversation settles it": ({"id": 0.5, "ms": 0.45, "en": 0.05}, {"conversation": "ms"}, "ms"),
    "the channel settles it": ({"id": 0.5, "ms": 0.45, "en": 0.05}, {"channel": "ms"}, "ms"),
    "the client settles it": ({"ms": 0.5, "id": 0.45, "en": 0.05}, {"client": "id"}, "id"),
    "another language settles nothing": ({"ms": 0.5, "id": 0.45, "en": 0.05}, {"conversation": "th"}, "ms"),
    "sure enough needs no help": ({"ms": 0.95, "id": 0.05}, {"conversation": "id"}, "ms"),
}


@pytest.mark.parametrize(("posterior", "context", "locale"), PAIR.values(), ids=PAIR)
def test_malay_and_indonesian_are_settled_by_what_else_is_known(
    posterior: dict[str, float], context: dict[str, str], locale: str
) -> None:
    assert decide_locale(LocaleSignals(posterior=posterior, **context)) == LocaleDecision(locale)


@pytest.mark.parametrize(
    ("posterior", "clear"),
    [
        ({}, None),
        ({"en": 0.64, "fil": 0.36}, None),
        ({"en": 0.65, "fil": 0.35}, "en"),
        ({"id": 0.4, "ms": 0.3, "en": 0.3}, "id"),
    ],
    ids=["no letters", "just below", "just clear", "a pair"],
)
def test_a_language_is_clear_from_a_share_on(posterior: dict[str, float], clear: str | None) -> None:
    assert clear_language(posterior) == clear


def test_a_language_that_is_not_shipped_is_answered_in_english() -> None:
    assert shipped_or_source("km", {"en", "th"}) == "en"
    assert shipped_or_source("th", {"en", "th"}) == "th"
