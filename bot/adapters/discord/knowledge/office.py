"""`/knowledge` as the client serves it."""

from bot.adapters.discord.commands import Respond, Tree
from bot.adapters.discord.coverage import coverage_work
from bot.adapters.discord.custom_ids import Action
from bot.adapters.discord.knowledge.commands import add_knowledge_commands
from bot.adapters.discord.knowledge.desk import KnowledgeDesk
from bot.adapters.discord.knowledge.proposals import CardPlace, ProposalDesk
from bot.adapters.discord.offices import Office, add_plain_command
from bot.adapters.discord.people import RoleIds
from bot.adapters.discord.translation import described
from bot.core import messages
from bot.core.answering import Answering
from bot.core.coverage import CoverageBoard
from bot.core.proposals.proposing import Proposing
from bot.core.reloading import Reloading


def knowledge_office(
    answering: Answering,
    reloading: Reloading,
    proposing: Proposing,
    board: CoverageBoard,
    roles: RoleIds,
    cards: CardPlace,
) -> Office:
    """Args: `cards` is where other admins see what was proposed."""
    desk, proposals = KnowledgeDesk(reloading, roles), ProposalDesk(proposing, answering, cards)

    def add_commands(tree: Tree, respond: Respond) -> None:
        group = add_knowledge_commands(tree, desk, proposals, answering, respond)
        title = described(answering, messages.COVERAGE_TITLE)
        add_plain_command(group, "coverage", title, coverage_work(answering, board), roles, respond)

    handlers = {Action.PROPOSAL_APPROVE: proposals.press_approve, Action.PROPOSAL_REJECT: proposals.press_reject}
    return Office(add_commands=add_commands, handlers=handlers)
