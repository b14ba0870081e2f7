"""Files that somebody sends in the place of content files: which one each is meant to be, and its way into the folders.

Only places of three forms exist, made of names that are known or of plain letters: no name leads anywhere else.
"""

import asyncio
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import regex

from bot.content.catalog_files import DOMAINS
from bot.content.content_files import EDITING, KNOWLEDGE, LOCALES, read_limited
from bot.content.loading import Folders
from bot.content.stored_values import sync_folder, write_atomically
from bot.core.errors import ContentError, Problem
from bot.core.locales import LANGUAGES, SOURCE_LOCALE
from bot.core.proposals.models import MAX_FILE, too_large
from bot.core.reloading import digest_of

_TOPIC = regex.compile(r"[a-z0-9]{1,30}+(?:-[a-z0-9]{1,30}+){0,5}+")  # the names that our files have
_KIND = regex.compile(r"(?m)^(phrasings|negatives)[ \t]{0,9}+:")
_LANGUAGE = regex.compile(r'(?m)^[ \t]{0,9}+"Language: ([A-Za-z_-]{1,20}+)\\n"')
_HEADER = 2_000  # characters in which the header of a catalog stands
_TRANSLATED = tuple(locale for locale in LANGUAGES if locale != SOURCE_LOCALE)
_OF_LANGUAGE = ("phrasings", "negatives")
# By the bot itself, for each answer that an admin approved; not read by a reload, so not checked by it either.
_NOT_BY_UPLOAD = {
    "inbox.yaml": "the bot writes it",
    "inbox-sources.yaml": "the bot writes it",
    "glossary.yaml": "only translators' checks read it, and a reload does not",
}
_NAMES = (
    "name it as in its folder: `meeting.yaml`, `th.yaml` or `th.meeting.yaml` for phrasings and negatives, "
    "`ui.po`, `knowledge.po`"
)
_WRITABLE = (
    "let the user that runs the bot write there, or set BOT_KNOWLEDGE_DIR and BOT_LOCALES_DIR to folders of your own; "
    "where they stay read-only, change the files where they come from and use `/knowledge reload`"
)
_DIRECTLY = "edit it where the bot runs, then use `/knowledge reload`"


class UploadedFiles:
    """Implements `bot.core.proposals.ports.ProposedFiles`."""

    def __init__(self, folders: Folders) -> None:
        self._roots = {KNOWLEDGE: folders.knowledge, LOCALES: folders.locales}

    def place_of(self, file_name: str, raw: bytes) -> str | Sequence[Problem]:
        return place_of(file_name, raw)

    async def obstacles(self, place: str) -> Sequence[Problem]:
        return await asyncio.to_thread(self._obstacles, place)

    async def current(self, place: str) -> bytes | None:
        return await asyncio.to_thread(self._current, place)

    async def put(self, place: str, raw: bytes | None, base: str) -> bool:
        return await asyncio.to_thread(self._put, place, raw, base)

    def _obstacles(self, place: str) -> Sequence[Problem]:
        """Trying is the only way to know: modes say nothing of a read-only file system, nor of a full one."""
        try:
            path = self._path(place)
            folder = next(each for each in path.parents if each.exists())
            with tempfile.NamedTemporaryFile(dir=folder, prefix="."):
                pass
        except ContentError as error:
            return error.problems
        except OSError as error:
            return [_not_written(path, error)]
        return []

    def _current(self, place: str) -> bytes | None:
        path = self._path(place)
        return read_limited(path) if os.path.lexists(path) else None

    def _put(self, place: str, raw: bytes | None, base: str) -> bool:
        path = self._path(place)
        with EDITING:
            if digest_of(self._current(place)) not in (base, digest_of(raw)):
                return False
            try:
                if raw is None:
                    path.unlink(missing_ok=True)
                    sync_folder(path.parent)
                else:
                    _write(path, raw)
            except OSError as error:
                raise ContentError([_not_written(path, error)]) from error
        return True

    def _path(self, place: str) -> Path:
        """Raises ContentError for a place that is none, or that a link leads away from."""
        folder, _, rest = place.partition("/")
        if not _is_place(place):
            raise ContentError([Problem(place, 0, "is no file of the knowledge base", _NAMES)])
        path = root = self._roots[folder]
        for part in Path(rest).parts:
            path = path / part
            if path.is_symlink():
                raise ContentError([Problem(str(path), 0, "is a link", f"put a file in its place, or {_DIRECTLY}")])
        return root / rest


def place_of(file_name: str, raw: bytes) -> str | Sequence[Problem]:
    """As content files are named, such as `knowledge/phrasings/th.yaml`; or every reason why not.

    A file of phrasings or of negatives is known by its first word, a catalog's language by its header.
    """
    shown = _printable(file_name)
    text, problems = _text_of(shown, raw)
    place = _place(shown, text) if _is_plain(file_name) else _misnamed(shown)
    return problems or place if isinstance(place, str) else [*place, *problems]


def _text_of(shown: str, raw: bytes) -> tuple[str, list[Problem]]:
    """The readers tell more of what is wrong inside; here only what could not be kept as it is."""
    if not raw.strip():
        return "", [Problem(shown, 0, "is empty", "send the whole file")]
    if len(raw) > MAX_FILE:
        return "", [too_large(shown)]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return raw.decode("utf-8", "replace"), [Problem(shown, line, "is not UTF-8", "save the file as UTF-8")]
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return text, [Problem(shown, line, "is not text", "save the file as plain text in UTF-8")]
    return text, []


def _place(name: str, text: str) -> str | list[Problem]:
    stem, _, ending = name.rpartition(".")
    if ending == "po" and stem in DOMAINS:
        return _catalog_place(name, stem, text)
    if ending != "yaml":
        return _misnamed(name)
    if name in _NOT_BY_UPLOAD:
        return [Problem(name, 0, f"cannot be proposed: {_NOT_BY_UPLOAD[name]}", _DIRECTLY)]
    return _language_place(name, text) if _is_of_language(stem) else f"{KNOWLEDGE}/{name}"


def _is_of_language(stem: str) -> bool:
    """`th`, or `th.meeting` where a language has several files."""
    locale, dot, part = stem.partition(".")
    return locale in LANGUAGES and (not dot or _TOPIC.fullmatch(part) is not None)


def _language_place(name: str, text: str) -> str | list[Problem]:
    kinds = {match[1] for match in _KIND.finditer(text)}
    if len(kinds) != 1:
        return [Problem(name, 1, "is neither phrasings nor negatives", "begin it with `phrasings:` or `negatives:`")]
    return f"{KNOWLEDGE}/{kinds.pop()}/{name}"


def _catalog_place(name: str, domain: str, text: str) -> str | list[Problem]:
    given = _LANGUAGE.search(text[:_HEADER])
    locale = next((one for one in _TRANSLATED if given and given[1] in (one, LANGUAGES[one].cldr)), None)
    if locale is None:
        remedy = f'write `"Language: th\\n"` into its header; one of: {", ".join(_TRANSLATED)}'
        return [Problem(name, 1, "does not say which of our languages it is", remedy)]
    return f"{LOCALES}/{locale}/LC_MESSAGES/{domain}.po"


def _is_plain(name: str) -> bool:
    stem, _, ending = name.rpartition(".")
    return ending in ("yaml", "po") and (_TOPIC.fullmatch(stem) is not None or _is_of_language(stem))


def _is_place(place: str) -> bool:
    """True for what `place_of` makes, and nothing else: a row of the database is no reason to write anywhere."""
    match place.split("/"):
        case [folder, name] if folder == KNOWLEDGE:
            return _is_topic(name) and name not in _NOT_BY_UPLOAD
        case [folder, kind, name] if folder == KNOWLEDGE:
            return kind in _OF_LANGUAGE and name.endswith(".yaml") and _is_of_language(name.removesuffix(".yaml"))
        case [folder, locale, "LC_MESSAGES", name] if folder == LOCALES:
            return locale in _TRANSLATED and name in {f"{domain}.po" for domain in DOMAINS}
        case _:
            return False


def _is_topic(name: str) -> bool:
    stem, _, ending = name.rpartition(".")
    return ending == "yaml" and _TOPIC.fullmatch(stem) is not None and stem not in LANGUAGES


def _misnamed(shown: str) -> list[Problem]:
    return [Problem(shown, 0, "is no name of a file that can be proposed", _NAMES)]


def _not_written(path: Path, error: OSError) -> Problem:
    return Problem(str(path), 0, f"cannot be written: {error.strerror}", _WRITABLE)


def _printable(name: str) -> str:
    """For messages: signs that turn a line around or end it are spelled out."""
    return "".join(sign if sign.isprintable() else f"<U+{ord(sign):04X}>" for sign in name[:100])


def _write(path: Path, raw: bytes) -> None:
    """For good, and readable for whom the old file was."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    write_atomically(path, raw, durable=True, mode=mode)
