"""From a question that nobody could answer to the answer in everyone's own language, step by step as on Discord."""

from typing import Any

import discord
import pytest

from bot.core.inbox.models import State
from tests.adapters.discord.announcements.conftest import shown, text_of
from tests.adapters.discord.announcements.test_moderating import menu_id
from tests.adapters.discord.conftest import ClientLocale
from tests.adapters.discord.inbox.conftest import Office
from tests.adapters.discord.test_controls import labels
from tests.adapters.discord.worlds import DATES, mark
from tests.core.inbox.worlds import PARKING, WIFI

TYPED = {
    "question": "Is there Wi-Fi at the venue?",
    "answer": "Yes, on 7 floors from 2024-10-29.",
    "source": "Notes for delegates\nMLIT",
    "url": "https://www.mlit.go.jp/notes.html",
    "date": "2024-10-01",
}


async def propose(office: Office, **typed: str) -> Any:
    """Mira answers the question on the newest card."""
    form = await office.mira.click(office.posts(office.cards)[-1], label="Answer")
    return await office.mira.submit_modal(form, TYPED | typed)


async def test_three_scripts_one_card_one_answer_for_each_asker_in_their_language(office: Office) -> None:
    """The whole way: asked in Khmer, Tamil and Japanese, answered by a moderator, approved by an admin."""
    await office.ask_everyone()

    (card,) = office.posts(office.cards)
    assert "Asked 3 times" in card.content
    assert "Khmer: 1 · Tamil: 1 · Japanese: 1" in card.content
    assert "Nearest entry (21%): Where was the meeting?" in card.content
    assert all(text.replace("-", "\\-") in card.content for text in WIFI.values())
    assert "3 people are waiting for the answer." in card.content

    page = await propose(office)
    assert "An admin other than you has to approve the entry." in text_of(page)
    await office.settle()
    (card,) = office.posts(office.cards)
    assert "Waiting for approval" in card.content
    assert "https://www.mlit.go.jp/notes.html" in card.content
    assert all(office.direct_messages(asker) == [] for asker in office.askers.values())

    page = await office.ada.click(card, label="Approve")
    assert "Approved." in text_of(page)
    await office.settle()

    for locale, asker in office.askers.items():
        (answer,) = office.direct_messages(asker)
        assert answer.content.startswith(
            mark(locale, "You asked a question that I could not answer. A moderator has the answer:")
        )
        # Nobody has translated it yet: the English original, and a notice in the asker's language.
        assert mark(locale, "There is no text in this language yet.") in answer.content
        assert "Yes, on 7 floors from 29 October 2024." in answer.content
        assert "MLIT" in answer.content
    assert "3 people have received the answer." in office.posts(office.cards)[0].content
    assert len(office.posts(office.lobby)) == 3  # what each was told at once, and nothing more


async def test_everyone_is_told_what_will_happen_and_can_decline(office: Office) -> None:
    await office.ask_everyone()
    told = office.posts(office.lobby)
    assert mark("km", "If a moderator finds an answer, I will send it to you.") in told[0].content

    declined = await office.askers["km"].click(told[0], label=mark("km", "Do not write to me"))
    other = await office.askers["km"].click(told[1], label=mark("ta", "Do not write to me"))
    assert text_of(declined) == mark("km", "I will not write to you about this question.")
    assert other.response is not None
    await office.mira.slash(office.lobby, "inbox link", question=await group_id(office), entry="meeting.venue")
    await office.settle()

    assert office.direct_messages(office.askers["km"]) == []
    assert len(office.direct_messages(office.askers["ta"])) == 1


async def group_id(office: Office) -> str:
    (group,) = await office.world.kept.groups()
    return group.id


async def test_an_existing_entry_answers_in_each_language_and_proposes_phrasings(office: Office) -> None:
    """Nothing is added to the knowledge base by itself."""
    before = {path.name: path.read_bytes() for path in office.world.folder.rglob("*.yaml")}
    await office.ask_everyone()
    page = await office.mira.click(office.posts(office.cards)[0], label="Existing entry")
    await office.mira.select(shown(page), ["meeting.dates"], custom_id=menu_id(shown(page), "ilinkto"))
    await office.settle()

    for locale, asker in office.askers.items():
        (answer,) = office.direct_messages(asker)
        assert mark(locale, "It was held in Tokyo on 1 November 2024.") in answer.content
        assert mark(locale, "Translation not yet reviewed by a native speaker.") in answer.content
    file = await office.mira.slash(office.lobby, "inbox phrasings")
    text = (await shown(file).attachments[0].read()).decode()
    assert text.count("  meeting.dates:") == 3
    assert "# knowledge/phrasings/ta.meeting.yaml" in text
    assert all(wording in text for wording in WIFI.values())
    assert before == {path.name: path.read_bytes() for path in office.world.folder.rglob("*.yaml")}


async def test_the_answer_can_show_its_sources_also_after_a_restart(office: Office) -> None:
    await office.ask_everyone()
    await office.mira.slash(office.lobby, "inbox link", question=await group_id(office), entry="meeting.venue")
    await office.settle()
    await office.restart()

    asker = office.askers["ta"]
    sources = await asker.user.click(office.direct_messages(asker)[0], label=mark("ta", "Sources"))

    assert "https://www.mlit.go.jp/a_b_c.html" in text_of(sources)


async def test_closed_direct_messages_get_the_answer_where_they_asked(office: Office) -> None:
    """Only this one person is notified."""
    office.close_direct_messages(office.askers["ta"])
    await office.ask_everyone()
    await office.mira.slash(office.lobby, "inbox link", question=await group_id(office), entry="meeting.dates")
    await office.settle()

    last = office.posts(office.lobby)[-1]
    assert last.content.startswith(f"<@{office.askers['ta'].id}> ")
    assert mark("ta", "It was held in Tokyo on 1 November 2024.") in last.content
    assert len(office.posts(office.lobby)) == 4


async def test_who_asked_privately_is_never_answered_in_public(office: Office, client_locale: ClientLocale) -> None:
    """The reply was only for them, as its language came from their client: so is the answer, or there is none."""
    client_locale.client = "vi"
    asker = office.askers["ja"]
    office.close_direct_messages(asker)
    answer = await asker.slash(office.lobby, "ask", question="မေးခွန်း")
    await asker.click(shown(answer), label=mark("vi", "No"))
    await office.settle()
    await office.mira.slash(office.lobby, "inbox link", question=await group_id(office), entry="meeting.venue")
    before = len(office.posts(office.lobby))
    await office.settle()

    assert len(office.posts(office.lobby)) == before
    assert "1 person could not be reached." in office.posts(office.cards)[0].content


async def test_no_and_none_of_these_land_in_the_inbox_too(office: Office) -> None:
    """With the words, the language and the answer that did not help."""
    asker = office.askers["ja"]
    assert office.env.bot.user is not None
    await asker.send(office.lobby, f"<@{office.env.bot.user.id}> {DATES['ja']}")
    said = await asker.click(office.posts(office.lobby)[-1], label=mark("ja", "No"))
    assert mark("ja", "If a moderator finds an answer, I will send it to you.") in text_of(said)
    other = office.askers["ta"]
    choice = await other.slash(office.lobby, "ask", question="meeting")
    await other.click(shown(choice), label="None of these")
    await office.settle()

    first, second = office.posts(office.cards)
    assert DATES["ja"] in first.content
    assert "Nearest entry (90%): When was the meeting?" in first.content
    assert "English: meeting" in second.content


@pytest.mark.parametrize("text", ["weather forecast", ""])
async def test_courtesy_is_no_promise(office: Office, text: str) -> None:
    """Only what was not answered lands in the inbox."""
    await office.askers["ja"].slash(office.lobby, "ask", question=text or DATES["ja"])
    await office.settle()

    assert office.posts(office.cards) == []


async def test_asking_again_does_not_bring_a_second_answer(office: Office) -> None:
    """The person is one, the question counts twice."""
    await office.ask_everyone()
    await office.ask_everyone()
    assert "Asked 6 times" in office.posts(office.cards)[0].content
    await office.mira.slash(office.lobby, "inbox link", question=await group_id(office), entry="meeting.venue")
    await office.settle()
    await office.settle()

    assert [len(office.direct_messages(asker)) for asker in office.askers.values()] == [1, 1, 1]


async def test_a_source_is_mandatory_and_faults_are_kind(office: Office) -> None:
    """Every fault is named, and what was typed is still in the form."""
    await office.ask_everyone()
    page = await propose(office, source="MLIT", url="www.mlit.go.jp", date="١ أكتوبر")

    lines = [line for line in text_of(page).splitlines() if line.startswith("•")]
    assert len(lines) == 3
    assert "the title and the publisher on two lines" in lines[0]
    form = await office.mira.click(shown(page), label="Answer")
    page = await office.mira.submit_modal(form, TYPED)
    assert "An admin other than you" in text_of(page)


async def test_what_the_knowledge_base_would_refuse_cannot_be_proposed(office: Office) -> None:
    """By the reader that loads it."""
    await office.ask_everyone()
    page = await propose(office, answer="It is in {nowhere}.")

    assert "The knowledge base does not accept this:" in text_of(page)
    assert "{nowhere}" in text_of(page)
    assert not (office.world.folder / "inbox.yaml").exists()
    assert (await office.world.kept.groups())[0].state is State.OPEN


async def test_nobody_approves_their_own_entry_nor_without_being_an_admin(office: Office) -> None:
    await office.ask_everyone()
    form = await office.ada.click(office.posts(office.cards)[0], label="Answer")
    await office.ada.submit_modal(form, TYPED)
    await office.settle()
    card = office.posts(office.cards)[0]

    own = await office.ada.click(card, label="Approve")
    moderator = await office.noor.click(card, label="Approve")
    participant = await office.askers["km"].click(card, label="Approve")

    assert "You wrote this entry." in text_of(own)
    assert "Only admins can do this." in text_of(moderator)
    assert "Only admins can do this." in text_of(participant)


async def test_the_second_of_two_moderators_is_told(office: Office) -> None:
    """And sees how it is now; nothing happens twice."""
    await office.ask_everyone()
    card = office.posts(office.cards)[0]
    await propose(office)

    late = await office.noor.click(card, label="Not for us")

    assert "Somebody else has decided meanwhile." in text_of(late)
    assert "Is there Wi-Fi at the venue?" in text_of(late)


async def test_not_for_us_asks_once_and_forgets_who_asked(office: Office) -> None:
    await office.ask_everyone()
    asked = await office.mira.click(office.posts(office.cards)[0], label="Not for us")
    assert "Are you sure" in text_of(asked)
    await office.mira.click(shown(asked), label="Not for us")
    await office.settle()

    card = office.posts(office.cards)[0]
    assert "State: Not for us" in card.content
    assert labels(card) == ["In my language"]
    assert await office.world.kept.export(f"discord:{office.askers['km'].id}") == []


async def test_a_duplicate_joins_the_other_card(office: Office) -> None:
    await office.ask_everyone(WIFI)
    await office.ask_everyone(PARKING)
    page = await office.mira.click(office.posts(office.cards)[1], label="Duplicate")
    (wanted,) = [one.id for one in await office.world.kept.groups() if one.id in office.posts(office.cards)[0].content]
    await office.mira.select(shown(page), [wanted], custom_id=menu_id(shown(page), "imerge"))
    await office.settle()

    first, second = office.posts(office.cards)
    assert "Asked 6 times" in first.content
    assert "State: Duplicate" in second.content


async def test_a_moderator_reads_the_card_in_their_own_language(office: Office, client_locale: ClientLocale) -> None:
    """Also the names of the languages that were asked in."""
    await office.ask_everyone()
    client_locale.client = "th"

    page = await office.noor.click(office.posts(office.cards)[0], label="In my language")

    assert "เขมร: 1" in text_of(page)
    assert mark("th", "Answer") in labels(shown(page))


async def test_the_list_shows_moderators_what_waits(office: Office) -> None:
    """And nobody else."""
    await office.ask_everyone()
    listed = await office.mira.slash(office.lobby, "inbox list")
    refused = await office.askers["km"].click(office.posts(office.cards)[0], label="Existing entry")

    assert f"{await group_id(office)}: asked 3 times" in text_of(listed)
    opened = await office.mira.select(shown(listed), [await group_id(office)])
    assert "Khmer: 1" in text_of(opened)
    assert text_of(refused) == "Only moderators can do this."


async def test_a_moderator_of_another_server_learns_nothing(office: Office) -> None:
    await office.ask_everyone()
    elsewhere = office.env.create_guild()
    everything = discord.Permissions(manage_messages=True, manage_guild=True)
    admins = elsewhere.create_role("admins", permissions=everything)
    stranger = elsewhere.add_member(office.env.create_user("stranger"), roles=[admins])

    refused = await stranger.slash(elsewhere.create_text_channel("lobby"), "inbox list")

    assert text_of(refused) == "You are not permitted to do this here."


async def test_cards_are_posted_once_whatever_happens(office: Office) -> None:
    """Also when the bot restarts between any two steps."""
    await office.ask_everyone()
    await office.restart()
    await office.settle()
    await office.restart()
    await office.settle()

    assert len(office.posts(office.cards)) == 1
