"""`/audit export`: the record of deeds, for those who may read it."""

import json

from bot.storage.audit import SqlAuditLog
from bot.storage.sql import SqlStore
from tests.adapters.discord.announcements.conftest import Hall, shown
from tests.adapters.discord.announcements.test_moderating import sent


async def test_an_admin_exports_the_record_of_the_own_server(hall: Hall, database: SqlStore) -> None:
    """With the ids of people, the hashes, and the export itself as its last line."""
    await sent(hall, hall.news)

    page = await hall.noor.slash(hall.lobby, "audit export")

    assert shown(page).ephemeral
    lines = [json.loads(line) for line in (await shown(page).attachments[0].read()).decode().splitlines()]
    assert [line["hash"] for line in lines] == [line.hash for line in await SqlAuditLog(database).lines()]
    assert lines[0]["person"] == f"discord:{hall.mira.id}"
    assert (lines[-1]["deed"], lines[-1]["person"]) == ("audit.exported", f"discord:{hall.noor.id}")
