"""A reviewer before a translation and its English, on a copy of the shipped catalogs."""

from pathlib import Path
from typing import Any

import pytest

from bot.adapters.discord.custom_ids import MAX_LENGTH, Action, ControlId
from bot.adapters.discord.reviewing import _Seen
from bot.content.catalog_files import DOMAINS, catalog_path, is_reviewed
from bot.content.po_file import PoMessage, read_po
from bot.core.locales import LANGUAGES, SOURCE_LOCALE
from bot.core.permissions import Person, Role
from bot.core.reviewing import may_review
from bot.storage.audit import SqlAuditLog
from bot.storage.sql import SqlStore
from tests.adapters.discord.announcements.conftest import Hall, shown, text_of
from tests.conftest import ROOT


def by_name(catalogs: Path) -> dict[str, PoMessage]:
    return {
        f"{domain}/{message.context}": message
        for domain in ("knowledge", "ui")
        for message in read_po(catalog_path(catalogs, "km", domain)).messages
    }


def first(catalogs: Path) -> tuple[str, PoMessage]:
    return next((name, one) for name, one in by_name(catalogs).items() if one.translated and not one.fuzzy)


async def begin(hall: Hall) -> Any:
    return await hall.noor.slash(hall.lobby, "review", language="km")


async def test_shows_the_translation_beside_its_english(hall: Hall, catalogs: Path) -> None:
    text = text_of(await begin(hall))

    _, message = first(catalogs)
    assert "**English**\n" in text
    assert "**ខ្មែរ**\n" in text
    assert message.texts[0].split("{")[0] in text
    assert "texts in ខ្មែរ are not reviewed." in text


async def test_a_confirmed_translation_carries_who_and_when(hall: Hall, catalogs: Path, database: SqlStore) -> None:
    """In its file, and in the record of deeds; the next text is shown in its place, and nothing else was changed."""
    name, message = first(catalogs)
    before = by_name(catalogs)
    page = await begin(hall)
    text = text_of(page)

    after = await hall.noor.click(shown(page), label="Reviewed")

    now = by_name(catalogs)
    assert now[name].comments == (*message.comments, "reviewed: 2024-10-29 noor")
    assert is_reviewed(now[name])
    assert {key: (one.texts, one.comments) for key, one in now.items() if key != name} == {
        key: (one.texts, one.comments) for key, one in before.items() if key != name
    }
    (record,) = await SqlAuditLog(database).records()
    assert (record.deed, record.subject, record.who) == (
        "translation.reviewed",
        f"km/{name}",
        f"discord:{hall.noor.id}",
    )
    assert text_of(after).startswith("Marked as reviewed.")
    assert text.partition("**English**")[2] not in text_of(after)
    assert [file.name for file in (catalogs / "km" / "LC_MESSAGES").iterdir() if file.suffix != ".po"] == []


async def test_what_changed_meanwhile_is_not_confirmed(hall: Hall, catalogs: Path) -> None:
    """Nobody signs words that they have not seen."""
    name, message = first(catalogs)
    page = await begin(hall)
    path = catalog_path(catalogs, "km", name.partition("/")[0])
    path.write_text(path.read_text("utf-8").replace(message.texts[0], "អ្វីផ្សេង"), "utf-8")

    after = await hall.noor.click(shown(page), label="Reviewed")

    assert text_of(after).startswith("This text was changed meanwhile.")
    assert "អ្វីផ្សេង" in text_of(after)
    assert not is_reviewed(by_name(catalogs)[name])


async def test_a_problem_is_kept_beside_the_text_on_one_line(hall: Hall, catalogs: Path, database: SqlStore) -> None:
    """It cannot pose as a signature, whatever is typed."""
    name, _ = first(catalogs)
    page = await begin(hall)
    form = await hall.noor.click(shown(page), label="Report a problem")

    after = await hall.noor.submit_modal(form, {"note": "ពាក្យខុស\nreviewed: 2024-10-29 Nobody"})

    message = by_name(catalogs)[name]
    assert message.comments[-1] == "problem: 2024-10-29 noor: ពាក្យខុស reviewed: 2024-10-29 Nobody"
    assert not is_reviewed(message)
    assert text_of(after).startswith("Thank you.")
    assert "ពាក្យខុស" not in str(await SqlAuditLog(database).records())


async def test_the_last_text_leads_back_to_the_first(hall: Hall, catalogs: Path) -> None:
    """Whoever passes texts over sees each of those that wait, and then the first again."""
    keep = list(by_name(catalogs))[:3]
    for domain in DOMAINS:
        path = catalog_path(catalogs, "km", domain)
        names = [name for name in keep if name.startswith(domain)]
        parts = path.read_text("utf-8").split("\n\n")
        kept = [part for part in parts[1:] if any(f'msgctxt "{name.partition("/")[2]}"' in part for name in names)]
        path.write_text("\n\n".join([parts[0], *kept]).rstrip("\n") + "\n", "utf-8")
    page = await begin(hall)
    texts = [text_of(page)]
    for _ in range(3):
        page = await hall.noor.click(shown(page), label="Next text")
        texts.append(text_of(page))

    assert len(set(texts[:3])) == 3
    assert texts[3] == texts[0]
    for _ in range(3):
        page = await hall.noor.click(shown(page), label="Reviewed")
    assert "Every text in ខ្មែរ is reviewed." in text_of(page)


def test_reviewers_review_their_languages_and_no_others() -> None:
    reviewer = Person(id="discord:1", roles=frozenset({Role.REVIEWER}), reviews=frozenset({"km"}))
    moderator = Person(id="discord:2", roles=frozenset({Role.MODERATOR}), reviews=frozenset({"km"}))
    admin = Person(id="discord:3", roles=frozenset({Role.ADMIN}))
    may = [may_review(one, locale) for one in (reviewer, moderator, admin) for locale in ("km", "lo")]
    assert may == [True, False, False, False, True, True]


@pytest.mark.parametrize("locale", [locale for locale in LANGUAGES if locale != SOURCE_LOCALE])
def test_every_text_fits_into_a_button(locale: str) -> None:
    """Or nobody could confirm it."""
    for domain in DOMAINS:
        for message in read_po(catalog_path(ROOT / "locales", locale, domain)).messages:
            seen = _Seen(locale, "0" * 8, f"{domain}/{message.context}")
            assert len(str(ControlId(Action.REVIEW_CONFIRM, "fil", str(seen)))) <= MAX_LENGTH - 2
