"""What one question, one server and one message cost this machine: what `benchmarks.scaling` reckons with.

`python -m benchmarks.costs` measures all of it in two minutes on a machine that does nothing else.
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.announcements import _MODERATOR, _ZONE, _content
from benchmarks.serving import ROOT, all_texts
from bot.adapters.discord.client import DiscordClient, DiscordOptions, build_client
from bot.adapters.encoder import NanoEncoder
from bot.core.announcements.announcing import Announcing
from bot.core.announcements.models import Announcement, Target
from bot.core.answering import Answering
from bot.core.models import Question
from bot.core.ports import Encoder
from bot.core.text import fold
from bot.parts import SystemClock, open_core
from bot.settings import read_settings
from bot.storage.announcements import SqlAnnouncementStore
from bot.storage.sql import SqlStore

_BATCHES = 80
_ROUNDS = 4  # the least of which counts: other programs only ever take time away
_MOST_TEXTS = 8
_WARM = 300  # questions asked once before they are timed
_GUILDS = 1_000
_CHANNELS, _ROLES, _EMOJIS = 30, 15, 30  # of a server: ours, as a server of a public institution has them
_MESSAGES = 5_000
_COPIES = 5_000
_PAGE = 4096


@dataclass(frozen=True, slots=True)
class Law:
    """Seconds of a batch of texts: `fixed`, and more for each text and each byte of UTF-8."""

    fixed: float
    each: float
    byte: float

    def seconds(self, sizes: Sequence[int]) -> float:
        return self.fixed + self.each * len(sizes) + self.byte * sum(sizes)


@dataclass(frozen=True, slots=True)
class Costs:
    """Of one process on this machine.

    Args:
        encoding: Of a batch, in the encoder, on two threads.
        ranking: Of the same batch, all of the ranking that is not the encoder's, on one thread.
        core: Seconds for a question asked before, from the text to the reply, the record of it included.
        overheard: Seconds for a message on Discord that is not for the bot.
        guild: Bytes of memory for one server on Discord.
        look: Seconds in which the outbox looks at one copy of what is being sent; it looks at all after each one sent.
        process: Bytes of memory for a process with its encoder and Discord, before the first server and question.
    """

    encoding: Law
    ranking: Law
    core: float
    overheard: float
    guild: float
    process: float
    look: float


class _Timed:
    """The encoder with a stopwatch."""

    def __init__(self, encoder: NanoEncoder) -> None:
        self._encoder = encoder
        self.seconds = 0.0

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        began = time.perf_counter()
        rows = self._encoder.encode(texts)
        self.seconds += time.perf_counter() - began
        return rows


def fitted(batches: Sequence[Sequence[int]], seconds: Sequence[float]) -> Law:
    """The law that fits best, nothing of it below zero."""
    rows = np.array([[1.0, len(sizes), sum(sizes)] for sizes in batches])
    found = np.linalg.lstsq(rows, np.array(seconds), rcond=None)[0]
    return Law(*(max(0.0, float(one)) for one in found))


def batches_of(texts: Sequence[str], count: int) -> list[list[str]]:
    """Of one to eight texts, as often each, none twice."""
    chance, left = random.Random(3), iter(texts)
    sizes = [number % _MOST_TEXTS + 1 for number in range(count)]
    chance.shuffle(sizes)
    return [[fold(next(left)) for _ in range(size)] for size in sizes]


def ranking_laws(answering: Answering, encoder: Encoder) -> tuple[Law, Law]:
    assert isinstance(encoder, NanoEncoder)
    batches = batches_of(all_texts(), _BATCHES)
    sizes = [[len(text.encode()) for text in batch] for batch in batches]
    rounds = [[_timed(answering, encoder, batch) for batch in batches] for _ in range(_ROUNDS)]
    encoding, ranking = np.min(np.array(rounds), axis=0).T
    return fitted(sizes, encoding), fitted(sizes, ranking)


def _timed(answering: Answering, encoder: NanoEncoder, batch: Sequence[str]) -> tuple[float, float]:
    """Seconds of the encoder, and of all the rest."""
    timed, began = _Timed(encoder), time.perf_counter()
    answering.snapshot.retriever.rank_all(batch, timed)
    return timed.seconds, time.perf_counter() - began - timed.seconds


async def warm_question(answering: Answering) -> float:
    """Seconds, one after another."""
    texts = all_texts()[-_WARM:]

    async def ask_all() -> float:
        began = time.perf_counter()
        for number, text in enumerate(texts):
            name = f"bench:{number}"
            await answering.ask(Question(text=text, asker=name, conversation=name, platform="bench"))
        return (time.perf_counter() - began) / len(texts)

    await ask_all()
    return min([await ask_all() for _ in range(_ROUNDS)])


def guild_payload(number: int) -> dict[str, Any]:
    """A server as Discord's gateway tells it at the start of a session."""
    id_ = (number + 1) << 22
    allow = [{"id": str(id_ + 100 + role), "type": 0, "allow": "1024", "deny": "0"} for role in range(2)]
    lists: dict[str, Any] = {
        name: [] for name in ("stickers", "features", "threads", "voice_states", "presences", "stage_instances")
    }
    roles = [
        {"id": str(id_ + (100 + at if at else 0)), "name": f"ทีม {at}", "permissions": "1024", "position": at,
         "color": at, "hoist": False, "managed": False, "mentionable": False}
        for at in range(_ROLES)
    ]  # fmt: skip
    channels = [
        {"id": str(id_ + 1_000 + at), "type": 0, "name": f"ห้อง-{at}", "position": at, "permission_overwrites": allow,
         "nsfw": False, "topic": f"会合についての話題 {at}", "last_message_id": str(id_ + 5_000 + at)}
        for at in range(_CHANNELS)
    ]  # fmt: skip
    emojis = [
        {"id": str(id_ + 3_000 + at), "name": f"e{at}", "roles": [], "require_colons": True, "managed": False,
         "animated": False, "available": True}
        for at in range(_EMOJIS)
    ]  # fmt: skip
    me = {"id": "7", "username": "bot", "discriminator": "0", "avatar": None, "bot": True}
    member = {"user": me, "roles": [], "joined_at": "2024-10-29T01:00:00+00:00", "deaf": False, "mute": False}
    return {
        **lists,
        "id": str(id_),
        "name": f"เซิร์ฟเวอร์ {number}",
        "owner_id": "1",
        "unavailable": False,
        "member_count": 500,
        "preferred_locale": "th",
        "roles": roles,
        "channels": channels,
        "emojis": emojis,
        "members": [{**member, "flags": 0}],
    }


def message_payload(number: int, guild: int) -> dict[str, Any]:
    """Somebody's message that is not for the bot: without the intent its text is not told."""
    id_ = (guild + 1) << 22
    author = {"id": str(10_000 + number % 500), "username": "สมชาย", "discriminator": "0", "avatar": "a" * 32}
    return {
        "id": str(id_ + 100_000 + number),
        "channel_id": str(id_ + 1_000 + number % _CHANNELS),
        "guild_id": str(id_),
        "author": {**author, "global_name": "สมชาย"},
        "member": {"roles": [str(id_ + 101)], "joined_at": "2024-10-29T01:00:00+00:00", "deaf": False, "mute": False,
                   "flags": 0},
        "content": "",
        "timestamp": "2024-10-29T01:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "type": 0,
        "mention_everyone": False,
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
        "mentions": [],
        "nonce": str(number),
    }  # fmt: skip


async def _on_discord(answering: Answering, store: SqlStore) -> tuple[float, float, float]:
    """Seconds for a message that is not for the bot, and bytes for a server and for a process without one."""
    client = build_client(answering, store, DiscordOptions())
    await client._async_setup_hook()  # what `login` does before it speaks to Discord
    state: Any = client._connection
    me = {"id": "7", "username": "bot", "discriminator": "0", "avatar": None, "bot": True}
    state.user = discord_user(client, me)
    client._baseline_read.set()
    alone = _resident()
    _join(state, range(_GUILDS))  # what is allocated once for all
    before = _resident()
    _join(state, range(_GUILDS, 3 * _GUILDS))
    grown = (_resident() - before) / (2 * _GUILDS)
    texts = [json.dumps(message_payload(number, number % _GUILDS)) for number in range(_MESSAGES)]
    began = time.process_time()
    for text in texts:
        state.parse_message_create(json.loads(text))
        await asyncio.sleep(0)  # the handler runs
    await asyncio.sleep(0.01)
    return (time.process_time() - began) / _MESSAGES, grown, alone


def discord_user(client: DiscordClient, data: dict[str, Any]) -> Any:
    import discord

    payload: Any = data
    return discord.ClientUser(state=client._connection, data=payload)


def _join(state: Any, numbers: range) -> None:
    for number in numbers:
        state.parse_guild_create(json.loads(json.dumps(guild_payload(number))))


def _resident() -> int:
    return int(Path(f"/proc/{os.getpid()}/statm").read_text(encoding="ascii").split()[1]) * _PAGE


async def one_look(store: SqlStore) -> float:
    """Processor seconds a copy, of reading what is due and what became of all."""
    kept = SqlAnnouncementStore(store)
    announcing = Announcing(kept, SystemClock(), needs_approval=False, wake=lambda: None)
    targets = tuple(Target(f"discord:{100 + number}", "th") for number in range(_COPIES))
    draft = await announcing.draft(content=_content(1), original="en", zone=_ZONE, targets=targets, actor=_MODERATOR)
    assert isinstance(draft, Announcement), draft
    sent = await announcing.send(draft.id, draft.version, _MODERATOR)
    assert isinstance(sent, Announcement), sent
    began = time.process_time()
    due, all_ = await kept.due(SystemClock().now()), await kept.deliveries(sent.id)
    assert len(due) == len(all_) == _COPIES
    return (time.process_time() - began) / _COPIES


async def measure_here(part: str) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_core(read_settings({"BOT_DATA_DIR": folder})) as core:
            if part == "discord":
                return [*await _on_discord(core.answering, core.store), await one_look(core.store)]
            encoder = NanoEncoder()
            encoding, ranking = ranking_laws(core.answering, encoder)
            warm = await warm_question(core.answering)
            laws = [one for law in (encoding, ranking) for one in (law.fixed, law.each, law.byte)]
            return [*laws, warm]


def measure() -> Costs:
    """Each part in a process of its own, as memory is never all given back."""
    laws, discord = (_measured(part) for part in ("answers", "discord"))
    return Costs(Law(*laws[:3]), Law(*laws[3:6]), laws[6], *discord)


def _measured(part: str) -> list[float]:
    command = [sys.executable, "-m", "benchmarks.costs", "--part", part]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


def table(costs: Costs) -> str:
    def law(one: Law) -> str:
        return f"{one.fixed * 1000:.1f} + {one.each * 1000:.2f} a text + {one.byte * 1000:.4f} a byte"

    return "\n".join(
        [
            f"encoding a batch: {law(costs.encoding)} (ms)",
            f"ranking the same, the rest of it: {law(costs.ranking)} (ms)",
            f"a question asked before, in the core: {costs.core * 1000:.1f} ms",
            f"a message that is not for the bot: {costs.overheard * 1000:.3f} ms",
            f"a look of the outbox: {costs.look * 1e6:.0f} us for each copy of what is being sent",
            f"a process in memory: {costs.process / 1e6:.0f} MB",
            f"a server in memory: {costs.guild / 1000:.0f} kB ({_CHANNELS} channels, {_ROLES} roles, {_EMOJIS} emojis)",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("answers", "discord"), help=argparse.SUPPRESS)
    part = parser.parse_args().part
    if part:
        print(json.dumps(asyncio.run(measure_here(part))))
        return
    print(table(measure()))


if __name__ == "__main__":
    main()
