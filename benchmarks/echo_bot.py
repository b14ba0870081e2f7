"""A bare discord.py bot that echoes what it is told: `python -m benchmarks.echo_bot API GATEWAY TOKEN`."""

import sys

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route


class Echo(discord.Client):
    async def on_message(self, message: discord.Message) -> None:
        if self.user in message.mentions and not message.author.bot:
            await message.channel.send(message.content, reference=message)


def main() -> None:
    Route.BASE, gateway, token = sys.argv[1:]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
    client = Echo(intents=intents, allowed_mentions=discord.AllowedMentions.none(), max_messages=None)
    client.run(token, log_handler=None)


if __name__ == "__main__":
    main()
