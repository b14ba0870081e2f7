"""What changes for readers between two states of the knowledge base, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.catalog import KnowledgeCatalog
from bot.core.facts import Fact
from bot.core.formatting import NameForms, format_fact
from bot.core.knowledge import Knowledge
from bot.core.locales import SOURCE_LOCALE
from bot.core.models import Entry

_FIELDS = ("question", "answer", "answers", "sources", "as_of", "confidence", "related", "unknown", "valid_from",
           "valid_until", "slot", "fallback")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One value of `subject`; None where there was or is none."""

    subject: str
    what: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeDiff:
    """Args:
    changed: Values of entries that stay, facts among them as `fact NAME`; of cities, names, sources and topics.
    stale: By locale the contexts whose translation was current and no longer is.
    translated: By locale the contexts whose translation is new or says something else.
    golden: Golden questions that get another answer; `what` is the question.
    phrasings: How many ways of asking are new and how many are gone.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[Change, ...] = ()
    stale: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    translated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    golden: tuple[Change, ...] = ()
    phrasings: tuple[int, int] = (0, 0)

    def __bool__(self) -> bool:
        return any((self.added, self.removed, self.changed, self.stale, self.translated, self.golden, *self.phrasings))


def compare_knowledge(
    before: Knowledge,
    after: Knowledge,
    catalogs_before: Mapping[str, KnowledgeCatalog],
    catalogs_after: Mapping[str, KnowledgeCatalog],
    *,
    golden: Sequence[Change] = (),
    phrasings: tuple[int, int] = (0, 0),
) -> KnowledgeDiff:
    stale: dict[str, tuple[str, ...]] = {}
    translated: dict[str, tuple[str, ...]] = {}
    for locale in sorted({*catalogs_before, *catalogs_after}):
        was, now = (side.get(locale, _NOTHING).current for side in (catalogs_before, catalogs_after))
        gone = tuple(context for context in was if context not in now and _still_said(context, after))
        new = tuple(context for context, said in now.items() if context not in was or was[context].text != said.text)
        stale |= {locale: gone} if gone else {}
        translated |= {locale: new} if new else {}
    return KnowledgeDiff(
        added=tuple(key for key in after.entries if key not in before.entries),
        removed=tuple(key for key in before.entries if key not in after.entries),
        changed=(*_entry_changes(before, after), *_other_changes(before, after)),
        stale=stale,
        translated=translated,
        golden=tuple(golden),
        phrasings=phrasings,
    )


_NOTHING = KnowledgeCatalog({}, frozenset())


def _still_said(context: str, after: Knowledge) -> bool:
    """False for a text that is gone in English too: that is told as removed."""
    subject, _, kind = context.rpartition("|")
    return kind not in ("question", "answer") or subject in after.entries


def _entry_changes(before: Knowledge, after: Knowledge) -> Iterator[Change]:
    for key, now in after.entries.items():
        was = before.entries.get(key)
        if was is None or was == now:
            continue
        for name in _FIELDS:
            old, new = _shown(getattr(was, name)), _shown(getattr(now, name))
            if old != new:
                yield Change(key, name, old, new)
        yield from _fact_changes(was, now, before.names, after.names)


def _fact_changes(was: Entry, now: Entry, names_before: NameForms, names_after: NameForms) -> Iterator[Change]:
    for name in dict.fromkeys((*was.facts, *now.facts)):
        if was.facts.get(name) != now.facts.get(name):
            old, new = _fact(was.facts.get(name), names_before), _fact(now.facts.get(name), names_after)
            yield Change(now.id, f"fact {name}", old, new)


def _other_changes(before: Knowledge, after: Knowledge) -> Iterator[Change]:
    sides = [
        ("name", before.names, after.names),
        ("source", before.sources, after.sources),
        ("city", before.cities, after.cities),
        ("country", before.countries, after.countries),
        ("summary", before.summaries, after.summaries),
        ("topic", {one.id: one for one in before.topics}, {one.id: one for one in after.topics}),
    ]
    for kind, was, now in sides:
        for key in dict.fromkeys((*was, *now)):
            if was.get(key) != now.get(key):
                yield Change(f"{kind} {key}", "", _shown(was.get(key)), _shown(now.get(key)))


def _fact(fact: Fact | None, names: NameForms) -> str | None:
    return None if fact is None else format_fact(fact, SOURCE_LOCALE, names)


def _shown(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, tuple) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return str(value)


def diff_lines(diff: KnowledgeDiff) -> list[str]:
    """For an admin to read; a line for each thing that changes."""
    if not diff:
        return ["Nothing changes for readers."]
    lines = [f"added: {key}" for key in diff.added] + [f"removed: {key}" for key in diff.removed]
    for change in diff.changed:
        lines += [f"changed: {' '.join(filter(None, (change.subject, change.what)))}", *_old_and_new(change)]
    for change in diff.golden:
        lines += [f"answered differently: {change.what}", *_old_and_new(change)]
    for locale, contexts in diff.stale.items():
        lines.append(f"no longer translated into {locale} ({len(contexts)}): {', '.join(contexts)}")
    for locale, contexts in diff.translated.items():
        lines.append(f"newly translated into {locale} ({len(contexts)}): {', '.join(contexts)}")
    if any(diff.phrasings):
        lines.append(f"ways of asking: {diff.phrasings[0]} new, {diff.phrasings[1]} gone")
    return lines


def _old_and_new(change: Change) -> list[str]:
    return [f"    before: {change.old or '(none)'}", f"    after:  {change.new or '(none)'}"]
