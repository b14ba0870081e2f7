"""Every endpoint has its row in the table of permissions."""

from bot.adapters.web.requirements import ENDPOINTS
from bot.adapters.web.server import WebOptions, build_app
from bot.core.permissions import Permission
from tests.adapters.web.conftest import all_well
from tests.adapters.web.standin import StandIn


def test_every_endpoint_has_a_row_and_every_row_an_endpoint() -> None:
    app = build_app(StandIn(), all_well, WebOptions())
    served = {f"{route.method} {route.resource.canonical}" for route in app.router.routes() if route.resource}
    assert {each for each in served if not each.startswith("HEAD ")} == set(ENDPOINTS)


def test_the_web_serves_only_what_everybody_may_have() -> None:
    """It knows nobody, so it could refuse nobody."""
    assert set(ENDPOINTS.values()) == {Permission.ASK}
