from bot.adapters.discord.cooldowns import Cooldowns, Refusal


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_allows_a_burst_then_one_question_at_a_time() -> None:
    """People send two messages where one would do; a machine sends hundreds."""
    clock = Hand()
    cooldowns = Cooldowns(10, 2, clock)
    assert [cooldowns.spend("a") for _ in range(2)] == [None, None]

    assert cooldowns.spend("a") == Refusal(10, first=True)
    clock.now = 4
    assert cooldowns.spend("a") == Refusal(6, first=False)
    clock.now = 10
    assert cooldowns.spend("a") is None
    assert cooldowns.spend("a") == Refusal(10, first=True)


def test_counts_each_person_alone() -> None:
    """One person's flood is not another one's."""
    cooldowns = Cooldowns(10, 1, Hand())
    cooldowns.spend("a")

    assert cooldowns.spend("b") is None


def test_can_be_switched_off() -> None:
    """With 0 seconds nobody waits."""
    cooldowns = Cooldowns(0, 1, Hand())

    assert [cooldowns.spend("a") for _ in range(5)] == [None] * 5
