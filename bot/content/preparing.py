"""Makes a version out of content files: read, check, compile, test. Runs in a process of its own during a reload."""

import asyncio
import contextlib
import datetime
import functools
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.content.catalog_files import (
    CatalogParts,
    compile_po,
    interface_of,
    knowledge_catalog,
    read_catalog_parts,
)
from bot.content.compiler import Progress, input_digest, load_or_compile
from bot.content.content_files import (
    KNOWLEDGE,
    LOCALES,
    ContentFiles,
    hash_content,
    hash_linked,
    original_path,
    stage_content,
)
from bot.content.crossvalidation import Asked, Verdict, judge
from bot.content.extraction import English
from bot.content.gate_model import GateModel, load_gate, not_among, save_gate
from bot.content.golden_reader import read_golden
from bot.content.knowledge_reader import knowledge_files, read_knowledge
from bot.content.loading import Folders, finders_of, retriever_of
from bot.content.model_file import Compiled, digest_of, identity, load_compiled, read_marks, save_compiled
from bot.content.phrasing_pieces import PhrasingPieces, read_pieces
from bot.content.phrasings import Phrasing
from bot.content.po_file import PoFile, read_po
from bot.content.refining import FeatureMaker, Rows, refine, rehearsal
from bot.content.remembering import RememberingEncoder, RememberingSpelling
from bot.content.stored_values import forget_unused, remembered
from bot.content.training_set import Example
from bot.content.version_parts import save_parts
from bot.core.answering import Answering
from bot.core.catalog import Catalogs, KnowledgeCatalog
from bot.core.classifier import softmax
from bot.core.errors import ContentError, Problem
from bot.core.gate import AskedAgain, figures_by_language, gate_findings
from bot.core.golden import GoldenQuestion, Graded, grade
from bot.core.knowledge import Knowledge
from bot.core.knowledge_diff import Change, compare_knowledge
from bot.core.models import Question
from bot.core.no_store import NoStore
from bot.core.ports import Encoder
from bot.core.reloading import Faulty, Prepared, Same
from bot.core.retrieval import Model, Retriever
from bot.core.snapshot import Snapshot
from bot.core.subjects import SubjectFinder

MODEL, GATE = "model.npz", "gate.npz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to prepare.

    Args:
        live: Folder of the version that is live; None when nothing is.
        models: Folders with models to use or to go on from, the best first.
        into: Folder to make; must not exist.
        margin: See `bot.core.gate.gate_findings`.
        instead: Files by name that are taken from here and not from the folders.
    """

    folders: Folders
    live: Path | None
    models: tuple[Path, ...]
    into: Path
    margin: float
    instead: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WarmOrder:
    """Read everything of the live version once, so that the first reload is as quick as any."""

    folders: Folders
    live: Path


@dataclass(frozen=True, slots=True)
class Content:
    """Everything read from one state of the files."""

    knowledge: Knowledge
    catalogs: CatalogParts
    phrasings: PhrasingPieces
    golden: tuple[GoldenQuestion, ...]
    faults: tuple[Problem, ...]  # of catalogs, which cost a language and not the bot


@dataclass(frozen=True, slots=True)
class SharedCatalogs:
    """Catalogs that both sides have, by content hash; `chosen` with the English texts that they were chosen for."""

    files: dict[str, PoFile] = field(default_factory=dict)
    chosen: dict[str, tuple[English, KnowledgeCatalog]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Models:
    """What answers and what the gate asks; the held-out phrasings when the model is another than before.

    Args:
        found: The folder that both were read from, when nothing new was taught.
    """

    compiled: Compiled
    gate: GateModel
    held_out: Rows | None = None
    found: Path | None = None


class _RememberingFinder(SubjectFinder):
    """The gate asks both sides the same texts, and each of them for several entries."""

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        super().__init__(names)
        self._found: dict[str, str | None] = {}

    def find(self, folded: str) -> str | None:
        if folded not in self._found:
            self._found[folded] = super().find(folded)
        return self._found[folded]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two states that are compared.

    Args:
        digest: Of the content files.
        identity: Of the content files and of what answers, to the bit.
    """

    digest: str
    identity: str
    content: Content
    models: Models
    finders: Mapping[str, SubjectFinder]
    spelling: RememberingSpelling | None

    @classmethod
    def of(cls, digest: str, content: Content, models: Models, cache: Path, other: "Side | None" = None) -> "Side":
        """Where the `other` side knows the same subjects, they are looked for once; so is what its letters mended."""
        known = other.content.knowledge if other else None
        now, letters = content.knowledge, models.compiled.model.spelling
        same = known is not None and (known.cities, known.countries) == (now.cities, now.countries)
        finders = other.finders if other and same else finders_of(now, _RememberingFinder)
        if other and other.models.compiled.model.spelling is letters:  # no reload learns letters
            spelling = other.spelling
        else:
            spelling = RememberingSpelling(letters, cache) if letters else None
        return cls(digest, f"{digest} {identity(models.compiled)}", content, models, finders, spelling)

    def snapshot(self) -> Snapshot:
        content, model = self.content, self.models.compiled
        interface = {locale: interface_of(raw) for locale, raw in content.catalogs.interface.items()}
        catalogs = Catalogs(interface, content.catalogs.knowledge, content.catalogs.signed)
        return Snapshot.of(content.knowledge, catalogs, self.retriever(), model.identifier, None)

    def retriever(self, model: Model | None = None) -> Retriever:
        return retriever_of(model or self.models.compiled.model, self.content.knowledge, self.finders, self.spelling)


def prepare(order: Order, encoder: Encoder | None, progress: Progress) -> Prepared | Faulty | Same:
    """A complete version in `order.into`; nothing is left there unless the outcome is `Prepared`."""
    remembering = RememberingEncoder(encoder, order.folders.cache) if encoder else None
    outcome: Prepared | Faulty | Same
    try:
        outcome = _prepare(order, remembering, progress)
    except ContentError as error:
        outcome = Faulty(_named(error.problems, order))
    if not isinstance(outcome, Prepared):
        shutil.rmtree(order.into, ignore_errors=True)
    elif remembering:
        remembering.keep()
    return outcome


def warm(order: WarmOrder, encoder: Encoder | None) -> None:
    """Only fills the cache, and clears it of what was not used for a month."""
    cache, live = order.folders.cache, order.live
    side = _live_side(live, hash_content(live / KNOWLEDGE, live / LOCALES), cache, _load, SharedCatalogs())
    remembering = RememberingEncoder(encoder, cache) if encoder else None
    if side:
        _graded(side, side.content.golden, remembering, cache)
    if side and encoder and side.models.compiled.model.encoder == encoder.name:
        model, content = side.models.compiled, side.content
        places = (cache, order.folders.knowledge / "compiled")
        rehearsal(model, content.phrasings.all, FeatureMaker(model, content.knowledge, places, encoder), cache)
    if remembering:
        remembering.keep()
    forget_unused(cache)


def _prepare(order: Order, encoder: RememberingEncoder | None, progress: Progress) -> Prepared | Faulty | Same:
    folders = order.folders
    files = stage_content(folders.knowledge, folders.locales, order.into, order.live, order.instead)
    live_files = hash_linked(order.live, order.into, files) if order.live else None
    if live_files and live_files.digest == files.digest:
        return Same()
    cache, shared = folders.cache, SharedCatalogs()
    content, problems = read_content(order.into, files, cache, shared)
    load: Load = functools.cache(_load)
    before = _live_side(order.live, live_files, cache, load, shared) if order.live and live_files else None
    shared.files.clear()  # megabytes
    if content and before and order.live:
        problems += _new_faults(content, order.into, before.content, order.live)
    if content is None or problems:
        return Faulty(_named(problems, order), files.digest)
    side = Side.of(files.digest, content, _models(order, content, encoder, progress, load), cache, before)
    prepared = _judged(order, before, side, encoder)
    _keep_models(order, side.models)
    save_parts(order.into, content.knowledge, content.catalogs, order.live)
    return prepared


def _keep_models(order: Order, models: Models) -> None:
    """Those of the live version are linked: nobody writes to a version, and to write them again takes long."""
    if models.found and models.found == order.live:
        with contextlib.suppress(OSError):  # a file system without links, or with too many
            for name in (MODEL, GATE):
                (order.into / name).hardlink_to(order.live / name)
            return
    save_compiled(order.into / MODEL, models.compiled)
    save_gate(order.into / GATE, models.gate)


def read_content(
    folder: Path, files: ContentFiles, cache: Path, shared: SharedCatalogs
) -> tuple[Content | None, list[Problem]]:
    """What lies in `folder`, and every problem that keeps it from going live; with problems it may be None."""
    knowledge, problems = _read_knowledge(folder / KNOWLEDGE, files, cache)
    if knowledge is None:
        return None, problems
    hashes = {name.removeprefix(f"{KNOWLEDGE}/"): digest for name, digest in files.hashes.items()}
    phrasings, problems = read_pieces(folder / KNOWLEDGE, knowledge, hashes, cache)
    golden, more = read_golden(folder / KNOWLEDGE, knowledge)
    reader = _PoReader(folder, files, cache, shared)
    catalogs, faults = read_catalog_parts(folder / LOCALES, knowledge, reader.read, reader.compile, reader.choose)
    return Content(knowledge, catalogs, phrasings, tuple(golden), tuple(faults)), [*problems, *more]


def _read_knowledge(folder: Path, files: ContentFiles, cache: Path) -> tuple[Knowledge | None, list[Problem]]:
    names = [f"{KNOWLEDGE}/{path.name}" for path in knowledge_files(folder)]
    key = " ".join(f"{name}={files.hashes[name]}" for name in names)
    return remembered(cache, f"knowledge {key}", lambda: read_knowledge(folder), lambda found: not found[1])


class _PoReader:
    """Reads a catalog that is known by its content from what was stored, and for both sides only once."""

    def __init__(self, folder: Path, files: ContentFiles, cache: Path, shared: SharedCatalogs) -> None:
        self._folder = folder
        self._files = files
        self._cache = cache
        self._shared = shared

    def compile(self, po: PoFile, locale: str) -> bytes:
        return remembered(self._cache, f"mo {self._digest(Path(po.path))}", lambda: compile_po(po, locale))

    def _digest(self, path: Path) -> str:
        return self._files.hashes[path.relative_to(self._folder).as_posix()]

    def read(self, path: Path) -> PoFile:
        digest = self._digest(path)
        found = self._shared.files.get(digest)
        if found is None:
            found = remembered(self._cache, f"catalog {digest}", lambda: read_po(path), lambda po: not po.problems)
            if not found.problems:  # which name this very path
                self._shared.files[digest] = found
        return replace(found, path=str(path))

    def choose(self, po: PoFile, english: English) -> tuple[KnowledgeCatalog, list[Problem]]:
        digest = self._digest(Path(po.path))
        known = self._shared.chosen.get(digest)
        if known and known[0] == english:
            return known[1], []
        catalog, problems = knowledge_catalog(po, english)
        if not problems:
            self._shared.chosen[digest] = (english, catalog)
        return catalog, problems


Load = Callable[[Path], tuple[Compiled, GateModel] | None]


def _load(folder: Path) -> tuple[Compiled, GateModel] | None:
    """The model that lies in a folder with its gate's."""
    compiled, gate = load_compiled(folder / MODEL), load_gate(folder / GATE)
    return (compiled, gate) if compiled and gate else None


def _live_side(folder: Path, files: ContentFiles, cache: Path, load: Load, shared: SharedCatalogs) -> Side | None:
    """None when what is live was made by an older program and cannot be read any more."""
    content, problems = read_content(folder, files, cache, shared)
    found = load(folder)
    if content is None or problems or found is None:
        return None
    return Side.of(files.digest, content, Models(*found), cache)


def _new_faults(content: Content, folder: Path, before: Content, live: Path) -> list[Problem]:
    """Faults of catalogs that readers do not live with already."""
    known = {(fault.path.removeprefix(str(live)), fault.what) for fault in before.faults}
    return [one for one in content.faults if (one.path.removeprefix(str(folder)), one.what) not in known]


def _models(order: Order, content: Content, encoder: Encoder | None, progress: Progress, load: Load) -> Models:
    """Those of exactly these files where there are some, else the best ones taught what is new."""
    folder, cache = order.into / KNOWLEDGE, order.folders.cache
    digest = input_digest(folder, content.knowledge)
    usable = [(place, marks) for place in order.models if (marks := read_marks(place / MODEL))]
    if encoder:  # one that this encoder can serve comes before one that answers from letters alone
        usable.sort(key=lambda pair: pair[1].encoder != encoder.name)
    for place, marks in usable:
        if marks.digest == digest and (found := load(place)) and found[1].digest == digest:
            return Models(*found, found=place)
    for place, marks in usable:
        if encoder and marks.encoder == encoder.name and (found := load(place)):
            maker = _maker(order, found[0], content, encoder)
            refined = refine(*found, digest, content.phrasings, maker, cache)
            return Models(refined.compiled, refined.gate, refined.held_out)
    return _compiled_anew(order, content, digest, encoder, progress)


def _maker(order: Order, compiled: Compiled, content: Content, encoder: Encoder) -> FeatureMaker:
    places = (order.folders.cache, order.folders.knowledge / "compiled")
    return FeatureMaker(compiled, content.knowledge, places, encoder)


def _compiled_anew(order: Order, content: Content, digest: str, encoder: Encoder | None, progress: Progress) -> Models:
    """Minutes. Without a model that never saw some phrasings the gate asks the whole one, which flatters it."""
    compiled = load_or_compile(
        content.knowledge,
        content.phrasings.all,
        order.folders.knowledge,
        order.folders.cache,
        encoder,
        progress,
    )
    gate = GateModel(digest, compiled.model.classes, compiled.model.hybrid, content.phrasings.keys)
    return Models(compiled, gate)


def _judged(order: Order, before: Side | None, now: Side, encoder: RememberingEncoder | None) -> Prepared:
    """What the gate says. Where nothing was live before, nothing can get worse."""
    golden = now.content.golden
    graded = _graded(now, golden, encoder, order.folders.cache)
    graded_before = _graded(before, golden, encoder, order.folders.cache) if before else []
    asked = _asked_again(before, now, order.folders.cache)
    figures = {
        f"{locale} right": f"{one.right[0]} -> {one.right[1]} % of {one.asked}"
        for locale, one in figures_by_language(asked).items()
    }
    served = sum(one.grade > 0 for one in graded)
    figures["golden questions"] = f"{served} of {len(graded)} served"
    old = before.content if before else now.content
    diff = compare_knowledge(
        old.knowledge,
        now.content.knowledge,
        old.catalogs.knowledge,
        now.content.catalogs.knowledge,
        golden=_changed_answers(graded_before, graded),
        phrasings=_counts(old.phrasings, now.content.phrasings),
    )
    findings = tuple(gate_findings(asked, graded_before, graded, order.margin))
    return Prepared(str(order.into), now.digest, diff, findings, figures)


def _counts(before: PhrasingPieces, now: PhrasingPieces) -> tuple[int, int]:
    return len(not_among(now.keys, before.keys)), len(not_among(before.keys, now.keys))


def _changed_answers(before: Sequence[Graded], now: Sequence[Graded]) -> list[Change]:
    return [
        Change(one.golden.locale, f"{one.golden.question} ({one.golden.locale})", was.given, one.given)
        for was, one in zip(before, now, strict=False)
        if was.given != one.given
    ]


class _Clock:
    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC)


def _graded(
    side: Side, golden: Sequence[GoldenQuestion], encoder: RememberingEncoder | None, cache: Path
) -> list[Graded]:
    """Remembered: what is asked of the new side today is asked of the live one at the next reload.

    Everything that a grade depends on is in the key: the files, the model to the bit, the encoder, the questions and
    the day, as entries come into force. Nothing is kept where the encoder failed meanwhile.
    """
    day = _Clock().now().date()
    key = f"{side.identity} {encoder.name if encoder else ''} {day} {golden!r}"

    def whole(_: list[Graded]) -> bool:
        return not (encoder and encoder.failed) and _Clock().now().date() == day

    return remembered(cache, f"graded {key}", lambda: asyncio.run(_ask_golden(side, golden, encoder)), whole)


async def _ask_golden(side: Side, golden: Iterable[GoldenQuestion], encoder: Encoder | None) -> list[Graded]:
    """Through the one door, as everybody asks, but with patience: a busy machine makes no answer worse."""
    answering = Answering(side.snapshot(), store=NoStore(), clock=_Clock(), encoder=encoder, patient=True)
    graded = []
    for number, one in enumerate(golden):
        question = Question(text=one.question, asker="gate", conversation=f"gate:{number}", platform="gate")
        graded.append(grade(one, await answering.ask(question), side.content.knowledge))
    if side.spelling:
        side.spelling.keep()
    return graded


def _asked_again(before: Side | None, now: Side, cache: Path) -> list[AskedAgain]:
    """Held-out phrasings of entries that exist on both sides, each judged by its side's own gate model.

    None where the encoder was exchanged: the features of one model mean nothing to the other. Golden questions remain.
    """
    rows = now.models.held_out
    if before is None or rows is None or before.models.compiled.model.encoder != now.models.compiled.model.encoder:
        return []
    known = before.content.knowledge.entries.keys() | set(before.models.gate.classes)
    rows = rows.where(lambda one: one.label in known)
    asked = rows.digest()
    was, given = (_verdicts(side, rows, asked, cache) for side in (before, now))
    pairs = zip(was, given, strict=True)
    return [AskedAgain(new.locale, new.label, old.verdict, new.verdict) for old, new in pairs]


def _verdicts(side: Side, rows: Rows, asked: str, cache: Path) -> list[Verdict]:
    """Remembered as grades are: those of the new side are wanted again at the next reload, of the live one.

    Args:
        asked: The digest of `rows`.
    """
    weights = side.models.gate.weights
    key = f"verdicts {side.identity} {digest_of(weights.matrix, weights.bias)} {asked}"
    return remembered(cache, key, lambda: _judge_held_out(side, rows))


def _judge_held_out(side: Side, rows: Rows) -> list[Verdict]:
    model, gate = side.models.compiled.model, side.models.gate
    shares = softmax(gate.weights.scores(rows.features) * model.sharpness[0])
    retriever = side.retriever(replace(model, classes=gate.classes))
    first: dict[Phrasing, int] = {}  # once, whatever else is made of a phrasing
    for index, phrasing in enumerate(rows.phrasings):
        first.setdefault(phrasing, index)
    texts, chosen = [rows.texts[index] for index in first.values()], shares[list(first.values())]
    asked = [
        Asked(Example(phrasing.locale, phrasing.label, text, 0), ranking)
        for phrasing, text, ranking in zip(first, texts, retriever.rankings(texts, chosen), strict=True)
    ]
    return judge(asked, side.content.knowledge, model.thresholds[0])


def _named(problems: Iterable[Problem], order: Order) -> tuple[Problem, ...]:
    """Problems of the staged copies, as those of the files that a person can mend."""
    folders = order.folders
    return tuple(
        sorted(
            {
                replace(one, path=original_path(one.path, order.into, folders.knowledge, folders.locales))
                for one in problems
            }
        )
    )
