"""Every command, button, menu and form: refused to whoever lacks its permission, served to whoever has it."""

from types import SimpleNamespace
from typing import Any

import discord
import pytest
from discord import app_commands
from simcord.actors import MemberActor
from simcord.backend import serializers
from simcord.interactions import store_interaction_attachment
from simcord.results import InteractionResult

from bot.adapters.discord.announcements.controls import FORMS
from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.requirements import ACTIONS, COMMANDS, OPTIONS, needed_for, refusal
from bot.core import messages
from bot.core.announcements import messages as announcement_messages
from bot.core.inbox import messages as inbox_messages
from bot.core.permissions import GRANTED, Permission, Person, Role
from tests.adapters.discord.announcements.conftest import Hall
from tests.adapters.discord.worlds import DATES

REFUSALS = {
    messages.NOT_PERMITTED.text,
    announcement_messages.NOT_MODERATOR.text,
    announcement_messages.NOT_APPROVER.text,
    inbox_messages.NOT_MODERATOR.text,
    inbox_messages.NOT_ADMIN.text,
}
COMMAND, COMPONENT, FORM = 2, 3, 5  # kinds of interactions
AUTOCOMPLETE = 4
SUB_COMMAND, TEXT = 1, 3  # kinds of options
SLASH, ON_MESSAGE = 1, 3  # kinds of commands
ROLES = ("participant", "moderator", "admin")


def person(hall: Hall, role: str) -> MemberActor:
    return {"participant": hall.alice, "moderator": hall.mira, "admin": hall.noor}[role]


def may(role: str, permission: Permission) -> bool:
    """With nothing configured, who may manage messages is also an approver."""
    roles = {Role(role)} | ({Role.APPROVER} if role == "moderator" else set())
    return Person(id="discord:1", roles=frozenset(roles)).may(permission)


def refused(result: InteractionResult) -> bool:
    return result.response is not None and result.response.content in REFUSALS


def served(result: InteractionResult) -> bool:
    """With a page or a form, and not with an apology."""
    assert result.response is not None or result.modal is not None
    apology = messages.ERROR.text.partition("{")[0]
    return not refused(result) and (result.response is None or apology not in result.response.content)


def commands(hall: Hall) -> dict[str, Any]:
    """By qualified name, groups left out."""
    tree = hall.env.bot.tree  # type: ignore[attr-defined]
    found = [*tree.walk_commands(), *tree.walk_commands(type=discord.AppCommandType.message)]
    return {each.qualified_name: each for each in found if not isinstance(each, app_commands.Group)}


async def use_command(hall: Hall, actor: MemberActor, command: Any, post: Any) -> InteractionResult:
    """As a client would that shows every command to everybody."""
    if isinstance(command, app_commands.ContextMenu):
        stored = payload_of(hall, actor, post)
        data = {"name": command.name, "type": ON_MESSAGE, "target_id": str(post.id)}
        data |= {"resolved": {"messages": {str(post.id): stored}}}
        return await actor._dispatch_interaction(COMMAND, hall.lobby, {"id": "1", **data})
    needed = [option for option in command.parameters if option.required]
    resolved: dict[str, Any] = {}
    options: list[Any] = [
        {"type": option.type.value, "name": option.name, "value": value_of(hall, option, resolved)} for option in needed
    ]
    group, *inside = command.qualified_name.split()
    for name in reversed(inside):
        options = [{"type": SUB_COMMAND, "name": name, "options": options}]
    data = {"id": "1", "name": group, "type": SLASH, "options": options, "resolved": resolved}
    return await actor._dispatch_interaction(COMMAND, hall.lobby, data)


def value_of(hall: Hall, option: Any, resolved: dict[str, Any]) -> str:
    if option.type is not discord.AppCommandOptionType.attachment:
        return "x"
    return store_interaction_attachment(hall.env.backend, hall.lobby.id, "x.txt", b"x", resolved)


def payload_of(hall: Hall, actor: MemberActor, post: Any) -> dict[str, Any]:
    return dict(serializers.message_payload(hall.env.backend, actor._message(post)))


async def press(hall: Hall, actor: MemberActor, action: Action, kind: int) -> InteractionResult:
    """Forged: a control that this person was never shown."""
    control = str(ControlId(action, "en", "none.1.en"))
    data: dict[str, Any] = {"custom_id": control, "component_type": 2, "components": [], "values": []}
    if kind == FORM:
        return await actor._dispatch_interaction(FORM, hall.lobby, data)
    post = hall.posts(hall.lobby)[-1]
    button = {"type": 2, "id": 2, "custom_id": control, "label": "x", "style": 2}
    message = payload_of(hall, actor, post) | {"components": [{"type": 1, "id": 1, "components": [button]}]}
    return await actor._dispatch_interaction(
        COMPONENT, hall.lobby, data, extra={"message": message}, source_message_id=post.id
    )


async def a_post(hall: Hall) -> Any:
    """Something of the bot's that is not private, so that its buttons can be pressed."""
    bot = hall.env.bot.user
    assert bot is not None
    await hall.alice.send(hall.lobby, f"<@{bot.id}> {DATES['th']}")
    return hall.posts(hall.lobby)[-1]


async def test_every_command_has_a_row_and_every_row_a_command(hall: Hall) -> None:
    assert set(commands(hall)) == set(COMMANDS)


def test_every_control_has_a_row() -> None:
    assert set(ACTIONS) == set(Action)


@pytest.mark.parametrize("role", ROLES)
async def test_commands_are_for_those_who_may(hall: Hall, role: str) -> None:
    post = await a_post(hall)
    for name, command in commands(hall).items():
        result = await use_command(hall, person(hall, role), command, post)
        assert served(result) if may(role, COMMANDS[name]) else refused(result), name


@pytest.mark.parametrize("role", ROLES)
async def test_controls_are_for_those_who_may(hall: Hall, role: str) -> None:
    """A control that leads nowhere any more still gets an answer, and never an apology."""
    await a_post(hall)
    for action, needed in ACTIONS.items():
        if action is Action.COMPOSE:
            continue  # only ever a form
        result = await press(hall, person(hall, role), action, COMPONENT)
        assert served(result) if may(role, needed) else refused(result), action


@pytest.mark.parametrize("role", ROLES)
async def test_forms_are_for_those_who_may(hall: Hall, role: str) -> None:
    await a_post(hall)
    offices = hall.env.bot._offices  # type: ignore[attr-defined]
    forms = [*FORMS, *(action for office in offices for action in office.forms)]
    for action in forms:
        result = await press(hall, person(hall, role), action, FORM)
        assert served(result) if may(role, ACTIONS[action]) else refused(result), action


async def choose(hall: Hall, actor: MemberActor, command: str, option: str) -> int:
    """How many choices autocomplete offers, to a client that asks for them whoever it is for."""
    group, inside = command.split()
    focused = {"type": TEXT, "name": option, "value": "", "focused": True}
    data = {"id": "1", "name": group, "type": SLASH}
    data |= {"options": [{"type": SUB_COMMAND, "name": inside, "options": [focused]}]}
    return len((await actor._dispatch_interaction(AUTOCOMPLETE, hall.lobby, data)).autocomplete_choices or ())


async def test_versions_and_entries_are_suggested_to_those_who_may(hall: Hall) -> None:
    offered = {
        command: [await choose(hall, person(hall, role), command, option) > 0 for role in ROLES]
        for command, option in (
            ("knowledge export", "version"),
            ("knowledge rollback", "version"),
            ("inbox link", "entry"),
        )
    }

    assert offered == {
        "knowledge export": [False, False, True],
        "knowledge rollback": [False, False, True],
        "inbox link": [False, True, True],
    }


@pytest.mark.parametrize("role", ROLES)
async def test_options_are_for_those_who_may(hall: Hall, role: str) -> None:
    """What an option needs is asked for in place of what its command needs."""
    for (name, option), needed in OPTIONS.items():
        group, inside = name.split()
        data: dict[str, Any] = {"id": "1", "name": group, "type": SLASH}
        typed = {"type": TEXT, "name": option, "value": "ដោយចេតនា"}
        required = [{"type": TEXT, "name": "proposal", "value": "គ្មាន"}] if inside == "approve" else []
        data["options"] = [{"type": SUB_COMMAND, "name": inside, "options": [*required, typed]}]
        result = await person(hall, role)._dispatch_interaction(COMMAND, hall.lobby, data)
        assert served(result) if may(role, needed) else refused(result), name


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_an_option_needs_more_than_its_command_and_nothing_else(command: str, option: str) -> None:
    """Else it would let in whom the command keeps out."""
    needed = OPTIONS[command, option]
    assert all(COMMANDS[command] in granted for granted in GRANTED.values() if needed in granted)
    used: Any = SimpleNamespace(command=SimpleNamespace(qualified_name=command), namespace={option: "x"})
    plain: Any = SimpleNamespace(command=used.command, namespace={})

    assert (needed_for(used), needed_for(plain)) == (needed, COMMANDS[command])


async def test_suggestions_are_for_those_who_may(hall: Hall) -> None:
    """Autocomplete would tell what a command must not."""
    await hall.room_change()
    offered = [await choose(hall, actor, "announce show", "announcement") for actor in (hall.mira, hall.alice)]
    assert offered == [1, 0]


@pytest.mark.parametrize("role", Role)
def test_what_is_granted_is_let_in_and_nothing_else(role: Role) -> None:
    """Reviewers, approvers and owners too, who are not in the hall."""
    one = Person(id="discord:1", roles=frozenset({role}))
    assert {needed for needed in Permission if refusal(one, needed) is None} == GRANTED[role]


def test_what_has_no_row_is_for_nobody() -> None:
    assert refusal(Person(id="discord:1", roles=frozenset(Role)), None) is messages.NOT_PERMITTED
