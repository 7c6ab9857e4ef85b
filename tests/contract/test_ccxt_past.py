"""What happened on a symbol that is not ours, read through real ccxt from the exchange simulator."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from support.bench import Bench, ccxt_bench
from support.build import BTC, ETH
from support.hand import Hand
from support.servers import Served
from tradepods_core.book.outside import ForeignSeen

D = Decimal


@pytest.fixture
async def bench(exchange: Served) -> AsyncIterator[Bench]:
    """A venue that is listened to."""
    found = await ccxt_bench(exchange, exchange.exchange.market.markets)
    yield found
    found.listening.cancel()
    await found.venue.close()


async def test_only_trades_that_are_not_ours_are_told_with_who_sent_them(exchange: Served, bench: Bench) -> None:
    """Price, fee and profit as the venue booked them; and the venue's own mark price and time."""
    hand = Hand(exchange)
    await bench.done(bench.order(quantity="5"))
    await bench.move({BTC: D(110)})
    hand.trade(D(-2))
    hand.deleverage(D(1))
    past = (await bench.venue.read(wanted=(), past=[BTC, ETH])).pasts

    assert [(t.cause, t.buys, t.quantity, t.price, t.realized) for t in past[BTC].trades] == [
        ("by_hand", False, D(2), D(110), D(20)),
        ("adl", False, D(1), D(110), D(10)),
    ]
    assert [trade.fee for trade in past[BTC].trades] == [D("0.11"), D(0)]
    assert {(trade.side, trade.at) for trade in past[BTC].trades} == {(None, exchange.exchange.market.now)}
    assert (past[BTC].mark, past[BTC].at) == (D(110), exchange.exchange.market.now)
    assert (past[ETH].trades, past[ETH].mark) == ((), D(100))


async def test_a_symbol_that_is_listed_no_more_does_not_keep_the_account_from_being_read(
    exchange: Served, bench: Bench
) -> None:
    """The venue refuses to speak of it: nothing is known of it, but everything else is."""
    Hand(exchange).trade(D(1))
    view = await bench.venue.read(wanted=(), past=["GONE/USDT:USDT", BTC])

    assert (view.pasts["GONE/USDT:USDT"].trades, view.pasts["GONE/USDT:USDT"].mark) == ((), None)
    assert len(view.pasts[BTC].trades) == len(view.positions) == 1


async def test_a_reading_that_asks_about_no_symbol_tells_of_none(exchange: Served, bench: Bench) -> None:
    """It costs nothing then."""
    Hand(exchange).trade(D(1))
    view = await bench.venue.read(wanted=())

    assert view.pasts == {}
    assert [(position.quantity, position.entry) for position in view.positions] == [(D(1), D(100))]


async def test_what_is_not_ours_is_heard_of_at_once(exchange: Served, bench: Bench) -> None:
    """A limit order by hand, without any fill."""
    Hand(exchange).rest(D(1), limit="90")
    heard = await bench.next()

    assert isinstance(heard, ForeignSeen)
    assert heard.symbol == BTC
