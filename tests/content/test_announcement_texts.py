"""Files of a moderator's own texts: YAML and CSV, with everything people put into them."""

import pytest

from bot.content.announcement_texts import read_texts
from bot.core.announcements.models import Words

JA, KM = Words("昼食のご案内", "7階です。\n12時から。"), Words("អាហារថ្ងៃត្រង់", "ជាន់ទី៧។")


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        (
            "t.yaml",
            'ja: {title: "昼食のご案内", body: "7階です。\\n12時から。"}\nkm: {title: "អាហារថ្ងៃត្រង់", body: "ជាន់ទី៧។"}',
        ),
        ("t.csv", 'language,title,body\nja,昼食のご案内,"7階です。\n12時から。"\nkm,អាហារថ្ងៃត្រង់,ជាន់ទី៧។\n'),
        ("t.CSV", '\ufeffLanguage;Title;Body\r\nja;昼食のご案内;"7階です。\n12時から。"\r\nkm;អាហារថ្ងៃត្រង់;ជាន់ទី៧។\r\n'),
        ("t.csv", 'title\tbody\tlanguage\n昼食のご案内\t"7階です。\n12時から。"\tja\nអាហារថ្ងៃត្រង់\tជាន់ទី៧។\tkm\n'),
    ],
    ids=["YAML", "CSV", "from a spreadsheet", "tabs, other order"],
)
def test_reads_texts_by_language_in_their_order(name: str, raw: str) -> None:
    found = read_texts(name, raw.encode())

    assert found == {"ja": JA, "km": KM}
    assert list(found) == ["ja", "km"]


def test_takes_any_tag_of_our_languages() -> None:
    found = read_texts("t.csv", "language,title,body\nzh-CN,午餐,七楼\nTL,Tanghalian,Ika-7 palapag\n".encode())

    assert list(found) == ["zh", "fil"]


@pytest.mark.parametrize(
    ("name", "raw", "problems"),
    [
        ("t.csv", "language,title\nja,x\n", ["t.csv:1: has no column body"]),
        ("t.csv", "language,title,body\nxx,a,b\nja,,b\nja,a,b\nja,c,d\n", ["`xx` is not one", "`ja` lacks", "`ja` stands twice"]),
        ("t.yaml", "ja: {title: 14:30, body: x}", ["t.yaml:1: `14:30` in `title` is unquoted"]),
        ("t.yaml", "ja: {title: a}\nko: {title: b, body: c, more: d}", ["has no `body`", "`more` is not known"]),
        ("t.yaml", "ja: &a {title: a, body: b}\nkm: *a", ["aliases"]),
        ("t.yaml", "- a", ["the file must be a mapping"]),
        ("t.yaml", "", ["is empty"]),
        ("t.csv", "language,title,body\nja," + "長" * 101 + ",b\n", ["`ja` is too long"]),
    ],
    ids=["a column lacks", "all faults at once", "unquoted", "keys", "alias bomb", "no mapping", "empty", "too long"],
)  # fmt: skip
def test_names_every_fault_with_its_line(name: str, raw: str, problems: list[str]) -> None:
    found = read_texts(name, raw.encode())

    assert isinstance(found, str)
    assert [problem for problem in problems if problem not in found] == []


def test_refuses_what_is_not_text() -> None:
    assert "is not UTF-8" in read_texts("t.csv", "language,title,body\nja,昼食,x".encode("shift_jis"))
    assert "larger than" in read_texts("t.yaml", b"x" * 300_000)
