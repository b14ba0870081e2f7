"""Normalising and cutting text, in every script."""

from typing import Any

import pytest
import regex

from bot.core import text
from bot.core.text import (
    MAX_LENGTH,
    bare_letters,
    character_ngrams,
    fold,
    graphemes,
    has_letters,
    split_message,
    split_questions,
    strip_marks,
    truncate,
    utf16_length,
    words,
)

FAMILY = "👨‍👩‍👧‍👦"

SAME = {
    "latin case": ("ASCN Tokyo?", "ascn tokyo"),
    "full width": ("ＡＳＣＮ２０２４", "ascn2024"),
    "half-width katakana": ("ｽﾏｰﾄｼﾃｨ", "スマートシティ"),
    "japanese punctuation": ("会議は、いつ？", "会議は いつ"),
    "thai sara am, one letter or two": ("น้ำ", "น\u0e49\u0e4d\u0e32"),
    "lao sara am": ("ກຳ", "ກ\u0ecd\u0eb2"),
    "khmer with zero-width spaces": ("ទីក្រុង\u200bឆ្លាត\u200bវៃ", "ទីក្រុងឆ្លាតវៃ"),
    "lao with zero-width spaces": ("ນະຄອນ\u200bອັດສະລິຍະ", "ນະຄອນອັດສະລິຍະ"),
    "burmese": ("စမတ်မြို့တော်။", "စမတ်မြို့တော်"),
    "tamil": ("எப்போது நடந்தது?", "எப்போது நடந்தது"),
    "vietnamese decomposed": ("Ha\u0300 No\u0323\u0302i", "hà nội"),
    "soft hyphen": ("meet\u00ading", "meeting"),
    "right-to-left override": ("meet\u202eing", "meeting"),
    "nul": ("meet\0ing", "meeting"),
    "lone surrogate": ("\ud800meeting", "meeting"),
    "link": ("https://example.org/when?x=1 when", "when"),
    "discord mention and emoji": ("<@123456> when <:wave:99>", "when"),
    "quoted line": ("> where was it\nwhen was it", "when was it"),
    "only a quoted line": ("> where was it", "where was it"),
    "long run": ("pleeeeease", "pleease"),
    "thai long run": ("ขอบคุณมากกกกกก", "ขอบคุณมากก"),
    "emoji between words": (f"when {FAMILY} was", "when was"),
}


@pytest.mark.parametrize(("typed", "folded"), SAME.values(), ids=SAME)
def test_texts_that_mean_the_same_fold_to_the_same(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@pytest.mark.parametrize(("typed", "folded"), SAME.values(), ids=SAME)
def test_folding_twice_changes_nothing(typed: str, folded: str) -> None:
    assert fold(fold(typed)) == fold(typed)


NOTHING = {
    "empty": "",
    "spaces": " \t\n\u3000\u00a0",
    "zero-width spaces": "\u200b\u200b\ufeff",
    "family": FAMILY,
    "heart with variation selector": "❤️",
    "skin tones": "👍🏽👋🏿",
    "flag": "🇹🇭🇯🇵",
    "flag of tags": "🏴\U000e0067\U000e0062\U000e007f",
    "punctuation": "?!…。、",
    "link": "https://example.org",
    "surrogates": "\ud83d",
}


@pytest.mark.parametrize("typed", NOTHING.values(), ids=NOTHING)
def test_what_cannot_be_read_folds_to_nothing(typed: str) -> None:
    assert fold(typed) == ""


def test_zalgo_keeps_its_letters_and_few_marks() -> None:
    zalgo = "".join(letter + "\u0338\u0327\u031b\u0316\u0354\u034d\u0310\u0301" * 30 for letter in "when")
    folded = fold(zalgo)
    assert strip_marks(folded) == "when"
    assert max(len(cluster) for cluster in graphemes(folded)) <= 5


def test_marks_repeated_in_pairs_are_cut_as_well() -> None:
    marks = "\u0338\u0338\u0327\u0327\u031b\u031b\u0316\u0316\u0354\u0354\u034d\u034d"
    assert len(fold("w" + marks)) <= 5


def test_burmese_stacked_marks_survive() -> None:
    """မြို့ stacks four marks on one letter; nothing of it is zalgo."""
    assert fold("မြို့") == "မြို့"


VAST = {
    "letters": "a" * 1_000_000,
    "thai": "การประชุม" * 111_112,
    "ligatures that grow eighteenfold": "\ufdfa" * 1_000_000,
    "marks": "a" + "\u0301\u0302" * 500_000,
    "line ends": "\n" * 1_000_000,
    "quotes": ">" * 1_000_000,
    "mentions never closed": "<@" * 500_000,
    "links": "http://" * 142_858,
    "joined emoji": "👩\u200d" * 500_000,
}


@pytest.mark.parametrize("typed", VAST.values(), ids=VAST)
def test_only_the_head_of_a_megabyte_is_looked_at(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work is counted, not timed: no step sees more than the head, however it grows under NFKC."""
    seen: list[int] = []

    class Counted:
        def __init__(self, pattern: "regex.Pattern[str]") -> None:
            self._pattern = pattern

        def sub(self, replacement: str, string: str) -> str:
            seen.append(len(string))
            return self._pattern.sub(replacement, string, timeout=5)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._pattern, name)

    names = ("_QUOTED_LINE", "_URL", "_INVISIBLE", "_REPEATED_MARK", "_PILED_MARKS", "_LONG_RUN", "_NOT_TEXT")
    for name in names:
        monkeypatch.setattr(text, name, Counted(getattr(text, name)))

    folded = fold(typed)

    assert len(folded) <= MAX_LENGTH
    assert len(seen) == len(names)
    assert max(seen) <= 4 * MAX_LENGTH * 18  # the largest growth of a character under NFKC


WITHOUT_MARKS = {
    "vietnamese": ("đô thị thông minh", "do thi thong minh"),
    "vietnamese horns": ("thành phố Hồ Chí Minh được", "thanh pho Ho Chi Minh duoc"),
    "portuguese": ("reunião", "reuniao"),
    "thai keeps its vowels": ("ประชุมที่ไหน", "ประชุมที่ไหน"),
    "tamil keeps its vowels": ("எங்கே", "எங்கே"),
    "japanese voicing stays": ("ガ", "ガ"),
    "mixed": ("họp ที่ไหน", "hop ที่ไหน"),
}


@pytest.mark.parametrize(("typed", "stripped"), WITHOUT_MARKS.values(), ids=WITHOUT_MARKS)
def test_only_latin_letters_lose_their_marks(typed: str, stripped: str) -> None:
    assert strip_marks(typed) == stripped


@pytest.mark.parametrize(("typed", "yes"), [("a", True), ("ก", True), ("会", True), ("42", False), ("❤️", False)])
def test_letters_are_told_from_other_signs(typed: str, yes: bool) -> None:
    assert has_letters(typed) is yes


def test_ngrams_mark_the_edges_of_words() -> None:
    assert list(character_ngrams("ab c", 2, 3)) == [" a", "ab", "b ", " ab", "ab ", " c", "c ", " c "]


def test_text_without_spaces_is_one_word_of_ngrams() -> None:
    grams = list(character_ngrams("いつ", 1, 2))
    assert grams == [" ", "い", "つ", " ", " い", "いつ", "つ "]


def test_words_are_pieces_between_spaces() -> None:
    assert words("ประชุม เมื่อไหร่") == ["ประชุม", "เมื่อไหร่"]


@pytest.mark.parametrize(
    ("typed", "count"),
    [(FAMILY, 1), ("ที่", 1), ("ក្រុង", 2), ("မြို့", 1), ("நி", 1), ("e\u0301", 1), ("🇹🇭🇯🇵", 2)],
    ids=["family", "thai", "khmer", "burmese", "tamil", "combining", "flags"],
)
def test_what_a_reader_sees_as_one_sign_is_one(typed: str, count: int) -> None:
    assert len(graphemes(typed)) == count


LONG = {
    "english": "The meeting was held in Tokyo. " * 200,
    "thai": "การประชุมจัดขึ้นที่กรุงโตเกียว" * 200,
    "khmer": "កិច្ចប្រជុំត្រូវបានធ្វើឡើង" * 200,
    "lao": "ກອງປະຊຸມຈັດຂຶ້ນທີ່ໂຕກຽວ" * 200,
    "burmese": "အစည်းအဝေးကိုတိုကျိုတွင်ကျင်းပခဲ့သည်" * 200,
    "tamil": "கூட்டம் டோக்கியோவில் நடைபெற்றது " * 200,
    "vietnamese": "Hội nghị được tổ chức tại Tokyo. " * 200,
    "japanese": "会合は東京で開催されました。" * 300,
    "families": FAMILY * 500,
    "zalgo": ("w" + "\u0338\u0327\u031b\u0316" * 10) * 200,
    "lines": "line of text\n" * 400,
}


@pytest.mark.parametrize("long", LONG.values(), ids=LONG)
def test_pieces_fit_and_nothing_is_lost(long: str) -> None:
    pieces = split_message(long, 300)
    assert max(utf16_length(piece) for piece in pieces) <= 300
    assert all(pieces)
    assert "".join("".join(pieces).split()) == "".join(long.split())


@pytest.mark.parametrize("long", LONG.values(), ids=LONG)
def test_no_piece_begins_or_ends_inside_a_sign(long: str) -> None:
    whole = [cluster for cluster in graphemes(long) if cluster.strip()]
    pieces = [cluster for piece in split_message(long, 300) for cluster in graphemes(piece) if cluster.strip()]
    assert pieces == whole


def test_pieces_end_at_line_ends_or_spaces_where_there_are_any() -> None:
    assert split_message("alpha beta gamma", 11) == ["alpha beta", "gamma"]
    assert split_message("alpha\nbeta gam", 10) == ["alpha\nbeta", "gam"]


@pytest.mark.parametrize("monster", ["👩\u200d" * 3000, "a" + "\u0301" * 9000], ids=["joined emoji", "marks"])
def test_one_monstrous_sign_is_cut_to_the_limit_rather_than_sent_too_long(monster: str) -> None:
    pieces = split_message(monster, 2000)
    assert max(utf16_length(piece) for piece in pieces) <= 2000
    assert utf16_length(truncate(monster, 100)) <= 100


def test_nothing_has_no_pieces() -> None:
    assert split_message(" \n ", 100) == []


def test_what_fits_is_not_truncated() -> None:
    assert truncate("ที่โตเกียว", 10) == "ที่โตเกียว"


@pytest.mark.parametrize(
    ("typed", "limit", "cut"),
    [
        ("smart city", 6, "smart…"),
        ("ที่ประชุม", 6, "ที่ปร…"),
        ("ที่ประชุม", 3, "…"),
        (FAMILY + FAMILY, 12, FAMILY + "…"),
        ("東京都内で", 4, "東京都…"),
    ],
    ids=["english", "thai", "thai letter that does not fit", "families", "japanese"],
)
def test_a_cut_text_ends_in_an_ellipsis_after_a_whole_sign(typed: str, limit: int, cut: str) -> None:
    shortened = truncate(typed, limit)
    assert utf16_length(shortened) <= limit
    assert shortened == cut


def test_discord_counts_utf_16_units() -> None:
    assert [utf16_length(sample) for sample in ("a", "ก", "🎉", "\ud83d")] == [1, 1, 2, 1]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Hello! Where was it? Who hosted?", ("Hello!", "Where was it?", "Who hosted?")),
        ("開催地はどこですか？主催者は？", ("開催地はどこですか？", "主催者は？")),
        ("សួស្តី។ តើធ្វើនៅទីណា?", ("សួស្តី។", "តើធ្វើនៅទីណា?")),
        ("မင်္ဂလာပါ။ ဘယ်မှာ ကျင်းပခဲ့သလဲ။", ("မင်္ဂလာပါ။", "ဘယ်မှာ ကျင်းပခဲ့သလဲ။")),
        ("สวัสดีครับ\nจัดที่ไหน", ("สวัสดีครับ", "จัดที่ไหน")),
        ("“会议在东京举行。”主题是什么？", ("“会议在东京举行。", "主题是什么？")),
        ("Tham luận số 3.5 ở đâu", ("Tham luận số 3.5 ở đâu",)),
        ("🙏🙏 !!! கூட்டம் எங்கே?", ("கூட்டம் எங்கே?",)),
        ("???", ()),
    ],
)
def test_cuts_a_message_into_what_may_be_questions(text: str, parts: tuple[str, ...]) -> None:
    assert split_questions(text) == parts


@pytest.mark.parametrize(
    ("shown", "typed"),
    [
        ("Hội nghị lần thứ 6 ở đâu?", "hoi nghi lan thu 6 o dau"),
        ("第6回会合はどこで開かれましたか。", "第６回 会合はどこで開かれましたか？"),
        ("កិច្ចប្រជុំ\u200bលើកទី៦", "កិច្ចប្រជុំលើកទី៦?"),
        ("การประชุมครั้งที่ 6", "การประชุมครั้งที่6"),
        ("ஆறாவது கூட்டம் (ASCN)?", "ஆறாவது கூட்டம் ascn"),
    ],
)
def test_a_copy_has_the_same_bare_letters_however_it_is_typed(shown: str, typed: str) -> None:
    assert bare_letters(shown) == bare_letters(typed) == bare_letters(fold(typed))


def test_another_number_is_another_text() -> None:
    assert bare_letters("第6回会合") != bare_letters("第7回会合")
    assert bare_letters("ครั้งที่ 6") != bare_letters("ครั้งที่ 7")
