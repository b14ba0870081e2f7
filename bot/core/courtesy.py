"""Leaves out what people put around a question: greetings, apologies, "may I ask", thanks."""

from collections.abc import Iterable

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
        self._after = regex.compile(rf"(?: ?(?:{'|'.join(map(_after, ordered))}))+$") if ordered else None

    def strip(self, folded: str) -> str:
        """What is left between the pieces at both ends; the text itself when that is hardly anything."""
        if self._before is None or self._after is None:
            return folded
        before = self._before.match(folded)
        rest = folded[before.end() :] if before else folded
        after = self._after.search(rest)
        rest = rest[: after.start()] if after else rest
        rest = rest.strip()
        return rest if has_letters(rest) and len(rest.encode()) >= _LEAST else folded


def _before(piece: str) -> str:
    return regex.escape(piece) + (rf"(?!{_INSIDE})" if _SPACED.match(piece[-1]) else r"(?!\p{M})")


def _after(piece: str) -> str:
    return (rf"(?<!{_INSIDE})" if _SPACED.match(piece[0]) else "") + regex.escape(piece)
