"""Which languages a browser asks for."""

import pytest

from bot.adapters.web.readers import accepted


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("", []),
        ("th", ["th"]),
        ("en;q=0.5, th-TH , ja;q=0.9", ["th-TH", "ja", "en"]),
        ("en;q=0, *, ja", ["ja"]),
        ("th;q=high, ja;level=1", ["ja"]),
        ("th;q=nan, ja", ["ja"]),
        ("x" * 5_000, []),
        (",;,;;q=,", []),
    ],
)
def test_reads_accept_language(header: str, tags: list[str]) -> None:
    assert accepted(header) == tags


def test_reads_only_so_many() -> None:
    assert len(accepted(",".join(["th"] * 10_000))) == 20
