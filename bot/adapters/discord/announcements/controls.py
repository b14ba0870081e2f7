"""Buttons, menus and forms of announcements: from a custom id and what was chosen or typed to what follows."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.adapters.discord.announcements.counter import Seen, Shown, split
from bot.adapters.discord.announcements.desks import Desks
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


Handler = Callable[[Desks, Touch], Awaitable[Shown]]


async def _compose_again(desks: Desks, touch: Touch) -> Shown:
    template, zone, words_in = split(touch.argument, "|", 3)
    return await desks.composing.compose(touch.visitor, template, zone, words_in, again=True)


async def _edit_in(desks: Desks, touch: Touch) -> Shown:
    """From a menu of languages, or from the page of faults, whose button names the language itself."""
    _, _, named = split(touch.argument, ".", 3)
    return await desks.composing.edit_form(touch.visitor, touch.seen, touch.chosen or named)


HANDLERS: Mapping[Action, Handler] = {
    Action.NOTICE: lambda desks, touch: desks.reading.read(touch.visitor, touch.argument.rpartition("-")[0]),
    Action.NOTICE_IN: lambda desks, touch: desks.reading.read(touch.visitor, touch.argument, touch.chosen),
    Action.REMIND: lambda desks, touch: desks.reading.remind(touch.visitor, touch.argument),
    Action.REMIND_SET: lambda desks, touch: desks.reading.set_reminder(touch.visitor, touch.argument, touch.chosen),
    Action.REMIND_CANCEL: lambda desks, touch: desks.reading.cancel_reminder(touch.visitor, touch.argument),
    Action.DRAFT: lambda desks, touch: desks.moderating.draft(touch.visitor, touch.seen.id),
    Action.DRAFT_PREVIEW: lambda desks, touch: desks.moderating.preview(touch.visitor, touch.seen.id, touch.chosen),
    Action.DRAFT_CHANNELS: lambda desks, touch: desks.moderating.aim_at(touch.visitor, touch.seen, touch.values),
    Action.DRAFT_LANGUAGE_CHANNELS: lambda desks, touch: desks.moderating.aim_at_languages(touch.visitor, touch.seen),
    Action.DRAFT_ROLE: lambda desks, touch: desks.moderating.choose_role(touch.visitor, touch.seen, touch.values),
    Action.DRAFT_SEND: lambda desks, touch: desks.moderating.send(touch.visitor, touch.seen, sure=False),
    Action.DRAFT_PING: lambda desks, touch: desks.moderating.send(touch.visitor, touch.seen, sure=True),
    Action.DRAFT_APPROVE: lambda desks, touch: desks.moderating.approve(touch.visitor, touch.seen),
    Action.DRAFT_DISCARD: lambda desks, touch: desks.moderating.discard(touch.visitor, touch.seen),
    Action.ADD_LANGUAGE: lambda desks, touch: desks.composing.add_language(touch.visitor, touch.seen),
    Action.RETRACT: lambda desks, touch: desks.moderating.retract(touch.visitor, touch.seen, sure=False),
    Action.RETRACT_SURE: lambda desks, touch: desks.moderating.retract(touch.visitor, touch.seen, sure=True),
    Action.RETRY: lambda desks, touch: desks.moderating.retry(touch.visitor, touch.seen.id),
    Action.HISTORY: lambda desks, touch: desks.moderating.history(touch.visitor, touch.seen.id),
}
# What opens a form: it must be the first answer to an interaction, so nothing may be acknowledged before.
OPENERS: Mapping[Action, Handler] = {
    Action.COMPOSE_AGAIN: _compose_again,
    Action.EDIT: lambda desks, touch: desks.composing.edit_form(touch.visitor, touch.seen),
    Action.EDIT_IN: _edit_in,
    Action.DRAFT_LATER: lambda desks, touch: desks.moderating.later_form(touch.visitor, touch.seen, sure=False),
    Action.DRAFT_PING_LATER: lambda desks, touch: desks.moderating.later_form(touch.visitor, touch.seen, sure=True),
}
# What a form that comes back does.
FORMS: Mapping[Action, Handler] = {
    Action.COMPOSE: lambda desks, touch: desks.composing.composed(touch.visitor, touch.control, touch.typed),
    Action.EDIT: lambda desks, touch: desks.composing.edited(touch.visitor, touch.control, touch.typed),
    Action.DRAFT_LATER: lambda desks, touch: desks.moderating.later(touch.visitor, touch.seen, touch.typed),
}
