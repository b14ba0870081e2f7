"""Files that one admin proposes and another approves: real files, real versions, a real database."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.adapters.encoder import NanoEncoder
from bot.core import messages as reply_messages
from bot.core.errors import BotError, StoreError
from bot.core.permissions import Person
from bot.core.proposals import lifecycle, messages
from bot.core.proposals.lifecycle import Change, Refusal
from bot.core.proposals.models import MOST_OPEN, FileProposal, State
from bot.core.proposals.proposing import Examined, Held, Outdated, Published, Unfit
from bot.core.proposals.reports import proposal_report, proposals_report
from bot.core.reloading import Reloaded, Unchanged
from bot.storage.sql import SqlStore
from tests.content.catalog_samples import line_of, start_language, translate, translate_interface
from tests.content.folders import MEETING, edit
from tests.content.proposal_worlds import (
    ADA,
    AUNG,
    LONGER,
    MIRA,
    NEW,
    OLD,
    OWNER,
    WHY,
    WORSE,
    ProposalWorld,
    open_proposals,
    start_in,
)
from tests.content.reload_worlds import make_folders, start
from tests.core.clocks import SimulatedClock


@pytest_asyncio.fixture
async def world(tmp_path: Path, shipped_encoder: NanoEncoder) -> AsyncIterator[ProposalWorld]:
    store = await SqlStore.open(tmp_path / "bot.sqlite3")
    yield open_proposals(await start_in(tmp_path, shipped_encoder), store)
    await store.close()


async def test_a_proposed_file_is_live_after_a_second_admin_approved_it(world: ProposalWorld) -> None:
    proposal = await world.propose()
    assert OLD in await world.answer()
    assert world.meeting.read_text(encoding="utf-8") == MEETING

    result = await world.proposing.approve(proposal.id, proposal.decided, AUNG)

    assert isinstance(result, Published)
    assert NEW in await world.answer()
    assert world.meeting.read_bytes() == LONGER
    assert await world.deeds(proposal) == [("proposed", ADA.id), ("approved", AUNG.id), ("published", "bot")]
    kept = await world.now(proposal)
    assert (kept.state, kept.text, kept.approved_by) == (State.LIVE, "", AUNG.id)


async def test_the_version_says_who_approved_and_why_and_the_one_before_is_kept(world: ProposalWorld) -> None:
    proposal = await world.propose()
    result = await world.proposing.approve(proposal.id, proposal.decided, AUNG)
    assert isinstance(result, Published)
    assert isinstance(result.outcome, Reloaded)

    status = await world.bot.reloading.status()

    assert status.live == result.outcome.version
    assert (status.live.who, status.live.why) == (AUNG.id, f"{proposal.id}: {WHY}")
    assert status.edited is False
    assert proposal.base_version in {version.id for version in status.versions}
    await world.bot.reloading.rollback("console", version_id=proposal.base_version)
    assert OLD in await world.answer()


@pytest.mark.parametrize("author", [ADA, OWNER], ids=["admin", "owner"])
async def test_nobody_approves_their_own(world: ProposalWorld, author: Person) -> None:
    kept = await world.proposing.propose(author, "meeting.yaml", LONGER, WHY)
    assert isinstance(kept, Examined)

    for override in ("", "ฉันแน่ใจ"):
        result = await world.proposing.approve(kept.proposal.id, 0, author, override)
        assert result == Refusal(messages.OWN)

    assert OLD in await world.answer()
    assert (await world.now(kept.proposal)).state is State.WAITING


async def test_who_is_no_admin_may_nothing(world: ProposalWorld) -> None:
    refused = Refusal(reply_messages.NOT_PERMITTED)
    assert await world.proposing.propose(MIRA, "meeting.yaml", LONGER, WHY) == refused
    proposal = await world.propose()
    assert await world.proposing.approve(proposal.id, 0, MIRA) == refused
    assert await world.proposing.reject(proposal.id, 0, MIRA) == refused
    assert OLD in await world.answer()


async def test_two_who_approve_at_once_make_it_live_once(world: ProposalWorld) -> None:
    proposal = await world.propose()

    results = await asyncio.gather(*(world.proposing.approve(proposal.id, 0, who) for who in (AUNG, OWNER)))

    assert sorted(type(one).__name__ for one in results) == ["Published", "Refusal"]
    assert [deed for deed, _ in await world.deeds(proposal)] == ["proposed", "approved", "published"]


async def test_two_processes_that_approve_at_once_make_it_live_once(
    world: ProposalWorld, tmp_path: Path, shipped_encoder: NanoEncoder
) -> None:
    """Each has its own lock; the database decides."""
    other_store = await SqlStore.open(tmp_path / "bot.sqlite3")
    other = open_proposals(await world.bot.again(), other_store)
    proposal = await world.propose()

    results = await asyncio.gather(
        world.proposing.approve(proposal.id, 0, AUNG), other.proposing.approve(proposal.id, 0, OWNER)
    )
    await other_store.close()

    assert sorted(type(one).__name__ for one in results) == ["Published", "Refusal"]
    assert world.meeting.read_bytes() == LONGER
    assert [deed for deed, _ in await world.deeds(proposal)] == ["proposed", "approved", "published"]


async def test_a_faulty_file_is_refused_with_every_fault_and_not_kept(world: ProposalWorld) -> None:
    faulty = MEETING.replace('question: "When was it?"', "question: 14:30").replace('"2024-10"', '"வெள்ளி"')

    result = await world.proposing.propose(ADA, "meeting.yaml", faulty.encode(), WHY)

    assert isinstance(result, Unfit)
    assert {(one.path, one.line) for one in result.problems} >= {(str(world.meeting), 5), (str(world.meeting), 21)}
    assert all(one.remedy for one in result.problems)
    assert await world.proposing.open() == []
    assert world.meeting.read_text(encoding="utf-8") == MEETING


async def test_a_file_that_others_do_not_fit_is_refused_with_the_places_in_the_others(world: ProposalWorld) -> None:
    result = await world.proposing.propose(ADA, "meeting.yaml", MEETING.replace("meeting.dates", "m.d").encode(), WHY)
    assert isinstance(result, Unfit)
    assert {"en.yaml", "th.yaml"} <= {Path(one.path).name for one in result.problems}


async def test_phrasings_in_another_script_are_proposed(world: ProposalWorld) -> None:
    path = world.bot.knowledge / "phrasings" / "th.yaml"
    raw = path.read_bytes().replace("จัดวันไหน".encode(), "งานมีวันไหนนะ".encode())

    proposal = await world.propose(raw, "th.yaml")
    result = await world.proposing.approve(proposal.id, 0, AUNG)

    assert proposal.place == "knowledge/phrasings/th.yaml"
    assert isinstance(result, Published), result
    assert path.read_bytes() == raw


async def test_a_catalog_is_proposed_and_answers_in_its_language(world: ProposalWorld, tmp_path: Path) -> None:
    """The interface first, as without it the language is not offered; each by another admin's approval."""
    start_language(tmp_path, "km")
    sent = {}
    for domain in ("ui", "knowledge"):
        path = translate_interface(tmp_path, "km").with_name(f"{domain}.po")
        if domain == "knowledge":
            translate(tmp_path, "km", {"meeting.dates|answer": "បានធ្វើនៅថ្ងៃទី {period}។"})
        sent[f"{domain}.po"] = path.read_bytes()
    shutil.rmtree(tmp_path / "locales" / "km")

    for name, raw in sent.items():
        proposal = await world.propose(raw, name)
        assert proposal.place == f"locales/km/LC_MESSAGES/{name}"
        assert isinstance(await world.proposing.approve(proposal.id, 0, AUNG), Published)

    assert "បានធ្វើនៅថ្ងៃទី" in (await world.bot.open("meeting.dates", "km")).text


async def test_a_faulty_catalog_is_refused_with_its_lines(world: ProposalWorld, tmp_path: Path) -> None:
    start_language(tmp_path, "my")
    path = translate_interface(tmp_path, "my")
    good = path.read_bytes()
    world_has = await world.propose(good.replace("‹".encode(), "«".encode()), "ui.po")
    broken = good.replace(b'msgctxt "choice.none"', b'msgctxt "choice.none', 1)

    result = await world.proposing.propose(ADA, "ui.po", broken, WHY)

    assert isinstance(result, Unfit)
    assert (str(path), line_of(path, 'msgctxt "choice.none"')) in {(one.path, one.line) for one in result.problems}
    assert [one.id for one in await world.proposing.open()] == [world_has.id]


async def test_a_new_file_is_added_and_stands_in_the_live_version(world: ProposalWorld) -> None:
    raw = MEETING.replace("meeting.", "lunch.").replace("topic: meeting", "topic: lunch").replace('"1"', '"2"')
    raw = raw.replace("city.membership", "lunch.cities")
    raw = raw.replace('"Is {city} a member?"', '"Ăn trưa ở {city}?"')

    examined = await world.proposing.propose(ADA, "lunch.yaml", raw.encode(), WHY)
    assert isinstance(examined, Examined), examined
    result = await world.proposing.approve(examined.proposal.id, 0, AUNG, "เรื่องใหม่")

    assert isinstance(result, Published), result
    assert (world.bot.knowledge / "lunch.yaml").read_text(encoding="utf-8") == raw
    live = await world.bot.library.live()
    assert live is not None
    assert (world.bot.versions / live.id / "knowledge" / "lunch.yaml").is_file()


async def test_what_was_edited_meanwhile_is_not_overwritten(world: ProposalWorld) -> None:
    proposal = await world.propose()
    edit(world.meeting, '"When was it?"', '"When did they meet?"')

    result = await world.proposing.approve(proposal.id, 0, AUNG)

    assert isinstance(result, Outdated)
    report = proposal_report(result.now)
    assert "OUTDATED" in report
    assert '-    question: "When did they meet?"' in report
    assert '+    question: "When was it?"' in report
    assert "When did they meet?" in world.meeting.read_text(encoding="utf-8")
    assert OLD in await world.answer()
    assert (await world.now(proposal)).state is State.WAITING
    assert [deed for deed, _ in await world.deeds(proposal)] == ["proposed", "approved", "not-published"]


async def test_a_file_edited_while_the_proposal_is_prepared_keeps_the_edit(world: ProposalWorld) -> None:
    proposal = await world.propose()
    prepare, edited = world.bot.library.prepare, MEETING.replace("When was it?", "When did they meet?")

    async def slow(*arguments: object) -> object:
        found = await prepare(*arguments)  # type: ignore[arg-type]
        world.meeting.write_text(edited, encoding="utf-8")
        return found

    world.bot.library.prepare = slow  # type: ignore[method-assign, assignment]
    result = await world.proposing.approve(proposal.id, 0, AUNG)

    assert isinstance(result, Outdated)
    assert "When did they meet?" in world.meeting.read_text(encoding="utf-8")
    assert OLD in await world.answer()


async def test_what_the_gate_holds_back_is_not_written(world: ProposalWorld) -> None:
    proposal = await world.propose(WORSE)

    result = await world.proposing.approve(proposal.id, 0, AUNG)

    assert isinstance(result, Held)
    assert "จัดที่ไหน" in result.proposal.trouble
    assert (await world.now(proposal)).state is State.HELD
    assert world.meeting.read_text(encoding="utf-8") == MEETING
    status = await world.bot.reloading.status()
    assert status.edited is False, "a restart, a reload and the inbox go on as if nothing had been"
    assert isinstance(await world.bot.reloading.reload("bot"), Unchanged)


async def test_what_was_held_back_goes_live_with_a_reason_of_somebody_else(world: ProposalWorld) -> None:
    proposal = await world.propose(WORSE)
    await world.proposing.approve(proposal.id, 0, AUNG)

    assert await world.proposing.approve(proposal.id, None, ADA, "ok") == Refusal(messages.OWN)
    assert isinstance(await world.proposing.approve(proposal.id, None, AUNG), Held)
    result = await world.proposing.approve(proposal.id, None, AUNG, "会場はもう聞かれない")

    assert isinstance(result, Published)
    assert world.meeting.read_bytes() == WORSE
    overridden = [one for one in await world.log.records() if one.deed == "knowledge.gate-overridden"]
    assert [(one.who, one.detail["why"]) for one in overridden] == [(AUNG.id, "会場はもう聞かれない")]
    approvals = [one for one in await world.log.records(subject=proposal.id) if one.deed == "knowledge.approved"]
    assert [one.detail.get("override") for one in approvals] == [None, None, "会場はもう聞かれない"]


async def test_a_rejected_file_is_forgotten(world: ProposalWorld) -> None:
    proposal = await world.propose()
    rejected = await world.proposing.reject(proposal.id, 0, AUNG)
    assert isinstance(rejected, FileProposal)
    assert (await world.now(proposal)).text == ""
    assert await world.proposing.approve(proposal.id, None, AUNG) == Refusal(messages.OVER)
    assert await world.deeds(proposal) == [("proposed", ADA.id), ("rejected", AUNG.id)]
    assert OLD in await world.answer()


async def test_the_author_takes_it_back(world: ProposalWorld) -> None:
    proposal = await world.propose()
    assert isinstance(await world.proposing.reject(proposal.id, 0, ADA), FileProposal)
    assert await world.proposing.open() == []


async def test_a_button_of_what_was_decided_since_does_nothing(world: ProposalWorld) -> None:
    proposal = await world.propose(WORSE)
    await world.proposing.approve(proposal.id, 0, AUNG)
    assert await world.proposing.approve(proposal.id, 0, OWNER) == Refusal(messages.OVER)
    assert await world.proposing.reject(proposal.id, 0, OWNER) == Refusal(messages.OVER)
    assert await world.proposing.approve("nonsense", 0, OWNER) == Refusal(messages.OVER)


async def test_a_proposal_that_no_longer_fits_waits_with_the_faults(world: ProposalWorld) -> None:
    """Another file was changed meanwhile."""
    proposal = await world.propose()
    edit(world.bot.knowledge / "names.yaml", "tokyo:", "kyoto:")

    result = await world.proposing.approve(proposal.id, 0, AUNG)

    assert isinstance(result, Unfit)
    assert any("tokyo" in str(one) for one in result.problems)
    kept = await world.now(proposal)
    assert kept.state is State.WAITING
    assert "tokyo" in kept.trouble
    assert world.meeting.read_text(encoding="utf-8") == MEETING


async def test_a_preparation_that_dies_leaves_it_waiting(world: ProposalWorld) -> None:
    proposal = await world.propose()

    async def die(*_: object) -> None:
        raise BotError("nothing changed: reading the files ended with code -9; see the log")

    world.bot.library.prepare = die  # type: ignore[method-assign, assignment]
    with pytest.raises(BotError, match="code -9"):
        await world.proposing.approve(proposal.id, 0, AUNG)

    assert (await world.now(proposal)).state is State.WAITING
    assert world.meeting.read_text(encoding="utf-8") == MEETING


async def test_what_cannot_be_adopted_is_taken_out_of_the_folder_again(world: ProposalWorld) -> None:
    proposal = await world.propose()

    async def fail(*_: object) -> None:
        raise BotError("nothing changed: the program on disk is not the one that runs; restart the bot")

    world.bot.library.adopt = fail  # type: ignore[method-assign, assignment]
    with pytest.raises(BotError, match="restart the bot"):
        await world.proposing.approve(proposal.id, 0, AUNG)

    assert world.meeting.read_text(encoding="utf-8") == MEETING
    assert (await world.now(proposal)).state is State.WAITING


async def test_a_database_that_fails_at_the_end_does_not_lose_the_approval(world: ProposalWorld) -> None:
    proposal = await world.propose()
    apply, calls = world.kept.apply, 0

    async def failing(change: object) -> bool:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise StoreError("the disk is full")
        return await apply(change)  # type: ignore[arg-type]

    world.kept.apply = failing  # type: ignore[method-assign]
    with pytest.raises(StoreError):
        await world.proposing.approve(proposal.id, 0, AUNG)
    assert (await world.now(proposal)).state is State.PUBLISHING

    await world.proposing.work()

    assert (await world.now(proposal)).state is State.LIVE
    assert [deed for deed, _ in await world.deeds(proposal)] == ["proposed", "approved", "published"]


async def test_the_running_bot_finds_what_was_approved_elsewhere_and_outlives_faults(world: ProposalWorld) -> None:
    """In the terminal, or before a crash."""
    proposal = await world.propose()
    assert isinstance(await world.proposing.decide(proposal.id, 0, AUNG), FileProposal)
    listing, apply, done = world.kept.open, world.kept.apply, asyncio.Event()

    async def once_broken() -> Sequence[FileProposal]:
        world.kept.open = listing  # type: ignore[method-assign]
        raise RuntimeError("ฐานข้อมูลไม่ตอบ")

    async def telling(change: Change) -> bool:
        stored = await apply(change)
        done.set()
        return stored

    world.kept.open = once_broken  # type: ignore[method-assign]
    world.kept.apply = telling  # type: ignore[method-assign]
    running = asyncio.create_task(world.proposing.run(every=0.01))
    await done.wait()
    running.cancel()

    assert (await world.now(proposal)).state is State.LIVE
    assert NEW in await world.answer()


async def test_what_a_crash_left_in_the_folder_is_taken_back_when_it_cannot_go_live_now(world: ProposalWorld) -> None:
    """It was written and not yet live; meanwhile something else has got a fault."""
    proposal = await world.propose()
    approved = lifecycle.approve(proposal, AUNG, "", proposal.proposed_at)
    assert isinstance(approved, Change)
    await world.kept.apply(approved)
    world.meeting.write_bytes(LONGER)
    edit(world.bot.knowledge / "phrasings" / "th.yaml", "  meeting.venue:", "  meeting.dates:\n  meeting.venue:")

    await world.proposing.work()

    kept = await world.now(proposal)
    assert (kept.state, bool(kept.trouble)) == (State.WAITING, True)
    assert world.meeting.read_text(encoding="utf-8") == MEETING


async def test_nothing_new_and_too_many_are_refused(world: ProposalWorld) -> None:
    same = await world.proposing.propose(ADA, "meeting.yaml", MEETING.encode(), WHY)
    assert isinstance(same, Unfit)
    assert "is the same file already" in str(same.problems[0])
    first = await world.propose()
    for number in range(MOST_OPEN - 1):
        await world.kept.add(replace(first, id=f"p{number}"), lifecycle.proposed(first, ADA))

    full = await world.proposing.propose(ADA, "meeting.yaml", WORSE, WHY)

    assert isinstance(full, Unfit)
    assert f"{MOST_OPEN} proposals wait already" in str(full.problems[0])


async def test_a_report_has_what_changes_for_readers_and_every_line_of_the_file(world: ProposalWorld) -> None:
    examined = await world.proposing.propose(ADA, "meeting.yaml", LONGER, WHY)
    assert isinstance(examined, Examined)
    report = proposal_report(examined)
    assert f"after:  {NEW}" in report
    assert '-      period: {date_range: ["2024-10-29", "2024-10-30"]}' in report
    assert '+      period: {date_range: ["2024-10-29", "2024-10-31"]}' in report
    assert "No problems." in report
    assert WHY in report
    assert proposals_report(await world.proposing.open()) == (
        f"{examined.proposal.id}  knowledge/meeting.yaml  2024-10-29 01:00  discord:9: {WHY} (waiting)"
    )


async def test_a_report_says_that_other_edits_would_go_live_too(world: ProposalWorld) -> None:
    edit(world.bot.knowledge / "sources.yaml", "Release", "Press release")
    examined = await world.proposing.propose(ADA, "meeting.yaml", LONGER, WHY)
    assert isinstance(examined, Examined)
    assert "OTHER FILES" in proposal_report(examined)


async def test_the_child_process_of_the_shipped_bot_checks_a_proposal(
    tmp_path: Path, shipped_encoder: NanoEncoder
) -> None:
    folders = make_folders(tmp_path)
    bot = await start(folders, tmp_path / "versions", shipped_encoder, SimulatedClock(), in_child=True)
    store = await SqlStore.open(tmp_path / "bot.sqlite3")
    world = open_proposals(bot, store)
    bomb = b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"

    refused = await world.proposing.propose(ADA, "bomb.yaml", bomb, WHY)
    proposal = await world.propose()
    result = await world.proposing.approve(proposal.id, 0, AUNG)
    await store.close()

    assert isinstance(refused, Unfit)
    assert [(Path(one.path).name, one.line) for one in refused.problems] == [("bomb.yaml", 2)]
    assert "aliases" in refused.problems[0].what
    assert isinstance(result, Published)
    assert NEW in await world.answer()
