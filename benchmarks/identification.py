"""Which language a short message is in, ours beside ready-made packages: `python -m benchmarks.identification`.

Every fifth phrasing of each language is asked, drawn by a hash of its text; ours learns from the others and from
knowledge/language_samples. Asked and learned come from the same hands and speak of the same things: that favours ours.
So two sets ask for more: `samples only` has learned no phrasing at all, and the chat lines of language_samples are
asked of a model that has learned phrasings only. The truth is the file a text stands in; lines that mix in English, or
are nothing but English, stay, for all systems alike.

Packages: the dependency group `benchmark`. Tags are counted as ours by bot.core.locales.negotiate (tl as fil).
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import regex

from benchmarks.identifiers import Identifier, Rank, installed, ours
from bot.content.compiler import fit_identifier, sample_files
from bot.content.loading import load_knowledge, load_phrasings
from bot.content.phrasings import Phrasing
from bot.core.identification import LanguageIdentifier
from bot.core.knowledge import Knowledge
from bot.core.locales import LANGUAGES, LocaleSignals, decide_locale
from bot.core.text import fold, strip_marks
from bot.settings import read_settings

OURS, SAMPLES_ONLY = "ours", "samples only"
PARTS = 5  # one of five phrasings is held out
MOST = 400  # asked of each language
TWINS = ("id", "ms")
OFTEN_TYPED_BARE = ("vi", "pt", "fil")  # without diacritics, on keyboards that have none at hand
WANTED_UNTOLD, WANTED_TOLD = 82.0, 96.0
_SLOT = regex.compile(r"\{\w+\}")
_PUNCTUATION = regex.compile(r"[^\p{L}\p{M}\p{N}\u200b-\u200d]+")

Texts = Mapping[str, Sequence[str]]  # by locale
Scores = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Exam:
    """What may be learned, and what is asked."""

    learned: Sequence[Phrasing]
    asked: Texts


@dataclass(frozen=True, slots=True)
class Row:
    """One system on one set: percent right per locale, and milliseconds per text.

    `peer` is ours on the locales this system knows, choosing among them only: without Indonesian, Malay is easy.
    """

    system: Identifier
    scores: Scores
    milliseconds: float
    peer: Scores


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.identification",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--most", type=int, default=MOST, help="texts asked of each language")
    options = parser.parse_args(arguments)
    packages, missing = installed()
    if missing:
        print(f"not installed, left out: {', '.join(missing)} (pip install --group benchmark)")
    _run(read_settings().knowledge_dir, packages, options.most)
    return 0


def _run(folder: Path, packages: Sequence[Identifier], most: int) -> None:
    knowledge = load_knowledge(folder)
    exam = split(load_phrasings(folder, knowledge), most)
    print(f"{len(exam.learned)} phrasings learned, {sum(map(len, exam.asked.values()))} others asked; {_machine()}")
    model = fit_identifier(folder, exam.learned, knowledge.courtesy)
    systems = [ours(OURS, model), ours(SAMPLES_ONLY, fit_identifier(folder, [], {})), *packages]
    rows = _print_set("phrasings, as written", systems, exam.asked)
    _print_set("phrasings in lower case, without punctuation", systems, _changed(exam.asked, _lowered))
    bare = {locale: texts for locale, texts in exam.asked.items() if locale in OFTEN_TYPED_BARE}
    _print_set("phrasings without diacritics", systems, _changed(bare, strip_marks))
    _print_twins("phrasings", systems, model, exam.asked)
    print("\n".join(wanted_lines(rows, model, exam.asked)))
    _run_on_samples(folder, knowledge, exam, packages, most)


def _run_on_samples(folder: Path, knowledge: Knowledge, exam: Exam, packages: Sequence[Identifier], most: int) -> None:
    """Chat between people in a meeting: other things are said than in the phrasings, which alone are learned."""
    with tempfile.TemporaryDirectory() as empty:
        model = fit_identifier(Path(empty), exam.learned, knowledge.courtesy)
    known = {fold(phrasing.text) for phrasing in exam.learned}
    lines = {path.stem: path.read_text(encoding="utf-8").splitlines() for path in sample_files(folder)}
    new = {locale: [line for line in of_locale if fold(line) not in known] for locale, of_locale in lines.items()}
    chat = {locale: _evenly(new[locale], most) for locale in LANGUAGES if new.get(locale)}
    systems = [ours(OURS, model), *packages]
    _print_set("chat lines of language_samples, none of them learned", systems, chat)
    _print_twins("chat lines", systems, model, chat)


def _machine() -> str:
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def split(phrasings: Sequence[Phrasing], most: int) -> Exam:
    """Every fifth phrasing of an entry is asked, slots dropped as for learning, at most `most` of a language.

    What is learned has no text of the fifth, in whatever language or group it stands.
    """
    learned, asked = [], dict[str, list[str]]()
    for phrasing in phrasings:
        text = _SLOT.sub("", phrasing.text)
        if zlib.crc32(fold(text).encode()) % PARTS:
            learned.append(phrasing)
        elif not phrasing.label.startswith(("far.", "near.")):
            asked.setdefault(phrasing.locale, []).append(text)
    return Exam(learned, {locale: _evenly(asked[locale], most) for locale in LANGUAGES if locale in asked})


def _evenly(texts: Sequence[str], most: int) -> Sequence[str]:
    return texts if len(texts) <= most else [texts[at * len(texts) // most] for at in range(most)]


def _changed(texts: Texts, change: Callable[[str], str]) -> Texts:
    return {locale: [change(text) for text in of_locale] for locale, of_locale in texts.items()}


def _lowered(text: str) -> str:
    return _PUNCTUATION.sub(" ", text.lower()).strip()


def _print_set(title: str, systems: Sequence[Identifier], texts: Texts) -> list[Row]:
    rows = [measure(system, texts, systems[0]) for system in systems]
    print(f"\n{title}: % right of {sum(map(len, texts.values()))}")
    print("\n".join(table_lines(rows)), flush=True)
    return rows


def measure(system: Identifier, texts: Texts, first: Identifier) -> Row:
    """Ask everything once; the time is the median, which other jobs of the machine move least.

    Args:
        first: Asked the same with the same choice.
    """
    times: list[float] = []

    def rank(text: str) -> Sequence[str]:
        started = time.perf_counter()
        ranking = system.rank(text)
        times.append(time.perf_counter() - started)
        return ranking

    scores = accuracy(rank, texts, LANGUAGES)
    known = {locale: of_locale for locale, of_locale in texts.items() if locale in system.languages}
    return Row(system, scores, 1000 * statistics.median(times), accuracy(first.rank, known, system.languages))


def accuracy(rank: Rank, texts: Texts, among: Collection[str]) -> dict[str, float]:
    """Percent right per locale; right is the likeliest language of those among which to choose."""
    return {
        locale: 100 * statistics.fmean(_first(rank(text), among) == locale for text in of_locale)
        for locale, of_locale in texts.items()
    }


def _first(ranking: Iterable[str], among: Collection[str]) -> str | None:
    return next((tag for tag in ranking if tag in among), None)


def table_lines(rows: Sequence[Row]) -> list[str]:
    """One line per locale, `-` where a package does not know it; then means, the worst, and the time.

    `mean` and `worst` count what a package does not know as wrong, `of known` leaves it out; `ours there` is the mean
    of ours with only the languages to choose from that the package knows.
    """
    lines = [_line("", [row.system.name for row in rows])]
    lines += [_line(locale, [_score(row, locale) for row in rows]) for locale in rows[0].scores]
    lines.append(_line("mean", [f"{mean(row.scores):.1f}" for row in rows]))
    lines.append(_line("of known", [f"{mean({tag: row.scores[tag] for tag in row.peer}):.1f}" for row in rows]))
    lines.append(_line("ours there", [f"{mean(row.peer):.1f}" for row in rows]))
    lines.append(_line("worst", [f"{min(row.scores.values()):.1f}" for row in rows]))
    return [*lines, _line("time, ms", [f"{row.milliseconds:.3f}" for row in rows])]


def mean(scores: Scores) -> float:
    """Each language counted once, however many texts it has."""
    return statistics.fmean(scores.values())


def _line(title: str, cells: Iterable[str]) -> str:
    return title.ljust(10) + "".join(cell.rjust(13) for cell in cells)


def _score(row: Row, locale: str) -> str:
    return f"{row.scores[locale]:.1f}" if locale in row.system.languages else "-"


def _print_twins(title: str, systems: Sequence[Identifier], model: LanguageIdentifier, texts: Texts) -> None:
    print(f"\n{title}: Indonesian and Malay, % right")
    print(_line("", [*TWINS, "mean"]))
    for system in systems:
        if set(TWINS) <= system.languages:
            _print_scores(system.name, pair_scores(system, texts))
    print("our reply in that language (of all thirteen), by what the person has rightly set; stored always decides")
    for told in ("nothing", "client", "stored"):
        _print_scores(told, reply_scores(model, texts, told))
    print("another language offered in spite of the stored one")
    _print_scores("stored", offer_shares(model, texts))


def _print_scores(title: str, scores: Scores) -> None:
    print(_line(title, [f"{score:.1f}" for score in (*scores.values(), mean(scores))]))


def pair_scores(system: Identifier, texts: Texts) -> dict[str, float]:
    """Which of the two, when it is one of the two."""
    return accuracy(system.rank, {tag: texts[tag] for tag in TWINS}, TWINS)


def reply_scores(model: LanguageIdentifier, texts: Texts, told: str) -> dict[str, float]:
    """How often the reply is in the language of the question; a stored choice is always followed."""

    def right(locale: str) -> Iterable[bool]:
        return (decide_locale(_signals(model, text, locale, told)).locale == locale for text in texts[locale])

    return {locale: 100 * statistics.fmean(right(locale)) for locale in TWINS}


def offer_shares(model: LanguageIdentifier, texts: Texts) -> dict[str, float]:
    """Against a stored choice that is right, a guess can still offer another language; English lines deserve it."""

    def offers(locale: str) -> Iterable[bool]:
        return (decide_locale(_signals(model, text, locale, "stored")).offer is not None for text in texts[locale])

    return {locale: 100 * statistics.fmean(offers(locale)) for locale in TWINS}


def _signals(model: LanguageIdentifier, text: str, locale: str, told: str) -> LocaleSignals:
    posterior = model.identify(text, fold(text))
    return LocaleSignals(
        stored=locale if told == "stored" else None, client=locale if told == "client" else None, posterior=posterior
    )


def wanted_lines(rows: Sequence[Row], model: LanguageIdentifier, texts: Texts) -> list[str]:
    """Whether what was hoped for is met; `rows` begins with ours."""
    means = {row.system.name: mean(row.scores) for row in rows if row.system.name != SAMPLES_ONLY}
    best = max((name for name in means if name != OURS), key=lambda name: means[name], default=None)
    untold = mean(pair_scores(rows[0].system, texts))
    told = mean(reply_scores(model, texts, "stored"))
    wishes = (("nothing stored", untold, WANTED_UNTOLD), ("choice stored", told, WANTED_TOLD))
    lines = [
        f"wanted: Malay from Indonesian, {when}, {least:.0f} %: {value:.1f}, {_met(value >= least)}"
        for when, value, least in wishes
    ]
    if best:
        ahead = means[OURS] - means[best]
        lines.insert(0, f"wanted: a better mean than every package: {ahead:.1f} ahead of {best}, {_met(ahead > 0)}")
    return ["", *lines]


def _met(yes: bool) -> str:
    return "met" if yes else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
