"""Titles of the entries that groups of questions refer to."""

from collections.abc import Iterable, Mapping

from bot.core.answering import Answering
from bot.core.inbox.models import Group


def labels_of(answering: Answering, groups: Iterable[Group], locale: str) -> Mapping[str, str]:
    """By key, in `locale` where translated; without entries that no longer exist."""
    snapshot = answering.snapshot
    keys = {key for one in groups for key in (one.nearest, one.key) if key}
    return {key: snapshot.renderer.label(key, locale) for key in keys if snapshot.knowledge.exists(key)}
