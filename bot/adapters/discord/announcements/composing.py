"""Writing an announcement: the forms of a new one and of an edit, and files with own words."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.adapters.discord.announcements.content_forms import (
    Typed,
    TypedForms,
    content_form,
    fault_text,
    faults_page,
    read_content,
    typed_of,
    your_text,
)
from bot.adapters.discord.announcements.counter import Counter, DeskOptions, Seen, Shown, split
from bot.adapters.discord.announcements.visitors import Visitor
from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.markup import plain
from bot.adapters.discord.offices import Voice
from bot.adapters.discord.pages import Page, menu, page
from bot.core.announcements import messages
from bot.core.announcements.announcing import Announcing, Conflict
from bot.core.announcements.models import Content, Words
from bot.core.announcements.templates import FREE_TEXT, TEMPLATES
from bot.core.announcements.typed import Fault, own_words, read_zone
from bot.core.answering import Answering
from bot.core.locales import LANGUAGES
from bot.core.models import Option

# Reads a file of texts by language: the texts, or what is wrong with it, for a person to read.
ReadTexts = Callable[[str, bytes], Mapping[str, Words] | str]


class ComposingDesk(Counter):
    """For moderators."""

    def __init__(
        self,
        announcing: Announcing,
        answering: Answering,
        options: DeskOptions,
        typed_forms: TypedForms,
        read_texts: ReadTexts,
    ) -> None:
        super().__init__(announcing, answering, options)
        self._typed_forms = typed_forms
        self._read_texts = read_texts

    async def compose(
        self, visitor: Visitor, template: str, zone: str, words_in: str | None, *, again: bool = False
    ) -> Shown:
        """The form of a new announcement; `again` with what was typed into it before."""
        voice = await self._greet(visitor)
        found = self._zone_for_moderator(visitor, zone, voice)
        if isinstance(found, Page):
            return found
        if template != FREE_TEXT and template not in TEMPLATES:
            return page(voice.say(messages.GONE))
        words_in = words_in if words_in and words_in in LANGUAGES else voice.locale
        control_id = ControlId(Action.COMPOSE, voice.locale, f"{template}|{found}|{words_in}")
        typed = self._typed_forms.recall(visitor, control_id) if again else {}
        return content_form(control_id, template, words_in, voice, typed)

    async def composed(self, visitor: Visitor, control_id: ControlId, typed: Typed) -> Page:
        """A form of a new announcement came back."""
        voice = await self._greet(visitor)
        template, zone, words_in = split(control_id.argument, "|", 3)
        if isinstance(read_zone(zone, self._options.zone), Fault):  # forged
            return page(voice.say(messages.GONE))
        if (template != FREE_TEXT and template not in TEMPLATES) or words_in not in LANGUAGES:
            return page(voice.say(messages.GONE))
        content = read_content(template, words_in, typed, zone, self._announcing.now(), {})
        if isinstance(content, tuple):
            self._typed_forms.remember(visitor, control_id, typed)
            return faults_page(content, typed, replace(control_id, action=Action.COMPOSE_AGAIN), voice)
        return await self._drafted(visitor, content, words_in, zone, voice)

    async def compose_file(self, visitor: Visitor, name: str, data: bytes, zone: str) -> Page:
        """A new announcement in own words from a file with texts by language."""
        voice = await self._greet(visitor)
        found = self._zone_for_moderator(visitor, zone, voice)
        if isinstance(found, Page):
            return found
        texts = self._read_texts(name, data)
        if isinstance(texts, str):
            return page(voice.say(messages.FAULT_FILE, problem=plain(texts)))
        return await self._drafted(visitor, own_words(texts), next(iter(texts)), found, voice)

    async def edit_form(self, visitor: Visitor, seen: Seen, words_in: str | None = None) -> Shown:
        """The form with the announcement as it is, in `words_in` or the language it was written in."""
        voice = await self._greet(visitor)
        announcement = await self._for_moderator(visitor, seen.id, voice)
        if isinstance(announcement, Page):
            return announcement
        locale = words_in if words_in and words_in in LANGUAGES else announcement.original
        # The version that is edited, not the one a button was made for: the form shows what it is now.
        control_id = ControlId(Action.EDIT, voice.locale, f"{announcement.id}.{announcement.version}.{locale}")
        typed = self._typed_forms.recall(visitor, control_id) or typed_of(announcement.content, locale)
        return content_form(control_id, announcement.content.template, locale, voice, typed)

    async def edited(self, visitor: Visitor, control_id: ControlId, typed: Typed) -> Page:
        """A form of an edit came back."""
        voice = await self._greet(visitor)
        announcement_id, version, locale = split(control_id.argument, ".", 3)
        announcement = await self._for_moderator(visitor, announcement_id, voice)
        if isinstance(announcement, Page):
            return announcement
        if locale not in LANGUAGES or not version.isdecimal():
            return page(voice.say(messages.GONE))
        known = announcement.content
        content = read_content(known.template, locale, typed, announcement.zone, self._announcing.now(), known.texts)
        if isinstance(content, tuple):
            self._typed_forms.remember(visitor, control_id, typed)
            again = ControlId(Action.EDIT_IN, voice.locale, f"{announcement_id}.{version}.{locale}")
            return faults_page(content, typed, again, voice)
        result = await self._announcing.edit(announcement_id, int(version), content, visitor.actor)
        done = messages.EDITED if announcement.published else None
        mine = your_text(typed, voice) if isinstance(result, Conflict) else ""
        return await self._result_page(visitor, result, voice, voice.say(done) if done else "", below=mine)

    async def add_language(self, visitor: Visitor, seen: Seen) -> Page:
        voice = await self._greet(visitor)
        announcement = await self._for_moderator(visitor, seen.id, voice)
        if isinstance(announcement, Page):
            return announcement
        prompt = voice.say(messages.TEXT_LANGUAGE_PROMPT)
        options = tuple(Option(tag, language.autonym) for tag, language in LANGUAGES.items())
        return page(prompt, menu(prompt, ControlId(Action.EDIT_IN, voice.locale, str(seen)), options))

    def _zone_for_moderator(self, visitor: Visitor, zone: str, voice: Voice) -> str | Page:
        """The time zone that was named, or the page that tells why nothing can be written."""
        if not visitor.actor.moderator:
            return page(voice.say(messages.NOT_MODERATOR))
        found = read_zone(zone, self._options.zone)
        return page(fault_text(found, voice)) if isinstance(found, Fault) else found

    async def _drafted(self, visitor: Visitor, content: Content, original: str, zone: str, voice: Voice) -> Page:
        result = await self._announcing.draft(
            content=content, original=original, zone=zone, targets=(), actor=visitor.actor
        )
        return replace(await self._result_page(visitor, result, voice, ""), in_place=False)
