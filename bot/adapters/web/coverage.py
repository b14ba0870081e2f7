"""The coverage board as a page: written on the server, complete without JavaScript, made anew at most once a minute."""

import html
import importlib.resources
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from string import Template

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.adapters.web.door import Door
from bot.adapters.web.options import DOOR
from bot.adapters.web.readers import reader_locale
from bot.core import messages
from bot.core.coverage import Board, Cell, Counts
from bot.core.locales import LANGUAGES
from bot.core.messages import Message
from bot.core.models import Review

_KEPT = 60.0  # seconds
_STATES: Mapping[Review, Message] = {
    Review.SOURCE: messages.COVERAGE_SOURCE,
    Review.REVIEWED: messages.COVERAGE_REVIEWED,
    Review.UNREVIEWED: messages.COVERAGE_UNREVIEWED,
    Review.OUTDATED: messages.COVERAGE_OUTDATED,
    Review.MISSING: messages.COVERAGE_MISSING,
}
_COUNTS = (messages.COVERAGE_ASKED, messages.COVERAGE_ANSWERED, messages.COVERAGE_MISSED)
_SHARES = (
    messages.COVERAGE_RIGHT,
    messages.COVERAGE_OFFERED,
    messages.COVERAGE_WRONG,
    messages.COVERAGE_UNANSWERED,
)


def coverage_handler(board: Callable[[], Awaitable[Board]]) -> Handler:
    """Args: `board` gives it as it is now."""
    template = Template(
        importlib.resources.files("bot.adapters.web").joinpath("static/coverage.html").read_text("utf-8")
    )
    kept: dict[str, tuple[float, str]] = {}  # by locale: until when, and the page

    async def page(request: web.Request) -> web.Response:
        locale, now = reader_locale(request), time.monotonic()
        until, text = kept.get(locale, (0.0, ""))
        if until <= now:
            text = _page(template, await board(), request.app[DOOR], locale)
            kept[locale] = now + _KEPT, text
        response = web.Response(text=text, content_type="text/html", headers={"Vary": "Accept-Language"})
        response.enable_compression()
        return response

    return page


def _page(template: Template, board: Board, door: Door, locale: str) -> str:
    def say(message: Message) -> str:
        return html.escape(door.say(locale, message))

    return template.substitute(
        locale=door.spoken(locale),
        title=say(messages.COVERAGE_TITLE),
        intro=say(messages.COVERAGE_INTRO),
        accuracy=say(messages.COVERAGE_ACCURACY),
        percent=say(messages.COVERAGE_PERCENT),
        accuracy_rows="\n".join(_accuracy_rows(board, say)),
        rows="\n".join(_rows(board, say)),
    )


_Say = Callable[[Message], str]


def _accuracy_rows(board: Board, say: _Say) -> Iterator[str]:
    headings = "".join(f'<th scope="col">{say(message)}</th>' for message in _SHARES)
    yield f'<thead><tr><th scope="col">{say(messages.COVERAGE_LANGUAGE)}</th>{headings}</tr></thead><tbody>'
    for locale, one in board.accuracy.items():
        shares = "".join(f"<td>{share:.1f}</td>" for share in (one.right, one.offered, one.wrong, one.missed))
        yield f"<tr>{_language(locale, 'row')}{shares}</tr>"
    yield "</tbody>"


def _rows(board: Board, say: _Say) -> Iterator[str]:
    first = (messages.COVERAGE_QUESTION, messages.COVERAGE_AS_OF, messages.COVERAGE_AGE)
    headings = "".join(f'<th scope="col">{say(message)}</th>' for message in first)
    headings += "".join(_language(locale, "col") for locale in board.locales)
    states = {state: say(message) for state, message in _STATES.items()}
    counts = [say(message) for message in _COUNTS]
    yield f"<thead><tr>{headings}</tr></thead><tbody>"
    for row in board.rows:
        cells = "".join(_cell(row.cells[locale], states, counts) for locale in board.locales)
        named = f"{html.escape(row.question)}<br><code>{html.escape(row.entry)}</code>"
        question = f'<th class="question" scope="row" lang="en">{named}</th>'
        yield f"<tr>{question}<td>{html.escape(row.as_of)}</td><td>{row.age}</td>{cells}</tr>"
    yield "</tbody>"


def _language(locale: str, scope: str) -> str:
    return f'<th scope="{scope}" lang="{locale}">{html.escape(LANGUAGES[locale].autonym)}</th>'


def _cell(cell: Cell, states: Mapping[Review, str], names: list[str]) -> str:
    return f'<td class="{cell.state}">{states[cell.state]}{_counted(cell.counts, names)}</td>'


def _counted(counts: Counts, names: list[str]) -> str:
    """Each number with its name: read aloud, three bare numbers would mean nothing."""
    shown = zip(names, (counts.asked, counts.answered, counts.missed), strict=True)
    return "".join(f"<br>{name}: {number}" for name, number in shown if number is not None)
