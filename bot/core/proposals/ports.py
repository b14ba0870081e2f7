"""What proposals ask of the world. Implementations live outside."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.audit import AuditRecord
from bot.core.errors import Problem
from bot.core.proposals.lifecycle import Change
from bot.core.proposals.models import FileProposal
from bot.core.reloading import EditableFiles


class ProposalStore(Protocol):
    """Every method raises StoreError when it could not be done, left nothing behind, and may be called again."""

    async def add(self, proposal: FileProposal, record: AuditRecord) -> None: ...

    async def proposal(self, proposal_id: str) -> FileProposal | None: ...

    async def open(self) -> Sequence[FileProposal]:
        """Those that nobody has decided on for good, the oldest first; without their texts."""
        ...

    async def apply(self, change: Change) -> bool:
        """Store a decision and its record as a whole. False, and nothing stored, when somebody decided meanwhile."""
        ...


class ProposedFiles(EditableFiles, Protocol):
    """The folders of the knowledge base and of the catalogs."""

    def place_of(self, file_name: str, raw: bytes) -> str | Sequence[Problem]:
        """Which content file an upload is meant to be, or why it can be none. Reads nothing but its arguments."""
        ...

    async def obstacles(self, place: str) -> Sequence[Problem]:
        """Why a file could not be written there; whether it could be is tried."""
        ...
