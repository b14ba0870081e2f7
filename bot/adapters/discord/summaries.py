"""Summaries as pages (in brief first, then section by section) and as a Markdown file. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.layout import source_lines
from bot.adapters.discord.markup import link, plain
from bot.adapters.discord.pages import Attachment, Button, Page, Row, Say, button, button_rows, pieces, usable
from bot.core import messages
from bot.core.models import Source, Summary, SummarySection

Cite = Callable[[Source], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryLayout:
    """What the pages of one summary share.

    Args:
        whole: The summary at full length; its sections get the buttons and its text the file.
        topic: Id of what it is about.
        reader: The language asked for, which the summary may not be in.
        cite: Publisher with date, in the summary's language.
    """

    whole: Summary
    topic: str
    reader: str
    say: Say
    cite: Cite

    def brief(self, summary: Summary) -> Page:
        """The first page: `summary` at the length that was asked for, and everything as a file."""
        body = "\n\n".join(_section_text(section) for section in summary.sections[:1])
        parts = (_title(summary), body, plain(summary.attribution), self.say(messages.SUMMARY_FILE))
        return Page(
            texts=pieces("\n\n".join(parts)),
            rows=self._rows(0, 0, 1),
            ephemeral=True,
            attachment=Attachment(f"summary-{self.topic}-{summary.locale}.md", self.markdown()),
        )

    def section(self, index: int, piece: int) -> Page | None:
        """One section with its sources, in place of the page before; None when there is no such section."""
        if not 0 <= index < len(self.whole.sections):
            return None
        section = self.whole.sections[index]
        sources = source_lines(section.sources, self.say, tuple(map(self.cite, section.sources)))
        texts = pieces("\n\n".join([_title(self.whole), _section_text(section), sources]))
        if not 0 <= piece < len(texts):
            return None
        return Page(texts=(texts[piece],), rows=self._rows(index, piece, len(texts)), ephemeral=True, in_place=True)

    def markdown(self) -> str:
        """The whole summary with linked sources."""
        parts = [f"# {self.whole.title}"]
        parts += [f"> {self.whole.notice}"] if self.whole.notice else []
        for section in self.whole.sections:
            parts += [f"## {section.title}", *section.paragraphs, "\n".join(self._source_items(section.sources))]
        return "\n\n".join(part for part in parts if part) + "\n"

    def _source_items(self, sources: Iterable[Source]) -> list[str]:
        return [f"- [{_bracketed(source.title)}]({link(source.url)}), {self.cite(source)}" for source in sources]

    def _rows(self, index: int, piece: int, count: int) -> tuple[Row, ...]:
        sections = self.whole.sections
        buttons = tuple(
            button(section.title, self._control(Action.SUMMARY, number, 0), chosen=number == index)
            for number, section in enumerate(sections)
        )
        return usable((self._turning(index, piece, count), *button_rows(buttons)))

    def _turning(self, index: int, piece: int, count: int) -> tuple[Button, ...]:
        """Previous and Next inside a section that is longer than one message."""
        steps = ((messages.BUTTON_PREVIOUS, piece - 1), (messages.BUTTON_NEXT, piece + 1))
        return tuple(
            button(self.say(message), self._control(Action.TURN, index, target))
            for message, target in steps
            if 0 <= target < count
        )

    def _control(self, action: Action, index: int, piece: int) -> ControlId:
        return ControlId(action, self.reader, f"{index}.{piece}:{self.topic}")


def _title(summary: Summary) -> str:
    return "\n\n".join(part for part in (f"**{plain(summary.title)}**", plain(summary.notice or "")) if part)


def _section_text(section: SummarySection) -> str:
    return "\n".join([f"**{plain(section.title)}**", *map(plain, section.paragraphs)])


def _bracketed(title: str) -> str:
    return title.replace("[", "\\[").replace("]", "\\]")
