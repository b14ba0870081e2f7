"""Leaves out what people put around a question: greetings, apologies, "may I ask", thanks."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

import regex

from bot.core.text import fold, has_letters

# Scripts that put spaces between words: a piece must not end inside one. Elsewhere it must not end inside a letter.
_SPACED = regex.compile(r"[\p{Latin}\p{Tamil}\p{M}\p{N}]")
_MARK = regex.compile(r"\p{M}")

_LEAST = 8  # bytes of UTF-8: two or three letters of most scripts ask nothing by themselves ("hello there")


class Courtesy:
    """Strips pieces of courtesy from folded text.

    No pattern: pieces that are made of other pieces ("hello", "all", "hello all") can be told apart in 2^n ways, and a
    pattern may try each; and one of two thousand pieces takes a third of a second to compile.

    Args:
        pieces: In any language; folded here.
    """

    def __init__(self, pieces: Iterable[str]) -> None:
        self._by_first: dict[str, list[str]] = defaultdict(list)
        self._by_last: dict[str, list[str]] = defaultdict(list)
        for piece in sorted({fold(piece) for piece in pieces} - {""}):
            self._by_first[piece[0]].append(piece)
            self._by_last[piece[-1]].append(piece)

    def strip(self, folded: str) -> str:
        """What is left between the pieces at both ends; the text itself when that is hardly anything."""
        rest = folded[max(_reached(0, lambda at: self._ends(folded, at))) :]
        rest = rest[: min(_reached(len(rest), lambda at: self._starts(rest, at)))].strip()
        return rest if has_letters(rest) and len(rest.encode()) >= _LEAST else folded

    def _ends(self, text: str, start: int) -> Iterator[int]:
        """Where pieces that begin at `start` end, and the spaces behind them."""
        for piece in self._by_first.get(text[start : start + 1], ()):
            end = start + len(piece)
            if text.startswith(piece, start) and not _is_inside(piece[-1], text[end : end + 1]):
                yield end
                if text.startswith(" ", end):
                    yield end + 1

    def _starts(self, text: str, end: int) -> Iterator[int]:
        """Where pieces that end at `end` begin, and the spaces before them."""
        for piece in self._by_last.get(text[end - 1 : end], ()):
            start = end - len(piece)
            if text.endswith(piece, 0, end) and not (
                _SPACED.match(piece[0]) and start and _SPACED.match(text[start - 1])
            ):
                yield start
                if text.endswith(" ", 0, start):
                    yield start - 1


def _reached(at: int, steps: Callable[[int], Iterable[int]]) -> set[int]:
    """All places that steps from `at` lead to, itself included."""
    reached, waiting = {at}, [at]
    while waiting:
        new = set(steps(waiting.pop())) - reached
        reached |= new
        waiting += new
    return reached


def _is_inside(last: str, following: str) -> bool:
    """True when a piece with this last character ends in the middle of something."""
    return bool((_SPACED if _SPACED.match(last) else _MARK).match(following))
