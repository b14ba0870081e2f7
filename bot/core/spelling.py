"""Mends what was mistyped before it is read: letters, dropped marks, spaces too many or missing, in every script.

A noisy channel over characters (Shannon 1948; Kernighan, Church, Gale 1990): statistics of our own phrasings tell how
surprising each letter is after those before it; where a text surprises, the cheapest edits that make it familiar are
found by beam search. No list of words is needed, so scripts without spaces are equal. Digits are never touched: 2023
and 2024 are two questions. All costs are in nats.
"""

import functools
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import regex
from numpy.typing import NDArray

from bot.core.text import has_latin, strip_marks

ORDER = 5  # characters of the longest n-gram; 6 and 7 mended no more
STEP = 1 / 12  # nats a unit of the quantised numbers
_UNKNOWN = 13.8  # a character never seen: one in a million
_SURPRISE = 5.0  # where a character costs more, something is wrong with it or with those around it
_BEFORE, _AFTER = 3, 1
_BEAM = 8  # 12 mended a little more in four times the time
_HOPELESS = 8.0  # behind the cheapest reading
_TRIED = 10  # characters tried in each place
_FOREIGN = 4  # one of so many characters never seen
_LONGEST = 200  # characters; beyond, text is pasted rather than typed, and the search takes too long
# Chosen on held-out phrasings with made-up errors, where those without errors changed least. A character replaced or
# too many costs its own information on top: a rare one is seldom hit by chance.
_REPLACED, _REMARKED, _MISSING, _TOO_MANY, _DOUBLED, _SWAPPED, _SPACED, _TONED = 7.0, 6.0, 6.0, 4.0, 8.0, 7.0, 5.0, 2.5
_UNMARKED = 0.5  # who types without diacritics leaves all of them out
# Tone marks, vowel killers and the like of Thai, Lao, Khmer, Burmese and Tamil: the first to go when typing in haste.
_TONE = regex.compile("[\u0e48-\u0e4c\u0ec8-\u0ecd\u17c9-\u17d1\u1037-\u103a\u0bcd]")
# A character, by which a mended text must be more familiar. Less is one small error in a long question, which retrieval
# bears, or talk of something else with a word changed into one of ours.
_WORTH = 0.3
_EDGE = " "

Reading = tuple[float, str]  # what it costs, and what has been read so far, after an edge


@dataclass(frozen=True, slots=True)
class LetterStatistics:
    """Which characters follow which: an interpolated Witten-Bell model, quantised.

    Args:
        grams: CRC-32 of each n-gram's UTF-8, ascending.
        costs: Information of the last character of that n-gram after the others, in `STEP` nats.
        backoffs: What one character of context less costs after that n-gram, in `STEP` nats.
        followers: The likeliest characters after one or two others, likeliest first; all characters after "".
    """

    grams: NDArray[np.uint32]
    costs: NDArray[np.uint8]
    backoffs: NDArray[np.uint8]
    followers: Mapping[str, str]


class Spelling:
    """Mends folded text; safe to use from several threads at once."""

    def __init__(self, statistics: LetterStatistics) -> None:
        # Views give Python's own numbers, which `bisect` compares 500 times as fast as numpy's.
        self._grams = np.ascontiguousarray(statistics.grams).data
        self._costs = np.ascontiguousarray(statistics.costs).data
        self._backoffs = np.ascontiguousarray(statistics.backoffs).data
        self._followers = statistics.followers
        self._marked = _marked_letters(statistics.followers.get("", ""))

    def mend(self, folded: str) -> str:
        """Folded text with what looks mistyped put right; familiar, foreign and long text comes back unchanged."""
        if not folded or len(folded) > _LONGEST:
            return folded
        if self._is_foreign(folded):
            return folded
        marked = self._with_diacritics(folded) if has_latin(folded) and strip_marks(folded) == folded else folded
        open_at = self._surprising(marked)
        mended = _Search(self, marked, open_at).best() if open_at else marked
        return mended if mended and self._information(folded) - self._information(mended) > _WORTH else folded

    def cost(self, context: str, character: str) -> float:
        """The information of a character after (at most `ORDER` - 1) others."""
        context, paid = context[1 - ORDER :], 0
        while True:
            known = self._find(context + character)
            if known is not None:
                return (paid + self._costs[known]) * STEP
            if not context:
                return paid * STEP + _UNKNOWN
            shorter = self._find(context)
            paid += self._backoffs[shorter] if shorter is not None else 0
            context = context[1:]

    def likely(self, context: str) -> Iterable[str]:
        """Characters worth trying after `context`."""
        close = self._followers.get(context[-2:], "")[:_TRIED]
        if len(close) == _TRIED:
            return close
        return list(dict.fromkeys(close + self._followers.get(context[-1:], "")))[:_TRIED]

    def _find(self, gram: str) -> int | None:
        key = crc32(gram.encode())
        place = bisect_left(self._grams, key)
        return place if place < len(self._grams) and self._grams[place] == key else None

    def _is_foreign(self, folded: str) -> bool:
        """In a script that our phrasings are not in."""
        strange = sum(self._find(character) is None for character in folded)
        return strange * _FOREIGN > len(folded)

    def _surprising(self, folded: str) -> frozenset[int]:
        """Where edits are allowed."""
        padded = f"{_EDGE}{folded}{_EDGE}"
        places = (place for place in range(len(folded) + 1) if self._is_surprising(padded, place + 1))
        return frozenset(near for place in places for near in range(place - _BEFORE, place + _AFTER + 1))

    def _information(self, folded: str) -> float:
        """Mean over its characters."""
        padded = f"{_EDGE}{folded}{_EDGE}"
        places = range(1, len(padded))
        return sum(self.cost(padded[max(0, at - ORDER + 1) : at], padded[at]) for at in places) / len(places)

    def _is_surprising(self, padded: str, place: int) -> bool:
        return self.cost(padded[max(0, place - ORDER + 1) : place], padded[place]) > _SURPRISE

    def _with_diacritics(self, folded: str) -> str:
        """Latin text that has no diacritics with those that it would have, which are none in most languages."""
        readings: Iterable[Reading] = [(0.0, _EDGE)]
        for letter in folded + _EDGE:
            found: dict[str, Reading] = {}
            for cost, read in readings:
                for variant in letter + self._marked.get(letter, ""):
                    extra = 0.0 if variant == letter else _UNMARKED
                    _keep(found, (cost + extra + self.cost(read, variant), read + variant))
            readings = _best(found, 2 * _BEAM)
        return min(readings)[1].strip()


class _Search:
    """One text being read: the best readings of its beginnings."""

    def __init__(self, spelling: Spelling, text: str, open_at: frozenset[int]) -> None:
        self._text = text
        self._open_at = open_at
        self._cost = functools.cache(spelling.cost)
        self._likely = functools.cache(spelling.likely)
        self._found: list[dict[str, Reading]] = [{} for _ in range(len(text) + 1)]  # by what follows depends on

    def best(self) -> str:
        _keep(self._found[0], (0.0, _EDGE))
        for place, character in enumerate(self._text):
            for reading in self._cheapest(place):
                self._read(place + 1, reading, character)
                if place in self._open_at and not character.isdigit():
                    self._mend(place, reading, character)
        ends = ((cost + self._after(read, _EDGE), read) for cost, read in self._cheapest(len(self._text)))
        return " ".join(min(ends)[1].split())  # folded: ASCII spaces only

    def _cheapest(self, place: int) -> list[Reading]:
        readings = _best(self._found[place], _BEAM)
        return self._with_missing(readings) if place in self._open_at else readings

    def _with_missing(self, readings: list[Reading]) -> list[Reading]:
        """Readings with up to two characters more that were left out here."""
        for _ in range(2):
            found: dict[str, Reading] = {}
            for cost, read in readings:
                _keep(found, (cost, read))
                for one in self._likely(read[-2:]):
                    _keep(found, (cost + _missing(one) + self._after(read, one), read + one))
            readings = _best(found, _BEAM)
        return readings

    def _mend(self, place: int, reading: Reading, character: str) -> None:
        """Readings in which the character here is not what was meant."""
        cost, read = reading
        too_many = _SPACED if character == " " else _TOO_MANY + self._cost("", character)
        _keep(self._found[place + 1], (cost + too_many, read))
        for size in (1, 2):
            doubled = self._text[place : place + size]
            if self._text.startswith(doubled, place + size) and not any(map(str.isdigit, doubled)):
                _keep(self._found[place + size], (cost + _DOUBLED, read))
        if character == " ":
            return
        for other in self._likely(read[-2:]):
            if other not in (character, " ") and not other.isdigit():
                self._read(place + 1, (cost + self._replaced(character, other), read), other)
        following = self._text[place + 1 : place + 2]
        if following not in ("", character) and not following.isdigit():
            self._read(place + 2, (cost + _SWAPPED, read), following + character)

    def _read(self, place: int, reading: Reading, characters: str) -> None:
        cost, read = reading
        for character in characters:
            cost, read = cost + self._after(read, character), read + character
        _keep(self._found[place], (cost, read))

    def _after(self, read: str, character: str) -> float:
        return self._cost(read[1 - ORDER :], character)

    def _replaced(self, character: str, other: str) -> float:
        if _bare(character) == _bare(other):
            return _REMARKED
        return _REPLACED + self._cost("", character)


def _keep(found: dict[str, Reading], reading: Reading) -> None:
    """Of readings that end alike, only the cheapest can win."""
    end = reading[1][1 - ORDER :]
    if end not in found or reading < found[end]:
        found[end] = reading


def _best(found: Mapping[str, Reading], most: int) -> list[Reading]:
    """Cheapest first, without those that are too far behind to win."""
    readings = sorted(found.values())[:most]
    return [reading for reading in readings if reading[0] <= readings[0][0] + _HOPELESS]


def _missing(character: str) -> float:
    if character.isdigit():
        return float("inf")
    if character == " ":
        return _SPACED
    return _TONED if _TONE.match(character) else _MISSING


@functools.cache
def _bare(character: str) -> str:
    """A letter without its diacritic; `đ` has none to take off by Unicode's account."""
    return unicodedata.normalize("NFD", strip_marks(character))[0]


def _marked_letters(characters: str) -> dict[str, str]:
    """The letters with a diacritic for each plain one."""
    marked: dict[str, str] = {}
    for character in characters:
        plain = strip_marks(character)
        if plain != character:
            marked[plain] = marked.get(plain, "") + character
    return marked
