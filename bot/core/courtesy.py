"""Leaves out what people put around a question: greetings, apologies, "may I ask", thanks."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import regex

from bot.core.text import fold, has_letters

# Scripts that put spaces between words: a piece must not end inside one. Elsewhere it must not end inside a letter.
_INSIDE = r"[\p{Latin}\p{Tamil}\p{M}\p{N}]"
_SPACED = regex.compile(r"[\p{Latin}\p{Tamil}\p{M}\p{N}]")

_LEAST = 8  # bytes of UTF-8: two or three letters of most scripts ask nothing by themselves ("hello there")


class Courtesy:
    """Strips pieces of courtesy from folded text.

    Args:
        pieces: In any language; folded here.
    """

    def __init__(self, pieces: Iterable[str]) -> None:
        folded = {fold(piece) for piece in pieces} - {""}
        ordered = sorted(folded, key=lambda piece: (-len(piece), piece))
        self._before = regex.compile(rf"(?:(?:{'|'.join(map(_before, ordered))}) ?)+") if ordered else None
        self._after: dict[str, list[str]] = defaultdict(list)  # pieces by their last character
        for piece in ordered:
            self._after[piece[-1]].append(piece)

    def strip(self, folded: str) -> str:
        """What is left between the pieces at both ends; the text itself when that is hardly anything."""
        before = self._before.match(folded) if self._before else None
        rest = folded[before.end() :] if before else folded
        rest = rest[: self._end(rest)].strip()
        return rest if has_letters(rest) and len(rest.encode()) >= _LEAST else folded

    def _end(self, text: str) -> int:
        """Where the pieces at the end begin, in the way that leaves out most.

        Not a pattern: pieces that are made of other pieces ("hello", "all", "hello all") can be told apart in 2^n ways,
        and a pattern that has to end at the end tries each of them.
        """
        reached = {len(text)}
        waiting = [len(text)]
        while waiting:
            new = set(self._starts(text, waiting.pop())) - reached
            reached |= new
            waiting += new
        return min(reached)

    def _starts(self, text: str, end: int) -> Iterator[int]:
        """Where pieces that end at `end` begin, and the spaces before them."""
        for piece in self._after.get(text[end - 1 : end], ()):
            start = end - len(piece)
            if text.endswith(piece, 0, end) and not (
                _SPACED.match(piece[0]) and start and _SPACED.match(text[start - 1])
            ):
                yield start
                if text.endswith(" ", 0, start):
                    yield start - 1


def _before(piece: str) -> str:
    return regex.escape(piece) + (rf"(?!{_INSIDE})" if _SPACED.match(piece[-1]) else r"(?!\p{M})")
