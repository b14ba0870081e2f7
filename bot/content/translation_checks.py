"""What a careful reviewer would check by hand in every translation, each finding with path and line.

The rules of each language stand as data at the top. Only current translations are checked: nobody sees the others.
"""

import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import regex
import yaml
from babel.dates import get_month_names

from bot.content.catalog_files import DOMAINS, UI, catalog_path, is_current, placeholder_problem, translated_locales
from bot.content.extraction import interface_english, knowledge_english
from bot.content.po_file import PoFile, read_po
from bot.content.yaml_reader import Document, read_yaml
from bot.core.catalog import PLACEHOLDER
from bot.core.errors import Problem
from bot.core.knowledge import Knowledge
from bot.core.locales import LANGUAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageRules:
    """How a language is written.

    Args:
        letters: A pattern for one letter of its script.
        spaced: Words stand between spaces, so a word that stands twice can be seen.
        full_stops: What a statement may end with; empty when statements end with nothing.
        shortest: Least length of a translation in English lengths.
        reduplicated: Words that rightly stand twice.
        break_marks: A zero-width space between words is part of its spelling.
    """

    letters: str = r"\p{Latin}"
    spaced: bool = True
    full_stops: str = "."
    shortest: float = 0.3
    reduplicated: frozenset[str] = frozenset()
    break_marks: bool = False


RULES: Mapping[str, LanguageRules] = {
    "id": LanguageRules(),
    "ms": LanguageRules(),
    "fil": LanguageRules(),
    "pt": LanguageRules(),
    "vi": LanguageRules(reduplicated=frozenset({"luôn", "ngày", "dần", "từ", "mãi", "hằng"})),
    "ta": LanguageRules(letters=r"\p{Tamil}", reduplicated=frozenset({"வேறு", "தனி", "சிறு", "பல"})),
    "th": LanguageRules(letters=r"\p{Thai}", spaced=False, full_stops="", break_marks=True),
    "lo": LanguageRules(letters=r"\p{Lao}", spaced=False, full_stops="", break_marks=True),
    "km": LanguageRules(letters=r"\p{Khmer}", spaced=False, full_stops="។៕", break_marks=True),
    "my": LanguageRules(letters=r"\p{Myanmar}", spaced=False, full_stops="။", break_marks=True),
    "zh": LanguageRules(letters=r"\p{Han}", spaced=False, full_stops="。", shortest=0.15),
    "ja": LanguageRules(letters=r"[\p{Hiragana}\p{Katakana}\p{Han}ー]", spaced=False, full_stops="。", shortest=0.15),
}
LONGEST = 3.0  # greatest length of a translation in English lengths
# Most characters of a text, by context: Discord refuses longer choices, buttons and descriptions.
LIMITS: Mapping[str, int] = {
    r".*\|(question|topic)": 100,
    r"button\..*|choice\.none|feedback\.(yes|no)": 80,
    r"command\..*|language\.none|summary\.(line|paragraph|page)": 100,
}
_SENTENCE = 40  # characters from which a text is more than a name
_MEASURABLE = 20  # characters of English from which lengths can be compared
_LEFTOVER_WORDS = 6  # consecutive English words that are no longer a name
_LEFTOVER_PLAIN = 3  # of them neither capitalised nor such as names contain
_IN_NAMES = frozenset({"of", "the", "and", "for", "in", "on", "to", "a"})
# Figures that an English question spells out and other languages may not.
_SPELT_OUT: Mapping[str, str] = (
    {name.lower(): str(number) for number, name in get_month_names("wide", locale="en").items()}
    | {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8"}
    | {"first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7"}
)
_CLOSERS = "\"'”’」』)）]］»》〉"
_OTHER_ENDS = ".?!:}"  # in some languages a question or an introduction is a statement, or the word order turns
_PAIRS = {
    "(": ")",
    "（": "）",
    "[": "]",
    "［": "］",
    "「": "」",
    "『": "』",
    "“": "”",
    "«": "»",
    "《": "》",
    "〈": "〉",
    "【": "】",
}
_CLOSING = frozenset(_PAIRS.values())

_NUMBER = regex.compile(r"\p{N}+")
_TOKEN_WITH_DIGITS = regex.compile(r"(?<![\p{Latin}\p{N}])\p{Lu}[A-Za-z]*\p{N}+(?![\p{Latin}\p{N}])")  # G20, CO2
_LATIN_WORD = regex.compile(r"[\p{Latin}\p{M}\p{N}'’-]*\p{Latin}[\p{Latin}\p{M}\p{N}'’-]*")
_LETTER = regex.compile(r"\p{L}")
_DOUBLED_WORD = regex.compile(
    r"(?<![\p{L}\p{M}\p{N}-])([\p{L}\p{M}]{2,})[ \t]+\1(?![\p{L}\p{M}\p{N}-])", regex.IGNORECASE
)
_DOUBLED_SPACE = regex.compile(r"[ \t\u00a0\u3000]{2,}|^\s|\s$|[ \t]\n|\n[ \t]")
# UTF-8 read as Latin-1 or Windows-1252, replacement characters, private use.
_MOJIBAKE = regex.compile(
    r"\N{REPLACEMENT CHARACTER}|[\u00c2\u00c3\u00e0-\u00ef][\u0080-\u00bf]|\u00e2\u20ac|[\u0080-\u009f]|\p{Co}"
)
_INVISIBLE = regex.compile(r"[\u00ad\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_BREAK_MARK = "\u200b"
_KEPT = regex.compile(r"https?://[^\s<>）」]+|(?<![\p{L}\p{N}/])/[a-z]+|\n")  # links, commands, line breaks


# English name -> language -> forms attested there.
@dataclass(frozen=True, slots=True)
class OfficialName:
    """Forms by locale, each attested somewhere. Where there is none, a `described` name may be put in plain words; any
    other stays in English.
    """

    forms: Mapping[str, tuple[str, ...]]
    described: bool = False


Glossary = Mapping[str, OfficialName]
_IN_PARENTHESES = regex.compile(r" ?[(（]\p{Latin}+[)）]")
_LOOSE = regex.compile(r"[\s\p{Dash}・\u200b]+")
_TAMIL_ENDING = regex.compile("[\N{TAMIL SIGN VIRAMA}\N{TAMIL VOWEL SIGN U}]$")  # what a case ending replaces
_Finding = tuple[str, str]  # what, remedy


@dataclass(frozen=True, slots=True)
class _Pair:
    """A translation beside its English; the `bare` texts are without placeholders."""

    context: str
    locale: str
    rules: LanguageRules
    english: str
    text: str
    glossary: Glossary

    @property
    def bare(self) -> str:
        return _bare(self.text)

    @property
    def bare_english(self) -> str:
        return _bare(self.english)


def check_translations(locales: Path, knowledge: Knowledge, glossary: Glossary) -> list[Problem]:
    """Everything found in both domains. What `read_catalogs` reports too is an equal `Problem`: a set holds it once."""
    interface, base = interface_english(), knowledge_english(knowledge)
    found: set[Problem] = set()
    for locale in translated_locales(locales):
        for domain in DOMAINS:
            path = catalog_path(locales, locale, domain)
            if path.exists():
                found.update(_check_file(read_po(path), locale, interface if domain == UI else base, glossary))
    return sorted(found)


def read_glossary(path: Path) -> tuple[Glossary, list[Problem]]:
    """Official names from glossary.yaml; a glossary that does not exist is empty.

    `names:` is a list of `{en: name, forms: {ja: [form, ...]}, attested: {ja: [page, ...]}}`, with `described: true`
    for what is a description as much as a name. A form that is not attested is a problem: no name is invented.
    """
    if not path.exists():
        return {}, []
    document = read_yaml(path, str(path))
    if document.root is None:
        return {}, document.problems
    fields = document.mapping(document.root, "the glossary", required=frozenset({"names"}))
    glossary: dict[str, OfficialName] = {}
    for node in document.items(fields.get("names"), "names"):
        values = document.mapping(
            node, "a name", required=frozenset({"en", "forms", "attested"}), optional=frozenset({"described"})
        )
        name = document.text(values.get("en"), "en of a name")
        forms = document.mapping(values["forms"], f"forms of `{name}`") if "forms" in values else {}
        attested = document.mapping(values["attested"], f"attested of `{name}`") if "attested" in values else {}
        _check_forms(document, name, forms, attested)
        glossary[name] = OfficialName(
            {locale: document.texts(form, f"`{locale}` of `{name}`") for locale, form in forms.items()},
            document.flag(values.get("described"), f"described of `{name}`"),
        )
    return glossary, document.problems


def _check_forms(
    document: Document, name: str, forms: Mapping[str, yaml.Node], attested: Mapping[str, yaml.Node]
) -> None:
    for locale, node in forms.items():
        if locale not in LANGUAGES:
            document.fault(node, f"`{locale}` of `{name}` is not one of our languages", f"use: {', '.join(LANGUAGES)}")
        elif locale not in attested:
            document.fault(
                node, f"`{name}` does not say where its form in `{locale}` is attested", f"add {locale}: to attested"
            )


def _check_file(
    po: PoFile, locale: str, english: Mapping[str, tuple[str, ...]], glossary: Glossary
) -> Iterator[Problem]:
    yield from po.problems
    for message in po.messages:
        if message.obsolete or message.context not in english or not is_current(message, english[message.context]):
            continue
        if problem := placeholder_problem(po.path, message, message.english):
            yield problem
        for text in message.texts:
            pair = _Pair(message.context, locale, RULES[locale], message.english[-1], text, glossary)
            for what, remedy in _findings(pair):
                yield Problem(po.path, message.line, f"`{message.context}` {what}", remedy)


def _findings(pair: _Pair) -> Iterator[_Finding]:
    for check in _CHECKS:
        yield from check(pair)


def _digits(pair: _Pair) -> Iterator[_Finding]:
    """A figure in a translation would not follow when the fact changes; a question may name what its English names."""
    text = pair.bare
    names = [form for name in pair.glossary.values() for form in name.forms.get(pair.locale, ())]
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, " ")
    text = _TOKEN_WITH_DIGITS.sub(" ", text)
    allowed = set() if pair.context.endswith("|answer") else _numbers(pair.bare_english) | _spelt_out(pair.bare_english)
    if typed := sorted(_numbers(text) - allowed):
        yield f"has `{typed[0]}` typed into it", "use the placeholder of the English"


def _script(pair: _Pair) -> Iterator[_Finding]:
    """Names in English do not count: abbreviations, and words with a capital letter that the English has too."""
    english = set(_LATIN_WORD.findall(pair.bare_english))
    names = {word for word in english if word != word.lower()}
    text = _LATIN_WORD.sub(lambda match: "" if match[0] in names or match[0].isupper() else match[0], pair.bare)
    letters, own = len(_LETTER.findall(text)), len(regex.findall(pair.rules.letters, text))
    if letters and own * 2 <= letters:
        yield f"is not written in {LANGUAGES[pair.locale].babel.english_name}", "translate it"


def _leftover(pair: _Pair) -> Iterator[_Finding]:
    if pair.text == pair.english and len(pair.text) > _SENTENCE:
        yield "is the English text", "translate it"
        return
    words, english = (_LATIN_WORD.findall(text) for text in (pair.bare, pair.bare_english))
    known = {tuple(english[start : start + _LEFTOVER_WORDS]) for start in range(len(english))}
    for start in range(len(words) - _LEFTOVER_WORDS + 1):
        run = tuple(words[start : start + _LEFTOVER_WORDS])
        if run in known and sum(word[0].islower() and word not in _IN_NAMES for word in run) >= _LEFTOVER_PLAIN:
            yield f"still has the English `{' '.join(run)}`", "translate it"
            return


def _encoding(pair: _Pair) -> Iterator[_Finding]:
    if match := _MOJIBAKE.search(pair.text):
        yield f"has a damaged character near `{_around(pair.text, match.start())}`", "write it again, in UTF-8"
    if match := _INVISIBLE.search(pair.text):
        yield (
            f"has the invisible character U+{ord(match[0]):04X} near `{_around(pair.text, match.start())}`",
            "remove it",
        )
    if _BREAK_MARK in pair.text and not pair.rules.break_marks:
        yield f"has a zero-width space near `{_around(pair.text, pair.text.index(_BREAK_MARK))}`", "remove it"
    if not unicodedata.is_normalized("NFC", pair.text):
        yield "is not in Unicode normal form C", "convert it to NFC"


def _length(pair: _Pair) -> Iterator[_Finding]:
    length, english = len(pair.bare), len(pair.bare_english)
    if english >= _MEASURABLE and not pair.rules.shortest * english <= length <= LONGEST * english:
        yield f"has {length} characters where the English has {english}", "is something missing or added?"
    for contexts, limit in LIMITS.items():
        if regex.fullmatch(contexts, pair.context) and len(pair.text) > limit:
            yield f"has {len(pair.text)} characters, the limit is {limit}", "say it shorter"


def _brackets(pair: _Pair) -> Iterator[_Finding]:
    awaited: list[str] = []
    for sign in pair.bare:
        if sign in _PAIRS:
            awaited.append(_PAIRS[sign])
        elif sign in _CLOSING and (not awaited or awaited.pop() != sign):
            yield f"has a `{sign}` that closes nothing", "add or remove its partner"
            return
    if awaited:
        yield f"lacks a closing `{awaited[-1]}`", "add it"
    if stray := regex.search(r"[{}｛｝]", pair.bare):
        yield f"has a `{stray[0]}` that belongs to no placeholder", "write placeholders as in the English"
    if pair.bare.count('"') % 2:
        yield 'has an odd number of `"`', "add or remove one"


def _doubled(pair: _Pair) -> Iterator[_Finding]:
    # A placeholder stays a word here, so that what stands around it does not come together.
    if match := _DOUBLED_SPACE.search(pair.text):
        yield f"has needless space near `{_around(pair.text, match.start())}`", "remove it"
    if not pair.rules.spaced:
        return
    for match in _DOUBLED_WORD.finditer(PLACEHOLDER.sub("{}", pair.text)):
        if match[1].lower() not in pair.rules.reduplicated:
            yield f"says `{match[1]}` twice", "remove one"


def _ending(pair: _Pair) -> Iterator[_Finding]:
    """A statement ends as statements do in this language, anything else does not."""
    end, english = pair.text.rstrip(_CLOSERS)[-1:], pair.english.rstrip(_CLOSERS)[-1:]
    stops = pair.rules.full_stops
    if english == "." and stops and end not in stops:
        yield f"does not end with `{stops[0]}`", "end the sentence"
    elif end and end in "." + stops and not stops:
        yield f"ends with `{end}`", "remove it: sentences of this language end without it"
    elif end and end in "." + stops and english not in _OTHER_ENDS:
        yield f"ends with `{end}`", "remove it: the English is no sentence"


def _markup(pair: _Pair) -> Iterator[_Finding]:
    if sorted(_KEPT.findall(pair.text)) != sorted(_KEPT.findall(pair.english)):
        yield "has other links, commands or line breaks than the English", "keep them as they are"


def _names(pair: _Pair) -> Iterator[_Finding]:
    """An attested form, or the English name as it is: an abbreviation such as METI may stand in any language."""
    text = _loosened(pair.text)
    for name, official in pair.glossary.items():
        attested = official.forms.get(pair.locale, ())
        if name not in pair.english or (official.described and not attested):
            continue
        accepted = (*attested, name)
        if not any(_loosened(_IN_PARENTHESES.sub("", form)) in text for form in accepted):
            yield f"does not use the official name of {name}", f"write {' or '.join(accepted)}"


def _loosened(text: str) -> str:
    """As names are compared: with any spaces and dashes, and in Tamil with any case ending."""
    return str(_TAMIL_ENDING.sub("", _LOOSE.sub("", unicodedata.normalize("NFKC", text).casefold())))


_CHECKS: Collection[Callable[[_Pair], Iterator[_Finding]]] = (
    _digits, _script, _leftover, _encoding, _length, _brackets, _doubled, _ending, _markup, _names,
)  # fmt: skip


def _bare(text: str) -> str:
    return str(PLACEHOLDER.sub("", text))


def _numbers(text: str) -> set[str]:
    """Runs of digits, in Western figures: `６`, `๖` and `6` are the same."""
    return {_western(run) for run in _NUMBER.findall(text)}


def _spelt_out(english: str) -> set[str]:
    return {_SPELT_OUT[word] for word in english.lower().split() if word in _SPELT_OUT}


def _western(run: str) -> str:
    return "".join(str(unicodedata.digit(sign, sign)) for sign in run)


def _around(text: str, position: int) -> str:
    return text[max(0, position - 8) : position + 8].strip()
