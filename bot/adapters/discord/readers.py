"""Who reads a reply, as the core needs to know it: taken from Discord's objects and nothing else kept."""

from dataclasses import dataclass

import discord

PLATFORM = "discord"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The person behind a message or an interaction.

    Args:
        asker: Keys the stored language.
        conversation: Keys follow-ups: one person in one channel.
        client, server: Discord's tags; messages carry no client locale.
        alone: In a direct message nobody else reads along.
        channel: Where they speak, as the store knows it.
    """

    asker: str
    conversation: str
    client: str | None = None
    server: str | None = None
    alone: bool = False
    channel: str | None = None

    @property
    def place(self) -> str | None:
        """Where others see what they ask."""
        return None if self.alone else self.channel


def reader_of_interaction(interaction: discord.Interaction) -> Reader:
    return Reader(
        asker=f"{PLATFORM}:{interaction.user.id}",
        conversation=f"{PLATFORM}:{interaction.channel_id}:{interaction.user.id}",
        client=str(interaction.locale),
        server=str(interaction.guild_locale) if interaction.guild_locale else None,
        alone=bool(interaction.context.dm_channel),  # a group's channel is another context
        channel=f"{PLATFORM}:{interaction.channel_id}",
    )


def reader_of_message(message: discord.Message) -> Reader:
    return Reader(
        asker=f"{PLATFORM}:{message.author.id}",
        conversation=f"{PLATFORM}:{message.channel.id}:{message.author.id}",
        server=str(message.guild.preferred_locale) if message.guild else None,
        alone=message.guild is None,
        channel=f"{PLATFORM}:{message.channel.id}",
    )


def channel_key(channel_id: int) -> str:
    """A channel as the store knows it."""
    return f"{PLATFORM}:{channel_id}"


def channel_id(key: str) -> int:
    return int(key.partition(":")[2])
