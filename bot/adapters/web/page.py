"""The chat page and the words on it. Everything is read once and served from memory."""

import hashlib
import html
import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

from aiohttp import ETag, web
from aiohttp.typedefs import Handler

from bot.adapters.web.documents import languages_to_documents
from bot.adapters.web.door import Door
from bot.adapters.web.options import DOOR
from bot.adapters.web.readers import reader_locale
from bot.core import messages
from bot.core.messages import Message

# Placeholders such as {language} stay in: the page fills them in.
_WORDS: Mapping[str, Message] = {
    "title": messages.PAGE_TITLE,
    "intro": messages.PAGE_INTRO,
    "examples": messages.PAGE_EXAMPLES,
    "label": messages.PAGE_LABEL,
    "send": messages.PAGE_SEND,
    "language": messages.PAGE_LANGUAGE,
    "language_auto": messages.PAGE_LANGUAGE_AUTO,
    "conversation": messages.PAGE_CONVERSATION,
    "you": messages.PAGE_YOU,
    "bot": messages.PAGE_BOT,
    "wait": messages.PAGE_WAIT,
    "failed": messages.PAGE_FAILED,
    "retry": messages.PAGE_RETRY,
    "close": messages.PAGE_CLOSE,
    "new_tab": messages.PAGE_NEW_TAB,
    "skip": messages.PAGE_SKIP,
    "no_script": messages.PAGE_NO_SCRIPT,
    "topics": messages.PAGE_TOPICS,
    "topics_prompt": messages.TOPICS_PROMPT,
    "summary": messages.PAGE_SUMMARY,
    "summary_topic": messages.COMMAND_SUMMARY_TOPIC,
    "summary_length": messages.COMMAND_SUMMARY_LENGTH,
    "length_line": messages.LENGTH_LINE,
    "length_paragraph": messages.LENGTH_PARAGRAPH,
    "length_page": messages.LENGTH_PAGE,
    "sources": messages.SOURCES_HEADING,
    "show_original": messages.BUTTON_ORIGINAL,
    "original_heading": messages.ORIGINAL_HEADING,
    "read_in": messages.BUTTON_READ_IN,
    "related": messages.RELATED_PROMPT,
    "none_of_these": messages.NONE_OF_THESE,
    "helpful": messages.HELPFUL,
    "yes": messages.YES,
    "no": messages.NO,
}
_ASSETS = {
    "chat.css": "text/css",
    "coverage.css": "text/css",
    "chat.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class _Asset:
    body: bytes
    content_type: str
    etag: str


def interface_document(door: Door, locale: str) -> dict[str, Any]:
    """Every word of the page in one language, and the menu of languages."""
    return {
        "locale": locale,
        "messages": {name: door.say(locale, message) for name, message in _WORDS.items()},
        "languages": languages_to_documents(door.languages()),
    }


def page_handler() -> Handler:
    """The page, in the browser's language from the first byte on."""
    template = Template(_read("static/chat.html").decode())

    async def page(request: web.Request) -> web.Response:
        locale = reader_locale(request)
        document = interface_document(request.app[DOOR], locale)
        values = {name: html.escape(text) for name, text in document["messages"].items()}
        filled = template.substitute(
            values, locale=locale, interface=html.escape(json.dumps(document, ensure_ascii=False))
        )
        response = web.Response(text=filled, content_type="text/html", headers={"Vary": "Accept-Language"})
        response.enable_compression()
        return response

    return page


def asset_handler() -> Handler:
    assets = {name: _asset(f"static/{name}", content_type) for name, content_type in _ASSETS.items()}

    async def asset(request: web.Request) -> web.Response:
        found = assets.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        return _fresh(request, found)

    return asset


def file_handler(path: str, content_type: str) -> Handler:
    """One file beside this module, under its own route."""
    found = _asset(path, content_type)

    async def file(request: web.Request) -> web.Response:
        return _fresh(request, found)

    return file


def _fresh(request: web.Request, asset: _Asset) -> web.Response:
    """The asset, or 304 when the browser has this very version: updates are seen at once, without names with hashes."""
    known = request.if_none_match or ()
    response = web.Response(headers={"Cache-Control": "no-cache"})
    response.etag = asset.etag
    if ETag(value=asset.etag) in known:
        response.set_status(304)
        return response
    response.body = asset.body
    response.content_type, response.charset = asset.content_type, "utf-8"
    response.enable_compression()
    return response


def _asset(path: str, content_type: str) -> _Asset:
    body = _read(path)
    return _Asset(body, content_type, hashlib.sha256(body).hexdigest()[:16])


def _read(path: str) -> bytes:
    """Package data; `path` is relative to this module."""
    return importlib.resources.files("bot.adapters.web").joinpath(path).read_bytes()
