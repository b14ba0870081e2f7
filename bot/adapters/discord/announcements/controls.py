"""Buttons, menus and forms of announcements: from a custom id and what was chosen or typed to what follows."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.adapters.discord.announcements.desk import Desk, Seen, Shown
from bot.adapters.discord.announcements.visitors import Visitor
from bot.adapters.discord.custom_ids import Action, ControlId


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """Somebody used a control. `values` were taken from a menu, `typed` stands in a form."""

    visitor: Visitor
    control: ControlId
    values: Sequence[str] = ()
    typed: Mapping[str, str]

    @property
    def argument(self) -> str:
        return self.control.argument

    @property
    def seen(self) -> Seen:
        return Seen.parse(self.control.argument)

    @property
    def chosen(self) -> str:
        return self.values[0] if self.values else ""


Handler = Callable[[Desk, Touch], Awaitable[Shown]]


async def _compose_again(desk: Desk, touch: Touch) -> Shown:
    template, zone, words_in = [*touch.argument.split("|", 2), "", ""][:3]
    return await desk.compose(touch.visitor, template, zone, words_in, again=True)


async def _edit_in(desk: Desk, touch: Touch) -> Shown:
    """From a menu of languages, or from the page of faults, whose button names the language itself."""
    named = touch.argument.split(".", 2)[2] if touch.argument.count(".") == 2 else ""
    return await desk.edit_form(touch.visitor, touch.seen, touch.chosen or named)


HANDLERS: Mapping[Action, Handler] = {
    Action.NOTICE: lambda desk, touch: desk.read(touch.visitor, touch.argument.rpartition("-")[0]),
    Action.NOTICE_IN: lambda desk, touch: desk.read(touch.visitor, touch.argument, touch.chosen),
    Action.REMIND: lambda desk, touch: desk.remind(touch.visitor, touch.argument),
    Action.REMIND_SET: lambda desk, touch: desk.set_reminder(touch.visitor, touch.argument, touch.chosen),
    Action.REMIND_CANCEL: lambda desk, touch: desk.cancel_reminder(touch.visitor, touch.argument),
    Action.DRAFT: lambda desk, touch: desk.draft(touch.visitor, touch.seen.id),
    Action.DRAFT_PREVIEW: lambda desk, touch: desk.preview(touch.visitor, touch.seen.id, touch.chosen),
    Action.DRAFT_CHANNELS: lambda desk, touch: desk.choose_channels(touch.visitor, touch.seen, touch.values),
    Action.DRAFT_LANGUAGE_CHANNELS: lambda desk, touch: desk.choose_language_channels(touch.visitor, touch.seen),
    Action.DRAFT_ROLE: lambda desk, touch: desk.choose_role(touch.visitor, touch.seen, touch.values),
    Action.DRAFT_SEND: lambda desk, touch: desk.send(touch.visitor, touch.seen, sure=False),
    Action.DRAFT_PING: lambda desk, touch: desk.send(touch.visitor, touch.seen, sure=True),
    Action.DRAFT_APPROVE: lambda desk, touch: desk.approve(touch.visitor, touch.seen),
    Action.DRAFT_DISCARD: lambda desk, touch: desk.discard(touch.visitor, touch.seen),
    Action.ADD_LANGUAGE: lambda desk, touch: desk.add_language(touch.visitor, touch.seen),
    Action.RETRACT: lambda desk, touch: desk.retract(touch.visitor, touch.seen, sure=False),
    Action.RETRACT_SURE: lambda desk, touch: desk.retract(touch.visitor, touch.seen, sure=True),
    Action.RETRY: lambda desk, touch: desk.retry(touch.visitor, touch.seen.id),
    Action.HISTORY: lambda desk, touch: desk.history(touch.visitor, touch.seen.id),
}
# What opens a form: it must be the first answer to an interaction, so nothing may be acknowledged before.
OPENERS: Mapping[Action, Handler] = {
    Action.COMPOSE_AGAIN: _compose_again,
    Action.EDIT: lambda desk, touch: desk.edit_form(touch.visitor, touch.seen),
    Action.EDIT_IN: _edit_in,
    Action.DRAFT_LATER: lambda desk, touch: desk.later_form(touch.visitor, touch.seen, sure=False),
    Action.DRAFT_PING_LATER: lambda desk, touch: desk.later_form(touch.visitor, touch.seen, sure=True),
}
# What a form that comes back does.
FORMS: Mapping[Action, Handler] = {
    Action.COMPOSE: lambda desk, touch: desk.composed(touch.visitor, touch.control, touch.typed),
    Action.EDIT: lambda desk, touch: desk.edited(touch.visitor, touch.control, touch.typed),
    Action.DRAFT_LATER: lambda desk, touch: desk.later(touch.visitor, touch.seen, touch.typed),
}
