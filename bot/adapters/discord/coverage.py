"""The coverage board for moderators, as a file. The command that it answers stands in the group `/knowledge`."""

from collections.abc import Awaitable, Callable

from bot.adapters.discord.offices import Call, Voice
from bot.adapters.discord.pages import Attachment, Page, pieces
from bot.core import messages
from bot.core.answering import Answering
from bot.core.coverage import CoverageBoard, as_csv


def coverage_work(answering: Answering, board: CoverageBoard) -> Callable[[Call], Awaitable[Page]]:
    """What `/knowledge coverage` does; add it with `offices.add_plain_command`."""

    async def show(call: Call) -> Page:
        voice = await Voice.to(answering, call)
        text = as_csv(await board.board())
        return Page(
            texts=pieces(voice.say(messages.COVERAGE_FILE)),
            ephemeral=True,
            attachment=Attachment("coverage.csv", text),
        )

    return show
