"""`/knowledge` as admins use it, and what everybody else is told."""

from collections.abc import Callable
from typing import Any, cast

import discord
import pytest
import simcord
from simcord.actors import MemberActor

from bot.adapters.discord.client import DiscordClient, DiscordOptions, build_client
from bot.adapters.discord.knowledge.desk import post_report
from bot.adapters.discord.knowledge.office import knowledge_office
from bot.adapters.discord.knowledge.proposals import CardPlace
from bot.adapters.discord.people import RoleIds
from bot.core import messages
from bot.core.coverage import CoverageBoard
from bot.core.errors import BotError, Problem
from bot.core.inbox.messages import NOT_ADMIN
from bot.core.reloading import Faulty, Prepared, Reloading, Same
from tests.adapters.discord.conftest import ClientLocale, Place
from tests.adapters.discord.worlds import MemoryStore, make_answering, mark
from tests.content.reload_worlds import ListedAudit
from tests.core.clocks import SimulatedClock
from tests.core.reload_shelf import FIRST, ScriptedShelf

COMMANDS = ["status", "check", "diff", "reload", "rollback", "export"]


class NoDemand:
    async def demand(self) -> list[Any]:
        return []


@pytest.fixture
def shelf() -> ScriptedShelf:
    return ScriptedShelf(make_answering(MemoryStore()).snapshot)


@pytest.fixture
def audit() -> ListedAudit:
    return ListedAudit()


@pytest.fixture
def build(
    store: MemoryStore, options: DiscordOptions, shelf: ScriptedShelf, audit: ListedAudit
) -> Callable[[], DiscordClient]:
    def make() -> DiscordClient:
        answering = make_answering(store)
        reloading = Reloading(answering, shelf, SimulatedClock(), audit)
        # Roles decide, so Discord shows the commands to everybody and the bot has to refuse by itself.
        board = CoverageBoard(lambda: answering.snapshot, NoDemand(), SimulatedClock(), {})
        roles, nobody = RoleIds(owners=(1,)), cast(Any, None)  # nothing is proposed here
        office = knowledge_office(answering, reloading, nobody, board, roles, CardPlace(None, "en"))
        return build_client(answering, store, options, offices=(office,))

    return make


@pytest.fixture
def admin(place: Place) -> MemberActor:
    admins = place.guild.create_role("admins", permissions=discord.Permissions(manage_guild=True))
    return place.guild.add_member(place.env.create_user("aung"), roles=[admins])


def told(result: Any) -> str:
    assert result.response is not None
    return str(result.response.content)


def attached(result: Any) -> list[str]:
    return [each.filename for each in result.response.attachments]


@pytest.mark.parametrize("command", COMMANDS)
async def test_only_admins_may(place: Place, shelf: ScriptedShelf, client_locale: ClientLocale, command: str) -> None:
    client_locale.client = "th"
    shelf.edited()
    result = await place.alice.slash(place.channel, f"knowledge {command}")
    refusal = NOT_ADMIN if command in ("reload", "rollback") else messages.NOT_PERMITTED
    assert told(result) == mark("th", refusal.text)
    assert result.response is not None
    assert result.response.ephemeral
    assert shelf.now == FIRST


async def test_an_admin_reloads(place: Place, admin: MemberActor, shelf: ScriptedShelf, audit: ListedAudit) -> None:
    shelf.edited()
    result = await admin.slash(place.channel, "knowledge reload", why="ရက်စွဲမှားနေသည်")
    assert "is live" in told(result)
    assert "after:  29–31 ตุลาคม" in told(result)
    (record,) = audit.kept
    assert (record.who, record.detail["why"]) == (f"discord:{admin.id}", "ရက်စွဲမှားနေသည်")


async def test_faults_are_told_and_long_lists_are_a_file(
    place: Place, admin: MemberActor, shelf: ScriptedShelf
) -> None:
    problem = Problem("knowledge/phrasings/km.yaml", 12, "`ភ្នំពេញ` stands again", "keep it once")
    shelf.found = Faulty((problem,))
    assert "km.yaml:12: `ភ្នំពេញ` stands again" in told(await admin.slash(place.channel, "knowledge reload"))
    shelf.found = Faulty((problem,) * 200)
    result = await admin.slash(place.channel, "knowledge check")
    assert told(result) == "```\n200 faults\n```"
    assert attached(result) == ["report.txt"]


async def test_an_override_needs_words_and_is_kept(
    place: Place, admin: MemberActor, shelf: ScriptedShelf, audit: ListedAudit
) -> None:
    shelf.edited("lo: right fell from 70.0 to 60.0 %")
    refused = await admin.slash(place.channel, "knowledge reload", why="please")
    assert "lo: right fell" in told(refused)
    assert (shelf.now, shelf.passed_over) == (FIRST, ["b" * 64])
    await admin.slash(place.channel, "knowledge reload", override="the entry was wrong")
    assert audit.kept[0].deed == "knowledge.gate-overridden"
    assert shelf.now != FIRST


async def test_a_rollback_and_its_choices(place: Place, admin: MemberActor, shelf: ScriptedShelf) -> None:
    shelf.edited()
    await admin.slash(place.channel, "knowledge reload")
    result = await admin.slash(place.channel, "knowledge rollback", version=FIRST.id, why="zu früh")
    assert f"{FIRST.id} is live" in told(result)
    assert shelf.now == FIRST


async def test_an_export_is_a_file(place: Place, admin: MemberActor) -> None:
    result = await admin.slash(place.channel, "knowledge export")
    assert attached(result) == ["knowledge.zip"]
    unknown = await admin.slash(place.channel, "knowledge export", version="20200101-000000-000000000000")
    assert "no such version" in told(unknown)


async def test_a_preparation_that_dies_is_told(place: Place, admin: MemberActor, shelf: ScriptedShelf) -> None:
    async def die(instead: Any = None) -> Prepared | Faulty | Same:
        raise BotError("nothing changed: reading the files ended with code -9; see the log")

    shelf.prepare = die  # type: ignore[method-assign]
    assert "nothing changed" in told(await admin.slash(place.channel, "knowledge reload"))


async def test_moderators_are_told_in_their_channel(place: Place, simcord_env: simcord.Env) -> None:
    client: Any = simcord_env.bot
    await post_report(client, place.channel.id, "edited files did not go live: @everyone\n" + "ภาษาไทย\n" * 500)
    (message,) = place.from_bot()
    assert message.content == "```\nedited files did not go live: @everyone\n```"
    assert place.sent()[0]["allowed_mentions"] == {"parse": []}
