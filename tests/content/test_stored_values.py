"""Values of our own types that come back from files as they were."""

import datetime
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bot.content.content_files import hash_content, hash_linked, stage_content
from bot.content.model_file import write_npz
from bot.content.phrasings import Phrasing
from bot.content.po_file import PoMessage
from bot.content.stored_values import forget_unfinished, freeze, thaw, write_atomically
from bot.core.catalog import KnowledgeCatalog, Translation
from bot.core.facts import Moment
from bot.core.knowledge import Knowledge
from bot.core.models import Confidence
from bot.core.reloading import Version

VALUES = [
    Phrasing("th", "meeting.dates", "จัดวันไหน"),
    PoMessage("greeting", ("Hello {name}",), ("សួស្តី {name}",), line=7, comments=("reviewed",)),
    Version(id="1", digest="ab", at=datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC), who="bot", why="நன்றி"),
    KnowledgeCatalog({"meeting.dates|answer": Translation("၂၉ ရက်", reviewed=True)}, frozenset({"old"})),
    Moment(datetime.datetime(2024, 10, 29, 9, 30, tzinfo=ZoneInfo("Asia/Tokyo")), "Asia/Tokyo"),
    Confidence.SECONDARY,
    (Decimal("1.5"), {"東京": [Phrasing("ja", "x", "いつ")]}),
]


def test_members_of_enumerations_come_back_in_every_python(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_in_3_11_2(self: Confidence, _: int) -> object:
        return getattr, (type(self), self.name)

    monkeypatch.setattr(Confidence, "__reduce_ex__", as_in_3_11_2)
    assert thaw(freeze({"ទំនុកចិត្ត": Confidence.PRIMARY})) == {"ទំនុកចិត្ត": Confidence.PRIMARY}


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_as_it_was(value: object) -> None:
    found = thaw(freeze(value))
    assert found == value
    assert type(found) is type(value)


def test_the_whole_shipped_knowledge_comes_back_as_it_was(shipped_knowledge: Knowledge) -> None:
    assert thaw(freeze(shipped_knowledge)) == shipped_knowledge


def test_equal_texts_are_stored_once() -> None:
    text = "ประชุมที่ไหน" * 100
    assert len(freeze([Phrasing("th", "a", text), Phrasing("th", "b", text)])) < 1.5 * len(text.encode())


@dataclass(frozen=True, slots=True)
class Stranger:
    """Of no module of ours."""

    text: str


def test_what_is_none_of_our_types_does_not_come_back() -> None:
    with pytest.raises(ValueError, match="not readable"):
        thaw(freeze(Stranger("rm -rf")))


def test_files_that_versions_share_are_measured_once_and_rightly(tmp_path: Path) -> None:
    knowledge, locales = tmp_path / "knowledge", tmp_path / "locales"
    (knowledge / "phrasings").mkdir(parents=True)
    (knowledge / "a.yaml").write_text("ကျွန်တော်", encoding="utf-8")
    (knowledge / "phrasings" / "my.yaml").write_text("မေးခွန်း", encoding="utf-8")
    stage_content(knowledge, locales, tmp_path / "live", None)
    (knowledge / "a.yaml").write_text("ကျွန်မ", encoding="utf-8")
    now = stage_content(knowledge, locales, tmp_path / "staged", tmp_path / "live")

    live = hash_linked(tmp_path / "live", tmp_path / "staged", now)

    assert live == hash_content(tmp_path / "live" / "knowledge", tmp_path / "live" / "locales")
    assert {name for name in now.hashes if now.hashes[name] != live.hashes[name]} == {"knowledge/a.yaml"}


def write_half(path: Path) -> None:
    write_atomically(path, b"half")


def write_model(path: Path) -> None:
    write_npz(path, {"weights": np.zeros(3)})


@pytest.mark.parametrize("write", [write_half, write_model])
def test_what_a_killed_process_was_writing_is_removed_at_a_start_but_not_what_may_still_be_written(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    path = tmp_path / "คำถาม.yaml"
    left = killed_while_writing(path, write)
    assert not path.exists()

    forget_unfinished(tmp_path)
    assert left.exists(), "it is seconds old: another process may be at it"

    long_ago = time.time() - 2 * 60 * 60
    os.utime(left, (long_ago, long_ago))
    write_atomically(path, "ข้อมูล".encode())
    os.utime(path, (long_ago, long_ago))
    forget_unfinished(tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def killed_while_writing(path: Path, write: Callable[[Path], None]) -> Path:
    """What lies beside `path` after that."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", lambda *_: os._exit(9))
        if (child := os.fork()) == 0:
            try:
                write(path)
            finally:
                os._exit(1)
    os.waitpid(child, 0)
    (left,) = path.parent.iterdir()
    return left
