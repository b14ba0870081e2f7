"""A process that forks one run of a bot after another, each of which may be killed: imports are paid for once.

`starting` is for the test, `serve` for the module that is the process.
"""

import asyncio
import contextlib
import json
import os
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from tests.conftest import ROOT

ZYGOTE = "tests.faults.zygote"  # the one that sends


@contextlib.asynccontextmanager
async def starting(module: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process, ready for orders: one line of JSON each; it answers with how far that run came, and whether it was
    killed.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    try:
        yield process
    finally:
        process.stdin.close()
        await process.wait()


def serve(live: Callable[[dict[str, Any]], Awaitable[int]]) -> None:
    """Args: `live` is one run after an order; it tells how many steps it took."""
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(_in_child(live, json.loads(line))), flush=True)


def _in_child(live: Callable[[dict[str, Any]], Awaitable[int]], order: dict[str, Any]) -> tuple[int, bool]:
    """Steps (0 when killed), and whether it was killed."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.write(writing, str(asyncio.run(_run(live, order))).encode())
        except BaseException:  # noqa: BLE001 - whatever happened, this child must not live on as a second server
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"the process failed with {status}")
    return int(said or 0), os.WIFSIGNALED(status)


async def _run(live: Callable[[dict[str, Any]], Awaitable[int]], order: dict[str, Any]) -> int:
    return await live(order)
