"""What people type cannot look like what it is not: links, directions, piles of marks, names of sites."""

import datetime

import pytest
import regex

from bot.adapters.discord.markup import echoed, plain
from bot.core.announcements.models import Words
from bot.core.announcements.templates import TEMPLATES, Slot
from bot.core.announcements.typed import Fault, read_template, read_words
from bot.core.inbox.drafts import ANSWER, DATE, QUESTION, SOURCE, URL, read_draft, typed_of
from bot.core.inbox.models import Draft
from bot.core.links import is_link
from bot.core.text import fold

OVERRIDE, ISOLATE = "\u202e", "\u2067"
SPOOFED = {
    "user before the site": "https://meti.go.jp@evil.example/x",
    "user and port": "https://meti.go.jp:443@evil.example",
    "Cyrillic е": "https://m\u0435ti.go.jp/x",
    "Greek ο": "https://asean.\u03bfrg",
    "invisible": "https://meti.go.jp\u200b.evil.example",
    "script": "javascript:alert(1)//https://meti.go.jp",
}
HONEST = [
    "https://www.meti.go.jp/a@b?c=@d",
    "https://日本語.jp/会議",
    "https://ไทย.example/ก",
    "https://a.example/\u0435",
]


@pytest.mark.parametrize("address", SPOOFED.values(), ids=SPOOFED)
def test_an_address_that_seems_to_lead_elsewhere_is_refused(address: str) -> None:
    assert not is_link(address, secure=False)
    typed = {QUESTION: "ถาม", ANSWER: "ตอบ", SOURCE: "Notes\nMETI", URL: address, DATE: "2024-10-01"}
    assert not isinstance(read_draft(typed), Draft)
    assert isinstance(read_draft(typed | {URL: HONEST[0]}), Draft)


@pytest.mark.parametrize("address", HONEST)
def test_addresses_in_any_of_our_scripts_are_taken(address: str) -> None:
    assert is_link(address, secure=True)
    assert not is_link(address.replace("https", "http"), secure=True)


def test_the_form_of_a_link_refuses_a_spoofed_one() -> None:
    template = next(each for each in TEMPLATES.values() if any(line.slot is Slot.LINK for line in each.lines))
    typed = {line.slot: "2024-10-29 14:30" if line.slot is Slot.TIME else "7" for line in template.lines}
    now = datetime.datetime(2024, 10, 1, tzinfo=datetime.UTC)
    faults = read_template(template, typed | {Slot.LINK: SPOOFED["Cyrillic е"]}, "Asia/Tokyo", now)
    assert isinstance(faults, tuple)
    assert any(isinstance(fault, Fault) for fault in faults)
    assert not isinstance(read_template(template, typed | {Slot.LINK: HONEST[1]}, "Asia/Tokyo", now), tuple)


@pytest.mark.parametrize("label", ["METI", "経済産業省", "กระทรวง", "https://meti.go.jp"])
def test_no_text_hides_the_address_of_a_link(label: str) -> None:
    """Discord would show `[METI](<https://evil.example>)` as the word METI."""
    shown = plain(f"See [{label}](https://evil.example/x) and [{label}](<https://evil.example>).")
    assert "](" not in shown.replace("\\](", "")
    assert "<https://evil.example/x>" in shown


def test_moderators_text_keeps_its_direction() -> None:
    words = read_words(f"ย้าย{OVERRIDE}ห้อง", f"ชั้น 7\n{ISOLATE}会議{OVERRIDE}室\nA\u200bB")
    assert words == Words("ย้ายห้อง", "ชั้น 7\n会議室\nA\u200bB")
    typed = {QUESTION: f"ที่{OVERRIDE}ไหน", ANSWER: "ตอบ", SOURCE: f"No{ISOLATE}tes\nMETI", URL: HONEST[0], DATE: "2024"}
    draft = read_draft(typed)
    assert isinstance(draft, Draft)
    assert not regex.search(f"[{OVERRIDE}{ISOLATE}]", "".join(typed_of(draft).values()))
    assert not is_link(f"https://evil.example/{OVERRIDE}gpj.og.item", secure=False)


@pytest.mark.parametrize("text", ["Where", "ที่ไหน", "នៅឯណា", "ဘယ်မှာ", "எங்கே", "どこ"])
def test_an_echo_keeps_its_direction_and_its_line(text: str) -> None:
    zalgo = "".join(letter + "\u0338\u0327\u031b\u0316\u0354\u034d\u0310" * 20 for letter in text)
    line = echoed(f"{OVERRIDE}{zalgo}\u2028{ISOLATE}x\x00\x1b")
    assert not regex.search(r"[\u202a-\u202e\u2066-\u2069\u2028\p{Cc}]", line)
    assert not regex.search(r"\p{Mn}{5}", line)
    assert echoed(text) == text


def test_a_homoglyph_of_another_script_is_not_taken_for_the_word() -> None:
    """Wide and mathematical letters are the same letters; Cyrillic ones are others, and stay so."""
    assert fold("ｍｅｅｔｉｎｇ") == fold("𝐦𝐞𝐞𝐭𝐢𝐧𝐠") == "meeting"
    assert fold("m\u0435\u0435ting") != "meeting"
