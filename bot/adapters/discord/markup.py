"""Plain text as Discord's Markdown shows it unchanged: nothing pings, nothing turns into formatting."""

import re

from bot.core.text import legible, truncate

_ZERO_WIDTH_SPACE = "\u200b"
_QUOTED = 300  # UTF-16 units of a question that are echoed; the rest is known to who asked
_KEPT = re.compile(r"<?(https?://[^\s<>()（）「」『』、。，]+)>?|(<[@#][!&]?\d+>)")
_LINK_TEXT = re.compile(r"\](?=\()")  # of `[text](address)`, which would hide the address
_PUNCTUATION = ".,;:!?'\""
_FORMATTING = re.compile(r"[\\*_~|`]")
_LINE_START = re.compile(r"^([^\S\n]*)(#{1,3} |-# |>)", re.MULTILINE)
_ANY_MARKDOWN = re.compile(r"[\\*_~|`\[\]()<>#:-]")


def plain(text: str) -> str:
    """Text of ours (knowledge, catalogs): formatting characters shown as they are, links without preview.

    Mentions that the operator wrote (a help channel) stay readable; sending without allowed mentions keeps them silent.
    """
    pieces, end = [], 0
    for kept in _KEPT.finditer(text):
        pieces += [_escape(text[end : kept.start()]), _link_in_text(kept[1]) if kept[1] else kept[0]]
        end = kept.end()
    return _neutral("".join([*pieces, _escape(text[end:])]))


def echoed(text: str) -> str:
    """Somebody's words on one line, short: no formatting, no working links, no mentions.

    >>> echoed("**hi** @everyone").replace(chr(0x200b), "|")
    '\\\\*\\\\*hi\\\\*\\\\* @|everyone'
    """
    line = truncate(legible(text), _QUOTED)
    return _neutral(_ANY_MARKDOWN.sub(r"\\\g<0>", line))


def quote(text: str) -> str:
    return f"> {echoed(text)}"


def link(url: str) -> str:
    """In angle brackets Discord shows no preview; a preview would be as long as the answer."""
    return f"<{url}>"


def _escape(text: str) -> str:
    unformatted = _LINK_TEXT.sub(r"\\]", _FORMATTING.sub(r"\\\g<0>", text))
    return _LINE_START.sub(r"\1\\\2", unformatted)


def _link_in_text(found: str) -> str:
    url = found.rstrip(_PUNCTUATION)
    return link(url) + found[len(url) :]


def _neutral(text: str) -> str:
    """Words that ping by themselves do not even look like a ping."""
    return re.sub(r"@(everyone|here)", rf"@{_ZERO_WIDTH_SPACE}\1", text)
