"""An Observer that looks away: for tests and for commands that nobody watches."""

from bot.core.ports import Stage


class NoObserver:
    """Implements `bot.core.ports.Observer`."""

    def answered(self, *, outcome: str, locale: str, platform: str, seconds: float) -> None:
        return None

    def shed(self, platform: str) -> None:
        return None

    def took(self, stage: Stage, seconds: float) -> None:
        return None

    def ranked(self, *, texts: int, seconds: float) -> None:
        return None

    def remembered(self) -> None:
        return None

    def store_failed(self) -> None:
        return None

    def requested(self, service: str, status: int, seconds: float) -> None:
        return None
