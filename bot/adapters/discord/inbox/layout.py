"""Groups of questions as moderators see them, and answers as askers get them. Pure."""

from collections.abc import Mapping, Sequence

from bot.adapters.discord.custom_ids import Action, ControlId
from bot.adapters.discord.forms import Field, Form
from bot.adapters.discord.markup import echoed, link, plain
from bot.adapters.discord.offices import Voice
from bot.adapters.discord.pages import Attachment, Button, Page, Row, button, button_rows, menu, page, pieces, usable
from bot.core.formatting import language_name, percent
from bot.core.inbox import messages
from bot.core.inbox.cards import card_id
from bot.core.inbox.drafts import ANSWER, DATE, FIELDS, MOST, QUESTION, SOURCE, URL, Fault
from bot.core.inbox.lifecycle import STATE_NAMES, Refusal
from bot.core.inbox.models import Case, Group, Phrasing, Proposal, State
from bot.core.locales import LANGUAGES
from bot.core.messages import Message
from bot.core.models import Option, Reply
from bot.core.text import truncate

_LISTED = 20
_SHOWN_ENTRY = 80  # characters of an entry's title beside other things
_LONG_FIELDS = (ANSWER, SOURCE)
Labels = Mapping[str, str]  # titles of entries by key, in the language of the page


def case_text(case: Case, voice: Voice, labels: Labels) -> str:
    """What was asked, how often, in which languages, what came nearest, and what became of it."""
    group = case.group
    languages = [
        voice.say(messages.CARD_LANGUAGE, language=language_name(tag, voice.locale), count=str(count))
        for tag, count in case.languages.items()
        if tag in LANGUAGES
    ]
    parts = [
        f"**{voice.say_count(messages.CARD_HEADING, group.count)}** · `{group.id}`",
        " · ".join(languages),
        *_wordings(case, voice),
        plain(_nearest(group, voice, labels)),
        *_progress(case, voice, labels),
        *_proposal(group, voice),
    ]
    return "\n".join(part for part in parts if part)


def case_rows(case: Case, voice: Voice) -> tuple[Row, ...]:
    """The first button names the card: by it a card can be recognised in its channel."""
    group = case.group
    details = button(voice.say(messages.BUTTON_DETAILS), ControlId(Action.INBOX_CARD, voice.locale, card_id(group.id)))
    wanted: list[tuple[Message, Action]] = []
    if group.state is State.PROPOSED:
        wanted += [
            (messages.BUTTON_APPROVE, Action.INBOX_APPROVE),
            (messages.BUTTON_SEND_BACK, Action.INBOX_SEND_BACK),
        ]
    if group.state in (State.OPEN, State.PROPOSED):
        wanted += [
            (messages.BUTTON_ANSWER, Action.INBOX_ANSWER),
            (messages.BUTTON_LINK, Action.INBOX_LINK),
            (messages.BUTTON_DISMISS, Action.INBOX_DISMISS),
            (messages.BUTTON_DUPLICATE, Action.INBOX_DUPLICATE),
        ]
    return usable(button_rows((details, *(_button(one, group, voice) for one in wanted))))


def case_page(case: Case, voice: Voice, labels: Labels, *, above: str = "") -> Page:
    parts = (plain(above), case_text(case, voice, labels))
    return page("\n\n".join(part for part in parts if part), *case_rows(case, voice))


def control(action: Action, group: Group, voice: Voice) -> ControlId:
    """With how much had been decided when the moderator saw it."""
    return ControlId(action, voice.locale, f"{group.id}.{group.decided}")


def list_page(groups: Sequence[Group], voice: Voice, labels: Labels) -> Page:
    """The most asked first; the menu opens one."""
    if not groups:
        return page(voice.say(messages.LIST_EMPTY))
    shown = groups[:_LISTED]
    lines = [
        f"• {voice.say_count(messages.LIST_LINE, one.count, id=one.id)} · {voice.say(STATE_NAMES[one.state])} · "
        f"{plain(_nearest(one, voice, labels))}"
        for one in shown
    ]
    options = tuple(group_option(one, voice, labels) for one in shown)
    prompt = voice.say(messages.COMMAND_SHOW)
    return page("\n".join(lines), menu(prompt, ControlId(Action.INBOX_CARD, voice.locale), options))


def group_option(group: Group, voice: Voice, labels: Labels) -> Option:
    named = voice.say_count(messages.LIST_LINE, group.count, id=group.id)
    return Option(group.id, truncate(f"{named} · {_nearest(group, voice, labels)}", 100))


def link_page(group: Group, nearest: Sequence[Option], voice: Voice) -> Page:
    text = voice.say(messages.LINK_PROMPT)
    return page(plain(text), menu(text, control(Action.INBOX_LINK_TO, group, voice), tuple(nearest)))


def merge_page(group: Group, similar: Sequence[Group], voice: Voice, labels: Labels) -> Page:
    if not similar:
        return page(voice.say(messages.NOTHING_SIMILAR))
    options = tuple(group_option(one, voice, labels) for one in similar)
    prompt = voice.say(messages.MERGE_PROMPT)
    return page(prompt, menu(prompt, control(Action.INBOX_MERGE, group, voice), options))


def dismiss_page(group: Group, voice: Voice) -> Page:
    sure = _button((messages.BUTTON_DISMISS, Action.INBOX_DISMISS_SURE), group, voice)
    return page(voice.say(messages.DISMISS_CONFIRM), (sure,))


def answer_form(group: Group, voice: Voice, typed: Mapping[str, str]) -> Form:
    fields = tuple(
        Field(
            key=key,
            label=voice.say(FIELDS[key]),
            value=typed.get(key, ""),
            long=key in _LONG_FIELDS,
            most=MOST[key],
        )
        for key in (QUESTION, ANSWER, SOURCE, URL, DATE)
    )
    return Form(voice.say(messages.FORM_TITLE), control(Action.INBOX_ANSWER, group, voice), fields)


def faults_page(faults: Sequence[Fault], group: Group, voice: Voice) -> Page:
    """Every fault, and the way back to the form."""
    values = [{name: voice.say(value) for name, value in fault.values.items()} for fault in faults]
    lines = [plain(voice.say(one.message, **filled)) for one, filled in zip(faults, values, strict=True)]
    return again_page([f"• {line}" for line in lines], group, voice)


def again_page(lines: Sequence[str], group: Group, voice: Voice) -> Page:
    again = _button((messages.BUTTON_ANSWER, Action.INBOX_ANSWER), group, voice)
    return page("\n".join([voice.say(messages.FAULTS), *lines]), (again,))


def refusal_text(refusal: Refusal, voice: Voice) -> str:
    return voice.say(refusal.message, **{name: voice.say(value) for name, value in refusal.values.items()})


def phrasings_page(phrasings: Sequence[Phrasing], text: str, voice: Voice) -> Page:
    if not phrasings:
        return page(voice.say(messages.LIST_EMPTY))
    shown = pieces(voice.say(messages.PHRASINGS_FILE))
    return Page(texts=shown, ephemeral=True, attachment=Attachment("phrasings.yaml", text))


def answer_text(reply: Reply, question: str, voice: Voice) -> str:
    """What somebody gets who asked."""
    answer = (reply.notice or "", reply.text, reply.attribution or "")
    parts = (plain(voice.say(messages.ANSWER_LEAD)), f"**{plain(question)}**", *map(plain, answer))
    return "\n\n".join(part for part in parts if part)


def answer_rows(delivery_id: str, label: str, locale: str) -> tuple[Row, ...]:
    """The button names the delivery: by it an answer can be recognised in its channel."""
    return ((button(label, ControlId(Action.INBOX_SOURCES, locale, delivery_id)),),)


def _button(wanted: tuple[Message, Action], group: Group, voice: Voice) -> Button:
    message, action = wanted
    return button(voice.say(message), control(action, group, voice))


def _wordings(case: Case, voice: Voice) -> list[str]:
    if not case.wordings:
        return [voice.say(messages.CARD_NO_WORDS)]
    return [f"> {language_name(one.locale, voice.locale)}: {echoed(one.text)}" for one in case.wordings]


def _nearest(group: Group, voice: Voice, labels: Labels) -> str:
    entry = labels.get(group.nearest or "")
    if entry is None:
        return voice.say(messages.CARD_NO_NEAREST)
    shown = truncate(entry, _SHOWN_ENTRY)
    return voice.say(messages.CARD_NEAREST, percent=percent(group.probability, voice.locale), entry=shown)


def _progress(case: Case, voice: Voice, labels: Labels) -> list[str]:
    group = case.group
    lines = [voice.say_count(messages.CARD_WAITING, case.waiting)] if case.waiting else []
    lines.append(voice.say(messages.CARD_STATE, state=voice.say(STATE_NAMES[group.state])))
    if group.key:
        lines.append(plain(voice.say(messages.CARD_ANSWER, entry=labels.get(group.key, group.key))))
    lines += [voice.say_count(messages.CARD_REACHED, group.reached)] if group.reached else []
    lines += [voice.say_count(messages.CARD_UNREACHED, group.unreached)] if group.unreached else []
    return lines


def _proposal(group: Group, voice: Voice) -> list[str]:
    if group.proposal is None or group.state not in (State.PROPOSED, State.PUBLISHING):
        return []
    trouble = [plain(voice.say(messages.CARD_TROUBLE, problem=group.trouble))] if group.trouble else []
    return [*trouble, *_entry(group.proposal, voice)]


def _entry(proposal: Proposal, voice: Voice) -> list[str]:
    draft = proposal.draft
    return [
        voice.say(messages.CARD_PROPOSAL, who=mention(proposal.author)),
        f"**{plain(draft.question)}**",
        plain(draft.answer),
        f"{plain(draft.title)}, {plain(draft.publisher)}, {draft.published}",
        link(draft.url),
    ]


def mention(who: str) -> str:
    platform, _, number = who.partition(":")
    return f"<@{number}>" if number else platform
