"""What the core asks of the world. Implementations live outside; each passes the contract suite of its port."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRecord:
    """One handled question as it is kept.

    Args:
        id: Random, also the reference a person can quote.
        key: Of the answer, or of the first choice; None when there was neither.
        text: Kept only for unanswered questions, deleted after the retention period; None for answered ones.
        milliseconds: From receiving the question to the reply being ready.
    """

    id: str
    asked_at: datetime.datetime
    outcome: str
    key: str | None
    probability: float
    locale: str
    platform: str
    milliseconds: int
    text: str | None = None


class Stage(StrEnum):
    """What a question goes through, in this order."""

    FOLD = "fold"
    LOOK_UP = "look_up"  # the asker's stored language
    IDENTIFY = "identify"
    RANK = "rank"  # what is left of waiting for the encoder, which began with the look-up
    RENDER = "render"
    RECORD = "record"


class Observer(Protocol):
    """Is told what happens, so that operators can see inside. Every method is quick, from any thread, and never raises.

    Nothing about a person and no text reaches it.
    """

    def answered(self, *, outcome: str, locale: str, platform: str, seconds: float) -> None:
        """A question had a reply, of one of the outcomes of `Reply`, after so many seconds."""
        ...

    def shed(self, platform: str) -> None:
        """A question was declined, or left alone, because there were too many."""
        ...

    def took(self, stage: Stage, seconds: float) -> None:
        """One question spent so long in one stage."""
        ...

    def ranked(self, *, texts: int, seconds: float) -> None:
        """So many texts were encoded and ranked in one call."""
        ...

    def remembered(self) -> None:
        """A text did not have to be ranked: it had been before, or just was."""
        ...

    def store_failed(self) -> None:
        """State could not be read or written; the reader got a reply all the same."""
        ...

    def requested(self, service: str, status: int, seconds: float) -> None:
        """A request to a service such as `discord` was answered with an HTTP status; 0 when it was not answered."""
        ...


class Clock(Protocol):
    """Tells the time; simulated in tests."""

    def now(self) -> datetime.datetime:
        """Aware, in UTC."""
        ...


class Store(Protocol):
    """Keeps state. Every method raises StoreError when it could not be done, and may then be called again."""

    async def language_of(self, asker: str) -> str | None:
        """The person's stored choice; None without one."""
        ...

    async def choose_language(self, asker: str, locale: str | None) -> None:
        """Store a choice; None removes it ("no preference")."""
        ...

    async def record_outcome(self, record: OutcomeRecord) -> None:
        """Keep one outcome; the same id twice is kept once."""
        ...

    async def was_asked(self, question_id: str) -> bool:
        """There is an outcome of this id."""
        ...

    async def record_feedback(self, question_id: str, helpful: bool) -> None:
        """Keep the latest Yes or No for an outcome; an unknown id is ignored."""
        ...

    async def mark_unanswered(self, question_id: str, text: str | None) -> None:
        """A choice was refused ("none of these"): keep it as unanswered, with its text when still known."""
        ...

    async def claim_message(self, platform: str, channel: str, message_id: str) -> bool:
        """True for exactly one caller per message: who gets True answers it. Survives restarts.

        Args:
            platform: Where `message_id` is unique, for example `discord`.
            channel: Under which `last_message` finds it; opaque, unique over all platforms (`discord:456`).
            message_id: As the platform gives it, without leading zeros where it is a number.
        """
        ...

    async def mark_answered(self, platform: str, message_id: str) -> None:
        """The reply to a claimed message stands, or none is to come."""
        ...

    async def unanswered_claims(
        self, platform: str, since: datetime.datetime, before: datetime.datetime
    ) -> Sequence[tuple[str, str]]:
        """Channel and id of messages claimed from `since` until `before` and not marked: a crash may have come between
        claim and reply. The oldest first.
        """
        ...

    async def last_message(self, channel: str) -> str | None:
        """The id of the newest claimed message of a channel; None when none was ever claimed there.

        The newest has the numerically greatest id, in whatever order they were claimed.
        """
        ...

    async def claimed_channels(self, platform: str, limit: int) -> Sequence[str]:
        """Channels of a platform in which messages were claimed, the one with the newest message first."""
        ...

    async def forget_before(self, moment: datetime.datetime) -> int:
        """Delete texts of unanswered questions asked before `moment`; returns how many."""
        ...

    async def claim_job(self, name: str, day: datetime.date) -> bool:
        """True for one caller a day, of all processes: who gets True does the job, then calls `finish_job`.

        Who does not finish within an hour has died, or failed: the next caller gets True.
        """
        ...

    async def finish_job(self, name: str, day: datetime.date) -> None:
        """A claimed job is done; nobody gets it again."""
        ...

    async def check(self) -> None:
        """Prove that the store can be written to, or raise StoreError."""
        ...

    async def close(self) -> None: ...


# Topics of notices.
OUTBOX = "outbox"  # something is to be sent
KNOWLEDGE = "knowledge"  # there is another version of the knowledge base


class Notices(Protocol):
    """Tells the processes that share the store that something has changed there; what, they read in the store.

    A notice can be late, doubled or about nothing, but is not lost: who was cut off is told to look when it is back.
    """

    def publish(self, topic: str) -> None:
        """Tell all subscribers, here at once and elsewhere in a moment. After the transaction; waits for nothing."""
        ...

    def subscribe(self, topic: str, on_notice: Callable[[], None]) -> None:
        """Call `on_notice`, in the event loop, at each notice; it must be quick and not raise."""
        ...


class Encoder(Protocol):
    """Turns text into a vector whose direction is its meaning, the same for all languages."""

    @property
    def name(self) -> str:
        """Names model and version; vectors of different names must not be mixed."""
        ...

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit-length row per text. Blocking, CPU-bound: call it off the event loop. Raises EncoderError."""
        ...
