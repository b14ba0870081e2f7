"""What people put around a question is left out, and never the question."""

import pytest

from bot.core.courtesy import Courtesy
from bot.core.text import fold

GREETING = "สวัสดีครับ"
COURTESY = Courtesy(
    [
        "Hello",
        "may I ask",
        "thank you",
        "สวัสดีครับ",
        "ขอบคุณ",
        "សូមសួរ",
        "អរគុណ",
        "မင်္ဂလာပါ",
        "நன்றி",
        "请问",
        "谢谢",
        "すみません",
    ]
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Hello! May I ask: who hosted it? Thank you.", "who hosted it"),
        ("สวัสดีครับ ใครเป็นเจ้าภาพ ขอบคุณ", "ใครเป็นเจ้าภาพ"),
        ("សូមសួរ តើប្រជុំនៅឯណា អរគុណ។", "តើប្រជុំនៅឯណា"),
        ("မင်္ဂလာပါ၊ ဘယ်မှာလဲ", "ဘယ်မှာလဲ"),
        ("கூட்டம் எங்கே? நன்றி", "கூட்டம் எங்கே"),
        ("请问会议在哪里谢谢", "会议在哪里"),
        ("すみません、どこですか", "どこですか"),
    ],
)
def test_courtesy_at_both_ends_is_left_out(text: str, left: str) -> None:
    assert COURTESY.strip(fold(text)) == left


@pytest.mark.parametrize("text", ["hello thank you", "สวัสดีครับ", "谢谢", "", "6"])
def test_nothing_but_courtesy_stays(text: str) -> None:
    assert COURTESY.strip(text) == text


@pytest.mark.parametrize("text", ["hellos from hanoi", "who said thank you first", "நன்றியுரை யார்"])
def test_a_word_that_begins_like_courtesy_or_courtesy_in_the_middle_stays(text: str) -> None:
    assert COURTESY.strip(text) == text


def test_pieces_made_of_pieces_are_left_out_in_one_reading() -> None:
    """As a pattern it took 2^40 steps to find that this does not end in courtesy."""
    pieces = Courtesy(["สวัสดี", "ทุกคน", "สวัสดีทุกคน"])
    assert pieces.strip("สวัสดีทุกคน" * 40 + "ใคร") == "ใคร"
    assert pieces.strip("ใคร" + "สวัสดีทุกคน" * 40) == "ใคร"
    assert pieces.strip("ใคร" + "สวัสดีทุกคน" * 40 + "x") == "ใคร" + "สวัสดีทุกคน" * 40 + "x"


def test_without_pieces_every_text_stays() -> None:
    assert Courtesy([]).strip(GREETING) == GREETING
