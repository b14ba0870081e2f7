"""What the bot may do in a channel, computed as Discord documents it. Pure: from what its HTTP API tells."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import discord

Json = Mapping[str, Any]
THREADS = frozenset({10, 11, 12})
_WITHOUT_MESSAGES = {4: "a category", 14: "a directory", 15: "a forum", 16: "a media channel"}


def missing_permissions(channel: Json, roles: Iterable[Json], member: Json) -> Sequence[str]:
    """The names, as Discord's interface has them, of what the bot needs there and does not have.

    Args:
        channel: With the `permission_overwrites` that count: a thread has those of its parent.
        roles: All roles of its server.
        member: The bot on that server.
    """
    allowed = discord.Permissions(_effective(channel, list(roles), member))
    sending = "send_messages_in_threads" if channel["type"] in THREADS else "send_messages"
    needed = ("view_channel", sending, "read_message_history")
    return [name.replace("_", " ").title() for name in needed if not getattr(allowed, name)]


def no_place_for_messages(channel: Json) -> str | None:
    """What kind of channel it is, when nobody can write messages there."""
    return _WITHOUT_MESSAGES.get(channel["type"])


def _effective(channel: Json, roles: Sequence[Json], member: Json) -> int:
    everyone = str(channel["guild_id"])  # the role of all members has the id of the server
    own = {everyone, *map(str, member["roles"])}
    base = 0
    for role in roles:
        if str(role["id"]) in own:
            base |= int(role["permissions"])
    if discord.Permissions(base).administrator:
        return discord.Permissions.all().value
    overwrites = {str(one["id"]): one for one in channel.get("permission_overwrites", ())}
    for group in ({everyone}, own - {everyone}, {str(member["user"]["id"])}):
        base = _overwritten(base, [overwrites[key] for key in group if key in overwrites])
    return base


def _overwritten(base: int, overwrites: Iterable[Json]) -> int:
    """Within one group what is allowed wins over what is denied."""
    allow = deny = 0
    for one in overwrites:
        allow |= int(one["allow"])
        deny |= int(one["deny"])
    return base & ~deny | allow
