"""Who uses the announcements on Discord: the reader, what they may do, and what the bot may do where they are."""

from collections.abc import Collection
from dataclasses import dataclass

import discord

from bot.adapters.discord.readers import PLATFORM, Reader, reader_of_interaction
from bot.core.announcements.models import Actor


@dataclass(frozen=True, slots=True)
class Roles:
    """Ids of the roles that make a moderator and an approver; empty where permissions decide."""

    moderators: tuple[int, ...] = ()
    approvers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Visitor:
    """Args: `guild` is None in direct messages, where there are no moderators."""

    reader: Reader
    actor: Actor
    channel: str
    guild: discord.Guild | None

    @property
    def server(self) -> str:
        return self.actor.server

    def may_post(self, channel_id: int) -> bool:
        """The bot may write there, and find again what it wrote."""
        channel = self.guild.get_channel(channel_id) if self.guild else None
        if channel is None or self.guild is None:
            return False
        mine = channel.permissions_for(self.guild.me)
        return mine.view_channel and mine.send_messages and mine.read_message_history

    def may_ping(self, role_id: int) -> bool:
        if self.guild is None:
            return False
        role = self.guild.get_role(role_id)
        return role is not None and (role.mentionable or self.guild.me.guild_permissions.mention_everyone)


def visitor_of(interaction: discord.Interaction, roles: Roles) -> Visitor:
    """What a person may do is read from what Discord says of them with every single interaction."""
    return Visitor(
        reader=reader_of_interaction(interaction),
        actor=_actor(interaction, roles),
        channel=f"{PLATFORM}:{interaction.channel_id}",
        guild=interaction.guild,
    )


def _actor(interaction: discord.Interaction, roles: Roles) -> Actor:
    user_id = f"{PLATFORM}:{interaction.user.id}"
    server = f"{PLATFORM}:{interaction.guild_id}"
    if interaction.guild_id is None:
        return Actor(user_id, moderator=False, approver=False, server=server)
    held = {role.id for role in getattr(interaction.user, "roles", ())}
    by_permission = interaction.permissions.manage_messages
    moderator = _holds(held, roles.moderators) if roles.moderators else by_permission
    approver = _holds(held, roles.approvers) if roles.approvers else moderator
    return Actor(user_id, moderator=moderator or approver, approver=approver, server=server)


def _holds(held: Collection[int], wanted: Collection[int]) -> bool:
    return any(role in held for role in wanted)
