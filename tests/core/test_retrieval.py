"""From probabilities to an answer, a choice or an abstention."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.content.nearest import neighbours_of
from bot.content.training_set import Example
from bot.core.classifier import Weights
from bot.core.errors import EncoderError
from bot.core.features import DIMENSION, sketch
from bot.core.models import Abstention, Answer, Candidate, Choice, Outcome, Reason
from bot.core.neighbours import Evidence
from bot.core.retrieval import (
    Model,
    Ranking,
    Retriever,
    Slot,
    Thresholds,
    agreement,
    combine,
    decide,
    in_context,
    surer,
)
from bot.core.subjects import SubjectFinder

LIMITS = Thresholds(answer=0.6, choose=0.3, leave=0.5)


def ranking(*probabilities: float, far: float = 0.0, near: float = 0.0, group: str | None = None) -> Ranking:
    return Ranking(tuple(Candidate(f"entry.{n}", p) for n, p in enumerate(probabilities)), far, near, group)


DECISIONS: dict[str, tuple[Ranking, Outcome]] = {
    "nothing to read": (Ranking((), far=1.0, empty=True), Abstention(Reason.EMPTY)),
    "sure": (ranking(0.7, 0.2), Answer(Candidate("entry.0", 0.7))),
    "just sure": (ranking(0.6), Answer(Candidate("entry.0", 0.6))),
    "a broader entry is sure": (ranking(0.5, 0.8), Answer(Candidate("entry.1", 0.8))),
    "the most direct wins when both are sure": (ranking(0.65, 0.9), Answer(Candidate("entry.0", 0.65))),
    "two tie": (
        ranking(0.4, 0.4, 0.1),
        Choice((Candidate("entry.0", 0.4), Candidate("entry.1", 0.4), Candidate("entry.2", 0.1))),
    ),
    "at most three": (ranking(0.2, 0.1, 0.1, 0.1), Choice(ranking(0.2, 0.1, 0.1).candidates)),
    "off topic": (
        ranking(0.2, far=0.6, group="far.weather"),
        Abstention(Reason.COURTESY, group="far.weather", probability=0.2),
    ),
    "near the topic": (
        ranking(0.2, near=0.6, group="near.politics"),
        Abstention(Reason.OUT_OF_SCOPE, ranking(0.2).candidates, "near.politics", 0.2),
    ),
    "nothing near enough": (
        ranking(0.1, 0.05, far=0.4, near=0.4, group="far.thanks"),
        Abstention(Reason.NO_MATCH, ranking(0.1, 0.05).candidates, "far.thanks", 0.1),
    ),
}


@pytest.mark.parametrize(("ranked", "outcome"), DECISIONS.values(), ids=DECISIONS)
def test_the_outcome_follows_from_the_probabilities(ranked: Ranking, outcome: Outcome) -> None:
    assert decide(ranked, LIMITS) == outcome


def test_an_entry_counts_as_far_as_it_answers_what_was_wanted() -> None:
    matrix = agreement(["dates", "summary", "unknown"], {"dates": ["when"], "summary": ["when", "where", "who", "why"]})
    assert matrix.tolist() == [[1.0, 0.25, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]


class StubEncoder:
    """Meaning in two dimensions; fails when told to."""

    dimension = 2

    def __init__(self, *, name: str = "stub-1", fails: bool = False) -> None:
        self.name = name
        self.asked = 0
        self._fails = fails

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += 1
        if self._fails:
            raise EncoderError("out of memory")
        return np.array([[1.0, 0.0]] * len(texts), dtype=np.float32)


CLASSES = ("city.membership", "dates", "far.weather")
IDF = np.ones(1 << 16, dtype=np.float32)
CAUTIOUS = Thresholds(answer=0.72, choose=0.3, leave=0.5)


@pytest.fixture
def retriever() -> Retriever:
    """Letters of `いつ` say dates; meaning says weather."""
    lexical = np.zeros((DIMENSION, 3), dtype=np.float32)
    lexical[:, 1] = 5 * sketch("いつ", IDF)
    meaning = np.array([[0, 0, 2], [0, 0, 0]], dtype=np.float32)
    bias = np.zeros(3, dtype=np.float32)
    model = Model(
        classes=CLASSES,
        hybrid=Weights(np.vstack([meaning, 0 * lexical]), bias),
        lexical=Weights(lexical, bias),
        centre=np.zeros(2, dtype=np.float32),
        idf=IDF,
        sharpness=(1.0, 1.0),
        thresholds=(LIMITS, CAUTIOUS),
        encoder="stub-1",
    )
    finder = SubjectFinder({"phuket": ["Phuket", "ภูเก็ต"], "rayong": ["Rayong"]})
    slot = Slot(finder, fallback="cities.list", instead={"rayong": "cities.added"})
    return Retriever(model, {}, {"city.membership": slot})


def test_meaning_and_letters_are_asked_together(retriever: Retriever) -> None:
    ranked = retriever.rank("いつ", StubEncoder())
    assert (ranked.group, ranked.far > 0.9) == ("far.weather", True)


@pytest.mark.parametrize(
    "encoder",
    [None, StubEncoder(name="stub-2"), StubEncoder(fails=True)],
    ids=["no encoder", "another version", "it fails"],
)
def test_letters_alone_answer_when_the_encoder_cannot_be_used(
    retriever: Retriever, encoder: StubEncoder | None
) -> None:
    ranked = retriever.rank("いつ", encoder)
    assert ranked.candidates[0].key == "dates"
    assert ranked.candidates[0].probability > 0.9
    assert retriever.thresholds(ranked) == CAUTIOUS


def test_meaning_and_letters_together_are_judged_by_their_own_thresholds(retriever: Retriever) -> None:
    assert retriever.thresholds(retriever.rank("いつ", StubEncoder())) == LIMITS


def test_nothing_to_read_does_not_trouble_the_encoder(retriever: Retriever) -> None:
    encoder = StubEncoder()
    assert retriever.rank("", encoder) == Ranking((), far=1.0, empty=True)
    assert encoder.asked == 0


@pytest.mark.parametrize(
    ("folded", "key"),
    [
        ("is phuket in", "city.membership:phuket"),
        ("ภูเก็ตอยู่ไหม", "city.membership:phuket"),
        ("rayong", "cities.added"),
        ("osaka", "cities.list"),
    ],
    ids=["latin", "thai", "told by another entry", "no subject"],
)
def test_a_slot_entry_finds_its_subject(retriever: Retriever, folded: str, key: str) -> None:
    ranked = retriever.ranking(folded, np.array([0.9, 0.06, 0.04], dtype=np.float32))
    assert ranked.candidates[0].key == key


def test_shares_of_negatives_are_told_apart(retriever: Retriever) -> None:
    ranked = retriever.ranking("x", np.array([0.1, 0.2, 0.7], dtype=np.float32))
    assert (round(ranked.far, 3), ranked.near, ranked.group) == (0.7, 0.0, "far.weather")


def test_a_neighbour_of_the_last_topic_is_preferred_when_the_question_is_not_clear() -> None:
    unclear = Ranking((Candidate("meeting.chairs", 0.3), Candidate("series.first.chairs", 0.2)), far=0.1, near=0.1)

    seen = in_context(unclear, {"series.first", "series.first.chairs"})

    assert [one.key for one in seen.candidates] == ["series.first.chairs", "meeting.chairs"]
    assert seen.candidates[0].probability == pytest.approx(0.5)
    assert seen.candidates[1].probability == pytest.approx(0.3 / 1.6)


def test_a_topic_that_has_nothing_to_do_with_the_question_changes_nothing() -> None:
    unclear = Ranking((Candidate("meeting.chairs", 0.3), Candidate("series.first.chairs", 0.2)))
    assert in_context(unclear, {"azec.members"}) == unclear


HOST, VENUE = Answer(Candidate("meeting.host", 0.9)), Answer(Candidate("meeting.venue", 0.8))
UNSURE = Choice((Candidate("meeting.theme", 0.4),))
HELLO = Abstention(Reason.COURTESY, group="far.greeting")


@pytest.mark.parametrize(
    ("whole", "parts", "long", "expected"),
    [
        (UNSURE, [("主催者は？", HOST), ("場所は？", VENUE)], False, Answer(HOST.candidate, VENUE.candidate)),
        (HOST, [("I heard it was in Tokyo.", VENUE), ("Who hosted?", HOST)], False, HOST),
        (HELLO, [("สวัสดีครับ!", HELLO), ("ใครจัด", HOST)], False, HOST),
        (UNSURE, [("Where?", VENUE), ("In Tokyo, no?", VENUE)], False, VENUE),
        (VENUE, [("“ ... ”", VENUE), ("ဘယ်သူ ကျင်းပသလဲ။", HOST)], True, HOST),
        (UNSURE, [("Theme.", HOST), ("Venue.", VENUE)], False, UNSURE),
        (UNSURE, [("Hm.", UNSURE), ("...", HELLO)], True, UNSURE),
    ],
    ids=[
        "two questions",
        "a statement and a question",
        "a greeting and a question",
        "one question asked twice",
        "a quotation and a question",
        "two headings",
        "nothing clear",
    ],
)
def test_a_message_of_several_parts(
    whole: Outcome, parts: list[tuple[str, Outcome]], long: bool, expected: Outcome
) -> None:
    assert combine(whole, parts, long=long) == expected


def untaught(names: tuple[str, ...]) -> Model:
    nothing = Weights(np.zeros((2 + DIMENSION, len(names)), np.float32), np.zeros(len(names), np.float32))
    return Model(
        classes=names,
        hybrid=nothing,
        lexical=nothing,
        centre=np.zeros(2, np.float32),
        idf=np.ones(1 << 16, np.float32),
        sharpness=(1.0, 1.0),
        thresholds=(LIMITS, LIMITS),
        encoder="none",
    )


def test_many_texts_are_ranked_as_each_alone() -> None:
    rng = np.random.default_rng(5)
    names = [*(f"entry.{number}" for number in range(30)), "city.joined", "far.weather", "far.thanks", "near.politics"]
    model = untaught(tuple(names))
    facts = {name: tuple(f"fact.{number}" for number in rng.integers(0, 9, 3)) for name in names[:30]}
    slots = {"city.joined": Slot(SubjectFinder({"phuket": ["ภูเก็ต", "Phuket"]}), "entry.0", {})}
    retriever = Retriever(model, facts, slots)
    texts = [("ภูเก็ตเข้าร่วมเมื่อไร", "ဘယ်နေ့လဲ", "எப்போது")[number % 3] for number in range(600)]
    shares = rng.dirichlet(np.full(len(names), 0.3), size=len(texts)).astype(np.float32)

    together = list(retriever.rankings(texts, shares))

    for text, share, found in zip(texts, shares, together, strict=True):
        alone = retriever.ranking(text, share)
        assert [one.key for one in found.candidates] == [one.key for one in alone.candidates]
        assert [one.probability for one in found.candidates] == pytest.approx(
            [one.probability for one in alone.candidates]
        )
        assert (found.far, found.near, found.group) == (alone.far, alone.near, alone.group)
    assert any(one.key == "city.joined:phuket" for found in together for one in found.candidates)


def test_a_question_that_repeats_a_phrasing_of_an_entry_is_surely_about_it() -> None:
    asked, known = "จัดขึ้นวันไหนเหรอ", [("meeting.dates", "จัดวันไหน"), ("meeting.venue", "จัดขึ้นที่ตึกไหนเหรอ")]
    neighbours = neighbours_of([Example("th", label, text, number) for number, (label, text) in enumerate(known)])
    evidence = Evidence(odds=1.0, nearest=4.0, covered=0, rival_nearest=0, rival_covered=0, constant=-1.5)

    def ranked(text: str, *, looked_up: bool) -> Ranking:
        model = untaught(("meeting.dates", "meeting.venue"))
        if looked_up:
            model = replace(model, neighbours=neighbours, evidence=(evidence, evidence))
        return Retriever(model, {}, {}).ranking(text, np.array([0.5, 0.5], np.float32))

    assert ranked(known[1][1], looked_up=False).candidates[0].probability == 0.5
    first, second = ranked(known[1][1], looked_up=True).candidates
    assert (first.key, first.probability > 0.9, second.probability < 0.5) == ("meeting.venue", True, True)
    strange = ranked("မိုးရွာမလား", looked_up=True).candidates
    assert max(one.probability for one in strange) < 0.2
    assert all(0 < one.probability < 1 for one in ranked(asked, looked_up=True).candidates)


def rivals(answers: dict[str, tuple[str, ...]], text: str) -> list[float]:
    """Chances of the host, of the venue and of what both are, by what stands in their way alone."""
    known = [
        ("meeting.host", "ใครเป็นเจ้าภาพ"),
        ("meeting.venue", "จัดที่ไหน"),
        ("meeting.both", "ใครเป็นเจ้าภาพ จัดที่ไหน"),
        ("far.food", "กินข้าวหรือยัง"),
    ]
    neighbours = neighbours_of([Example("th", label, told, number) for number, (label, told) in enumerate(known)])
    evidence = Evidence(odds=0, nearest=0, covered=0, rival_nearest=-1, rival_covered=-1, constant=1)
    names = ("meeting.host", "meeting.venue", "meeting.both", "far.food")
    model = replace(untaught(names), neighbours=neighbours, evidence=(evidence, evidence))
    ranking = Retriever(model, answers, {}).ranking(text, np.full(4, 0.25, np.float32))
    chances = {one.key: one.probability for one in ranking.candidates}
    return [chances[name] for name in names[:3]]


def test_what_answers_the_same_is_no_rival() -> None:
    apart = rivals({}, "ใครเป็นเจ้าภาพ")
    sharing = rivals({"meeting.host": ("host",), "meeting.both": ("host", "venue")}, "ใครเป็นเจ้าภาพ")
    assert sharing[0] > apart[0]
    assert sharing[1] == pytest.approx(apart[1])


def test_talk_that_is_to_be_left_alone_is_a_rival_of_every_entry() -> None:
    spoken, other = rivals({}, "กินข้าวหรือยัง"), rivals({}, "雨は降りますか")
    assert all(one < two for one, two in zip(spoken, other, strict=True))


def reading(**chances: float) -> Ranking:
    return Ranking(tuple(Candidate(key, chance) for key, chance in chances.items()), far=0.1)


def test_of_two_readings_of_a_mistyped_question_the_surer_one_counts() -> None:
    """The one as written has other odds for talk, too, which stay with it."""
    written, mended = replace(reading(venue=0.8, host=0.1), far=0.2), reading(venue=0.3, host=0.2)
    for found in (surer(written, mended), surer(mended, written)):
        assert [one.key for one in found.candidates] == ["venue", "host"]
        assert found.far == 0.2
        assert 0.8 < found.candidates[0].probability < 0.9
        assert 0.1 < found.candidates[1].probability < 0.2


def test_two_readings_that_differ_make_either_less_likely() -> None:
    found = surer(reading(venue=0.8, host=0.1), reading(host=0.6, venue=0.3))
    assert found.candidates[0].key == "venue"
    assert found.candidates[0].probability == pytest.approx(2 / 3)


def test_a_reading_that_is_certain_stays_so_and_an_empty_one_says_nothing() -> None:
    assert surer(reading(venue=1.0), reading(host=0.5)).candidates[0].probability == 1.0
    mended = reading(host=0.5)
    assert surer(Ranking(()), mended) == mended
