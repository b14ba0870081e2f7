"""The nouns of announcements. Plain immutable values."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.announcements.templates import FREE_TEXT, FREE_TEXT_GRACE, TEMPLATES, Slot
from bot.core.facts import Moment


class State(enum.StrEnum):
    """Where an announcement is in its life; `bot.core.announcements.lifecycle` has the ways between them."""

    DRAFT = "draft"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    PARTLY_FAILED = "partly_failed"  # at least one channel did not get it
    MISSED = "missed"  # the bot was away, and when it was back no copy was worth sending
    RETRACTED = "retracted"
    DISCARDED = "discarded"  # a draft thrown away; kept for the record


class DeliveryState(enum.StrEnum):
    """Where one copy is. CLAIMED says that it may have been sent: only a look at the channel can tell."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"  # not sent, on purpose: withdrawn, too late, or no longer wanted


class Kind(enum.StrEnum):
    """What a delivery is for."""

    POST = "post"
    REPEAT = "repeat"  # the same post once more, some minutes before the announced time
    REMINDER = "reminder"  # to one person who asked for it
    REPORT = "report"  # to the moderators: what failed or came too late
    # Of the inbox, see bot.core.inbox: these are copies of a group of questions.
    CARD = "card"  # to the moderators: what was asked and not answered
    ANSWER = "answer"  # to one person who asked
    CORRECTION = "correction"  # to one person, of an answer that they follow; see bot.core.following


class Trouble(enum.StrEnum):
    """Why a copy is not there."""

    FORBIDDEN = "forbidden"
    GONE = "gone"
    LATE = "late"
    REFUSED = "refused"
    UNSURE = "unsure"  # it may have arrived, and the channel cannot be read back
    RETRACTED = "retracted"
    UNWANTED = "unwanted"  # a person cancelled their reminder


class Deed(enum.StrEnum):
    """What somebody, or the bot itself, did to an announcement."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    SENT = "sent"
    EDITED = "edited"
    RETRACTED = "retracted"
    RETRIED = "retried"
    DISCARDED = "discarded"
    MISSED = "missed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Words:
    """A moderator's own text in one language."""

    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What an announcement says.

    Args:
        template: Id of a template, or FREE_TEXT.
        values: What fills the template's slots, as typed; the time is in `time`.
        texts: For FREE_TEXT: the moderator's words by locale, the original language first.
        time: When what is announced happens; None when nothing happens at a time.
    """

    template: str
    values: Mapping[Slot, str] = field(default_factory=dict)
    texts: Mapping[str, Words] = field(default_factory=dict)
    time: Moment | None = None

    @property
    def grace(self) -> timedelta:
        return FREE_TEXT_GRACE if self.template == FREE_TEXT else TEMPLATES[self.template].grace


@dataclass(frozen=True, slots=True)
class Target:
    """A channel to post in; `locale` is its language, None for the server's default."""

    channel: str
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When to send: at a moment, or some minutes before the announced time, which may still move."""

    at: datetime | None = None
    minutes_before: int | None = None

    def due(self, time: Moment | None) -> datetime | None:
        """None when it refers to an announced time that there is not."""
        if self.minutes_before is None:
            return self.at
        return time.at - timedelta(minutes=self.minutes_before) if time else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One announcement, whatever became of it.

    Args:
        id: Short, unique; moderators see it.
        server: Where it belongs, platform-qualified (`discord:123`).
        original: The language that the moderator writes in, and that stands in for missing ones.
        zone: IANA name of the zone in which times are written and shown.
        version: Counts changes; a change names the version it was made on, so no two overwrite each other.
        words_by, aimed_by: Who last changed its words, and its channels or role; neither of them can approve it.
        role: The one role to ping, None for none.
        repeats: Minutes before the announced time at which the post is repeated.
        corrected_at, retracted_at: Shown on every copy; None when that did not happen.
    """

    id: str
    server: str
    content: Content
    original: str
    zone: str
    author: str
    version: int = 1
    state: State = State.DRAFT
    targets: tuple[Target, ...] = ()
    role: str | None = None
    schedule: Schedule | None = None
    repeats: tuple[int, ...] = ()
    words_by: str | None = None
    aimed_by: str | None = None
    approved_by: str | None = None
    created_at: datetime
    corrected_at: datetime | None = None
    retracted_at: datetime | None = None

    @property
    def published(self) -> bool:
        """Somebody may have read it."""
        return self.state in (State.SENDING, State.SENT, State.PARTLY_FAILED, State.RETRACTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One copy for one channel or person.

    Args:
        id: Unique, at most 20 characters: it is the nonce, and stands in the copy's buttons, so the copy can be
            recognised in its channel.
        announcement: Id of what this is a copy of: an announcement, or for cards and answers a group of questions, for
            a correction what somebody follows.
        recipient: The channel (`discord:456`) or, for a reminder, an answer and a correction, the person
            (`discord:123`).
        locale: The copy's language; None for the server's default.
        due_at: When it is to be sent. Copies of one channel are sent in this order.
        fallback: For a reminder or an answer whose person takes no direct messages: the channel to mention them in.
        minutes_before: For repeats and reminders: they move with the announced time.
        place, message_id: Where the copy stands, once it does.
        shown: The version of the announcement that the copy shows; 0 when it must be looked at.
    """

    id: str
    announcement: str
    kind: Kind
    recipient: str
    locale: str | None
    due_at: datetime
    state: DeliveryState = DeliveryState.WAITING
    fallback: str | None = None
    fell_back: bool = False
    minutes_before: int | None = None
    owner: str | None = None
    claimed_at: datetime | None = None
    attempts: int = 0
    retry_at: datetime | None = None
    place: str | None = None
    message_id: str | None = None
    shown: int = 0
    trouble: Trouble | None = None

    @property
    def lane(self) -> str:
        """Copies of one lane are sent one after the other."""
        return self.fallback if self.fell_back and self.fallback else self.recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One line of the audit log. `who` is platform-qualified, or `bot`."""

    at: datetime
    who: str
    deed: Deed
    announcement: str
    version: int
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who wants to do something, what they may do, and in which server."""

    id: str
    moderator: bool
    approver: bool
    server: str
