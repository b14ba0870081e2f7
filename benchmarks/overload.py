"""Ten times more questions than can be answered: `python -m benchmarks.overload`.

Every question is new, so each has to be encoded. First as many are asked as the bot answers in turns: what it can
sustain. Then half of that is the ordinary load, ten times that the overload, and half of it again shows how soon all is
well. The bot runs in a process of its own; those who ask share the processor with it, as nothing else is at hand.
"""

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.serving import Answered, Server, all_texts, ask_at_rate, ask_in_turns, never_twice, percentile, serving

TIMES = 10
WANTED_RECOVERY = 5.0  # seconds
_PEOPLE = 16
_WINDOW = 1.0  # seconds in which the ordinary is looked for after the overload
_AS_BEFORE = 2.0  # times the ordinary median, within which the median of a second counts as well again


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds, megabytes, and questions a second."""

    sustained: float
    before: list[Answered]
    during: list[Answered]
    after: list[Answered]
    memory: tuple[float, float, float]

    @property
    def recovery(self) -> float:
        """Seconds after the overload from which on every second was as the ordinary ones; infinite if never."""
        limit = percentile([one.seconds for one in self.before], 0.5) * _AS_BEFORE
        ends = [0.0]
        for start in range(int(self.after[-1].at / _WINDOW)):
            window = [one for one in self.after if start * _WINDOW <= one.at < (start + 1) * _WINDOW]
            declined = any(one.status != 200 for one in window)
            if declined or percentile([one.seconds for one in window], 0.5) > limit:
                ends.append((start + 1) * _WINDOW)
        return ends[-1] if ends[-1] < self.after[-1].at - _WINDOW else float("inf")


async def measure(seconds: float) -> Measured:
    texts = never_twice(all_texts())
    async with serving() as server:
        await ask_in_turns(server.url, texts, _PEOPLE, seconds / 4)  # warm up
        sustained = await _sustained(server, texts, seconds / 2)
        before, quiet = await ask_at_rate(server.url, texts, sustained / 2, seconds), server.memory
        crowd = asyncio.create_task(ask_at_rate(server.url, texts, sustained * TIMES, seconds))
        loaded = await _most_memory(server, seconds)
        after = await ask_at_rate(server.url, texts, sustained / 2, seconds)  # while the last of the crowd still wait
        return Measured(sustained, before, await crowd, after, (quiet, loaded, server.memory))


async def _sustained(server: Server, texts: Iterator[str], seconds: float) -> float:
    return len(await ask_in_turns(server.url, texts, _PEOPLE, seconds)) / seconds


async def _most_memory(server: Server, seconds: float) -> float:
    """Within so many seconds, looked at every tenth of one."""
    most = server.memory
    for _ in range(int(seconds * 10)):
        most = max(most, server.memory)
        await asyncio.sleep(0.1)
    return most


def table(measured: Measured) -> str:
    rows = [
        "| load | asked a second | answered | declined | lost | p50 ms | p99 ms | p99 declined ms | memory MB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    phases = (("ordinary", measured.before), (f"{TIMES} times", measured.during), ("ordinary again", measured.after))
    rows += [_row(name, asked, memory) for (name, asked), memory in zip(phases, measured.memory, strict=True)]
    return "\n".join(rows)


def _row(name: str, asked: Sequence[Answered], memory: float) -> str:
    answered = [one.seconds * 1000 for one in asked if one.status == 200]
    declined = [one.seconds * 1000 for one in asked if one.status == 503]
    cells = [
        name,
        f"{len(asked) / max(asked[-1].at, 1e-3):.0f}",
        f"{len(answered)}",
        f"{len(declined)}",
        f"{len(asked) - len(answered) - len(declined)}",
        f"{percentile(answered, 0.5):.0f}",
        f"{percentile(answered, 0.99):.0f}",
        f"{percentile(declined, 0.99):.0f}" if declined else "",
        f"{memory:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each phase")
    measured = asyncio.run(measure(parser.parse_args().seconds))
    print(f"sustained: {measured.sustained:.0f} new questions a second\n\n{table(measured)}\n")
    print(f"as before after {measured.recovery:g} s (wanted: {WANTED_RECOVERY:g})")


if __name__ == "__main__":
    main()
