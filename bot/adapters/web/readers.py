"""Which language a request's reader reads, from what the browser and the page say."""

from collections.abc import Iterator

from aiohttp import web

from bot.adapters.web.options import DOOR
from bot.core.locales import SOURCE_LOCALE, negotiate

CHOSEN = web.RequestKey("chosen", str)
_MOST_TAGS = 20  # a browser sends a handful; nobody gets to make us parse thousands


def reader_locale(request: web.Request) -> str:
    """The language of everything said to this reader that is not the answer to a question."""
    if chosen := request.get(CHOSEN):
        return request.app[DOOR].spoken(chosen)
    ours = (negotiate(tag) for tag in accepted(request.headers.get("Accept-Language", "")))
    spoken = (tag for tag in ours if tag and request.app[DOOR].spoken(tag) == tag)
    return next(spoken, SOURCE_LOCALE)


def client_locale(request: web.Request) -> str | None:
    """The first of the browser's languages that is one of ours, as the browser writes it."""
    tags = accepted(request.headers.get("Accept-Language", ""))
    return next((tag for tag in tags if negotiate(tag)), None)


def accepted(header: str) -> list[str]:
    """Language tags of an Accept-Language header, most wanted first.

    >>> accepted("en;q=0.5, th-TH, ja;q=0, *")
    ['th-TH', 'en']
    """
    weighted = sorted(_weighted(header), key=lambda pair: -pair[1])
    return [tag for tag, weight in weighted if weight > 0]


def _weighted(header: str) -> Iterator[tuple[str, float]]:
    for item in header.split(",")[:_MOST_TAGS]:
        tag, _, parameter = item.strip().partition(";")
        tag = tag.strip()
        if tag and tag != "*" and len(tag) <= 35:  # RFC 5646, section 4.4.1
            yield tag, _weight(parameter)


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
