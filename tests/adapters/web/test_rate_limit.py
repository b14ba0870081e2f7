"""Who has to wait, how long, and at what cost in memory."""

import pytest

from bot.adapters.web.rate_limit import RateLimit


class Seconds:
    def __init__(self) -> None:
        self.value = 1_000.0

    def __call__(self) -> float:
        return self.value


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_refills_evenly(seconds: Seconds) -> None:
    limit = RateLimit(30, now=seconds)
    waits = [limit.wait("192.0.2.1") for _ in range(31)]
    assert waits == [0] * 30 + [2]

    seconds.value += 2
    assert limit.wait("192.0.2.1") == 0
    assert limit.wait("192.0.2.1") == 2


def test_saves_no_more_than_a_minute(seconds: Seconds) -> None:
    limit = RateLimit(2, now=seconds)
    limit.wait("192.0.2.1")
    seconds.value += 86_400

    assert [limit.wait("192.0.2.1") for _ in range(3)] == [0, 0, 30]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("", "not an address", False),
    ],
)
def test_counts_a_subscribers_ipv6_addresses_together(seconds: Seconds, one: str, other: str, together: bool) -> None:
    limit = RateLimit(1, now=seconds)
    limit.wait(one)

    assert bool(limit.wait(other)) == together


def test_memory_is_bounded_and_keeps_the_busy(seconds: Seconds) -> None:
    limit = RateLimit(1, now=seconds, most=100)
    for number in range(1_000):
        limit.wait(f"198.51.{number // 250}.{number % 250}")
        limit.wait("192.0.2.1")

    assert len(limit) == 100
    assert limit.wait("192.0.2.1") > 0
