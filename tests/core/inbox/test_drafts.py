"""What a moderator types, and what is wrong with it."""

import pytest

from bot.core.inbox import messages
from bot.core.inbox.drafts import FIELDS, read_draft, typed_of
from bot.core.inbox.models import Draft
from tests.core.inbox.worlds import DRAFT

TYPED = {
    "question": "Where is the  prayer room?",
    "answer": "On the 7th floor.\nAsk at the desk.",
    "source": " Notes for delegates \n\n MLIT ",
    "url": "https://www.mlit.go.jp/会議?x=1",
    "date": "２０２４-１０",
}


def test_reads_a_draft_with_its_source() -> None:
    """Spaces are tidied, full-width digits are digits."""
    assert read_draft(TYPED) == Draft(
        question="Where is the prayer room?",
        answer="On the 7th floor. Ask at the desk.",
        title="Notes for delegates",
        publisher="MLIT",
        url="https://www.mlit.go.jp/会議?x=1",
        published="2024-10",
    )


def test_a_draft_comes_back_as_it_was_typed() -> None:
    assert read_draft(typed_of(DRAFT)) == DRAFT


def test_names_every_field_that_is_missing() -> None:
    faults = read_draft({"question": " ", "source": "\n"})

    assert isinstance(faults, tuple)
    assert [fault.message for fault in faults] == [messages.FAULT_MISSING] * 5
    assert [fault.values["field"] for fault in faults] == list(FIELDS.values())


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("source", "MLIT", messages.FAULT_SOURCE),
        ("url", "www.mlit.go.jp", messages.FAULT_URL),
        ("url", "https://x y", messages.FAULT_URL),
        ("date", "1 October 2024", messages.FAULT_DATE),
        ("date", "2024-13", messages.FAULT_DATE),
        ("date", "", messages.FAULT_MISSING),
        ("answer", "ก" * 601, messages.FAULT_LONG),
        ("question", "ខ" * 101, messages.FAULT_LONG),
    ],
)
def test_says_what_is_wrong_with_a_field(field: str, text: str, message: object) -> None:
    faults = read_draft(TYPED | {field: text})

    assert isinstance(faults, tuple)
    assert [fault.message for fault in faults] == [message]
