"""The engine, put together around what reaches outside."""

import asyncio
import functools
from dataclasses import dataclass
from pathlib import Path

from tradepods_core.wire.cycle import Cycle
from tradepods_signals.adapters import clocks
from tradepods_signals.adapters.strategy_files import StrategyFolder
from tradepods_signals.bootstrap.outside import Outside
from tradepods_signals.engine.conductor import Conductor
from tradepods_signals.engine.cooldown import Cooldowns
from tradepods_signals.engine.fleet import FleetBook
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.press import Press
from tradepods_signals.engine.service import Service
from tradepods_signals.engine.steering import Steering
from tradepods_signals.engine.strategy_book import StrategyBook
from tradepods_signals.engine.universe import UniverseBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """Its parts that tasks and routes are given."""

    hub: Hub
    press: Press
    fleet: FleetBook
    steering: Steering
    book: StrategyBook
    conductor: Conductor
    service: Service
    clock: clocks.MarketClock


def make_inside(outside: Outside, *, strategies: Path) -> Inside:
    """All of it, going on where an earlier run has stopped; `strategies` is their folder."""
    kept, history, metrics = outside.kept, outside.history, outside.metrics
    hub, clock = Hub(boot=kept.store, backlog=history), clocks.MarketClock()
    hub.restore(oldest=kept.oldest, recent=kept.recent, newest=kept.newest)
    press = Press(hub=hub, history=history, metrics=metrics, sleep=asyncio.sleep)
    fleet = FleetBook(now=clocks.wall, past=kept.totals)
    steering = Steering(
        hub=hub, history=history, now=clocks.wall, halt=kept.halt, switched=kept.switched, changed=fleet.touch
    )
    book = _book(outside, strategies, steering, fleet)
    conductor = _conductor(outside, book, hub, press)
    service = Service(
        hub=hub,
        history=history,
        fleet=fleet,
        steering=steering,
        bans=outside.bans,
        watched=lambda: conductor.watched,
        now=clocks.wall,
        market_now=clock.now,
    )
    return Inside(
        hub=hub,
        press=press,
        fleet=fleet,
        steering=steering,
        book=book,
        conductor=conductor,
        service=service,
        clock=clock,
    )


def _book(outside: Outside, strategies: Path, steering: Steering, fleet: FleetBook) -> StrategyBook:
    """What is in the folder, and which symbols it looks at. Who holds what is not known step by step."""
    held = None if outside.steps is not None else functools.partial(fleet.held, outside.venue)
    universe = UniverseBook(held=held, past=outside.kept.universe)
    return StrategyBook(
        source=StrategyFolder(strategies), switches=steering, metrics=outside.metrics, universe=universe
    )


def _conductor(outside: Outside, book: StrategyBook, hub: Hub, press: Press) -> Conductor:
    kept = outside.kept
    return Conductor(
        candles=outside.candles.store,
        plans=book.plans,
        also=lambda: book.universe.watched,
        hub=hub,
        publish=press.cycle,
        metrics=outside.metrics,
        cooldowns=Cooldowns(Cycle.model_validate_json(cycle.body) for cycle in kept.recent),
        past=kept.newest,
    )
