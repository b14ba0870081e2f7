"""What can be wrong with a request, and how it is told: a code for programs, a localised line for people."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.adapters.web.options import DOOR
from bot.adapters.web.readers import reader_locale
from bot.core import messages
from bot.core.errors import BotError
from bot.core.messages import Message, PluralMessage
from bot.core.tracing import reference, trail

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of refusal. `code` is stable: programs may depend on it."""

    status: int
    code: str
    message: Message | PluralMessage


MALFORMED = Fault(400, "malformed", messages.REQUEST_MALFORMED)
UNKNOWN_LANGUAGE = Fault(400, "unknown_language", messages.REQUEST_LANGUAGE)
TOO_LONG = Fault(400, "too_long", messages.TOO_LONG)
CROSS_ORIGIN = Fault(403, "cross_origin", messages.REQUEST_CROSS_ORIGIN)
NOT_FOUND = Fault(404, "not_found", messages.REQUEST_NOT_FOUND)
EXPIRED = Fault(404, "expired", messages.EXPIRED)
WRONG_METHOD = Fault(405, "method_not_allowed", messages.REQUEST_METHOD)
TOO_LARGE = Fault(413, "too_large", messages.REQUEST_TOO_LARGE)
NOT_JSON = Fault(415, "unsupported_media_type", messages.REQUEST_NOT_JSON)
TOO_MANY = Fault(429, "too_many_requests", messages.COOLDOWN)
BUSY = Fault(503, "busy", messages.BUSY)
INTERNAL = Fault(500, "internal", messages.ERROR)
TIMEOUT = Fault(503, "timeout", messages.REQUEST_TIMEOUT)
_BY_STATUS = {fault.status: fault for fault in (NOT_FOUND, WRONG_METHOD, TOO_LARGE)}


class RequestError(BotError):
    """The request is not carried out.

    Args:
        count: Fills a message that depends on a number (seconds to wait, characters allowed).
        field: The member of the body or the query that is at fault.
        said: Words that the bot itself has found for it, in place of the fault's own in the reader's language.
    """

    def __init__(
        self,
        fault: Fault,
        *,
        count: int = 0,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
        said: str | None = None,
    ) -> None:
        super().__init__(fault.code)
        self.fault = fault
        self.count = count
        self.field = field
        self.headers = dict(headers or {})
        self.said = said


@web.middleware
async def answer_faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every failure as JSON; the order of the clauses is the order of precedence."""
    try:
        return await handler(request)
    except RequestError as refused:
        return _refusal(request, refused)
    except web.HTTPException as raised:
        return _from_http(request, raised)
    except Exception as error:  # noqa: BLE001  # whatever breaks, the person gets a localised line and the next request works
        return _internal(request, error)


def _from_http(request: web.Request, raised: web.HTTPException) -> web.StreamResponse:
    if raised.status < 400:
        raise raised
    headers = {"Allow": raised.headers["Allow"]} if "Allow" in raised.headers else None
    return _refusal(request, RequestError(_BY_STATUS.get(raised.status, MALFORMED), headers=headers))


def _refusal(request: web.Request, refused: RequestError) -> web.Response:
    fault, door, locale = refused.fault, request.app[DOOR], reader_locale(request)
    if refused.said:
        text = refused.said
    elif isinstance(fault.message, PluralMessage):
        text = door.say_count(locale, fault.message, refused.count)
    else:
        text = door.say(locale, fault.message)
    told = {"code": fault.code, "message": text} | ({"field": refused.field} if refused.field else {})
    return web.json_response({"error": told}, status=fault.status, headers=refused.headers)


def _internal(request: web.Request, error: Exception) -> web.Response:
    told_reference = reference()
    _log.error("request failed, reference %s: %s", told_reference, trail(error))
    text = request.app[DOOR].say(reader_locale(request), INTERNAL.message, reference=told_reference)  # type: ignore[arg-type]
    told = {"code": INTERNAL.code, "message": text, "reference": told_reference}
    return web.json_response({"error": told}, status=INTERNAL.status)
