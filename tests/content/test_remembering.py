"""An encoder that remembers calls with few texts."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.content.letters import letter_statistics
from bot.content.remembering import RememberingEncoder, RememberingSpelling
from bot.content.training_set import Example
from bot.core.errors import EncoderError
from bot.core.spelling import LetterStatistics, Spelling
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


MISTYPED = ["กำหนดจัดงาานวันไหน", "where is teh meeting", "ဘယ်နေ့လဲ"]


def statistics(*texts: str) -> LetterStatistics:
    return letter_statistics(Example("th", "a", text, number) for number, text in enumerate(texts))


def test_what_was_mended_once_is_mended_alike_after_a_restart_without_searching(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = statistics("กำหนดจัดงานวันไหน", "กำหนดจัดงานที่ไหน")
    first = RememberingSpelling(known, tmp_path)
    mended = [first.mend(text) for text in MISTYPED]
    assert mended == ["กำหนดจัดงานวันไหน", *MISTYPED[1:]]
    first.keep()

    monkeypatch.setattr(Spelling, "mend", lambda *_: pytest.fail("searched again"))
    assert [RememberingSpelling(known, tmp_path).mend(text) for text in MISTYPED] == mended


def test_what_other_phrasings_mended_is_not_taken_for_ours(tmp_path: Path) -> None:
    before = RememberingSpelling(statistics("กำหนดจัดงานวันไหน", "กำหนดจัดงานที่ไหน"), tmp_path)
    before.mend(MISTYPED[0])
    before.keep()

    now = RememberingSpelling(statistics("กำหนดจัดงาานวันไหน", "กำหนดจัดงาานที่ไหน"), tmp_path)
    assert now.mend(MISTYPED[0]) == MISTYPED[0]
