"""The coverage board as a reader and their screen reader get it."""

import datetime

import pytest
import regex
from aiohttp.test_utils import TestClient, TestServer

from bot.adapters.web.server import build_app
from bot.core.catalog import Catalogs
from bot.core.coverage import Accuracy, Board, Demanded, make_board
from tests.adapters.discord.worlds import knowledge
from tests.adapters.web.conftest import GENEROUS, Client, all_well
from tests.adapters.web.standin import MarkedWords, StandIn

pytestmark = pytest.mark.asyncio
FIGURES = {"km": Accuracy(66.9, 21.0, 5.2, 6.9)}
DEMAND = [Demanded("meeting.nasty", "my", 40, 20), Demanded("meeting.venue", "my", 3, 0)]


class Counted:
    """Counts how often the board was made."""

    def __init__(self) -> None:
        self.made = 0

    async def __call__(self) -> Board:
        self.made += 1
        return make_board(knowledge(), Catalogs({}, {}), DEMAND, FIGURES, datetime.date(2024, 11, 11))


async def get(board: Counted, *languages: str, bot: StandIn | None = None) -> list[str]:
    app = build_app(bot or StandIn(), all_well, GENEROUS, board=board)
    client: Client = TestClient(TestServer(app, host="127.0.0.1"))
    async with client:
        responses = [await client.get("/coverage", headers={"Accept-Language": tag}) for tag in languages]
        assert {response.status for response in responses} == {200}
        return [await response.text() for response in responses]


async def test_shows_every_entry_and_only_what_may_be_counted() -> None:
    (text,) = await get(Counted(), "en")

    rows = regex.findall(r"<tr><th class=\"question\".*?</tr>", text, regex.DOTALL)
    assert len(rows) == len(knowledge().entries)
    assert "meeting.nasty" in rows[0]
    assert "Asked: 40<br>Answered: 20<br>Missed: 20" in rows[0]
    assert text.count("Asked: ") == 1
    assert "<td>66.9</td><td>21.0</td><td>5.2</td><td>6.9</td>" in text


async def test_is_made_once_a_minute_for_each_language() -> None:
    board = Counted()
    texts = await get(board, "th", "th", "ja", "th")

    assert board.made == 2
    assert texts[0] == texts[3] != texts[2]


async def test_every_word_comes_from_the_catalog() -> None:
    """But for the questions, which are in English and say so."""
    bot = StandIn()
    bot.catalogs = Catalogs({"th": MarkedWords()}, {})
    (text,) = await get(Counted(), "th", bot=bot)

    body = text.partition("<body>")[2]
    foreign = regex.sub(r"<th[^>]* scope=\"\w+\" lang=\"\w+\">.*?</th>", "", body, flags=regex.DOTALL)
    words = regex.sub(r"⟦.*?⟧|<[^>]*>", "", foreign, flags=regex.DOTALL)
    assert regex.findall(r"\p{L}+", words) == []


async def test_a_question_never_becomes_markup() -> None:
    """Editors may write what they like."""
    base = knowledge()
    (text,) = await get(Counted(), "en")
    assert "Who is @everyone?" in text
    assert "<script" not in text
    assert base.entries["meeting.nasty"].question in text


async def test_tables_say_what_their_rows_and_columns_are() -> None:
    (text,) = await get(Counted(), "my")

    for table in regex.findall(r"<table.*?</table>", text, regex.DOTALL):
        assert "aria-labelledby" in table
        headings = len(regex.findall(r'scope="col"', table))
        cells = {len(regex.findall("<t[hd]", row)) for row in regex.findall("<tr>.*?</tr>", table, regex.DOTALL)}
        assert cells == {headings}
