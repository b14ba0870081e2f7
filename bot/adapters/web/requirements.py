"""What everybody needs to be permitted for each endpoint. The web knows nobody, so it serves what everyone may have."""

from collections.abc import Mapping

from bot.core.permissions import Permission

ENDPOINTS: Mapping[str, Permission] = dict.fromkeys(
    (
        "GET /",
        "GET /coverage",
        "GET /static/{name}",
        "POST /api/ask",
        "POST /api/open",
        "POST /api/feedback",
        "POST /api/refuse",
        "GET /api/topics",
        "GET /api/summary",
        "GET /api/languages",
        "GET /api/interface",
        "GET /api/openapi.json",
        "GET /healthz",
        "GET /readyz",
    ),
    Permission.ASK,
)
