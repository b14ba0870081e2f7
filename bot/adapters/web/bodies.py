"""Bodies of requests, checked: unknown members, wrong types and impossible values are refused, not ignored."""

import dataclasses
import json
import re
from typing import Any, TypeVar

from aiohttp import web

from bot.adapters.web.faults import MALFORMED, NOT_JSON, TOO_LONG, UNKNOWN_LANGUAGE, RequestError
from bot.adapters.web.readers import CHOSEN
from bot.core.locales import negotiate
from bot.core.text import MAX_LENGTH

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEY = re.compile(r"[A-Za-z0-9_.:-]{1,200}")
# A browser can cut a surrogate pair in half; neither half, nor NUL, can be stored.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
Body = TypeVar("Body", bound="_Body")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """`language` is a BCP 47 tag in any form that one of our languages answers to."""

    language: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AskBody(_Body):
    text: str
    conversation: str | None = dataclasses.field(default=None, metadata={"pattern": _ID})
    asker: str | None = dataclasses.field(default=None, metadata={"pattern": _ID})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OpenBody(_Body):
    key: str = dataclasses.field(metadata={"pattern": _KEY})
    conversation: str | None = dataclasses.field(default=None, metadata={"pattern": _ID})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackBody(_Body):
    question_id: str = dataclasses.field(metadata={"pattern": _ID})
    helpful: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RefuseBody(_Body):
    question_id: str = dataclasses.field(metadata={"pattern": _ID})
    text: str | None = None


async def read_body(request: web.Request, form: type[Body]) -> Body:
    """The request's JSON object as `form`; from here on faults are told in the language that it names."""
    raw = await _read_object(request)
    known = {field.name: field for field in dataclasses.fields(form)}
    if unknown := raw.keys() - known.keys():
        raise RequestError(MALFORMED, field=min(unknown)[:64])
    if (language := raw.get("language")) is not None:
        raw["language"] = known_language(request, language)
    for name, field in known.items():
        _check(field, raw.get(name))
    return form(**{name: _storable(value) for name, value in raw.items()})


def known_language(request: web.Request, tag: object) -> str:
    """Our tag for what a request calls its reader's language."""
    if not isinstance(tag, str):
        raise RequestError(MALFORMED, field="language")
    if (ours := negotiate(tag[:64])) is None:
        raise RequestError(UNKNOWN_LANGUAGE, field="language")
    request[CHOSEN] = ours
    return ours


def _check(field: dataclasses.Field[Any], value: object) -> None:
    if not isinstance(value, field.type):  # type: ignore[arg-type]  # types, not strings: no postponed annotations here
        raise RequestError(MALFORMED, field=field.name)
    pattern = field.metadata.get("pattern")
    if pattern and isinstance(value, str) and not pattern.fullmatch(value):
        raise RequestError(MALFORMED, field=field.name)
    if isinstance(value, str) and len(value) > MAX_LENGTH:
        raise RequestError(TOO_LONG, count=MAX_LENGTH, field=field.name)


def _storable(value: Any) -> Any:
    return _UNSTORABLE.sub(_REPLACEMENT, value) if isinstance(value, str) else value


async def _read_object(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json" or "Content-Encoding" in request.headers:
        raise RequestError(NOT_JSON)
    raw = await request.read()
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):  # also bytes that are no UTF-8, and "[[[[..."
        raise RequestError(MALFORMED) from None
    if not isinstance(body, dict):
        raise RequestError(MALFORMED)
    return body
