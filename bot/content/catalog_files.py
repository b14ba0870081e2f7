"""The catalogs under locales/: extract, update, start a language, report, and read them for the running bot.

Two domains: `ui` (the code) and `knowledge` (the YAML). A message is named by its msgctxt, and that is what an update
goes by: guessing by likeness, as gettext and Babel do, loses the translation of an answer that was rewritten. A
translation whose English changed becomes fuzzy and keeps that English as `#| msgid`.
"""

import gettext
import io
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import regex
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.plurals import get_plural

from bot.content.extraction import English, interface_english, interface_template, knowledge_english, knowledge_template
from bot.content.po_file import FUZZY, PoFile, PoMessage, format_po, read_po
from bot.core.catalog import PLACEHOLDER, Catalogs, KnowledgeCatalog, Translation
from bot.core.errors import Problem
from bot.core.knowledge import Knowledge
from bot.core.locales import LANGUAGES, SOURCE_LOCALE

UI = "ui"
KNOWLEDGE = "knowledge"
DOMAINS = (UI, KNOWLEDGE)
# A translator's comment that says: a native speaker has confirmed this translation.
REVIEWED = regex.compile(r"reviewed:\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s+\S.*")
_PLURAL_FORMS = regex.compile(r"nplurals=([1-9]);\s*plural=([^;]{1,500});?")
_COUNTS_TRIED = 200  # every plural rule we know repeats within 100
_NAMED = 5  # contexts spelled out in a problem about many
_UPDATE = "run `python -m bot catalogs update`"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CatalogStatus:
    """How far one catalog is. `outdated` translations belong to an older English; `reviewed` are among `translated`."""

    locale: str
    domain: str
    translated: int
    reviewed: int
    outdated: int
    missing: int

    @property
    def complete(self) -> bool:
        return not self.outdated and not self.missing


ReadPo = Callable[[Path], PoFile]
CompilePo = Callable[[PoFile, str], bytes]  # of the locale named second, to the contents of a `.mo` file
ChooseCurrent = Callable[[PoFile, English], tuple[KnowledgeCatalog, list[Problem]]]  # see `knowledge_catalog`


@dataclass(frozen=True, slots=True)
class CatalogParts:
    """What `Catalogs` are made of, in a form that can be stored.

    Args:
        interface: Compiled catalogs (`.mo`) of the interface, of languages that are complete.
        knowledge: Translations of the knowledge base.
    """

    interface: Mapping[str, bytes]
    knowledge: Mapping[str, KnowledgeCatalog]
    signed: tuple[str, ...]


def read_catalogs(folder: Path, knowledge: Knowledge) -> tuple[Catalogs, list[Problem]]:
    """What can be shown: the interface of complete languages, and current translations of the knowledge base.

    A language whose interface is not complete is not shipped, and a problem says what it lacks. Outdated and missing
    translations of the knowledge base are no problems: the bot says the English text.
    """
    parts, problems = read_catalog_parts(folder, knowledge, read_po, compile_po, knowledge_catalog)
    interface = {locale: interface_of(compiled) for locale, compiled in parts.interface.items()}
    return Catalogs(interface, parts.knowledge, parts.signed), problems


def read_catalog_parts(
    folder: Path, knowledge: Knowledge, read: ReadPo, compile_: CompilePo, choose: ChooseCurrent
) -> tuple[CatalogParts, list[Problem]]:
    """Like `read_catalogs`, with `read`, `compile_` and `choose` in the place of those that know nothing yet."""
    problems = _strange_folders(folder)
    interface: dict[str, bytes] = {}
    translations: dict[str, KnowledgeCatalog] = {}
    signed = []
    ui_english, english = interface_english(), knowledge_english(knowledge)
    for locale in translated_locales(folder):
        if (path := catalog_path(folder, locale, UI)).exists():
            po = read(path)
            found = interface_problems(po, ui_english)
            problems += found
            if not found:
                interface[locale] = compile_(po, locale)
                signed += [locale] if all(is_reviewed(one) for one in po.messages if not one.obsolete) else []
        if (path := catalog_path(folder, locale, KNOWLEDGE)).exists():
            po = read(path)
            problems += po.problems
            translations[locale], found = choose(po, english)
            problems += found
    return CatalogParts(interface, translations, tuple(signed)), sorted(problems)


def interface_of(compiled: bytes) -> gettext.NullTranslations:
    """The standard library's translations from a compiled catalog."""
    return gettext.GNUTranslations(io.BytesIO(compiled))


def translated_locales(folder: Path) -> list[str]:
    """Our languages that have a folder, in the order of LANGUAGES."""
    return [tag for tag in LANGUAGES if _is_ours(tag) and (folder / tag).is_dir()]


def catalog_path(folder: Path, locale: str, domain: str) -> Path:
    return folder / locale / "LC_MESSAGES" / f"{domain}.po"


def is_current(message: PoMessage, english: tuple[str, ...]) -> bool:
    """The translation is complete and belongs to today's English."""
    return message.translated and not message.fuzzy and message.english == english


def is_reviewed(message: PoMessage) -> bool:
    return any(REVIEWED.fullmatch(comment.strip()) for comment in message.comments)


def placeholder_problem(path: str, message: PoMessage, english: Sequence[str]) -> Problem | None:
    """A translation must fill in exactly the facts of its English; a fact left out or misspelt would mislead."""
    wanted = frozenset[str]().union(*map(_placeholders, english))
    for text in message.texts:
        found = _placeholders(text)
        # The singular may say "one second" without a figure, but no figure may be invented.
        if found != wanted and not (len(english) > 1 and found < wanted and text != message.texts[-1]):
            missing, strange = _braces(wanted - found), _braces(found - wanted)
            what = " and ".join(filter(None, (missing and f"lacks {missing}", strange and f"has {strange} too much")))
            return Problem(path, message.line, f"`{message.context}` {what}", "use the placeholders of the English")
    return None


def _placeholders(text: str) -> frozenset[str]:
    return frozenset(PLACEHOLDER.findall(text)) if "{" in text else frozenset()


def interface_problems(po: PoFile, english: English) -> list[Problem]:
    """Why an interface catalog cannot be shipped; empty when it can."""
    if po.header is None:
        return po.problems or [Problem(po.path, 0, "has no header", f"delete the file and {_UPDATE}")]
    found = [*po.problems, *_plural_problems(po)]
    known = {message.context: message for message in po.messages if not message.obsolete}
    current = {context for context in known.keys() & english.keys() if is_current(known[context], english[context])}
    found += filter(None, (placeholder_problem(po.path, known[context], english[context]) for context in current))
    lacking = [context for context in english if context not in current]
    if lacking:
        line = next((known[context].line for context in lacking if context in known), po.header.line)
        what = f"{len(lacking)} texts of the interface have no current translation: {_some(lacking)}"
        found.append(Problem(po.path, line, what, f"{_UPDATE}, translate them; until then the language is not offered"))
    return found


def extract(code: Path, knowledge: Path, locales: Path, say: Say) -> None:
    """Write the templates locales/ui.pot and locales/knowledge.pot.

    Raises:
        ContentError: The knowledge base is faulty.
    """
    for domain, messages in ((UI, interface_template(code)), (KNOWLEDGE, knowledge_template(knowledge))):
        path = locales / f"{domain}.pot"
        write_po(PoFile(str(path), _template_header(domain), messages), path)
        say(f"{path}: {len(messages)} texts")


def update(locales: Path, languages: Collection[str], say: Say) -> list[Problem]:
    """Bring the catalogs of `languages` (all that have a folder, when empty) in line with the templates.

    A faulty catalog or template is left alone, and its problems are returned: nothing that a translator wrote is lost.
    """
    if problems := [_not_ours(locales, locale) for locale in languages if not _is_ours(locale)]:
        return problems
    for domain in DOMAINS:
        template = read_po(locales / f"{domain}.pot")
        problems += template.problems
        for locale in [] if template.problems else languages or translated_locales(locales):
            problems += _update_one(template, locales, locale, domain, say)
    return problems


def init(locales: Path, locale: str, say: Say) -> list[Problem]:
    """Start a language: empty catalogs from the templates. Catalogs that exist are updated, not emptied."""
    return update(locales, [locale], say)


def report(locales: Path, knowledge: Knowledge) -> list[CatalogStatus]:
    """The state of every catalog of every language, also of those that have none yet."""
    english = {UI: interface_english(), KNOWLEDGE: knowledge_english(knowledge)}
    return [
        _status(read_po(catalog_path(locales, locale, domain)), locale, domain, english[domain])
        for locale in filter(_is_ours, LANGUAGES)
        for domain in DOMAINS
    ]


def print_report(rows: Iterable[CatalogStatus], say: Say) -> None:
    say(f"{'':6}{'catalog':12}{'translated':>12}{'reviewed':>10}{'outdated':>10}{'missing':>9}")
    for row in rows:
        counts = f"{row.translated:12}{row.reviewed:10}{row.outdated:10}{row.missing:9}"
        say(f"{row.locale:6}{row.domain:12}{counts}")


def plural_forms(locale: str) -> str:
    """The Plural-Forms header; CLDR knows better than Babel's gettext table which languages have no plural."""
    language = LANGUAGES[locale]
    if not language.babel.plural_form.tags:
        return "nplurals=1; plural=0;"
    count, expression = get_plural(language.cldr)
    return f"nplurals={count}; plural={expression};"


def merge(template: Sequence[PoMessage], old: Sequence[PoMessage], forms: int) -> list[PoMessage]:
    """The template's messages with the translations of `old`, found by context; what is left over becomes obsolete."""
    kept = {message.context: message for message in sorted(old, key=lambda message: not message.obsolete)}
    merged = [_merged(message, kept.pop(message.context, None), forms) for message in template]
    return merged + [replace(message, obsolete=True) for message in kept.values() if any(message.texts)]


def _merged(template: PoMessage, old: PoMessage | None, forms: int) -> PoMessage:
    forms = forms if len(template.english) > 1 else 1
    if old is None or not any(old.texts):
        return replace(template, texts=("",) * forms, comments=old.comments if old else ())
    fuzzy, previous, comments = old.fuzzy, old.previous, old.comments
    if old.english != template.english or len(old.texts) != forms:
        # The translation of a text that changed twice still belongs to the first one.
        fuzzy, previous = True, old.previous or old.english
    if fuzzy and previous == template.english and len(old.texts) == forms:
        fuzzy, previous = False, ()  # the English is back to what was translated
    elif fuzzy:
        comments = tuple(f"previously {line}" if REVIEWED.fullmatch(line) else line for line in comments)
    return replace(
        template,
        texts=(old.texts * forms)[:forms],
        comments=comments,
        flags=((FUZZY,) if fuzzy else ()) + template.flags,
        previous=previous if fuzzy else (),
    )


def _update_one(template: PoFile, locales: Path, locale: str, domain: str, say: Say) -> list[Problem]:
    path = catalog_path(locales, locale, domain)
    old = read_po(path) if path.exists() else PoFile(str(path))
    if old.problems:
        return old.problems
    header = old.header or _catalog_header(locale, domain)
    forms = _PLURAL_FORMS.search(header.texts[0])
    if forms is None:
        return _plural_problems(old)
    new = PoFile(str(path), header, merge(template.messages, old.messages, int(forms[1])))
    write_po(new, path)
    open_texts = sum(not message.translated or message.fuzzy for message in new.messages if not message.obsolete)
    say(f"{path}: {open_texts} of {len(template.messages)} texts to translate")
    return []


def write_po(po: PoFile, path: Path) -> None:
    """Only when something changed, and never half."""
    raw = format_po(po).encode()
    if path.exists() and path.read_bytes() == raw:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    unfinished.write_bytes(raw)
    unfinished.replace(path)


def _template_header(domain: str) -> PoMessage:
    return _header(f"English source texts of the domain `{domain}`. Written by `python -m bot catalogs extract`.", {})


def _catalog_header(locale: str, domain: str) -> PoMessage:
    language = LANGUAGES[locale]
    about = f"{language.babel.english_name} translation of the domain `{domain}`."
    return _header(about, {"Language": language.cldr, "Plural-Forms": plural_forms(locale)})


def _header(about: str, fields: Mapping[str, str]) -> PoMessage:
    # No creation date and no tool version: a file in which nothing changed stays the same, byte for byte.
    fields = {
        "Project-Id-Version": "asean-smart-cities-bot",
        **fields,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    review = "A native speaker who confirms a translation adds the comment line `reviewed: 2026-11-23 Name` to it."
    text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return PoMessage(context="", english=("",), texts=(text,), comments=(about, review))


def compile_po(po: PoFile, locale: str) -> bytes:
    """The catalog as a `.mo` file holds it."""
    catalog = Catalog(locale=LANGUAGES[locale].cldr, charset="utf-8")
    catalog.mime_headers = [("Content-Type", "text/plain; charset=utf-8"), ("Plural-Forms", po.fields["Plural-Forms"])]
    for message in po.messages:
        if message.translated and not message.fuzzy and not message.obsolete:
            plural = len(message.english) > 1
            catalog.add(
                message.english if plural else message.english[0],
                message.texts if plural else message.texts[0],
                context=message.context,
            )
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    return compiled.getvalue()


def knowledge_catalog(po: PoFile, english: English) -> tuple[KnowledgeCatalog, list[Problem]]:
    """What of a catalog can be shown beside today's English, and translations with faults, which cannot."""
    current, outdated, problems = {}, set(), []
    for message in po.messages:
        if message.obsolete or not message.translated or message.context not in english:
            continue
        if not is_current(message, english[message.context]):
            outdated.add(message.context)
        elif problem := placeholder_problem(po.path, message, message.english):
            problems.append(problem)
        else:
            current[message.context] = Translation(message.texts[0], is_reviewed(message))
    return KnowledgeCatalog(current, frozenset(outdated)), problems


def _plural_problems(po: PoFile) -> list[Problem]:
    """The rule must be one that can be computed and that chooses one of the forms for every count."""
    header = po.fields.get("Plural-Forms", "")
    line = po.header.line if po.header else 0
    match = _PLURAL_FORMS.fullmatch(header)
    if match is None or not _rule_works(match[2], int(match[1])):
        return [Problem(po.path, line, f"`Plural-Forms: {header}` is no plural rule", "see the other catalogs")]
    what, remedy = f"must have {match[1]} plural forms", f"Plural-Forms in line {line} says so"
    return [
        Problem(po.path, message.line, f"`{message.context}` {what}", remedy)
        for message in po.messages
        if len(message.english) > 1 and len(message.texts) != int(match[1]) and not message.obsolete
    ]


def _rule_works(rule: str, forms: int) -> bool:
    try:
        plural = gettext.c2py(rule)
        return all(0 <= plural(count) < forms for count in range(_COUNTS_TRIED))
    except (ValueError, ArithmeticError, RecursionError):
        return False


def _status(po: PoFile, locale: str, domain: str, english: English) -> CatalogStatus:
    messages = [message for message in po.messages if message.context in english and not message.obsolete]
    current = [message for message in messages if is_current(message, english[message.context])]
    outdated = sum(any(message.texts) for message in messages) - len(current)
    reviewed = sum(map(is_reviewed, current))
    missing = len(english) - len(current) - outdated
    return CatalogStatus(locale, domain, len(current), reviewed, outdated, missing)


def _strange_folders(folder: Path) -> list[Problem]:
    """A misspelt language folder would go unread without a word."""
    return [_not_ours(path, path.name) for path in folder.glob("*") if path.is_dir() and not _is_ours(path.name)]


def _is_ours(locale: str) -> bool:
    return locale in LANGUAGES and locale != SOURCE_LOCALE


def _not_ours(path: Path, locale: str) -> Problem:
    known = ", ".join(filter(_is_ours, LANGUAGES))
    return Problem(str(path), 0, f"`{locale}` is not a language that we translate into", f"use one of: {known}")


def _braces(names: Collection[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))


def _some(contexts: Sequence[str]) -> str:
    more = f" and {len(contexts) - _NAMED} more" if len(contexts) > _NAMED else ""
    return ", ".join(contexts[:_NAMED]) + more
