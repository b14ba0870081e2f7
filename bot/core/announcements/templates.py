"""The announcement templates: fixed sentences that translators have seen, and labelled lines for what a moderator
fills in. A name is never put inside a sentence: no language has to decline it.

A new template is one item in `TEMPLATES` with its messages.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.core.messages import Message


class Slot(enum.StrEnum):
    """What a moderator fills in. The values name the slots in texts, stored announcements and files."""

    SESSION = "session"
    SUBJECT = "subject"
    TIME = "time"
    PLACE = "place"
    DESTINATION = "destination"
    PERSON = "person"
    NUMBER = "number"
    LINK = "link"


# Translators: lines of an announcement, each a label and what the moderator wrote. The moderator's words stay as typed.
_SESSION = Message("announcement.line.session", "Session: {session}")
_SUBJECT = Message("announcement.line.subject", "Subject: {subject}")
_TIME = Message("announcement.line.time", "Time: {time}")
_NEW_TIME = Message("announcement.line.new-time", "New time: {time}")
_PLANNED = Message("announcement.line.planned", "Planned for: {time}")
_RESUMES = Message("announcement.line.resumes", "We continue at: {time}")
_DEPARTURE = Message("announcement.line.departure", "Departure: {time}")
_DEADLINE = Message("announcement.line.deadline", "Deadline: {time}")
_PLACE = Message("announcement.line.place", "Place: {place}")
_NEW_PLACE = Message("announcement.line.new-place", "New place: {place}")
_FROM = Message("announcement.line.from", "From: {place}")
_TO = Message("announcement.line.to", "To: {destination}")
_MEETING_POINT = Message("announcement.line.meeting-point", "Meeting point: {place}")
_SPEAKER = Message("announcement.line.speaker", "Speaker: {person}")
_CONTACT = Message("announcement.line.contact", "Contact: {person}")
_FREE_PLACES = Message("announcement.line.number", "Free places: {number}")
_LINK = Message("announcement.line.link", "Link: {link}")


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled line of an announcement; shown when its slot is filled."""

    slot: Slot
    text: Message
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A kind of announcement.

    Args:
        id: Its stable name, stored with every announcement made from it.
        title, lead: Heading and sentence; no placeholders.
        lines: At most five: Discord's modals have no more inputs.
        grace: How long after it was due it is still worth sending, when the bot was down meanwhile.
    """

    id: str
    title: Message
    lead: Message
    lines: tuple[Line, ...]
    grace: timedelta

    @property
    def has_time(self) -> bool:
        return any(line.slot is Slot.TIME for line in self.lines)


_SOON = timedelta(minutes=15)
_TODAY = timedelta(hours=4)
_DAYS = timedelta(days=2)

_ALL = (
    Template(
        id="session-start",
        # Translators: heading and sentence of an announcement. Polite, short, as on a board in a conference centre.
        title=Message("announcement.session-start.title", "Session starting"),
        lead=Message("announcement.session-start.lead", "This session is about to start. Please take your seats."),
        lines=(Line(Slot.SESSION, _SESSION), Line(Slot.TIME, _TIME), Line(Slot.PLACE, _PLACE, required=False)),
        grace=_SOON,
    ),
    Template(
        id="room-change",
        title=Message("announcement.room-change.title", "Room change"),
        lead=Message("announcement.room-change.lead", "This session moves to another room."),
        lines=(
            Line(Slot.SESSION, _SESSION),
            Line(Slot.PLACE, _NEW_PLACE),
            Line(Slot.TIME, _TIME, required=False),
        ),
        grace=_TODAY,
    ),
    Template(
        id="schedule-change",
        title=Message("announcement.schedule-change.title", "Schedule change"),
        lead=Message("announcement.schedule-change.lead", "The time of this session has changed."),
        lines=(
            Line(Slot.SESSION, _SESSION),
            Line(Slot.TIME, _NEW_TIME),
            Line(Slot.PLACE, _PLACE, required=False),
        ),
        grace=_TODAY,
    ),
    Template(
        id="speaker-change",
        title=Message("announcement.speaker-change.title", "Speaker change"),
        lead=Message("announcement.speaker-change.lead", "Another person will speak in this session."),
        lines=(
            Line(Slot.SESSION, _SESSION),
            Line(Slot.PERSON, _SPEAKER),
            Line(Slot.TIME, _TIME, required=False),
            Line(Slot.PLACE, _PLACE, required=False),
        ),
        grace=_TODAY,
    ),
    Template(
        id="break",
        title=Message("announcement.break.title", "Break"),
        lead=Message("announcement.break.lead", "There is a break now. Please be back in time."),
        lines=(Line(Slot.TIME, _RESUMES), Line(Slot.PLACE, _PLACE, required=False)),
        grace=_SOON,
    ),
    Template(
        id="transport",
        title=Message("announcement.transport.title", "Transport"),
        lead=Message("announcement.transport.lead", "Please be at the place of departure a few minutes early."),
        lines=(
            Line(Slot.TIME, _DEPARTURE),
            Line(Slot.PLACE, _FROM),
            Line(Slot.DESTINATION, _TO),
            Line(Slot.PERSON, _CONTACT, required=False),
        ),
        grace=_SOON,
    ),
    Template(
        id="deadline",
        title=Message("announcement.deadline.title", "Deadline"),
        lead=Message("announcement.deadline.lead", "Please note this deadline."),
        lines=(
            Line(Slot.SUBJECT, _SUBJECT),
            Line(Slot.TIME, _DEADLINE),
            Line(Slot.LINK, _LINK, required=False),
            Line(Slot.PERSON, _CONTACT, required=False),
        ),
        grace=_DAYS,
    ),
    Template(
        id="result",
        title=Message("announcement.result.title", "Results"),
        lead=Message("announcement.result.lead", "The results are available now."),
        lines=(
            Line(Slot.SUBJECT, _SUBJECT),
            Line(Slot.LINK, _LINK, required=False),
            Line(Slot.PERSON, _CONTACT, required=False),
        ),
        grace=_DAYS,
    ),
    Template(
        id="welcome",
        title=Message("announcement.welcome.title", "Welcome"),
        lead=Message(
            "announcement.welcome.lead",
            "Welcome! We are glad that you are here. Ask the bot about the meeting in your own language at any time.",
        ),
        lines=(
            Line(Slot.PLACE, _PLACE, required=False),
            Line(Slot.TIME, _TIME, required=False),
            Line(Slot.PERSON, _CONTACT, required=False),
            Line(Slot.LINK, _LINK, required=False),
        ),
        grace=_DAYS,
    ),
    Template(
        id="reminder",
        title=Message("announcement.reminder.title", "Reminder"),
        lead=Message("announcement.reminder.lead", "We would like to remind you of the following."),
        lines=(
            Line(Slot.SUBJECT, _SUBJECT),
            Line(Slot.TIME, _TIME),
            Line(Slot.PLACE, _PLACE, required=False),
            Line(Slot.LINK, _LINK, required=False),
        ),
        grace=_TODAY,
    ),
    Template(
        id="cancellation",
        title=Message("announcement.cancellation.title", "Cancellation"),
        lead=Message("announcement.cancellation.lead", "This session will not take place. We apologise."),
        lines=(
            Line(Slot.SESSION, _SESSION),
            Line(Slot.TIME, _PLANNED, required=False),
            Line(Slot.PERSON, _CONTACT, required=False),
            Line(Slot.LINK, _LINK, required=False),
        ),
        grace=_DAYS,
    ),
    Template(
        id="seats",
        title=Message("announcement.seats.title", "Places available"),
        lead=Message("announcement.seats.lead", "There are still free places. Please register if you wish to join."),
        lines=(
            Line(Slot.SESSION, _SESSION),
            Line(Slot.NUMBER, _FREE_PLACES),
            Line(Slot.TIME, _TIME, required=False),
            Line(Slot.PLACE, _PLACE, required=False),
            Line(Slot.LINK, _LINK, required=False),
        ),
        grace=_TODAY,
    ),
    Template(
        id="survey",
        title=Message("announcement.survey.title", "Your opinion"),
        lead=Message("announcement.survey.lead", "Please tell us what you think. It takes only a few minutes."),
        lines=(
            Line(Slot.LINK, _LINK),
            Line(Slot.SUBJECT, _SUBJECT, required=False),
            Line(Slot.TIME, _DEADLINE, required=False),
        ),
        grace=_DAYS,
    ),
    Template(
        id="emergency",
        title=Message("announcement.emergency.title", "Urgent safety notice"),
        lead=Message(
            "announcement.emergency.lead",
            "Please stay calm, follow the instructions of the staff and go to the meeting point.",
        ),
        lines=(
            Line(Slot.PLACE, _MEETING_POINT),
            Line(Slot.SUBJECT, _SUBJECT, required=False),
            Line(Slot.PERSON, _CONTACT, required=False),
            Line(Slot.LINK, _LINK, required=False),
        ),
        grace=_SOON,
    ),
)
TEMPLATES: Mapping[str, Template] = {template.id: template for template in _ALL}
FREE_TEXT = "text"  # stands where a template's id stands, for announcements in a moderator's own words
FREE_TEXT_GRACE = _TODAY
