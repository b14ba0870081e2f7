"""Whole bots while what they depend on is away: they go on, say so, lose nothing, and come back by themselves.

Real processes, a real gateway and HTTP API on a local port, real databases.
"""

import asyncio
import contextlib
import datetime
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.core.announcements.announcing import Announcing
from bot.core.announcements.models import Actor, Announcement, Schedule, Target
from bot.core.announcements.templates import TEMPLATES, Slot
from bot.core.announcements.typed import read_template
from bot.storage.announcements import SqlAnnouncementStore
from bot.storage.sql import SqlStore
from tests.faults.bots import Bot, running, until
from tests.faults.gateway import Gateway
from tests.faults.standin import Fault
from tests.postgresql import Server

ASKED = {
    "th": ("การประชุมครั้งที่ 6 จัดขึ้นวันที่เท่าไหร่", "29–30 ตุลาคม 2024"),
    "ja": ("第6回の会合はいつ開催されましたか", "2024年10月29～30日"),
    "ta": ("ஆறாவது உயர்நிலைக் கூட்டம் எந்தெந்தத் தேதிகளில் நடைபெற்றது என்பதைத் தயவுகூர்ந்து உறுதிப்படுத்தவும்.", "2024"),
    "km": ("កិច្ចប្រជុំលើកទី៦ ប្រព្រឹត្តទៅនៅថ្ងៃណា?", "29–30 តុលា 2024"),
    "lo": ("ກອງປະຊຸມລະດັບສູງຄັ້ງທີ 6 ໄດ້ຈັດຂຶ້ນໃນວັນທີເທົ່າໃດ", "2024"),
}
MIRA = Actor("discord:7", moderator=True, approver=True, server="discord:1")


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway()
    await gateway.start()
    yield gateway
    await gateway.leave()


async def is_ready(bot: Bot, *, discord: bool = True) -> bool:
    return (await bot.ready())["discord"] is discord


async def schedule(database: Path | str, *channels: str, minutes: float) -> Announcement:
    """An announcement to these channels, due in so many minutes; as a moderator does who uses another process."""
    store = await SqlStore.open(database)
    now = datetime.datetime.now(datetime.UTC)

    class Clock:
        def now(self) -> datetime.datetime:
            return now

    announcing = Announcing(SqlAnnouncementStore(store), Clock(), needs_approval=False, wake=lambda: None)
    typed = {Slot.SESSION: "GX 分科会", Slot.PLACE: "ห้องประชุม ๕", Slot.TIME: "14:30"}
    content = read_template(TEMPLATES["room-change"], typed, "Asia/Tokyo", now)
    assert not isinstance(content, tuple)
    targets = tuple(Target(f"discord:{channel}") for channel in channels)
    draft = await announcing.draft(content=content, original="en", zone="Asia/Tokyo", targets=targets, actor=MIRA)
    assert isinstance(draft, Announcement)
    at = Schedule(at=now + datetime.timedelta(minutes=minutes))
    sent = await announcing.send(draft.id, draft.version, MIRA, schedule=at)
    assert isinstance(sent, Announcement), sent
    await store.close()
    return sent


async def test_discord_away_for_an_hour(gateway: Gateway, process_environment: dict[str, str], tmp_path: Path) -> None:
    """What people wrote meanwhile, what was being answered and what was to be announced: all once it is back, and once."""
    (first, _), (heard, in_ja), (missed, in_km), (later, in_ta) = (ASKED[one] for one in ("th", "ja", "km", "ta"))
    async with running(process_environment, gateway, tmp_path / "data") as bot:
        await until(lambda: is_ready(bot))
        asked = await gateway.deliver(0, first)
        await until(lambda: gateway.replies(asked))
        await schedule(tmp_path / "data" / "bot.sqlite3", "500", "501", minutes=20)
        gateway.standin.away = Fault.UNAVAILABLE
        unanswered = await gateway.deliver(0, heard)
        await until(lambda: "waits for Discord" in bot.log)

        await gateway.leave()
        await until(lambda: is_ready(bot, discord=False))
        while_away = [gateway.say(0, missed), gateway.say(0, later)]
        assert ASKED["lo"][1] in await bot.ask(ASKED["lo"][0])
        for minute in range(0, 61, 4):
            (tmp_path / "clock").write_text(str(60 * minute))
            await asyncio.sleep(0.1)

        await gateway.come_back()
        await until(lambda: gateway.sockets)
        assert await is_ready(bot, discord=False)  # connected, but it takes no requests
        await asyncio.sleep(0.5)
        gateway.standin.away = None
        await until(lambda: gateway.replies(while_away[1]) and gateway.replies(unanswered))
        await until(lambda: len(gateway.standin.texts("500") + gateway.standin.texts("501")) == 2)
        await until(lambda: is_ready(bot))
        await bot.stop()

    for message, date in ((unanswered, in_ja), (while_away[0], in_km), (while_away[1], in_ta)):
        (reply,) = gateway.replies(message)
        assert date in reply
    assert len(gateway.replies(asked)) == 1
    assert not [text for text, _ in ASKED.values() if text in bot.log]


async def test_discord_away_at_the_start(gateway: Gateway, process_environment: dict[str, str], tmp_path: Path) -> None:
    """The web page answers at once; Discord is served as soon as it is there, first its API and then its gateway."""
    question, date = ASKED["lo"]
    await gateway.leave()
    async with running(process_environment, gateway, tmp_path / "data") as bot:
        assert await is_ready(bot, discord=False)
        assert ASKED["th"][1] in await bot.ask(ASKED["th"][0])
        await until(lambda: bot.log.count("Discord cannot be reached") > 1)

        gateway.accepting = False
        await gateway.come_back()
        await asyncio.sleep(1)
        assert await is_ready(bot, discord=False)
        gateway.accepting = True
        await until(lambda: is_ready(bot))

        asked = await gateway.deliver(0, question)
        await until(lambda: gateway.replies(asked))
        await bot.stop()
    assert date in gateway.replies(asked)[0]
    assert gateway.commands


async def test_names_that_do_not_resolve(gateway: Gateway, process_environment: dict[str, str], tmp_path: Path) -> None:
    """At the start, and again later for new connections."""
    resolvable = tmp_path / "resolvable"
    named = {
        "BOT_DISCORD_API": gateway.api.replace("127.0.0.1", "api.discord.test"),
        "BOT_DISCORD_GATEWAY": gateway.address.replace("127.0.0.1", "gateway.discord.test"),
    }
    gateway.address = named["BOT_DISCORD_GATEWAY"]  # which it gives for resuming
    async with running(process_environment | named, gateway, tmp_path / "data") as bot:
        await until(lambda: "ClientConnectorDNSError" in bot.log)
        assert await is_ready(bot, discord=False)
        resolvable.touch()
        await until(lambda: is_ready(bot))
        first = await gateway.deliver(0, ASKED["km"][0])
        await until(lambda: gateway.replies(first))

        resolvable.unlink()
        gateway.cut()
        await until(lambda: is_ready(bot, discord=False))
        failed = bot.log.count("ClientConnectorDNSError")
        await until(lambda: bot.log.count("ClientConnectorDNSError") > failed)
        second = gateway.say(0, ASKED["ta"][0])
        resolvable.touch()
        await until(lambda: gateway.replies(second))
        await until(lambda: is_ready(bot))
        await bot.stop()
    assert len(gateway.replies(first)) == len(gateway.replies(second)) == 1


async def test_a_clock_that_jumps_neither_stalls_nor_doubles(
    gateway: Gateway, process_environment: dict[str, str], tmp_path: Path
) -> None:
    """Questions, cooldowns, claims, announcements that were due before: by an hour and by a day, both ways."""
    environment, clock, asked = process_environment | {"BOT_COOLDOWN": "0.2"}, tmp_path / "clock", []
    async with running(environment, gateway, tmp_path / "data") as bot:
        await until(lambda: is_ready(bot))
        ahead = 0.0
        for number, hours in enumerate((1, -1, -24, 24), 1):
            gateway.standin.away = Fault.UNAVAILABLE
            await schedule(tmp_path / "data" / "bot.sqlite3", f"50{number}", minutes=ahead / 60)
            await until(lambda: gateway.standin.requests_to(f"50{number}"))  # noqa: B023 - awaited at once
            ahead += 3600 * hours
            clock.write_text(str(ahead))
            gateway.standin.away = None
            if hours < 24:
                await until(lambda: gateway.standin.texts(f"50{number}"), within=20)  # noqa: B023
            for text, _ in list(ASKED.values())[:3]:
                asked.append(await gateway.deliver(0, text))
                await asyncio.sleep(0.25)
            await until(lambda: all(gateway.replies(one) for one in asked), within=20)
        await gateway.end_session(0)
        await until(lambda: len(gateway.shards) == 2)
        await asyncio.sleep(0.5)
        await bot.stop()
    assert [len(gateway.replies(one)) for one in asked] == [1] * len(asked)
    # A day late nobody wants to hear of another room: that one is reported instead.
    assert [len(gateway.standin.texts(f"50{number}")) for number in range(1, 5)] == [1, 1, 1, 0]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own for the data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk, and only outside of most containers")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 12))
    return filler


async def test_a_full_disk(gateway: Gateway, process_environment: dict[str, str], small_disk: Path) -> None:
    """Answers, says so, sends once there is room; killed meanwhile, it answers nothing twice."""
    async with running(process_environment, gateway, small_disk) as bot:
        await until(lambda: is_ready(bot))
        asked = [await gateway.deliver(0, ASKED["th"][0])]
        await until(lambda: gateway.replies(asked[0]))
        await schedule(small_disk / "bot.sqlite3", "500", minutes=1 / 30)
        await until(lambda: fill(small_disk) and says_store(bot, works=False))
        for locale in ("ja", "km", "ta"):
            asked.append(await gateway.deliver(0, ASKED[locale][0]))
            await until(lambda: gateway.replies(asked[-1]))
        await until(lambda: "what is to be sent waits for the store" in bot.log)
        await bot.kill()
    assert "has no space left: free space on its disk" in bot.log
    assert gateway.standin.texts("500") == []

    (small_disk / "filler").unlink()
    async with running(process_environment, gateway, small_disk) as bot:
        await until(lambda: is_ready(bot))
        await until(lambda: gateway.standin.texts("500"))
        fill(small_disk)
        await until(lambda: says_store(bot, works=False))
        asked.append(await gateway.deliver(0, ASKED["lo"][0]))
        await until(lambda: gateway.replies(asked[-1]))
        (small_disk / "filler").unlink()
        await until(lambda: says_store(bot))
        await gateway.end_session(0)
        await until(lambda: len(gateway.shards) == 3)
        last = await gateway.deliver(0, ASKED["th"][0])
        await until(lambda: gateway.replies(last))
        await asyncio.sleep(0.5)
        await bot.stop()
    assert [len(gateway.replies(one)) for one in asked] == [1] * 5
    assert len(gateway.standin.texts("500")) == 1


async def says_store(bot: Bot, *, works: bool = True) -> bool:
    return (await bot.ready())["store"] is works


@contextlib.contextmanager
def locked(database: Path) -> Iterator[None]:
    """By a program that means harm or has hung."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("begin immediate")
        yield
        connection.execute("rollback")


@contextlib.contextmanager
def stopped(server: Server) -> Iterator[None]:
    server.run("pg_ctl", "stop", "-w", "-D", "data", "-m", "fast")  # a crash would lose what these tests do not sync
    try:
        yield
    finally:
        server.start()


async def test_a_database_that_is_away(
    gateway: Gateway, process_environment: dict[str, str], tmp_path: Path, database: str, postgresql_server: Server
) -> None:
    """Locked, or its server gone, for longer than anybody waits. A session that begins meanwhile loses nothing either."""
    environment = process_environment | {"DATABASE_URL": database}
    away = stopped(postgresql_server) if "://" in database else locked(Path(database))
    async with running(environment, gateway, tmp_path / "data") as bot:
        await until(lambda: is_ready(bot))
        asked = [await gateway.deliver(0, ASKED["km"][0])]
        await until(lambda: gateway.replies(asked[0]))
        await schedule(database, "500", minutes=1 / 60)
        with away:
            await until(lambda: says_store(bot, works=False))
            asked.append(await gateway.deliver(0, ASKED["ta"][0]))
            await until(lambda: gateway.replies(asked[1]))
            await gateway.end_session(0)
            asked.append(gateway.say(0, ASKED["ja"][0]))
            await until(lambda: len(gateway.shards) == 2)
            await asyncio.sleep(0.5)
        await until(lambda: says_store(bot))
        await until(lambda: gateway.standin.texts("500"))
        await until(lambda: gateway.replies(asked[2]))
        await asyncio.sleep(0.5)
        await bot.stop()
    assert [len(gateway.replies(one)) for one in asked] == [1, 1, 1]
    assert len(gateway.standin.texts("500")) == 1


async def test_an_encoder_that_the_model_was_not_learned_with(
    process_environment: dict[str, str], tmp_path: Path
) -> None:
    """Letters alone answer, and nobody would notice: so it is said at the start and by /readyz."""
    other = {"BOT_ENCODER_URL": "http://127.0.0.1:1/v1", "BOT_ENCODER_MODEL": "BAAI/bge-m3"}
    async with running(process_environment | other, None, tmp_path / "data") as bot:
        assert "THE ENCODER IS NOT IN USE: it is BAAI/bge-m3/384" in bot.log
        assert await bot.ready() == {"knowledge": True, "store": True, "encoder": False}
        assert await bot.ask(ASKED["lo"][0])
        await bot.stop()
