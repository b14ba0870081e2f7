"""What the revision that a database carries means for this version of the bot. Pure."""

from enum import Enum

from bot.core.errors import StoreError
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


def refuse_unusable(revision: str | None, backup: str) -> None:
    """Raises StoreError when this version cannot restore a backup of that revision."""
    match standing_of(revision):
        case Standing.NEWER:
            raise StoreError(
                f"{backup} is from a newer version of the bot (its revision is {revision}, this version knows up to "
                f"{HEAD}): update the bot, then restore."
            )
        case Standing.FOREIGN:
            raise StoreError(f"{backup} is no backup of this bot: it has no revision that any version has written.")
