"""A day's cycles of two symbols: `python -m support.cycles_day` prints a digest of their bytes."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from support.build import BTC, ETH, FIVE, NOON, market
from support.conducting import candles_of, told_by
from support.markets import grouped, random_market
from support.signals_history import entry, strategy
from tradepods_core.strategy.model import Strategy
from tradepods_core.strategy.variables import VARIABLES
from tradepods_core.times import Timeframe
from tradepods_core.wire.cycle import Cycle
from tradepods_signals.adapters.feed_memory import MemoryFeed
from tradepods_signals.engine.conductor import Conductor
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.plan import make_plan
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports.market import MarksSeen

DAY = 288  # cycles of five minutes
QUARTER = Timeframe.parse("15m")
HISTORY = 2_000  # five-minute candles before the day


def strategies() -> list[Strategy]:
    """One a variable, on its own candles and on longer ones, some of them with a cooldown."""
    found = []
    for number, var in enumerate(sorted(VARIABLES)):
        left = {"var": var, "op": "crosses_above"}
        either = entry({**left, "ref": {"var": var, "timeframe": "15m"}})
        other = entry({"var": var, "op": "!=", "value": 0}, side="short")
        name = var.replace("_", "-")
        found.append(strategy(either, other, name=name, cooldownSeconds=300 * (number % 4)))
    return found


async def bodies() -> list[bytes]:
    """What a conductor publishes, from a start before the day to its end."""
    candles = {symbol: random_market(HISTORY + DAY, seed=seed) for symbol, seed in ((BTC, 1), (ETH, 2))}
    history = {(symbol, FIVE): found for symbol, found in candles.items()}
    longer = {(symbol, QUARTER): grouped(found, QUARTER) for symbol, found in candles.items()}
    hub, plans = Hub(boot="b"), make_plan(strategies())
    published: list[bytes] = []

    async def publish(cycle: Cycle) -> None:
        published.append(cycle.body())
        await told_by(hub)(cycle)

    metrics, feed = Metrics(), MemoryFeed(markets=dict.fromkeys((BTC, ETH), market()), history=history | longer)
    conductor = Conductor(
        candles=candles_of(feed, metrics, sleep=asyncio.sleep),
        plans=lambda: plans,
        hub=hub,
        publish=publish,
        metrics=metrics,
    )
    marks: Mapping[str, Decimal] = {}
    begin = NOON - DAY * FIVE.length
    await conductor.warm_up(now=begin)
    for number in range(1, DAY + 1):
        await conductor.hear(MarksSeen(at=begin + number * FIVE.length + timedelta(seconds=1), marks=marks))
    return published


def digest(found: Sequence[bytes]) -> str:
    """Of all the cycles, in their order; and how many there are."""
    return f"{len(found)} {hashlib.sha256(b''.join(found)).hexdigest()}"


if __name__ == "__main__":
    print(digest(asyncio.run(bodies())))  # noqa: T201 - for the process that started it
