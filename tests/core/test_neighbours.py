"""How near questions are to known phrasings, and what that says of an answer being right."""

import numpy as np
import pytest

from bot.content.nearest import extended, fit_evidence, neighbours_of
from bot.content.training_set import Example
from bot.core.neighbours import Evidence, NearestPhrasings, Neighbours, log_odds, triples_of

DATES = ("จัดวันไหน", "ဘယ်နေ့လဲ", "எப்போது நடந்தது", "いつ開催されましたか", "when did it take place")
PLACE = ("จัดที่ไหน", "ဘယ်မှာလဲ", "எங்கே நடந்தது", "どこで開催されましたか", "where did it take place")
WEATHER = ("ฝนจะตกไหม", "မိုးရွာမလား", "மழை பெய்யுமா", "雨は降りますか", "will it rain")


@pytest.fixture
def known() -> Neighbours:
    labelled = {"meeting.dates": DATES, "meeting.venue": PLACE, "far.weather": WEATHER}
    return neighbours_of([Example("th", label, text, 0) for label, texts in labelled.items() for text in texts])


@pytest.mark.parametrize("text", [*DATES, "ห"])
def test_a_text_has_the_same_triples_every_time_and_never_none(text: str) -> None:
    assert triples_of(text).tolist() == sorted(set(triples_of(text).tolist()))
    assert len(triples_of(text))


@pytest.mark.parametrize("text", DATES)
def test_a_phrasing_is_its_own_nearest(known: Neighbours, text: str) -> None:
    (own, _), (other, _) = NearestPhrasings(known).likenesses(text, ["meeting.dates", "meeting.venue"])
    assert own == pytest.approx(1.0, abs=1e-3)
    assert other < 0.9


@pytest.mark.parametrize(("text", "nearer"), [("วันไหนจัด", "meeting.dates"), ("எங்கே", "meeting.venue"), ("どこですか", "meeting.venue")])  # fmt: skip
def test_words_in_common_make_a_text_nearer(known: Neighbours, text: str, nearer: str) -> None:
    entries = ["meeting.dates", "meeting.venue"]
    found = dict(zip(entries, NearestPhrasings(known).likenesses(text, entries), strict=True))
    assert max(entries, key=lambda entry: found[entry]) == nearer


def test_likenesses_lie_between_nothing_and_everything(known: Neighbours) -> None:
    nearest = NearestPhrasings(known)
    for text in (*WEATHER, *DATES, "x", "คำถาม" * 80):
        for best, mean in nearest.likenesses(text, ["meeting.dates", "meeting.venue"]):
            assert 0 <= mean <= best <= 1.001


def test_an_entry_without_phrasings_has_no_neighbours(known: Neighbours) -> None:
    assert NearestPhrasings(known).likenesses("ฝนจะตกไหม", ["meeting.lunch"]) == [(0.0, 0.0)]


def test_few_phrasings_are_averaged_over_themselves() -> None:
    known = neighbours_of([Example("km", "a", "នៅឯណា", 0), Example("km", "b", "ពេលណា", 1)])
    ((best, mean),) = NearestPhrasings(known).likenesses("នៅឯណា", ["a"])
    assert best == mean


def test_a_new_phrasing_is_found_and_an_entry_that_is_gone_is_not(known: Neighbours) -> None:
    more = extended(
        known, [("meeting.dates", "ວັນໃດ"), ("meeting.lunch", "ກິນຫຍັງ"), ("far.weather", "ຝົນຕົກບໍ")], {"meeting.dates"}
    )
    likenesses = NearestPhrasings(more).likenesses
    assert likenesses("ວັນໃດ", ["meeting.dates"])[0][0] == pytest.approx(1.0, abs=1e-3)
    assert likenesses("ກິນຫຍັງ", ["meeting.lunch"])[0][0] == pytest.approx(1.0, abs=1e-3)
    assert likenesses(PLACE[0], ["meeting.venue"]) == [(0.0, 0.0)]
    for text in DATES:
        before = NearestPhrasings(known).likenesses(text, ["meeting.dates"])
        assert likenesses(text, ["meeting.dates"])[0][0] == pytest.approx(before[0][0])


def test_nothing_changes_when_nothing_is_new(known: Neighbours) -> None:
    same = extended(known, [], set(known.labels))
    for name in ("counts", "triples", "lengths", "norms", "weights"):
        np.testing.assert_array_equal(getattr(same, name), getattr(known, name))


def test_evidence_is_found_again_in_what_it_made() -> None:
    true, dice = Evidence(odds=0.9, nearest=6.0, near=-3.0, constant=-1.0), np.random.default_rng(3)
    seen = [(float(share), float(best), float(best * mean)) for share, best, mean in dice.random((40_000, 3))]
    right = [bool(dice.random() < true.probability(*one)) for one in seen]
    found = fit_evidence(seen, right)
    for name in ("odds", "nearest", "near", "constant"):
        assert getattr(found, name) == pytest.approx(getattr(true, name), abs=0.35)


@pytest.mark.parametrize("right", [[True] * 3, [False] * 3])
def test_evidence_of_one_kind_alone_is_finite(right: list[bool]) -> None:
    found = fit_evidence([(0.9, 0.5, 0.4), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)], right)
    assert all(0 <= found.probability(share, 0.5, 0.5) <= 1 for share in (0.0, 0.5, 1.0))


def test_what_speaks_for_an_entry_makes_it_likelier() -> None:
    evidence = Evidence(odds=1.0, nearest=8.0, near=-5.0, constant=-1.0)
    assert (
        evidence.probability(0.5, 0.9, 0.5) > evidence.probability(0.5, 0.2, 0.2) > evidence.probability(0.1, 0.2, 0.2)
    )
    assert evidence.probability(0.0, 0.0, 0.0) >= 0
    assert log_odds(1.0) == pytest.approx(-log_odds(0.0))
