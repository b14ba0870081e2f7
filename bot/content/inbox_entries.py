"""From an answer that a moderator wrote to files of the knowledge base, and these into its folder."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import regex

from bot.content.knowledge_reader import knowledge_files, knowledge_version, read_knowledge
from bot.content.stored_values import write_atomically
from bot.core.errors import ContentError, Problem
from bot.core.inbox.models import Draft

ENTRIES, SOURCES = "inbox.yaml", "inbox-sources.yaml"
_HEADS = {
    ENTRIES: (
        "# Answers to questions of participants, each approved by an admin. Move them to their topics when you like.\n"
        'topic: inbox\nposition: "99"\ntitle: "Questions of participants"\nentries:\n'
    ),
    SOURCES: "# Sources of inbox.yaml.\nsources:\n",
}
# A date with or without time, a number with or without commas. What is next to a letter is part of a name.
_NUMBER = regex.compile(
    r"(?<![\p{L}\p{N}])(?:(?P<date>\d{4}-\d{2}-\d{2})(?:[ T](?P<time>\d{2}:\d{2}))?|(?P<year>(?:19|20)\d{2})"
    r"|(?P<number>\d{1,3}(?:,\d{3})+|[1-9]\d*|0))(?![\p{L}\p{N}])"
)


def entry_files(
    folder: Path, existing: Mapping[str, str], proposal_id: str, draft: Draft, zone: str
) -> Mapping[str, str]:
    """The whole text of each file that is new or changes; nothing when the entry is there already.

    Args:
        existing: Texts of the folder's files by name.
        zone: IANA name of the zone that times in the answer are in.
    """
    if any(f"id: {proposal_id}\n" in text for text in existing.values()):
        return {}
    files = {}
    source = _known_source(folder, draft)
    if source is None:
        source = proposal_id.replace(".", "-")
        files[SOURCES] = _with(existing.get(SOURCES) or _HEADS[SOURCES], _source_block(source, draft))
    block = _entry_block(proposal_id, draft, source, zone)
    return {**files, ENTRIES: _with(existing.get(ENTRIES) or _HEADS[ENTRIES], block)}


def typed_numbers(answer: str, zone: str) -> tuple[str, Mapping[str, str]]:
    """The answer with placeholders for its dates and numbers, and the facts as YAML: every language writes its own.

    >>> typed_numbers("Open from 2024-10-29 09:00, 1,500 seats.", "Asia/Tokyo")[0]
    'Open from {n1}, {n2} seats.'
    """
    facts: dict[str, str] = {}

    def name(match: regex.Match[str]) -> str:
        key = f"n{len(facts) + 1}"
        facts[key] = _fact(match, zone)
        return f"{{{key}}}"

    return _NUMBER.sub(name, answer), facts


def _fact(match: regex.Match[str], zone: str) -> str:
    if match["time"]:
        return f'{{datetime: {{at: "{match["date"]}T{match["time"]}", zone: {_quoted(zone)}}}}}'
    if match["date"] or match["year"]:
        return f'{{date: "{match["date"] or match["year"]}"}}'
    return f'{{integer: "{int(match["number"].replace(",", ""))}"}}'


def _known_source(folder: Path, draft: Draft) -> str | None:
    """Sources are listed once: the id of the same page, where it is listed."""
    knowledge, _ = read_knowledge(folder)
    sources = knowledge.sources.values() if knowledge else ()
    return next((one.id for one in sources if (one.url, one.published) == (draft.url, draft.published)), None)


def _entry_block(proposal_id: str, draft: Draft, source: str, zone: str) -> str:
    answer, facts = typed_numbers(draft.answer, zone)
    lines = [f"  - id: {proposal_id}", f"    question: {_quoted(draft.question)}", f"    answer: {_quoted(answer)}"]
    lines += ["    facts:", *(f"      {name}: {fact}" for name, fact in facts.items())] if facts else []
    lines += [f"    answers: [{proposal_id}]", f"    sources: [{source}]", f"    as_of: {_quoted(draft.published)}"]
    return "\n".join([*lines, "    confidence: secondary", ""])


def _source_block(source: str, draft: Draft) -> str:
    lines = [f"  - id: {source}", f"    title: {_quoted(draft.title)}", f"    publisher: {_quoted(draft.publisher)}"]
    return "\n".join([*lines, f"    url: {_quoted(draft.url)}", f"    published: {_quoted(draft.published)}", ""])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # JSON's strings are YAML's


def _with(text: str, block: str) -> str:
    return f"{text.rstrip()}\n{block}"


class KnowledgeFolder:
    """Implements `EntryFiles` and `Publisher` of `bot.core.inbox.ports` on the folder of the knowledge base.

    Args:
        reload: Makes what is in the folder live. Raises ContentError when it cannot.
    """

    def __init__(self, folder: Path, zone: str, reload: Callable[[], Awaitable[None]]) -> None:
        self._folder = folder
        self._zone = zone
        self._reload = reload

    async def files_with(self, proposal_id: str, draft: Draft) -> Mapping[str, str]:
        def make() -> Mapping[str, str]:
            existing = {path.name: path.read_text(encoding="utf-8") for path in knowledge_files(self._folder)}
            return entry_files(self._folder, existing, proposal_id, draft, self._zone)

        return await asyncio.to_thread(make)

    async def check(self, files: Mapping[str, str]) -> Sequence[Problem]:
        return await asyncio.to_thread(_problems_with, self._folder, files)

    async def publish(self, files: Mapping[str, str], who: str, why: str) -> Sequence[Problem] | str:
        """Sources are written first: a crash between two files leaves a source that nothing refers to yet."""
        if problems := await self.check(files):
            return problems
        try:
            for name in sorted(files, key=lambda each: each != SOURCES):
                raw = files[name].encode()
                await asyncio.to_thread(write_atomically, self._folder / name, raw, durable=True, mode=0o644)
            await self._reload()
        except ContentError as error:
            return error.problems
        except OSError as error:
            what = f"cannot be written: {error.strerror}"
            return [Problem(str(self._folder), 0, what, "let the user that runs the bot write there")]
        return await asyncio.to_thread(knowledge_version, self._folder)


def _problems_with(folder: Path, files: Mapping[str, str]) -> Sequence[Problem]:
    """What the reader says of a copy of the folder in which `files` stand."""
    with tempfile.TemporaryDirectory() as name:
        for path in knowledge_files(folder):
            shutil.copy(path, name)
        for file, text in files.items():
            (Path(name) / file).write_text(text, encoding="utf-8")
        _, problems = read_knowledge(Path(name))
    return [replace(problem, path=Path(problem.path).name) for problem in problems]
