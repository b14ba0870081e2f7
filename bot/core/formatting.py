"""Typed facts as each locale writes them, through CLDR data (Babel). House styles are decided here and nowhere else."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Literal

import regex
from babel import Locale as BabelLocale
from babel.dates import format_date, format_skeleton, format_time, get_timezone_gmt, get_timezone_name
from babel.lists import format_list
from babel.numbers import format_compact_decimal, format_currency, format_decimal, format_percent

from bot.core.facts import Date, DateRange, Fact, Fraction, Integer, Moment, Money, Names, Ordinal, Territories
from bot.core.locales import LANGUAGES

_BUDDHIST_ERA_OFFSET = 543  # Thai official calendar: 2024 CE is 2567 BE
_THAI_SEAM = regex.compile(r"(?<=\p{Latin})(?=\p{Thai})|(?<=\p{Thai})(?=\p{Latin})")
_RANGE_DASH = {"ja": "～"}
# ASEAN's own spelling where CLDR has another one.
_TERRITORIES = {("en", "VN"): "Viet Nam"}
# CLDR puts the country before the currency, as English does and Lao does not.
_LAO_CURRENCIES = {"ຍີ່\u200bປຸ່ນ ເຢນ": "ເຢນຍີ່ປຸ່ນ", "ອອສ\u200bເຕຣ\u200bລຽນ ໂດ\u200bລ່າ": "ໂດລາອົດສະຕາລີ"}
# From here CLDR counts Burmese amounts in ကောဋိ, which few readers know; millions of ကုဋေ (ten million) they do.
_BURMESE_RARE = 10**14
_BURMESE_KUDE_MILLION = 10**13
_PLAIN_NUMBER = "#,##0.###"
_COMPACT_FROM = 1_000_000  # amounts below are written out

NameForms = Mapping[str, Mapping[str, str]]


def format_fact(fact: Fact, locale: str, names: NameForms) -> str:  # noqa: PLR0911 - one branch per type of fact
    """One fact for one locale.

    Args:
        names: Forms by locale for each name key; English is there for every key.
    """
    match fact:
        case Date():
            return format_partial_date(fact, locale)
        case DateRange():
            return _date_range(fact, locale)
        case Moment():
            return _moment(fact, locale)
        case Integer():
            return str(format_decimal(fact.value, locale=_babel(locale)))
        case Ordinal():
            return _ordinal(fact.value, locale)
        case Fraction():
            return f"{fact.numerator}/{fact.denominator}"
        case Money():
            return _money(fact, locale)
        case Territories():
            return _join([territory_name(code, locale) for code in fact.codes], locale)
        case Names():
            return _join([name_form(key, locale, names) for key in fact.keys], locale)


def format_partial_date(date: Date, locale: str) -> str:
    """A day, month or year; in Thai with the Buddhist year beside it."""
    if date.precision == "year":
        return _with_era(str(date.first_day.year), date.first_day, locale)
    if date.precision == "month":
        return _with_era(format_skeleton("yMMMM", date.first_day, locale=_babel(locale)), date.first_day, locale)
    return _with_era(_long_date(date.first_day, locale), date.first_day, locale)


def territory_name(code: str, locale: str) -> str:
    """CLDR's name without its second name in parentheses ("Myanmar (Burma)")."""
    if (locale, code) in _TERRITORIES:
        return _TERRITORIES[locale, code]
    return str(_babel(locale).territories[code]).partition(" (")[0]


def name_form(key: str, locale: str, names: NameForms) -> str:
    forms = names[key]
    return forms.get(locale) or forms["en"]


def _babel(locale: str) -> BabelLocale:
    return LANGUAGES[locale].babel


def _long_pattern(locale: str) -> str:
    # Thai's long pattern names the era; our own era note says it better.
    pattern = str(_babel(locale).date_formats["long"].pattern).replace("G ", "")
    return pattern.replace(", y", " 'năm' y") if locale == "vi" else pattern  # as official papers write it


def _long_date(day: datetime.date, locale: str) -> str:
    return format_date(day, _long_pattern(locale), locale=_babel(locale))


def _date_range(span: DateRange, locale: str) -> str:
    if span.start == span.end:
        return _with_era(_long_date(span.end, locale), span.end, locale)
    dash = _RANGE_DASH.get(locale, "–")
    if (span.start.year, span.start.month) == (span.end.year, span.end.month):
        pattern = _long_pattern(locale).replace("d", f"'{span.start.day}{dash}'d", 1)
        return _with_era(format_date(span.end, pattern, locale=_babel(locale)), span.end, locale)
    start = _long_date(span.start, locale)
    if span.start.year != span.end.year:
        start = _with_era(start, span.start, locale)
    return f"{start} {dash} {_with_era(_long_date(span.end, locale), span.end, locale)}"


def _with_era(text: str, day: datetime.date, locale: str) -> str:
    return f"{text} (พ.ศ. {day.year + _BUDDHIST_ERA_OFFSET})" if locale == "th" else text


def _moment(moment: Moment, locale: str) -> str:
    date = _with_era(_long_date(moment.at.date(), locale), moment.at, locale)
    time = format_time(moment.at, "short", locale=_babel(locale))
    zone = get_timezone_name(moment.at, "short", locale=_babel(locale))
    if zone.startswith(("+", "-")):  # no name in this locale: "GMT+09:00" says what "+0900" does not
        zone = get_timezone_gmt(moment.at, "long", locale=_babel(locale))
    return f"{date} {time} ({zone})"


def _money(money: Money, locale: str) -> str:
    """`140 billion Japanese yen`: scale and currency in words, since signs such as ¥ and $ are shared by currencies."""
    babel = _babel(locale)
    named = format_currency(
        money.amount, money.currency, _PLAIN_NUMBER, locale=babel, currency_digits=False, format_type="name"
    )
    if money.amount < _COMPACT_FROM:
        written = format_decimal(money.amount, _PLAIN_NUMBER, locale=babel)
        return _house_money(named, written, locale) if locale in ("id", "ms", "lo") else named
    style: Literal["long", "short"] = "long" if "long" in babel.compact_decimal_formats else "short"
    compact = format_compact_decimal(int(money.amount), format_type=style, locale=babel, fraction_digits=2)
    if locale == "my" and money.amount >= _BURMESE_RARE:
        compact = f"ကုဋေ {format_decimal(money.amount / _BURMESE_KUDE_MILLION, '#,##0.##', locale=babel)} သန်း"
    named = named.replace(format_decimal(money.amount, _PLAIN_NUMBER, locale=babel), compact)
    return _house_money(named, compact, locale)


def _house_money(named: str, compact: str, locale: str) -> str:
    """What CLDR cannot know: Indonesian and Malay write currencies small, Portuguese says `milhões de ienes`,
    Thai joins, Lao puts the country last.
    """
    number, _, currency = named.partition(compact)
    if number or not currency.strip():
        return named
    if locale in ("id", "ms"):
        return f"{compact} {currency.strip()[0].lower()}{currency.strip()[1:]}"
    if locale == "pt":
        return f"{compact.removeprefix('1 ') if compact.startswith('1 mil ') else compact} de {currency.strip()}"
    if locale == "fil":  # the linker: "bilyong Japanese yen"
        return f"{compact}g {currency.strip()}" if compact.endswith("n") else named
    if locale == "lo":
        return f"{compact} {_LAO_CURRENCIES.get(currency.strip(), currency.strip())}"
    return f"{compact}{currency.strip()}" if locale == "th" else named


def _join(items: Sequence[str], locale: str) -> str:
    if len(items) == 1:
        return items[0]
    if locale == "my":  # CLDR joins Burmese lists with hyphens, which looks like one long name
        return f"{'၊ '.join(items[:-1])} နှင့် {items[-1]}"
    if locale == "lo":  # CLDR has only commas
        return f"{', '.join(items[:-1])} ແລະ {items[-1]}"
    joined = format_list(list(items), locale=_babel(locale))
    return _THAI_SEAM.sub(" ", joined) if locale == "th" else joined  # CLDR joins "AและB" as if both were Thai


def _ordinal(value: int, locale: str) -> str:
    if locale == "en":
        return _english_ordinal(value)
    return "nhất" if locale == "vi" and value == 1 else str(value)  # "lần thứ nhất": the first has a word of its own


def _english_ordinal(value: int) -> str:
    if value % 100 in (11, 12, 13):
        return f"{value}th"
    return f"{value}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(value % 10, 'th') }"


def language_name(tag: str, locale: str) -> str:
    """The name of one of our languages in another: for people who cannot read its own.

    >>> language_name("km", "en")
    'Khmer'
    """
    babel = LANGUAGES[tag].babel
    return str(_babel(locale).languages.get(babel.language) or LANGUAGES[tag].autonym)


def percent(share: float, locale: str) -> str:
    """A share of 0.0 to 1.0 in whole percent."""
    return str(format_percent(share, locale=_babel(locale)))
