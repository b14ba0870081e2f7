"""Replies as pages. Pure: the same reply gives the same page."""

from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.markup import link, plain, quote
from bot.adapters.discord.pages import Button, Page, Row, Say, button, menu, page, pieces, usable
from bot.core import messages
from bot.core.locales import LANGUAGES, SOURCE_LOCALE
from bot.core.models import Reply, Source


def reply_page(reply: Reply, say: Say, *, reader: str | None = None, echo: str | None = None) -> Page:
    """A reply, complete as text; the controls only add to it.

    Args:
        say: Speaks `reply.locale`.
        reader: The language the reader wants, where it may not be the reply's (English for want of a translation): what
            they open next is in it.
        echo: The question, quoted above the answer where Discord does not show it.
    """
    locale = reader or reply.reader_locale
    text = "\n\n".join(part for part in _parts(reply, say, echo) if part)
    return Page(texts=pieces(text), rows=usable(_rows(reply, say, locale)), ephemeral=reply.locale_from_client)


def sources_page(sources: tuple[Source, ...], say: Say, cited: tuple[str, ...]) -> Page:
    """Title, publisher with date, and address of each; `cited` are publishers with dates as the locale writes them."""
    return page(f"{say(messages.SOURCES_HEADING)}\n\n{source_lines(sources, say, cited)}")


def source_lines(sources: tuple[Source, ...], say: Say, cited: tuple[str, ...]) -> str:
    named = zip(sources, cited, strict=True)
    blocks = (
        f"{plain(source.title)}\n{plain(_dated(source, name, say))}\n{link(source.url)}" for source, name in named
    )
    return "\n\n".join(blocks)


def original_page(reply: Reply, say: Say) -> Page:
    parts = (say(messages.ORIGINAL_HEADING), plain(reply.text), plain(reply.attribution or ""))
    return page("\n\n".join(part for part in parts if part))


def _parts(reply: Reply, say: Say, echo: str | None) -> list[str]:
    return [
        quote(echo) if echo else "",
        plain(reply.notice or ""),
        plain("\n".join([reply.text, *_listed(reply)])),
        plain(reply.attribution or ""),
        # Right above its Yes and No: a greyed-out button with the question would be hard to read.
        say(messages.HELPFUL) if _asks_feedback(reply) else "",
    ]


def _listed(reply: Reply) -> list[str]:
    """Choices, or the nearest topics of an abstention: buttons may cut long ones short."""
    if reply.outcome == "abstain":
        return [f"• {option.label}" for option in reply.related]
    return [f"{number}. {option.label}" for number, option in enumerate(reply.choices, 1)]


def _rows(reply: Reply, say: Say, locale: str) -> tuple[Row, ...]:
    choices = tuple(
        (button(f"{number}. {option.label}", ControlId(Action.OPEN, locale, option.key)),)
        for number, option in enumerate(reply.choices, 1)
    )
    related = menu(say(messages.BUTTON_RELATED), ControlId(Action.PICK, locale), reply.related)
    return (*choices, _feedback_row(reply, say), _more_row(reply, say, locale), related)


def _asks_feedback(reply: Reply) -> bool:
    return reply.outcome == "answer" and reply.question_id is not None


def _feedback_row(reply: Reply, say: Say) -> tuple[Button, ...]:
    if not _asks_feedback(reply):
        return ()
    argument = reply.question_id or ""
    return (
        button(say(messages.YES), ControlId(Action.HELPFUL, reply.locale, argument)),
        button(say(messages.NO), ControlId(Action.UNHELPFUL, reply.locale, argument)),
    )


def _more_row(reply: Reply, say: Say, locale: str) -> tuple[Button, ...]:
    """At most five buttons: a key brings Sources, Show original and Tell me, choices bring None of these."""
    buttons = []
    if reply.choices and reply.question_id:
        buttons.append(button(say(messages.NONE_OF_THESE), ControlId(Action.NONE_OF_THESE, locale, reply.question_id)))
    if reply.key and reply.sources:
        buttons.append(button(say(messages.BUTTON_SOURCES), ControlId(Action.SOURCES, reply.locale, reply.key)))
    if reply.key and reply.locale != SOURCE_LOCALE:
        buttons.append(button(say(messages.BUTTON_ORIGINAL), ControlId(Action.ORIGINAL, reply.locale, reply.key)))
    buttons.append(button(say(messages.BUTTON_LANGUAGE), ControlId(Action.LANGUAGE, locale, reply.key or "")))
    if reply.key:
        buttons.append(button(say(messages.BUTTON_FOLLOW), ControlId(Action.FOLLOW, locale, reply.key)))
    return (*buttons, *_offer(reply, say))


def _offer(reply: Reply, say: Say) -> tuple[Button, ...]:
    """The reply in the language of the question: the answer itself, else the question asked again."""
    if reply.offer_locale is None or not (reply.key or reply.question_id):
        return ()
    action, argument = (Action.READ, reply.key) if reply.key else (Action.AGAIN, reply.question_id)
    label = say(messages.BUTTON_READ_IN, language=LANGUAGES[reply.offer_locale].autonym)
    return (button(label, ControlId(action, reply.offer_locale, argument or "")),)


def _dated(source: Source, cited: str, say: Say) -> str:
    return cited if source.published else f"{cited} ({say(messages.NO_DATE)})"
