"""What is remembered of a conversation, and for how long."""

import datetime

from bot.core import conversations
from bot.core.conversations import Conversations, Turn
from tests.core.clocks import START


def turn(at: datetime.datetime = START, locale: str = "th") -> Turn:
    return Turn(at, locale, "meeting.dates")


def test_the_last_turn_of_each_conversation_is_remembered() -> None:
    known = Conversations()
    known.remember("discord:1", turn(locale="th"))
    known.remember("discord:2", turn(locale="ja"))
    known.remember("discord:1", turn(locale="id"))

    turns = [known.last(name, START) for name in ("discord:1", "discord:2", "discord:3")]

    assert [kept and kept.locale for kept in turns] == ["id", "ja", None]


def test_a_conversation_is_forgotten_after_a_quarter_of_an_hour() -> None:
    known = Conversations()
    known.remember("discord:1", turn())
    quarter = datetime.timedelta(minutes=15)
    assert known.last("discord:1", START + quarter) is not None
    assert known.last("discord:1", START + quarter + datetime.timedelta(seconds=1)) is None


def test_memory_is_bounded_and_the_longest_silent_goes_first() -> None:
    known = Conversations()
    most = conversations._MOST
    for number in range(most):
        known.remember(f"web:{number}", turn())
    known.remember("web:0", turn())
    known.remember("web:new", turn())

    assert len(known._turns) == most
    assert known.last("web:0", START) is not None
    assert known.last("web:1", START) is None
