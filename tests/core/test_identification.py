"""Which language a short message is in, on the shipped model. No sentence here stands in knowledge/."""

import pytest

from bot.core.identification import letter_features
from bot.core.locales import clear_language, likely_language
from bot.core.snapshot import Snapshot
from bot.core.text import fold

SENTENCES = {
    "en": ["where did the delegates have dinner afterwards", "could somebody tell me how it all started"],
    "id": ["siapa saja yang ikut rapat itu kemarin sih", "tolong kasih tahu saya kapan acaranya dimulai dong"],
    "ms": ["bilakah mesyuarat itu akan diadakan semula, encik", "boleh tak awak beritahu saya siapa penganjurnya"],
    "th": ["ขอรายละเอียดงานหน่อยได้ไหมครับ", "เมื่อวานใครมาบ้าง"],
    "vi": ["cho mình hỏi hôm đó có những ai đến dự vậy", "cho minh hoi hom do co nhung ai den du vay"],
    "fil": ["sino-sino po ba ang mga dumalo noong araw na iyon", "kailan po ulit gaganapin ang pagpupulong"],
    "km": ["តើអ្នកណាខ្លះបានមកចូលរួមថ្ងៃនោះ", "សូមប្រាប់ខ្ញុំផង"],
    "lo": ["ມື້ນັ້ນມີໃຜມາແດ່", "ຊ່ວຍບອກແນ່"],
    "my": ["အဲဒီနေ့က ဘယ်သူတွေ လာခဲ့လဲ", "ပြောပြပါဦး"],
    "ta": ["அன்று யார் யார் வந்தார்கள்", "எனக்குச் சொல்லுங்கள்"],
    "zh": ["那天都有谁来参加了", "请告诉我会议是什么时候开始的"],
    "pt": ["quem é que esteve lá nesse dia", "podes dizer-me quando começou a reunião"],
    "ja": ["その日は誰が来たのか教えて", "開催日時"],
}


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [(locale, sentence) for locale, sentences in SENTENCES.items() for sentence in sentences],
    ids=[f"{locale}-{number}" for locale, sentences in SENTENCES.items() for number in range(len(sentences))],
)
def test_a_sentence_is_recognised(shipped_snapshot: Snapshot, locale: str, sentence: str) -> None:
    posterior = shipped_snapshot.identifier.identify(sentence, fold(sentence))
    assert likely_language(posterior) == locale, posterior
    assert sum(posterior.values()) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(
    ("sentence", "locale"),
    [
        ("ASCN คืออะไร", "th"),
        ("Global South Future-Oriented Co-Creation Project とは何ですか", "ja"),
        ("Smart JAMP 是什么意思呢", "zh"),
        ("ｽﾏｰﾄｼﾃｨ", "ja"),
        ("Johor Bahru இருக்கிறதா", "ta"),
    ],
    ids=["thai", "japanese", "chinese", "half width", "tamil"],
)
def test_foreign_names_in_a_sentence_do_not_change_its_language(
    shipped_snapshot: Snapshot, sentence: str, locale: str
) -> None:
    assert clear_language(shipped_snapshot.identifier.identify(sentence, fold(sentence))) == locale


@pytest.mark.parametrize("typed", ["", "2024", "❤️ 👍", "?!", "https://example.org/ไทย"])
def test_without_letters_there_is_no_language(shipped_snapshot: Snapshot, typed: str) -> None:
    assert dict(shipped_snapshot.identifier.identify(typed, fold(typed))) == {}


def test_features_of_nothing_are_zero_and_others_of_unit_length() -> None:
    assert not letter_features("").any()
    assert float((letter_features("ประชุม") ** 2).sum()) == pytest.approx(1.0, abs=1e-5)
