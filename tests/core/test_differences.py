"""What an admin reads before a proposed file goes live: every change, and nothing that deceives the eye."""

import pytest

from bot.core.proposals.differences import changed_lines, visible

SCRIPTS = ["ประชุมวันไหน", "ជំនួបនៅថ្ងៃណា", "အစည်းအဝေး ဘယ်နေ့လဲ", "கூட்டம் எப்போது", "会議はいつですか", "Họp ngày nào"]


@pytest.mark.parametrize("place", range(len(SCRIPTS)))
def test_one_changed_line_stands_between_its_neighbours(place: int) -> None:
    after = [*SCRIPTS]
    after[place] = "ใหม่"
    lines = changed_lines("\n".join(SCRIPTS), "\n".join(after))
    assert [line for line in lines if line[0] in "-+"] == [f"-{SCRIPTS[place]}", "+ใหม่"]
    assert len([line for line in lines if line[0] == " "]) <= 4


def test_what_is_added_removed_and_nothing() -> None:
    text = "\n".join(SCRIPTS)
    assert changed_lines(text, text) == []
    assert changed_lines("", "ก\nข") == ["@@ from line 1 @@", "-", "+ก", "+ข"]
    assert changed_lines(text, text + "\nท้าย")[-1] == "+ท้าย"


@pytest.mark.parametrize("old", [["a"] * 9, ["ก", "ข", "ค"], [str(n) for n in range(50)]])
def test_every_change_is_told(old: list[str]) -> None:
    """The lines with - and + in the order of the files are all that differ."""
    new = [*old[::2], "新", *old[1:3]]
    lines = changed_lines("\n".join(old), "\n".join(new))
    removed = [line[1:] for line in lines if line[0] == "-"]
    added = [line[1:] for line in lines if line[0] == "+"]
    assert sorted([*old, *added]) == sorted([*new, *removed])


def test_vast_files_that_share_nothing_are_told_as_a_whole() -> None:
    """Comparing each line with each would take minutes."""
    old, new = [f"เก่า {n}" for n in range(20_000)], [f"ໃໝ່ {n}" for n in range(20_000)]
    lines = changed_lines("\n".join(["same", *old, "end"]), "\n".join(["same", *new, "end"]))
    assert lines == ["@@ from line 2, replaced as a whole @@", *(f"-{one}" for one in old), *(f"+{one}" for one in new)]


def test_signs_that_deceive_are_spelled_out() -> None:
    """An answer could look like another one (Trojan Source); what scripts need to be written stays."""
    assert visible("held on \u202e5202\u202c\r \u2066x\u2069\u200f\u2028") == (
        "held on <U+202E>5202<U+202C><U+000D> <U+2066>x<U+2069><U+200F><U+2028>"
    )
    khmer = "ជំនួប\u200bនៅ\u200dទី\u200cនេះ\tab\n"
    assert visible(khmer) == khmer
