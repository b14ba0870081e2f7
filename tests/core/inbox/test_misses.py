"""Which questions come into the inbox, through the one door."""

import pytest

from bot.core.answering import Answering
from bot.core.errors import StoreError
from bot.core.inbox.misses import Asked, missed
from bot.core.inbox.models import Asker, Cause, Miss
from bot.core.models import Abstention, Candidate, Question, Reason, Reply
from tests.adapters.discord.worlds import MemoryStore, make_answering
from tests.core.inbox.worlds import NOON, WIFI


class Basket:
    """Implements `Misses`; `broken` takes nothing."""

    def __init__(self) -> None:
        self.taken: list[Miss] = []
        self.broken = False

    async def take(self, miss: Miss) -> None:
        if self.broken:
            raise StoreError("disk full")
        self.taken.append(miss)


@pytest.fixture
def basket() -> Basket:
    return Basket()


@pytest.fixture
def answering(basket: Basket) -> Answering:
    return make_answering(MemoryStore(), unanswered=(WIFI,), misses=basket)


def question(text: str = WIFI["ta"], *, reachable: bool = True) -> Question:
    return Question(
        text=text,
        asker="discord:7",
        conversation="discord:1:7",
        platform="discord",
        reachable=reachable,
        place="discord:1",
    )


async def test_a_question_without_an_answer_is_kept_with_what_came_near(answering: Answering, basket: Basket) -> None:
    reply = await answering.ask(question())

    (miss,) = basket.taken
    assert (miss.id, miss.text, miss.locale, miss.cause) == (reply.question_id, WIFI["ta"], "ta", Cause.ABSTAINED)
    assert (miss.nearest, miss.probability, miss.others) == ("meeting.venue", 0.21, ("meeting.dates",))
    assert miss.asker == Asker(id="discord:7", channel="discord:1")
    assert reply.promise is not None
    assert reply.promise in reply.plain


async def test_nothing_is_promised_to_whom_nobody_can_write(answering: Answering, basket: Basket) -> None:
    """On the web a question counts, and that is all."""
    reply = await answering.ask(question(reachable=False))

    assert [miss.asker for miss in basket.taken] == [None]
    assert reply.promise is None


async def test_nothing_is_promised_that_could_not_be_kept(answering: Answering, basket: Basket) -> None:
    basket.broken = True

    reply = await answering.ask(question())

    assert (reply.outcome, reply.promise) == ("abstain", None)


@pytest.mark.parametrize(
    ("reason", "kept"),
    [(Reason.NO_MATCH, True), (Reason.OUT_OF_SCOPE, True), (Reason.COURTESY, False), (Reason.EMPTY, False)],
)
def test_courtesy_and_nothing_to_read_are_no_promise(reason: Reason, kept: bool) -> None:
    reply = Reply(locale="th", text="...", outcome="abstain", question_id="q1")

    assert (missed(question(), Abstention(reason), reply, NOON) is not None) is kept


async def test_an_answer_that_did_not_help_is_kept_with_its_key(answering: Answering, basket: Basket) -> None:
    asked = question("การประชุมจัดขึ้นเมื่อไหร่")
    reply = await answering.ask(asked)
    assert basket.taken == []

    said = await answering.feedback(str(reply.question_id), False, "th", Asked(asked, reply))

    (miss,) = basket.taken
    assert (miss.cause, miss.nearest, miss.text) == (Cause.UNHELPFUL, "meeting.dates", asked.text)
    assert len(said.splitlines()) == 2


async def test_an_answer_that_helped_is_not(answering: Answering, basket: Basket) -> None:
    reply = await answering.ask(question("การประชุมจัดขึ้นเมื่อไหร่"))
    await answering.feedback(str(reply.question_id), True, "th", Asked(question(), reply))

    assert basket.taken == []


async def test_after_a_restart_a_refusal_still_counts(answering: Answering, basket: Basket) -> None:
    """Without the words, which nobody knows any more; who speaks is known."""
    await answering.refuse("q-before", "km", None, Asked(question("")))

    (miss,) = basket.taken
    assert (miss.cause, miss.text, miss.nearest, miss.locale) == (Cause.REFUSED, None, None, "km")
    assert miss.asker == Asker(id="discord:7", channel="discord:1")


def test_a_private_reply_is_followed_by_a_private_answer() -> None:
    reply = Reply(locale="vi", text="...", outcome="abstain", question_id="q1", locale_from_client=True)
    miss = missed(question(), Abstention(Reason.NO_MATCH, (Candidate("a.b", 0.1),)), reply, NOON)

    assert miss is not None
    assert miss.asker == Asker(id="discord:7", channel=None)
