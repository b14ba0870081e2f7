"""The only place where user text is normalised or cut into pieces.

`regex` with `\\p{...}` and `\\X` throughout: Python's own `\\w` cuts Thai, Lao, Khmer, Burmese and Tamil words at
every vowel sign.
"""

import unicodedata
from collections.abc import Iterator

import regex

from bot.core.burmese import to_unicode

MAX_LENGTH = 2_000  # characters read of a question; Discord's own limit for a message without Nitro
# Variation selectors and the keycap are marks by category, but no part of any word: emoji leave them behind.
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Cc}\p{Variation_Selector}\u20e3--[\t\n\r]]", regex.VERSION1)
_URL = regex.compile(r"(?:https?://|www\.)\S+|<[@#:/][^>]{1,100}>", regex.IGNORECASE)
_NOT_TEXT = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
_MARKS = regex.compile(r"\p{Mn}+")
_LATIN = regex.compile(r"\p{Latin}")
_LATIN_ONLY = regex.compile(r"(?=.*\p{Latin})[\p{Latin}\p{M}\p{N} ]+")
_LETTER = regex.compile(r"\p{L}")
_GRAPHEME = regex.compile(r"\X")
_REPEATED_MARK = regex.compile(r"(\p{Mn})\1+")
_PILED_MARKS = regex.compile(r"(\p{Mn}{4})\p{Mn}+")
_LONG_RUN = regex.compile(r"(\p{L}\p{M}*)\1{3,}")
_QUOTED_LINE = regex.compile(r"^\s*>.*$", regex.MULTILINE)
_EDGE = " "
# After the marks that end a sentence in any of our scripts, after a closing quotation mark, and at line ends. A full
# stop of Latin script only after two letters and before a space: not in "3.5".
_SENTENCE_END = regex.compile(r"(?<=[?？!！。។៕။”」』»])\s*|(?<=\p{L}{2}[.…]|\")\s+|\s*\n\s*")
_UNPRINTABLE = regex.compile(r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]")
_DIRECTION = regex.compile(r"[\u202a-\u202e\u2066-\u2069]")
_SPACES = regex.compile(r"\s+")
_QUESTION_MARK = regex.compile(r"[?？]\W*$")


def fold(text: str) -> str:
    """Text as it is compared: NFKC, casefolded, no invisible characters, links or quoted lines, one space between
    words.

    Zero-width spaces (Khmer, Lao) and joiners vanish; zalgo is cut to what a script can need.
    """
    text = unicodedata.normalize("NFKC", to_unicode(text[: 4 * MAX_LENGTH]))
    unquoted = _QUOTED_LINE.sub(" ", text)
    text = unquoted if _LETTER.search(unquoted) else text
    text = _INVISIBLE.sub("", _URL.sub(" ", text))
    text = _PILED_MARKS.sub(r"\1", _REPEATED_MARK.sub(r"\1", text.casefold()))
    text = _LONG_RUN.sub(r"\1\1", text)
    return _NOT_TEXT.sub(" ", text)[:MAX_LENGTH].strip()


def split_questions(text: str) -> tuple[str, ...]:
    """The parts of a message that may each be a question: sentences, lines, what follows a quotation.

    >>> split_questions("Hello! Where was it held? ใครเป็นเจ้าภาพ?")
    ('Hello!', 'Where was it held?', 'ใครเป็นเจ้าภาพ?')
    """
    parts = (part.strip() for part in _SENTENCE_END.split(text[: 4 * MAX_LENGTH]))
    return tuple(part for part in parts if _LETTER.search(part))


def is_marked_question(part: str) -> bool:
    """It ends with a question mark."""
    return bool(_QUESTION_MARK.search(part))


def strip_marks(text: str) -> str:
    """Latin letters without diacritics (`đô thị` becomes `do thi`); other scripts keep theirs, they are vowels
    there.
    """
    if text.isascii() or not _LATIN.search(text):
        return text
    pieces = (_strip_letter(cluster) for cluster in _GRAPHEME.findall(text))
    return "".join(pieces).replace("đ", "d").replace("Đ", "D")


def _strip_letter(cluster: str) -> str:
    if not _LATIN.match(cluster):
        return cluster
    return _MARKS.sub("", unicodedata.normalize("NFD", cluster))


def bare_letters(text: str) -> str:
    """Letters and digits alone, without case or any mark, in every script: what a copy of a text keeps however it is
    typed. The same for a text and for what `fold` makes of it; a fraction of the work, for many short texts.
    """
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold())).replace("đ", "d")


def has_letters(text: str) -> bool:
    return bool(_LETTER.search(text))


def has_latin(text: str) -> bool:
    return bool(_LATIN.search(text))


def is_latin(folded: str) -> bool:
    """True when folded text has letters, all of them Latin."""
    return bool(_LATIN_ONLY.fullmatch(folded))


def character_ngrams(folded: str, shortest: int, longest: int) -> Iterator[str]:
    """Character n-grams of each word with its edges marked; text without spaces is one long word."""
    for word in folded.split():  # fold() leaves ASCII spaces only, so split() is exact here in every script
        padded = f"{_EDGE}{word}{_EDGE}"
        for size in range(shortest, longest + 1):
            yield from (padded[start : start + size] for start in range(len(padded) - size + 1))


def words(folded: str) -> list[str]:
    """Space-separated pieces of folded text: words in some scripts, whole phrases in others."""
    return folded.split()


def one_line(text: str) -> str:
    """Without line breaks and invisible characters, for a place that has a single line; joiners of words stay."""
    return _SPACES.sub(" ", _UNPRINTABLE.sub(" ", text)).strip()


def without_directions(text: str) -> str:
    """Without the invisible signs that make text run backwards; none of our languages needs them."""
    return _DIRECTION.sub("", text)


def legible(text: str) -> str:
    """Somebody's text on one line, with no more marks on a letter than a script needs: it stays in its line and its
    direction.
    """
    return _PILED_MARKS.sub(r"\1", one_line(text))


def graphemes(text: str) -> list[str]:
    """User-perceived characters (UAX #29): what may never be cut apart."""
    return _GRAPHEME.findall(text)


def split_message(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit` UTF-16 code units (how Discord counts), cut at line ends, else spaces, else
    graphemes.
    """
    pieces: list[str] = []
    rest = text.strip()
    while rest:
        # One monstrous grapheme: cutting it beats looping for ever. A character takes at most two units.
        head = _head(rest, limit) or rest[: max(1, limit // 2)]
        if len(head) < len(rest):
            cut = max(head.rfind("\n"), head.rfind(" "))
            head = head[:cut] if cut > len(head) // 2 else head
        pieces.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return pieces


def truncate(text: str, limit: int) -> str:
    """At most `limit` UTF-16 code units, ending in `…` when cut, never inside a grapheme."""
    if utf16_length(text) <= limit:
        return text
    return _head(text, limit - 1).rstrip() + "…"


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _head(text: str, limit: int) -> str:
    if utf16_length(text) <= limit:
        return text  # nearly always, and finding graphemes takes a millisecond for each reply
    size, kept = 0, []
    for cluster in _GRAPHEME.finditer(text):
        size += utf16_length(cluster.group())
        if size > limit:
            break
        kept.append(cluster.group())
    return "".join(kept)
