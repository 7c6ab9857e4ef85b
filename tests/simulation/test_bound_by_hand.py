"""A person trades the worker's account by hand: what that binds the worker does not spend a second time."""

from decimal import Decimal
from pathlib import Path

import pytest

from support.build import BTC, ETH
from support.hand import Hand
from support.servers import Served
from support.trader import trading
from tradepods_worker.tasks import lookout

D = Decimal


@pytest.mark.parametrize("when", ["down", "running"])
async def test_an_entry_takes_its_percent_of_what_the_hand_has_left(
    exchange: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """900 at 100 by hand at 20x leave 5,455 of 10,000: half of that at 10x is 268.658, not 492."""
    monkeypatch.setattr(lookout, "LOOK_EVERY", 0.2)
    hand = Hand(exchange)
    if when == "down":
        hand.trade(D(900), symbol=ETH)
    async with trading(exchange, tmp_path, entryPct=50) as trader:
        if when == "running":
            hand.trade(D(900), symbol=ETH)
            await trader.until(lambda: ETH in trader.book.doubts and trader.quiet())
        trader.buy()
        await trader.until(lambda: trader.quiet() and trader.protected())

    assert hand.customer.paper.held(BTC) == D("268.658")
