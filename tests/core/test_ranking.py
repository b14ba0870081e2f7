"""Sharing the work of ranking changes when an answer comes, never which."""

import asyncio
import gc
import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.adapters.encoder import NanoEncoder
from bot.content.phrasings import read_phrasings
from bot.core.answering import Answering
from bot.core.errors import BusyError, EncoderError
from bot.core.knowledge import Knowledge
from bot.core.locales import LANGUAGES
from bot.core.models import Candidate, Question
from bot.core.no_observer import NoObserver
from bot.core.no_store import NoStore
from bot.core.ranking import Ranker, results
from bot.core.retrieval import Ranking, combine, decide
from bot.core.snapshot import Snapshot
from bot.core.text import fold, split_questions
from tests.conftest import ROOT
from tests.core.clocks import SimulatedClock

_NUMBERS = itertools.count()
EACH = 10  # questions a language
WHEN, WHO, WHERE = "第6回会合はいつ", "ใครเป็นเจ้าภาพ", "កិច្ចប្រជុំនៅឯណា"


@pytest.fixture(scope="module")
def questions(shipped_knowledge: Knowledge) -> list[str]:
    """In thirteen languages, and some that are two in one message."""
    phrasings, _ = read_phrasings(ROOT / "knowledge", shipped_knowledge)
    found = []
    for locale in LANGUAGES:
        texts = [one.text for one in phrasings if one.locale == locale]
        chosen = texts[:: len(texts) // EACH][:EACH]
        found += [*chosen, f"{chosen[0]}? {chosen[1]}?", f"{chosen[2]}\n{chosen[3]}"]
    return found


class OneByOne:
    """An encoder that is never given two texts at once."""

    def __init__(self, encoder: NanoEncoder) -> None:
        self._encoder = encoder
        self.name, self.dimension = encoder.name, encoder.dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.vstack([self._encoder.encode([text]) for text in texts])


async def test_answers_are_the_same_alone_together_and_remembered(
    shipped_snapshot: Snapshot, shipped_encoder: NanoEncoder, questions: list[str]
) -> None:
    def answering(encoder: Any) -> Answering:
        return Answering(shipped_snapshot, store=NoStore(), clock=SimulatedClock(), encoder=encoder, patient=True)

    alone = [await _decision(answering(OneByOne(shipped_encoder)), text) for text in questions]
    sharing = answering(shipped_encoder)
    together = await asyncio.gather(*(_decision(sharing, text) for text in questions))
    remembered = [await _decision(sharing, text) for text in questions]

    assert len({(key, outcome) for outcome, key, *_ in alone}) > len(LANGUAGES)
    assert together == alone
    assert remembered == alone


async def test_answers_are_those_of_the_engine_itself(
    shipped_snapshot: Snapshot, shipped_encoder: NanoEncoder, questions: list[str]
) -> None:
    """Without anything that is shared: one text, one call, as the benchmarks and the cross-validation ask."""
    retriever = shipped_snapshot.retriever

    def decided(folded: str) -> Any:
        ranking = retriever.rank(folded, shipped_encoder)
        return decide(ranking, retriever.thresholds(ranking))

    sharing = Answering(shipped_snapshot, store=NoStore(), clock=SimulatedClock(), encoder=shipped_encoder)
    for text in questions[::5]:
        outcome = decided(fold(text))
        parts = split_questions(text)
        if len(parts) > 1:
            outcome = combine(outcome, [(part, decided(fold(part))) for part in parts], long=False)
        rendered = shipped_snapshot.renderer.reply(outcome, "en")
        assert await _decision(sharing, text) == (rendered.outcome, rendered.key, rendered.probability, rendered.text)


async def _decision(answering: Answering, text: str) -> tuple[str, str | None, float, str]:
    conversation = f"test:{next(_NUMBERS)}"  # nothing is to be read in the light of another question
    question = Question(text=text, asker="test:1", conversation=conversation, platform="test", option_locale="en")
    reply = await answering.ask(question)
    return reply.outcome, reply.key, reply.probability, reply.text


class CountingRetriever:
    """Notes what it is asked, and fails or waits where a test wants it to."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.fails: Exception | None = None
        self.by_letters = False
        self.pause = 0.0

    def rank_all(self, texts: Sequence[str], encoder: object) -> list[Ranking]:
        self.batches.append(list(texts))
        self.go_on.wait(5)
        time.sleep(self.pause)
        if self.fails and WHO in texts:
            raise self.fails
        return [Ranking((Candidate(text, 1.0),), by_letters=self.by_letters) for text in texts]


@pytest.fixture
def retriever() -> Iterator[Any]:
    counting = CountingRetriever()
    yield counting
    counting.go_on.set()


async def _asked(ranker: Ranker, retriever: Any, *texts: str) -> list[str]:
    rankings = ranker.submit(retriever, texts)
    assert rankings is not None
    return [ranking.candidates[0].key for ranking in await results(rankings)]


async def test_what_arrives_while_others_wait_is_ranked_in_one_call(retriever: Any) -> None:
    ranker = Ranker(None, NoObserver())
    retriever.go_on.clear()
    first = asyncio.create_task(_asked(ranker, retriever, WHEN))
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(_asked(ranker, retriever, text)) for text in (WHO, WHERE, WHO)]
    await asyncio.sleep(0.01)
    retriever.go_on.set()

    assert await asyncio.gather(first, *others) == [[WHEN], [WHO], [WHERE], [WHO]]
    assert retriever.batches == [[WHEN], [WHO, WHERE]]
    assert ranker.waiting == 0


async def test_the_parts_of_a_message_are_ranked_in_one_call(retriever: Any) -> None:
    assert await _asked(Ranker(None, NoObserver()), retriever, WHEN, WHO, WHEN, WHERE) == [WHEN, WHO, WHEN, WHERE]
    assert retriever.batches == [[WHEN, WHO, WHERE]]


async def test_a_pasted_page_does_not_hold_up_the_questions_before_it(retriever: Any) -> None:
    page = "ဈေး " * 400
    await _asked(Ranker(None, NoObserver()), retriever, WHEN, page, WHO)
    assert retriever.batches == [[WHEN], [page], [WHO]]


async def test_a_question_asked_again_is_not_ranked_again(retriever: Any) -> None:
    ranker = Ranker(None, NoObserver())
    assert [await _asked(ranker, retriever, WHEN) for _ in range(3)] == [[WHEN]] * 3
    assert retriever.batches == [[WHEN]]


async def test_only_so_many_rankings_are_remembered_and_the_unused_go_first(retriever: Any) -> None:
    ranker = Ranker(None, NoObserver(), kept=2)
    for text in (WHEN, WHO, WHEN, WHERE, WHEN, WHO):
        await _asked(ranker, retriever, text)
    assert retriever.batches == [[WHEN], [WHO], [WHERE], [WHO]]


async def test_a_new_snapshot_starts_with_nothing_remembered_and_frees_what_was(retriever: Any) -> None:
    ranker, newer = Ranker(None, NoObserver()), CountingRetriever()
    await _asked(ranker, retriever, WHEN)
    await asyncio.gather(_asked(ranker, newer, WHEN), _asked(ranker, retriever, WHEN))
    assert (retriever.batches, newer.batches) == ([[WHEN]], [[WHEN]])

    del newer
    gc.collect()
    assert len(ranker._known) == 1


async def test_one_call_never_mixes_two_snapshots(retriever: Any) -> None:
    ranker, newer = Ranker(None, NoObserver()), CountingRetriever()
    await asyncio.gather(*(_asked(ranker, each, text) for text in (WHEN, WHO) for each in (retriever, newer)))
    assert [*retriever.batches, *newer.batches] == [[WHEN], [WHO], [WHEN], [WHO]]


async def test_a_text_that_breaks_the_ranking_does_not_break_its_neighbours(retriever: Any) -> None:
    retriever.fails = RuntimeError("secret")
    ranker = Ranker(None, NoObserver())
    results = await asyncio.gather(
        *(_asked(ranker, retriever, text) for text in (WHEN, WHO, WHERE)), return_exceptions=True
    )
    assert results[0] == [WHEN]
    assert isinstance(results[1], RuntimeError)
    assert results[2] == [WHERE]
    retriever.fails = None
    assert await _asked(ranker, retriever, WHO) == [WHO]


async def test_who_gives_up_does_not_take_the_ranking_from_others(retriever: Any) -> None:
    ranker = Ranker(None, NoObserver())
    retriever.go_on.clear()
    impatient, patient = (asyncio.create_task(_asked(ranker, retriever, WHEN)) for _ in range(2))
    await asyncio.sleep(0.01)
    impatient.cancel()
    await asyncio.sleep(0.01)
    retriever.go_on.set()
    assert await patient == [WHEN]


async def test_what_would_wait_too_long_is_refused(retriever: Any) -> None:
    """But never what is known or waited for anyway, and nothing as long as one batch takes it all."""
    ranker, pages = Ranker(None, NoObserver(), longest_wait=0.0), [f"{'ฝน' * 300} {number}" for number in range(8)]
    await _asked(ranker, retriever, WHERE)
    retriever.go_on.clear()
    assert None not in [ranker.submit(retriever, [page]) for page in pages]
    assert [ranker.submit(retriever, [text]) is None for text in (WHEN, pages[0], WHERE)] == [True, False, False]

    retriever.go_on.set()
    assert await _asked(ranker, retriever, *pages) == pages
    assert await _asked(ranker, retriever, WHEN, WHO) == [WHEN, WHO]


async def test_how_much_may_wait_follows_from_the_pace(retriever: Any) -> None:
    """A slow or busy machine declines earlier, and nobody waits longer than the same few seconds."""
    fast, slow, crowd = (
        Ranker(None, NoObserver()),
        Ranker(None, NoObserver()),
        [f"{WHERE} {number}" for number in range(500)],
    )
    for number in range(20):
        await _asked(fast, retriever, f"{WHEN} {number}")
    retriever.pause = 0.02
    for number in range(20):
        await _asked(slow, retriever, f"{WHEN} {number}")
    retriever.go_on.clear()

    accepted = {ranker: sum(ranker.submit(retriever, [text]) is not None for text in crowd) for ranker in (fast, slow)}

    assert accepted[fast] == len(crowd)
    assert 10 < accepted[slow] < len(crowd) / 2


async def test_what_has_waited_too_long_after_all_is_declined_but_for_one_batch(retriever: Any) -> None:
    """The machine has become slow since they were let in: who is told soon can come back, who waits on cannot."""
    ranker = Ranker(None, NoObserver(), longest_wait=0.3)
    retriever.go_on.clear()
    crowd = [asyncio.create_task(_asked(ranker, retriever, f"{WHO} {number}")) for number in range(20)]
    await asyncio.sleep(0.5)
    retriever.go_on.set()
    replies = await asyncio.gather(*crowd, return_exceptions=True)

    declined = [number for number, reply in enumerate(replies) if isinstance(reply, BusyError)]
    assert declined == list(range(8, 12))
    assert sum(map(len, retriever.batches)) == 16
    assert ranker.waiting == 0
    assert await _asked(ranker, retriever, f"{WHO} 8") == [f"{WHO} 8"]


async def test_a_patient_ranker_refuses_nothing(retriever: Any) -> None:
    ranker = Ranker(None, NoObserver(), longest_wait=None)
    texts = [f"{WHEN} {number}" for number in range(1_000)]
    assert await _asked(ranker, retriever, *texts) == texts


async def test_a_failing_encoder_is_asked_again(retriever: Any, shipped_encoder: NanoEncoder) -> None:
    """A ranking by letters alone is good for this question, but the next one deserves another attempt."""
    ranker = Ranker(shipped_encoder, NoObserver())
    retriever.by_letters = True
    await _asked(ranker, retriever, WHEN)
    retriever.by_letters = False
    await _asked(ranker, retriever, WHEN)
    await _asked(ranker, retriever, WHEN)
    assert retriever.batches == [[WHEN], [WHEN]]


async def test_no_text_of_a_question_is_remembered(retriever: Any) -> None:
    ranker = Ranker(None, NoObserver())
    await _asked(ranker, retriever, WHEN)
    assert WHEN not in str([list(known) for known in ranker._known.values()])


def test_a_batch_that_the_encoder_refuses_is_ranked_by_letters(shipped_snapshot: Snapshot) -> None:
    class Failing:
        name, dimension = shipped_snapshot.retriever._model.encoder, 384

        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            raise EncoderError("out of memory")

    ranked = shipped_snapshot.retriever.rank_all([fold(WHEN), "", fold(WHO)], Failing())
    assert [each.by_letters for each in ranked] == [True, False, True]
    assert ranked[1].empty
