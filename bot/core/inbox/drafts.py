"""What a moderator typed into the form of an answer -> a draft, or every fault of it."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.inbox import messages
from bot.core.inbox.models import Draft
from bot.core.links import is_link
from bot.core.messages import Message
from bot.core.partial_dates import parse_partial_date
from bot.core.text import one_line, without_directions

QUESTION, ANSWER, SOURCE, URL, DATE = "question", "answer", "source", "url", "date"
FIELDS: Mapping[str, Message] = {
    QUESTION: messages.FIELD_QUESTION,
    ANSWER: messages.FIELD_ANSWER,
    SOURCE: messages.FIELD_SOURCE,
    URL: messages.FIELD_URL,
    DATE: messages.FIELD_DATE,
}
# Characters; those of question and answer are what the knowledge base takes, see bot.content.knowledge_reader.
MOST: Mapping[str, int] = {QUESTION: 100, ANSWER: 600, SOURCE: 300, URL: 500, DATE: 10}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field; `values` fill the message's placeholders."""

    message: Message
    values: Mapping[str, Message] = field(default_factory=dict)


def read_draft(typed: Mapping[str, str]) -> Draft | tuple[Fault, ...]:
    """The source is mandatory, with its date: an answer without one is not given."""
    written = {key: _one_line(typed.get(key, "")) for key in (QUESTION, ANSWER, URL, DATE)}
    lines = [line for each in typed.get(SOURCE, "").splitlines() if (line := _one_line(each))]
    written[SOURCE] = "\n".join(lines)
    written[DATE] = unicodedata.normalize("NFKC", written[DATE])
    faults = tuple(fault for key in FIELDS if (fault := _fault(key, written[key], lines)))
    if faults:
        return faults
    return Draft(
        question=written[QUESTION],
        answer=written[ANSWER],
        title=" ".join(lines[:-1]),
        publisher=lines[-1],
        url=written[URL],
        published=written[DATE],
    )


def typed_of(draft: Draft) -> Mapping[str, str]:
    """A draft as its form shows it."""
    return {
        QUESTION: draft.question,
        ANSWER: draft.answer,
        SOURCE: f"{draft.title}\n{draft.publisher}",
        URL: draft.url,
        DATE: draft.published,
    }


def _fault(key: str, text: str, source: list[str]) -> Fault | None:
    named = {"field": FIELDS[key]}
    if not text:
        return Fault(messages.FAULT_MISSING, named)
    if key == DATE:
        return None if parse_partial_date(text) else Fault(messages.FAULT_DATE, named)
    if len(text) > MOST[key]:
        return Fault(messages.FAULT_LONG, named)
    if key == SOURCE and len(source) < 2:
        return Fault(messages.FAULT_SOURCE, named)
    if key == URL and not is_link(text, secure=False):
        return Fault(messages.FAULT_URL, named)
    return None


def _one_line(text: str) -> str:
    return one_line(without_directions(text))
