"""Which questions mean the same. Pure."""

from collections.abc import Iterable, Mapping

import numpy as np

from bot.core.inbox.models import Fingerprint, Group

LETTERS = "letters"  # the space of texts whose meaning could not be read
MEANING = "meaning"  # every other space, when thresholds are looked up
# Least likeness within a group; see benchmarks/README.md for what they were chosen from.
THRESHOLDS: Mapping[str, float] = {MEANING: 0.6, LETTERS: 0.8}
SIMILAR = 5  # groups offered when a moderator says that one is a duplicate


def home_of(
    fingerprint: Fingerprint | None, nearest: str | None, groups: Iterable[Group], thresholds: Mapping[str, float]
) -> Group | None:
    """The group that a question belongs to; None when it is the first of its kind.

    Args:
        fingerprint: None when the words are no longer known: then it belongs to others about the answer `nearest`.
        thresholds: Least likeness for each kind of space.
    """
    if fingerprint is None:
        return next((one for one in groups if one.fingerprint is None and one.nearest == nearest), None)
    ranked = most_alike(fingerprint, groups)
    if ranked and fingerprint.likeness(ranked[0].fingerprint or fingerprint) >= threshold(fingerprint, thresholds):
        return ranked[0]
    return None


def most_alike(fingerprint: Fingerprint, groups: Iterable[Group]) -> list[Group]:
    """Groups that can be compared, the most alike first."""
    rated = [(fingerprint.likeness(one.fingerprint), one) for one in groups if one.fingerprint is not None]
    comparable = [(likeness, one) for likeness, one in rated if likeness > -1.0]
    return [one for _, one in sorted(comparable, key=lambda pair: -pair[0])]


def threshold(fingerprint: Fingerprint, thresholds: Mapping[str, float]) -> float:
    return thresholds[LETTERS if fingerprint.space == LETTERS else MEANING]


def grown(group: Group, fingerprint: Fingerprint | None) -> Fingerprint | None:
    """The group's direction with one more question in it: the mean of all."""
    if group.fingerprint is None or fingerprint is None:
        return group.fingerprint
    mean = (group.fingerprint.vector * group.count + fingerprint.vector) / (group.count + 1)
    return Fingerprint(fingerprint.space, mean.astype(np.float32))
