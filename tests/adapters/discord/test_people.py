"""Who somebody is to the bot: by role ids where they are set, else by what Discord permits them."""

from types import SimpleNamespace
from typing import cast

import discord
import pytest

from bot.adapters.discord.people import RoleIds, person_of
from bot.core.locales import LANGUAGES
from bot.core.permissions import Permission, Role

NOTHING = discord.Permissions()
MESSAGES = discord.Permissions(manage_messages=True)
SERVER = discord.Permissions(manage_guild=True)
IDS = RoleIds(moderators=(1,), approvers=(2,), admins=(3,), reviewers={4: "km", 5: "lo", 6: None}, owners=(99,))


def interaction(
    *held: int, permissions: discord.Permissions = NOTHING, user: int = 7, guild: int | None = 50
) -> discord.Interaction:
    return cast(
        discord.Interaction,
        SimpleNamespace(
            user=SimpleNamespace(id=user, roles=[SimpleNamespace(id=role) for role in held]),
            guild_id=guild,
            guild=SimpleNamespace(owner_id=70) if guild else None,
            permissions=permissions,
        ),
    )


@pytest.mark.parametrize(
    ("of", "ids", "roles"),
    [
        (interaction(), RoleIds(), set()),
        (interaction(permissions=MESSAGES), RoleIds(), {Role.MODERATOR, Role.APPROVER}),
        (interaction(permissions=SERVER), RoleIds(), {Role.ADMIN}),
        (interaction(permissions=MESSAGES), IDS, set()),
        (interaction(permissions=SERVER), IDS, set()),
        (interaction(1), IDS, {Role.MODERATOR}),
        (interaction(2), IDS, {Role.MODERATOR, Role.APPROVER}),
        (interaction(3), IDS, {Role.ADMIN}),
        (interaction(4), IDS, {Role.REVIEWER}),
        (interaction(user=70), IDS, {Role.OWNER}),
        (interaction(user=99), IDS, {Role.OWNER}),
        (interaction(1, 2, 3, 4, guild=None, permissions=MESSAGES), IDS, set()),
        (interaction(user=99, guild=None), IDS, {Role.OWNER}),
    ],
)
def test_roles_come_from_ids_or_permissions(of: discord.Interaction, ids: RoleIds, roles: set[Role]) -> None:
    assert person_of(of, ids).roles == {Role.PARTICIPANT, *roles}


def test_a_reviewer_reviews_the_languages_of_their_roles() -> None:
    assert person_of(interaction(4, 5), IDS).reviews == {"km", "lo"}
    assert person_of(interaction(6), IDS).reviews == set(LANGUAGES)


def test_only_approvers_admins_and_owners_let_announcements_out() -> None:
    may = {held: person_of(interaction(held), IDS).may(Permission.APPROVE_ANNOUNCEMENT) for held in (1, 2, 3, 4)}
    assert may == {1: False, 2: True, 3: True, 4: False}
