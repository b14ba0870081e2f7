"""The core's values as JSON documents, as openapi.json describes them."""

from collections.abc import Iterable
from typing import Any

from bot.adapters.web.door import Door
from bot.core import messages
from bot.core.formatting import format_partial_date
from bot.core.models import Option, Reply, Source, Summary, SummarySection, Topic
from bot.core.partial_dates import parse_partial_date

Document = dict[str, Any]


def reply_to_document(reply: Reply, door: Door) -> Document:
    """The whole reply; the page adds no words of its own."""
    return {
        "locale": reply.locale,
        "text": reply.text,
        "notice": reply.notice,
        "notice_locale": _notice_locale(reply),
        "attribution": reply.attribution,
        "outcome": reply.outcome,
        "review": reply.review.value,
        "key": reply.key,
        "unknown": reply.unknown,
        "probability": round(reply.probability, 3),
        "sources": sources_to_documents(reply.sources, reply.locale, door),
        "choices": options_to_documents(reply.choices),
        "related": options_to_documents(reply.related),
        "offer_locale": reply.offer_locale,
        "question_id": reply.question_id,
    }


def summary_to_document(summary: Summary, door: Door, reader: str) -> Document:
    return {
        "locale": summary.locale,
        "title": summary.title,
        "notice": summary.notice,
        "notice_locale": reader if summary.notice else None,
        "attribution": summary.attribution,
        "sections": [_section(section, summary.locale, door) for section in summary.sections],
    }


def topic_to_document(topic: Topic) -> Document:
    return {"id": topic.id, "label": topic.label, "questions": options_to_documents(topic.options)}


def options_to_documents(options: Iterable[Option]) -> list[Document]:
    return [{"key": option.key, "label": option.label} for option in options]


def languages_to_documents(options: Iterable[Option]) -> list[Document]:
    return [{"tag": option.key, "name": option.label} for option in options]


def sources_to_documents(sources: Iterable[Source], locale: str, door: Door) -> list[Document]:
    return [
        {
            "title": source.title,
            "publisher": source.publisher,
            "url": source.url,
            "published": source.published,
            "date": _date(source, locale, door),
        }
        for source in sources
    ]


def _section(section: SummarySection, locale: str, door: Door) -> Document:
    return {
        "title": section.title,
        "paragraphs": list(section.paragraphs),
        "sources": sources_to_documents(section.sources, locale, door),
    }


def _date(source: Source, locale: str, door: Door) -> str:
    date = parse_partial_date(source.published) if source.published else None
    return format_partial_date(date, locale) if date else door.say(locale, messages.NO_DATE)


def _notice_locale(reply: Reply) -> str | None:
    """The notice of an English fallback is in the reader's language."""
    return reply.reader_locale if reply.notice else None
