"""How often one person may ask: a short burst, then one question every few seconds."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_MOST = 10_000  # people remembered; about 2 MB


@dataclass(slots=True)
class _Allowance:
    """`spent` questions are not yet earned back at `at`; `told` that they must wait."""

    spent: float
    at: float
    told: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Wait `seconds` (at least 1). `first` is False when this person was told since the last question allowed."""

    seconds: int
    first: bool


class Cooldowns:
    """Args: `seconds` earn one question back, 0 switches it off; `burst` questions may come at once."""

    def __init__(self, seconds: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._burst = burst
        self._clock = clock
        self._people: OrderedDict[str, _Allowance] = OrderedDict()

    def spend(self, person: str) -> Refusal | None:
        """Count one question; None when it is allowed."""
        if self._seconds <= 0:
            return None
        allowance = self._current(person)
        if allowance.spent + 1 <= self._burst:
            allowance.spent += 1
            allowance.told = False
            return None
        first, allowance.told = not allowance.told, True
        missing = round((allowance.spent + 1 - self._burst) * self._seconds, 3)  # else 6.0000001 s would be 7
        return Refusal(max(1, math.ceil(missing)), first)

    def _current(self, person: str) -> _Allowance:
        now = self._clock()
        allowance = self._people.setdefault(person, _Allowance(0.0, now))
        allowance.spent = max(0.0, allowance.spent - (now - allowance.at) / self._seconds)
        allowance.at = now
        self._people.move_to_end(person)
        while len(self._people) > _MOST:
            self._people.popitem(last=False)
        return allowance
