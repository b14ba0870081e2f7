"""A clock that stands still until told otherwise; implements `bot.core.ports.Clock`."""

import datetime

START = datetime.datetime(2024, 10, 29, 1, 0, tzinfo=datetime.UTC)  # the meeting opens in Tokyo


class SimulatedClock:
    def __init__(self, at: datetime.datetime = START) -> None:
        self._at = at

    def now(self) -> datetime.datetime:
        return self._at

    def advance(self, **duration: float) -> None:
        self._at += datetime.timedelta(**duration)
