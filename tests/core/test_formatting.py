"""Typed facts in thirteen languages. The figures were compared with CLDR's data and with the house styles."""

import datetime
import zoneinfo
from decimal import Decimal

import pytest

from bot.core.facts import Date, DateRange, Fact, Fraction, Integer, Moment, Money, Names, Ordinal, Territories
from bot.core.formatting import format_fact, territory_name
from bot.core.locales import LANGUAGES

NAMES = {"tokyo": {"en": "Tokyo", "ja": "東京", "th": "โตเกียว"}, "miraikan": {"en": "Miraikan"}}


def day(year: int, month: int, number: int) -> datetime.date:
    return datetime.date(year, month, number)


FACTS: dict[str, Fact] = {
    "day": Date(day(2024, 10, 29), "day"),
    "month": Date(day(2024, 10, 1), "month"),
    "year": Date(day(2024, 1, 1), "year"),
    "days of a month": DateRange(day(2024, 10, 29), day(2024, 10, 30)),
    "days across months": DateRange(day(2024, 10, 31), day(2024, 11, 1)),
    "one day": DateRange(day(2024, 10, 29), day(2024, 10, 29)),
    "moment": Moment(datetime.datetime(2024, 10, 29, 14, 30, tzinfo=zoneinfo.ZoneInfo("Asia/Tokyo")), "Asia/Tokyo"),
    "integer": Integer(12345),
    "ordinal": Ordinal(6),
    "fraction": Fraction(2, 3),
    "yen": Money(Decimal(140_000_000_000), "JPY"),
    "small yen": Money(Decimal(500_000), "JPY"),
    "dollars": Money(Decimal(1_500_000), "AUD"),
    "territories": Territories(("JP", "KH", "VN")),
    "two territories": Territories(("TH", "MM")),
    "names": Names(("tokyo", "miraikan")),
}

WRITTEN = {
    "day": {
        "en": "29 October 2024",
        "id": "29 Oktober 2024",
        "ms": "29 Oktober 2024",
        "th": "29 ตุลาคม 2024 (พ.ศ. 2567)",
        "vi": "29 tháng 10 năm 2024",
        "fil": "Oktubre 29, 2024",
        "km": "29 តុលា 2024",
        "lo": "29 ຕຸລາ 2024",
        "my": "2024 အောက်တိုဘာ 29",
        "ta": "29 அக்டோபர், 2024",
        "zh": "2024年10月29日",
        "pt": "29 de outubro de 2024",
        "ja": "2024年10月29日",
    },
    "month": {
        "en": "October 2024",
        "id": "Oktober 2024",
        "ms": "Oktober 2024",
        "th": "ตุลาคม 2024 (พ.ศ. 2567)",
        "vi": "tháng 10 năm 2024",
        "fil": "Oktubre 2024",
        "km": "តុលា 2024",
        "lo": "ຕຸລາ 2024",
        "my": "2024 အောက်တိုဘာ",
        "ta": "அக்டோபர் 2024",
        "zh": "2024年10月",
        "pt": "outubro de 2024",
        "ja": "2024年10月",
    },
    "year": {
        "en": "2024",
        "id": "2024",
        "ms": "2024",
        "th": "2024 (พ.ศ. 2567)",
        "vi": "2024",
        "fil": "2024",
        "km": "2024",
        "lo": "2024",
        "my": "2024",
        "ta": "2024",
        "zh": "2024",
        "pt": "2024",
        "ja": "2024",
    },
    "days of a month": {
        "en": "29–30 October 2024",
        "id": "29–30 Oktober 2024",
        "ms": "29–30 Oktober 2024",
        "th": "29–30 ตุลาคม 2024 (พ.ศ. 2567)",
        "vi": "29–30 tháng 10 năm 2024",
        "fil": "Oktubre 29–30, 2024",
        "km": "29–30 តុលា 2024",
        "lo": "29–30 ຕຸລາ 2024",
        "my": "2024 အောက်တိုဘာ 29–30",
        "ta": "29–30 அக்டோபர், 2024",
        "zh": "2024年10月29–30日",
        "pt": "29–30 de outubro de 2024",
        "ja": "2024年10月29～30日",
    },
    "days across months": {
        "en": "31 October 2024 – 1 November 2024",
        "id": "31 Oktober 2024 – 1 November 2024",
        "ms": "31 Oktober 2024 – 1 November 2024",
        "th": "31 ตุลาคม 2024 – 1 พฤศจิกายน 2024 (พ.ศ. 2567)",
        "vi": "31 tháng 10 năm 2024 – 1 tháng 11 năm 2024",
        "fil": "Oktubre 31, 2024 – Nobyembre 1, 2024",
        "km": "31 តុលា 2024 – 1 វិច្ឆិកា 2024",
        "lo": "31 ຕຸລາ 2024 – 1 ພະຈິກ 2024",
        "my": "2024 အောက်တိုဘာ 31 – 2024 နိုဝင်ဘာ 1",
        "ta": "31 அக்டோபர், 2024 – 1 நவம்பர், 2024",
        "zh": "2024年10月31日 – 2024年11月1日",
        "pt": "31 de outubro de 2024 – 1 de novembro de 2024",
        "ja": "2024年10月31日 ～ 2024年11月1日",
    },
    "one day": {
        "en": "29 October 2024",
        "id": "29 Oktober 2024",
        "ms": "29 Oktober 2024",
        "th": "29 ตุลาคม 2024 (พ.ศ. 2567)",
        "vi": "29 tháng 10 năm 2024",
        "fil": "Oktubre 29, 2024",
        "km": "29 តុលា 2024",
        "lo": "29 ຕຸລາ 2024",
        "my": "2024 အောက်တိုဘာ 29",
        "ta": "29 அக்டோபர், 2024",
        "zh": "2024年10月29日",
        "pt": "29 de outubro de 2024",
        "ja": "2024年10月29日",
    },
    "moment": {
        "en": "29 October 2024 2:30\u202fpm (GMT+09:00)",
        "id": "29 Oktober 2024 14.30 (GMT+09:00)",
        "ms": "29 Oktober 2024 2:30\u202fPTG (GMT+09:00)",
        "th": "29 ตุลาคม 2024 (พ.ศ. 2567) 14:30 (GMT+09:00)",
        "vi": "29 tháng 10 năm 2024 14:30 (GMT+09:00)",
        "fil": "Oktubre 29, 2024 2:30\u202fPM (GMT+09:00)",
        "km": "29 តុលា 2024 2:30 PM (ម៉ោង\u200bសកល +09:00)",
        "lo": "29 ຕຸລາ 2024 14:30 (GMT+09:00)",
        "my": "2024 အောက်တိုဘာ 29 14:30 (GMT+09:00)",
        "ta": "29 அக்டோபர், 2024 2:30 PM (GMT+09:00)",
        "zh": "2024年10月29日 14:30 (GMT+09:00)",
        "pt": "29 de outubro de 2024 14:30 (GMT+09:00)",
        "ja": "2024年10月29日 14:30 (JST)",
    },
    "integer": {
        "en": "12,345",
        "id": "12.345",
        "ms": "12,345",
        "th": "12,345",
        "vi": "12.345",
        "fil": "12,345",
        "km": "12,345",
        "lo": "12.345",
        "my": "12,345",
        "ta": "12,345",
        "zh": "12,345",
        "pt": "12\xa0345",
        "ja": "12,345",
    },
    "ordinal": {
        "en": "6th",
        "id": "6",
        "ms": "6",
        "th": "6",
        "vi": "6",
        "fil": "6",
        "km": "6",
        "lo": "6",
        "my": "6",
        "ta": "6",
        "zh": "6",
        "pt": "6",
        "ja": "6",
    },
    "fraction": {
        "en": "2/3",
        "id": "2/3",
        "ms": "2/3",
        "th": "2/3",
        "vi": "2/3",
        "fil": "2/3",
        "km": "2/3",
        "lo": "2/3",
        "my": "2/3",
        "ta": "2/3",
        "zh": "2/3",
        "pt": "2/3",
        "ja": "2/3",
    },
    "yen": {
        "en": "140 billion Japanese yen",
        "id": "140 miliar yen Jepang",
        "ms": "140 bilion yen Jepun",
        "th": "1.4 แสนล้านเยนญี่ปุ่น",
        "vi": "140 tỷ yên Nhật",
        "fil": "140 bilyong Japanese yen",
        "km": "140 ប៊ីលាន យេន\u200bជប៉ុន",
        "lo": "140 ຕື້ ເຢນຍີ່ປຸ່ນ",
        "my": "ဂျပန် ယန်း ကုဋေ 1.4 သောင်း",
        "ta": "140 பில்லியன் ஜப்பானிய யென்",
        "zh": "1400亿日元",
        "pt": "140 mil milhões de ienes japoneses",
        "ja": "1400億円",
    },
    "small yen": {
        "en": "500,000 Japanese yen",
        "id": "500.000 yen Jepang",
        "ms": "500,000 yen Jepun",
        "th": "500,000 เยนญี่ปุ่น",
        "vi": "500.000 yên Nhật",
        "fil": "500,000 Japanese yen",
        "km": "500,000 យេន\u200bជប៉ុន",
        "lo": "500.000 ເຢນຍີ່ປຸ່ນ",
        "my": "ဂျပန် ယန်း 500,000",
        "ta": "500,000 ஜப்பானிய யென்",
        "zh": "500,000日元",
        "pt": "500\xa0000 ienes japoneses",
        "ja": "500,000円",
    },
    "dollars": {
        "en": "1.5 million Australian dollars",
        "id": "1,5 juta dolar Australia",
        "ms": "1.5 juta dolar Australia",
        "th": "1.5 ล้านดอลลาร์ออสเตรเลีย",
        "vi": "1,5 triệu Đô la Australia",
        "fil": "1.5 milyong dolyar ng Australya",
        "km": "1.5 លាន ដុល្លារ\u200bអូស្ត្រាលី",
        "lo": "1,5 ລ້ານ ໂດລາອົດສະຕາລີ",
        "my": "ဩစတြေးလျ ဒေါ်လာ 1.5 သန်း",
        "ta": "1.5 மில்லியன் ஆஸ்திரேலிய டாலர்கள்",
        "zh": "150万澳大利亚元",
        "pt": "1,5 milhões de dólares australianos",
        "ja": "150万オーストラリア ドル",
    },
    "territories": {
        "en": "Japan, Cambodia and Viet Nam",
        "id": "Jepang, Kamboja, dan Vietnam",
        "ms": "Jepun, Kemboja dan Vietnam",
        "th": "ญี่ปุ่น กัมพูชา และเวียดนาม",
        "vi": "Nhật Bản, Campuchia và Việt Nam",
        "fil": "Japan, Cambodia, at Vietnam",
        "km": "ជប៉ុន, កម្ពុជា និង វៀតណាម",
        "lo": "ຍີ່ປຸ່ນ, ກຳປູເຈຍ ແລະ ຫວຽດນາມ",
        "my": "ဂျပန်၊ ကမ္ဘောဒီးယား နှင့် ဗီယက်နမ်",
        "ta": "ஜப்பான், கம்போடியா மற்றும் வியட்நாம்",
        "zh": "日本、柬埔寨和越南",
        "pt": "Japão, Camboja e Vietname",
        "ja": "日本、カンボジア、ベトナム",
    },
    "two territories": {
        "en": "Thailand and Myanmar",
        "id": "Thailand dan Myanmar",
        "ms": "Thailand dan Myanmar",
        "th": "ไทยและเมียนมา",
        "vi": "Thái Lan và Myanmar",
        "fil": "Thailand at Myanmar",
        "km": "ថៃ និង\u200bមីយ៉ាន់ម៉ា",
        "lo": "ໄທ ແລະ ມຽນມາ",
        "my": "ထိုင်း နှင့် မြန်မာ",
        "ta": "தாய்லாந்து மற்றும் மியான்மார்",
        "zh": "泰国和缅甸",
        "pt": "Tailândia e Mianmar",
        "ja": "タイ、ミャンマー",
    },
    "names": {
        "en": "Tokyo and Miraikan",
        "id": "Tokyo dan Miraikan",
        "ms": "Tokyo dan Miraikan",
        "th": "โตเกียวและ Miraikan",
        "vi": "Tokyo và Miraikan",
        "fil": "Tokyo at Miraikan",
        "km": "Tokyo និង\u200bMiraikan",
        "lo": "Tokyo ແລະ Miraikan",
        "my": "Tokyo နှင့် Miraikan",
        "ta": "Tokyo மற்றும் Miraikan",
        "zh": "Tokyo和Miraikan",
        "pt": "Tokyo e Miraikan",
        "ja": "東京、Miraikan",
    },
}


@pytest.mark.parametrize(
    ("kind", "locale", "written"),
    [(kind, locale, text) for kind, texts in WRITTEN.items() for locale, text in texts.items()],
    ids=lambda value: value if len(value) <= 20 and value.isascii() else "",
)
def test_a_fact_is_written_as_its_locale_writes_it(kind: str, locale: str, written: str) -> None:
    assert format_fact(FACTS[kind], locale, NAMES) == written


def test_every_kind_of_fact_is_checked_in_every_language() -> None:
    assert {kind: set(texts) for kind, texts in WRITTEN.items()} == {kind: set(LANGUAGES) for kind in FACTS}


def test_a_thai_range_across_years_names_both_buddhist_years() -> None:
    """2567 for December and 2568 for January: one of them alone would be wrong for the other day."""
    written = format_fact(DateRange(day(2024, 12, 30), day(2025, 1, 2)), "th", NAMES)
    assert written == "30 ธันวาคม 2024 (พ.ศ. 2567) – 2 มกราคม 2025 (พ.ศ. 2568)"


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (112, "112th"),
    ],
)
def test_english_ordinals(number: int, written: str) -> None:
    assert format_fact(Ordinal(number), "en", NAMES) == written


@pytest.mark.parametrize(
    ("amount", "locale", "written"),
    [
        ("999999", "en", "999,999 Japanese yen"),
        ("1000000", "en", "1 million Japanese yen"),
        ("3580000000", "en", "3.58 billion Japanese yen"),
        ("3580000000", "ja", "35.8億円"),
        ("3580000000", "id", "3,58 miliar yen Jepang"),
        ("3580000000", "th", "3.58 พันล้านเยนญี่ปุ่น"),
        ("500000000", "ja", "5億円"),
        ("500000000", "pt", "500 milhões de ienes japoneses"),
    ],
    ids=lambda value: value if value.isascii() else "",
)
def test_amounts_are_in_words_from_a_million(amount: str, locale: str, written: str) -> None:
    assert format_fact(Money(Decimal(amount), "JPY"), locale, NAMES) == written


@pytest.mark.parametrize(
    ("code", "locale", "name"),
    [
        ("MM", "en", "Myanmar"),
        ("VN", "en", "Viet Nam"),
        ("LA", "en", "Laos"),
        ("TL", "pt", "Timor-Leste"),
        ("MM", "ja", "ミャンマー"),
        ("BN", "th", "บรูไน"),
        ("KH", "km", "កម្ពុជា"),
        ("SG", "ta", "சிங்கப்பூர்"),
        ("MM", "zh", "缅甸"),
    ],
    ids=lambda value: value if value.isascii() else "",
)
def test_a_territory_has_one_name_without_a_second_in_parentheses(code: str, locale: str, name: str) -> None:
    assert territory_name(code, locale) == name


def test_a_name_without_a_form_in_the_language_is_english() -> None:
    assert format_fact(Names(("miraikan",)), "th", NAMES) == "Miraikan"


def test_a_single_item_is_no_list() -> None:
    assert format_fact(Territories(("JP",)), "ja", NAMES) == "日本"


def test_the_first_has_a_word_of_its_own_in_vietnamese() -> None:
    """Say "lần thứ nhất", not "lần thứ 1"; all others are figures."""
    assert [format_fact(Ordinal(number), "vi", {}) for number in (1, 2, 6)] == ["nhất", "2", "6"]


def test_a_single_thousand_million_has_no_one_before_it_in_portuguese() -> None:
    assert format_fact(Money(Decimal(1_000_000_000), "JPY"), "pt", {}) == "mil milhões de ienes japoneses"


def test_the_greatest_amounts_are_in_units_that_burmese_readers_know() -> None:
    """150 trillion as 15 million times ten million, in place of the rare unit that CLDR takes."""
    assert format_fact(Money(Decimal(150_000_000_000_000), "JPY"), "my", {}) == "ဂျပန် ယန်း ကုဋေ 15 သန်း"
