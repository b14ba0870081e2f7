"""From folders to a snapshot that answers: read, check, compile where needed."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.content.catalog_files import read_catalogs
from bot.content.compiler import Progress, input_digest, load_or_compile
from bot.content.golden_reader import read_golden
from bot.content.knowledge_reader import read_knowledge
from bot.content.model_file import load_compiled
from bot.content.phrasings import Phrasing, read_phrasings
from bot.content.translation_checks import check_translations, read_glossary
from bot.core.diagnosis import ModelState
from bot.core.errors import ContentError, Problem
from bot.core.formatting import territory_name
from bot.core.knowledge import Knowledge
from bot.core.locales import LANGUAGES
from bot.core.ports import Encoder
from bot.core.retrieval import Model, Retriever, Slot
from bot.core.snapshot import Snapshot
from bot.core.spelling import Spelling
from bot.core.subjects import SubjectFinder

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Folders:
    """Where content lies.

    Args:
        knowledge: YAML files, phrasings, negatives and the compiled model.
        locales: Message catalogs.
        cache: Written to; for models and vectors compiled after an edit.
    """

    knowledge: Path
    locales: Path
    cache: Path


def load_snapshot(folders: Folders, encoder: Encoder | None, contact: str | None, progress: Progress) -> Snapshot:
    """A snapshot of the files as they are. Raises ContentError with every problem when the knowledge base is faulty.

    A faulty catalog costs its language, not the bot: its problems are logged.
    """
    knowledge = load_knowledge(folders.knowledge)
    catalogs, faults = read_catalogs(folders.locales, knowledge)
    for fault in faults:
        _log.warning("catalog fault: %s", fault)
    compiled = load_or_compile(
        knowledge,
        lambda: load_phrasings(folders.knowledge, knowledge),
        folders.knowledge,
        folders.cache,
        encoder,
        progress,
    )
    retriever = retriever_of(compiled.model, knowledge)
    return Snapshot.of(knowledge, catalogs, retriever, compiled.identifier, contact)


def load_knowledge(folder: Path) -> Knowledge:
    """Raises ContentError with every problem."""
    knowledge, problems = read_knowledge(folder)
    if knowledge is None:
        raise ContentError(problems)
    return knowledge


def retriever_of(
    model: Model,
    knowledge: Knowledge,
    finders: Mapping[str, SubjectFinder] | None = None,
    spelling: Spelling | None = None,
) -> Retriever:
    """As it answers. Args: `finders`, see `slots_of`; `spelling`, see `Retriever`."""
    slots = slots_of(knowledge, finders)
    return Retriever(model, known_facts(knowledge), slots, knowledge.pieces_of_courtesy, spelling)


def known_facts(knowledge: Knowledge) -> Mapping[str, tuple[str, ...]]:
    """The facts answered by each entry that knows something."""
    return {entry.id: entry.answers for entry in knowledge.entries.values() if not entry.unknown}


def slots_of(knowledge: Knowledge, finders: Mapping[str, SubjectFinder] | None = None) -> Mapping[str, Slot]:
    """How each slot entry finds its subject in a question; `finders`: those of `finders_of`, if any yet."""
    finders = finders or finders_of(knowledge)
    slots = {}
    for entry in knowledge.entries.values():
        if entry.slot and entry.fallback:
            slots[entry.id] = Slot(
                finders[entry.slot], entry.fallback, _answered_elsewhere(knowledge, entry.id, entry.fallback)
            )
    return slots


def finders_of(
    knowledge: Knowledge, make: Callable[[Mapping[str, Iterable[str]]], SubjectFinder] = SubjectFinder
) -> Mapping[str, SubjectFinder]:
    """By the kind of slot."""
    return {"city": city_finder(knowledge, make), "country": country_finder(knowledge, make)}


def city_finder(
    knowledge: Knowledge, make: Callable[[Mapping[str, Iterable[str]]], SubjectFinder] = SubjectFinder
) -> SubjectFinder:
    return make({city.id: [city.name, *city.names.values(), *city.aliases] for city in knowledge.cities.values()})


def country_finder(
    knowledge: Knowledge, make: Callable[[Mapping[str, Iterable[str]]], SubjectFinder] = SubjectFinder
) -> SubjectFinder:
    """By the territory's name in every language and the other ways people speak of it."""
    return make(
        {
            code: [*(territory_name(code, tag) for tag in LANGUAGES), *knowledge.countries.get(code, ())]
            for code in knowledge.subjects("country")
        }
    )


def _answered_elsewhere(knowledge: Knowledge, entry_id: str, fallback: str) -> dict[str, str]:
    """Subjects of a slot entry that another entry answers: how a city joined later, or a city without known work."""
    if entry_id == "city.membership":
        return {city.id: city.membership for city in knowledge.cities.values() if city.membership}
    if "{focus}" in knowledge.entries[entry_id].answer:
        return {city.id: fallback for city in knowledge.cities.values() if not city.focus}
    return {}


def load_phrasings(folder: Path, knowledge: Knowledge) -> list[Phrasing]:
    """Raises ContentError with every problem."""
    phrasings, problems = read_phrasings(folder, knowledge)
    if problems:
        raise ContentError(problems)
    return phrasings


def check_content(folders: Folders) -> list[Problem]:
    """Every problem of the knowledge base, the phrasings and the catalogs."""
    knowledge, problems = read_knowledge(folders.knowledge)
    if knowledge is None:
        return sorted([*problems, *read_phrasings(folders.knowledge, None)[1]])
    _, problems = read_phrasings(folders.knowledge, knowledge)
    problems += read_golden(folders.knowledge, knowledge)[1]
    _, faults = read_catalogs(folders.locales, knowledge)
    glossary, missing = read_glossary(folders.knowledge / "glossary.yaml")
    translated = check_translations(folders.locales, knowledge, glossary)
    return sorted({*problems, *faults, *missing, *translated})


def learned_with(folders: Folders) -> str | None:
    """Name of the encoder of the model that a start would take before any other; None when there is none."""
    compiled = load_compiled(folders.knowledge / "compiled" / "model.npz") or load_compiled(folders.cache / "model.npz")
    return compiled.model.encoder if compiled else None


def model_state(folders: Folders) -> ModelState:
    """Whether a start would have to compile. Raises ContentError when the knowledge base is faulty."""
    digest = input_digest(folders.knowledge, load_knowledge(folders.knowledge))
    for path, state in (
        (folders.knowledge / "compiled" / "model.npz", ModelState.SHIPPED),
        (folders.cache / "model.npz", ModelState.COMPILED_HERE),
    ):
        compiled = load_compiled(path)
        if compiled and compiled.digest == digest:
            return state
    return ModelState.OUTDATED
