"""Money that came or went while the worker could not hear of it: no loss, no gain; funding is shown as funding."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from support.build import BTC
from support.hand import Hand
from support.servers import Served
from support.trader import Trader, trading
from tradepods_core.paper.account import Paid, Step
from tradepods_simulator.exchange.faults import Fault
from tradepods_worker.tasks import lookout

D = Decimal
LIMITS = {"maxDrawdownPct": 10, "maxDailyLossPct": 5, "flattenOnBreach": True}
INCOME = {"path": "/fapi/v1/income", "when": "before", "does": "answer", "status": 503, "count": 10_000}


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the worker does every few seconds it does at once."""
    monkeypatch.setattr(lookout, "LOOK_EVERY", 0.2)


def _pay(hand: Hand, kind: str, amount: str) -> None:
    """The exchange books it; whoever listens is told."""
    served, paper = hand._served, hand.customer.paper
    after = replace(paper, wallet=paper.wallet + D(amount))
    symbol = BTC if kind == "FUNDING_FEE" else ""
    paid = Paid(
        kind=kind,  # type: ignore[arg-type]  # a test writes it as text
        symbol=symbol,
        amount=D(amount),
        wallet=after.wallet,
        cross=after.cross_wallet,
        at=served.exchange.market.now,
    )
    served.exchange.took(hand.customer, Step(account=after, happened=(paid,)))


def _settled(trader: Trader) -> Callable[[], bool]:
    return lambda: trader.agrees() and trader.protected() and trader.book.day is not None


async def _opened(exchange: Served, folder: Path) -> None:
    """Bob is long, protected, and stopped."""
    async with trading(exchange, folder, protections=LIMITS) as trader:
        trader.buy()
        await trader.until(_settled(trader))


@pytest.mark.parametrize("amount", ["-2000", "5000"])
async def test_a_transfer_while_the_worker_is_down_is_no_loss_and_no_gain(
    exchange: Served, tmp_path: Path, amount: str
) -> None:
    """Day and peak move with it; no limit is reached, and the position stays."""
    await _opened(exchange, tmp_path)
    hand = Hand(exchange)
    held = hand.held()
    _pay(hand, "TRANSFER", amount)
    async with trading(exchange, tmp_path, protections=LIMITS) as trader:
        await trader.until(_settled(trader))
        book = trader.book

    assert (book.pause, hand.held()) == (None, held)
    assert book.day is not None
    assert book.day.equity == book.peak == D(10_000) + D(amount)


async def test_a_withdrawal_is_no_loss_while_the_records_can_not_be_read(exchange: Served, tmp_path: Path) -> None:
    """The position stays protected, the records are asked for again, and explain it in the end."""
    await _opened(exchange, tmp_path)
    hand = Hand(exchange)
    _pay(hand, "TRANSFER", "-2000")
    exchange.faults.arm(Fault.model_validate(INCOME))
    async with trading(exchange, tmp_path, protections=LIMITS) as trader:
        await trader.until(lambda: trader.sight.unexplained)
        await trader.move("99")
        unread = trader.book
        protected = trader.protected()
        exchange.faults.release(drop=True)
        await trader.until(_settled(trader))
        explained = trader.book

    assert (unread.pause, protected, unread.peak) == (None, True, D(10_000))
    assert unread.wallet == hand.customer.paper.wallet + 2_000
    assert (explained.pause, explained.peak) == (None, D(8_000))


async def test_funding_while_the_worker_is_down_is_shown_as_funding(exchange: Served, tmp_path: Path) -> None:
    """What /pnl tells of the day."""
    await _opened(exchange, tmp_path)
    _pay(Hand(exchange), "FUNDING_FEE", "-25")
    async with trading(exchange, tmp_path, protections=LIMITS) as trader:
        await trader.until(_settled(trader))

        assert trader.book.today is not None
        assert trader.book.today.tally.funding == trader.tally().funding == D(-25)


async def test_what_the_stream_has_told_is_not_booked_again_after_a_start(exchange: Served, tmp_path: Path) -> None:
    """One withdrawal is told, one is not."""
    hand = Hand(exchange)
    async with trading(exchange, tmp_path, protections=LIMITS) as trader:
        trader.buy()
        await trader.until(_settled(trader))
        _pay(hand, "TRANSFER", "-1000")
        await trader.until(_settled(trader))
    _pay(hand, "TRANSFER", "-1000")
    async with trading(exchange, tmp_path, protections=LIMITS) as trader:
        await trader.until(_settled(trader))
        book = trader.book

    assert (book.peak, book.pause) == (D(8_000), None)
