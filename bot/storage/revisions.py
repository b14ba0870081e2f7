"""What the revision that a database carries means for this version of the bot. Pure."""

from enum import Enum

from bot.storage.migrations import HEAD


class Standing(Enum):
    """A database as seen from this version."""

    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"
    FOREIGN = "foreign"


def standing_of(revision: str | None) -> Standing:
    """`None` is a database without any revision; ours are numbers of four digits, from 0001 on."""
    if revision is None or len(revision) != len(HEAD) or not (revision.isascii() and revision.isdigit()):
        return Standing.FOREIGN
    if revision == HEAD:
        return Standing.CURRENT
    return Standing.NEWER if revision > HEAD else Standing.OLDER
