"""The courier: one intent to its outcome, and never a second opening order."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from support.build import ACCOUNT, BTC, WALL
from tradepods_core.book.book import apply
from tradepods_core.book.events import AccountView, Event, IntentSettled, VenueOrder
from tradepods_core.book.intents import (
    Accepted,
    CancelOrder,
    Intent,
    Leg,
    Outcome,
    PlaceOrder,
    PrepareSymbol,
    Rejected,
    Reservation,
    Throttled,
    Unknown,
)
from tradepods_core.book.values import Book
from tradepods_core.errors import Temporary
from tradepods_core.ids import client_order_id
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.engine.courier import CERTAIN, WINDOW, Courier, is_over
from tradepods_worker.ports import Wanted

D = Decimal


@dataclass(slots=True)
class ScriptedVenue:
    """Answers what a test says, one after the other; keeps when it was asked, by the clock."""

    clock: ManualClock
    answers: list[Outcome] = field(default_factory=list)
    looks: list[VenueOrder | Exception | None] = field(default_factory=list)
    sent: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    looked: list[datetime] = field(default_factory=list)
    full_for: float = 0

    async def turn(self, intent: Intent) -> None:
        """Room comes after a while."""
        del intent
        self.clock.advance(self.full_for)

    async def perform(self, intent: Intent, *, signed_at: datetime) -> Outcome:
        """The next answer."""
        self.sent.append((intent.id, signed_at, self.clock.now()))
        return self.answers.pop(0)

    async def find(self, wanted: Wanted) -> VenueOrder | None:
        """The next look; the last one stays."""
        del wanted
        self.looked.append(self.clock.now())
        found = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(found, Exception):
            raise found
        return found

    async def read(self, *, wanted: Sequence[Wanted], past: Sequence[str] = ()) -> AccountView:
        """Not asked here."""
        raise AssertionError(wanted, past)


def _order(**changes: Any) -> PlaceOrder:
    values: dict[str, Any] = {
        "id": client_order_id(account=ACCOUNT, position=1, purpose="enter", step=0, revision=0),
        "cause": "test",
        "leg": Leg(BTC, "long"),
        "purpose": "enter",
        "kind": "market",
        "quantity": D(1),
        "position": 1,
        "committed_at": WALL,
    }
    return PlaceOrder(**values | changes)


REDUCE = _order(purpose="reduce")
STOP = _order(purpose="stop", kind="stop_market", trigger=D(97))
CLOSE = _order(purpose="close")
CANCEL = CancelOrder(id="cancel", cause="test", target="x", leg=Leg(BTC, "long"), committed_at=WALL)
PREPARE = PrepareSymbol(id="prepare", symbol=BTC, leverage=10)
FOUND = VenueOrder(
    id="x",
    symbol=BTC,
    buys=True,
    kind="market",
    quantity=D(1),
    trigger=None,
    ended=True,
    executed=D(1),
    status="FILLED",
)
LOST = Unknown(why="time-out")


async def _run(
    intent: Intent,
    *,
    answers: Sequence[Outcome] = (),
    looks: Sequence[VenueOrder | Exception | None] = (None,),
    late: float = 0,
    resume: bool = False,
    full_for: float = 0,
    over: Callable[[str], bool] = lambda _: False,
) -> tuple[ScriptedVenue, list[Outcome]]:
    """What the venue was asked, and what was settled."""
    clock = ManualClock(WALL)
    clock.advance(late)
    venue = ScriptedVenue(clock, list(answers), list(looks), full_for=full_for)
    heard: list[Event] = []
    asked: Any = venue  # it has what a courier asks
    courier = Courier(venue=asked, wall=clock, put=heard.append, over=over)
    async with asyncio.timeout(5):
        await (courier.resume(intent) if resume else courier.perform(intent))
    return venue, [event.outcome for event in heard if isinstance(event, IntentSettled)]


@pytest.mark.parametrize("outcome", [Accepted(executed=D(1), ended=True), Rejected(code="insufficient_margin")])
async def test_a_clear_answer_settles_an_entry(outcome: Outcome) -> None:
    """Sent once, signed with the moment of its commit."""
    venue, settled = await _run(_order(), answers=[outcome], late=1)

    assert settled == [outcome]
    assert [(signed, at) for _, signed, at in venue.sent] == [(WALL, WALL + timedelta(seconds=1))]


async def test_an_entry_whose_window_has_closed_is_not_sent_at_all() -> None:
    """It waited too long in its lane: the signal is old."""
    venue, settled = await _run(_order(), late=WINDOW.total_seconds() + 0.001)

    assert venue.sent == []
    assert [outcome.kind for outcome in settled] == ["rejected"]
    assert isinstance(settled[0], Rejected)
    assert settled[0].code == "too_late"


async def test_an_entry_that_was_not_looked_at_is_not_sent_again() -> None:
    """A rate limit: the venue did not act, and never will."""
    venue, settled = await _run(_order(), answers=[Throttled(until=WALL + timedelta(seconds=9))])

    assert len(venue.sent) == 1
    assert settled == [Rejected(code="throttled", message="the venue's rate limit")]


async def test_an_entry_whose_answer_was_lost_is_looked_up_and_never_sent_again() -> None:
    """Found after some looks: accepted, with what it executed."""
    venue, settled = await _run(_order(), answers=[LOST], looks=[None, Temporary("busy"), None, FOUND])

    assert len(venue.sent) == 1
    assert settled == [LOST, Accepted(executed=D(1), ended=True)]


async def test_not_found_is_believed_only_when_the_order_can_not_arrive_any_more() -> None:
    """Signing moment + window + 2 s, and then a second look."""
    venue, settled = await _run(_order(), answers=[LOST], looks=[None])
    certain = WALL + WINDOW + CERTAIN

    assert settled == [LOST, settled[1]]
    assert isinstance(settled[1], Rejected)
    assert settled[1].code == "not_placed"
    assert len([at for at in venue.looked if at > certain]) == 2
    assert len(venue.sent) == 1


async def test_a_venue_that_does_not_answer_proves_nothing() -> None:
    """Look-ups that fail are no look-ups: only answers count."""
    silence: list[VenueOrder | Exception | None] = [Temporary("away", after=3.0)] * 5
    venue, settled = await _run(_order(), answers=[LOST], looks=[*silence, FOUND])

    assert len(venue.looked) == 6
    assert settled[-1] == Accepted(executed=D(1), ended=True)


async def test_a_stop_whose_answer_was_lost_is_looked_up_and_sent_again_under_its_id() -> None:
    """It can't open, and its id is unique while it rests: the venue itself refuses a second one."""
    venue, settled = await _run(STOP, answers=[LOST, Rejected(code="duplicate_id")], looks=[None])

    assert [identifier for identifier, _, _ in venue.sent] == [STOP.id, STOP.id]
    assert settled == [LOST, Accepted()]


async def test_a_stop_that_is_found_is_not_sent_again() -> None:
    """The first try had arrived."""
    venue, settled = await _run(STOP, answers=[LOST], looks=[FOUND])

    assert len(venue.sent) == 1
    assert settled == [LOST, Accepted(executed=D(1), ended=True)]


async def test_what_is_known_otherwise_is_not_sent_again() -> None:
    """A reading has shown the stop, and it was cancelled since: sent once more it would rest, and nobody would know."""
    reserved = apply(Book(), [Reservation(id=STOP.id, leg=STOP.leg, position=STOP.position, purpose="stop")])
    sent = apply(reserved, [STOP])
    books = iter((reserved, sent, apply(sent, [IntentSettled(id=STOP.id, outcome=Accepted(), seen_at=WALL)])))
    venue, _ = await _run(STOP, answers=[LOST, LOST], over=lambda identifier: is_over(next(books), identifier))

    assert [identifier for identifier, _, _ in venue.sent] == [STOP.id, STOP.id]


async def test_a_stop_is_signed_anew_at_each_try() -> None:
    """A late stop is still wanted."""
    venue, settled = await _run(STOP, answers=[Rejected(code="too_late"), Accepted()], late=10)

    assert [signed for _, signed, _ in venue.sent] == [at for _, _, at in venue.sent]
    assert settled == [Accepted()]


@pytest.mark.parametrize("intent", [STOP, CLOSE, CANCEL])
async def test_what_waited_for_its_turn_is_signed_when_it_has_come(intent: Intent) -> None:
    """Its window would have closed while it waited."""
    venue, _ = await _run(intent, answers=[Accepted()], full_for=8)

    assert [(signed, at) for _, signed, at in venue.sent] == [(WALL + timedelta(seconds=8),) * 2]


async def test_an_entry_waits_for_no_turn() -> None:
    """It is signed with the moment of its commit: the venue's limit is an answer, not a queue."""
    venue, _ = await _run(_order(), answers=[Throttled(until=WALL + timedelta(seconds=9))], full_for=8)

    assert [(signed, at) for _, signed, at in venue.sent] == [(WALL, WALL)]


async def test_a_rate_limit_is_waited_for() -> None:
    """A stop, a cancel, a leverage: sent again once the venue looks again, and not before."""
    for intent in (STOP, CANCEL, PREPARE, CLOSE):
        until = WALL + timedelta(seconds=7)
        venue, settled = await _run(intent, answers=[Throttled(until=until), Accepted()])

        assert venue.sent[1][2] >= until
        assert settled == [Accepted()]


@pytest.mark.parametrize("intent", [CANCEL, PREPARE])
async def test_what_can_be_repeated_is_repeated_until_it_is_answered(intent: Intent) -> None:
    """An unsure cancel is never looked up."""
    venue, settled = await _run(intent, answers=[LOST, LOST, Accepted()])

    assert len(venue.sent) == 3
    assert venue.looked == []
    assert settled == [Accepted()]


async def test_a_close_whose_answer_was_lost_is_told_and_looked_up() -> None:
    """The desk may send the next revision meanwhile; this one is seen through."""
    venue, settled = await _run(CLOSE, answers=[LOST], looks=[None, FOUND])

    assert len(venue.sent) == 1
    assert settled == [LOST, Accepted(executed=D(1), ended=True)]


async def test_a_refusal_is_told_with_its_code() -> None:
    """The desk decides what follows."""
    _, settled = await _run(STOP, answers=[Rejected(code="would_trigger", message="-2021")])

    assert settled == [Rejected(code="would_trigger", message="-2021")]


async def test_an_entry_of_an_earlier_run_is_looked_up_and_never_sent() -> None:
    """Killed between intent and answer: found, or proven never to have arrived."""
    found, settled = await _run(_order(), looks=[FOUND], late=1, resume=True)
    lost, unsettled = await _run(_order(), looks=[None], late=1, resume=True)

    assert (found.sent, lost.sent) == ([], [])
    assert settled == [Accepted(executed=D(1), ended=True)]
    assert [getattr(outcome, "code", "") for outcome in unsettled] == ["not_placed"]


async def test_a_stop_of_an_earlier_run_is_looked_up_first() -> None:
    """And placed where it is missing."""
    there, _ = await _run(STOP, looks=[FOUND], resume=True)
    missing, settled = await _run(STOP, answers=[Accepted()], looks=[None], resume=True)

    assert there.sent == []
    assert len(missing.sent) == 1
    assert settled == [Unknown(why="of an earlier run"), Accepted()]


async def test_a_close_of_an_earlier_run_is_never_sent_twice() -> None:
    """It may have been sent: it is looked up until that is certain."""
    venue, settled = await _run(CLOSE, looks=[None], resume=True)

    assert venue.sent == []
    assert [getattr(outcome, "code", "") for outcome in settled] == ["not_placed"]


async def test_a_cancel_of_an_earlier_run_is_simply_repeated() -> None:
    """Cancelling twice does nothing twice."""
    venue, settled = await _run(CANCEL, answers=[Rejected(code="unknown_order")], resume=True)

    assert len(venue.sent) == 1
    assert settled == [Rejected(code="unknown_order")]


@pytest.mark.parametrize("waits", [59, 61])
async def test_what_a_rule_reduces_is_not_sent_a_minute_later(waits: int) -> None:
    """The venue refuses us that long, or there is no room: the market that the rule saw is gone. A close goes out."""
    full = Throttled(until=WALL + timedelta(seconds=waits))
    for order in (REDUCE, CLOSE):
        for venue, settled in (
            await _run(order, answers=[full, Accepted()]),
            await _run(order, answers=[Accepted()], full_for=waits),
        ):
            late = order is REDUCE and waits > 60
            assert [outcome.kind for outcome in settled] == ["rejected" if late else "accepted"]
            assert not (late and venue.sent and venue.sent[-1][2] > WALL + timedelta(seconds=60))
