"""Questions without answers in several scripts, people who may do what, and a knowledge base that takes everything."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bot.core.errors import Problem
from bot.core.inbox.models import Asker, Cause, Draft, Fingerprint, Group, Miss
from bot.core.permissions import Person, Role

NOON = datetime.datetime(2024, 10, 29, 3, tzinfo=datetime.UTC)
# One question in three scripts, and another in three.
WIFI = {
    "km": "តើមាន Wi-Fi នៅកន្លែងប្រជុំទេ?",
    "ta": "கூட்டம் நடக்கும் இடத்தில் வைஃபை உள்ளதா?",
    "ja": "会場でWi-Fiは使えますか?",
}
PARKING = {"th": "มีที่จอดรถไหม", "my": "ကားပါကင် ရှိလား", "lo": "ມີບ່ອນຈອດລົດບໍ?"}
MIRA = Person(id="discord:7", roles=frozenset({Role.PARTICIPANT, Role.MODERATOR}), server="discord:1")
NOOR = Person(id="discord:8", roles=frozenset({Role.PARTICIPANT, Role.MODERATOR}), server="discord:1")
ADA = Person(id="discord:9", roles=frozenset({Role.PARTICIPANT, Role.ADMIN}), server="discord:1")
ALICE = Person(id="discord:5", roles=frozenset({Role.PARTICIPANT}), server="discord:1")
DRAFT = Draft(
    question="Is there Wi-Fi at the venue?",
    answer="Yes, on 7 floors, from 2024-10-29 09:00.",
    title="Notes for delegates",
    publisher="MLIT",
    url="https://www.mlit.go.jp/notes.html",
    published="2024-10-01",
)


def miss(number: int = 1, text: str | None = WIFI["km"], locale: str = "km", **more: Any) -> Miss:
    values: dict[str, Any] = {
        "platform": "discord",
        "cause": Cause.ABSTAINED,
        "asked_at": NOON,
        "nearest": "meeting.venue",
        "probability": 0.21,
        "asker": Asker(id=f"discord:{100 + number}", channel="discord:500"),
    }
    return Miss(id=f"q{number}", text=text, locale=locale, **(values | more))


def group(group_id: str = "k7m2x9pa", **more: Any) -> Group:
    return Group(id=group_id, opened_at=NOON, **({"fingerprint": direction(1, 0)} | more))


def direction(*numbers: float, space: str = "e5") -> Fingerprint:
    return Fingerprint(space, np.array(numbers, dtype=np.float32))


class ByMatter:
    """Stands in for an encoder: what is asked in `WIFI` is one matter, what is asked in `PARKING` another."""

    def fingerprint(self, text: str) -> Fingerprint | None:
        matter = 0 if text in WIFI.values() else 1 if text in PARKING.values() else 2 + hash(text) % 60
        vector = np.zeros(62, dtype=np.float32)
        vector[matter] = 1
        return Fingerprint("matters", vector)


@dataclass
class Shelf:
    """Implements `EntryFiles` and `Publisher`: remembers what was published. `refuses` are problems to report."""

    published: dict[str, str] = field(default_factory=dict)
    refuses: list[Problem] = field(default_factory=list)

    async def files_with(self, proposal_id: str, draft: Draft) -> Mapping[str, str]:
        return {f"{proposal_id}.yaml": draft.answer}

    async def check(self, files: Mapping[str, str]) -> Sequence[Problem]:
        return self.refuses

    async def publish(self, files: Mapping[str, str], who: str, why: str) -> Sequence[Problem] | str:
        if self.refuses:
            return self.refuses
        self.published |= files
        return "0" * 12
