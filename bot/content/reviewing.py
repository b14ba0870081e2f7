"""The `TranslationFiles` port on PO files."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bot.content.catalog_files import DOMAINS, catalog_path, is_reviewed, write_po
from bot.content.content_files import EDITING
from bot.content.po_file import PoFile, PoMessage, read_po
from bot.core.errors import ContentError, Problem
from bot.core.reviewing import Translated

_ORDER = tuple(reversed(DOMAINS))  # answers first: they say more than buttons


class PoTranslations:
    """Args: `locales` is the folder of the catalogs."""

    def __init__(self, locales: Path) -> None:
        self._locales = locales

    def unreviewed(self, locale: str, name: str = "", *, again: bool = False) -> Translated | None:
        found = [
            (f"{domain}/{message.context}", message)
            for domain in _ORDER
            for message in _to_review(self._read(locale, domain))
        ]
        waiting = [(name, message) for name, message in found if not is_reviewed(message)]
        if not waiting:
            return None
        begun = next((place for place, (each, _) in enumerate(found) if each == name), -1)
        ahead = {each for each, _ in found[begun + (not again) :]} if begun >= 0 else set()
        chosen, message = next((one for one in waiting if one[0] in ahead), waiting[0])
        return Translated(
            name=chosen,
            english="\n".join(message.english),
            text="\n".join(message.texts),
            version=_version(message),
            left=len(waiting),
        )

    def comment(self, locale: str, name: str, version: str, line: str) -> bool:
        domain, _, context = name.partition("/")
        if domain not in DOMAINS:
            return False
        with EDITING:
            return self._comment(locale, domain, context, version, line)

    def _comment(self, locale: str, domain: str, context: str, version: str, line: str) -> bool:
        po = self._read(locale, domain)
        for number, message in enumerate(po.messages):
            if message.context == context and not message.obsolete:
                if _version(message) != version or is_reviewed(message) or not _reviewable(message):
                    return False
                po.messages[number] = replace(message, comments=(*message.comments, line))
                self._write(po)
                return True
        return False

    def _read(self, locale: str, domain: str) -> PoFile:
        po = read_po(catalog_path(self._locales, locale, domain))
        if po.problems:  # writing it back would lose what could not be read
            raise ContentError(po.problems)
        return po

    def _write(self, po: PoFile) -> None:
        try:
            write_po(po, Path(po.path))
        except OSError as error:
            remedy = "let the user that runs the bot write there, or set BOT_LOCALES_DIR to a folder of your own"
            raise ContentError([Problem(po.path, 0, f"cannot be written: {error.strerror}", remedy)]) from error


def _to_review(po: PoFile) -> Iterator[PoMessage]:
    return (message for message in po.messages if _reviewable(message))


def _reviewable(message: PoMessage) -> bool:
    return message.translated and not message.fuzzy and not message.obsolete


def _version(message: PoMessage) -> str:
    """Eight hexadecimal digits."""
    return hashlib.sha256("\0".join((*message.english, "", *message.texts)).encode()).hexdigest()[:8]
