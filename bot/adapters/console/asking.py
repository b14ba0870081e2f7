"""One question, or many as JSON lines (the format that docs/quality.md scores)."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any, TextIO

from bot.core.answering import Answering
from bot.core.models import Question, Reply

_AT_ONCE = 8
_NOT_A_QUESTION = 'each line must be a JSON object with "id" and "text"'


async def ask_once(answering: Answering, text: str, language: str | None) -> str:
    """The whole reply as plain text, with what could be asked next."""
    reply = await answering.ask(_question(text, "console", language))
    return full_text(reply)


def full_text(reply: Reply) -> str:
    """The reply and its related questions, as lines."""
    lines = [reply.plain, *(f"- {option.label}" for option in reply.related)]
    return "\n".join(lines)


async def ask_lines(answering: Answering, source: TextIO, target: TextIO) -> None:
    """Answer every line of `source`, in order; a line that is no question gets an object with "error"."""
    lines = [line for line in source if line.strip()]
    for start in range(0, len(lines), _AT_ONCE):
        batch = lines[start : start + _AT_ONCE]
        target.writelines(
            json.dumps(reply, ensure_ascii=False) + "\n"
            for reply in await asyncio.gather(
                *(_ask_line(answering, line, number) for number, line in enumerate(batch, start))
            )
        )
        target.flush()


async def _ask_line(answering: Answering, line: str, number: int) -> dict[str, Any]:
    """Each line is a conversation of its own, whatever its id: no question is read in the light of another."""
    try:
        row = json.loads(line)
        name, text = row["id"], row["text"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return {"error": _NOT_A_QUESTION}
    if not isinstance(text, str):
        return {"id": name, "error": _NOT_A_QUESTION}
    reply = await answering.ask(_question(text, f"line:{number}", None))
    return {"id": name, **as_row(reply)}


def as_row(reply: Reply) -> dict[str, Any]:
    return {
        "outcome": reply.outcome,
        "language": reply.locale,
        "probability": round(reply.probability, 4),
        "entry": reply.key,
        "facts": list(reply.facts),
        "unknown": reply.unknown,
        "choices": list(_choices(reply)),
        "text": reply.plain,
    }


def _choices(reply: Reply) -> Iterable[dict[str, Any]]:
    for option, facts in zip(reply.choices, reply.choice_facts, strict=True):
        yield {"entry": option.key, "facts": list(facts)}


def _question(text: str, conversation: str, language: str | None) -> Question:
    return Question(
        text=text, asker=conversation, conversation=conversation, platform="console", option_locale=language
    )
