"""Cities and countries by the names people use."""

import pytest

from bot.content.loading import city_finder, country_finder
from bot.core.knowledge import Knowledge
from bot.core.subjects import SubjectFinder
from bot.core.text import fold


@pytest.fixture(scope="module")
def cities(shipped_knowledge: Knowledge) -> SubjectFinder:
    return city_finder(shipped_knowledge)


@pytest.fixture(scope="module")
def countries(shipped_knowledge: Knowledge) -> SubjectFinder:
    return country_finder(shipped_knowledge)


CITIES = {
    "english": ("Is Phuket in the network?", "phuket"),
    "misspelt alias": ("puket?", "phuket"),
    "thai": ("ภูเก็ตอยู่ในเครือข่ายไหม", "phuket"),
    "thai short form": ("กรุงเทพฯ เป็นสมาชิกไหม", "bangkok"),
    "japanese": ("クアラルンプールは入っていますか", "kuala-lumpur"),
    "short japanese name": ("セブは入っていますか", "cebu"),
    "half-width japanese": ("ｾﾌﾞ市は？", "cebu"),
    "latin name in japanese": ("Johor Bahruは入っていますか", "johor-bahru"),
    "latin alias in japanese": ("KLはどうですか", "kuala-lumpur"),
    "latin alias in thai": ("เมืองKLเป็นสมาชิกไหม", "kuala-lumpur"),
    "two chinese characters in a sentence": ("请问金边是成员吗", "phnom-penh"),
    "chinese": ("吉隆坡在里面吗", "kuala-lumpur"),
    "vietnamese with marks": ("Đà Nẵng có trong mạng lưới không?", "da-nang"),
    "vietnamese without marks": ("da nang co trong mang luoi khong", "da-nang"),
    "vietnamese abbreviation": ("TPHCM thì sao", "ho-chi-minh-city"),
    "khmer": ("តើភ្នំពេញនៅក្នុងបណ្តាញទេ", "phnom-penh"),
    "lao": ("ວຽງຈັນເປັນສະມາຊິກບໍ", "vientiane"),
    "burmese": ("ရန်ကုန်ပါသလား", "yangon"),
    "tamil": ("கோலாலம்பூர் உள்ளதா", "kuala-lumpur"),
    "tamil locative": ("கோலாலம்பூரில் என்ன நடக்கிறது", "kuala-lumpur"),
    "tamil locative of a vowel": ("ஜகார்த்தாவில் என்ன", "jakarta"),
    "tamil genitive": ("சிங்கப்பூரின் திட்டம் என்ன", "singapore"),
    "alias as a word": ("is JB a member", "johor-bahru"),
    "full width alias": ("ＫＬ？", "kuala-lumpur"),
    "old name": ("what about Saigon", "ho-chi-minh-city"),
    "the first of two": ("Hanoi or Cebu?", "hanoi"),
}


@pytest.mark.parametrize(("asked", "city"), CITIES.values(), ids=CITIES)
def test_a_city_is_found_by_any_of_its_names(cities: SubjectFinder, asked: str, city: str) -> None:
    assert cities.find(fold(asked)) == city


@pytest.mark.parametrize(
    "asked",
    [
        "klaxon",
        "tackle it",
        "JBL speakers",
        "manilas",
        "cebuano",
        "セブンイレブン",
        "when was it",
        "",
        "ประชุมเมื่อไหร่",
        "எப்போது",
    ],
)
def test_a_name_inside_another_word_is_no_city(cities: SubjectFinder, asked: str) -> None:
    assert cities.find(fold(asked)) is None


COUNTRIES = {
    "english": ("which Indonesian cities are in", "ID"),
    "old name": ("cities of Burma", "MM"),
    "thai": ("เมืองของไทยมีอะไรบ้าง", "TH"),
    "short japanese name in a sentence": ("参加しているタイの都市は", "TH"),
    "japanese": ("インドネシアの都市は", "ID"),
    "tamil locative": ("தாய்லாந்தில் எந்த நகரங்கள்", "TH"),
    "vietnamese": ("thành phố nào của Việt Nam", "VN"),
    "malay": ("bandar di Kemboja", "KH"),
    "chinese": ("缅甸的哪些城市", "MM"),
    "lao": ("ເມືອງຂອງລາວ", "LA"),
}


@pytest.mark.parametrize(("asked", "code"), COUNTRIES.values(), ids=COUNTRIES)
def test_a_country_is_found_by_any_of_its_names(countries: SubjectFinder, asked: str, code: str) -> None:
    assert countries.find(fold(asked)) == code


@pytest.mark.parametrize("asked", ["タイトルは何ですか", "trip", "industry", "which cities"])
def test_a_name_inside_another_word_is_no_country(countries: SubjectFinder, asked: str) -> None:
    assert countries.find(fold(asked)) is None


def test_every_city_and_country_is_found_by_every_spelling_of_its_own(
    shipped_knowledge: Knowledge, cities: SubjectFinder
) -> None:
    missed = {
        spelling: cities.find(fold(spelling))
        for city in shipped_knowledge.cities.values()
        for spelling in (city.name, *city.names.values(), *city.aliases)
        if cities.find(fold(spelling)) != city.id
    }
    assert missed == {}


def test_nothing_is_found_without_names() -> None:
    assert SubjectFinder({}).find("phuket") is None
    assert SubjectFinder({"x": ["", "❤️"]}).find("phuket") is None
