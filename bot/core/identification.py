"""Which language a short message is in: a probability for each of ours, never a gate.

Script decides where it can. Within Latin script (Vietnamese without marks, romanised Thai and Japanese included) and
between Chinese and Japanese in Han characters, a small n-gram model trained on our own samples and phrasings decides.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import regex

from bot.core.classifier import Weights, softmax
from bot.core.features import Vector
from bot.core.locales import CLEAR
from bot.core.text import character_ngrams, words

DIMENSION = 16_384
_SHORTEST, _LONGEST = 1, 4
_SCRIPTS = {
    "th": regex.compile(r"\p{Thai}"),
    "lo": regex.compile(r"\p{Lao}"),
    "km": regex.compile(r"\p{Khmer}"),
    "my": regex.compile(r"\p{Myanmar}"),
    "ta": regex.compile(r"\p{Tamil}"),
    "ja": regex.compile(r"[\p{Hiragana}\p{Katakana}ー]"),
    "zh": regex.compile(r"\p{Han}"),
}
# Languages with a script of their own are seldom written in Latin letters, though their speakers often drop English
# words ("wifi password?") into a conversation: those words alone must not decide for them. What could be English among
# people who all use it mostly is.
_IN_LATIN = {**dict.fromkeys(("th", "lo", "km", "my", "ta", "ja", "zh"), 0.03), "en": 2.0}
_LATIN = regex.compile(r"\p{Latin}")
# Names of programmes and places in a question are often Latin and long; few write a foreign script into Latin text.
_SCRIPT_WEIGHT = 8


@dataclass(frozen=True, slots=True)
class LanguageIdentifier:
    """`languages` are the columns of `weights`; `weights` scores hashed n-grams (see `letter_features`)."""

    languages: tuple[str, ...]
    weights: Weights

    def identify(self, text: str, folded: str) -> Mapping[str, float]:
        """A probability per language, summing to one; empty when there are no letters. `text` is the original."""
        by_script = {tag: len(script.findall(folded)) for tag, script in _SCRIPTS.items()}
        latin = len(_LATIN.findall(folded))
        if by_script["ja"]:
            by_script["ja"] += by_script.pop("zh")
        best = max(by_script, key=lambda tag: by_script[tag])
        if by_script[best] * _SCRIPT_WEIGHT < max(latin, 1):
            shares = self._by_letters(folded, self.languages) if latin else {}
            # A long English name in a short question: unclear letters beside another script leave it to the script.
            if not by_script[best] or max(shares.values()) >= CLEAR:
                return shares
        if best == "zh":
            return self._by_letters(_HAN_ONLY.sub(" ", folded), ("zh", "ja"))
        return {best: 1.0}

    def _by_letters(self, folded: str, among: Sequence[str]) -> dict[str, float]:
        scores = self.weights.scores(letter_features(folded)[None])[0]
        chosen = [self.languages.index(tag) for tag in among if tag in self.languages]
        prior = np.array(
            [_IN_LATIN.get(self.languages[index], 1.0) if among is self.languages else 1.0 for index in chosen]
        )
        shares = softmax((scores[chosen] + np.log(prior))[None])[0]
        return {self.languages[index]: float(share) for index, share in zip(chosen, shares, strict=True)}


_HAN_ONLY = regex.compile(r"[^\p{Han}]+")


def letter_features(folded: str) -> Vector:
    """Hashed counts of n-grams and words with their diacritics, unit length; zero for empty text."""
    result = np.zeros(DIMENSION, dtype=np.float32)
    grams = [*character_ngrams(folded, _SHORTEST, _LONGEST), *(f"w{word}" for word in words(folded))]
    for gram in grams:
        result[zlib.crc32(gram.encode()) % DIMENSION] += 1
    np.log1p(result, out=result)
    length = np.linalg.norm(result)
    return result / length if length else result
