"""Golden questions: what must be answered as it is, whatever else changes."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.knowledge import Knowledge
from bot.core.models import Reply


@dataclass(frozen=True, slots=True)
class GoldenQuestion:
    """A question as somebody asks it; `answer` is the key that must come (`entry` or `entry:subject`), None for none.

    `locale` is the language in which the reply is expected.
    """

    locale: str
    question: str
    answer: str | None


class Grade(enum.IntEnum):
    """How well a golden question was served; more is better."""

    FAILED = 0
    OFFERED = 1  # among the choices
    SERVED = 2


@dataclass(frozen=True, slots=True)
class Graded:
    """What became of one golden question: `given` is the key answered, or `choice` or `abstain`."""

    golden: GoldenQuestion
    grade: Grade
    given: str


def grade(golden: GoldenQuestion, reply: Reply, knowledge: Knowledge) -> Graded:
    given = reply.key if reply.outcome == "answer" and reply.key else reply.outcome
    if golden.answer is None:
        return Graded(golden, Grade.FAILED if reply.outcome == "answer" else Grade.SERVED, given)
    if reply.outcome == "answer":
        served = serves_golden(knowledge, reply.key, golden.answer)
        return Graded(golden, Grade.SERVED if served else Grade.FAILED, given)
    offered = any(serves_golden(knowledge, option.key, golden.answer) for option in reply.choices)
    return Graded(golden, Grade.OFFERED if offered else Grade.FAILED, given)


def serves_golden(knowledge: Knowledge, given: str | None, wanted: str) -> bool:
    """The entry itself, or another that answers all its facts (when the meeting was is told by several)."""
    if given is None or given == wanted:
        return given is not None
    wanted_entry = knowledge.entries.get(wanted)
    if ":" in wanted or wanted_entry is None:
        return False
    given_entry = knowledge.entries[given.partition(":")[0]]
    return not given_entry.unknown and set(wanted_entry.answers) <= set(given_entry.answers)


def changed_for_worse(before: Sequence[Graded], now: Sequence[Graded]) -> list[tuple[Graded, Graded]]:
    """Golden questions that were served better before; those that nobody asked before are not among them."""
    known = {(one.golden.locale, one.golden.question): one for one in before}
    pairs = ((known.get((one.golden.locale, one.golden.question)), one) for one in now)
    return [(was, one) for was, one in pairs if was is not None and one.grade < was.grade]
