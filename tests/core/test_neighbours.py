"""How near questions are to known phrasings, and what that says of an answer being right."""

import dataclasses

import numpy as np
import pytest

from bot.content.nearest import Case, extended, fit_evidence, neighbours_of
from bot.content.training_set import Example
from bot.core.neighbours import Evidence, NearestPhrasings, Neighbours, Support, log_odds, triples_of

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
    own, other = NearestPhrasings(known).supports(text, ["meeting.dates", "meeting.venue"])
    assert own.nearest == pytest.approx(1.0, abs=1e-3)
    assert own.covered == pytest.approx(1.0, abs=1e-3)
    assert other.nearest < 0.9


@pytest.mark.parametrize(("text", "nearer"), [("วันไหนจัด", "meeting.dates"), ("எங்கே", "meeting.venue"), ("どこですか", "meeting.venue")])  # fmt: skip
def test_words_in_common_make_a_text_nearer(known: Neighbours, text: str, nearer: str) -> None:
    entries = ["meeting.dates", "meeting.venue"]
    found = dict(zip(entries, NearestPhrasings(known).supports(text, entries), strict=True))
    assert max(entries, key=lambda entry: found[entry].nearest) == nearer
    assert max(entries, key=lambda entry: found[entry].covered) == nearer


def test_support_lies_between_nothing_and_everything(known: Neighbours) -> None:
    nearest = NearestPhrasings(known)
    for text in (*WEATHER, *DATES, "x", "คำถาม" * 80):
        for one in nearest.supports(text, ["meeting.dates", "meeting.venue"]):
            assert 0 <= one.nearest <= 1.001
            assert 0 <= one.covered <= 1.001


def test_two_phrasings_cover_a_question_together() -> None:
    """Each has half of its words; a third that has neither adds nothing."""
    texts = ("ງານຈັດຢູ່ບ່ອນໃດ", "ใครเป็นเจ้าภาพ", "雨は降りますか")
    known = neighbours_of([Example("lo", "meeting.host", text, number) for number, text in enumerate(texts)])
    (support,) = NearestPhrasings(known).supports(f"{texts[0]} {texts[1]}", ["meeting.host"])
    assert support.nearest < 0.7
    assert support.covered > 0.85  # the seam between them is in neither


def test_words_that_no_phrasing_has_are_not_covered(known: Neighbours) -> None:
    whole, more = (
        NearestPhrasings(known).supports(text, ["meeting.dates"])[0].covered
        for text in ("எப்போது நடந்தது", "எப்போது நடந்தது யார் பாடினார்")
    )
    assert whole > 0.99
    assert more < 0.8


def test_an_entry_without_phrasings_has_no_support(known: Neighbours) -> None:
    assert NearestPhrasings(known).supports("ฝนจะตกไหม", ["meeting.lunch"]) == [Support()]


def test_the_strongest_support_may_be_of_several() -> None:
    assert Support.strongest([Support(0.5, 0.1), Support(0.2, 0.9)]) == Support(0.5, 0.9)
    assert Support.strongest([]) == Support(0.0, 0.0)


def test_a_new_phrasing_is_found_and_an_entry_that_is_gone_is_not(known: Neighbours) -> None:
    more = extended(
        known, [("meeting.dates", "ວັນໃດ"), ("meeting.lunch", "ກິນຫຍັງ"), ("far.weather", "ຝົນຕົກບໍ")], {"meeting.dates"}
    )
    supports = NearestPhrasings(more).supports
    assert supports("ວັນໃດ", ["meeting.dates"])[0].nearest == pytest.approx(1.0, abs=1e-3)
    assert supports("ກິນຫຍັງ", ["meeting.lunch"])[0].nearest == pytest.approx(1.0, abs=1e-3)
    assert supports(PLACE[0], ["meeting.venue"]) == [Support()]
    for text in DATES:
        before = NearestPhrasings(known).supports(text, ["meeting.dates"])
        assert supports(text, ["meeting.dates"])[0].nearest == pytest.approx(before[0].nearest)


def test_nothing_changes_when_nothing_is_new(known: Neighbours) -> None:
    same = extended(known, [], set(known.labels))
    for name in ("counts", "triples", "lengths", "norms", "weights"):
        np.testing.assert_array_equal(getattr(same, name), getattr(known, name))


def test_evidence_is_found_again_in_what_it_made() -> None:
    true, dice = Evidence(0.9, 4.0, 5.0, -3.0, -5.0, 0.7), np.random.default_rng(3)
    cases = []
    for share, nearest, covered, rival_nearest, rival_covered in dice.random((40_000, 5)).tolist():
        own, rival = Support(nearest, covered), Support(rival_nearest, rival_covered)
        right = bool(dice.random() < true.probability(share, own, rival))
        cases.append(Case(share, own, rival, right))
    found = fit_evidence(cases)
    for field in dataclasses.fields(Evidence):
        assert getattr(found, field.name) == pytest.approx(getattr(true, field.name), abs=0.35), field.name


@pytest.mark.parametrize("right", [True, False])
def test_evidence_of_one_kind_alone_is_finite(right: bool) -> None:
    cases = [Case(share, Support(0.5, share), Support(), right) for share in (0.0, 0.5, 1.0)]
    for found in (fit_evidence(cases), fit_evidence([])):
        assert all(0 <= found.probability(one.share, one.own, one.rival) <= 1 for one in cases)


def test_what_speaks_for_an_entry_makes_it_likelier_and_what_speaks_for_its_rival_less() -> None:
    evidence, weak, strong = Evidence(1.0, 4.0, 5.0, -3.0, -5.0, 0.5), Support(0.2, 0.3), Support(0.9, 0.9)
    chances = [
        evidence.probability(share, own, rival)
        for share, own, rival in (
            (0.5, strong, weak),
            (0.5, strong, strong),
            (0.5, weak, strong),
            (0.1, weak, strong),
        )
    ]
    assert chances == sorted(chances, reverse=True)
    assert len(set(chances)) == len(chances)
    assert evidence.probability(0.0, Support(), Support(1.0, 1.0)) >= 0
    assert log_odds(1.0) == pytest.approx(-log_odds(0.0))
