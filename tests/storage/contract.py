"""What every store promises. An implementation subclasses StoreContract and gives it the fixture `open_store_at`."""

import asyncio
import datetime
from collections.abc import Awaitable, Callable

import pytest

from bot.core.errors import StoreError
from bot.core.ports import OutcomeRecord, Store

# Opens the same, initially empty, database at each call; what it opened is closed after the test.
OpenStore = Callable[[], Awaitable[Store]]
# The same with a clock that stands still, or the true one.
OpenStoreAt = Callable[[datetime.datetime | None], Awaitable[Store]]

NOON = datetime.datetime(2026, 11, 10, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
TEXTS = {
    "thai": "เมืองใดบ้างที่อยู่ในเครือข่าย น้ำ?",
    "khmer": "តើទីក្រុងណាខ្លះនៅក្នុងបណ្តាញ?",
    "burmese": "ဘယ်မြို့တွေ ပါဝင်သလဲ။",
    "tamil": "எந்த நகரங்கள் உள்ளன?",
    "lao": "ເມືອງໃດຢູ່ໃນເຄືອຂ່າຍ?",
    "japanese": "加盟都市はどこですか?",
    "chinese": "有哪些城市?𠮷",
    "vietnamese, decomposed": "Tha\u0300nh pho\u0302\u0301 na\u0300o?",
    "emoji": "👩🏽‍💻 🇹🇭",
    "quotes": '\'; DROP TABLE outcomes; --\n\t"%s" ?1 :a',
    "empty": "",
}
in_every_script = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())


def outcome(question_id: str = "q1", *, text: str | None = None, asked_at: datetime.datetime = NOON) -> OutcomeRecord:
    return OutcomeRecord(
        id=question_id,
        asked_at=asked_at,
        outcome="abstention" if text is not None else "answer",
        key="cities.list",
        probability=0.93,
        locale="th",
        platform="discord",
        milliseconds=41,
        text=text,
    )


class LanguageContract:
    async def test_knows_no_language_before_one_is_chosen(self, open_store: OpenStore) -> None:
        """A person who never chose has no stored language."""
        store = await open_store()

        assert await store.language_of("discord:1") is None

    async def test_keeps_the_latest_choice_of_each_person(self, open_store: OpenStore) -> None:
        """Choosing again replaces the first choice, and only one's own."""
        store = await open_store()

        await store.choose_language("discord:1", "th")
        await store.choose_language("discord:2", "ja")
        await store.choose_language("discord:1", "pt-PT")

        assert await store.language_of("discord:1") == "pt-PT"
        assert await store.language_of("discord:2") == "ja"

    async def test_no_preference_removes_the_choice(self, open_store: OpenStore) -> None:
        """None takes the choice back; doing so twice is fine."""
        store = await open_store()
        await store.choose_language("discord:1", "km")

        await store.choose_language("discord:1", None)
        await store.choose_language("discord:1", None)

        assert await store.language_of("discord:1") is None

    async def test_remembers_a_choice_after_a_restart(self, open_store: OpenStore) -> None:
        """What was chosen before the store closed is there when it opens again."""
        store = await open_store()
        await store.choose_language("discord:1", "my")
        await store.close()

        reopened = await open_store()

        assert await reopened.language_of("discord:1") == "my"

    @in_every_script
    async def test_tells_askers_apart_in_every_script(self, open_store: OpenStore, text: str) -> None:
        """An id is opaque: whatever it is made of, it comes back to the same person."""
        store = await open_store()

        await store.choose_language("console:" + text, "ta")

        assert await store.language_of("console:" + text) == "ta"
        assert await store.language_of("console:" + text + "x") is None

    async def test_takes_text_that_is_not_valid_unicode(self, open_store: OpenStore) -> None:
        """JSON can smuggle in half a surrogate pair, or a NUL; neither may fail a question."""
        store = await open_store()

        await store.choose_language("web:\ud83d\x00", "id")
        await store.record_outcome(outcome(text="\udfff?\x00"))

        assert await store.language_of("web:\ud83d\x00") == "id"


class OutcomeContract:
    async def test_keeps_the_text_of_an_unanswered_question(self, open_store: OpenStore) -> None:
        """A text given with an outcome is kept until it is forgotten."""
        store = await open_store()

        await store.record_outcome(outcome(text="ใครเป็นเจ้าภาพ"))

        assert await store.forget_before(NOON + DAY) == 1

    async def test_keeps_the_same_id_once(self, open_store: OpenStore) -> None:
        """A retry after an uncertain failure must not count twice."""
        store = await open_store()

        await store.record_outcome(outcome(text="one"))
        await store.record_outcome(outcome(text="two"))

        assert await store.forget_before(NOON + DAY) == 1

    async def test_knows_what_was_asked(self, open_store: OpenStore) -> None:
        store = await open_store()
        await store.record_outcome(outcome("q១"))

        assert await store.was_asked("q១")
        assert not await store.was_asked("q1")

    async def test_takes_feedback_twice_and_for_unknown_questions(self, open_store: OpenStore) -> None:
        """People press both buttons, and buttons outlive records."""
        store = await open_store()
        await store.record_outcome(outcome())

        await store.record_feedback("q1", helpful=True)
        await store.record_feedback("q1", helpful=False)
        await store.record_feedback("nobody asked this", helpful=True)

    async def test_refuses_a_record_that_is_not_a_number(self, open_store: OpenStore) -> None:
        """A faulty record is an error, not mistaken for one that is already kept."""
        store = await open_store()
        faulty = OutcomeRecord(
            id="q1",
            asked_at=NOON,
            outcome="answer",
            key=None,
            probability=float("nan"),
            locale="en",
            platform="web",
            milliseconds=1,
        )

        with pytest.raises(StoreError):
            await store.record_outcome(faulty)


class ForgettingContract:
    async def test_forgets_only_texts_asked_before_the_moment(self, open_store: OpenStore) -> None:
        """The retention period counts from asking; the moment itself is not before it."""
        store = await open_store()
        for days in range(5):
            await store.record_outcome(outcome(f"q{days}", text="?", asked_at=NOON + days * DAY))

        assert await store.forget_before(NOON + 2 * DAY) == 2
        assert await store.forget_before(NOON + 2 * DAY) == 0
        assert await store.forget_before(NOON + 9 * DAY) == 3

    async def test_compares_moments_across_time_zones(self, open_store: OpenStore) -> None:
        """Noon in Bangkok is five in the morning in UTC."""
        store = await open_store()
        bangkok = datetime.timezone(datetime.timedelta(hours=7))
        await store.record_outcome(outcome(text="?", asked_at=NOON.replace(tzinfo=bangkok)))

        assert await store.forget_before(NOON.replace(hour=5)) == 0
        assert await store.forget_before(NOON.replace(hour=5, second=1)) == 1

    async def test_a_refused_choice_is_as_old_as_its_question(self, open_store: OpenStore) -> None:
        """Pressing "none of these" weeks later does not keep the text for longer."""
        store = await open_store()
        await store.record_outcome(outcome("q1"))

        await store.mark_unanswered("q1", "どこで開催?")

        assert await store.forget_before(NOON) == 0
        assert await store.forget_before(NOON + DAY) == 1

    async def test_a_text_once_known_is_not_lost_to_a_second_refusal(self, open_store: OpenStore) -> None:
        """After a restart the adapter no longer knows the text; the store still does."""
        store = await open_store()
        await store.record_outcome(outcome("q1", text="mana?"))

        await store.mark_unanswered("q1", None)
        await store.mark_unanswered("q2, which has no outcome", None)

        assert await store.forget_before(NOON + DAY) == 1


class ClaimContract:
    async def test_gives_each_message_to_one_caller(self, open_store: OpenStore) -> None:
        """The second claim loses, also after a restart; other messages and platforms are not concerned."""
        store = await open_store()

        assert await store.claim_message("discord", "discord:7", "100")
        assert not await store.claim_message("discord", "discord:7", "100")
        assert not await store.claim_message("discord", "discord:8", "100")
        assert await store.claim_message("discord", "discord:7", "101")
        assert await store.claim_message("telegram", "telegram:7", "100")
        await store.close()

        assert not await (await open_store()).claim_message("discord", "discord:7", "100")

    async def test_two_stores_claiming_at_once_never_both_win(self, open_store: OpenStore) -> None:
        """An old and a new process overlap during a deployment."""
        stores = [await open_store(), await open_store()]
        messages = [str(number) for number in range(40)]

        claims = await asyncio.gather(
            *(store.claim_message("discord", "c", message) for message in messages for store in stores)
        )

        pairs = list(zip(claims[::2], claims[1::2], strict=True))
        assert all(sorted(pair) == [False, True] for pair in pairs)

    async def test_knows_which_claims_have_no_reply_yet(self, open_store: OpenStore) -> None:
        """After a crash between claim and reply; not those of long ago, nor of other platforms."""
        store = await open_store()
        for platform, message in (("discord", "99"), ("discord", "100"), ("discord", "8"), ("telegram", "7")):
            await store.claim_message(platform, "discord:7", message)
        await store.mark_answered("discord", "100")
        await store.mark_answered("discord", "nobody's")

        now = datetime.datetime.now(datetime.UTC) + DAY
        assert await store.unanswered_claims("discord", now - 2 * DAY, now) == [("discord:7", "8"), ("discord:7", "99")]
        assert await store.unanswered_claims("discord", now, now + DAY) == []

    async def test_finds_the_newest_message_of_each_channel(self, open_store: OpenStore) -> None:
        """Newest is the greatest number, not the last claimed, nor the last in a dictionary."""
        store = await open_store()
        for message in ("999999999999999999", "1299999999999999999", "1300000000000000000", "1299999999999999998"):
            await store.claim_message("discord", "discord:7", message)
        await store.claim_message("discord", "discord:8", "99999999999999999999")

        assert await store.last_message("discord:7") == "1300000000000000000"
        assert await store.last_message("discord:8") == "99999999999999999999"
        assert await store.last_message("discord:9") is None

    async def test_lists_channels_by_their_newest_message(self, open_store: OpenStore) -> None:
        """Catching up begins where people talk now; numbers count as numbers, and other platforms do not."""
        store = await open_store()
        for channel, message in (("a", "100"), ("a", "7"), ("b", "99"), ("c", "101"), ("c", "8"), ("b", "98")):
            await store.claim_message("discord", channel, message)
        await store.claim_message("telegram", "d", "5000")

        assert await store.claimed_channels("discord", 9) == ["c", "a", "b"]
        assert await store.claimed_channels("discord", 2) == ["c", "a"]
        assert await store.claimed_channels("matrix", 9) == []


class JobContract:
    async def test_gives_a_daily_job_to_one_of_all_processes(self, open_store: OpenStore) -> None:
        """Each day anew, and each job for itself."""
        stores = [await open_store() for _ in range(3)]

        claims = await asyncio.gather(*(store.claim_job("forget", NOON.date()) for store in stores * 5))

        assert sum(claims) == 1
        assert await stores[0].claim_job("ส่งรายงาน", NOON.date())
        assert await stores[0].claim_job("forget", (NOON + DAY).date())

    async def test_a_finished_job_stays_finished(self, open_store: OpenStore) -> None:
        """After a restart too; finishing what nobody claimed does nothing."""
        store = await open_store()
        await store.claim_job("forget", NOON.date())
        await store.finish_job("forget", NOON.date())
        await store.finish_job("never begun", NOON.date())
        await store.close()

        reopened = await open_store()

        assert not await reopened.claim_job("forget", NOON.date())
        assert await reopened.claim_job("never begun", NOON.date())

    async def test_a_job_whose_process_died_is_given_to_another(self, open_store_at: OpenStoreAt) -> None:
        """Not at once, as it may only be slow; and never when it was finished."""
        first = await open_store_at(NOON)
        await first.claim_job("forget", NOON.date())
        await first.claim_job("finished", NOON.date())
        await first.finish_job("finished", NOON.date())

        soon, later = await open_store_at(NOON + 0.5 * HOUR), await open_store_at(NOON + 2 * HOUR)

        assert not await soon.claim_job("forget", NOON.date())
        assert await later.claim_job("forget", NOON.date())
        assert not await later.claim_job("forget", NOON.date())
        assert not await later.claim_job("finished", NOON.date())


class LifeContract:
    async def test_check_passes_while_open_and_leaves_no_trace(self, open_store: OpenStore) -> None:
        """Readiness is asked every few seconds."""
        store = await open_store()

        await store.check()
        await store.check()

        assert await store.last_message("") is None

    async def test_a_closed_store_says_so(self, open_store: OpenStore) -> None:
        """Late work during a shutdown gets a StoreError; closing twice is fine."""
        store = await open_store()

        await store.close()
        await store.close()

        for late in (store.language_of("a"), store.claim_message("a", "b", "c"), store.check()):
            with pytest.raises(StoreError, match="closed"):
                await late

    async def test_a_cancelled_call_does_not_harm_the_next(self, open_store: OpenStore) -> None:
        """People leave, timeouts strike: whatever was under way, the store goes on."""
        store = await open_store()
        for yields in range(12):
            claim = asyncio.create_task(store.claim_message("discord", "c", str(yields)))
            for _ in range(yields):
                await asyncio.sleep(0)
            claim.cancel()
            await asyncio.gather(claim, return_exceptions=True)

        assert await store.claim_message("discord", "c", "1000")

    async def test_many_questions_at_once_all_get_through(self, open_store: OpenStore) -> None:
        """A question a second is usual; a hundred at once is a plenary session."""
        store = await open_store()

        await asyncio.gather(*(store.record_outcome(outcome(f"q{n}", text="?")) for n in range(100)))

        assert await store.forget_before(NOON + DAY) == 100


class StoreContract(LanguageContract, OutcomeContract, ForgettingContract, ClaimContract, JobContract, LifeContract):
    """All of it."""

    @pytest.fixture
    def open_store(self, open_store_at: OpenStoreAt) -> OpenStore:
        return lambda: open_store_at(None)
