"""`/knowledge propose` as admins use it: real files, real versions, a real database, a simulated Discord."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import pytest
import pytest_asyncio
import simcord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle

from bot.adapters.discord.client import DiscordClient, DiscordOptions, build_client
from bot.adapters.discord.knowledge import proposals as proposal_pages
from bot.adapters.discord.knowledge.office import knowledge_office
from bot.adapters.discord.knowledge.proposals import CardPlace
from bot.adapters.discord.people import RoleIds
from bot.adapters.encoder import NanoEncoder
from bot.core.coverage import CoverageBoard
from bot.core.inbox.messages import NOT_ADMIN
from bot.core.messages import NOT_PERMITTED
from bot.core.proposals import messages
from bot.core.proposals.models import State
from bot.storage.demand import SqlDemand
from bot.storage.sql import SqlStore
from tests.adapters.discord.worlds import MemoryStore
from tests.content.folders import MEETING, edit
from tests.content.proposal_worlds import LONGER, NEW, OLD, WHY, WORSE, ProposalWorld, open_proposals, start_in


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqlStore]:
    store = await SqlStore.open(tmp_path / "bot.sqlite3")
    yield store
    await store.close()


@pytest_asyncio.fixture
async def world(tmp_path: Path, database: SqlStore, shipped_encoder: NanoEncoder) -> ProposalWorld:
    return open_proposals(await start_in(tmp_path, shipped_encoder), database)


@pytest.fixture
def place() -> CardPlace:
    """Its channel is set once there is a server."""
    return CardPlace(None, "en")


@pytest.fixture
def build(
    options: DiscordOptions, world: ProposalWorld, database: SqlStore, place: CardPlace
) -> Callable[[], DiscordClient]:
    def make() -> DiscordClient:
        bot = world.bot
        board = CoverageBoard(lambda: bot.answering.snapshot, SqlDemand(database), bot.clock, {})
        # Roles decide, so Discord shows the commands to everybody and the bot has to refuse by itself.
        roles = RoleIds(owners=(1,))
        office = knowledge_office(bot.answering, bot.reloading, world.proposing, board, roles, place)
        return build_client(bot.answering, MemoryStore(), options, offices=(office,))

    return make


@dataclass
class Room:
    """A server with a channel for moderators; Ada and Aung are admins, Mira moderates."""

    world: ProposalWorld
    cards: ChannelHandle
    lobby: ChannelHandle
    ada: MemberActor
    aung: MemberActor
    mira: MemberActor

    def card(self) -> Any:
        (message,) = [each for each in self.cards.history() if each.author.bot]
        return message

    async def propose(self, raw: bytes = LONGER, name: str = "meeting.yaml", who: MemberActor | None = None) -> Any:
        return await (who or self.ada).slash(self.lobby, "knowledge propose", file=(name, raw), why=WHY)

    async def id(self) -> str:
        (one,) = await self.world.proposing.open()
        return one.id


@pytest.fixture
def room(simcord_env: simcord.Env, world: ProposalWorld, place: CardPlace) -> Room:
    simcord_env.settle_timeout = 60.0  # a file is prepared meanwhile
    guild = simcord_env.create_guild()
    admins = guild.create_role("admins", permissions=discord.Permissions(manage_guild=True))
    moderators = guild.create_role("moderators", permissions=discord.Permissions(manage_messages=True))
    cards = guild.create_text_channel("moderators")
    object.__setattr__(place, "channel", cards.id)
    return Room(
        world=world,
        cards=cards,
        lobby=guild.create_text_channel("lobby"),
        ada=guild.add_member(simcord_env.create_user("ada"), roles=[admins]),
        aung=guild.add_member(simcord_env.create_user("aung"), roles=[admins]),
        mira=guild.add_member(simcord_env.create_user("mira"), roles=[moderators]),
    )


def told(result: Any) -> str:
    assert result.response is not None
    assert result.response.ephemeral
    return str(result.response.content)


def labels(message: Any) -> list[str]:
    return [item.label for row in message.components for item in row.children]


async def report_of(message: Any) -> str:
    (file,) = message.attachments
    return bytes(await file.read()).decode()


async def test_an_admin_proposes_and_a_second_one_approves(room: Room) -> None:
    said = told(await room.propose())
    assert messages.PROPOSED.text in said
    card = room.card()
    assert labels(card) == ["Approve", "Reject"]
    assert f"after:  {NEW}" in card.content
    assert WHY in card.content
    assert OLD in await room.world.answer()

    result = await room.aung.click(card, label="Approve")

    assert told(result).startswith(messages.LIVE.text)
    assert NEW in await room.world.answer()
    assert room.world.meeting.read_bytes() == LONGER
    assert labels(room.card()) == []


async def test_the_author_cannot_approve_by_any_way(room: Room) -> None:
    own = await room.propose()
    for message in (room.card(), own.response.message):
        assert messages.OWN.text in told(await room.ada.click(message, label="Approve"))
    by_command = await room.ada.slash(room.lobby, "knowledge approve", proposal=await room.id(), override="เพราะ")
    assert messages.OWN.text in told(by_command)
    assert OLD in await room.world.answer()


async def test_who_is_no_admin_may_nothing(room: Room) -> None:
    assert told(await room.propose(who=room.mira)) == NOT_ADMIN.text
    await room.propose()
    proposal_id = await room.id()
    assert told(await room.mira.click(room.card(), label="Approve")) == NOT_ADMIN.text
    assert told(await room.mira.click(room.card(), label="Reject")) == NOT_ADMIN.text
    approve = await room.mira.slash(room.lobby, "knowledge approve", proposal=proposal_id)
    assert told(approve) == NOT_ADMIN.text
    assert told(await room.mira.slash(room.lobby, "knowledge proposals")) == NOT_PERMITTED.text
    assert OLD in await room.world.answer()


async def test_every_fault_is_told_and_a_long_list_is_a_file(room: Room) -> None:
    few = told(await room.propose(MEETING.replace('question: "When was it?"', "question: 14:30").encode()))
    assert few.startswith(messages.FAULTY.text)
    assert "meeting.yaml:5: `14:30` in question" in few
    result = await room.propose(b"topic: t\n" + "ก: ข\n".encode() + b"".join(b"k%d: v\n" % n for n in range(99)))
    assert result.response is not None
    report = await report_of(result.response)
    assert "`k98` is not known" in report
    assert [each for each in room.cards.history() if each.author.bot] == []
    assert await room.world.proposing.open() == []


@pytest.mark.parametrize(
    ("name", "raw", "what"),
    [
        ("ประชุม.yaml", LONGER, "is no name of a file that can be proposed"),
        ("model.npz", b"PK\x03\x04\xff", "is no name of a file that can be proposed"),
        ("meeting.yaml", b"\x89PNG\r\n\xff", "is not UTF-8"),
        ("bomb.yaml", b"a: &a [x, x]\nb: [*a, *a]\n", "aliases (`*name`) are not allowed"),
        ("deep.yaml", b"[" * 99 + b"]" * 99, "nested deeper than"),
        ("meeting.yaml", MEETING.encode(), "is the same file already"),
    ],
)
async def test_what_cannot_be_taken_gets_a_kind_line(room: Room, name: str, raw: bytes, what: str) -> None:
    said = told(await room.propose(raw, name))
    assert messages.FAULTY.text in said
    assert what in said
    assert await room.world.proposing.open() == []


async def test_a_file_that_is_too_large_is_not_even_fetched(
    room: Room, monkeypatch: pytest.MonkeyPatch, simcord_env: simcord.Env
) -> None:
    monkeypatch.setattr(proposal_pages, "MAX_FILE", 100)

    async def never(*_: object, **__: object) -> bytes:
        raise AssertionError("fetched")

    monkeypatch.setattr(discord.Attachment, "read", never)
    assert "is larger than" in told(await room.propose())


async def test_a_file_that_is_larger_than_discord_says_is_not_read(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposal_pages, "MAX_FILE", 10_000)

    async def more(*_: object, **__: object) -> bytes:
        return b"x" * 10_001

    monkeypatch.setattr(discord.Attachment, "read", more)
    assert "is larger than" in told(await room.propose())
    assert await room.world.proposing.open() == []


async def test_a_long_diff_is_a_file_with_its_head_in_the_message(room: Room) -> None:
    path = room.world.bot.knowledge / "phrasings" / "th.yaml"
    lines = "".join(f'    - "ประชุมจัดวันที่เท่าไร แบบที่ {number}"\n' for number in range(30))
    raw = path.read_text(encoding="utf-8").replace("  meeting.venue:\n", f"{lines}  meeting.venue:\n", 1)
    await room.propose(raw.encode(), "th.yaml")
    card = room.card()
    assert "knowledge/phrasings/th.yaml: replaces the file" in card.content
    assert '+    - "ประชุมจัดวันที่เท่าไร แบบที่ 29"' in await report_of(card)


async def test_nothing_in_a_file_pings_or_leaves_the_code_block(room: Room, simcord_env: simcord.Env) -> None:
    raw = LONGER + "# ``` @everyone <@1> \u202egnihton\n".encode()
    await room.propose(raw)
    card = room.card()
    assert card.content.count("```") == 2
    assert "@everyone" not in card.content
    assert "# ``` @everyone <@1> <U+202E>gnihton" in await report_of(card)
    sent = [
        each.json for each in simcord_env.http_requests if each.path.endswith(f"/channels/{room.cards.id}/messages")
    ]
    payloads = [each for each in sent if isinstance(each, dict)]
    assert all(each["allowed_mentions"] == {"parse": []} for each in payloads)


async def test_what_the_gate_holds_back_is_told_with_the_way_past_it(room: Room) -> None:
    await room.propose(WORSE)
    proposal_id = await room.id()

    said = told(await room.aung.click(room.card(), label="Approve"))

    assert said.startswith(messages.HELD.text)
    assert "จัดที่ไหน" in said
    assert f"/knowledge approve proposal:{proposal_id} override:REASON" in said
    assert room.world.meeting.read_text(encoding="utf-8") == MEETING
    assert labels(room.card()) == ["Approve", "Reject"]
    done = await room.aung.slash(room.lobby, "knowledge approve", proposal=proposal_id, override="ตั้งใจ")
    assert told(done).startswith(messages.LIVE.text)
    assert room.world.meeting.read_bytes() == WORSE


async def test_a_held_one_can_still_be_rejected_on_its_card(room: Room) -> None:
    await room.propose(WORSE)
    await room.aung.click(room.card(), label="Approve")
    assert told(await room.aung.click(room.card(), label="Reject")) == messages.REJECTED.text
    assert labels(room.card()) == []
    assert await room.world.proposing.open() == []


async def test_what_was_edited_meanwhile_is_shown_and_not_overwritten(room: Room) -> None:
    await room.propose()
    edit(room.world.meeting, '"When was it?"', '"When did they meet?"')
    result = await room.aung.click(room.card(), label="Approve")
    assert told(result).startswith(messages.OUTDATED.text)
    report = await report_of(result.response) if result.response and result.response.attachments else told(result)
    assert '-    question: "When did they meet?"' in report
    assert "When did they meet?" in room.world.meeting.read_text(encoding="utf-8")


async def test_proposals_are_listed_shown_and_suggested(room: Room) -> None:
    assert "No proposal waits." in told(await room.aung.slash(room.lobby, "knowledge proposals"))
    await room.propose()
    proposal_id = await room.id()

    listed = told(await room.aung.slash(room.lobby, "knowledge proposals"))
    shown = await room.aung.slash(room.lobby, "knowledge proposals", proposal=proposal_id)
    offered = await room.aung.autocomplete(room.lobby, "knowledge approve", "proposal", "meet")
    hidden = await room.mira.autocomplete(room.lobby, "knowledge approve", "proposal", "")

    assert f"{proposal_id}  knowledge/meeting.yaml" in listed
    assert NEW in told(shown)
    assert shown.response is not None
    assert labels(shown.response.message) == ["Approve", "Reject"]
    assert [one["value"] for one in offered] == [proposal_id]
    assert hidden == []
    unknown = await room.aung.slash(room.lobby, "knowledge proposals", proposal="../../etc")
    assert told(unknown) == messages.OVER.text


async def test_where_the_card_cannot_be_posted_the_proposal_waits_all_the_same(
    room: Room, simcord_env: simcord.Env
) -> None:
    simcord_env.inject_error("POST", f"/channels/{room.cards.id}/messages", status=403, code=50013, times=None)
    assert messages.PROPOSED.text in told(await room.propose())
    done = await room.aung.slash(room.lobby, "knowledge approve", proposal=await room.id())
    assert told(done).startswith(messages.LIVE.text)


async def test_a_pressed_button_of_long_ago_says_that_it_is_over(room: Room) -> None:
    own = await room.propose()
    await room.aung.click(room.card(), label="Approve")
    stale = await room.ada.click(own.response.message, label="Reject")
    assert told(stale) == messages.OVER.text
    assert NEW in await room.world.answer()


async def test_a_folder_that_cannot_be_written_is_told_with_the_remedy(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read-only by the file system, as in a container: root may write anywhere else."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("bot.content.uploads.tempfile.NamedTemporaryFile", refuse)
    said = told(await room.propose())
    assert "cannot be written: Read-only file system" in said
    assert "/knowledge reload" in said
    assert await room.world.proposing.open() == []


async def test_everything_that_was_done_is_in_the_audit_log_of_the_server(room: Room) -> None:
    await room.propose()
    proposal_id = await room.id()
    await room.aung.click(room.card(), label="Approve")
    records = await room.world.log.records(subject=proposal_id)
    assert [(one.deed, one.who) for one in records] == [
        ("knowledge.proposed", f"discord:{room.ada.id}"),
        ("knowledge.approved", f"discord:{room.aung.id}"),
        ("knowledge.published", "bot"),
    ]
    assert records[0].detail["why"] == WHY
    kept = await room.world.kept.proposal(proposal_id)
    assert kept is not None
    assert kept.state is State.LIVE
