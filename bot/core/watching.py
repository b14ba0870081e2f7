"""Reloads by itself when content files were edited, once for a burst of saves."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.core.errors import BotError
from bot.core.reload_reports import outcome_report
from bot.core.reloading import HeldBack, Refused, Reloading

_log = logging.getLogger(__name__)
WHO, WHY = "bot", "the files were edited"
Report = Callable[[str], Awaitable[None]]


class Watching:
    """Looks again and again at the files.

    Args:
        signature: Something that differs whenever a file does; called in a thread.
        report: Told what was refused and why, once for each state of the files.
    """

    def __init__(self, signature: Callable[[], object], reloading: Reloading, report: Report) -> None:
        self._signature = signature
        self._reloading = reloading
        self._report = report
        self._seen: object = None
        self._handled: object = None

    async def run(self, every: float) -> None:
        """Until cancelled; `every` in seconds. What is there at the beginning was dealt with by the start."""
        self._seen = self._handled = await asyncio.to_thread(self._signature)
        while True:
            await asyncio.sleep(every)
            try:
                await self.look()
            except Exception:  # noqa: BLE001 - the loop must outlive every fault
                _log.exception("content files not looked at; trying again")

    async def look(self) -> None:
        """Reload when the files differ from what was last dealt with and nobody saved since the last look."""
        now = await asyncio.to_thread(self._signature)
        settled, self._seen = now == self._seen, now
        if not settled or now == self._handled:
            return
        self._handled = now
        try:
            outcome = await self._reloading.reload(WHO, WHY)
        except BotError as error:
            await self._tell(str(error))
            return
        if isinstance(outcome, Refused | HeldBack):
            await self._tell(outcome_report(outcome))

    async def _tell(self, text: str) -> None:
        _log.warning("edited files did not go live:\n%s", text)
        await self._report(text)
