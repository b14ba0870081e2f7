"""`/knowledge` as the client serves it."""

from bot.adapters.discord.commands import Respond, Tree
from bot.adapters.discord.coverage import coverage_work
from bot.adapters.discord.knowledge.commands import add_knowledge_commands
from bot.adapters.discord.knowledge.desk import KnowledgeDesk
from bot.adapters.discord.offices import Office, add_plain_command
from bot.adapters.discord.people import RoleIds
from bot.adapters.discord.translation import described
from bot.core import messages
from bot.core.answering import Answering
from bot.core.coverage import CoverageBoard
from bot.core.reloading import Reloading


def knowledge_office(answering: Answering, reloading: Reloading, board: CoverageBoard, roles: RoleIds) -> Office:
    desk = KnowledgeDesk(reloading, roles)

    def add_commands(tree: Tree, respond: Respond) -> None:
        group = add_knowledge_commands(tree, desk, answering, respond)
        title = described(answering, messages.COVERAGE_TITLE)
        add_plain_command(group, "coverage", title, coverage_work(answering, board), roles, respond)

    return Office(add_commands=add_commands)
