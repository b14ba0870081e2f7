"""Which questions come together."""

import numpy as np
import pytest

from bot.adapters.encoder import NanoEncoder
from bot.content.likeness import likeness_file, load_likeness
from bot.content.loading import Folders
from bot.core.inbox.grouping import LETTERS, MEANING, THRESHOLDS, grown, home_of, most_alike
from bot.core.inbox.likeness import Fingerprinting
from bot.core.inbox.models import Fingerprint
from tests.core.inbox.worlds import PARKING, WIFI, direction, group

HALF = {MEANING: 0.5, LETTERS: 0.8}


def test_a_question_joins_the_most_alike_group_that_is_alike_enough() -> None:
    groups = [group("a", fingerprint=direction(1, 0)), group("b", fingerprint=direction(0, 1))]

    assert home_of(direction(0.2, 0.9), None, groups, HALF) == groups[1]
    assert home_of(direction(-1, -1), None, groups, HALF) is None
    assert home_of(direction(1, 0), None, [], HALF) is None


def test_meanings_of_different_encoders_are_never_compared() -> None:
    groups = [group("a", fingerprint=direction(1, 0, space="other"))]

    assert home_of(direction(1, 0), None, groups, HALF) is None
    assert most_alike(direction(1, 0), groups) == []


def test_letters_must_be_more_alike_than_meanings() -> None:
    for space, joins in (("e5", True), (LETTERS, False)):
        near = direction(0.7, 0.7, space=space)
        assert (home_of(near, None, [group("a", fingerprint=direction(1, 0, space=space))], HALF) is not None) is joins


def test_without_words_the_answer_that_did_not_help_decides() -> None:
    """After a restart nobody knows what was asked, only which answer did not help."""
    groups = [
        group("a", nearest="meeting.dates"),
        group("b", fingerprint=None, nearest="meeting.venue"),
        group("c", fingerprint=None, nearest="meeting.dates"),
    ]

    assert home_of(None, "meeting.dates", groups, HALF) == groups[2]
    assert home_of(None, "meeting.host", groups, HALF) is None


def test_a_group_means_what_its_questions_mean_on_average() -> None:
    mean = grown(group(fingerprint=direction(1, 0), count=3), direction(0, 1))

    assert mean is not None
    assert np.allclose(mean.vector, [0.75, 0.25])
    assert mean.vector.dtype == np.float32


@pytest.fixture(scope="module")
def shipped(shipped_folders: Folders, shipped_encoder: NanoEncoder) -> Fingerprinting:
    likeness = load_likeness(likeness_file(shipped_folders))
    assert likeness is not None
    assert likeness.encoder == shipped_encoder.name
    return Fingerprinting(shipped_encoder, likeness)


def prints(of: Fingerprinting, texts: dict[str, str]) -> list[Fingerprint]:
    found = [of.fingerprint(text) for text in texts.values()]
    assert None not in found
    return [one for one in found if one]


def test_one_question_in_three_scripts_is_one_group(shipped: Fingerprinting) -> None:
    """By the encoder and the projection that are shipped; and another question is not in it."""
    wifi, parking = prints(shipped, WIFI), prints(shipped, PARKING)

    for one in wifi:
        home = group("a", fingerprint=one)
        assert all(home_of(each, None, [home], THRESHOLDS) == home for each in wifi)
        assert not any(home_of(each, None, [home], THRESHOLDS) for each in parking)


@pytest.mark.parametrize("text", ["", "  ", "👩🏽‍💻"])
def test_what_cannot_be_read_means_nothing(shipped: Fingerprinting, text: str) -> None:
    assert shipped.fingerprint(text) is None


def test_without_an_encoder_only_like_letters_make_like_questions() -> None:
    letters = Fingerprinting(None, None)
    one, same, other = prints(letters, {"1": "มีที่จอดรถไหม", "2": "มีที่จอดรถไหม?", "3": PARKING["lo"]})

    assert one.space == LETTERS
    assert home_of(same, None, [group("a", fingerprint=one)], THRESHOLDS) is not None
    assert home_of(other, None, [group("a", fingerprint=one)], THRESHOLDS) is None
