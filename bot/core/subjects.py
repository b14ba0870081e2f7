"""Which city or country a question is about, by the names people use in any of our languages."""

from collections.abc import Iterable, Mapping

import regex

from bot.core.text import fold, strip_marks

_SHORT = 3  # characters: a shorter katakana name may be the head of another word
_TAMIL_ENDING = regex.compile(r"[\u0BCD\u0BC1]$")  # pulli and short u give way to a case ending
_EDGES = {"Latin": ("Latin", "Latin"), "Tamil": ("Tamil", None), "Katakana": ("Katakana", "Katakana")}


class SubjectFinder:
    """Finds subjects by their names.

    Args:
        names: All spellings of each subject; folded here.
    """

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        self._spellings: dict[str, str] = {}
        for subject, spellings in names.items():
            for spelling in spellings:
                folded = _stem(strip_marks(fold(spelling)))
                if folded:
                    self._spellings.setdefault(folded, subject)
        self._pattern = _pattern(self._spellings)

    def find(self, folded: str) -> str | None:
        """The first subject named in folded text, longest name first; None when none is named."""
        match = self._pattern.search(strip_marks(folded)) if self._pattern else None
        return self._spellings[match.group()] if match else None


def _pattern(spellings: Iterable[str]) -> "regex.Pattern[str] | None":
    by_length = sorted(spellings, key=len, reverse=True)
    return regex.compile("|".join(_bounded(spelling) for spelling in by_length)) if by_length else None


def _bounded(spelling: str) -> str:
    """Scripts that put spaces between words must match whole words, whatever other script stands beside them (`KLは`).

    A case ending may follow a Tamil name.
    """
    quoted = regex.escape(spelling)
    for script, (before, after) in _EDGES.items():
        if regex.match(rf"\p{{{script}}}", spelling) and (script != "Katakana" or len(spelling) < _SHORT):
            return rf"(?<!\p{{{before}}}){quoted}" + (rf"(?!\p{{{after}}})" if after else "")
    return quoted


def _stem(spelling: str) -> str:
    """A Tamil name as it stands before case endings (`கோலாலம்பூர்`, `கோலாலம்பூரில்`); others as they are."""
    return _TAMIL_ENDING.sub("", spelling)
