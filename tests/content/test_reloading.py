"""Reloads as an admin makes them: real files, real versions, a bot that goes on answering."""

import json
import logging
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.encoder import NanoEncoder
from bot.adapters.remote_encoder import RemoteEncoder
from bot.content.model_file import identity, load_compiled
from bot.content.preparing import GATE, MODEL
from bot.core.encoders import EncoderChoice
from bot.core.errors import BotError, ContentError
from bot.core.knowledge_diff import diff_lines
from bot.core.models import Question
from bot.core.reload_reports import outcome_report
from bot.core.reloading import HeldBack, NoSuchVersion, Refused, Reloaded, RolledBack, Unchanged
from tests.adapters.embedding_server import serving
from tests.content.encoders import CountingEncoder
from tests.content.folders import edit
from tests.content.reload_worlds import ReloadWorld, make_folders, spoil_golden, start
from tests.core.clocks import SimulatedClock


@pytest.fixture
async def world(tmp_path: Path, shipped_encoder: NanoEncoder) -> ReloadWorld:
    return await start(make_folders(tmp_path), tmp_path / "versions", shipped_encoder, SimulatedClock())


async def test_the_processes_of_the_shipped_bot(tmp_path: Path, shipped_encoder: NanoEncoder) -> None:
    """Everything else in this file is prepared in a thread, for speed."""
    folders, versions = make_folders(tmp_path), tmp_path / "versions"
    world = await start(folders, versions, shipped_encoder, SimulatedClock(), in_child=True)
    edit(world.knowledge / "meeting.yaml", '"2024-10-30"', '"2024-10-31"')
    assert isinstance(await world.reloading.reload("console"), Reloaded)
    assert "29–31 October 2024" in (await world.open("meeting.dates")).text
    edit(world.knowledge / "meeting.yaml", 'question: "When was it?"', "question: 14:30")
    assert isinstance(await world.reloading.reload("console"), Refused)


async def test_the_child_of_a_reload_uses_the_same_endpoint(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(CountingEncoder(), "org/counting") as server:
        endpoint = server.endpoint(key="sk-secret-of-the-endpoint", prefix="query:", timeout=20.0)
        remote = RemoteEncoder(endpoint)
        choice = EncoderChoice(1, endpoint)
        world = await start(
            make_folders(tmp_path), tmp_path / "versions", remote, SimulatedClock(), in_child=True, choice=choice
        )
        remote.close()

    live = await world.library.live()
    assert live is not None
    compiled = load_compiled(tmp_path / "versions" / live.id / "model.npz")
    assert compiled is not None
    assert compiled.model.encoder == "org/counting/64/query:"
    assert set(server.keys) == {"Bearer sk-secret-of-the-endpoint"}
    seen = [path for path in tmp_path.rglob("*") if path.is_file() and b"sk-secret" in path.read_bytes()]
    assert (seen, "sk-secret" in caplog.text + "".join(capfd.readouterr())) == ([], False)


async def test_a_reload_that_needs_an_endpoint_that_is_down_changes_nothing(tmp_path: Path) -> None:
    with serving(CountingEncoder(), "org/counting") as server:
        remote, choice = RemoteEncoder(server.endpoint()), EncoderChoice(1, server.endpoint())
        world = await start(
            make_folders(tmp_path), tmp_path / "versions", remote, SimulatedClock(), in_child=True, choice=choice
        )
        remote.close()
    before = world.answering.snapshot
    edit(world.knowledge / "phrasings" / "th.yaml", "จัดวันไหน", "งานมีวันไหนนะ")

    with pytest.raises(BotError, match="nothing changed"):
        await world.reloading.reload("console")

    assert world.answering.snapshot is before
    assert len(list((tmp_path / "versions").glob("*/model.npz"))) == 1


class ShortEncoder(CountingEncoder):
    dimension = 32


async def test_a_model_learned_with_another_encoder_takes_over_at_the_next_edit(tmp_path: Path) -> None:
    folders, bigger = make_folders(tmp_path), CountingEncoder("bigger")
    await start(folders, tmp_path / "versions", ShortEncoder("short"), SimulatedClock())
    there = replace(folders, cache=tmp_path / "compiled elsewhere")
    elsewhere = await start(there, tmp_path / "elsewhere", bigger, SimulatedClock())
    learned = await elsewhere.library.live()
    assert learned is not None
    for name in (MODEL, GATE):
        target = folders.knowledge / "compiled" / name
        target.parent.mkdir(exist_ok=True)
        shutil.copy(tmp_path / "elsewhere" / learned.id / name, target)

    world = await start(folders, tmp_path / "versions", bigger, SimulatedClock())
    edit(world.knowledge / "phrasings" / "th.yaml", "จัดวันไหน", "งานมีวันไหนนะ")
    outcome = await world.reloading.reload("console")

    assert isinstance(outcome, Reloaded)
    compiled = load_compiled(tmp_path / "versions" / outcome.version.id / MODEL)
    assert compiled is not None
    assert compiled.model.encoder == "bigger"


async def answer_of(world: ReloadWorld, text: str) -> str | None:
    question = Question(text=text, asker="test:1", conversation=f"test:{text}", platform="test")
    return (await world.answering.ask(question)).key


async def test_an_edited_fact_is_live_after_a_reload(world: ReloadWorld) -> None:
    edit(world.knowledge / "meeting.yaml", '"2024-10-30"', '"2024-10-31"')

    outcome = await world.reloading.reload("console", "one day longer")

    assert isinstance(outcome, Reloaded)
    assert "29–31 October 2024" in (await world.open("meeting.dates")).text
    assert diff_lines(outcome.diff) == [
        "changed: meeting.dates fact period",
        "    before: 29–30 October 2024",
        "    after:  29–31 October 2024",
    ]
    (record,) = world.audit.kept
    assert (record.who, record.deed, record.detail) == ("console", "knowledge.reloaded", {"why": "one day longer"})


async def test_rankings_are_remembered_through_a_reload_that_changes_none(world: ReloadWorld) -> None:
    """Else everybody who asks after a reload waits as if nobody had ever asked."""
    before = world.answering.snapshot
    edit(world.knowledge / "meeting.yaml", '"2024-10-30"', '"2024-10-31"')
    assert isinstance(await world.reloading.reload("discord:1"), Reloaded)
    edited = world.answering.snapshot
    edit(world.knowledge / "phrasings" / "th.yaml", "จัดวันไหน", "งานมีวันไหนนะ")
    assert isinstance(await world.reloading.reload("discord:1"), Reloaded)

    assert edited.retriever is before.retriever
    assert world.answering.snapshot.retriever is not edited.retriever


async def test_what_is_live_already_is_not_reloaded(world: ReloadWorld) -> None:
    before = world.answering.snapshot
    assert await world.reloading.reload("console") == Unchanged()
    assert world.answering.snapshot is before


async def test_a_bad_file_never_replaces_a_good_one(world: ReloadWorld) -> None:
    before = world.answering.snapshot
    edit(world.knowledge / "meeting.yaml", 'question: "When was it?"', "question: 14:30")
    edit(world.knowledge / "phrasings" / "th.yaml", "จัดวันไหน", "{tower} จัดวันไหน")

    outcome = await world.reloading.reload("console")

    assert isinstance(outcome, Refused)
    assert world.answering.snapshot is before
    told = outcome_report(outcome)
    assert f"{world.knowledge / 'meeting.yaml'}:5: `14:30` in question" in told
    assert 'write "14:30"' in told


async def test_faults_of_phrasings_name_the_file_to_mend(world: ReloadWorld) -> None:
    edit(world.knowledge / "phrasings" / "th.yaml", "จัดวันไหน", "{tower} จัดวันไหน")
    outcome = await world.reloading.reload("console")
    assert isinstance(outcome, Refused)
    (problem,) = outcome.problems
    assert (problem.path, problem.line) == (str(world.knowledge / "phrasings" / "th.yaml"), 3)


async def test_a_removed_entry_is_missed_where_its_phrasings_stand(world: ReloadWorld) -> None:
    """The file with the phrasings was not touched, so it is known and not parsed again; its lines are told anyway."""
    text = (world.knowledge / "meeting.yaml").read_text(encoding="utf-8").replace("meeting.dates", "meeting.days")
    (world.knowledge / "meeting.yaml").write_text(text, encoding="utf-8")
    outcome = await world.reloading.reload("console")
    assert isinstance(outcome, Refused)
    paths = {(Path(one.path).name, one.line > 0) for one in outcome.problems}
    assert {("en.yaml", True), ("th.yaml", True)} <= paths


async def test_a_new_way_of_asking_is_understood_after_a_reload(world: ReloadWorld) -> None:
    asked = "วันไหนเขียนไว้หน้าประตูบ้าน"
    assert await answer_of(world, asked) == "meeting.dates"
    taught = ("วันไหนเขียนไว้หน้าประตู", "เขียนไว้หน้าประตูบ้านวันไหน", "หน้าประตูบ้านเขียนไว้วันไหน", "ประตูบ้านวันไหนเขียน")
    lines = "".join(f'    - "{text}"\n' for text in taught)
    edit(world.knowledge / "phrasings" / "th.yaml", "  meeting.venue:\n", f"  meeting.venue:\n{lines}")

    outcome = await world.reloading.reload("console")

    assert isinstance(outcome, Reloaded), outcome
    assert outcome.diff.phrasings == (4, 0)
    assert await answer_of(world, asked) == "meeting.venue"


async def test_a_new_entry_is_answered_after_a_reload(world: ReloadWorld) -> None:
    entry = """\
  - id: meeting.lunch
    question: "What was for lunch?"
    answer: "Bento boxes were served."
    answers: [meeting.lunch]
    sources: [meti]
    as_of: "2024-10-31"
    confidence: primary
position: "1"
"""
    edit(world.knowledge / "meeting.yaml", 'position: "1"\n', entry)
    texts = ("what did they eat", "food at lunch", "lunch menu", "was there bento", "which dishes were served")
    lines = "".join(f'    - "{text}"\n' for text in texts)
    edit(world.knowledge / "phrasings" / "en.yaml", "phrasings:\n", f"phrasings:\n  meeting.lunch:\n{lines}")

    outcome = await world.reloading.reload("console")

    assert isinstance(outcome, Reloaded), outcome
    assert outcome.diff.added == ("meeting.lunch",)
    assert await answer_of(world, "what dishes were on the lunch menu?") == "meeting.lunch"


async def test_a_golden_question_that_changes_its_answer_stops_a_reload(world: ReloadWorld) -> None:
    before = world.answering.snapshot
    spoil_golden(world)

    outcome = await world.reloading.reload("discord:7")

    assert isinstance(outcome, HeldBack)
    assert "golden question (th) `จัดที่ไหน`: meeting.venue before" in outcome.findings[0]
    assert world.answering.snapshot is before
    assert world.audit.kept == []


async def test_grades_of_another_day_hold_nothing_back(world: ReloadWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the gate asked is remembered, and an entry may end meanwhile."""
    clock = SimulatedClock()
    monkeypatch.setattr("bot.content.preparing._Clock", lambda: clock)
    edit(
        world.knowledge / "meeting.yaml",
        "answers: [meeting.venue]",
        'answers: [meeting.venue]\n    valid_until: "2027"',
    )
    assert isinstance(await world.reloading.reload("console"), Reloaded)
    clock.advance(days=1500)
    edit(world.knowledge / "meeting.yaml", '"2024-10-30"', '"2024-10-31"')
    assert isinstance(await world.reloading.reload("console"), Reloaded)


async def test_an_admin_overrides_the_gate_with_a_reason(world: ReloadWorld) -> None:
    spoil_golden(world)

    assert isinstance(await world.reloading.reload("discord:7", "", override=True), HeldBack)
    outcome = await world.reloading.reload("discord:7", "the venue is no longer asked for", override=True)

    assert isinstance(outcome, Reloaded)
    assert outcome.overridden
    overridden, reloaded = world.audit.kept
    assert (overridden.deed, reloaded.deed) == ("knowledge.gate-overridden", "knowledge.reloaded")
    assert overridden.detail["why"] == "the venue is no longer asked for"
    assert "จัดที่ไหน" in overridden.detail["findings"]


async def test_a_rollback_is_instant_and_the_files_stay(world: ReloadWorld) -> None:
    first = world.answering.snapshot
    edit(world.knowledge / "meeting.yaml", '"2024-10-30"', '"2024-10-31"')
    world.clock.advance(seconds=60)
    await world.reloading.reload("console")

    outcome = await world.reloading.rollback("console", "a typing error")

    assert isinstance(outcome, RolledBack)
    assert world.answering.snapshot is first
    assert (await world.reloading.status()).edited is True
    assert '"2024-10-31"' in (world.knowledge / "meeting.yaml").read_text(encoding="utf-8")


async def test_a_rollback_never_leads_to_what_was_rolled_back_from(world: ReloadWorld) -> None:
    """Also after a restart, and although that is the newest but one."""
    first = (await world.open("meeting.dates")).text
    edit(world.knowledge / "meeting.yaml", '"2024-10-30"', '"2024-10-31"')
    assert isinstance(await world.reloading.reload("console"), Reloaded)
    assert isinstance(await world.reloading.rollback("console"), RolledBack)
    edit(world.knowledge / "meeting.yaml", '"2024-10-31"', '"2024-11-01"')
    assert isinstance(await world.reloading.reload("console"), Reloaded)
    world = await world.again()

    assert isinstance(await world.reloading.rollback("console"), RolledBack)

    assert (await world.open("meeting.dates")).text == first


async def test_a_rollback_finds_what_was_live_however_many_were_rolled_back_from_since(world: ReloadWorld) -> None:
    """More than are kept: each of them is newer than what people were answered from all the time."""
    first, day = (await world.open("meeting.dates")).text, '"2024-10-30"'
    for number in range(1, 6):
        edit(world.knowledge / "meeting.yaml", day, day := f'"2024-11-0{number}"')
        world.clock.advance(seconds=60)
        assert isinstance(await world.reloading.reload("console"), Reloaded)
        assert isinstance(await world.reloading.rollback("console"), RolledBack)
        assert (await world.open("meeting.dates")).text == first, number


async def test_a_restart_after_a_rollback_comes_up_with_what_was_live(world: ReloadWorld) -> None:
    edit(world.knowledge / "meeting.yaml", '"2024-10-30"', '"2024-10-31"')
    world.clock.advance(seconds=60)
    await world.reloading.reload("console")
    await world.reloading.rollback("console")

    world = await world.again()

    assert "29–30 October 2024" in (await world.open("meeting.dates")).text
    assert isinstance(await world.reloading.reload("console"), Reloaded)  # who reloads wants the files
    assert "29–31 October 2024" in (await world.open("meeting.dates")).text


async def test_a_restart_reads_files_that_were_edited_meanwhile(world: ReloadWorld) -> None:
    edit(world.knowledge / "meeting.yaml", '"2024-10-30"', '"2024-10-31"')
    world = await world.again()
    assert "29–31 October 2024" in (await world.open("meeting.dates")).text


async def test_a_restart_with_broken_files_answers_from_the_last_good_version(
    world: ReloadWorld, caplog: pytest.LogCaptureFixture
) -> None:
    (world.knowledge / "meeting.yaml").write_bytes(b"\x93NUMPY\x00\x01")
    with caplog.at_level(logging.WARNING):
        world = await world.again()
    assert "29–30 October 2024" in (await world.open("meeting.dates")).text
    assert "THE FILES ON DISK ARE NOT LIVE" in caplog.text
    assert "meeting.yaml" in caplog.text


async def test_a_first_start_with_broken_files_tells_the_faults(tmp_path: Path, shipped_encoder: NanoEncoder) -> None:
    folders = make_folders(tmp_path)
    edit(folders.knowledge / "meeting.yaml", "sources: [meti]", "sources: [mtei]")
    with pytest.raises(ContentError, match="did you mean `meti`"):
        await start(folders, tmp_path / "versions", shipped_encoder, SimulatedClock())


async def test_a_version_whose_parts_are_damaged_is_made_again_from_its_files(world: ReloadWorld) -> None:
    for part in world.versions.glob("*/parts/*"):
        part.write_bytes(b"\x80\x05cos\nsystem\n")
    world = await world.again()
    assert "29–30 October 2024" in (await world.open("meeting.dates")).text


async def test_only_so_many_versions_are_kept_and_the_live_one_always(world: ReloadWorld) -> None:
    for day in range(1, 5):
        world.clock.advance(seconds=60)
        edit(world.knowledge / "meeting.yaml", "held on", "really held on")
        assert isinstance(await world.reloading.reload("console", str(day)), Reloaded)
    status = await world.reloading.status()
    assert [one.why for one in status.versions] == ["4", "3", "2"]
    assert status.live == status.versions[0]
    assert isinstance(
        await world.reloading.rollback("console", version_id="20200101-000000-000000000000"), NoSuchVersion
    )


async def test_versions_share_what_did_not_change(world: ReloadWorld) -> None:
    edit(world.knowledge / "meeting.yaml", '"2024-10-30"', '"2024-10-31"')
    await world.reloading.reload("console")
    assert len({path.stat().st_ino for path in world.versions.glob("*/knowledge/names.yaml")}) == 1
    assert len({path.stat().st_ino for path in world.versions.glob("*/knowledge/meeting.yaml")}) == 2


async def test_a_check_changes_nothing(world: ReloadWorld) -> None:
    edit(world.knowledge / "meeting.yaml", '"2024-10-30"', '"2024-10-31"')
    before = sorted(world.versions.rglob("*"))
    await world.reloading.check()
    assert sorted(world.versions.rglob("*")) == before
    assert json.loads((world.versions / "live.json").read_text(encoding="utf-8"))["passed_over"] == ""


async def before_and_after_other_words(world: ReloadWorld) -> tuple[Path, Path]:
    """The folders of the versions before and after an edit of an answer."""
    before = await world.library.live()
    edit(world.knowledge / "meeting.yaml", "It was held in", "It took place in")
    outcome = await world.reloading.reload("console")
    assert isinstance(outcome, Reloaded), outcome
    assert before is not None
    return world.versions / before.id, world.versions / outcome.version.id


async def test_an_edited_answer_shares_its_model_with_the_version_before(world: ReloadWorld) -> None:
    before, now = await before_and_after_other_words(world)
    assert all((before / name).samefile(now / name) for name in (MODEL, GATE))


async def test_where_files_cannot_be_linked_the_model_is_written_again(
    world: ReloadWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    before, now = await before_and_after_other_words(world)
    one, other = load_compiled(before / MODEL), load_compiled(now / MODEL)
    assert one is not None
    assert other is not None
    assert identity(one) == identity(other)
    assert not (before / MODEL).samefile(now / MODEL)
