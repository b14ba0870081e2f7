"""The web application: routes and the order of their guards."""

from collections.abc import Sequence

from aiohttp import web

from bot.adapters.web import handlers
from bot.adapters.web.door import Door
from bot.adapters.web.faults import answer_faults
from bot.adapters.web.guards import add_headers, limit_rate, limit_time, refuse_other_origins
from bot.adapters.web.options import DOOR, OPTIONS, RATE_LIMIT, READINESS, Readiness, WebOptions
from bot.adapters.web.page import asset_handler, file_handler, page_handler
from bot.adapters.web.rate_limit import RateLimit

__all__ = ["Readiness", "WebOptions", "build_app"]


def build_app(
    answering: Door, readiness: Readiness, options: WebOptions, admin: Sequence[web.RouteDef] = ()
) -> web.Application:
    """An application to be run by an `AppRunner`, whose `cleanup` lets requests in flight finish.

    Args:
        answering: The one door; not closed here.
        readiness: What must be true before this server gets traffic, by name; asked anew for each `/readyz`.
        admin: See `bot.adapters.web.admin.admin_routes`.
    """
    # answer_faults is outermost: what the guards inside it raise becomes JSON like everything else.
    guards = [answer_faults, limit_rate, refuse_other_origins, limit_time]
    app = web.Application(middlewares=guards, client_max_size=options.body_limit)
    app[DOOR] = answering
    app[READINESS] = readiness
    app[OPTIONS] = options
    app[RATE_LIMIT] = RateLimit(options.requests_per_minute)
    app.on_response_prepare.append(add_headers)
    app.add_routes([*_routes(), *admin])
    return app


def _routes() -> list[web.RouteDef]:
    return [
        web.get("/", page_handler()),
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
