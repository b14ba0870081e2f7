"""Where readers and moderators of announcements are served: every method gives the page or form that follows."""

from dataclasses import dataclass
from typing import Self

from bot.adapters.discord.announcements.composing import ComposingDesk, ReadTexts
from bot.adapters.discord.announcements.content_forms import TypedForms
from bot.adapters.discord.announcements.counter import DeskOptions
from bot.adapters.discord.announcements.moderating import ModeratingDesk
from bot.adapters.discord.announcements.reading import ReadingDesk
from bot.core.announcements.announcing import Announcing
from bot.core.answering import Answering


@dataclass(frozen=True, slots=True)
class Desks:
    """One for each kind of business."""

    reading: ReadingDesk
    composing: ComposingDesk
    moderating: ModeratingDesk

    @classmethod
    def open(cls, announcing: Announcing, answering: Answering, options: DeskOptions, read_texts: ReadTexts) -> Self:
        typed_forms = TypedForms()
        return cls(
            ReadingDesk(announcing, answering, options),
            ComposingDesk(announcing, answering, options, typed_forms, read_texts),
            ModeratingDesk(announcing, answering, options, typed_forms),
        )
