"""The web application: routes and the order of their guards."""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from bot.adapters.web import handlers
from bot.adapters.web.coverage import coverage_handler
from bot.adapters.web.door import Door
from bot.adapters.web.faults import answer_faults
from bot.adapters.web.guards import add_headers, limit_rate, limit_time, refuse_other_origins, trace
from bot.adapters.web.metrics import Metrics, metrics_handler
from bot.adapters.web.options import DOOR, OPTIONS, RATE_LIMIT, READINESS, Readiness, WebOptions
from bot.adapters.web.page import asset_handler, file_handler, page_handler
from bot.adapters.web.rate_limit import RateLimit
from bot.core.coverage import Board

__all__ = ["Metrics", "Readiness", "WebOptions", "build_app"]


async def _no_board() -> Board:
    return Board((), (), {})


def build_app(
    answering: Door,
    readiness: Readiness,
    options: WebOptions,
    *,
    metrics: Metrics | None = None,
    board: Callable[[], Awaitable[Board]] = _no_board,
    admin: Sequence[web.RouteDef] = (),
) -> web.Application:
    """An application to be run by an `AppRunner`, whose `cleanup` lets requests in flight finish.

    Args:
        answering: The one door; not closed here.
        metrics: What `/metrics` shows; without it there is no such address.
        readiness: What must be true before this server gets traffic, by name; asked anew for each `/readyz`.
        board: Gives the coverage board as it is now.
        admin: See `bot.adapters.web.admin.admin_routes`.
    """
    # answer_faults is next to outermost: what the guards inside it raise becomes JSON like everything else.
    guards = [trace, answer_faults, limit_rate, refuse_other_origins, limit_time]
    app = web.Application(middlewares=guards, client_max_size=options.body_limit)
    app[DOOR] = answering
    app[READINESS] = readiness
    app[OPTIONS] = options
    app[RATE_LIMIT] = RateLimit(options.requests_per_minute)
    app.on_response_prepare.append(add_headers)
    app.add_routes([*_routes(board), *admin])
    if metrics:
        app.router.add_get("/metrics", metrics_handler(metrics))
    return app


def _routes(board: Callable[[], Awaitable[Board]]) -> list[web.RouteDef]:
    """Each has a row in `requirements.ENDPOINTS`."""
    return [
        web.get("/", page_handler()),
        web.get("/coverage", coverage_handler(board)),
        web.get("/static/{name}", asset_handler()),
        web.post("/api/ask", handlers.ask),
        web.post("/api/open", handlers.open_answer),
        web.post("/api/feedback", handlers.feedback),
        web.post("/api/refuse", handlers.refuse),
        web.get("/api/topics", handlers.topics),
        web.get("/api/summary", handlers.summary),
        web.get("/api/languages", handlers.languages),
        web.get("/api/interface", handlers.interface),
        web.get("/api/openapi.json", file_handler("openapi.json", "application/json")),
        web.get("/healthz", handlers.health),
        web.get("/readyz", handlers.ready),
    ]
