"""Every template in every language, with the catalogs that are shipped."""

import datetime
import zoneinfo
from pathlib import Path

import pytest

from bot.content.catalog_files import read_catalogs
from bot.core.announcements.models import Announcement, Content
from bot.core.announcements.rendering import AnnouncementRenderer
from bot.core.announcements.templates import TEMPLATES, Slot
from bot.core.announcements.typed import FIELDS
from bot.core.catalog import PLACEHOLDER, Catalogs
from bot.core.facts import Moment
from bot.core.knowledge import Knowledge
from bot.core.locales import LANGUAGES
from bot.core.text import utf16_length
from tests.conftest import ROOT

LONGEST = "ศูนย์ประชุม 日本科学未来館 កណ្តាល " * 6  # as long as a slot may be
FILLED = {slot: "1234" if slot is Slot.NUMBER else LONGEST[:200] for slot in Slot if slot is not Slot.TIME}
NOON = datetime.datetime(2024, 10, 29, 12, tzinfo=zoneinfo.ZoneInfo("Asia/Tokyo"))
ISSUE = {"session-start", "room-change", "schedule-change", "break", "transport", "deadline", "result", "welcome"}
ISSUE |= {"reminder", "cancellation", "emergency"}


@pytest.fixture(scope="module")
def catalogs(shipped_knowledge: Knowledge) -> Catalogs:
    found, problems = read_catalogs(Path(ROOT / "locales"), shipped_knowledge)
    assert not problems
    return found


def announcement(template: str, *, withdrawn: bool = False) -> Announcement:
    """A corrected one."""
    slots = {line.slot for line in TEMPLATES[template].lines}
    content = Content(
        template=template,
        values={slot: value for slot, value in FILLED.items() if slot in slots},
        time=Moment(NOON, "Asia/Tokyo") if Slot.TIME in slots else None,
    )
    return Announcement(
        id="a",
        server="s",
        content=content,
        original="en",
        zone="Asia/Tokyo",
        author="m",
        created_at=NOON,
        corrected_at=NOON,
        retracted_at=NOON if withdrawn else None,
    )


def test_has_the_templates_that_a_meeting_needs() -> None:
    assert TEMPLATES.keys() >= ISSUE


def test_speaks_every_language(catalogs: Catalogs) -> None:
    assert catalogs.shipped == LANGUAGES.keys()


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("locale", LANGUAGES)
def test_renders_in_every_language_within_one_message(catalogs: Catalogs, template: str, locale: str) -> None:
    """Complete, in that language, nothing left in braces, short enough when every slot is as full as can be."""
    notice = AnnouncementRenderer(catalogs).notice(announcement(template), locale)
    text = "\n".join([notice.mark or "", notice.title, *notice.lines, *notice.remarks])

    assert notice.locale == locale
    assert len(notice.lines) == 1 + len(TEMPLATES[template].lines)
    assert not PLACEHOLDER.search(text)
    assert utf16_length(text) < 2_000 - 200  # the rest is for a role and the reader's own clock
    if locale != "en":
        assert notice.lines[0] != TEMPLATES[template].lead.text


@pytest.mark.parametrize("locale", LANGUAGES)
def test_fits_the_forms_and_menus_of_discord(catalogs: Catalogs, locale: str) -> None:
    """A form's title and its labels have 45 characters, a menu's option 100."""
    for template in TEMPLATES.values():
        assert len(template.lines) <= 5
        assert len(catalogs.say(locale, template.title)) <= 45
    assert [label for field in FIELDS.values() if len(label := catalogs.say(locale, field)) > 45] == []


def test_a_withdrawn_announcement_says_so_first(catalogs: Catalogs) -> None:
    for locale in LANGUAGES:
        notice = AnnouncementRenderer(catalogs).notice(announcement("transport", withdrawn=True), locale)
        assert notice.withdrawn
        assert notice.mark is not None
        assert "29" in notice.mark
