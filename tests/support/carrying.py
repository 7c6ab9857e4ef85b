"""A courier with a venue that answers what a test says."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from support.build import ACCOUNT, BTC, WALL
from tradepods_core.book.events import AccountView, Event, IntentSettled, VenueOrder
from tradepods_core.book.intents import CancelOrder, Intent, Leg, Outcome, PlaceOrder, PrepareSymbol, Unknown
from tradepods_core.ids import client_order_id
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.engine.courier import Courier
from tradepods_worker.ports import Wanted

D = Decimal


@dataclass(slots=True)
class Answering:
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


def ordered(**changes: Any) -> PlaceOrder:
    """An entry at market, committed at WALL."""
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


ENTRY = ordered()
REDUCE = ordered(purpose="reduce")
STOP = ordered(purpose="stop", kind="stop_market", trigger=D(97))
CLOSE = ordered(purpose="close")
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


async def carried(
    intent: Intent,
    *,
    answers: Sequence[Outcome] = (),
    looks: Sequence[VenueOrder | Exception | None] = (None,),
    late: float = 0,
    resume: bool = False,
    full_for: float = 0,
    over: Callable[[str], bool] = lambda _: False,
) -> tuple[Answering, list[Outcome]]:
    """An intent `late` seconds after its commit: what the venue was asked, and what was settled."""
    clock = ManualClock(WALL)
    clock.advance(late)
    venue = Answering(clock, list(answers), list(looks), full_for=full_for)
    heard: list[Event] = []
    asked: Any = venue  # it has what a courier asks
    courier = Courier(venue=asked, wall=clock, put=heard.append, over=over)
    async with asyncio.timeout(5):
        await (courier.resume(intent) if resume else courier.perform(intent))
    return venue, [event.outcome for event in heard if isinstance(event, IntentSettled)]
