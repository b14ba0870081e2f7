"""The shipped bot as it is wired for Discord, without a connection."""

from pathlib import Path

import discord
import pytest
from discord import app_commands

from bot.adapters.discord.requirements import COMMANDS
from bot.discord_parts import open_discord
from bot.parts import open_core
from bot.settings import read_settings

TOKEN = "x" * 24 + "." + "y" * 6 + "." + "z" * 38


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"DISCORD_TOKEN": TOKEN, "BOT_DATA_DIR": str(tmp_path / "ข้อมูล"), "BOT_MODERATOR_CHANNEL": "123"}


async def test_every_command_that_people_may_be_permitted_is_offered(environment: dict[str, str]) -> None:
    settings = read_settings(environment)
    async with open_core(settings) as core:
        tree = open_discord(settings, core).client.tree
        found = [*tree.walk_commands(), *tree.walk_commands(type=discord.AppCommandType.message)]
        names = {each.qualified_name for each in found if not isinstance(each, app_commands.Group)}

    assert names == set(COMMANDS)
