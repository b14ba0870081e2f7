"""What differs between two texts of a file, line by line. Pure."""

import difflib
from collections.abc import Iterator, Sequence

import regex

_MOST = 1_000_000  # pairs of lines that are compared; comparing takes longer than their number grows
_CONTEXT = 2  # lines around a change
# Signs that turn a line around, hide or end it: an admin must read what the bot will read. Joiners and zero-width
# spaces are letters of Khmer, Lao, Thai and Burmese, and stay.
_DECEIVING = regex.compile(
    r"[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f--[\n\t]]",
    regex.VERSION1,
)


def changed_lines(before: str, after: str) -> list[str]:
    """As `diff -u` has them, without its head. Where too much differs to compare: all old lines, then all new ones."""
    old, new = before.split("\n"), after.split("\n")
    first = _alike(old, new)
    last = _alike(old[first:][::-1], new[first:][::-1])
    was, now = old[first : len(old) - last], new[first : len(new) - last]
    if len(was) * len(now) > _MOST:
        return [
            f"@@ from line {first + 1}, replaced as a whole @@",
            *(f"-{line}" for line in was),
            *(f"+{line}" for line in now),
        ]
    start, stop = max(0, first - _CONTEXT), last - min(last, _CONTEXT)
    return list(_numbered(old[start : len(old) - stop], new[start : len(new) - stop], start))


def visible(text: str) -> str:
    """Signs that deceive a reader, spelled out.

    >>> visible("a\\u202eb")
    'a<U+202E>b'
    """
    return _DECEIVING.sub(lambda match: f"<U+{ord(match[0]):04X}>", text)


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines from the first on are the same."""
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _numbered(was: Sequence[str], now: Sequence[str], start: int) -> Iterator[str]:
    for group in difflib.SequenceMatcher(None, was, now).get_grouped_opcodes(_CONTEXT):
        yield f"@@ from line {start + group[0][3] + 1} @@"
        for kind, old_from, old_to, new_from, new_to in group:
            if kind == "equal":
                yield from (f" {line}" for line in was[old_from:old_to])
                continue
            yield from (f"-{line}" for line in was[old_from:old_to])
            yield from (f"+{line}" for line in now[new_from:new_to])
