"""How answers hold when questions are typed badly or wrapped in other talk: `python -m benchmarks.robustness`.

Every fifth phrasing is held out; a model fitted on the rest is asked a sample of them through the one door, once as
written and once for each perturbation, in every language. What counts is the difference to the clean question.
"""

import argparse
import asyncio
import functools
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from benchmarks.engines import fit_ours
from benchmarks.perturbations import PERTURBATIONS, quoted
from benchmarks.phrasing_sets import split
from bot.adapters.encoder import NanoEncoder
from bot.content.catalog_files import read_catalogs
from bot.content.compiler import with_texts
from bot.content.crossvalidation import load_training, serves
from bot.content.loading import Folders, retriever_of
from bot.content.model_file import Compiled, load_compiled
from bot.content.phrasings import Phrasing
from bot.core.answering import Answering
from bot.core.knowledge import Knowledge
from bot.core.locales import LANGUAGES
from bot.core.models import Question, Reply
from bot.core.no_store import NoStore
from bot.core.snapshot import Snapshot
from bot.parts import SystemClock, show_progress
from bot.settings import read_settings

CLEAN, QUOTATION, TWO, SECOND = "clean", "quotation", "two questions", "second offered"
COLUMNS = (CLEAN, *PERTURBATIONS, QUOTATION, TWO, SECOND)
SAMPLE = 60  # held-out phrasings a language
Counts = Counter[tuple[str, str]]  # by (language, column)


@dataclass(frozen=True, slots=True)
class Exam:
    """A bot that has not seen `asked`, held-out phrasings by language."""

    answering: Answering
    knowledge: Knowledge
    asked: Mapping[str, Sequence[Phrasing]]


def prepare(folders: Folders, sample: int) -> Exam:
    """Fit without every fifth phrasing; thresholds, sharpness and the identifier of languages are those shipped.

    Raises:
        ContentError: The knowledge base is faulty.
        FileNotFoundError: There is no shipped model: run `python -m bot compile` first.
    """
    encoder = NanoEncoder()
    knowledge, phrasings, training = load_training(folders, encoder, show_progress)
    parts = split(training)
    shipped = _shipped(folders)
    model = replace(
        fit_ours(training, parts.learned, encoder.name),
        sharpness=shipped.model.sharpness,
        thresholds=shipped.model.thresholds,
        evidence=shipped.model.evidence,
    )
    # Nor may the letters of what is asked have been counted.
    model = with_texts(model, folders.knowledge, [training.examples[index] for index in parts.learned])
    catalogs, _ = read_catalogs(folders.locales, knowledge)
    snapshot = Snapshot.of(knowledge, catalogs, retriever_of(model, knowledge), shipped.identifier, None)
    answering = Answering(snapshot, store=NoStore(), clock=SystemClock(), encoder=encoder, patient=True)
    held = {training.examples[index].origin for index in parts.asked}
    return Exam(answering, knowledge, _sampled(phrasings, held, sample))


def _shipped(folders: Folders) -> Compiled:
    found = load_compiled(folders.knowledge / "compiled" / "model.npz")
    if found is None:
        raise FileNotFoundError("there is no shipped model: run `python -m bot compile`")
    return found


def _sampled(phrasings: Sequence[Phrasing], held: set[int], sample: int) -> dict[str, list[Phrasing]]:
    """Evenly drawn; without templates, whose slots are another matter."""
    whole = [one for number, one in enumerate(phrasings) if number in held and "{" not in one.text]
    found = {}
    for locale in LANGUAGES:
        own = [one for one in whole if one.locale == locale]
        found[locale] = own[:: max(1, len(own) // sample)][:sample]
    return found


def measure(exam: Exam, report: Callable[[str], None]) -> Counts:
    """How many of each language were answered rightly, by column."""
    counts: Counts = Counter()
    for locale, asked in exam.asked.items():
        for number, phrasing in enumerate(asked):
            following = asked[(number + 1) % len(asked)]
            for column, right in _judged(exam, phrasing, following, Random(number)):
                counts[locale, column] += right
        report(locale)
    return counts


def _judged(exam: Exam, phrasing: Phrasing, following: Phrasing, dice: Random) -> Iterator[tuple[str, bool]]:
    ask = functools.partial(_ask, exam, locale=phrasing.locale)
    right = functools.partial(_right, exam.knowledge)
    yield CLEAN, right(ask(phrasing.text), phrasing)
    for name, perturb in PERTURBATIONS.items():
        yield name, right(ask(perturb(phrasing.text, phrasing.locale, dice)), phrasing)
    answer = exam.answering.snapshot.renderer.label(following.label, phrasing.locale)
    yield QUOTATION, right(ask(quoted(phrasing.text, f"{answer} ")), phrasing)
    both = ask(f"{phrasing.text.rstrip('?？')}? {following.text.rstrip('?？')}?")
    yield TWO, right(both, phrasing)
    yield SECOND, any(_serves(exam.knowledge, option.key, following) for option in both.related[:1])


def _ask(exam: Exam, text: str, locale: str) -> Reply:
    """In a conversation of its own, so that no question is read in the light of the last."""
    name = uuid.uuid4().hex
    question = Question(text=text, asker=name, conversation=name, platform="benchmark", option_locale=locale)
    return asyncio.get_event_loop().run_until_complete(exam.answering.ask(question))


def _right(knowledge: Knowledge, reply: Reply, phrasing: Phrasing) -> bool:
    return reply.outcome == "answer" and _serves(knowledge, reply.key or "", phrasing)


def _serves(knowledge: Knowledge, key: str, phrasing: Phrasing) -> bool:
    entry = key.partition(":")[0]
    return entry in knowledge.entries and serves(knowledge, entry, phrasing.label)


def table(counts: Counts, asked: Mapping[str, int]) -> list[str]:
    """Percentages, a row a language, Markdown; the last rows are the mean and the worst language."""
    shares = {
        locale: [round(100 * counts[locale, column] / max(1, asked[locale])) for column in COLUMNS] for locale in asked
    }
    lines = [f"| language | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    lines += [f"| {locale} | {' | '.join(map(str, row))} |" for locale, row in shares.items()]
    columns = list(zip(*shares.values(), strict=True))
    lines.append(f"| mean | {' | '.join(str(round(sum(column) / len(column))) for column in columns)} |")
    lines.append(f"| worst | {' | '.join(str(min(column)) for column in columns)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=SAMPLE, help="held-out phrasings a language")
    sample = parser.parse_args().sample
    settings = read_settings()
    asyncio.set_event_loop(asyncio.new_event_loop())
    with tempfile.TemporaryDirectory() as cache:
        exam = prepare(Folders(settings.knowledge_dir, settings.locales_dir, Path(cache)), sample)
        counts = measure(exam, lambda locale: print(f"asked in {locale}", flush=True))
    print("\n".join(table(counts, {locale: len(asked) for locale, asked in exam.asked.items()})))


if __name__ == "__main__":
    main()
