"""Ranks entries for a question, and decides between an answer, a choice and an abstention.

One classifier over all entries and all languages looks at two views of the text: its meaning (the encoder's vector)
and its
letters (`bot.core.features`). Talk that is to be left alone has classes of its own (`far.*`, `near.*`): explicit
negatives are what teaches a bot when not to answer. Probabilities are calibrated on phrasings held out from training.
"""

import functools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.core.classifier import Weights, softmax
from bot.core.courtesy import Courtesy
from bot.core.errors import EncoderError
from bot.core.features import Matrix, Vector, sketch
from bot.core.models import Abstention, Answer, Candidate, Choice, Outcome, Reason
from bot.core.neighbours import Evidence, NearestPhrasings, Neighbours, Support
from bot.core.ports import Encoder
from bot.core.spelling import LetterStatistics, Spelling
from bot.core.subjects import SubjectFinder
from bot.core.text import is_marked_question

MEANING_WEIGHT = 3.0  # length of the meaning part beside the letters part (1.0); chosen by cross-validation
_courtesy_of = functools.lru_cache(maxsize=4)(Courtesy)  # a reload makes several retrievers with the same pieces
_MOST_CHOICES = 3
_CONTEXT_ODDS = 4.0  # how much likelier an entry near the last topic is; a clear question never gets here
_AGREED_ODDS, _DIFFERING_ODDS = 1.35, 0.5  # of two readings of a mistyped question
_AT_ONCE = 256  # rows whose agreement is looked up together: 20 MB for 1,700 entries
_CONSIDERED = 12  # entries looked at; beyond, probabilities are dust
_LOOKED_UP = 6  # of them, whose neighbours are asked: a tenth of a millisecond each
_GROUPS_LOOKED_UP = 4  # and of the groups of talk that is to be left alone
_FAR, _NEAR = "far.", "near."
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities, 0.0 to 1.0, chosen on held-out phrasings; see docs/quality.md for how.

    Args:
        answer: Lowest probability of being right that is worth answering with.
        choose: Lowest probability that one of the choices is right that is worth a question back.
        leave: A share of off-topic probability above which the talk is left alone.
    """

    answer: float
    choose: float
    leave: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """What the text may ask for, and how likely it is no question for us.

    Args:
        candidates: In the order of how well the text fits each (at most one per key). The probability is that of being
            right: another entry's question counts as far as this entry answers it too.
        far: Probability that the text has nothing to do with the knowledge base.
        near: Probability that it is in the domain but nothing in the knowledge base fits.
        group: The most likely negative group, `far.weather` or the like.
        empty: True when there was nothing to read.
        by_letters: True when the meaning could not be used.
    """

    candidates: tuple[Candidate, ...]
    far: float = 0.0
    near: float = 0.0
    group: str | None = None
    empty: bool = False
    by_letters: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """What training leaves behind.

    Args:
        classes: Entry ids and negative groups, in the order of the columns of the weights.
        hybrid: Weights over meaning and letters together; the first rows belong to the meaning.
        lexical: Weights over letters alone, for when there is no encoder.
        centre: Mean meaning vector, subtracted before use (embeddings of one model share a direction that says
        nothing). idf: See `bot.core.features.document_frequencies`.
        sharpness: Factors on the scores of `hybrid` and `lexical` that make probabilities honest.
        thresholds: For the hybrid and for the lexical model.
        encoder: Name of the encoder that `hybrid` was trained with; no other may be used.
        spelling: What mistyped questions are mended by; None reads every text as it is written.
        neighbours: The phrasings that were learned; None goes by the classifier alone.
        evidence: What they say, for the hybrid and for the lexical model; None as for `neighbours`.
    """

    classes: tuple[str, ...]
    hybrid: Weights
    lexical: Weights
    centre: Vector
    idf: Vector
    sharpness: tuple[float, float]
    thresholds: tuple[Thresholds, Thresholds]
    encoder: str
    spelling: LetterStatistics | None = None
    neighbours: Neighbours | None = None
    evidence: tuple[Evidence, Evidence] | None = None


class Retriever:
    """Ranks with one model.

    Args:
        answers: The facts that each known entry answers: entries that share facts vouch for each other. Entries that
            say "no source tells" are left out: they vouch for nobody, and no known entry answers their questions.
        slots: For slot entries, the finder of their subjects and the entry to fall back on without one.
        courtesy: Pieces that people put around questions, see `Courtesy`.
        spelling: Made of the model's statistics; None makes it here.
    """

    def __init__(
        self,
        model: Model,
        answers: Mapping[str, Sequence[str]],
        slots: "Mapping[str, Slot]",
        courtesy: Sequence[str] = (),
        spelling: Spelling | None = None,
    ) -> None:
        self._model = model
        self._slots = slots
        self._spelling = spelling or (Spelling(model.spelling) if model.spelling else None)
        self._nearest = NearestPhrasings(model.neighbours) if model.neighbours else None
        self._courtesy = _courtesy_of(tuple(courtesy))
        entries = [index for index, name in enumerate(model.classes) if not name.startswith((_FAR, _NEAR))]
        self._entries = np.array(entries, dtype=np.intp)
        self._negatives = [index for index, name in enumerate(model.classes) if name.startswith((_FAR, _NEAR))]
        self._far = [number for number, index in enumerate(self._negatives) if model.classes[index].startswith(_FAR)]
        self._names = [model.classes[index] for index in entries]
        self._agreement = agreement(self._names, answers)

    def rank(self, folded: str, encoder: Encoder | None) -> Ranking:
        """`rank_all` for one text."""
        return self.rank_all([folded], encoder)[0]

    @property
    def learned_with(self) -> str:
        """Name of the encoder whose vectors the model knows."""
        return self._model.encoder

    def rank_all(self, texts: Sequence[str], encoder: Encoder | None) -> list[Ranking]:
        """Rank folded texts without courtesy, mended, each exactly as if it were alone.

        The encoder is called for all of them at once, and once more for those that had to be mended. Blocking for some
        milliseconds a text: call it off the event loop. Mending pulls text towards our phrasings: what as written is
        clearly to be left alone stays so.
        """
        read = [_Read(self._courtesy.strip(text), text) for text in texts if text]
        written = self._rank_all(read, encoder)
        mended = [self._mended(one, ranking) for one, ranking in zip(read, written, strict=True)]
        again = iter(self._rank_all([one for one in mended if one], encoder))
        best = iter(
            [surer(ranking, next(again)) if one else ranking for one, ranking in zip(mended, written, strict=True)]
        )
        return [next(best) if text else Ranking((), far=1.0, empty=True) for text in texts]

    def _mended(self, read: "_Read", ranking: Ranking) -> "_Read | None":
        """None where nothing is to be mended."""
        if self._spelling is None or max(ranking.far, ranking.near) >= self.thresholds(ranking).leave:
            return None
        mended = self._spelling.mend(read.asked)
        return None if mended == read.asked else _Read(mended, read.written)

    def _rank_all(self, read: "Sequence[_Read]", encoder: Encoder | None) -> list[Ranking]:
        # Row by row: a product of matrices rounds otherwise than one of a vector, and no answer may depend on others.
        meanings = self._meanings([one.asked for one in read], encoder)
        if meanings is None:
            return [self._by_letters(one) for one in read]
        return [self._by_both(one, meaning) for one, meaning in zip(read, meanings, strict=True)]

    def _by_letters(self, read: "_Read") -> Ranking:
        letters = sketch(read.asked, self._model.idf)
        shares = _shares(self._model.lexical, letters[None], self._model.sharpness[1])
        return self.ranking(read.asked, shares, written=read.written, by_letters=True)

    def _by_both(self, read: "_Read", meaning: Vector) -> Ranking:
        letters = sketch(read.asked, self._model.idf)
        row = join_views(meaning[None], letters[None], self._model.centre)
        shares = _shares(self._model.hybrid, row, self._model.sharpness[0])
        return self.ranking(read.asked, shares, written=read.written)

    def thresholds(self, ranking: Ranking) -> Thresholds:
        """Those for the view that the ranking was made from: letters alone are judged more cautiously."""
        return self._thresholds(ranking.by_letters)

    def _thresholds(self, by_letters: bool) -> Thresholds:
        return self._model.thresholds[1 if by_letters else 0]

    def _meanings(self, texts: Sequence[str], encoder: Encoder | None) -> Matrix | None:
        """The encoder's vectors; None without the encoder that the model was trained with, or when it fails."""
        if not texts or encoder is None or encoder.name != self._model.encoder:
            return None
        try:
            return encoder.encode(texts)
        except EncoderError:
            return None

    def ranking(self, folded: str, shares: Vector, *, written: str | None = None, by_letters: bool = False) -> Ranking:
        """From class probabilities to candidates: each entry is as good as the facts it would answer rightly.

        Args:
            written: What subjects are looked for in; None for `folded`.
            by_letters: Whether the probabilities are those of the letters alone.
        """
        best, own, rightness = self._suggested(shares)
        negatives = shares[self._negatives]
        evidence = self._model.evidence[1 if by_letters else 0] if self._model.evidence else None
        heard = self._hear(folded, best, negatives) if evidence else None
        judged = list(zip(best.tolist(), rightness, strict=True))
        if heard and evidence:
            judged = heard.judged(evidence, best.tolist(), own, rightness)
        ranking = self._ranking(folded if written is None else written, judged, negatives.tolist())
        if heard and evidence and ranking.far >= self._thresholds(by_letters).leave:
            ranking = replace(ranking, group=heard.group(evidence, negatives.tolist()))
        return replace(ranking, by_letters=by_letters)

    def cases(self, folded: str, shares: Vector) -> list[tuple[str, float, Support, Support]]:
        """What evidence is fitted on: each entry that is looked up, its probability by the classifier alone, and what
        speaks for it and for its strongest rival. Nothing for a model without neighbours.
        """
        best, _, rightness = self._suggested(shares)
        heard = self._hear(folded, best, shares[self._negatives])
        if heard is None:
            return []
        names = [self._names[position] for position in best.tolist()]
        return list(zip(names, rightness, heard.own, heard.rivals, strict=True))[:_LOOKED_UP]

    def _suggested(self, shares: Vector) -> tuple[Places, list[float], list[float]]:
        """The likeliest entries by the classifier alone, the share of each, and its probability of being right."""
        own = shares[self._entries]
        best = np.argsort(-own)[:_CONSIDERED]
        return best, own[best].tolist(), (self._agreement[best] @ own).tolist()

    def rankings(self, texts: Sequence[str], shares: Matrix) -> Iterator[Ranking]:
        """`ranking` of many texts by the classifier alone, for less than half its cost; a row of probabilities each."""
        for start in range(0, len(texts), _AT_ONCE):
            rows = shares[start : start + _AT_ONCE]
            own = rows[:, self._entries]
            best = np.argsort(-own, axis=1)[:, :_CONSIDERED]
            rightness = (self._agreement[best] @ own[:, :, None])[:, :, 0]
            judged = map(zip, best.tolist(), rightness.tolist())
            yield from map(self._ranking, texts[start : start + _AT_ONCE], judged, rows[:, self._negatives].tolist())

    def _hear(self, folded: str, best: Places, negatives: Vector) -> "_Heard | None":
        """What known phrasings say; None for a model without neighbours."""
        if self._nearest is None:
            return None
        looked_up = [self._names[position] for position in best[:_LOOKED_UP].tolist()]
        groups = np.argsort(-negatives)[:_GROUPS_LOOKED_UP].tolist()
        names = [self._model.classes[self._negatives[number]] for number in groups]
        found = self._nearest.supports(folded, [*looked_up, *names])
        own, talk = found[: len(looked_up)], found[len(looked_up) :]
        own += [Support()] * (len(best) - len(own))
        agree = self._agreement[np.ix_(best, best)] > 0
        rivals = [
            Support.strongest([*talk, *(one for one, same in zip(own, row, strict=True) if not same)])
            for row in (agree | agree.T).tolist()
        ]
        return _Heard(own, rivals, dict(zip(groups, zip(names, talk, strict=True), strict=True)))

    def _ranking(self, written: str, judged: Iterable[tuple[int, float]], negatives: list[float]) -> Ranking:
        candidates: dict[str, Candidate] = {}
        for position, right in judged:
            key = self._resolve(self._names[position], written)
            candidates.setdefault(key, Candidate(key, right))
        far = sum(negatives[number] for number in self._far)
        near = sum(negatives) - far
        group = self._model.classes[self._negatives[negatives.index(max(negatives))]] if negatives else None
        return Ranking(tuple(candidates.values()), far, near, group)

    def _resolve(self, entry_id: str, folded: str) -> str:
        slot = self._slots.get(entry_id)
        return slot.resolve(entry_id, folded) if slot else entry_id


@dataclass(frozen=True, slots=True)
class _Heard:
    """What known phrasings say for the entries looked at, and for the likeliest groups of talk to be left alone.

    Args:
        own, rivals: For each entry: its own support, and that of its strongest rival.
        groups: Name and support by number of the group.
    """

    own: Sequence[Support]
    rivals: Sequence[Support]
    groups: Mapping[int, tuple[str, Support]]

    def judged(
        self, evidence: Evidence, best: Sequence[int], shares: Sequence[float], rightness: Sequence[float]
    ) -> list[tuple[int, float]]:
        """Entries with their probability of being right, the most fitting first."""
        found = list(zip(best, shares, rightness, self.own, self.rivals, strict=True))
        found.sort(key=lambda one: -evidence.probability(one[1], one[3], one[4]))
        return [(place, evidence.probability(right, own, rival)) for place, _, right, own, rival in found]

    def group(self, evidence: Evidence, negatives: Sequence[float]) -> str:
        """What kind of talk it is: a greeting that we know word for word is greeted back, whatever it resembles."""

        def fitting(number: int) -> float:
            others = [support for other, (_, support) in self.groups.items() if other != number]
            return evidence.probability(negatives[number], self.groups[number][1], Support.strongest(others))

        return self.groups[max(self.groups, key=fitting)][0]


@dataclass(frozen=True, slots=True)
class _Read:
    """A folded text: what of it is ranked, and as it was written.

    Subjects are looked for in the latter: a city that we do not know must not become one that we do.
    """

    asked: str
    written: str


@dataclass(frozen=True, slots=True)
class Slot:
    """How a slot entry finds its subject.

    Args:
        finder: Finds subjects in text.
        fallback: The entry that answers when no subject is named.
        instead: Subjects that another entry answers.
    """

    finder: SubjectFinder
    fallback: str
    instead: Mapping[str, str]

    def resolve(self, entry_id: str, folded: str) -> str:
        subject = self.finder.find(folded)
        if subject is None:
            return self.fallback
        return self.instead.get(subject, f"{entry_id}:{subject}")


def agreement(entries: Sequence[str], answers: Mapping[str, Sequence[str]]) -> Matrix:
    """[i, j]: the share of the facts wanted from entry j that entry i answers too; one on the diagonal."""
    column = {
        fact: index for index, fact in enumerate(dict.fromkeys(fact for found in answers.values() for fact in found))
    }
    has = np.zeros((len(entries), len(column)), dtype=np.float32)
    for row, entry in zip(has, entries, strict=True):
        row[[column[fact] for fact in answers.get(entry, ())]] = 1
    matrix = np.asarray(has @ has.T / np.maximum(has.sum(axis=1), 1), dtype=np.float32)
    np.fill_diagonal(matrix, 1)
    return matrix


def join_views(meanings: Matrix, letters: Matrix, centre: Vector) -> Matrix:
    """Meaning and letters side by side, one row per text: what the hybrid weights expect."""
    centred = meanings - centre
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    scaled = centred / np.maximum(lengths, 1e-6) * MEANING_WEIGHT
    return np.hstack([scaled, letters]).astype(np.float32)


def _shares(weights: Weights, row: Matrix, sharpness: float) -> Vector:
    shares: Vector = softmax(weights.scores(row) * np.float32(sharpness))[0]
    return shares


def surer(written: Ranking, mended: Ranking) -> Ranking:
    """Of the two readings of a question that was mended the surer one: mending errs as well. What both take it for
    is likelier than either says, and where they differ all of it is less likely. See docs/decisions.md for the odds.
    """
    if not written.candidates or not mended.candidates:
        return mended
    first, second = _surest(written), _surest(mended)
    chosen = written if first.probability > second.probability else mended
    odds = _AGREED_ODDS if first.key == second.key else _DIFFERING_ODDS
    return replace(chosen, candidates=tuple(_times(candidate, odds) for candidate in chosen.candidates))


def _surest(ranking: Ranking) -> Candidate:
    return max(ranking.candidates, key=lambda one: one.probability)


def _times(candidate: Candidate, odds: float) -> Candidate:
    probability = candidate.probability
    return Candidate(candidate.key, odds * probability / (1 + (odds - 1) * probability))


def in_context(ranking: Ranking, favoured: Collection[str]) -> Ranking:
    """The ranking as seen right after a reply: `favoured` entries were `_CONTEXT_ODDS` times as likely beforehand.

    Bayes' rule with the probabilities of being right taken for those of the entries; it leaves 0 and 1 as they are.
    """
    inside = min(1.0, sum(one.probability for one in ranking.candidates if one.entry_id in favoured))
    total = 1 + (_CONTEXT_ODDS - 1) * inside
    seen = [
        Candidate(one.key, min(1.0, one.probability * (_CONTEXT_ODDS if one.entry_id in favoured else 1.0) / total))
        for one in ranking.candidates
    ]
    seen.sort(key=lambda one: -one.probability)
    return replace(ranking, candidates=tuple(seen), far=ranking.far / total, near=ranking.near / total)


def decide(ranking: Ranking, thresholds: Thresholds) -> Outcome:
    """Answer, offer a choice of at most three, or abstain. A wrong answer costs more than a "don't know".

    >>> decide(Ranking((), far=1.0, empty=True), Thresholds(0.6, 0.3, 0.5)).reason.value
    'empty'
    """
    if ranking.empty:
        return Abstention(Reason.EMPTY)
    if not ranking.candidates:
        return Abstention(Reason.NO_MATCH)
    first = ranking.candidates[0]
    # The entry that fits best is the most direct answer; a broader one speaks only when that one is not sure enough.
    best = first if first.probability >= thresholds.answer else _surest(ranking)
    if best.probability >= thresholds.answer:
        return Answer(best)
    return _no_answer(ranking, thresholds, best.probability)


def _no_answer(ranking: Ranking, thresholds: Thresholds, probability: float) -> Choice | Abstention:
    offered = ranking.candidates[:_MOST_CHOICES]
    if ranking.far >= thresholds.leave:
        return Abstention(Reason.COURTESY, group=ranking.group, probability=probability)
    if ranking.near >= thresholds.leave:
        return Abstention(Reason.OUT_OF_SCOPE, offered, ranking.group, probability)
    if sum(candidate.probability for candidate in offered) >= thresholds.choose:
        return Choice(offered)
    return Abstention(Reason.NO_MATCH, offered, ranking.group, probability)


def combine(whole: Outcome, parts: Sequence[tuple[str, Outcome]], *, long: bool) -> Outcome:
    """The outcome of a message from that of the whole and those of its parts, in order.

    Two parts that both end with a question mark and have different answers are two questions: the first is answered,
    the second offered. Of a long message only the last part that can be answered counts: the rest is quoted. Else the
    whole decides, and where it is not clear, the only part that is.
    """
    answers = [(part, outcome.candidate) for part, outcome in parts if isinstance(outcome, Answer)]
    asked = [candidate for part, candidate in answers if is_marked_question(part)]
    if len(asked) > 1 and asked[0].key != asked[1].key:
        return Answer(asked[0], asked[1])
    if long and answers:
        return Answer(answers[-1][1])
    if isinstance(whole, Answer) or len({candidate.key for _, candidate in answers}) != 1:
        return whole
    return Answer(answers[0][1])
