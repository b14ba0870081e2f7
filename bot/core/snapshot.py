"""One immutable set of everything an answer is made from. A reload swaps the whole set, never a part."""

from dataclasses import dataclass

from bot.core.browsing import Browser
from bot.core.catalog import Catalogs
from bot.core.identification import LanguageIdentifier
from bot.core.knowledge import Knowledge
from bot.core.rendering import Renderer
from bot.core.retrieval import Retriever


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Belongs together: the retriever was trained on exactly these entries."""

    knowledge: Knowledge
    catalogs: Catalogs
    retriever: Retriever
    identifier: LanguageIdentifier
    renderer: Renderer
    browser: Browser

    @classmethod
    def of(
        cls,
        knowledge: Knowledge,
        catalogs: Catalogs,
        retriever: Retriever,
        identifier: LanguageIdentifier,
        contact: str | None,
    ) -> "Snapshot":
        """Wire the parts; `contact` tells readers how to reach a moderator, None when the operator named nobody."""
        renderer = Renderer(knowledge, catalogs, contact)
        return cls(knowledge, catalogs, retriever, identifier, renderer, Browser(knowledge, catalogs, renderer))
