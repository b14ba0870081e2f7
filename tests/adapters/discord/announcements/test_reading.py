"""What readers of an announcement see, in their own language."""

import pytest

from tests.adapters.discord.announcements.conftest import Hall, shown, text_of
from tests.adapters.discord.announcements.test_moderating import menu_id, sent
from tests.adapters.discord.conftest import ClientLocale
from tests.adapters.discord.test_controls import labels
from tests.adapters.discord.worlds import mark


@pytest.mark.parametrize("client", ["id", "th", "vi", "ja"])
async def test_opens_at_once_in_the_readers_language(hall: Hall, client_locale: ClientLocale, client: str) -> None:
    """Of the client, for a reader who has chosen nothing; only they see it."""
    await sent(hall, hall.news)
    client_locale.client = client

    read = await hall.alice.click(hall.posts(hall.news)[0], label="Read in my language")

    assert read.ephemeral
    assert mark(client, "Room change") in text_of(read)


async def test_offers_every_language_by_its_own_name(hall: Hall) -> None:
    """Also languages that no Discord client has."""
    await sent(hall, hall.news)
    read = await hall.alice.click(hall.posts(hall.news)[0], label="Read in my language")

    read = await hall.alice.select(shown(read), ["my"], custom_id=menu_id(shown(read), "ain"))

    assert mark("my", "This session moves to another room.") in text_of(read)


async def test_still_works_after_a_restart(hall: Hall) -> None:
    await sent(hall, hall.news)
    post = hall.posts(hall.news)[0]

    await hall.env.restart_bot()
    read = await hall.alice.click(post, label="Read in my language")

    assert "GX 分科会" in text_of(read)


async def test_reminds_by_direct_message_in_the_readers_language(hall: Hall, client_locale: ClientLocale) -> None:
    """Once, at the chosen moment."""
    await sent(hall, hall.news)
    client_locale.client = "th"
    asked = await hall.alice.click(hall.posts(hall.news)[0], label="Remind me")
    await hall.alice.select(shown(asked), ["15"])

    hall.clock.advance(hours=4, minutes=14)  # 14:14 in Tokyo
    await hall.deliver()
    assert hall.direct_messages(hall.alice) == []
    hall.clock.advance(minutes=1)
    await hall.deliver()
    await hall.deliver()

    messages = [one.content for one in hall.direct_messages(hall.alice)]
    assert len(messages) == 1
    assert messages[0].startswith(mark("th", "You asked me to remind you of this:"))


async def test_mentions_people_in_the_channel_when_their_direct_messages_are_closed(hall: Hall) -> None:
    """Only this one person is notified."""
    await sent(hall, hall.news)
    asked = await hall.alice.click(hall.posts(hall.news)[0], label="Remind me")
    await hall.alice.select(shown(asked), ["0"])
    hall.close_direct_messages(hall.alice)

    hall.clock.advance(hours=4, minutes=30)
    await hall.deliver()
    await hall.deliver()

    last = hall.posts(hall.news)[-1]
    assert last.content.startswith(f"<@{hall.alice.id}> ")
    assert len(hall.posts(hall.news)) == 2


async def test_a_cancelled_reminder_does_not_come(hall: Hall) -> None:
    await sent(hall, hall.news)
    asked = await hall.alice.click(hall.posts(hall.news)[0], label="Remind me")
    chosen = await hall.alice.select(shown(asked), ["60"])

    await hall.alice.click(shown(chosen), label="Do not remind me")
    hall.clock.advance(hours=4, minutes=30)
    await hall.deliver()

    assert hall.direct_messages(hall.alice) == []


async def test_offers_no_reminder_when_the_time_is_over(hall: Hall) -> None:
    await sent(hall, hall.news)
    hall.clock.advance(days=1)

    read = await hall.alice.click(hall.posts(hall.news)[0], label="Read in my language")

    assert "Remind me" not in labels(shown(read))


async def test_shows_the_current_text_however_old_the_post_is(hall: Hall) -> None:
    """What is read comes from the store, not from the message."""
    await sent(hall, hall.news)
    post = hall.posts(hall.news)[0]
    form = await hall.mira.context_menu(hall.news, "Edit announcement", post)
    await hall.mira.submit_modal(form, {"session": "GX", "place": "ຫ້ອງ 9", "time": "2024-10-29 15:00"})

    read = await hall.alice.click(post, label="Read in my language")

    assert "ຫ້ອງ 9" in text_of(read)
