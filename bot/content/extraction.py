"""What there is to translate: the interface's texts out of the code, the knowledge base's out of its YAML.

Both are extracted by Babel: Python with its own extractor, YAML with `extract_knowledge`, which pyproject.toml names
too, so that `pybabel extract` finds the same texts. What the running bot needs is asked of the loaded code and
knowledge instead; tests hold both views together.
"""

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import yaml
from babel.messages.extract import extract

from bot.content.knowledge_reader import knowledge_files, knowledge_version, read_knowledge
from bot.content.po_file import PoMessage
from bot.content.yaml_reader import Document, read_yaml
from bot.core import messages
from bot.core.announcements import messages as announcement_messages
from bot.core.announcements import templates
from bot.core.browsing import SECTION_TITLES
from bot.core.catalog import PLACEHOLDER
from bot.core.errors import ContentError
from bot.core.facts import Date, DateRange, Fact, Fraction, Integer, Moment, Money, Names, Ordinal, Territories
from bot.core.formatting import format_fact
from bot.core.inbox import messages as inbox_messages
from bot.core.knowledge import Knowledge, subject_facts
from bot.core.messages import Message, PluralMessage
from bot.core.models import Entry
from bot.core.proposals import messages as proposal_messages

KEYWORDS: Mapping[str, tuple[Any, ...]] = {"Message": ((1, "c"), 2), "PluralMessage": ((1, "c"), 2, 3)}
COMMENT_TAG = "Translators:"
# The function name under which Babel expects (context, text); one of its default keywords.
_WITH_CONTEXT = "pgettext"
_KINDS: Mapping[type, str] = {
    Date: "date",
    DateRange: "range of days",
    Moment: "date and time",
    Integer: "number",
    Ordinal: "number of an edition, a bare number in every language but English",
    Fraction: "fraction",
    Money: "amount of money",
    Territories: "one or more countries",
    Names: "one or more names",
}

English = Mapping[str, tuple[str, ...]]
Extracted = tuple[int, str, tuple[str, str], list[str]]


def interface_english() -> dict[str, tuple[str, ...]]:
    """The English texts of the interface by context: one, or singular and plural."""
    modules = (messages, announcement_messages, templates, inbox_messages, proposal_messages)
    defined = [one for module in modules for one in vars(module).values() if isinstance(one, Message | PluralMessage)]
    headings = [text for template in templates.TEMPLATES.values() for text in (template.title, template.lead)]
    found: dict[str, tuple[str, ...]] = {}
    for message in [*defined, *headings, *SECTION_TITLES.values()]:
        found[message.context] = (message.text,) if isinstance(message, Message) else (message.one, message.many)
    return found


def knowledge_english(knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    """The English texts of the knowledge base by context."""
    found: dict[str, tuple[str, ...]] = {f"{topic.id}|topic": (topic.title,) for topic in knowledge.topics}
    for entry in knowledge.entries.values():
        found[f"{entry.id}|question"] = (entry.question,)
        found[f"{entry.id}|answer"] = (entry.answer,)
    found |= {f"city.{city.id}|focus": (city.focus,) for city in knowledge.cities.values() if city.focus}
    return found


def interface_template(code: Path) -> list[PoMessage]:
    """The interface's messages in the order of the code, with the comments meant for translators."""
    return [message for path in sorted(code.rglob("*.py")) for message in _extract("python", path, code)]


def knowledge_template(knowledge: Path) -> list[PoMessage]:
    """The knowledge base's messages in the order of its files.

    Raises:
        ContentError: The knowledge base is faulty.
    """
    method = f"{extract_knowledge.__module__}:{extract_knowledge.__name__}"
    return [message for path in knowledge_files(knowledge) for message in _extract(method, path, knowledge)]


def extract_knowledge(fileobj: IO[bytes], *_keywords_and_tags: object, **_options: object) -> Iterator[Extracted]:
    """Babel's extractor for one YAML file: (line, function, (context, text), comments)."""
    path = Path(fileobj.name)
    document = read_yaml(path, str(path))
    if not isinstance(document.root, yaml.MappingNode):
        return
    fields = document.mapping(document.root, path.name)
    knowledge = _knowledge_at(path.parent, knowledge_version(path.parent))
    if "topic" in fields:
        yield from _topic_texts(document, fields, knowledge)
    elif "cities" in fields:
        yield from _city_texts(document, fields, knowledge)


@functools.lru_cache(maxsize=1)
def _knowledge_at(folder: Path, _version: str) -> Knowledge:
    """The version is part of the key only: an edited file is read anew."""
    knowledge, problems = read_knowledge(folder)
    if knowledge is None:
        raise ContentError(problems)
    return knowledge


def _extract(method: str, path: Path, base: Path) -> Iterator[PoMessage]:
    reference = f"{base.name}/{path.relative_to(base).as_posix()}"
    keywords = {**KEYWORDS, _WITH_CONTEXT: ((1, "c"), 2)}
    with path.open("rb") as file:
        extracted = list(extract(method, file, keywords, [COMMENT_TAG]))
    for line, found, comments, context in extracted:
        if not context:
            continue
        english = (found,) if isinstance(found, str) else tuple(found)
        yield PoMessage(
            context=context,
            english=english,
            texts=("",) * len(english),
            notes=tuple(comments),
            references=(f"{reference}:{line}",),
            # Tells Poedit and Weblate to compare the placeholders.
            flags=("python-brace-format",) if any(map(PLACEHOLDER.search, english)) else (),
        )


def _topic_texts(document: Document, fields: Mapping[str, yaml.Node], knowledge: Knowledge) -> Iterator[Extracted]:
    topic = document.text(fields["topic"], "topic")
    yield _text(document, fields["title"], f"{topic}|topic", {})
    for node in document.items(fields["entries"], "entries"):
        values = document.mapping(node, "an entry")
        entry = knowledge.entries[document.text(values["id"], "id")]
        examples = _examples(knowledge, entry)
        yield _text(document, values["question"], f"{entry.id}|question", examples)
        yield _text(document, values["answer"], f"{entry.id}|answer", examples)


def _city_texts(document: Document, fields: Mapping[str, yaml.Node], knowledge: Knowledge) -> Iterator[Extracted]:
    for node in document.items(fields["cities"], "cities"):
        values = document.mapping(node, "a city")
        if "focus" in values:
            city = knowledge.cities[document.text(values["id"], "id")]
            comment = f"What the smart city work of {city.name} is about; stands for {{focus}} inside a sentence."
            line, function, texts, _ = _text(document, values["focus"], f"city.{city.id}|focus", {})
            yield line, function, texts, [comment]


def _text(document: Document, node: yaml.Node, context: str, examples: Mapping[str, str]) -> Extracted:
    text = document.text(node, context)
    used = dict.fromkeys(PLACEHOLDER.findall(text))
    return document.line(node), _WITH_CONTEXT, (context, text), [examples[name] for name in used]


def _examples(knowledge: Knowledge, entry: Entry) -> dict[str, str]:
    """What each placeholder of an entry stands for, with the value that the English reader sees."""
    facts: Mapping[str, Fact] = entry.facts
    examples = {}
    if entry.slot:
        subject = _telling_subject(knowledge, entry.slot)
        facts = subject_facts(knowledge, entry, subject)
        if entry.slot == "city":
            focus = knowledge.cities[subject].focus
            examples["focus"] = f"{{focus}}: what its smart city work is about, for example {focus}"
    for name, fact in facts.items():
        examples[name] = f"{{{name}}}: {_KINDS[type(fact)]}, for example {format_fact(fact, 'en', knowledge.names)}"
    return examples


def _telling_subject(knowledge: Knowledge, slot: str) -> str:
    """A subject that has everything: a city with a focus, any country."""
    subjects = knowledge.subjects(slot)
    return next((key for key in subjects if slot != "city" or knowledge.cities[key].focus), subjects[0])
