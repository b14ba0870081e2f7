"""Text as numbers: a hashed bag of character n-grams and words, squeezed into a fixed number of dimensions.

Each n-gram is spread over a few signed dimensions (a count sketch: Charikar, Chen, Farach-Colton 2002), so that dot
products
of sketches are, on average, those of the full n-gram vectors. No vocabulary has to be kept, and every script is equal.
"""

import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.core.text import character_ngrams, strip_marks, words

DIMENSION = 2048
_BITS = 11  # log2 of DIMENSION
_SPREAD = 4  # dimensions per n-gram: more is a truer sketch, at linear cost
_BUCKETS = 1 << 16  # document frequencies are counted per bucket of hashes
_SHORTEST, _LONGEST = 1, 5
# Odd 32-bit constants (Knuth's multiplicative hashing, golden ratio and primes) give independent hashes from one CRC.
_INDEX_FACTORS = np.array([2654435761, 2246822519, 3266489917, 668265263], dtype=np.uint64)
_SIGN_FACTORS = np.array([374761393, 2869860233, 3550635116 | 1, 1103515245], dtype=np.uint64)
_MASK = np.uint64(0xFFFFFFFF)

Vector = NDArray[np.float32]
Matrix = NDArray[np.float32]


def ngram_counts(folded: str) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
    """CRC-32 of every n-gram and word of folded text (diacritics of Latin letters dropped), and how often each
    occurs.
    """
    plain = strip_marks(folded)
    grams = Counter(character_ngrams(plain, _SHORTEST, _LONGEST))
    grams.update(f"w{word}" for word in words(plain))
    hashes = np.fromiter((zlib.crc32(gram.encode()) for gram in grams), dtype=np.uint64, count=len(grams))
    return hashes, np.fromiter(grams.values(), dtype=np.float32, count=len(grams))


def document_frequencies(texts: Sequence[str]) -> Vector:
    """Smoothed inverse document frequency per hash bucket."""
    seen = np.zeros(_BUCKETS, dtype=np.float32)
    for text in texts:
        hashes, _ = ngram_counts(text)
        seen[np.unique(hashes % np.uint64(_BUCKETS))] += 1
    return (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)


def sketch(folded: str, idf: Vector) -> Vector:
    """A unit-length vector of `DIMENSION` numbers; zero for empty text."""
    result = np.zeros(DIMENSION, dtype=np.float32)
    hashes, counts = ngram_counts(folded)
    if not len(hashes):
        return result
    weights = (1 + np.log(counts)) * idf[hashes % np.uint64(_BUCKETS)]
    weights /= np.linalg.norm(weights)
    mixed = (hashes[:, None] * _INDEX_FACTORS) & _MASK
    signs = 1.0 - 2.0 * (((hashes[:, None] * _SIGN_FACTORS) & _MASK) >> np.uint64(31)).astype(np.float32)
    np.add.at(result, (mixed >> np.uint64(32 - _BITS)).ravel(), (signs * weights[:, None]).ravel())
    length = np.linalg.norm(result)
    return result / length if length else result


def sketches(texts: Sequence[str], idf: Vector) -> Matrix:
    """One row per text."""
    rows = np.zeros((len(texts), DIMENSION), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        row[:] = sketch(text, idf)
    return rows
