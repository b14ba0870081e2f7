"""Reviewing translations: which texts nobody has confirmed yet, and the confirmation of one."""

import asyncio
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.core.audit import AuditLog, AuditRecord
from bot.core.permissions import Permission, Person, Role
from bot.core.ports import Clock
from bot.core.text import one_line, truncate

REVIEWED = "translation.reviewed"  # deeds; the subject is locale/domain/context
REPORTED = "translation.reported"
MAX_NOTE = 500  # UTF-16 units


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """One text beside its English.

    Args:
        name: Of the text, unique in a language: `domain/context`.
        version: Changes with the English and with the translation: what a reviewer saw.
        left: How many texts of the language nobody has confirmed, this one included.
    """

    name: str
    english: str
    text: str
    version: str
    left: int


@dataclass(frozen=True, slots=True)
class Outdated:
    """The text is another one now, confirmed already, or gone: nothing was written."""


class TranslationFiles(Protocol):
    """The message catalogs. Blocking; every method raises ContentError when a file cannot be read or written."""

    def unreviewed(self, locale: str, name: str = "", *, again: bool = False) -> Translated | None:
        """The next one after the text of that name, the first one after the last; None when all are confirmed.

        `again`: that text itself, while it waits.
        """
        ...

    def comment(self, locale: str, name: str, version: str, line: str) -> bool:
        """Write a translator's comment beside a text, whole or not at all; False when it is not what was seen."""
        ...


class Reviewing:
    """Args: `log` keeps who confirmed what."""

    def __init__(self, files: TranslationFiles, log: AuditLog, clock: Clock) -> None:
        self._files = files
        self._log = log
        self._clock = clock
        self._turn = asyncio.Lock()  # two reviewers of one file must not overwrite each other

    async def next(self, locale: str, name: str = "", *, again: bool = False) -> Translated | None:
        """As `TranslationFiles.unreviewed`."""
        return await asyncio.to_thread(self._files.unreviewed, locale, name, again=again)

    async def confirm(self, who: Person, called: str, locale: str, name: str, version: str) -> Outdated | None:
        """None when it is done; `called` is the name that stands in the file."""
        return await self._comment(who, REVIEWED, locale, name, version, lambda day: f"reviewed: {day} {called}")

    async def report(
        self, who: Person, called: str, locale: str, name: str, version: str, note: str
    ) -> Outdated | None:
        """Keep a note about a text beside it, for whoever translates."""
        said = truncate(one_line(note), MAX_NOTE)
        return await self._comment(who, REPORTED, locale, name, version, lambda day: f"problem: {day} {called}: {said}")

    async def _comment(
        self, who: Person, deed: str, locale: str, name: str, version: str, line: Callable[[datetime.date], str]
    ) -> Outdated | None:
        now = self._clock.now()
        async with self._turn:
            written = await asyncio.to_thread(self._files.comment, locale, name, version, line(now.date()))
        if not written:
            return Outdated()
        record = AuditRecord(at=now, who=who.id, deed=deed, subject=f"{locale}/{name}", server=who.server)
        await self._log.append(record)
        return None


def may_review(who: Person, locale: str) -> bool:
    """Reviewers in their languages; admins and owners in all."""
    everywhere = bool(who.roles & {Role.ADMIN, Role.OWNER})
    return who.may(Permission.REVIEW) and (everywhere or locale in who.reviews)
