"""Buttons, menus and forms of the inbox: from a custom id and what was chosen or typed to what follows."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.adapters.discord.announcements.counter import Seen, Shown
from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.inbox.desk import Caller, InboxDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxTouch:
    """Somebody used a control. `values` were taken from a menu, `typed` stands in a form."""

    caller: Caller
    control: ControlId
    values: Sequence[str] = ()
    typed: Mapping[str, str]

    @property
    def seen(self) -> Seen:
        return Seen.parse(self.control.argument)

    @property
    def chosen(self) -> str:
        return self.values[0] if self.values else ""


InboxHandler = Callable[[InboxDesk, InboxTouch], Awaitable[Shown]]


async def _details(desk: InboxDesk, touch: InboxTouch) -> Shown:
    """From a card, whose button names its delivery, or from the menu of the list."""
    return await desk.details(touch.caller, touch.chosen or touch.control.argument.rpartition("-")[0])


INBOX_HANDLERS: Mapping[Action, InboxHandler] = {
    Action.INBOX_QUIET: lambda desk, touch: desk.quiet(touch.caller, touch.control.argument, touch.control.locale),
    Action.INBOX_SOURCES: lambda desk, touch: desk.sources(touch.caller, touch.control.argument, touch.control.locale),
    Action.INBOX_CARD: _details,
    Action.INBOX_LINK: lambda desk, touch: desk.link(touch.caller, touch.seen),
    Action.INBOX_LINK_TO: lambda desk, touch: desk.link_to(touch.caller, touch.seen, touch.chosen),
    Action.INBOX_DISMISS: lambda desk, touch: desk.dismiss(touch.caller, touch.seen, sure=False),
    Action.INBOX_DISMISS_SURE: lambda desk, touch: desk.dismiss(touch.caller, touch.seen, sure=True),
    Action.INBOX_DUPLICATE: lambda desk, touch: desk.duplicate(touch.caller, touch.seen),
    Action.INBOX_MERGE: lambda desk, touch: desk.merge(touch.caller, touch.seen, touch.chosen),
    Action.INBOX_APPROVE: lambda desk, touch: desk.approve(touch.caller, touch.seen),
    Action.INBOX_SEND_BACK: lambda desk, touch: desk.send_back(touch.caller, touch.seen),
}
# What opens a form: it must be the first answer to an interaction, so nothing may be acknowledged before.
INBOX_OPENERS: Mapping[Action, InboxHandler] = {
    Action.INBOX_ANSWER: lambda desk, touch: desk.answer_form(touch.caller, touch.seen),
}
# What a form that comes back does.
INBOX_FORMS: Mapping[Action, InboxHandler] = {
    Action.INBOX_ANSWER: lambda desk, touch: desk.answered(touch.caller, touch.seen, touch.typed),
}
