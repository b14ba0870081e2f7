"""`python -m bot` with short pauses, a clock that a file puts wrong, and names that a file makes resolvable.

Without the preparations for a first reload, which cost a core for seconds, unless WARM is set.

Run as `python -m tests.faults.hurried_bot run`; FAULTS names the folder of the two files, which may be missing:
`clock` holds seconds by which the clock is ahead, `resolvable` makes every name ending in `.test` this machine.
"""

import datetime
import os
import socket
import sys
from pathlib import Path
from typing import Any

from aiohttp.connector import _DNSCacheTable

from bot.__main__ import main
from bot.adapters.discord import connection, delivery, unfinished
from bot.content.library import Library
from bot.core import following
from bot.core.announcements import outbox
from bot.core.inbox import clerk
from bot.parts import SystemClock
from bot.storage import sqlite

_FOLDER = Path(os.environ["FAULTS"])
_resolve = socket.getaddrinfo


def _hurry() -> None:
    vars(connection).update(_PAUSES=(0.2,), LONGEST_PAUSE=0.2)
    vars(delivery)["_PAUSES"] = (0.05,) * 4
    vars(unfinished)["_PAUSES"] = (0.2,)
    vars(outbox).update(_PAUSES=(0.05, 0.1), _IDLE=0.3, _AWAY=0.1)
    vars(sqlite)["BUSY_MILLISECONDS"] = 200
    vars(clerk)["_IDLE"] = 0.3
    vars(following)["_IDLE"] = 0.3
    if "WARM" not in os.environ:
        setattr(Library, "stay_ready", _nothing)  # noqa: B010 - mypy takes no assignment


async def _nothing(_: Library) -> None:
    pass


def _now(_: SystemClock) -> datetime.datetime:
    wrong = _FOLDER / "clock"
    ahead = float(wrong.read_text() or 0) if wrong.exists() else 0.0
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=ahead)


def _look_up(host: Any, *rest: Any, **more: Any) -> Any:
    if isinstance(host, str) and host.endswith(".test"):
        if not (_FOLDER / "resolvable").exists():
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        host = "127.0.0.1"
    return _resolve(host, *rest, **more)


if __name__ == "__main__":
    _hurry()
    vars(socket)["getaddrinfo"] = _look_up
    setattr(_DNSCacheTable, "expired", lambda *_: True)  # noqa: B010 - else a name is remembered for 10 s
    setattr(SystemClock, "now", _now)  # noqa: B010 - mypy takes no assignment
    sys.exit(main())
