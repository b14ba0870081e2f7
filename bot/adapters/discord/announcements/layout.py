"""Announcements as Discord messages and pages. Pure. A copy is always one message; what is longer is read on a tap."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.markup import plain
from bot.adapters.discord.offices import Voice
from bot.adapters.discord.pages import (
    MAX_CONTENT,
    Attachment,
    Button,
    ChannelMenu,
    Page,
    RoleMenu,
    Row,
    Say,
    button,
    button_rows,
    menu,
    page,
    pieces,
    usable,
)
from bot.adapters.discord.readers import channel_id
from bot.core.announcements import messages
from bot.core.announcements.announcing import REMINDERS, Overview
from bot.core.announcements.lifecycle import STATE_NAMES, Refusal
from bot.core.announcements.models import (
    Announcement,
    Content,
    Deed,
    Delivery,
    DeliveryState,
    Record,
    State,
    Trouble,
)
from bot.core.announcements.rendering import Notice
from bot.core.announcements.templates import FREE_TEXT, Slot
from bot.core.locales import LANGUAGES
from bot.core.messages import Message
from bot.core.models import Option
from bot.core.text import truncate, utf16_length

_SHORT = 600  # UTF-16 units up to which the moderator's own words stand in the public post, not only their title
_LISTED = 20
_DEEDS: Mapping[Deed, Message] = {
    Deed.DRAFTED: messages.DID_DRAFT,
    Deed.APPROVED: messages.DID_APPROVE,
    Deed.SCHEDULED: messages.DID_SCHEDULE,
    Deed.SENT: messages.DID_SEND,
    Deed.EDITED: messages.DID_EDIT,
    Deed.RETRACTED: messages.DID_RETRACT,
    Deed.RETRIED: messages.DID_RETRY,
    Deed.DISCARDED: messages.DID_DISCARD,
    Deed.MISSED: messages.DID_MISS,
    Deed.FAILED: messages.DID_FAIL,
}
_REASONS: Mapping[Trouble, Message] = {
    Trouble.FORBIDDEN: messages.REASON_FORBIDDEN,
    Trouble.GONE: messages.REASON_GONE,
    Trouble.LATE: messages.REASON_LATE,
    Trouble.REFUSED: messages.REASON_REFUSED,
    Trouble.UNSURE: messages.REASON_UNSURE,
}


def notice_text(notice: Notice, voice: Voice) -> str:
    """The whole announcement, as a reader opens it."""
    return "\n".join([*map(plain, notice.remarks), *_body(notice, voice)])


def post_text(notice: Notice, voice: Voice, *, template: str, role: str | None = None, lead: str | None = None) -> str:
    """The announcement as it stands in a channel: whole when it is short, else title and time.

    Args:
        role: A role's id; whether it is notified is for the sender of the message to say.
        lead: A line above, as in a repetition.
    """
    shown = notice
    if template == FREE_TEXT and utf16_length("\n".join(notice.lines)) > _SHORT:
        shown = _without_body(notice)
    lines = [f"<@&{role}>"] if role else []
    lines += [plain(lead)] if lead else []
    remarks = [f"-# {plain(remark)}" for remark in notice.remarks]  # Discord's small print
    return "\n".join([*lines, *_body(shown, voice), *remarks])


def named_title(content: Content, title: str) -> str:
    """A title with what the announcement is about, to tell one room change from another."""
    slots = (Slot.SESSION, Slot.SUBJECT, Slot.PLACE)
    about = next((content.values[slot] for slot in slots if slot in content.values), "")
    return f"{title}: {about}" if about else title


def read_row(delivery: Delivery, say: Say, *, remind: bool) -> tuple[Row, ...]:
    """The buttons below a copy. The first names the copy: by it a copy can be recognised in its channel."""
    announcement = delivery.announcement
    buttons = [button(say(messages.READ), ControlId(Action.NOTICE, "en", delivery.id))]
    buttons += [button(say(messages.REMIND_ME), ControlId(Action.REMIND, "en", announcement))] if remind else []
    return (tuple(buttons),)


def reading_page(
    announcement: Announcement, notice: Notice, voice: Voice, languages: Sequence[Option], *, remind: bool
) -> Page:
    """What opens on "Read in my language": the text, other languages, a reminder."""
    control = ControlId(Action.NOTICE_IN, voice.locale, announcement.id)
    others = menu(voice.say(messages.OTHER_LANGUAGES), control, tuple(languages))
    buttons = (
        (button(voice.say(messages.REMIND_ME), ControlId(Action.REMIND, voice.locale, announcement.id)),)
        if remind
        else ()
    )
    return page(notice_text(notice, voice), others, buttons)


def reminder_page(announcement: Announcement, voice: Voice, now: datetime) -> Page:
    """The moments before the announced time that are still to come."""
    time = announcement.content.time
    ahead = (time.at - now).total_seconds() / 60 if time else 0.0
    options = tuple(
        Option(
            str(minutes),
            voice.say_count(messages.REMINDER_BEFORE, minutes) if minutes else voice.say(messages.REMINDER_AT_TIME),
        )
        for minutes in REMINDERS
        if minutes < ahead
    )
    prompt = voice.say(messages.REMINDER_PROMPT if options else messages.REMINDER_TOO_LATE)
    return page(prompt, menu(prompt, ControlId(Action.REMIND_SET, voice.locale, announcement.id), options))


def reminder_set_page(announcement: Announcement, due: datetime, voice: Voice) -> Page:
    text = voice.say(messages.REMINDER_SET, time=f"{voice.moment(due, announcement.zone)} ({_clock(due, 'R')})")
    cancel = button(voice.say(messages.REMINDER_CANCEL), ControlId(Action.REMIND_CANCEL, voice.locale, announcement.id))
    return page(text, (cancel,))


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """What the page of a draft needs to know."""

    announcement: Announcement
    text: str
    warnings: tuple[Refusal, ...]
    languages: Sequence[Option]
    language_channels: bool
    needs_approval: bool


def draft_page(view: DraftView, voice: Voice, *, above: str = "") -> Page:
    """The preview with everything that can be done to the draft."""
    announcement = view.announcement
    warnings = [f"\u26a0 {plain(voice.refusal(each))}" for each in view.warnings]
    parts = [above, plain(voice.say(messages.DRAFT_HEADING, id=announcement.id)), truncate(view.text, MAX_CONTENT // 2)]
    parts += ["\n".join(warnings), plain(_state(announcement, voice))]
    rows = (
        menu(
            voice.say(messages.PREVIEW_PROMPT),
            control(Action.DRAFT_PREVIEW, announcement, voice),
            tuple(view.languages),
        ),
        ChannelMenu(
            voice.say(messages.CHANNELS_PROMPT),
            control(Action.DRAFT_CHANNELS, announcement, voice),
            tuple(channel_id(target.channel) for target in announcement.targets),
        ),
        RoleMenu(
            voice.say(messages.ROLE_PROMPT),
            control(Action.DRAFT_ROLE, announcement, voice),
            (int(announcement.role),) if announcement.role else (),
        ),
        *button_rows(_draft_buttons(view, voice)),
    )
    return Page(
        texts=pieces("\n\n".join(part for part in parts if part)), rows=usable(rows), ephemeral=True, in_place=True
    )


def control(action: Action, announcement: Announcement, voice: Voice) -> ControlId:
    return ControlId(action, voice.locale, f"{announcement.id}.{announcement.version}")


def confirm_page(text: str, sure: Button, announcement: Announcement, voice: Voice) -> Page:
    back = button(voice.say(messages.BUTTON_BACK), control(Action.DRAFT, announcement, voice))
    return page(plain(text), (sure, back), in_place=True)


def overview_page(overview: Overview, title: str, voice: Voice) -> Page:
    """An announcement that is on its way or out: how far it got, and what can be done."""
    announcement = overview.announcement
    lines = [f"**{plain(title)}** ({announcement.id})", plain(_state(announcement, voice)), *_progress(overview, voice)]
    buttons = []
    if announcement.state not in (State.RETRACTED, State.DISCARDED, State.MISSED):
        buttons = [
            button(voice.say(messages.BUTTON_EDIT), control(Action.EDIT, announcement, voice)),
            button(voice.say(messages.BUTTON_RETRACT), control(Action.RETRACT, announcement, voice)),
        ]
    if announcement.content.template == FREE_TEXT and buttons:
        buttons.append(
            button(voice.say(messages.BUTTON_ADD_LANGUAGE), control(Action.ADD_LANGUAGE, announcement, voice))
        )
    if announcement.state in (State.PARTLY_FAILED, State.MISSED):
        buttons.append(button(voice.say(messages.BUTTON_RETRY), control(Action.RETRY, announcement, voice)))
    buttons.append(button(voice.say(messages.BUTTON_HISTORY), control(Action.HISTORY, announcement, voice)))
    return page("\n".join(lines), tuple(buttons))


def list_page(rows: Iterable[tuple[Announcement, str]], voice: Voice) -> Page:
    lines = [f"`{one.id}` {plain(title)} · {plain(_state(one, voice))}" for one, title in rows]
    if not lines:
        return page(voice.say(messages.LIST_EMPTY))
    return page("\n".join([f"**{voice.say(messages.LIST_HEADING)}**", *lines[:_LISTED]]))


def history_page(records: Sequence[Record], zone: str, voice: Voice, name: str) -> Page:
    """The newest deeds, and all of them as a file of JSON lines."""
    lines = [
        voice.say(
            messages.HISTORY_LINE, time=voice.moment(one.at, zone), what=voice.say(_DEEDS[one.deed]), who=_who(one.who)
        )
        for one in records[-_LISTED:]
    ]
    parts = ["\n".join(lines) or voice.say(messages.LIST_EMPTY), voice.say(messages.HISTORY_FILE)]
    return Page(
        texts=pieces("\n\n".join(parts)),
        ephemeral=True,
        attachment=Attachment(f"{name}.jsonl", "".join(f"{record_line(one)}\n" for one in records)),
    )


def record_line(one: Record) -> str:
    """One record of the audit log as JSON."""
    values = {
        "at": one.at.isoformat(),
        "who": one.who,
        "deed": str(one.deed),
        "announcement": one.announcement,
        "version": one.version,
        "detail": dict(one.detail),
    }
    return json.dumps(values, ensure_ascii=False)


def report_text(announcement: Announcement, title: str, voice: Voice) -> str:
    message = messages.REPORT_MISSED if announcement.state is State.MISSED else messages.REPORT_FAILED
    return f"{plain(voice.say(message, id=announcement.id))}\n**{plain(title)}**"


def _body(notice: Notice, voice: Voice) -> list[str]:
    struck = "~~{}~~" if notice.withdrawn else "{}"
    lines = [f"**{plain(notice.mark)}**"] if notice.mark else []
    lines.append(struck.format(f"**{plain(notice.title)}**"))
    lines += [struck.format(plain(line)) for text in notice.lines for line in text.splitlines() if line.strip()]
    if notice.time and not notice.withdrawn:
        lines.append(
            voice.say(messages.YOUR_TIME, time=f"{_clock(notice.time.at, 'f')} ({_clock(notice.time.at, 'R')})")
        )
    return lines


def _without_body(notice: Notice) -> Notice:
    """Title and time only: the rest is behind the button."""
    return replace(notice, lines=notice.lines[1:], remarks=())


def _clock(at: datetime, style: str) -> str:
    """Discord shows this on each reader's own clock, in the language of their client."""
    return f"<t:{int(at.timestamp())}:{style}>"


def _draft_buttons(view: DraftView, voice: Voice) -> tuple[Button, ...]:
    announcement = view.announcement
    wanted: list[tuple[Message, Action]] = []
    if view.needs_approval and announcement.state is State.DRAFT:
        wanted.append((messages.BUTTON_APPROVE, Action.DRAFT_APPROVE))
    else:
        wanted += [(messages.BUTTON_SEND, Action.DRAFT_SEND), (messages.BUTTON_SCHEDULE, Action.DRAFT_LATER)]
    wanted.append((messages.BUTTON_EDIT, Action.EDIT))
    if announcement.content.template == FREE_TEXT:
        wanted.append((messages.BUTTON_ADD_LANGUAGE, Action.ADD_LANGUAGE))
    if view.language_channels:
        wanted.append((messages.LANGUAGE_CHANNELS, Action.DRAFT_LANGUAGE_CHANNELS))
    wanted.append((messages.BUTTON_DISCARD, Action.DRAFT_DISCARD))
    return tuple(button(voice.say(message), control(action, announcement, voice)) for message, action in wanted)


def _state(announcement: Announcement, voice: Voice) -> str:
    due = announcement.schedule.due(announcement.content.time) if announcement.schedule else None
    time = voice.moment(due, announcement.zone) if due else ""
    return voice.say(STATE_NAMES[announcement.state], time=time)


def _progress(overview: Overview, voice: Voice) -> list[str]:
    reached = {one.recipient for one in overview.copies(DeliveryState.SENT)}  # repetitions reach no further channel
    lines = [voice.say_count(messages.REACHED, len(reached))]
    waiting = len(overview.copies(DeliveryState.WAITING, DeliveryState.CLAIMED))
    lines += [voice.say_count(messages.STILL_TO_COME, waiting)] if waiting else []
    for one in overview.copies(DeliveryState.FAILED, DeliveryState.DROPPED):
        if reason := _REASONS.get(one.trouble) if one.trouble else None:
            channel = f"<#{channel_id(one.recipient)}>"
            lines.append(voice.say(messages.FAILED_IN, channel=channel, reason=voice.say(reason)))
    lines += [
        voice.say_count(messages.READINGS, count, language=LANGUAGES[locale].autonym)
        for locale, count in sorted(overview.readings.items())
        if locale in LANGUAGES
    ]
    lines += [voice.say_count(messages.REMINDERS_SET, overview.reminders)] if overview.reminders else []
    return lines


def _who(who: str) -> str:
    platform, _, number = who.partition(":")
    return f"<@{number}>" if number else platform
