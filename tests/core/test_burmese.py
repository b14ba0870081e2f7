"""Zawgyi is read, Unicode is left alone."""

import pytest

from bot.core.burmese import to_unicode
from bot.core.text import fold

# The same sentences in both encodings, converted by hand with the ICU rules.
PAIRS = [
    ("ျမန္မာႏိုင္ငံ ပါဝင္လား", "မြန်မာနိုင်ငံ ပါဝင်လား"),
    ("ၿမိဳ႕ေတာ္ ဘယ္မွာလဲ", "မြို့တော် ဘယ်မှာလဲ"),
]


@pytest.mark.parametrize(("zawgyi", "unicode"), PAIRS)
def test_zawgyi_becomes_unicode(zawgyi: str, unicode: str) -> None:
    assert to_unicode(zawgyi) == unicode


@pytest.mark.parametrize("text", [*(pair[1] for pair in PAIRS), "ประชุมเมื่อไร", "ASCN ဆိုတာ ဘာလဲ", "いつですか", ""])
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert to_unicode(text) == text


@pytest.mark.parametrize(("zawgyi", "unicode"), PAIRS)
def test_both_encodings_are_compared_alike(zawgyi: str, unicode: str) -> None:
    assert fold(zawgyi) == fold(unicode)
