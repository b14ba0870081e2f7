"""Which city or country a question is about, by the names people use in any of our languages."""

from collections.abc import Iterable, Mapping

import regex

from bot.core.text import fold, strip_marks

_SHORT = 3  # characters: "KL" or "JB" count only as whole words
_SPACED = regex.compile(r"[\p{Latin}\p{Tamil}]")


class SubjectFinder:
    """Finds subjects by their names.

    Args:
        names: All spellings of each subject; folded here.
    """

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        self._spellings: dict[str, str] = {}
        for subject, spellings in names.items():
            for spelling in spellings:
                folded = strip_marks(fold(spelling))
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
    """Scripts that put spaces between words must match whole words (a Tamil case ending may follow a long name)."""
    quoted = regex.escape(spelling)
    if not _SPACED.match(spelling) and len(spelling) >= _SHORT:
        return quoted
    tail = r"(?!\p{L})" if regex.match(r"\p{Latin}", spelling) else ""
    return rf"(?<!\p{{L}}){quoted}{tail}"
