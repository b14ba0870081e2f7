"""Counts which characters follow which in our phrasings: what `bot.core.spelling` mends mistyped questions by."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.content.training_set import Example
from bot.core.spelling import ORDER, STEP, LetterStatistics
from bot.core.text import is_latin, strip_marks

_NOT_LANGUAGE = "far.gibberish"
_MARKED = "vi"  # here a line without any diacritic was typed without them, and would teach that they may be missing
_EDGE = " "
_FOLLOWERS = 16  # kept after one or two characters
_RARE = 1e-6  # probability of a character never seen

Counts = Mapping[str, int]


def letter_statistics(examples: Iterable[Example]) -> LetterStatistics:
    """From texts of all labels. The longest n-grams seen only once are left out."""
    counts = _counted(_spelt_well(examples))
    costs, backoffs = _witten_bell(counts)
    keys = {crc32(gram.encode()): gram for gram in costs}  # a few of a million share a key: it hardly matters which
    grams = [keys[key] for key in sorted(keys)]
    return LetterStatistics(
        grams=np.array(sorted(keys), dtype=np.uint32),
        costs=_quantised(costs[gram] for gram in grams),
        backoffs=_quantised(backoffs.get(gram, 0.0) for gram in grams),
        followers=_followers(counts),
    )


def _spelt_well(examples: Iterable[Example]) -> set[str]:
    """The texts without gibberish and copies that lack diacritics."""
    texts = {example.text: example.locale for example in examples if example.label != _NOT_LANGUAGE}
    copies = {strip_marks(text) for text in texts if strip_marks(text) != text}
    return {text for text, tag in texts.items() if text not in copies and not (tag == _MARKED and _is_bare(text))}


def _is_bare(text: str) -> bool:
    return is_latin(text) and strip_marks(text) == text


def _counted(texts: Iterable[str]) -> list[Counter[str]]:
    """n-grams by their length less one, edges of a text marked."""
    counts: list[Counter[str]] = [Counter() for _ in range(ORDER)]
    for text in sorted(texts):
        padded = f"{_EDGE}{text}{_EDGE}"
        for size, seen in enumerate(counts, 1):
            seen.update(padded[start : start + size] for start in range(len(padded) - size + 1))
    counts[-1] = Counter({gram: count for gram, count in counts[-1].items() if count > 1})
    return counts


def _witten_bell(counts: Sequence[Counter[str]]) -> tuple[dict[str, float], dict[str, float]]:
    """Nats of each n-gram's last character after the others, and of leaving out the first one of a context."""
    total = counts[0].total() + len(counts[0])
    probability = {letter: count / total for letter, count in counts[0].items()}
    backoffs: dict[str, float] = {}
    for seen in counts[1:]:
        after, kinds = _contexts(seen)
        for context, kind in kinds.items():
            backoffs[context] = -math.log(kind / (after[context] + kind))
        for gram, count in seen.items():
            context = gram[:-1]
            shorter = probability.get(gram[1:], _RARE)  # kept: whatever contains an n-gram kept was seen as often
            whole = after[context] + kinds[context]
            probability[gram] = (count + kinds[context] * shorter) / whole
    return {gram: -math.log(share) for gram, share in probability.items()}, backoffs


def _contexts(seen: Counts) -> tuple[Counter[str], Counter[str]]:
    """How often each context occurs, and with how many different characters after it."""
    after: Counter[str] = Counter()
    for gram, count in seen.items():
        after[gram[:-1]] += count
    return after, Counter(gram[:-1] for gram in seen)


def _followers(counts: Sequence[Counter[str]]) -> dict[str, str]:
    found = {"": "".join(sorted(counts[0]))}
    for seen in counts[1:3]:
        for gram, _ in sorted(seen.items(), key=lambda item: (-item[1], item[0])):
            known = found.get(gram[:-1], "")
            if len(known) < _FOLLOWERS:
                found[gram[:-1]] = known + gram[-1]
    return found


def _quantised(nats: Iterable[float]) -> NDArray[np.uint8]:
    return np.array([min(255, round(value / STEP)) for value in nats], dtype=np.uint8)
