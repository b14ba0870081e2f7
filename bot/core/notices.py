"""Notices inside one process: for a store that no other process shares."""

from collections import defaultdict
from collections.abc import Callable


class LocalNotices:
    """Implements `bot.core.ports.Notices`."""

    def __init__(self) -> None:
        self._subscribers: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)

    def publish(self, topic: str) -> None:
        self.tell(topic)

    def subscribe(self, topic: str, on_notice: Callable[[], None]) -> None:
        self._subscribers[topic].append(on_notice)

    def tell(self, topic: str) -> None:
        """Tell the subscribers of this process."""
        for on_notice in self._subscribers.get(topic, ()):
            on_notice()

    def tell_all(self) -> None:
        """Notices of any topic may have been missed: everybody has to look."""
        for topic in list(self._subscribers):
            self.tell(topic)
