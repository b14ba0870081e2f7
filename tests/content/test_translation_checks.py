"""Each check finds its fault, names the line, and leaves good translations in peace."""

from pathlib import Path

import pytest

from bot.content.catalog_files import KNOWLEDGE, UI, catalog_path
from bot.content.knowledge_reader import read_knowledge
from bot.content.translation_checks import RULES, Glossary, OfficialName, check_translations, read_glossary
from bot.core.errors import Problem
from bot.core.locales import LANGUAGES, SOURCE_LOCALE
from tests.content.catalog_samples import CODE, line_of, start_language, translate, write_knowledge

ANSWER = "meeting.dates|answer"
QUESTION = "meeting.dates|question"
TOPIC = "meeting|topic"
GOOD = {
    "id": "Menurut dua laporan, pertemuan ke-{edition} diadakan di {city} pada {period}.",
    "ms": "Menurut dua laporan, mesyuarat kali ke-{edition} diadakan di {city} pada {period}.",
    "th": "การประชุมครั้งที่ {edition} จัดขึ้นที่ {city} เมื่อวันที่ {period} ตามรายงานสองฉบับ",
    "vi": "Theo hai bản tin, hội nghị lần thứ {edition} được tổ chức tại {city} vào {period}.",
    "fil": "Ayon sa dalawang ulat, idinaos ang ika-{edition} pulong sa {city} noong {period}.",
    "km": "យោងតាមរបាយការណ៍ពីរ កិច្ចប្រជុំលើកទី {edition} បានធ្វើឡើងនៅ {city} នៅ {period}។",
    "lo": "ອີງຕາມລາຍງານສອງສະບັບ ກອງປະຊຸມຄັ້ງທີ {edition} ໄດ້ຈັດຂຶ້ນທີ່ {city} ໃນວັນທີ {period}",
    "my": "အစီရင်ခံစာနှစ်စောင်အရ အကြိမ် {edition} မြောက် အစည်းအဝေးကို {city} တွင် {period} ၌ ကျင်းပခဲ့သည်။",
    "ta": "இரண்டு அறிக்கைகளின்படி, {edition}ஆவது கூட்டம் {city} நகரில் {period} அன்று நடைபெற்றது.",
    "zh": "据两份报告，第{edition}次会议于{period}在{city}举行。",
    "pt": "Segundo dois relatos, a {edition}.ª reunião realizou-se em {city}, de {period}.",
    "ja": "二つの報告によると、第{edition}回会合は{period}に{city}で開催されました。",
}


def check(root: Path, locale: str, texts: dict[str, str], domain: str = KNOWLEDGE) -> list[Problem]:
    """What the checks find in one catalog with these translations."""
    knowledge = write_knowledge(root)
    start_language(root, locale)
    translate(root, locale, texts, domain)
    return check_translations(root / "locales", knowledge, {})


def test_there_are_rules_for_every_language() -> None:
    assert RULES.keys() | {SOURCE_LOCALE} == LANGUAGES.keys()


@pytest.mark.parametrize("locale", GOOD)
def test_a_good_translation_passes(tmp_path: Path, locale: str) -> None:
    assert check(tmp_path, locale, {ANSWER: GOOD[locale]}) == []


@pytest.mark.parametrize(
    ("locale", "text", "finding"),
    [
        ("th", GOOD["th"].replace("{city}", "โตเกียว"), "lacks {city}"),
        ("ja", GOOD["ja"].replace("{period}", "{periods}"), "lacks {period} and has {periods} too much"),
        ("ja", GOOD["ja"].replace("二つ", "2つ"), "has `2` typed"),
        ("ja", GOOD["ja"].replace("二つ", "２つ"), "has `2` typed"),
        ("th", GOOD["th"].replace("สองฉบับ", "๒ ฉบับ"), "has `2` typed"),
        ("my", GOOD["my"].replace("နှစ်စောင်", "၂ စောင်"), "has `2` typed"),
        ("id", GOOD["id"].replace("{period}", "{period}, ke-6"), "has `6` typed"),
        ("km", GOOD["lo"] + "។", "is not written in Khmer"),
        ("th", GOOD["id"].rstrip("."), "is not written in Thai"),
        ("id", GOOD["ja"], "is not written in Indonesian"),
        (
            "pt",
            "The {edition} meeting was held in {city} on {period}, according to two reports.",
            "is the English text",
        ),
        ("ta", GOOD["ta"] + " The meeting was held in {city} on {period}, according.", "still has the English"),
        ("vi", GOOD["vi"].replace("ả", "\ufffd"), "has a damaged character"),
        ("pt", GOOD["pt"].replace("ã", "Ã£"), "has a damaged character"),
        ("th", GOOD["th"].replace("การ", "à¸\u0081à¸²à¸£"), "has a damaged character"),
        ("vi", GOOD["vi"].replace("ộ", "o\u0323\u0302"), "is not in Unicode normal form C"),
        ("id", GOOD["id"].replace("dua", "dua\u200b"), "has a zero-width space"),
        ("ta", GOOD["ta"].replace(" நகரில்", "\u202e நகரில்"), "has the invisible character U+202E"),
        ("lo", "{edition} {city} {period} ກອງ", "has 6 characters where the English has 56"),
        ("zh", GOOD["zh"].replace("会议", "会议" * 80), "characters where the English has"),
        ("ja", GOOD["ja"].replace("第", "（第"), "lacks a closing `）`"),
        ("zh", GOOD["zh"].replace("会议", "会议》"), "has a `》` that closes nothing"),
        ("ja", GOOD["ja"].replace("第", "「（第").replace("会合", "会合」）"), "has a `」` that closes nothing"),
        ("fil", GOOD["fil"].replace("pulong", '"pulong'), "has an odd number of"),
        ("ms", GOOD["ms"].replace("{city}", "{city} {City}"), "has a `{` that belongs to no placeholder"),
        ("th", GOOD["th"].replace("{city} ", "{city}  "), "has needless space"),
        ("my", GOOD["my"] + " ", "has needless space"),
        ("ta", GOOD["ta"].replace("கூட்டம்", "கூட்டம் கூட்டம்"), "says `கூட்டம்` twice"),
        ("id", GOOD["id"].replace("diadakan", "Diadakan diadakan"), "says `Diadakan` twice"),
        ("ja", GOOD["ja"].rstrip("。"), "does not end with `。`"),
        ("km", GOOD["km"].replace("។", "."), "does not end with `។`"),
        ("my", GOOD["my"].rstrip("။"), "does not end with `။`"),
        ("vi", GOOD["vi"].rstrip("."), "does not end with `.`"),
        ("th", GOOD["th"] + ".", "ends with `.`"),
        ("id", GOOD["id"][:-1] + ", lihat https://x.example.", "has other links, commands or line breaks"),
    ],
)
def test_each_fault_in_an_answer_is_found_with_its_line(tmp_path: Path, locale: str, text: str, finding: str) -> None:
    problems = check(tmp_path, locale, {ANSWER: text})

    path = catalog_path(tmp_path / "locales", locale, KNOWLEDGE)
    line = line_of(path, f'msgctxt "{ANSWER}"') + 2
    assert [problem for problem in problems if finding in problem.what], problems
    assert {(problem.path, problem.line) for problem in problems} == {(str(path), line)}


@pytest.mark.parametrize(
    ("locale", "context", "text", "finding"),
    [
        ("ja", QUESTION, "第7回会合はいつ開催されましたか", "has `7` typed"),
        ("th", QUESTION, "การประชุมครั้งที่ 6 จัดขึ้นเมื่อใด" * 4, "the limit is 100"),
        ("ja", TOPIC, "東京での会合。", "ends with `。`"),
        ("km", TOPIC, "The meeting in Tokyo", "is not written in Khmer"),
    ],
)
def test_faults_in_questions_and_topics(tmp_path: Path, locale: str, context: str, text: str, finding: str) -> None:
    assert finding in " ".join(map(str, check(tmp_path, locale, {context: text})))


@pytest.mark.parametrize(
    ("locale", "texts"),
    [
        ("ja", {QUESTION: "第6回会合はいつ開催されましたか"}),
        ("th", {QUESTION: "การประชุมครั้งที่ ๖ จัดขึ้นเมื่อใด"}),
        ("ja", {ANSWER: GOOD["ja"].replace("会合", "会合（G20、CO2）")}),
        ("vi", {ANSWER: GOOD["vi"].replace("được", "luôn luôn được")}),
        ("km", {ANSWER: GOOD["km"].replace("កិច្ចប្រជុំ", "កិច្ច\u200bប្រជុំ")}),
        ("ja", {ANSWER: GOOD["ja"].replace("。", "（「要約」による）。")}),
        (
            "th",
            {ANSWER: GOOD["th"].replace("{city}", "{city} (ASEAN, MLIT, METI, JICA, ASCN, JASCA, AZEC, JETRO, NIES)")},
        ),
    ],
    ids=["digit-of-the-english", "thai-digit", "tokens", "reduplication", "break-mark", "closers", "abbreviations"],
)
def test_what_is_right_in_a_language_is_no_fault(tmp_path: Path, locale: str, texts: dict[str, str]) -> None:
    assert check(tmp_path, locale, texts) == []


@pytest.mark.parametrize(
    ("context", "text", "finding"),
    [
        ("button.sources", "แหล่งข้อมูล" * 9, "the limit is 80"),
        ("command.help", "วิธีใช้บอต" * 11, "the limit is 100"),
        ("help.text", "พิมพ์ /ask เพื่อถามคำถามเกี่ยวกับการประชุมเมืองอัจฉริยะในกรุงโตเกียวด้วยภาษาของท่านเอง" * 2, "commands"),
    ],
)
def test_faults_in_the_interface(tmp_path: Path, context: str, text: str, finding: str) -> None:
    problems = check(tmp_path, "th", {context: text}, UI)

    assert finding in " ".join(map(str, problems))
    assert {problem.path for problem in problems} == {str(catalog_path(tmp_path / "locales", "th", UI))}


def test_a_translation_nobody_sees_is_not_judged(tmp_path: Path) -> None:
    """Fuzzy texts are drafts: what is wrong with them matters when they become current."""
    check(tmp_path, "th", {ANSWER: GOOD["th"] + "."})
    changed = write_knowledge(tmp_path, "On {period}, in {city}, the {edition} meeting was held.")

    assert check_translations(tmp_path / "locales", changed, {}) == []


def test_official_names_are_those_of_the_glossary(tmp_path: Path) -> None:
    knowledge = write_knowledge(tmp_path, "The Ministry of Roads held the {edition} meeting in {city} on {period}.")
    glossary: Glossary = {"Ministry of Roads": OfficialName({"ja": ("道路省", "道路省2課"), "th": ("กระทรวงถนน",)})}
    start_language(tmp_path, "ja")
    right = "道路省2課は、{period}に第{edition}回会合を{city}で開催しました。"
    translate(tmp_path, "ja", {ANSWER: right})
    accepted = check_translations(tmp_path / "locales", knowledge, glossary)

    translate(tmp_path, "ja", {ANSWER: right.replace("道路省2課", "交通省")})

    assert accepted == []
    problems = check_translations(tmp_path / "locales", knowledge, glossary)
    assert [problem.what for problem in problems] == [f"`{ANSWER}` does not use the official name of Ministry of Roads"]


@pytest.mark.parametrize(
    ("locale", "attested", "text"),
    [
        ("ta", "சாலை அமைச்சு", "சாலை அமைச்சின் கூட்டம் {period} அன்று {city} நகரில் நடைபெற்றது: {edition}."),
        (
            "id",
            "Kementerian Jalan - Raya",
            "Kementerian Jalan-Raya mengadakan pertemuan ke-{edition} di {city}, {period}.",
        ),
        ("zh", "道路部（MOR）", "道路部于{period}在{city}举行了第{edition}次会议。"),
        ("lo", "", "Ministry of Roads ໄດ້ຈັດກອງປະຊຸມຄັ້ງທີ {edition} ທີ່ {city} {period}"),
    ],
    ids=["Tamil case ending", "spaces and dashes", "without its abbreviation", "English for want of a name"],
)
def test_an_official_name_may_be_written_as_sentences_need_it(
    tmp_path: Path, locale: str, attested: str, text: str
) -> None:
    knowledge = write_knowledge(tmp_path, "The Ministry of Roads held the {edition} meeting in {city} on {period}.")
    forms = {locale: (attested,)} if attested else {}
    start_language(tmp_path, locale)
    translate(tmp_path, locale, {ANSWER: text})

    found = check_translations(tmp_path / "locales", knowledge, {"Ministry of Roads": OfficialName(forms)})

    assert [problem.what for problem in found if "official name" in problem.what] == []


def test_only_what_is_a_description_may_be_put_in_plain_words(tmp_path: Path) -> None:
    """A name without an attested form stays in English, unless the glossary says that it describes."""
    knowledge = write_knowledge(tmp_path, "The Ministry of Roads held the {edition} meeting in {city} on {period}.")
    start_language(tmp_path, "vi")
    translate(tmp_path, "vi", {ANSWER: "Bộ Đường bộ tổ chức cuộc họp lần thứ {edition} tại {city} ngày {period}."})

    def found(*, described: bool) -> list[str]:
        glossary = {"Ministry of Roads": OfficialName({}, described)}
        return [problem.what for problem in check_translations(tmp_path / "locales", knowledge, glossary)]

    assert found(described=False) == [f"`{ANSWER}` does not use the official name of Ministry of Roads"]
    assert found(described=True) == []


def test_a_glossary_without_attestation_is_faulty(tmp_path: Path) -> None:
    path = tmp_path / "glossary.yaml"
    path.write_text(
        'names:\n  - en: "Ministry of Roads"\n    forms: {ja: ["道路省"], th: ["กระทรวงถนน"]}\n'
        '    attested: {ja: "https://x.example"}\n',
        encoding="utf-8",
    )

    glossary, problems = read_glossary(path)

    assert glossary["Ministry of Roads"].forms["ja"] == ("道路省",)
    assert [(problem.line, "`th`" in problem.what) for problem in problems] == [(3, True)]


def test_a_glossary_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    assert read_glossary(tmp_path / "glossary.yaml") == ({}, [])


def test_the_shipped_translations_pass() -> None:
    repository = CODE.parent
    knowledge, _ = read_knowledge(repository / "knowledge")
    assert knowledge is not None
    glossary, problems = read_glossary(repository / "knowledge" / "glossary.yaml")

    assert problems + check_translations(repository / "locales", knowledge, glossary) == []
