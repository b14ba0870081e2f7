"""Where an uploaded file may go, and that nothing else is ever written."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.content.loading import Folders
from bot.content.uploads import UploadedFiles, place_of
from bot.core.errors import ContentError, Problem
from bot.core.proposals.models import MAX_FILE
from bot.core.reloading import digest_of
from tests.content.folders import MEETING, make_knowledge
from tests.storage.conftest import public_folder as public_folder  # noqa: PLC0414 - a fixture
from tests.storage.conftest import unprivileged as unprivileged  # noqa: PLC0414 - a fixture

ENTRIES = MEETING.encode()
PHRASINGS = 'phrasings:\n  meeting.dates:\n    - "ประชุมเมื่อไหร่"\n'.encode()
NEGATIVES = '# เรื่องอื่น\nnegatives:\n  far.weather:\n    - "မိုးရွာမလား"\n'.encode()
CATALOG = b'msgid ""\nmsgstr ""\n"Project-Id-Version: x\\n"\n"Language: km\\n"\n'
TRAVERSALS = [
    "../meeting.yaml", "..", "/etc/passwd.yaml", "a/b.yaml", "..\\b.yaml", "C:b.yaml", "phrasings/th.yaml", ".hidden.yaml",
    "knowledge/../x.yaml", "~/x.yaml", "x.yaml\0.po", "x\n.yaml", "%2e%2e%2fx.yaml",
]  # fmt: skip
KNOWN = "phrasings/th.yaml"  # below the folder: then it is a place
ODD = [
    "", ".yaml", "Meeting.yaml", "meeting.yml", "meeting.YAML", "meeting", "meeting.json", "meeting.yaml.exe", "a b.yaml",
    "ประชุม.yaml", "ជំនួប.yaml", "meetıng.yaml", "ｍeeting.yaml", "meeting\u200b.yaml", "\u202elmay.gniteem", "me\u0301eting.yaml",
    "-.yaml", "a" * 300 + ".yaml", "model.npz", "accuracy.json", "th.po", "other.po", "con*.yaml",
]  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> UploadedFiles:
    make_knowledge(tmp_path / "knowledge")
    (tmp_path / "locales").mkdir()
    return UploadedFiles(Folders(tmp_path / "knowledge", tmp_path / "locales", tmp_path / "compiled"))


def refused(found: str | Sequence[Problem]) -> list[str]:
    assert not isinstance(found, str), found
    assert all(problem.remedy for problem in found)
    return [problem.what for problem in found]


@pytest.mark.parametrize(
    ("name", "raw", "place"),
    [
        ("meeting.yaml", ENTRIES, "knowledge/meeting.yaml"),
        ("unknown-practical.yaml", ENTRIES, "knowledge/unknown-practical.yaml"),
        ("golden.yaml", b"golden: []\n", "knowledge/golden.yaml"),
        ("th.yaml", PHRASINGS, "knowledge/phrasings/th.yaml"),
        ("my.yaml", NEGATIVES, "knowledge/negatives/my.yaml"),
        ("ta.city-questions.yaml", PHRASINGS, "knowledge/phrasings/ta.city-questions.yaml"),
        ("knowledge.po", CATALOG, "locales/km/LC_MESSAGES/knowledge.po"),
        ("ui.po", CATALOG.replace(b"km", b"zh"), "locales/zh/LC_MESSAGES/ui.po"),
    ],
)
def test_the_name_says_which_file_it_is(name: str, raw: bytes, place: str) -> None:
    assert place_of(name, raw) == place


@pytest.mark.parametrize("name", [*TRAVERSALS, *ODD], ids=ascii)
def test_no_other_name_is_taken(name: str) -> None:
    for raw in (ENTRIES, PHRASINGS, CATALOG):
        (what,) = refused(place_of(name, raw))
        assert "is no name of a file" in what


@pytest.mark.parametrize("name", ["inbox.yaml", "inbox-sources.yaml", "glossary.yaml"])
def test_what_the_bot_writes_or_a_reload_does_not_check_is_not_taken(name: str) -> None:
    assert "cannot be proposed" in refused(place_of(name, ENTRIES))[0]


def test_a_file_that_does_not_say_its_language_or_kind_is_not_taken() -> None:
    assert refused(place_of("ui.po", CATALOG.replace(b"km", b"en"))) == ["does not say which of our languages it is"]
    assert refused(place_of("th.yaml", ENTRIES)) == ["is neither phrasings nor negatives"]
    assert refused(place_of("th.yaml", PHRASINGS + NEGATIVES)) == ["is neither phrasings nor negatives"]


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n\xff", "is not UTF-8"),
        ("topic: 会議\n".encode("utf-16"), "is not UTF-8"),
        ("topic: ประชุม\n".encode("cp874"), "is not UTF-8"),
        (b"topic: \xed\xa0\x80\n", "is not UTF-8"),
        (b"topic: a\0b\n", "is not text"),
        (b"a" * (MAX_FILE + 1), "is larger than 2 MB"),
    ],
    ids=["empty", "blank", "picture", "utf-16", "cp874", "surrogate", "nul", "vast"],
)
def test_what_is_no_text_is_refused_with_its_name(raw: bytes, what: str) -> None:
    found = place_of("meeting.yaml", raw)
    assert not isinstance(found, str)
    (problem,) = found
    assert (problem.path, problem.what, bool(problem.remedy)) == ("meeting.yaml", what, True)


def test_every_fault_is_told_at_once_and_no_name_turns_a_line_around() -> None:
    problems = place_of("\u202elmay.x", b"\xff")
    assert [getattr(one, "what", "") for one in problems] == [
        "is no name of a file that can be proposed",
        "is not UTF-8",
    ]
    assert "\u202e" not in "".join(map(str, problems))


@pytest.mark.parametrize(
    "place",
    [
        *TRAVERSALS, *(f"knowledge/{each}" for each in [*TRAVERSALS, *ODD, "inbox.yaml"] if each != KNOWN), "knowledge/compiled/model.npz",
        "knowledge/other/th.yaml", "knowledge/phrasings/xx.yaml", "knowledge/phrasings/xx.th.yaml", "knowledge/phrasings/th..yaml", "knowledge/th.yaml",
        "knowledge/phrasings/../meeting.yaml", "meeting.yaml",
        "locales/th/LC_MESSAGES/other.po", "locales/../LC_MESSAGES/ui.po", "locales/th/ui.po", "versions/live.json",
        "locales/th/LC_MESSAGES/../LC_MESSAGES/ui.po", "knowledge//meeting.yaml", "knowledge/phrasings/th.yaml/x",
    ],
    ids=ascii,
)  # fmt: skip
async def test_no_place_leads_out_of_the_folders_whatever_a_row_says(
    files: UploadedFiles, place: str, tmp_path: Path
) -> None:
    before = tree(tmp_path)
    for work in (files.put(place, ENTRIES, ""), files.put(place, None, ""), files.current(place)):
        with pytest.raises(ContentError):
            await work
    assert await files.obstacles(place)
    assert tree(tmp_path) == before


async def test_links_are_not_followed(files: UploadedFiles, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "target.yaml").write_text("นอก", encoding="utf-8")
    (tmp_path / "knowledge" / "azec.yaml").symlink_to(outside / "target.yaml")
    (tmp_path / "knowledge" / "gone.yaml").symlink_to(outside / "gone.yaml")
    (tmp_path / "locales" / "km").symlink_to(outside)
    before = tree(outside)

    for place in ("knowledge/azec.yaml", "knowledge/gone.yaml", "locales/km/LC_MESSAGES/ui.po"):
        assert "is a link" in (await files.obstacles(place))[0].what
        for work in (files.put(place, ENTRIES, ""), files.put(place, None, ""), files.current(place)):
            with pytest.raises(ContentError, match="is a link"):
                await work

    assert tree(outside) == before


async def test_a_file_is_written_as_it_was_sent_and_keeps_its_mode(files: UploadedFiles, tmp_path: Path) -> None:
    path = tmp_path / "knowledge" / "meeting.yaml"
    path.chmod(0o640)
    raw = b"\xef\xbb\xbf" + "# ಒಂದು ប្រជុំ\r\n".encode() + ENTRIES

    assert await files.put("knowledge/meeting.yaml", raw, digest_of(ENTRIES))

    assert path.read_bytes() == raw == await files.current("knowledge/meeting.yaml")
    assert path.stat().st_mode & 0o777 == 0o640
    assert not [each for each in path.parent.iterdir() if each.name.startswith(".")]


async def test_a_catalog_of_a_new_language_makes_its_folder(files: UploadedFiles, tmp_path: Path) -> None:
    place = "locales/km/LC_MESSAGES/ui.po"
    assert await files.obstacles(place) == []
    assert await files.current(place) is None
    assert await files.put(place, CATALOG, "")
    assert (tmp_path / place).read_bytes() == CATALOG
    assert await files.put(place, None, digest_of(CATALOG))
    assert await files.current(place) is None


@pytest.fixture
def read_only(public_folder: Path) -> Path:
    folder = make_knowledge(public_folder / "knowledge")
    folder.chmod(0o555)
    return folder


async def test_a_file_that_is_another_one_by_now_is_not_replaced(files: UploadedFiles) -> None:
    place = "knowledge/meeting.yaml"
    assert not await files.put(place, CATALOG, digest_of("ก่อนหน้า".encode()))
    assert not await files.put(place, CATALOG, "")
    assert not await files.put(place, None, "")
    assert await files.current(place) == ENTRIES
    assert await files.put(place, ENTRIES, "")  # it stands there already
    assert not await files.put("knowledge/new.yaml", ENTRIES, digest_of(CATALOG))
    assert await files.current("knowledge/new.yaml") is None


async def test_a_folder_that_is_read_only_is_told_with_the_remedy(
    read_only: Path, unprivileged: None, public_folder: Path
) -> None:
    folder = read_only
    files = UploadedFiles(Folders(folder, public_folder, public_folder))

    (problem,) = await files.obstacles("knowledge/meeting.yaml")
    assert "cannot be written: Permission denied" in problem.what
    assert "BOT_KNOWLEDGE_DIR" in problem.remedy
    with pytest.raises(ContentError, match="/knowledge reload"):
        await files.put("knowledge/meeting.yaml", b"x", digest_of(ENTRIES))
    assert await files.current("knowledge/meeting.yaml") == ENTRIES


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
