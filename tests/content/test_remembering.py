"""An encoder that remembers calls with few texts."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.content.remembering import RememberingEncoder
from bot.core.errors import EncoderError
from tests.content.encoders import CountingEncoder

QUESTION, SENTENCES = ["จัดที่ไหน"], ["こんにちは", "いつですか"]


def test_what_was_asked_once_is_known_after_a_restart(tmp_path: Path) -> None:
    plain = CountingEncoder()
    first = RememberingEncoder(plain, tmp_path)
    given = [first.encode(QUESTION), first.encode(SENTENCES)]
    first.keep()

    second = RememberingEncoder(plain, tmp_path)

    np.testing.assert_array_equal(second.encode(QUESTION), given[0])
    np.testing.assert_array_equal(second.encode(SENTENCES), given[1])
    assert plain.asked == [*QUESTION, *SENTENCES]


def test_sentences_asked_together_are_not_taken_for_one_asked_alone(tmp_path: Path) -> None:
    plain = CountingEncoder()
    remembering = RememberingEncoder(plain, tmp_path)
    remembering.encode(SENTENCES)
    assert len(remembering.encode(SENTENCES[:1])) == 1
    assert plain.asked == [*SENTENCES, SENTENCES[0]]


@pytest.mark.parametrize("count", [0, 100])
def test_a_call_with_nothing_or_with_many_texts_goes_through(tmp_path: Path, count: int) -> None:
    remembering = RememberingEncoder(CountingEncoder(), tmp_path)
    assert remembering.encode(["ဘယ်နေ့လဲ"] * count).shape == (count, CountingEncoder.dimension)
    remembering.keep()
    assert not list(tmp_path.iterdir())


class BrokenEncoder(CountingEncoder):
    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise EncoderError("down")


def test_a_failure_is_remembered_as_one(tmp_path: Path) -> None:
    remembering = RememberingEncoder(BrokenEncoder(), tmp_path)
    assert not remembering.failed
    with pytest.raises(EncoderError):
        remembering.encode(QUESTION)
    assert remembering.failed
