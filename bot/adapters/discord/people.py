"""Who a person is to the bot, read from what Discord says of them with every single interaction."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import discord

from bot.adapters.discord.readers import PLATFORM
from bot.core.locales import LANGUAGES
from bot.core.permissions import Person, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleIds:
    """Ids of Discord roles. Where one is empty, permissions decide: Manage Messages makes a moderator, Manage Server an
    admin.

    Args:
        approvers: Empty for all moderators.
        reviewers: The locale that members of each role review; None for all.
        owners: Ids of users, beside the owner of the server.
    """

    moderators: tuple[int, ...] = ()
    approvers: tuple[int, ...] = ()
    reviewers: Mapping[int, str | None] = field(default_factory=dict)
    admins: tuple[int, ...] = ()
    owners: tuple[int, ...] = ()


def person_of(interaction: discord.Interaction, ids: RoleIds) -> Person:
    """In direct messages everyone but the owners named in the settings is a mere participant."""
    user_id = interaction.user.id
    held = {role.id for role in getattr(interaction.user, "roles", ())}
    roles = {Role.PARTICIPANT}
    if user_id in ids.owners or (interaction.guild is not None and interaction.guild.owner_id == user_id):
        roles.add(Role.OWNER)
    reviews = _reviews(held, ids.reviewers)
    if interaction.guild_id is not None:
        roles |= _roles_in_server(held, interaction.permissions, ids)
        roles |= {Role.REVIEWER} if reviews else set()
    return Person(
        id=f"{PLATFORM}:{user_id}",
        roles=frozenset(roles),
        server=f"{PLATFORM}:{interaction.guild_id}",
        reviews=reviews,
    )


def _roles_in_server(held: Collection[int], permissions: discord.Permissions, ids: RoleIds) -> set[Role]:
    roles = set()
    if _holds(held, ids.admins) if ids.admins else permissions.manage_guild:
        roles.add(Role.ADMIN)
    moderator = _holds(held, ids.moderators) if ids.moderators else permissions.manage_messages
    approver = _holds(held, ids.approvers) if ids.approvers else moderator
    if moderator or approver:
        roles.add(Role.MODERATOR)
    if approver:
        roles.add(Role.APPROVER)
    return roles


def _holds(held: Collection[int], wanted: Collection[int]) -> bool:
    return any(role in held for role in wanted)


def _reviews(held: Collection[int], reviewers: Mapping[int, str | None]) -> frozenset[str]:
    locales = {locale for role, locale in reviewers.items() if role in held}
    return frozenset(LANGUAGES) if None in locales else frozenset(locale for locale in locales if locale)
