"""Reads knowledge/*.yaml into a `Knowledge` snapshot, reporting every fault of every file at once."""

import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import regex
import yaml

from bot.content.fact_reader import read_fact
from bot.content.yaml_reader import Document, read_yaml
from bot.core.browsing import SECTION_TITLES
from bot.core.catalog import PLACEHOLDER
from bot.core.errors import Problem
from bot.core.facts import Fact, Names
from bot.core.formatting import territory_name
from bot.core.knowledge import SLOT_FACTS, Knowledge, SummaryOutline, TopicOutline
from bot.core.locales import LANGUAGES
from bot.core.models import Changed, ChangeKind, City, Confidence, Entry, Source
from bot.core.partial_dates import parse_partial_date
from bot.core.text import has_letters

T = TypeVar("T")
_ID = regex.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_MAX_ID = 48  # keys travel in Discord custom ids of at most 100 characters, together with a city and a locale
_URL = regex.compile(r"https?://[^\s<>\"]+")
_BARE_DIGIT = regex.compile(r"(?<![\p{L}\p{N}])\p{N}+(?![\p{L}\p{N}])")
MAX_ANSWER = 600  # characters of the English template without its facts; a person reads it in a chat
MAX_QUESTION = 100  # characters, Discord's limit for a choice

_ENTRY_REQUIRED = frozenset({"id", "question", "answer", "answers", "sources", "as_of", "confidence"})
_ENTRY_OPTIONAL = frozenset({"facts", "related", "unknown", "valid_from", "valid_until", "slot", "fallback", "changed"})


_PLAIN = "entry without a slot"  # what can be said without knowing a subject


@dataclass(slots=True)
class _Draft:
    """What has been read so far, with the place of everything that must be checked against the rest."""

    entries: dict[str, Entry] = field(default_factory=dict)
    topics: list[TopicOutline] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    cities: dict[str, City] = field(default_factory=dict)
    countries: dict[str, tuple[str, ...]] = field(default_factory=dict)
    summaries: dict[str, SummaryOutline] = field(default_factory=dict)
    courtesy: dict[str, tuple[str, ...]] = field(default_factory=dict)
    references: list[tuple[Document, yaml.Node, str, str]] = field(default_factory=list)  # (where, node, kind, id)
    positions: dict[str, int] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)


def knowledge_files(folder: Path) -> list[Path]:
    """The YAML files of the knowledge base itself: phrasings and negatives teach retrieval, they say nothing."""
    return sorted(folder.glob("*.y*ml"))


def knowledge_version(folder: Path) -> str:
    """First 12 hex digits of the SHA-256 over names and contents of all knowledge files."""
    digest = hashlib.sha256()
    for path in knowledge_files(folder):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def read_knowledge(folder: Path) -> tuple[Knowledge | None, list[Problem]]:
    """The snapshot, or None and every problem found."""
    draft = _Draft()
    files = knowledge_files(folder)
    if not files:
        return None, [Problem(str(folder), 0, "has no YAML files", "set BOT_KNOWLEDGE_DIR to the knowledge folder")]
    for path in files:
        document = read_yaml(path, str(path))
        draft.documents.append(document)
        if document.root is not None:
            _read_file(path.name, document, draft)
    _check_references(draft)
    problems = sorted(problem for document in draft.documents for problem in document.problems)
    return (None, problems) if problems else (_knowledge(draft, folder), [])


def _knowledge(draft: _Draft, folder: Path) -> Knowledge:
    names: dict[str, Mapping[str, str]] = dict(draft.names)
    names.update({city.id: {"en": city.name, **city.names} for city in draft.cities.values()})
    return Knowledge(
        version=knowledge_version(folder),
        entries=draft.entries,
        topics=tuple(sorted(draft.topics, key=lambda topic: draft.positions[topic.id])),
        sources=draft.sources,
        cities=draft.cities,
        countries=draft.countries,
        names=names,
        summaries=draft.summaries,
        courtesy=draft.courtesy,
    )


def _read_file(name: str, document: Document, draft: _Draft) -> None:
    match name:
        case "sources.yaml" | "inbox-sources.yaml":
            _read_sources(document, draft)
        case "names.yaml":
            _read_names(document, draft)
        case "cities.yaml":
            _read_cities(document, draft)
        case "summary.yaml":
            _read_summaries(document, draft)
        case "courtesy.yaml":
            _read_courtesy(document, draft)
        case "glossary.yaml" | "golden.yaml":
            pass  # read by the translation checks and by the gate
        case _:
            _read_topic(document, draft)


def _read_topic(document: Document, draft: _Draft) -> None:
    fields = document.mapping(
        document.root, "a topic file", required=frozenset({"topic", "position", "title", "entries"})
    )
    topic = _id(document, fields.get("topic"), "topic")
    title = document.text(fields.get("title"), "title")
    ids = []
    for node in document.items(fields.get("entries"), "entries"):
        entry = _read_entry(document, node, topic, draft)
        if entry and entry.id in draft.entries:
            document.fault(node, f"the entry `{entry.id}` exists already", "give it another id")
        elif entry:
            draft.entries[entry.id] = entry
            ids.append(entry.id)
    draft.topics.append(TopicOutline(topic, title, tuple(ids)))
    draft.positions[topic] = _position(document, fields.get("position"))


def _position(document: Document, node: yaml.Node | None) -> int:
    """Where the topic stands when topics are browsed; 1 is first."""
    text = document.text(node, "position")
    if text and not (text.isascii() and text.isdigit()):
        document.fault(node, f"`{text}` is not a position", 'write a whole number in quotes, such as "3"')
        return 0
    return int(text or 0)


def _read_entry(document: Document, node: yaml.Node, topic: str, draft: _Draft) -> Entry | None:
    fields = document.mapping(node, "an entry", required=_ENTRY_REQUIRED, optional=_ENTRY_OPTIONAL)
    entry_id = _id(document, fields.get("id"), "id")
    if not entry_id:
        return None
    what = f"entry `{entry_id}`"
    slot = document.text(fields.get("slot"), f"slot of {what}") or None
    if slot and slot not in SLOT_FACTS:
        document.fault(fields["slot"], f"`{slot}` is not a slot ({what})", f"use one of: {', '.join(SLOT_FACTS)}")
        slot = None
    fallback = document.text(fields.get("fallback"), f"fallback of {what}") or None
    if fallback:
        draft.references.append((document, fields["fallback"], _PLAIN, fallback))
    if (slot is None) != (fallback is None):
        document.fault(node, f"{what} needs both `slot` and `fallback`, or neither", "add the missing one")
    facts = _read_facts(document, fields.get("facts"), what, draft)
    entry = Entry(
        id=entry_id,
        topic=topic,
        question=document.text(fields.get("question"), f"question of {what}"),
        answer=document.text(fields.get("answer"), f"answer of {what}"),
        facts=facts,
        answers=document.texts(fields.get("answers"), f"answers of {what}"),
        sources=_references(document, fields.get("sources"), "source", what, draft),
        as_of=_date(document, fields.get("as_of"), f"as_of of {what}") or "",
        confidence=_confidence(document, fields.get("confidence"), what),
        related=_references(document, fields.get("related"), "entry", what, draft),
        unknown=document.flag(fields.get("unknown"), f"unknown of {what}"),
        valid_from=_date(document, fields.get("valid_from"), f"valid_from of {what}"),
        valid_until=_date(document, fields.get("valid_until"), f"valid_until of {what}"),
        slot=slot,
        fallback=fallback,
        changed=_changed(document, fields.get("changed"), what),
    )
    _check_entry(document, fields, entry)
    return entry


def _check_entry(document: Document, fields: Mapping[str, yaml.Node], entry: Entry) -> None:
    what = f"entry `{entry.id}`"
    given = set(entry.facts) | SLOT_FACTS.get(entry.slot or "", frozenset())
    used = set(PLACEHOLDER.findall(entry.answer)) | set(PLACEHOLDER.findall(entry.question))
    for name in sorted(used - given):
        document.fault(
            fields.get("answer"), f"{{{name}}} in {what} has no fact", f"add `{name}: {{type: value}}` to facts"
        )
    for name in sorted(set(entry.facts) - used):
        document.fault(
            fields.get("facts"), f"the fact `{name}` of {what} is not used", f"write {{{name}}} or remove it"
        )
    if match := _BARE_DIGIT.search(PLACEHOLDER.sub("", entry.answer)):
        document.fault(fields.get("answer"), f"`{match[0]}` is typed into the answer of {what}", "make it a typed fact")
    if len(entry.answer) > MAX_ANSWER:
        document.fault(fields.get("answer"), f"the answer of {what} is longer than {MAX_ANSWER}", "say it shorter")
    if len(entry.question) > MAX_QUESTION:
        document.fault(
            fields.get("question"), f"the question of {what} is longer than {MAX_QUESTION}", "ask it shorter"
        )
    if not entry.sources and entry.slot is None:
        document.fault(fields.get("sources"), f"{what} has no source", "name at least one id of sources.yaml")
    if entry.valid_from and entry.valid_until and entry.valid_from > entry.valid_until:
        document.fault(fields["valid_until"], f"{what} ends before it starts", "swap valid_from and valid_until")


def _read_facts(document: Document, node: yaml.Node | None, what: str, draft: _Draft) -> dict[str, Fact]:
    if node is None:
        return {}
    facts = {}
    for name, value in document.mapping(node, f"facts of {what}").items():
        if not PLACEHOLDER.fullmatch(f"{{{name}}}"):
            document.fault(value, f"`{name}` in {what} cannot be a placeholder", "use lower case, digits and _")
        fact = read_fact(document, value, f"fact `{name}` of {what}")
        if fact is None:
            continue
        facts[name] = fact
        if isinstance(fact, Names):
            draft.references += [(document, value, "name", key) for key in fact.keys]
    return facts


def _read_sources(document: Document, draft: _Draft) -> None:
    fields = document.mapping(document.root, "sources.yaml", required=frozenset({"sources"}))
    for node in document.items(fields.get("sources"), "sources"):
        values = document.mapping(
            node,
            "a source",
            required=frozenset({"id", "title", "publisher", "url"}),
            optional=frozenset({"published", "kind"}),
        )
        source = Source(
            id=_id(document, values.get("id"), "id of a source"),
            title=document.text(values.get("title"), "title of a source"),
            publisher=document.text(values.get("publisher"), "publisher of a source"),
            url=document.text(values.get("url"), "url of a source"),
            published=_date(document, values.get("published"), "published of a source"),
        )
        if source.url and not _URL.fullmatch(source.url):
            document.fault(values["url"], f"`{source.url}` is not a web address", "write https://...")
        _add(document, node, draft.sources, source.id, source, "source")


def _read_names(document: Document, draft: _Draft) -> None:
    fields = document.mapping(document.root, "names.yaml", required=frozenset({"names"}))
    for key, node in document.mapping(fields.get("names"), "names").items():
        forms = _forms(document, node, f"name `{key}`")
        if "en" not in forms:
            document.fault(node, f"the name `{key}` has no English form", 'add en: "..."')
        draft.names[key] = forms


def _read_courtesy(document: Document, draft: _Draft) -> None:
    fields = document.mapping(document.root, "courtesy.yaml", required=frozenset({"courtesy"}))
    for tag, node in document.mapping(fields.get("courtesy"), "courtesy").items():
        if tag not in LANGUAGES:
            document.fault(node, f"`{tag}` is not one of our languages", f"use: {', '.join(LANGUAGES)}")
        pieces = []
        for item in document.items(node, f"courtesy in `{tag}`"):
            piece = document.text(item, f"a piece of courtesy in `{tag}`")
            if piece and not has_letters(piece):
                document.fault(item, f"`{piece}` has nothing to read", "write it in words")
            pieces.append(piece)
        draft.courtesy[tag] = tuple(pieces)


def _read_cities(document: Document, draft: _Draft) -> None:
    fields = document.mapping(document.root, "cities.yaml", required=frozenset({"cities", "countries"}))
    for code, node in document.mapping(fields.get("countries"), "countries").items():
        _check_territory(document, node, code)
        draft.countries[code] = document.texts(node, f"country `{code}`")
    for node in document.items(fields.get("cities"), "cities"):
        city = _read_city(document, node, draft)
        if city.id:
            _add(document, node, draft.cities, city.id, city, "city")


def _read_city(document: Document, node: yaml.Node, draft: _Draft) -> City:
    values = document.mapping(
        node,
        "a city",
        required=frozenset({"id", "name", "country", "joined", "sources"}),
        optional=frozenset({"names", "aliases", "membership", "focus"}),
    )
    city_id = _id(document, values.get("id"), "id of a city")
    what = f"city `{city_id}`"
    country = document.text(values.get("country"), f"country of {what}")
    if country:
        _check_territory(document, values["country"], country)
    membership = document.text(values.get("membership"), f"membership of {what}")
    if membership:
        draft.references.append((document, values["membership"], _PLAIN, membership))
    return City(
        id=city_id,
        name=document.text(values.get("name"), f"name of {what}"),
        country=country,
        joined=_date(document, values.get("joined"), f"joined of {what}") or "",
        names=_forms(document, values["names"], f"names of {what}") if "names" in values else {},
        aliases=document.texts(values.get("aliases"), f"aliases of {what}"),
        sources=_references(document, values.get("sources"), "source", what, draft),
        membership=membership or None,
        focus=document.text(values.get("focus"), f"focus of {what}") or None,
    )


def _check_territory(document: Document, node: yaml.Node, code: str) -> None:
    try:
        territory_name(code, "en")
    except KeyError:
        document.fault(node, f"`{code}` is not a territory", "write an ISO 3166 code such as KH")


def _read_summaries(document: Document, draft: _Draft) -> None:
    fields = document.mapping(document.root, "summary.yaml", required=frozenset({"summaries"}))
    for topic, node in document.mapping(fields.get("summaries"), "summaries").items():
        values = document.mapping(node, f"summary `{topic}`", required=frozenset({"line", "paragraph", "page"}))
        page = []
        for section, keys in document.mapping(values.get("page"), f"page of summary `{topic}`").items():
            if section not in SECTION_TITLES:
                document.fault(keys, f"`{section}` is not a section", f"use one of: {', '.join(SECTION_TITLES)}")
            page.append((section, _references(document, keys, _PLAIN, f"summary `{topic}`", draft)))
        draft.references.append((document, node, "topic", topic))
        draft.summaries[topic] = SummaryOutline(
            topic=topic,
            line=_references(document, values.get("line"), _PLAIN, f"summary `{topic}`", draft),
            paragraph=_references(document, values.get("paragraph"), _PLAIN, f"summary `{topic}`", draft),
            page=tuple(page),
        )


def _forms(document: Document, node: yaml.Node, what: str) -> dict[str, str]:
    forms = {}
    for locale, value in document.mapping(node, what).items():
        if locale not in LANGUAGES:
            document.fault(value, f"`{locale}` in {what} is not one of our languages", f"use: {', '.join(LANGUAGES)}")
        forms[locale] = document.text(value, what)
    return forms


def _references(document: Document, node: yaml.Node | None, kind: str, what: str, draft: _Draft) -> tuple[str, ...]:
    found = []
    for item in document.items(node, f"{kind} ids of {what}"):
        text = document.text(item, f"a {kind} id of {what}")
        if text:
            draft.references.append((document, item, kind, text))
            found.append(text)
    return tuple(found)


def _check_references(draft: _Draft) -> None:
    known: dict[str, set[str]] = {
        "entry": set(draft.entries),
        _PLAIN: {entry.id for entry in draft.entries.values() if entry.slot is None},
        "source": set(draft.sources),
        "name": set(draft.names) | set(draft.cities),
        "topic": {topic.id for topic in draft.topics},
    }
    for document, node, kind, wanted in draft.references:
        if wanted not in known[kind]:
            document.fault(node, f"there is no {kind} `{wanted}`", _nearest(wanted, known[kind]))


def _nearest(wanted: str, known: set[str]) -> str:
    close = difflib.get_close_matches(wanted, known, n=1)
    return f"did you mean `{close[0]}`?" if close else "check the spelling"


def _add(document: Document, node: yaml.Node, into: dict[str, T], key: str, value: T, kind: str) -> None:
    if not key:  # reported where it is missing
        return
    if key in into:
        document.fault(node, f"the {kind} `{key}` exists already", "give it another id")
    into[key] = value


def _id(document: Document, node: yaml.Node | None, what: str) -> str:
    text = document.text(node, what)
    if text and (not _ID.fullmatch(text) or len(text) > _MAX_ID):
        document.fault(
            node, f"`{text}` cannot be an id", f"use a-z, 0-9, dots and hyphens, at most {_MAX_ID} characters"
        )
    return text


def _date(document: Document, node: yaml.Node | None, what: str) -> str | None:
    if node is None:
        return None
    text = document.text(node, what)
    if text and parse_partial_date(text) is None:
        document.fault(node, f"`{text}` in {what} is not a date", 'write "2024-10-29", "2024-10" or "2024"')
    return text or None


def _changed(document: Document, node: yaml.Node | None, what: str) -> Changed | None:
    if node is None:
        return None
    fields = document.mapping(node, f"changed of {what}", required=frozenset({"at", "kind"}))
    at = _date(document, fields.get("at"), f"changed of {what}")
    kind = document.text(fields.get("kind"), f"kind of the change of {what}")
    if kind and kind not in set(ChangeKind):
        document.fault(
            fields["kind"], f"`{kind}` is not a kind of change ({what})", f"use one of: {', '.join(ChangeKind)}"
        )
        return None
    return Changed(at, ChangeKind(kind)) if at and kind else None


def _confidence(document: Document, node: yaml.Node | None, what: str) -> Confidence:
    text = document.text(node, f"confidence of {what}")
    if text and text not in set(Confidence):
        document.fault(node, f"`{text}` is not a confidence ({what})", f"use one of: {', '.join(Confidence)}")
        return Confidence.UNSURE
    return Confidence(text) if text else Confidence.UNSURE
