"""What may be done to a group of questions, by whom, and what it changes."""

import pytest

from bot.core.inbox import lifecycle, messages
from bot.core.inbox.lifecycle import Change, Decision, Refusal
from bot.core.inbox.models import Group, Phrasing, State
from tests.core.inbox.worlds import ADA, ALICE, DRAFT, MIRA, NOON, NOOR, group

DONE = (State.PUBLISHING, State.ANSWERED, State.DISMISSED, State.DUPLICATE)


def changed(decision: Decision) -> Change:
    assert isinstance(decision, Change), decision
    return decision


def proposed() -> Group:
    return changed(lifecycle.propose(group(), DRAFT, "inbox.x", MIRA, NOON)).after


def test_an_answer_waits_for_an_admin_who_did_not_write_it() -> None:
    waiting = proposed()

    approved = changed(lifecycle.approve(waiting, ADA, NOON))

    assert (waiting.state, approved.after.state) == (State.PROPOSED, State.PUBLISHING)
    assert not approved.answers  # not before it can be asked for
    assert approved.after.proposal is not None
    assert approved.after.proposal.approved_by == ADA.id


def test_nobody_approves_their_own_entry() -> None:
    own = changed(lifecycle.propose(group(), DRAFT, "inbox.x", ADA, NOON)).after

    assert lifecycle.approve(own, ADA, NOON) == Refusal(messages.OWN_PROPOSAL)
    rewritten = changed(lifecycle.propose(own, DRAFT, "inbox.x", MIRA, NOON)).after
    assert changed(lifecycle.approve(rewritten, ADA, NOON)).after.state is State.PUBLISHING


def test_moderators_cannot_approve_and_participants_can_do_nothing() -> None:
    assert lifecycle.approve(proposed(), NOOR, NOON) == Refusal(messages.NOT_ADMIN)
    assert lifecycle.send_back(proposed(), NOOR, NOON) == Refusal(messages.NOT_ADMIN)
    for decision in (
        lifecycle.propose(group(), DRAFT, "inbox.x", ALICE, NOON),
        lifecycle.link(group(), "meeting.venue", (), ALICE, NOON),
        lifecycle.dismiss(group(), ALICE, NOON),
        lifecycle.merge(group(), group("bbbbbbbb"), ALICE, NOON),
    ):
        assert decision == Refusal(messages.NOT_MODERATOR)


@pytest.mark.parametrize("state", DONE)
def test_what_is_decided_stays_decided(state: State) -> None:
    done = group(state=state)
    for decision in (
        lifecycle.propose(done, DRAFT, "inbox.x", ADA, NOON),
        lifecycle.approve(done, ADA, NOON),
        lifecycle.send_back(done, ADA, NOON),
        lifecycle.link(done, "meeting.venue", (), ADA, NOON),
        lifecycle.dismiss(done, ADA, NOON),
        lifecycle.merge(done, group("bbbbbbbb"), ADA, NOON),
        lifecycle.merge(group("bbbbbbbb"), done, ADA, NOON),
    ):
        assert isinstance(decision, Refusal)
        assert decision.message == messages.WRONG_STATE


def test_a_published_entry_answers_everyone_and_proposes_how_they_asked() -> None:
    approved = changed(lifecycle.approve(proposed(), ADA, NOON)).after
    phrasing = Phrasing(key="inbox.x", locale="ta", text="வைஃபை?")

    change = lifecycle.published(approved, "0" * 12, (phrasing,), NOON)

    assert (change.after.state, change.after.key, change.answers) == (State.ANSWERED, "inbox.x", True)
    assert change.phrasings == (phrasing,)


def test_an_entry_that_cannot_be_published_waits_for_approval_again() -> None:
    approved = changed(lifecycle.approve(proposed(), ADA, NOON)).after

    again = lifecycle.not_published(approved, "inbox.yaml:7: ...", NOON).after

    assert (again.state, again.trouble) == (State.PROPOSED, "inbox.yaml:7: ...")
    assert changed(lifecycle.approve(again, ADA, NOON)).after.trouble is None


def test_a_question_is_not_its_own_duplicate() -> None:
    assert isinstance(lifecycle.merge(group(), group(), MIRA, NOON), Refusal)


def test_no_record_holds_the_words_of_a_question() -> None:
    change = changed(lifecycle.propose(group(), DRAFT, "inbox.x", MIRA, NOON))

    assert change.record.detail == {"entry": "inbox.x"}
