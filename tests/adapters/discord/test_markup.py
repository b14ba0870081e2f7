import pytest

from bot.adapters.discord.markup import echoed, plain, quote
from bot.core.text import utf16_length


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*a* _b_ ~~c~~ ||d|| `e` \\", r"\*a\* \_b\_ \~\~c\~\~ \|\|d\|\| \`e\` \\"),
        ("# big\n-# small\n> quoted", "\\# big\n\\-# small\n\\> quoted"),
        ("1. one\n• two - three #4", "1. one\n• two - three #4"),
        ("See https://a.example/x_y_z. Then go.", "See <https://a.example/x_y_z>. Then go."),
        ("(https://a.example/x)", "(<https://a.example/x>)"),
        ("<https://a.example/x>", "<https://a.example/x>"),
        ("詳細はhttps://a.example/x。", "詳細は<https://a.example/x>。"),
        ("Ask in <#123> or <@&45>", "Ask in <#123> or <@&45>"),
        ("@everyone and @here", "@\u200beveryone and @\u200bhere"),
        ("การประชุม ครั้งที่ ๖", "การประชุม ครั้งที่ ๖"),
    ],
)
def test_shows_our_own_text_as_it_is_written(text: str, shown: str) -> None:
    """Formatting characters stay characters; links have no preview."""
    assert plain(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "@everyone",
        "<@123>",
        "<@&123>",
        "<#123>",
        "</ask:123>",
        "<:emoji:123>",
        "<t:1700000000:R>",
        "[click](https://evil.example)",
        "https://evil.example/@here",
        "```\ncode\n```",
        "# title",
        "> not mine",
        "a\n\n> second line",
    ],
)
def test_echoes_nothing_that_does_something(text: str) -> None:
    """Whatever Discord reads as more than letters has an escape before it, and everything is on one line."""
    line = echoed(text)

    assert "\n" not in line
    assert "@everyone" not in line
    assert "@here" not in line
    for special in "<>[]()`#*:":
        assert line.count(special) == line.count(f"\\{special}")


def test_echoes_long_questions_short() -> None:
    """A quotation is a reminder, and whole characters of it."""
    line = quote("น้ำ" * 400)

    assert utf16_length(line) <= 310
    assert line.endswith("น้ำ…")
