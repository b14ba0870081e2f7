"""What `/knowledge` does: the deed, then the report as a page. Who may stands in `requirements`."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial

import discord

from bot.adapters.discord.delivery import persist
from bot.adapters.discord.failures import trail
from bot.adapters.discord.pages import MAX_CONTENT, Attachment, Page
from bot.adapters.discord.people import RoleIds, person_of
from bot.adapters.discord.views import make_file
from bot.core.errors import BotError
from bot.core.permissions import Person
from bot.core.reload_reports import check_report, diff_report, outcome_report, rollback_report, status_report
from bot.core.reloading import Reloading
from bot.core.text import truncate

_log = logging.getLogger(__name__)
_SHORT = 1_500  # characters that a reader may be expected to read in a message; what is longer is a file
MAX_UPLOAD = 8 * 1024 * 1024  # Discord takes 10 MB from bots on any server
Deed = Callable[[Person], Awaitable[Page]]


class KnowledgeDesk:
    """Serves admins. Reports are English for operators."""

    def __init__(self, reloading: Reloading, roles: RoleIds) -> None:
        self._reloading = reloading
        self.roles = roles

    async def serve(self, interaction: discord.Interaction, deed: Deed) -> Page:
        try:
            return await deed(person_of(interaction, self.roles))
        except BotError as error:
            return report_page(str(error))

    async def status(self, _person: Person) -> Page:
        return report_page(status_report(await self._reloading.status()))

    async def check(self, _person: Person) -> Page:
        return report_page(check_report(await self._reloading.check()))

    async def diff(self, _person: Person) -> Page:
        return report_page(diff_report(await self._reloading.check()))

    async def reload(self, person: Person, why: str, override: str) -> Page:
        overrides = bool(override.strip())
        outcome = await self._reloading.reload(person.id, override if overrides else why, override=overrides)
        return report_page(outcome_report(outcome))

    async def rollback(self, person: Person, version: str | None, why: str) -> Page:
        return report_page(rollback_report(await self._reloading.rollback(person.id, why, version)))

    async def export(self, _person: Person, version: str | None) -> Page:
        archive = await self._reloading.export(version)
        if archive is None:
            return report_page("There is no such version; `/knowledge status` lists those that are kept.")
        if len(archive) > MAX_UPLOAD:
            return report_page("Too large for Discord; run `python -m bot knowledge export` where the bot runs.")
        text = f"{len(archive) / 1024**2:.1f} MB"
        return Page(texts=(text,), ephemeral=True, attachment=Attachment("knowledge.zip", data=archive))

    async def version_ids(self, typed: str) -> list[str]:
        """For autocomplete."""
        return [one.id for one in (await self._reloading.status()).versions if typed.strip() in one.id]


def report_page(text: str) -> Page:
    """A code block, so that nothing in a report is read as markup; a file beside the first line when it is long."""
    if len(text) <= _SHORT and "```" not in text:
        return Page(texts=(f"```\n{text}\n```",), ephemeral=True)
    first = truncate(text.partition("\n")[0].replace("`", "'"), MAX_CONTENT // 4)
    return Page(texts=(f"```\n{first}\n```",), ephemeral=True, attachment=Attachment("report.txt", text))


async def post_report(client: discord.Client, channel_id: int, text: str) -> None:
    """Tell moderators in their channel; where that fails, the log has told it already."""
    shown = report_page(text)
    try:
        channel = client.get_channel(channel_id) or await client.fetch_channel(channel_id)
        if isinstance(channel, discord.abc.Messageable):
            file = make_file(shown.attachment) if shown.attachment else discord.utils.MISSING
            silent = discord.AllowedMentions.none()
            await persist(partial(channel.send, shown.texts[0], file=file, allowed_mentions=silent))
    except (discord.HTTPException, OSError) as error:
        _log.error("moderators not told: %s", trail(error))
