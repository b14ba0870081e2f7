"""What `bot doctor` learns from Discord, over a real connection to a stand-in."""

import datetime
import socket

import discord
import pytest

from bot.adapters.discord.examination import Examination, Named, examine, intents_finding
from bot.core.diagnosis import Finding, Verdict
from tests.doctor.standin import (
    EVERYONE,
    OTHERS,
    OURS,
    READS,
    SEES,
    SERVER,
    TOKEN,
    WRITES,
    Standin,
    channel,
    overwrite,
    role,
)

ALL = SEES | WRITES | READS
IN_THREADS = discord.Permissions(send_messages_in_threads=True).value
ADMINISTRATOR = discord.Permissions(administrator=True).value


@pytest.fixture
def world() -> Standin:
    return Standin()


async def look(world: Standin, *, token: str = TOKEN, **named: dict[int, str]) -> Examination:
    async with world.serving() as base:
        whole = {"servers": {}, "channels": {}, "roles": {}, **named}
        return await examine(token, base, Named(**whole))


async def look_at_channel(world: Standin, number: int) -> Finding:
    examination = await look(world, channels={number: "BOT_MODERATOR_CHANNEL"})
    (found,) = (one for one in examination.findings if one.subject == f"channel {number} (BOT_MODERATOR_CHANNEL)")
    return found


def problems(examination: Examination) -> list[str]:
    return [one.subject for one in examination.findings if one.verdict is Verdict.PROBLEM]


async def test_a_bot_that_was_set_up_well_has_no_problems(world: Standin) -> None:
    world.channels = {1: channel(1), 2: channel(2, kind=5)}

    examination = await look(
        world,
        servers={SERVER: "BOT_DISCORD_GUILDS"},
        channels={1: "BOT_MODERATOR_CHANNEL", 2: "BOT_LANGUAGE_CHANNELS"},
        roles={OTHERS: "BOT_MODERATOR_ROLES"},
    )

    assert {one.verdict for one in examination.findings} == {Verdict.OK}, examination.findings
    assert len(examination.findings) == 7


async def test_nothing_is_changed_on_discord(world: Standin) -> None:
    world.channels = {1: channel(1)}
    await look(world, channels={1: "BOT_MODERATOR_CHANNEL"}, roles={OTHERS: "BOT_MODERATOR_ROLES"})
    assert len(world.asked) >= 6
    assert {line.split()[0] for line in world.asked} == {"GET"}


async def test_a_token_that_discord_refuses_is_a_problem_and_is_not_shown(world: Standin) -> None:
    wrong = TOKEN[:-5] + "wrong"

    examination = await look(world, token=wrong)

    assert problems(examination) == ["token"]
    assert "developer portal" in examination.findings[0].remedy
    shown = "".join(map(str, examination.findings))
    assert not any(part in shown for part in wrong.split("."))


async def test_without_a_network_nothing_is_a_problem() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]

    examination = await examine(TOKEN, f"http://127.0.0.1:{port}/api/v10", Named({}, {1: "x"}, {}))

    assert [one.verdict for one in examination.findings] == [Verdict.NOT_CHECKED]
    assert "cannot be reached" in examination.findings[0].what
    assert examination.time is None


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize(
    "path",
    [
        "/users/@me",
        "/users/@me/guilds",
        "/gateway/bot",
        "/channels/1",
        f"/guilds/{SERVER}/roles",
        f"/guilds/{SERVER}/members/700000000000000001",
    ],
)
async def test_what_discord_does_not_tell_is_not_checked(world: Standin, path: str, status: int) -> None:
    world.channels = {1: channel(1)}
    world.statuses = {path: status}

    examination = await look(world, channels={1: "BOT_MODERATOR_CHANNEL"}, roles={OTHERS: "BOT_MODERATOR_ROLES"})

    assert problems(examination) == []
    assert Verdict.NOT_CHECKED in {one.verdict for one in examination.findings}


async def test_discord_s_time_comes_with_its_answers(world: Standin) -> None:
    world.time = datetime.datetime(2024, 10, 29, 1, tzinfo=datetime.UTC)
    assert (await look(world)).time == world.time
    assert (await look(world, token=TOKEN + "x")).time == world.time


async def test_used_up_connections_are_a_problem(world: Standin) -> None:
    world.starts_left = 0
    examination = await look(world)
    assert problems(examination) == ["connections"]
    assert any("about 3 h" in one.what for one in examination.findings)


async def test_a_server_the_bot_is_not_on_and_a_role_nobody_has_are_problems(world: Standin) -> None:
    examination = await look(
        world,
        servers={SERVER: "BOT_DISCORD_GUILDS", 999: "BOT_DISCORD_GUILDS"},
        roles={998: "BOT_APPROVER_ROLES", OTHERS: "BOT_MODERATOR_ROLES"},
    )
    assert problems(examination) == ["server 999 (BOT_DISCORD_GUILDS)", "role 998 (BOT_APPROVER_ROLES)"]


@pytest.mark.parametrize(
    ("everyone", "ours", "overwrites", "missing"),
    [
        (SEES | READS, WRITES, [], ""),
        (SEES, WRITES, [], "Read Message History"),
        (0, 0, [], "View Channel, Send Messages, Read Message History"),
        (0, ADMINISTRATOR, [overwrite(EVERYONE, deny=ALL)], ""),
        (ALL, 0, [overwrite(EVERYONE, deny=WRITES)], "Send Messages"),
        (ALL, 0, [overwrite(EVERYONE, deny=WRITES), overwrite(OURS, allow=WRITES)], ""),
        (ALL, 0, [overwrite(OTHERS, deny=ALL)], ""),
        (ALL, 0, [overwrite(OURS, deny=READS), overwrite(700000000000000001, allow=READS)], ""),
        (ALL, 0, [overwrite(OURS, allow=READS), overwrite(700000000000000001, deny=READS)], "Read Message History"),
    ],
    ids=["roles", "no history", "nothing", "administrator", "denied to all", "allowed to ours", "denied to others", "allowed to the bot", "denied to the bot"],
)  # fmt: skip
async def test_permissions_are_computed_as_discord_does(
    world: Standin, everyone: int, ours: int, overwrites: list[dict[str, object]], missing: str
) -> None:
    world.roles = [role(EVERYONE, everyone), role(OURS, ours), role(OTHERS)]
    world.channels = {1: channel(1, *overwrites)}

    found = await look_at_channel(world, 1)

    assert found.verdict is (Verdict.PROBLEM if missing else Verdict.OK)
    assert found.what == (
        f"the bot lacks {missing}" if missing else "the bot may see it, write there and read what was written"
    )


async def test_within_a_group_of_roles_what_is_allowed_wins(world: Standin) -> None:
    world.roles = [role(EVERYONE, ALL), role(OURS), role(OTHERS)]
    world.channels = {1: channel(1, overwrite(EVERYONE, deny=WRITES), overwrite(OURS, allow=WRITES))}
    assert (await look_at_channel(world, 1)).verdict is Verdict.OK


async def test_a_thread_has_the_permissions_of_its_channel_and_one_of_its_own(world: Standin) -> None:
    world.roles = [role(EVERYONE, SEES | READS), role(OURS)]
    thread = channel(5, kind=11, parent_id="1")
    del thread["permission_overwrites"]
    world.channels = {1: channel(1, overwrite(OURS, allow=WRITES)), 5: thread}
    assert "Send Messages In Threads" in (await look_at_channel(world, 5)).what

    world.channels[1] = channel(1, overwrite(OURS, allow=IN_THREADS))
    assert (await look_at_channel(world, 5)).verdict is Verdict.OK


@pytest.mark.parametrize(("kind", "name"), [(4, "a category"), (15, "a forum"), (16, "a media channel")])
async def test_a_channel_without_messages_is_a_problem(world: Standin, kind: int, name: str) -> None:
    world.channels = {1: channel(1, kind=kind)}
    found = await look_at_channel(world, 1)
    assert found.verdict is Verdict.PROBLEM
    assert name in found.what


async def test_a_channel_that_is_hidden_or_gone_is_a_problem(world: Standin) -> None:
    world.hidden = {1}
    assert "cannot see it" in (await look_at_channel(world, 1)).what
    assert "there is none" in (await look_at_channel(world, 2)).what


async def test_a_direct_message_is_no_channel_for_moderators(world: Standin) -> None:
    direct = channel(1, kind=1)
    del direct["guild_id"]
    world.channels = {1: direct}
    assert (await look_at_channel(world, 1)).what == "it is on no server"


@pytest.mark.parametrize("flags", [1 << 18, 1 << 19])
def test_a_privileged_intent_has_to_be_granted(flags: int) -> None:
    assert intents_finding(["message_content"], flags).verdict is Verdict.OK
    refused = intents_finding(["message_content", "members"], flags)
    assert refused.verdict is Verdict.PROBLEM
    assert refused.what == "not granted: members"
