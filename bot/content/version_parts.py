"""The parts of a snapshot as a version keeps them, so that the running bot loads one in small steps."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.content.catalog_files import CatalogParts, interface_of
from bot.content.content_files import place
from bot.content.loading import retriever_of
from bot.content.model_file import Compiled, load_compiled
from bot.content.stored_values import code_tag, freeze, thaw
from bot.core.catalog import Catalogs, KnowledgeCatalog
from bot.core.errors import ContentError, Problem
from bot.core.knowledge import Knowledge
from bot.core.retrieval import Retriever
from bot.core.snapshot import Snapshot

_FOLDER, _INDEX = "parts", "index"


@dataclass(frozen=True, slots=True)
class LoadedVersion:
    """A snapshot with what it was put together from. `marks` name each part: equal marks, equal parts."""

    snapshot: Snapshot
    compiled: Compiled
    knowledge_catalogs: Mapping[str, KnowledgeCatalog]
    interface: Mapping[str, Any]
    marks: Mapping[str, str]


def save_parts(folder: Path, knowledge: Knowledge, catalogs: CatalogParts, live: Path | None) -> None:
    """Write the parts beside the model that lies in `folder` already; those that `live` has too are linked there."""
    parts: dict[str, object] = {"knowledge": knowledge, "signed": catalogs.signed}
    parts |= {f"ui-{locale}": compiled for locale, compiled in catalogs.interface.items()}
    parts |= {f"base-{locale}": catalog for locale, catalog in catalogs.knowledge.items()}
    (folder / _FOLDER).mkdir(exist_ok=True)
    marks = {}
    for name, value in parts.items():
        raw = freeze(value)
        marks[name] = hashlib.sha256(raw).hexdigest()
        place(raw, folder / _FOLDER / name, live / _FOLDER / name if live else None)
    marks["model"] = hashlib.sha256((folder / "model.npz").read_bytes()).hexdigest()
    (folder / _FOLDER / _INDEX).write_bytes(freeze((code_tag(), marks)))


def load_parts(folder: Path, contact: str | None, live: LoadedVersion | None) -> LoadedVersion:
    """Blocking for some ten milliseconds, never long in one step, as questions are answered beside it.

    Args:
        live: What it has in common with this is used again.

    Raises:
        ContentError: The parts are damaged, or were written by other code; they can be made again from the files.
    """
    try:
        marks = _marks(folder)
        loader = _Loader(folder, marks, live)
        compiled = loader.model()
        knowledge, signed = loader.knowledge(), loader.part("signed")
        base = {name[5:]: loader.base(name) for name in marks if name.startswith("base-")}
        interface = {name[3:]: loader.interface(name) for name in marks if name.startswith("ui-")}
    except (OSError, ValueError, KeyError) as error:
        problem = Problem(str(folder), 0, f"cannot be loaded ({error})", "it is made again from its files")
        raise ContentError([problem]) from None
    retriever = _retriever(knowledge, compiled, live)
    snapshot = Snapshot.of(knowledge, Catalogs(interface, base, signed), retriever, compiled.identifier, contact)
    return LoadedVersion(snapshot, compiled, base, interface, marks)


def _retriever(knowledge: Knowledge, compiled: Compiled, live: LoadedVersion | None) -> Retriever:
    """The live one where nothing that it goes by is new: rankings are remembered with it, so nobody waits again."""
    if live and live.compiled is compiled and _ranked_by(knowledge) == _ranked_by(live.snapshot.knowledge):
        return live.snapshot.retriever
    return retriever_of(compiled.model, knowledge)


def _ranked_by(knowledge: Knowledge) -> tuple[object, ...]:
    """All that rankings depend on, besides the model."""
    entries = {one.id: one if one.slot else (one.answers, one.unknown) for one in knowledge.entries.values()}
    return entries, knowledge.cities, knowledge.countries, knowledge.courtesy


def _marks(folder: Path) -> Mapping[str, str]:
    tag, marks = thaw((folder / _FOLDER / _INDEX).read_bytes())
    if tag != code_tag():
        raise ValueError("written by other code")
    found: Mapping[str, str] = marks
    return found


class _Loader:
    def __init__(self, folder: Path, marks: Mapping[str, str], live: LoadedVersion | None) -> None:
        self._folder = folder
        self._marks = marks
        self._live = live

    def _same(self, name: str) -> LoadedVersion | None:
        """The live version, when it has exactly this part."""
        return self._live if self._live and self._live.marks.get(name) == self._marks[name] else None

    def part(self, name: str) -> Any:
        return thaw((self._folder / _FOLDER / name).read_bytes())

    def model(self) -> Compiled:
        if live := self._same("model"):
            return live.compiled
        compiled = load_compiled(self._folder / "model.npz")
        if compiled is None:
            raise ValueError("the model is damaged")
        return compiled

    def knowledge(self) -> Knowledge:
        if live := self._same("knowledge"):
            return live.snapshot.knowledge
        knowledge: Knowledge = self.part("knowledge")
        return knowledge

    def base(self, name: str) -> KnowledgeCatalog:
        if live := self._same(name):
            return live.knowledge_catalogs[name[5:]]
        catalog: KnowledgeCatalog = self.part(name)
        return catalog

    def interface(self, name: str) -> Any:
        if live := self._same(name):
            return live.interface[name[3:]]
        return interface_of(self.part(name))
