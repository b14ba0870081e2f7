"""Who uses the announcements on Discord: the reader, what they may do, and what the bot may do where they are."""

from dataclasses import dataclass

import discord

from bot.adapters.discord.people import RoleIds, person_of
from bot.adapters.discord.readers import PLATFORM, Reader, reader_of_interaction
from bot.core.announcements.models import Actor
from bot.core.permissions import Permission


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


def visitor_of(interaction: discord.Interaction, ids: RoleIds) -> Visitor:
    person = person_of(interaction, ids)
    in_server = interaction.guild_id is not None
    return Visitor(
        reader=reader_of_interaction(interaction),
        actor=Actor(
            person.id,
            moderator=in_server and person.may(Permission.ANNOUNCE),
            approver=in_server and person.may(Permission.APPROVE_ANNOUNCEMENT),
            server=person.server,
        ),
        channel=f"{PLATFORM}:{interaction.channel_id}",
        guild=interaction.guild,
    )
