"""What the log holds: the reference of the request, and nothing of what anybody wrote."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from bot.adapters.logs import JsonFormatter, TextFormatter
from bot.core.errors import StoreError
from bot.core.tracing import reference, traced, trail

SECRET = "ລະຫັດລັບ"
_log = logging.getLogger("test.logs")


@pytest.fixture(params=["json", "text"])
def lines(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter() if request.param == "json" else TextFormatter("%(message)s%(reference)s"))
    _log.addHandler(handler)
    yield written
    _log.removeHandler(handler)


def fail() -> None:
    try:
        int(SECRET)
    except ValueError as error:
        raise StoreError("disk full") from error


def test_a_failure_is_told_by_place_and_type_and_in_our_own_words_only(lines: io.StringIO) -> None:
    try:
        fail()
    except StoreError:
        _log.exception("outcome not recorded")

    written = lines.getvalue()
    assert "outcome not recorded" in written
    assert "StoreError (disk full) at " in written
    assert "ValueError at " in written
    assert "test_logs.py" in written
    assert SECRET not in written


async def test_lines_carry_the_reference_of_their_own_request(lines: io.StringIO) -> None:
    async def work() -> str:
        with traced() as mine:
            await asyncio.sleep(0.01)
            _log.warning("slow %s", mine)
            with traced() as inner:
                assert (inner, reference()) == (mine, mine)
            return mine

    first, second = await asyncio.gather(work(), work())
    _log.warning("outside")

    assert first != second
    one, other, outside = lines.getvalue().splitlines()
    assert first in one
    assert second in other
    assert first not in outside
    assert second not in outside


def test_json_is_one_object_a_line() -> None:
    def written(**fields: Any) -> dict[str, object]:
        line = JsonFormatter().format(logging.makeLogRecord({"name": "bot.x", "levelname": "ERROR", **fields}))
        assert "\n" not in line
        told: dict[str, object] = json.loads(line)
        return told

    assert written(msg="ชื่อ %s\nสอง", args=("ក",))["message"] == "ชื่อ ក\nสอง"
    told = written(msg="x", created=0.0)
    assert told == {"time": "1970-01-01T00:00:00.000+00:00", "level": "ERROR", "logger": "bot.x", "message": "x"}
    with traced() as mine:
        assert written(msg="x")["reference"] == mine


def test_a_trail_ends_where_causes_go_in_circles() -> None:
    first, second = ValueError(SECRET), KeyError(SECRET)
    first.__cause__, second.__cause__ = second, first
    assert trail(first) == "ValueError at no place; from KeyError at no place"
