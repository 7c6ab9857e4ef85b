"""What a strategy is said to cost is what it costs."""

import re

from support.build import BTC, FIVE, NOON
from support.conducting import Feed
from support.signals_history import entry, strategy, wave
from tradepods_cli.strategies.explaining import explained
from tradepods_signals.engine.candle_reader import CandleReader
from tradepods_signals.engine.windows import Window
from tradepods_signals.metrics import Metrics

SLOW = entry({"var": "ema", "params": {"period": 50}, "op": ">", "value": 1})


async def test_the_requests_of_a_warm_up_are_those_that_the_service_makes() -> None:
    """A long one comes in pages."""
    lines = explained([strategy(SLOW, symbols=[BTC])])
    (said,) = [found for line in lines if (found := re.search(r"warms up with (\d+) .*: (\d+) requests", line))]
    keep, requests = map(int, said.groups())
    feed = Feed({BTC: wave(keep + 50)}, timeframes=[FIVE])
    window = Window(FIVE, keep)
    await CandleReader(data=feed, metrics=Metrics()).extend((BTC, FIVE), window, NOON)

    assert window.usable(close=NOON, needed=keep)
    assert feed.asked == requests > 1
