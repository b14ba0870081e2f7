"""The shipped knowledge base on (simulated) Discord: what a participant really sees."""

import datetime
from collections.abc import Callable

import pytest

from bot.adapters.discord.client import DiscordClient, DiscordOptions, build_client
from bot.adapters.encoder import NanoEncoder
from bot.core.answering import Answering
from bot.core.snapshot import Snapshot
from tests.adapters.discord.conftest import Place
from tests.adapters.discord.worlds import MemoryStore


class RealClock:
    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC)


@pytest.fixture
def build(
    store: MemoryStore, options: DiscordOptions, shipped_snapshot: Snapshot, shipped_encoder: NanoEncoder
) -> Callable[[], DiscordClient]:
    answering = Answering(shipped_snapshot, store=store, clock=RealClock(), encoder=shipped_encoder)
    return lambda: build_client(answering, store, options)


@pytest.mark.parametrize(
    ("question", "period"),
    [
        pytest.param("On which days did the 6th meeting take place?", "29–30 October 2024", id="en"),
        pytest.param("第6回会合はいつ開催されましたか", "2024年10月29～30日", id="ja"),
        pytest.param("Pertemuan ke-6 diadakan tanggal berapa?", "29–30 Oktober 2024", id="id"),
        pytest.param("การประชุมครั้งที่ 6 จัดขึ้นวันที่เท่าไร", "29–30 ตุลาคม 2024 (พ.ศ. 2567)", id="th"),
    ],
)
async def test_a_question_is_answered_in_its_language(place: Place, question: str, period: str) -> None:
    await place.alice.send(place.channel, f"{place.me} {question}")

    (reply,) = place.from_bot()
    assert period in reply.content
    assert "METI" in reply.content


async def test_a_follow_up_is_read_in_the_light_of_the_question_before(place: Place) -> None:
    await place.alice.send(place.channel, f"{place.me} การประชุมครั้งที่ 6 จัดขึ้นวันที่เท่าไร")
    await place.alice.send(place.channel, f"{place.me} แล้วใครเป็นเจ้าภาพ")

    assert "MLIT" in place.from_bot()[-1].content
