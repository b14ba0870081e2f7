"""What the inbox's store promises, on an SQLite file; every statement also compiles for PostgreSQL."""

import datetime
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.sql import ClauseElement

from bot.core.announcements.models import Delivery, DeliveryState, Kind, Trouble
from bot.core.announcements.ports import Posted
from bot.core.errors import StoreError
from bot.core.inbox import lifecycle
from bot.core.inbox.lifecycle import Change
from bot.core.inbox.models import Asker, Group, Phrasing, State
from bot.storage import announcement_queries as delivery_queries
from bot.storage import inbox_queries as queries
from bot.storage.announcements import SqlAnnouncementStore
from bot.storage.audit import SqlAuditLog
from bot.storage.inbox import SqlInboxStore
from bot.storage.sql import SqlStore
from tests.core.inbox.worlds import ADA, DRAFT, MIRA, NOON, PARKING, WIFI, direction, group, miss
from tests.storage.contract import TEXTS

DAY = datetime.timedelta(days=1)
OpenInbox = Callable[[], Awaitable[SqlInboxStore]]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[OpenInbox]:
    stores: list[SqlStore] = []

    async def open_one() -> SqlInboxStore:
        stores.append(await SqlStore.open(tmp_path / "bot.db"))
        return SqlInboxStore(stores[-1])

    yield open_one
    for store in stores:
        await store.close()


@pytest.fixture
async def kept(opened: OpenInbox) -> SqlInboxStore:
    return await opened()


def card(one: Group) -> Delivery:
    return Delivery(
        id=f"{one.id}-0", announcement=one.id, kind=Kind.CARD, recipient="discord:900", locale=None, due_at=NOON
    )


async def asked(kept: SqlInboxStore) -> Group:
    """One group with the question in three languages, each asked by somebody else."""
    one = group()
    for number, (locale, text) in enumerate(WIFI.items(), 1):
        await kept.add(miss(number, text, locale))
        if number == 1:
            await kept.open_group(one, "q1", card(one))
        else:
            found = await kept.group(one.id)
            assert found is not None
            assert await kept.join(found, f"q{number}", direction(0.5, 0.5))
    found = await kept.group(one.id)
    assert found is not None
    return found


def linked(one: Group) -> Change:
    change = lifecycle.link(one, "meeting.venue", (), MIRA, NOON)
    assert isinstance(change, Change)
    return change


async def answers(kept: SqlInboxStore) -> list[Delivery]:
    return [one for one in await kept.due(NOON + DAY) if one.kind is Kind.ANSWER]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_keeps_a_question_once_in_every_script(kept: SqlInboxStore, text: str) -> None:
    assert await kept.add(miss(1, text))
    assert not await kept.add(miss(1, "something else"))

    (found,) = await kept.ungrouped()
    assert (found.text, found.asker) == (text, None)


async def test_a_group_survives_a_restart_with_everything(opened: OpenInbox) -> None:
    kept = await opened()
    before = await asked(kept)
    change = lifecycle.propose(before, DRAFT, "inbox.x", MIRA, NOON)
    assert isinstance(change, Change)
    await kept.apply(change)

    after = await (await opened()).group(before.id)

    assert after is not None
    assert (after.state, after.proposal, after.count) == (State.PROPOSED, change.after.proposal, 3)
    assert (after.version, after.decided) == (before.version + 1, before.decided + 1)
    assert after.fingerprint is not None
    assert after.fingerprint.likeness(direction(1, 1)) == pytest.approx(1)


async def test_each_question_is_in_one_group(kept: SqlInboxStore) -> None:
    await kept.add(miss(1))
    one, other = group("aaaaaaaa"), group("bbbbbbbb")

    assert await kept.open_group(one, "q1", None)
    assert not await kept.open_group(other, "q1", None)
    assert not await kept.join(one, "q1", None)

    assert await kept.group("bbbbbbbb") is None
    found = await kept.group("aaaaaaaa")
    assert found is not None
    assert (found.count, found.version) == (1, 1)


async def test_the_surest_question_names_the_nearest_entry(kept: SqlInboxStore) -> None:
    await kept.add(miss(1, nearest="meeting.dates", probability=0.1))
    await kept.add(miss(2, nearest="meeting.host", probability=0.3))
    await kept.open_group(group(nearest="meeting.dates", probability=0.1), "q1", None)
    await kept.join(group(), "q2", direction(1, 0))

    found = await kept.group(group().id)
    assert found is not None
    assert (found.nearest, found.probability) == ("meeting.host", 0.3)


async def test_shows_wordings_of_different_languages_first(kept: SqlInboxStore) -> None:
    await kept.add(miss(1, WIFI["km"], "km"))
    await kept.add(miss(2, "Wi-Fi មានទេ", "km"))
    await kept.add(miss(3, WIFI["ta"], "ta"))
    await kept.open_group(group(), "q1", None)
    for number in (2, 3):
        found = await kept.group(group().id)
        assert found is not None
        await kept.join(found, f"q{number}", None)

    case = await kept.case(group().id, 2)

    assert case is not None
    assert [one.text for one in case.wordings] == [WIFI["km"], WIFI["ta"]]
    assert (case.languages, case.waiting) == ({"km": 2, "ta": 1}, 3)


async def test_an_answer_is_ordered_once_for_each_person_in_their_language(kept: SqlInboxStore) -> None:
    """Who asked twice gets it in the language of the later question; then nobody remembers who asked."""
    one = await asked(kept)
    await kept.add(miss(4, "Wi-Fi?", "vi", asker=Asker(id="discord:101", channel=None)))
    await kept.join(one, "q4", None)
    found = await kept.group(one.id)
    assert found is not None

    assert await kept.apply(linked(found))

    ordered = {each.recipient: (each.locale, each.fallback) for each in await answers(kept)}
    assert ordered == {
        "discord:101": ("vi", None),
        "discord:102": ("ta", "discord:500"),
        "discord:103": ("ja", "discord:500"),
    }
    assert [held.text for held in await kept.export("discord:102")] == [None]


async def test_the_second_of_two_decisions_changes_nothing(kept: SqlInboxStore) -> None:
    one = await asked(kept)
    dismissed = lifecycle.dismiss(one, MIRA, NOON)
    assert isinstance(dismissed, Change)

    assert await kept.apply(linked(one))
    assert not await kept.apply(dismissed)
    assert not await kept.apply(linked(one))

    assert len(await answers(kept)) == 3
    found = await kept.group(one.id)
    assert found is not None
    assert found.state is State.ANSWERED


async def test_a_further_question_does_not_stop_a_decision(kept: SqlInboxStore) -> None:
    """And is answered with the others."""
    one = await asked(kept)
    await kept.add(miss(4, PARKING["th"], "th"))
    assert await kept.join(one, "q4", one.fingerprint)

    assert await kept.apply(linked(one))

    assert len(await answers(kept)) == 4


async def test_what_is_answered_takes_no_more_questions(kept: SqlInboxStore) -> None:
    one = await asked(kept)
    await kept.apply(linked(one))
    await kept.add(miss(4))
    found = await kept.group(one.id)
    assert found is not None

    assert not await kept.join(found, "q4", None)

    assert [each.id for each in await kept.ungrouped()] == ["q4"]
    assert await kept.groups() == []


async def test_who_has_the_answer_is_forgotten_and_counted(kept: SqlInboxStore) -> None:
    one = await asked(kept)
    await kept.apply(linked(one))
    first, second, third = await answers(kept)

    for each in (first, second, third):
        assert await kept.claim(each.id, "me", NOON)
    await kept.mark_sent(first.id, Posted("discord:1", "1"), 1)
    await kept.mark(second.id, DeliveryState.WAITING, None, fell_back=True)
    await kept.mark(third.id, DeliveryState.FAILED, Trouble.FORBIDDEN)

    assert [(each.id, each.lane) for each in await answers(kept)] == [(second.id, "discord:500")]
    found = await kept.group(one.id)
    assert found is not None
    assert (found.reached, found.unreached) == (1, 1)
    assert await kept.export(first.recipient) == []


async def test_a_duplicate_takes_its_people_along(kept: SqlInboxStore) -> None:
    one = await asked(kept)
    other = group("bbbbbbbb", fingerprint=direction(0, 1))
    await kept.add(miss(4, PARKING["th"], "th"))
    await kept.open_group(other, "q4", None)
    merge = lifecycle.merge(other, one, MIRA, NOON)
    assert isinstance(merge, Change)

    assert await kept.apply(merge)
    found = await kept.group(one.id)
    assert found is not None
    await kept.apply(linked(found))

    assert found.count == 4
    assert len(await answers(kept)) == 4


async def test_a_duplicate_of_what_was_answered_meanwhile_stays(kept: SqlInboxStore) -> None:
    """All or nothing: its people still wait."""
    one = await asked(kept)
    other = group("bbbbbbbb")
    await kept.add(miss(4))
    await kept.open_group(other, "q4", None)
    merge = lifecycle.merge(other, one, MIRA, NOON)
    assert isinstance(merge, Change)
    await kept.apply(linked(one))

    assert not await kept.apply(merge)

    case = await kept.case(other.id, 3)
    assert case is not None
    assert (case.group.state, case.waiting) == (State.OPEN, 1)


async def test_who_wants_no_answer_gets_none(kept: SqlInboxStore) -> None:
    """Only the person themselves can say so."""
    one = await asked(kept)

    assert not await kept.quiet("q1", "discord:102")
    assert await kept.quiet("q1", "discord:101")
    assert not await kept.quiet("q1", "discord:101")
    await kept.apply(linked(one))

    assert {each.recipient for each in await answers(kept)} == {"discord:102", "discord:103"}


async def test_a_person_can_see_and_erase_what_is_kept_of_them(kept: SqlInboxStore) -> None:
    """Others' questions stay, and the count does."""
    one = await asked(kept)
    assert [(held.text, held.locale, held.channel) for held in await kept.export("discord:102")] == [
        (WIFI["ta"], "ta", "discord:500")
    ]

    assert await kept.erase("discord:102") == 1

    assert await kept.export("discord:102") == []
    case = await kept.case(one.id, 9)
    assert case is not None
    assert [each.locale for each in case.wordings] == ["km", "ja"]
    assert (case.group.count, case.waiting) == (3, 2)


async def test_an_answer_on_its_way_can_be_erased(kept: SqlInboxStore) -> None:
    one = await asked(kept)
    await kept.apply(linked(one))

    await kept.erase("discord:103")

    assert {each.recipient for each in await answers(kept)} == {"discord:101", "discord:102"}


async def test_forgets_words_and_people_after_the_retention_period(kept: SqlInboxStore) -> None:
    one = await asked(kept)
    late = miss(4, PARKING["my"], "my", asked_at=NOON + 2 * DAY)
    await kept.add(late)
    await kept.join(one, "q4", None)

    assert await kept.forget_before(NOON + DAY) == 3

    case = await kept.case(one.id, 9)
    assert case is not None
    assert [each.text for each in case.wordings] == [PARKING["my"]]
    assert (case.group.count, case.waiting) == (4, 1)


async def test_phrasings_are_kept_once_and_forgotten_with_the_rest(kept: SqlInboxStore) -> None:
    one = await asked(kept)
    proposed = tuple(Phrasing(key="meeting.venue", locale=locale, text=text) for locale, text in WIFI.items())
    change = replace(linked(one), phrasings=(*proposed, proposed[0]))

    await kept.apply(change)

    assert sorted(await kept.phrasings(), key=str) == sorted(proposed, key=str)
    await kept.forget_before(NOON + DAY)
    assert await kept.phrasings() == []


async def test_every_decision_is_on_record(opened: OpenInbox, tmp_path: Path) -> None:
    """In the same transaction, and without the words of a question."""
    kept = await opened()
    one = await asked(kept)
    proposed = lifecycle.propose(one, DRAFT, "inbox.x", MIRA, NOON)
    assert isinstance(proposed, Change)
    await kept.apply(proposed)
    found = await kept.group(one.id)
    assert found is not None
    approved = lifecycle.approve(found, ADA, NOON)
    assert isinstance(approved, Change)
    await kept.apply(approved)

    log = SqlAuditLog(kept._store)
    assert [(each.deed, each.who) for each in await log.records()] == [
        ("inbox.proposed", MIRA.id),
        ("inbox.approved", ADA.id),
    ]


async def test_a_failing_record_undoes_the_decision(kept: SqlInboxStore) -> None:
    one = await asked(kept)
    await kept._store.transaction(lambda connection: connection.exec_driver_sql("delete from audit_head"))
    with pytest.raises(StoreError, match="head is missing"):
        await kept.apply(linked(one))

    found = await kept.group(one.id)
    assert found is not None
    assert found.state is State.OPEN
    assert await answers(kept) == []


async def test_cards_that_are_missing_are_ordered_again(kept: SqlInboxStore) -> None:
    """Of groups from before there was a channel, and those that failed; not of groups that are done, nor twice."""
    for number, group_id in enumerate(("aaaaaaaa", "bbbbbbbb", "cccccccc"), 1):
        await kept.add(miss(number))
        one = group(group_id)
        await kept.open_group(one, f"q{number}", card(one) if group_id == "bbbbbbbb" else None)
    await kept.claim("bbbbbbbb-0", "me", NOON)
    await kept.mark("bbbbbbbb-0", DeliveryState.FAILED, Trouble.FORBIDDEN)
    done = await kept.group("cccccccc")
    assert done is not None
    await kept.apply(linked(done))

    await kept.renew_cards("discord:901", NOON)
    await kept.renew_cards("discord:901", NOON)

    cards = [one for one in await kept.due(NOON) if one.kind is Kind.CARD]
    assert {one.id: one.state for one in cards} == {
        "aaaaaaaa-0": DeliveryState.WAITING,
        "bbbbbbbb-0": DeliveryState.CLAIMED,  # looked for before it is sent
    }
    assert {one.recipient for one in cards} == {"discord:901"}


async def test_announcements_and_the_inbox_leave_each_others_copies_alone(kept: SqlInboxStore) -> None:
    one = await asked(kept)
    announcements = SqlAnnouncementStore(kept._store)

    assert await announcements.due(NOON + DAY) == []
    assert [each.kind for each in await kept.due(NOON + DAY)] == [Kind.CARD]
    assert await kept.claim(f"{one.id}-0", "inbox", NOON)
    assert await announcements.release(NOON + DAY) == 0
    assert await kept.release(NOON + DAY) == 1


def test_every_statement_is_understood_by_postgresql() -> None:
    """No query is tied to SQLite: another database takes them as they are."""
    one, to_postgresql = group(), postgresql.insert
    phrasing = Phrasing(key="meeting.venue", locale="ta", text=WIFI["ta"])
    statements: list[ClauseElement] = [
        queries.add_item(to_postgresql, miss(nearest=None)),  # type: ignore[arg-type]
        queries.add_asker(to_postgresql, miss(), Asker(id="a")),  # type: ignore[arg-type]
        queries.ungrouped(),
        queries.add_group(one),
        queries.add_delivery(card(one)),
        queries.put_item("q", one.id),
        queries.grow(one, "q", one.fingerprint),
        queries.renew_cards("c"),
        queries.without_card(),
        queries.group(one.id),
        queries.groups((State.OPEN,)),
        queries.items_of(one.id),
        queries.askers_of(one.id),
        queries.decide(linked(one)),
        queries.forget_askers_of(one.id),
        queries.move_items(one.id, "b"),
        queries.take_over("b", 2),
        queries.count_end("d"),
        queries.forget_end("d"),
        queries.add_phrasing(to_postgresql, phrasing, NOON),  # type: ignore[arg-type]
        queries.phrasings(),
        queries.quiet("q", "a"),
        queries.touch("q"),
        queries.held("a"),
        queries.answers_to("a"),
        *queries.erase("a"),
        *queries.forget_before(NOON),
        delivery_queries.due(queries.INBOX, NOON, "owner"),
        delivery_queries.stale(queries.INBOX, NOON),
        delivery_queries.next_due(queries.INBOX, NOON),
        delivery_queries.next_correction(queries.INBOX, NOON),
        delivery_queries.release(queries.INBOX, NOON),
    ]

    for statement in statements:
        assert str(statement.compile(dialect=PGDialect()))  # type: ignore[no-untyped-call]
