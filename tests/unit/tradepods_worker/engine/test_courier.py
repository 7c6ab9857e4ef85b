"""The courier: one intent to its outcome, and never a second opening order."""

from datetime import timedelta
from decimal import Decimal

import pytest

from support.build import WALL
from support.carrying import CANCEL, CLOSE, ENTRY, FOUND, LOST, PREPARE, REDUCE, STOP, carried
from tradepods_core.book.book import apply
from tradepods_core.book.events import IntentSettled, VenueOrder
from tradepods_core.book.intents import Accepted, Intent, Outcome, Rejected, Reservation, Throttled, Unknown
from tradepods_core.book.values import Book
from tradepods_core.errors import Temporary
from tradepods_worker.engine.courier import CERTAIN, WINDOW, is_over

D = Decimal


@pytest.mark.parametrize("outcome", [Accepted(executed=D(1), ended=True), Rejected(code="insufficient_margin")])
async def test_a_clear_answer_settles_an_entry(outcome: Outcome) -> None:
    """Sent once, signed with the moment of its commit."""
    venue, settled = await carried(ENTRY, answers=[outcome], late=1)

    assert settled == [outcome]
    assert [(signed, at) for _, signed, at in venue.sent] == [(WALL, WALL + timedelta(seconds=1))]


async def test_an_entry_whose_window_has_closed_is_not_sent_at_all() -> None:
    """It waited too long in its lane: the signal is old."""
    venue, settled = await carried(ENTRY, late=WINDOW.total_seconds() + 0.001)

    assert venue.sent == []
    assert [outcome.kind for outcome in settled] == ["rejected"]
    assert isinstance(settled[0], Rejected)
    assert settled[0].code == "too_late"


async def test_an_entry_that_was_not_looked_at_is_not_sent_again() -> None:
    """A rate limit: the venue did not act, and never will."""
    venue, settled = await carried(ENTRY, answers=[Throttled(until=WALL + timedelta(seconds=9))])

    assert len(venue.sent) == 1
    assert settled == [Rejected(code="throttled", message="the venue's rate limit")]


async def test_an_entry_whose_answer_was_lost_is_looked_up_and_never_sent_again() -> None:
    """Found after some looks: accepted, with what it executed."""
    venue, settled = await carried(ENTRY, answers=[LOST], looks=[None, Temporary("busy"), None, FOUND])

    assert len(venue.sent) == 1
    assert settled == [LOST, Accepted(executed=D(1), ended=True)]


async def test_not_found_is_believed_only_when_the_order_can_not_arrive_any_more() -> None:
    """Signing moment + window + 2 s, and then a second look."""
    venue, settled = await carried(ENTRY, answers=[LOST], looks=[None])
    certain = WALL + WINDOW + CERTAIN

    assert settled == [LOST, settled[1]]
    assert isinstance(settled[1], Rejected)
    assert settled[1].code == "not_placed"
    assert len([at for at in venue.looked if at > certain]) == 2
    assert len(venue.sent) == 1


async def test_a_venue_that_does_not_answer_proves_nothing() -> None:
    """Look-ups that fail are no look-ups: only answers count."""
    silence: list[VenueOrder | Exception | None] = [Temporary("away", after=3.0)] * 5
    venue, settled = await carried(ENTRY, answers=[LOST], looks=[*silence, FOUND])

    assert len(venue.looked) == 6
    assert settled[-1] == Accepted(executed=D(1), ended=True)


async def test_a_stop_whose_answer_was_lost_is_looked_up_and_sent_again_under_its_id() -> None:
    """It can't open, and its id is unique while it rests: the venue itself refuses a second one."""
    venue, settled = await carried(STOP, answers=[LOST, Rejected(code="duplicate_id")], looks=[None])

    assert [identifier for identifier, _, _ in venue.sent] == [STOP.id, STOP.id]
    assert settled == [LOST, Accepted()]


async def test_a_stop_that_is_found_is_not_sent_again() -> None:
    """The first try had arrived."""
    venue, settled = await carried(STOP, answers=[LOST], looks=[FOUND])

    assert len(venue.sent) == 1
    assert settled == [LOST, Accepted(executed=D(1), ended=True)]


async def test_what_is_known_otherwise_is_not_sent_again() -> None:
    """A reading has shown the stop, and it was cancelled since: sent once more it would rest, and nobody would know."""
    reserved = apply(Book(), [Reservation(id=STOP.id, leg=STOP.leg, position=STOP.position, purpose="stop")])
    sent = apply(reserved, [STOP])
    books = iter((reserved, sent, apply(sent, [IntentSettled(id=STOP.id, outcome=Accepted(), seen_at=WALL)])))
    venue, _ = await carried(STOP, answers=[LOST, LOST], over=lambda identifier: is_over(next(books), identifier))

    assert [identifier for identifier, _, _ in venue.sent] == [STOP.id, STOP.id]


async def test_a_stop_is_signed_anew_at_each_try() -> None:
    """A late stop is still wanted."""
    venue, settled = await carried(STOP, answers=[Rejected(code="too_late"), Accepted()], late=10)

    assert [signed for _, signed, _ in venue.sent] == [at for _, _, at in venue.sent]
    assert settled == [Accepted()]


@pytest.mark.parametrize("intent", [STOP, CLOSE, CANCEL])
async def test_what_waited_for_its_turn_is_signed_when_it_has_come(intent: Intent) -> None:
    """Its window would have closed while it waited."""
    venue, _ = await carried(intent, answers=[Accepted()], full_for=8)

    assert [(signed, at) for _, signed, at in venue.sent] == [(WALL + timedelta(seconds=8),) * 2]


async def test_an_entry_waits_for_no_turn() -> None:
    """It is signed with the moment of its commit: the venue's limit is an answer, not a queue."""
    venue, _ = await carried(ENTRY, answers=[Throttled(until=WALL + timedelta(seconds=9))], full_for=8)

    assert [(signed, at) for _, signed, at in venue.sent] == [(WALL, WALL)]


async def test_a_rate_limit_is_waited_for() -> None:
    """A stop, a cancel, a leverage: sent again once the venue looks again, and not before."""
    for intent in (STOP, CANCEL, PREPARE, CLOSE):
        until = WALL + timedelta(seconds=7)
        venue, settled = await carried(intent, answers=[Throttled(until=until), Accepted()])

        assert venue.sent[1][2] >= until
        assert settled == [Accepted()]


@pytest.mark.parametrize("intent", [CANCEL, PREPARE])
async def test_what_can_be_repeated_is_repeated_until_it_is_answered(intent: Intent) -> None:
    """An unsure cancel is never looked up."""
    venue, settled = await carried(intent, answers=[LOST, LOST, Accepted()])

    assert len(venue.sent) == 3
    assert venue.looked == []
    assert settled == [Accepted()]


async def test_a_close_whose_answer_was_lost_is_told_and_looked_up() -> None:
    """The desk may send the next revision meanwhile; this one is seen through."""
    venue, settled = await carried(CLOSE, answers=[LOST], looks=[None, FOUND])

    assert len(venue.sent) == 1
    assert settled == [LOST, Accepted(executed=D(1), ended=True)]


async def test_a_refusal_is_told_with_its_code() -> None:
    """The desk decides what follows."""
    _, settled = await carried(STOP, answers=[Rejected(code="would_trigger", message="-2021")])

    assert settled == [Rejected(code="would_trigger", message="-2021")]


async def test_an_entry_of_an_earlier_run_is_looked_up_and_never_sent() -> None:
    """Killed between intent and answer: found, or proven never to have arrived."""
    found, settled = await carried(ENTRY, looks=[FOUND], late=1, resume=True)
    lost, unsettled = await carried(ENTRY, looks=[None], late=1, resume=True)

    assert (found.sent, lost.sent) == ([], [])
    assert settled == [Accepted(executed=D(1), ended=True)]
    assert [getattr(outcome, "code", "") for outcome in unsettled] == ["not_placed"]


async def test_a_stop_of_an_earlier_run_is_looked_up_first() -> None:
    """And placed where it is missing."""
    there, _ = await carried(STOP, looks=[FOUND], resume=True)
    missing, settled = await carried(STOP, answers=[Accepted()], looks=[None], resume=True)

    assert there.sent == []
    assert len(missing.sent) == 1
    assert settled == [Unknown(why="of an earlier run"), Accepted()]


async def test_a_close_of_an_earlier_run_is_never_sent_twice() -> None:
    """It may have been sent: it is looked up until that is certain."""
    venue, settled = await carried(CLOSE, looks=[None], resume=True)

    assert venue.sent == []
    assert [getattr(outcome, "code", "") for outcome in settled] == ["not_placed"]


async def test_a_cancel_of_an_earlier_run_is_simply_repeated() -> None:
    """Cancelling twice does nothing twice."""
    venue, settled = await carried(CANCEL, answers=[Rejected(code="unknown_order")], resume=True)

    assert len(venue.sent) == 1
    assert settled == [Rejected(code="unknown_order")]


@pytest.mark.parametrize("waits", [59, 61])
async def test_what_a_rule_reduces_is_not_sent_a_minute_later(waits: int) -> None:
    """The venue refuses us that long, or there is no room: the market that the rule saw is gone. A close goes out."""
    full = Throttled(until=WALL + timedelta(seconds=waits))
    for order in (REDUCE, CLOSE):
        for venue, settled in (
            await carried(order, answers=[full, Accepted()]),
            await carried(order, answers=[Accepted()], full_for=waits),
        ):
            late = order is REDUCE and waits > 60
            assert [outcome.kind for outcome in settled] == ["rejected" if late else "accepted"]
            assert not (late and venue.sent and venue.sent[-1][2] > WALL + timedelta(seconds=60))
