"""Minutes of bad network and sudden death, on a virtual clock, and then calm: what must hold in every schedule.

A failing case names its seed: `pytest tests/simulation/test_chaos.py -k "[SEED]"` plays the same schedule again.
"""

import asyncio
import contextlib
import os
import random
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from support.build import ACCOUNT, BTC, NOON, arrived, later, market, settings, signal
from support.model_hand import HandVenue
from support.model_venue import ModelVenue
from support.table import OWNER
from support.virtual_loop import VirtualClock, run
from tradepods_core.book.book import apply
from tradepods_core.book.events import MarksMoved
from tradepods_core.book.recorded import Checkpoint, read_checkpoint, write_checkpoint
from tradepods_core.book.values import Book
from tradepods_core.money import ZERO
from tradepods_core.settings.overrides import in_force
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.adapters.ledger.memory import Disk, MemoryLedger
from tradepods_worker.engine.activity import Activity
from tradepods_worker.engine.alert import Alert
from tradepods_worker.engine.inbox import Inbox
from tradepods_worker.engine.runtime import Runtime
from tradepods_worker.tasks import venue as venue_task
from tradepods_worker.tasks.alarm import AlarmClock
from tradepods_worker.tasks.lookout import look_out
from tradepods_worker.tasks.reread import Rereader

D = Decimal
EPISODES = int(os.environ.get("TRADEPODS_EPISODES", "150"))
MANAGED: tuple[Mapping[str, Any], ...] = (  # how positions are managed: not at all, or in every way
    {},
    {"dca": {"enabled": True, "triggerPct": 1, "stepPcts": [50, 30, 100]}},
    {
        "dca": {"enabled": True, "triggerPct": 0.8, "stepPcts": [40, 40]},
        "breakEven": {"triggerPct": 0.8, "offsetPct": 0.1},
        "trailing": {"activatePct": 1, "callbackPct": 0.5},
    },
)
SETTLED_AFTER = 200.0  # seconds of calm
BY_HAND = 0.02  # of all moments: a trade of somebody else
ROUNDING = D("1e-15")


class Life:
    """A worker that lives on a model venue; killed, its successor goes on with the same disk."""

    def __init__(self, venue: ModelVenue, changes: Mapping[str, Any]) -> None:
        self.venue, self.disk, self.market = venue, Disk(), ManualClock(NOON)
        self._settings = settings(exitCooldownHours=0, **changes)
        self._wall = VirtualClock()
        self.start()

    def start(self) -> None:
        """A process begins."""
        self.task = asyncio.create_task(self._serve())

    async def kill(self) -> None:
        """It ends, in the middle of whatever it does."""
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task
        self.venue.leave()
        self.disk.holder = None

    async def _serve(self) -> None:
        ledger, activity = MemoryLedger(self.disk), Activity()
        lease = await ledger.acquire(owner=OWNER, holder="chaos", now=self._wall.now())
        async with asyncio.TaskGroup() as group:
            self.inbox = Inbox(activity)
            reader = Rereader(venue=self.venue, wall=self._wall, put=self.inbox.put, activity=activity)
            runtime = self.runtime = Runtime(
                account=ACCOUNT,
                terms=in_force(self._settings, ()),
                paper=True,
                ledger=ledger.book("paper"),
                lease=lease,
                venue=self.venue,
                market=self.market,
                wall=self._wall,
                group=group,
                reader=reader,
                wake=AlarmClock(wall=self._wall, put=self.inbox.put, group=group).set,
                activity=activity,
                inbox=self.inbox,
                alert=Alert(),
            )
            desk = runtime.desk
            desk.remember(await ledger.load("paper"))
            inherited = frozenset(desk.book.unsettled)
            desk.learn({BTC: market(BTC)})
            group.create_task(runtime.run())
            group.create_task(reader.run(book=lambda: desk.book))
            group.create_task(venue_task.follow(self.venue, inbox=self.inbox, reader=reader, wall=self._wall))
            await runtime.read.wait()
            runtime.inherit(inherited)
            group.create_task(look_out(desk, reader=reader, wall=self._wall))
            await asyncio.Event().wait()


async def _live(life: Life, chance: random.Random) -> None:
    """Signals, prices that move, streams that break, and kills."""
    loop, cycles = asyncio.get_running_loop(), 0
    end, next_cycle = loop.time() + chance.uniform(30, 120), loop.time() + 2
    while loop.time() < end:
        await asyncio.sleep(chance.choice([0.01, 0.05, 0.2, 1]))
        if life.task.done():
            life.task.result()
        if loop.time() >= next_cycle:
            cycles, next_cycle = cycles + 1, loop.time() + chance.uniform(3, 15)
            _signal(life, chance, cycles)
        else:
            await _trouble(life, chance)


async def _trouble(life: Life, chance: random.Random) -> None:
    """Now and then."""
    if isinstance(life.venue, HandVenue) and chance.random() < BY_HAND:
        held = life.venue.paper.held(BTC)
        life.venue.trade_by_hand(chance.choice([-held, -held, -held // 2, D(-5), D(5)]))
    what = chance.random()
    if what < 0.08:
        _move(life, (life.venue.price * (1 + D(chance.randint(-40, 40)) / 1000)).quantize(D("0.1")))
    elif what < 0.11:
        life.venue.drop()
    elif what < 0.13:
        life.venue.deafen()
        asyncio.get_running_loop().call_later(chance.uniform(0.5, 20), life.venue.drop)
    elif what < 0.15:
        await life.kill()
        await asyncio.sleep(chance.choice([0, 0.5, 3]))
        life.start()


def _signal(life: Life, chance: random.Random, number: int) -> None:
    close = later(300.0 * number, than=NOON)
    life.market.advance((close - life.market.now()) / timedelta(seconds=1))
    _move(life, D(100) + D(chance.randint(-5, 5)) / 10)
    one = signal(side=chance.choice(["long", "short"]), close=close, reference_price=life.venue.price)
    if hasattr(life, "inbox"):
        life.inbox.put(arrived(one, close=close))


def _move(life: Life, price: Decimal) -> None:
    life.venue.move(price)
    if hasattr(life, "inbox"):
        life.inbox.put(MarksMoved(at=life.market.now(), marks={BTC: price}))


async def _episode(seed: int, venue: type[ModelVenue] = ModelVenue) -> Life:
    chance = random.Random(seed)
    life = Life(venue(chance), MANAGED[seed % len(MANAGED)])
    await _live(life, chance)
    life.venue.calm()
    await asyncio.sleep(SETTLED_AFTER)
    if life.task.done():
        life.task.result()
    return life


@pytest.mark.parametrize("seed", range(EPISODES))
def test_after_any_schedule_the_books_are_equal_and_the_position_is_covered(seed: int) -> None:
    """No opening order twice, one stop for all that is held, nothing left over, nothing in doubt."""
    life = run(_episode(seed))
    book, paper = life.runtime.desk.book, life.venue.paper
    stops = [order.quantity for order in paper.resting.values() if order.kind == "stop_market"]
    held = abs(paper.held(BTC))

    assert len(set(life.venue.opened)) == len(life.venue.opened)
    assert sum((p.quantity * leg.sign for leg, p in book.positions.items()), ZERO) == paper.held(BTC)
    assert stops == ([held] if held else [])
    assert set(paper.resting) <= set(book.orders)
    assert (dict(book.unsettled), dict(book.doubts)) == ({}, {})
    assert book.wallet is not None
    assert abs(book.wallet - paper.wallet) < ROUNDING
    assert apply(Book(), life.disk.facts) == book
    assert read_checkpoint(write_checkpoint(Checkpoint(book=book, tally=life.runtime.desk.tally))).book == book


@pytest.mark.parametrize("seed", range(EPISODES))
def test_whatever_a_hand_does_beside_it_never_more_is_ours_than_is_there(seed: int) -> None:
    """What is gone is booked, what is more is foreign; one stop for all that is ours, and the venue's wallet."""
    life = run(_episode(seed, HandVenue))
    book, paper = life.runtime.desk.book, life.venue.paper
    ours = sum((p.quantity * leg.sign for leg, p in book.positions.items()), ZERO)
    held, stops = paper.held(BTC), [o.quantity for o in paper.resting.values() if o.kind == "stop_market"]

    assert len(set(life.venue.opened)) == len(life.venue.opened)
    assert abs(ours) <= abs(held)
    assert ours * held >= ZERO
    assert stops == ([abs(ours)] if ours else [])
    assert set(paper.resting) <= set(book.orders)
    assert not book.unsettled
    assert [doubt.why.partition(":")[0] for doubt in book.doubts.values()] == ["ForeignPosition"] * (ours != held)
    assert book.wallet is not None
    assert abs(book.wallet - paper.wallet) < ROUNDING
    assert apply(Book(), life.disk.facts) == book
    assert read_checkpoint(write_checkpoint(Checkpoint(book=book, tally=life.runtime.desk.tally))).book == book
