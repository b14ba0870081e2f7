"""What was just talked about, so that "and who hosted it?" finds its topic. In memory only: it is worth nothing
tomorrow.
"""

import datetime
from collections import OrderedDict
from dataclasses import dataclass

_KEPT = datetime.timedelta(minutes=15)
_MOST = 5_000  # conversations; about 2 MB


@dataclass(frozen=True, slots=True)
class Turn:
    """The last reply of a conversation; `key` is None after a choice or an abstention."""

    at: datetime.datetime
    locale: str
    key: str | None


class Conversations:
    """The last turn of each conversation, forgotten after a quarter of an hour or when too many others came since."""

    def __init__(self) -> None:
        self._turns: OrderedDict[str, Turn] = OrderedDict()

    def last(self, conversation: str, now: datetime.datetime) -> Turn | None:
        turn = self._turns.get(conversation)
        return turn if turn and now - turn.at <= _KEPT else None

    def remember(self, conversation: str, turn: Turn) -> None:
        self._turns[conversation] = turn
        self._turns.move_to_end(conversation)
        while len(self._turns) > _MOST:
            self._turns.popitem(last=False)
