"""The JSON API: each handler reads a request, enters by the one door, and writes a document."""

import uuid

from aiohttp import web

from bot.adapters.web.bodies import AskBody, FeedbackBody, OpenBody, RefuseBody, known_language, read_body
from bot.adapters.web.documents import (
    languages_to_documents,
    options_to_documents,
    reply_to_document,
    summary_to_document,
    topic_to_document,
)
from bot.adapters.web.faults import BUSY, EXPIRED, MALFORMED, NOT_FOUND, RequestError
from bot.adapters.web.options import DOOR, READINESS
from bot.adapters.web.page import interface_document
from bot.adapters.web.readers import client_locale, reader_locale
from bot.core.models import Length, Question

PLATFORM = "web"
_RETRY_AFTER_BUSY = "3"  # seconds: by then whatever waits now is answered


async def ask(request: web.Request) -> web.Response:
    body, door = await read_body(request, AskBody), request.app[DOOR]
    question = Question(
        text=body.text,
        asker=_own(body.asker),
        conversation=_own(body.conversation),
        platform=PLATFORM,
        option_locale=body.language,
        client_locale=client_locale(request),
    )
    reply = await door.ask(question)
    if reply.outcome == "busy":
        raise RequestError(BUSY, headers={"Retry-After": _RETRY_AFTER_BUSY}, said=reply.text)
    return web.json_response(reply_to_document(reply, door))


async def open_answer(request: web.Request) -> web.Response:
    body, door, reader = await read_body(request, OpenBody), request.app[DOOR], reader_locale(request)
    conversation = _own(body.conversation) if body.conversation else None
    reply = await door.open(body.key, reader, platform=PLATFORM, conversation=conversation)
    if reply is None:
        raise RequestError(EXPIRED)
    return web.json_response(reply_to_document(reply, door))


async def feedback(request: web.Request) -> web.Response:
    body, reader = await read_body(request, FeedbackBody), reader_locale(request)
    if not body.helpful:
        await _refuse_unasked(request, body.question_id)
    return _line(reader, await request.app[DOOR].feedback(body.question_id, body.helpful, reader))


async def refuse(request: web.Request) -> web.Response:
    body, reader = await read_body(request, RefuseBody), reader_locale(request)
    await _refuse_unasked(request, body.question_id)
    return _line(reader, await request.app[DOOR].refuse(body.question_id, reader, body.text))


async def topics(request: web.Request) -> web.Response:
    reader, door = _query_locale(request), request.app[DOOR]
    return web.json_response(
        {
            "locale": reader,
            "topics": [topic_to_document(topic) for topic in door.topics(reader)],
            "summaries": options_to_documents(door.summary_topics(reader)),
        }
    )


async def summary(request: web.Request) -> web.Response:
    reader, door = _query_locale(request), request.app[DOOR]
    topic = request.query.get("topic", "meeting")
    if topic not in {option.key for option in door.summary_topics(reader)}:
        raise RequestError(NOT_FOUND, field="topic")
    try:
        length = Length(request.query.get("length", Length.PARAGRAPH))
    except ValueError:
        raise RequestError(MALFORMED, field="length") from None
    return web.json_response(summary_to_document(door.summary(reader, length, topic), door, reader))


async def languages(request: web.Request) -> web.Response:
    return web.json_response({"languages": languages_to_documents(request.app[DOOR].languages())})


async def interface(request: web.Request) -> web.Response:
    return web.json_response(interface_document(request.app[DOOR], _query_locale(request)))


async def health(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    checks = dict(await request.app[READINESS]())
    is_ready = all(checks.values())
    return web.json_response({"ready": is_ready, "checks": checks}, status=200 if is_ready else 503)


async def _refuse_unasked(request: web.Request, question_id: str) -> None:
    """What did not help somebody comes before moderators: it must have been asked."""
    if not await request.app[DOOR].was_asked(question_id):
        raise RequestError(EXPIRED, field="question_id")


def _query_locale(request: web.Request) -> str:
    if tag := request.query.get("language"):
        known_language(request, tag)
    return reader_locale(request)


def _own(name: str | None) -> str:
    """A name that no other platform's people or conversations can have; a nameless one is used once."""
    return f"{PLATFORM}:{name or uuid.uuid4().hex}"


def _line(locale: str, text: str) -> web.Response:
    return web.json_response({"locale": locale, "text": text})
