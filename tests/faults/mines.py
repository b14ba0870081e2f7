"""Places at which a process can be killed."""

import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any


class Mine:
    """Counts awaits on the way of what is sent, before and after each, and kills the process at one of them."""

    def __init__(self, kill_at: int) -> None:
        self.crossed = 0
        self._kill_at = kill_at

    def cross(self) -> None:
        self.crossed += 1
        if self.crossed == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def lay(self, target: Any, *names: str) -> None:
        for name in names:
            setattr(target, name, self._mined(getattr(target, name)))

    def _mined(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def crossing(*args: Any, **kwargs: Any) -> Any:
            self.cross()
            result = await call(*args, **kwargs)
            self.cross()
            return result

        return crossing
