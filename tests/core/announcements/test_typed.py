"""What moderators type, in their own digits and with their own mistakes."""

import datetime
import zoneinfo

import pytest

from bot.core.announcements import messages
from bot.core.announcements.models import Content, Schedule
from bot.core.announcements.templates import TEMPLATES, Slot
from bot.core.announcements.typed import (
    Fault,
    placeholders_left,
    read_repeats,
    read_schedule,
    read_template,
    read_time,
    read_zone,
)
from bot.core.facts import Moment

TOKYO = zoneinfo.ZoneInfo("Asia/Tokyo")
NOW = datetime.datetime(2024, 10, 29, 10, tzinfo=TOKYO)
HALF_PAST_TWO = datetime.datetime(2024, 10, 29, 14, 30, tzinfo=TOKYO)


@pytest.mark.parametrize(
    "text",
    ["2024-10-29 14:30", "2024/10/29 14.30", "2024年10月29日 14時30分", "１４：３０", "๑๔:๓๐", "១៤:៣០", " 14:30 "],
)
def test_reads_times_in_every_script(text: str) -> None:
    assert read_time(text, "Asia/Tokyo", NOW) == Moment(HALF_PAST_TWO, "Asia/Tokyo")


def test_a_time_without_a_day_is_the_next_one() -> None:
    """At ten in the morning, 09:00 is tomorrow's."""
    found = read_time("09:00", "Asia/Tokyo", NOW)

    assert isinstance(found, Moment)
    assert found.at == datetime.datetime(2024, 10, 30, 9, tzinfo=TOKYO)


@pytest.mark.parametrize("text", ["", "ตอนบ่าย", "2024-13-01 10:00", "25:00", "10", "2024-10-29"])
def test_refuses_what_is_no_time(text: str) -> None:
    assert read_time(text, "Asia/Tokyo", NOW) == Fault(messages.FIELD_TIME, messages.FAULT_TIME)


def test_names_every_fault_of_a_form() -> None:
    typed = {Slot.SESSION: " ", Slot.NUMBER: "sepuluh", Slot.TIME: "14", Slot.LINK: "http://x"}

    found = read_template(TEMPLATES["seats"], typed, "Asia/Tokyo", NOW)

    assert isinstance(found, tuple)
    assert [fault.message for fault in found] == [
        messages.FAULT_MISSING,
        messages.FAULT_NUMBER,
        messages.FAULT_TIME,
        messages.FAULT_LINK,
    ]


def test_reads_a_number_in_any_digits() -> None:
    found = read_template(TEMPLATES["seats"], {Slot.SESSION: "x", Slot.NUMBER: "၁၂"}, "Asia/Tokyo", NOW)

    assert isinstance(found, Content)
    assert found.values[Slot.NUMBER] == "12"


@pytest.mark.parametrize("text", ["-15", "−15", "–๑๕"])
def test_a_schedule_may_hang_on_the_announced_time(text: str) -> None:
    assert read_schedule(text, "Asia/Tokyo", NOW, Moment(HALF_PAST_TWO, "Asia/Tokyo")) == Schedule(minutes_before=15)


def test_a_schedule_needs_a_time_to_hang_on_and_must_lie_ahead() -> None:
    assert read_schedule("-15", "Asia/Tokyo", NOW, None) == Fault(messages.FIELD_WHEN, messages.FAULT_NO_TIME)
    past = read_schedule("2024-10-29 09:00", "Asia/Tokyo", NOW, None)
    assert past == Fault(messages.FIELD_WHEN, messages.FAULT_PAST)
    assert read_schedule(" ", "Asia/Tokyo", NOW, None) is None


def test_reads_a_schedule_on_the_clock_of_the_zone() -> None:
    """Ten in Jakarta is noon in Tokyo."""
    found = read_schedule("2024-10-29 10:00", "Asia/Jakarta", NOW, None)

    assert found == Schedule(at=datetime.datetime(2024, 10, 29, 3, tzinfo=datetime.UTC))


@pytest.mark.parametrize(("text", "minutes"), [("60, 10", (60, 10)), ("១០、៦០", (60, 10)), ("", ()), ("10 10", (10,))])
def test_reads_repetitions(text: str, minutes: tuple[int, ...]) -> None:
    assert read_repeats(text, Moment(HALF_PAST_TWO, "Asia/Tokyo")) == minutes


@pytest.mark.parametrize("text", ["soon", "1,2,3,4,5,6", "99999"])
def test_refuses_repetitions_that_nobody_means(text: str) -> None:
    assert isinstance(read_repeats(text, Moment(HALF_PAST_TWO, "Asia/Tokyo")), Fault)


def test_a_zone_has_a_name_that_exists() -> None:
    assert read_zone("", "Asia/Tokyo") == "Asia/Tokyo"
    assert read_zone(" Asia/Vientiane ", "Asia/Tokyo") == "Asia/Vientiane"
    for strange in ("Tokyo", "../etc/passwd", "/etc/localtime", "日本"):
        assert isinstance(read_zone(strange, "Asia/Tokyo"), Fault)


def test_finds_placeholders_that_nothing_will_fill() -> None:
    assert placeholders_left(["{เวลา} und {time}", "{time}"]) == ("{เวลา}", "{time}")
