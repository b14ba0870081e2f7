"""From an approved answer to files that the knowledge base loads."""

import datetime
import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from bot.content import inbox_entries
from bot.content.inbox_entries import KnowledgeFolder, typed_numbers
from bot.content.knowledge_reader import knowledge_version, read_knowledge
from bot.core.errors import ContentError, Problem
from bot.core.facts import Integer, Moment
from bot.core.inbox.models import Draft
from tests.content.folders import make_knowledge
from tests.core.inbox.worlds import DRAFT


class Reloads:
    """Counts; fails when it is told to."""

    def __init__(self) -> None:
        self.count = 0
        self.problems: list[Problem] = []

    async def __call__(self) -> None:
        self.count += 1
        if self.problems:
            raise ContentError(self.problems)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_knowledge(tmp_path / "knowledge")


@pytest.fixture
def reloads() -> Reloads:
    return Reloads()


@pytest.fixture
def shelf(folder: Path, reloads: Reloads) -> KnowledgeFolder:
    return KnowledgeFolder(folder, "Asia/Tokyo", reloads)


async def publish(shelf: KnowledgeFolder, proposal_id: str, draft: Draft = DRAFT) -> object:
    return await shelf.publish(await shelf.files_with(proposal_id, draft), "discord:9", "inbox")


async def test_a_published_entry_is_one_that_the_knowledge_base_loads(
    shelf: KnowledgeFolder, folder: Path, reloads: Reloads
) -> None:
    """With its source, its date, and its figures as typed facts."""
    version = await publish(shelf, "inbox.k7m2x9pa")

    knowledge, problems = read_knowledge(folder)
    assert knowledge is not None, problems
    entry = knowledge.entries["inbox.k7m2x9pa"]
    assert (version, reloads.count) == (knowledge_version(folder), 1)
    assert entry.answer == "Yes, on {n1} floors, from {n2}."
    moment = entry.facts["n2"]
    assert entry.facts["n1"] == Integer(7)
    assert isinstance(moment, Moment)
    assert moment.at.astimezone(datetime.UTC).hour == 0
    assert entry.as_of == "2024-10-01"
    (source,) = [knowledge.sources[each] for each in entry.sources]
    assert (source.title, source.publisher, source.url) == (DRAFT.title, DRAFT.publisher, DRAFT.url)


async def test_entries_stand_one_after_the_other(shelf: KnowledgeFolder, folder: Path) -> None:
    """Also when somebody has edited the file in between; a source that is listed is not listed twice."""
    await publish(shelf, "inbox.a")
    path = folder / "inbox.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "  # ข้อความจากผู้ดูแล", encoding="utf-8")
    await publish(shelf, "inbox.b", replace(DRAFT, answer='He said "ไม่": no.'))

    knowledge, problems = read_knowledge(folder)
    assert knowledge is not None, problems
    assert knowledge.entries["inbox.b"].answer == 'He said "ไม่": no.'
    assert knowledge.entries["inbox.a"].sources == knowledge.entries["inbox.b"].sources
    assert "# ข้อความจากผู้ดูแล" in path.read_text(encoding="utf-8")


async def test_publishing_again_after_a_crash_changes_nothing_more(
    shelf: KnowledgeFolder, folder: Path, reloads: Reloads
) -> None:
    """The files were written, then the bot died: what is there is made live, and not written twice."""
    await publish(shelf, "inbox.a")
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

    assert await publish(shelf, "inbox.a") == knowledge_version(folder)

    assert before == {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert reloads.count == 2


async def test_a_crash_between_the_two_files_is_repaired(shelf: KnowledgeFolder, folder: Path) -> None:
    """The source is there, the entry is not yet: nothing is broken, and the next start goes on."""
    await publish(shelf, "inbox.a")
    (folder / "inbox.yaml").unlink()
    assert read_knowledge(folder)[0] is not None

    await publish(shelf, "inbox.a")

    knowledge, problems = read_knowledge(folder)
    assert knowledge is not None, problems
    assert knowledge.entries["inbox.a"].sources == ("inbox-a",)


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        (replace(DRAFT, answer="It is in {nowhere}."), "{nowhere}"),
        (replace(DRAFT, answer="At 09:05."), "`09`"),
        (replace(DRAFT, url="mlit.go.jp"), "is not a web address"),
    ],
)
async def test_what_would_break_the_knowledge_base_is_not_written(
    shelf: KnowledgeFolder, folder: Path, reloads: Reloads, draft: Draft, said: str
) -> None:
    before = sorted(path.name for path in folder.iterdir())
    problems = await publish(shelf, "inbox.a", draft)

    assert isinstance(problems, list)
    assert any(said in str(problem) for problem in problems), problems
    assert str(folder) not in str(problems[0])
    assert (sorted(path.name for path in folder.iterdir()), reloads.count) == (before, 0)


async def test_a_folder_that_cannot_be_written_to_is_a_problem_with_a_remedy(
    shelf: KnowledgeFolder, reloads: Reloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container whose image is read-only; tests may run as root, who can write anywhere."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(inbox_entries, "write_atomically", refuse)
    problems = await publish(shelf, "inbox.a")

    assert isinstance(problems, list)
    assert "Read-only file system; let the user that runs the bot write there" in str(problems[0])
    assert reloads.count == 0


async def test_a_reload_that_is_refused_is_reported(shelf: KnowledgeFolder, reloads: Reloads) -> None:
    reloads.problems = [Problem("inbox.yaml", 7, "makes answers worse")]

    assert list(await publish(shelf, "inbox.a")) == reloads.problems  # type: ignore[call-overload]  # problems


@pytest.mark.parametrize(
    ("answer", "template", "facts"),
    [
        ("From 2024-10-29 to 2024-10-30.", "From {n1} to {n2}.", ['{date: "2024-10-29"}', '{date: "2024-10-30"}']),
        ("In 2024, 1,500 people.", "In {n1}, {n2} people.", ['{date: "2024"}', '{integer: "1500"}']),
        ("COVID19 and G20 in Hall B5.", "COVID19 and G20 in Hall B5.", []),
        ("ชั้น 7 เปิดเวลา 14:30", "ชั้น {n1} เปิดเวลา {n2}:{n3}", ['{integer: "7"}', '{integer: "14"}', '{integer: "30"}']),
    ],
)
def test_figures_become_typed_facts(answer: str, template: str, facts: list[str]) -> None:
    """So that every language writes them its own way; what is part of a name stays."""
    found, typed = typed_numbers(answer, "Asia/Tokyo")

    assert (found, list(typed.values())) == (template, facts)
