"""What moderators do, step by step as on Discord, and what everyone else is refused."""

import json
from typing import Any

import discord
import pytest

from bot.adapters.discord.announcements.controls import FORMS, HANDLERS, OPENERS, Touch
from bot.adapters.discord.announcements.visitors import Visitor
from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.readers import Reader
from bot.core.announcements.models import Actor, Announcement
from tests.adapters.discord.announcements.conftest import Hall, Rules, shown, text_of
from tests.adapters.discord.conftest import ClientLocale
from tests.adapters.discord.test_controls import controls, labels
from tests.adapters.discord.worlds import mark

YAML_TEXTS = """\
ja: {title: "昼食のご案内", body: "昼食は7階です。"}
th: {title: "อาหารกลางวัน", body: "อาหารกลางวันอยู่ที่ชั้น 7"}
km: {title: "អាហារថ្ងៃត្រង់", body: "អាហារថ្ងៃត្រង់នៅជាន់ទី៧។"}
"""


FOR_READERS = {Action.NOTICE, Action.NOTICE_IN, Action.REMIND, Action.REMIND_SET, Action.REMIND_CANCEL}


def argument_of(action: Action, announcement: Announcement) -> str:
    """What a real control of this kind carries."""
    if action in (Action.COMPOSE, Action.COMPOSE_AGAIN):
        return "break|Asia/Tokyo|en"
    return f"{announcement.id}.{announcement.version}.en"


def menu_id(message: Any, action: str) -> str:
    """The custom id of the menu that does this."""
    ids = [str(item["custom_id"]) for item in controls(message)]
    return next(each for each in ids if each.startswith(f"v1:{action}:"))


def notified_roles(hall: Hall) -> list[Any]:
    """What the bot allowed to ping with each message it sent."""
    sent = [each.json for each in hall.env.http_requests if each.method == "POST" and each.path.endswith("/messages")]
    return [body["allowed_mentions"].get("roles") for body in sent if isinstance(body, dict)]


async def aimed(hall: Hall, *channels: Any, **typed: str) -> Any:
    """A draft with its channels chosen."""
    page = await hall.room_change(hall.mira, **typed)
    return await hall.mira.select(shown(page), list(channels), custom_id=menu_id(shown(page), "achan"))


async def sent(hall: Hall, *channels: Any, **typed: str) -> Any:
    page = await aimed(hall, *channels, **typed)
    page = await hall.mira.click(shown(page), label="Send now")
    await hall.deliver()
    return page


async def test_previews_a_draft_before_anything_is_sent(hall: Hall) -> None:
    """Only the moderator sees it, with what is missing."""
    page = await hall.room_change()

    assert page.ephemeral
    assert "New place: ห้องประชุม 5" in text_of(page)
    assert "No channel is chosen yet." in text_of(page)
    await hall.deliver()
    assert hall.posts(hall.news) == []


async def test_previews_every_language_as_its_readers_will_see_it(hall: Hall) -> None:
    """A menu of autonyms; the words are those of the catalog."""
    page = await hall.room_change()

    preview = await hall.mira.select(shown(page), ["km"], custom_id=menu_id(shown(page), "apre"))

    assert mark("km", "This session moves to another room.") in text_of(preview)


async def test_posts_once_in_each_chosen_channel(hall: Hall) -> None:
    await sent(hall, hall.news, hall.lobby)
    await hall.deliver()

    assert len(hall.posts(hall.news)) == 1
    assert "GX 分科会" in hall.posts(hall.news)[0].content
    assert len([one for one in hall.posts(hall.lobby) if "GX 分科会" in one.content]) == 1


async def test_names_every_fault_and_keeps_what_was_typed(hall: Hall) -> None:
    """The form comes back with what was typed in it, and leads to the draft once it is right."""
    page = await hall.room_change(session=" ", time="ตอนบ่าย")

    text = text_of(page)
    assert "Session: please fill this in." in text
    assert "I cannot read this time" in text
    assert "ตอนบ่าย" in text
    form = await hall.mira.click(shown(page), label="Edit")
    page = await hall.mira.submit_modal(form, {"session": "GX", "place": "5", "time": "๑๔:๓๐"})
    assert "Time: 29 October 2024 2:30\u202fpm" in text_of(page)


async def test_refuses_everyone_but_moderators_at_every_step(hall: Hall) -> None:
    """Also a control that somebody else was shown, or forged."""
    await sent(hall, hall.news)
    announcement = (await hall.kept.announcements(f"discord:{hall.guild.id}", 1))[0]
    client: Any = hall.env.bot
    desks = client._announcements.desks
    alice = Visitor(
        reader=Reader(asker="discord:1", conversation="discord:2:1"),
        actor=Actor("discord:1", moderator=False, approver=False, server=announcement.server),
        channel="discord:2",
        guild=None,
    )
    before = await hall.kept.announcement(announcement.id)

    for handlers in (HANDLERS, OPENERS, FORMS):
        for action, handler in handlers.items():
            if action in FOR_READERS:
                continue
            control = ControlId(action, "en", argument_of(action, announcement))
            touch = Touch(visitor=alice, control=control, values=("5",), typed={"place": "y", "time": "14:30"})
            page: Any = await handler(desks, touch)
            assert "Only moderators" in page.texts[0] or "Only approvers" in page.texts[0], action
    assert await hall.kept.announcement(announcement.id) == before
    assert len(await hall.kept.announcements(announcement.server, 9)) == 1


async def test_asks_before_it_pings_a_role_and_pings_only_that_one(hall: Hall) -> None:
    """Choosing a role is not enough: sending says whom it pings, and waits for a yes."""
    role = hall.guild.create_role("delegates", mentionable=True)
    page = await aimed(hall, hall.news)
    page = await hall.mira.select(shown(page), [role], custom_id=menu_id(shown(page), "arole"))

    page = await hall.mira.click(shown(page), label="Send now")
    await hall.deliver()
    assert f"<@&{role.id}>" in text_of(page)
    assert hall.posts(hall.news) == []

    await hall.mira.click(shown(page), label="Yes, ping delegates and send")
    await hall.deliver()
    assert hall.posts(hall.news)[0].content.startswith(f"<@&{role.id}>")
    assert [str(role.id)] in [[str(each) for each in roles or ()] for roles in notified_roles(hall)]


async def test_never_pings_what_a_moderator_typed(hall: Hall) -> None:
    """@everyone in a text is a word, and the preview says so."""
    page = await aimed(hall, hall.news, session="@everyone <@&5>")
    assert "This will not notify anyone" in text_of(page)

    await hall.mira.click(shown(page), label="Send now")
    await hall.deliver()

    assert "@everyone" not in hall.posts(hall.news)[0].content
    assert not any(notified_roles(hall))


@pytest.fixture
def approval(rules: Rules) -> None:
    rules.needs_approval = True


@pytest.mark.usefixtures("approval")
async def test_a_second_moderator_approves(rules: Rules, hall: Hall) -> None:
    """Nobody approves their own text; a change takes the approval away."""
    page = await aimed(hall, hall.news)
    assert "Send now" not in labels(shown(page))
    own = await hall.mira.click(shown(page), label="Approve")
    assert "You cannot approve your own text." in text_of(own)

    announcement = (await hall.kept.announcements(f"discord:{hall.guild.id}", 1))[0]
    seen = await hall.noor.slash(hall.lobby, "announce show", announcement=announcement.id)
    approved = await hall.noor.click(shown(seen), label="Approve")
    assert "Approved." in text_of(approved)
    await hall.noor.click(shown(approved), label="Send now")
    await hall.deliver()
    assert len(hall.posts(hall.news)) == 1


async def test_two_moderators_do_not_overwrite_each_other(hall: Hall) -> None:
    """The later one learns of it, sees the current version, and keeps what they wrote."""
    await sent(hall, hall.news)
    announcement = (await hall.kept.announcements(f"discord:{hall.guild.id}", 1))[0]
    mine = await hall.mira.slash(hall.lobby, "announce edit", announcement=announcement.id)
    theirs = await hall.noor.slash(hall.lobby, "announce edit", announcement=announcement.id)
    values = {"session": "GX", "place": "ห้อง 7", "time": "2024-10-29 15:00"}
    await hall.mira.submit_modal(mine, values)

    late = await hall.noor.submit_modal(theirs, values | {"place": "ຫ້ອງ 9"})

    assert "Somebody else has changed this announcement meanwhile." in text_of(late)
    assert "ຫ້ອງ 9" in text_of(late)
    await hall.deliver()
    assert "ห้อง 7" in hall.posts(hall.news)[0].content


async def test_an_edit_reaches_every_copy_and_says_so(hall: Hall) -> None:
    await sent(hall, hall.news, hall.lobby)
    post = hall.posts(hall.news)[0]
    form = await hall.mira.context_menu(hall.news, "Edit announcement", post)

    await hall.mira.submit_modal(form, {"session": "GX 分科会", "place": "대강당", "time": "2024-10-29 15:00"})
    await hall.deliver()

    for channel in (hall.news, hall.lobby):
        text = next(one.content for one in hall.posts(channel) if "GX" in one.content)
        assert "대강당" in text
        assert "**Corrected: 29 October 2024" in text


async def test_a_retraction_reaches_every_copy_and_every_later_reading(hall: Hall) -> None:
    await sent(hall, hall.news)
    post = hall.posts(hall.news)[0]
    asked = await hall.mira.context_menu(hall.news, "Withdraw announcement", post)
    await hall.deliver()
    assert "Withdrawn" not in hall.posts(hall.news)[0].content

    await hall.mira.click(shown(asked), label="Withdraw")
    await hall.deliver()

    copy = hall.posts(hall.news)[0]
    assert "**Withdrawn: 29 October 2024" in copy.content
    assert "~~**Room change**~~" in copy.content
    read = await hall.alice.click(copy, label="Read in my language")
    assert "Withdrawn" in text_of(read)


async def test_sends_later_and_moves_with_the_announced_time(hall: Hall) -> None:
    """Fifteen minutes before a session stays fifteen minutes before it."""
    page = await aimed(hall, hall.news)
    form = await hall.mira.click(shown(page), label="Send later")
    page = await hall.mira.submit_modal(form, {"when": "-15", "zone": "Asia/Tokyo", "repeats": ""})
    assert "2:15\u202fpm" in text_of(page)
    announcement = (await hall.kept.announcements(f"discord:{hall.guild.id}", 1))[0]
    form = await hall.mira.slash(hall.lobby, "announce edit", announcement=announcement.id)
    await hall.mira.submit_modal(form, {"session": "GX", "place": "5", "time": "2024-10-29 15:30"})

    hall.clock.advance(hours=4, minutes=20)  # 14:20 in Tokyo
    await hall.deliver()
    assert hall.posts(hall.news) == []
    hall.clock.advance(hours=1)  # 15:20
    await hall.deliver()
    assert len(hall.posts(hall.news)) == 1


async def test_reads_own_words_from_a_file(hall: Hall) -> None:
    """Languages that are missing are named before sending, and their readers get the first language with a notice."""
    file = ("texts.yaml", YAML_TEXTS.encode())
    page = await hall.mira.slash(hall.lobby, "announce new", texts=file)

    assert "No text for:" in text_of(page)
    page = await hall.mira.select(shown(page), [hall.news], custom_id=menu_id(shown(page), "achan"))
    await hall.mira.click(shown(page), label="Send now")
    await hall.deliver()
    read = await hall.alice.click(hall.posts(hall.news)[0], label="Read in my language")
    assert "The moderators have not written this in English." in text_of(read)
    assert "昼食は7階です。" in text_of(read)


async def test_lists_shows_and_exports_what_was_done(hall: Hall) -> None:
    """Who did what, as a list and as JSON lines."""
    await sent(hall, hall.news)
    post = hall.posts(hall.news)[0]
    listed = await hall.mira.slash(hall.lobby, "announce list")
    reached = await hall.mira.context_menu(hall.news, "Who was reached", post)
    history = await hall.mira.slash(hall.lobby, "announce history")

    assert "GX 分科会" in text_of(listed)
    assert "Posted in 1 channel" in text_of(reached)
    assert f"drafted (<@{hall.mira.id}>)" in text_of(history)
    data = await shown(history).attachments[0].read()
    deeds = [json.loads(line)["deed"] for line in data.decode().splitlines()]
    assert deeds == ["drafted", "edited", "sent", "sent"]


async def test_a_channel_that_refuses_is_reported_and_can_be_retried(hall: Hall) -> None:
    """The other channel has its copy at once; the moderator is told by direct message."""
    assert hall.env.bot.user is not None
    silenced: dict[Any, discord.PermissionOverwrite] = {
        hall.env.bot.user: discord.PermissionOverwrite(send_messages=False)
    }
    closed = hall.guild.create_text_channel("closed", overwrites=silenced)
    page = await aimed(hall, hall.news, closed)
    assert "I may not write or read back" in text_of(page)
    await hall.mira.click(shown(page), label="Send now")
    await hall.deliver()
    await hall.deliver()

    assert len(hall.posts(hall.news)) == 1
    announcement = (await hall.kept.announcements(f"discord:{hall.guild.id}", 1))[0]
    page = await hall.mira.slash(hall.lobby, "announce show", announcement=announcement.id)
    assert "Not delivered everywhere" in text_of(page)
    assert "I am not allowed to write there" in text_of(page)
    assert "Try again" in labels(shown(page))


async def test_speaks_to_moderators_in_their_language(hall: Hall, client_locale: ClientLocale) -> None:
    """The form and the page are in the language of the moderator's client."""
    client_locale.client = "th"
    page = await hall.room_change()

    assert mark("th", "Send now") in labels(shown(page))


async def test_forms_are_answered_also_after_a_restart(hall: Hall) -> None:
    """A form that was open while the bot restarted is not lost."""
    form = await hall.mira.slash(hall.lobby, "announce new", template="room-change")
    await hall.env.restart_bot()

    page = await hall.mira.submit_modal(form, {"session": "GX", "place": "7", "time": "14:30"})

    assert "New place: 7" in text_of(page)


async def test_asks_before_a_later_ping_as_well(hall: Hall) -> None:
    """Also when the moderator leaves the time open, which sends at once."""
    role = hall.guild.create_role("delegates", mentionable=True)
    page = await aimed(hall, hall.news)
    page = await hall.mira.select(shown(page), [role], custom_id=menu_id(shown(page), "arole"))

    page = await hall.mira.click(shown(page), label="Send later")
    assert "Everyone with the role" in text_of(page)
    form = await hall.mira.click(shown(page), label="Yes, ping delegates and send")
    await hall.mira.submit_modal(form, {"when": "", "zone": "Asia/Tokyo", "repeats": ""})
    await hall.deliver()

    assert hall.posts(hall.news)[0].content.startswith(f"<@&{role.id}>")


async def test_names_every_fault_of_a_later_sending_and_keeps_what_was_typed(hall: Hall) -> None:
    page = await aimed(hall, hall.news)
    form = await hall.mira.click(shown(page), label="Send later")
    page = await hall.mira.submit_modal(form, {"when": "พรุ่งนี้", "zone": "Tokyo", "repeats": "99999"})

    lines = text_of(page).splitlines()
    assert [line.partition(":")[0] for line in lines if line.startswith("•")] == [
        "• Time zone",
        "• When to send",
        "• Repeat",
    ]
    assert lines[-3:] == ["พรุ่งนี้", "Tokyo", "99999"]
    form = await hall.mira.click(shown(page), label="Edit")
    page = await hall.mira.submit_modal(form, {"when": "-15", "zone": "Asia/Tokyo", "repeats": ""})
    assert "It will be sent:" in text_of(page)


@pytest.mark.parametrize("zone", ["Asia/東京", "../../etc/passwd", "Asia", "\u202eoykoT"])
async def test_a_forged_form_with_no_such_zone_writes_nothing(hall: Hall, zone: str) -> None:
    client: Any = hall.env.bot
    visitor = Visitor(
        reader=Reader(asker="discord:1", conversation="discord:2:1"),
        actor=Actor("discord:1", moderator=True, approver=True, server="discord:2"),
        channel="discord:2",
        guild=None,
    )
    control = ControlId(Action.COMPOSE, "en", f"room-change|{zone}|en")
    typed = {"session": "GX", "place": "ห้อง 5", "time": "14:30"}

    page = await client._announcements.desks.composing.composed(visitor, control, typed)

    assert page.texts == ("This announcement no longer exists.",)


async def test_a_moderator_of_another_server_finds_nothing(hall: Hall) -> None:
    """Neither by command nor with a control that names the announcement."""
    await sent(hall, hall.news)
    announcement = (await hall.kept.announcements(f"discord:{hall.guild.id}", 1))[0]
    client: Any = hall.env.bot
    stranger = Visitor(
        reader=Reader(asker="discord:1", conversation="discord:2:1"),
        actor=Actor("discord:1", moderator=True, approver=True, server="discord:2"),
        channel="discord:2",
        guild=None,
    )

    for handlers in (HANDLERS, OPENERS, FORMS):
        for action, handler in handlers.items():
            if action in FOR_READERS or action in (Action.COMPOSE, Action.COMPOSE_AGAIN, Action.HISTORY):
                continue
            control = ControlId(action, "en", argument_of(action, announcement))
            touch = Touch(visitor=stranger, control=control, values=("5",), typed={"place": "y", "time": "14:30"})
            page: Any = await handler(client._announcements.desks, touch)
            assert page.texts == ("This announcement no longer exists.",), action
    assert await hall.kept.announcement(announcement.id) == announcement
