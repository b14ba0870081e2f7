"""One error tree. Expected outcomes (an abstention, a choice) are values, not errors.

BotError
├── SettingsError      settings are faulty; carries every fault
├── ContentError       the knowledge base or a catalog is faulty; carries every Problem
├── StoreError         state could not be read or written
├── BusyError          more is asked than can be answered in time
└── EncoderError       the semantic encoder cannot be used
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault in a file that a person edits.

    Args:
        path: File as the reader would open it, relative to where the command runs when possible.
        line: 1-based; 0 when the fault concerns the whole file.
        what: What is wrong.
        remedy: What to do about it.
    """

    path: str
    line: int
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else self.path
        return f"{where}: {self.what}" + (f"; {self.remedy}" if self.remedy else "")


class BotError(Exception):
    """Anything this program raises on purpose."""


class SettingsError(BotError):
    """Faulty settings; the message lists every fault, one a line."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class ContentError(BotError):
    """A faulty knowledge base or catalog; the message lists every problem, one a line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class StoreError(BotError):
    """State could not be read or written; what was asked can be tried again."""


class BusyError(BotError):
    """Other work took so long that this is not begun any more."""


class EncoderError(BotError):
    """The semantic encoder is missing or failed; retrieval goes on without it, more cautiously."""
