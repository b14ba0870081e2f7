"""What a moderator should know before an announcement is sent. Warnings never prevent it."""

from collections.abc import Collection
from datetime import datetime

import regex

from bot.core.announcements import messages
from bot.core.announcements.lifecycle import Refusal
from bot.core.announcements.models import Announcement
from bot.core.announcements.rendering import AnnouncementRenderer
from bot.core.announcements.templates import FREE_TEXT
from bot.core.announcements.typed import placeholders_left
from bot.core.locales import LANGUAGES
from bot.core.text import utf16_length

_MENTION = regex.compile(r"@(?:everyone|here)\b|<@[&!]?\d+>")


def warnings(
    announcement: Announcement,
    renderer: AnnouncementRenderer,
    shipped: Collection[str],
    now: datetime,
    *,
    longest: int,
    locale: str,
) -> tuple[Refusal, ...]:
    """Args:
    shipped: Languages whose readers the bot speaks to.
    longest: UTF-16 units that one message holds.
    locale: In which moments are written.
    """
    found = []
    if not announcement.targets:
        found.append(Refusal(messages.WARN_NO_CHANNEL))
    found += _missing_languages(announcement, shipped)
    found += _too_long(announcement, renderer, longest)
    time = announcement.content.time
    if time and time.at < now:
        found.append(Refusal(messages.WARN_PAST, {"time": renderer.moment(time.at, time.zone, locale)}))
    typed = _typed(announcement)
    found += [Refusal(messages.WARN_PLACEHOLDER, {"text": text}) for text in placeholders_left(typed)]
    mentions = dict.fromkeys(_MENTION.findall("\n".join(typed)))
    found += [Refusal(messages.WARN_MENTION, {"text": text}) for text in mentions]
    return tuple(found)


def _missing_languages(announcement: Announcement, shipped: Collection[str]) -> list[Refusal]:
    if announcement.content.template != FREE_TEXT:
        return []
    missing = [LANGUAGES[tag].autonym for tag in LANGUAGES if tag in shipped and tag not in announcement.content.texts]
    original = LANGUAGES[announcement.original].autonym
    return [Refusal(messages.WARN_MISSING, {"languages": ", ".join(missing), "original": original})] if missing else []


def _too_long(announcement: Announcement, renderer: AnnouncementRenderer, longest: int) -> list[Refusal]:
    found = []
    for locale in announcement.content.texts:
        title, lines = renderer.words(announcement.content, locale)
        if utf16_length("\n".join([title, *lines])) > longest:
            found.append(Refusal(messages.WARN_LONG, {"language": LANGUAGES[locale].autonym}))
    return found


def _typed(announcement: Announcement) -> list[str]:
    own = [text for words in announcement.content.texts.values() for text in (words.title, words.body)]
    return [*own, *announcement.content.values.values()]
