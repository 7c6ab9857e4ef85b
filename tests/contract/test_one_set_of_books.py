"""A day replayed by every client side by side: one set of books, and the reference's answer."""

import random
import time
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from support.all_clients import Client, Ours, all_cancel, all_place, clients
from support.reference_books import Books, Symbol, Trade, Transfer
from support.servers import listen
from tradepods_core.market import Market
from tradepods_core.money import ZERO, floor_to
from tradepods_core.paper.account import PaperAccount
from tradepods_simulator.exchange import synthetic
from tradepods_simulator.exchange.app import AccountEntry, make_app, make_exchange
from tradepods_simulator.exchange.books import Customer
from tradepods_simulator.exchange.market import ReplayedMarket, choose_window
from tradepods_simulator.exchange.venue import Exchange
from tradepods_worker.adapters.venues.paper import PaperVenue

NAMES = ("raw", "ccxt", "sdk", "adapter")
KEYS = {name: f"{name}-secret" for name in NAMES}
TRADED = ("BTC/USDT:USDT", "ETH/USDT:USDT", "XRP/USDT:USDT")
EVERY = 30  # steps between two decisions
NOTIONAL = Decimal(400)
SEED = 11
LEAST_TRADES = 100
D = Decimal


class Trader:
    """Decides by a seed and by what the first account holds; everyone follows."""

    def __init__(self, exchange: Exchange, found: Mapping[str, Client], *, seed: int) -> None:
        self._exchange, self._clients = exchange, found
        self._source = random.Random(seed)
        self._number = 0
        self._resting: dict[str, list[int]] = {}

    async def act(self) -> None:
        """One decision about one symbol."""
        market = self._exchange.market.markets[self._source.choice(TRADED)]
        customer = self._exchange.books.by_key["raw-key"]
        held = customer.paper.held(market.symbol)
        if held == ZERO:
            await self._tidy(market, customer)
            await self._enter(market, buys=self._source.random() < 0.5)
        elif self._source.random() < 0.2:
            await self._place(market, "market", buys=held < ZERO, quantity=abs(held), trigger=D(0))

    async def _tidy(self, market: Market, customer: Customer) -> None:
        resting = {order.id for order in customer.paper.resting.values()}
        for number in self._resting.pop(market.symbol, []):
            if f"o-{number}" in resting:
                await all_cancel(self._clients, number, market)

    async def _enter(self, market: Market, *, buys: bool) -> None:
        price = self._exchange.market.prices[market.symbol]
        quantity = floor_to(NOTIONAL * self._source.randint(1, 4) / price, market.step)
        sign = 1 if buys else -1
        await self._place(market, "market", buys=buys, quantity=quantity, trigger=None)
        levels = {"stop_market": D(1) - sign * D("0.004"), "take_profit_market": D(1) + sign * D("0.006")}
        for kind, factor in levels.items():
            trigger = floor_to(price * factor, market.tick)
            number = await self._place(market, kind, buys=not buys, quantity=quantity, trigger=trigger)
            self._resting.setdefault(market.symbol, []).append(number)

    async def _place(self, market: Market, kind: Any, **order: Any) -> int:
        self._number += 1
        await all_place(self._clients, self._number, market, kind, **order)
        return self._number


def _shown(account: PaperAccount) -> object:
    resting = sorted((o.symbol, o.kind, o.quantity, o.trigger) for o in account.resting.values())
    return account.wallet, {key: (p.quantity, p.average) for key, p in account.positions.items()}, resting


def _fills(customer: Customer) -> object:
    return [(t.order.symbol, t.quantity, t.price, t.fee, t.realized, t.at) for t in customer.trades]


def _reference(customer: Customer) -> Fraction:
    terms = {symbol: Symbol(Fraction(20)) for symbol in TRADED}
    trades = (
        Trade(
            t.order.symbol,
            "BUY" if t.order.buys else "SELL",
            Fraction(t.quantity),
            Fraction(t.price),
            commission=Fraction(t.fee),
        )
        for t in customer.trades
    )
    return Books(terms, [Transfer(Fraction(10_000)), *trades]).wallet()


async def _replay(exchange: Exchange, url: str) -> PaperAccount:
    """The whole day, step by step; what paper holds after it."""
    market = exchange.market
    async with clients(url, market.markets, KEYS) as found:
        paper, trader = found["paper"], Trader(exchange, found, seed=SEED)
        assert isinstance(paper, Ours)
        assert isinstance(paper.venue, PaperVenue)
        for step in range(market.steps):
            await exchange.show(step)
            await paper.venue.moved(market.prices)
            if step % EVERY == 0:
                await trader.act()
        return paper.venue._books.account


@pytest.mark.timeout(300)
async def test_a_day_replayed_by_every_client_gives_one_set_of_books() -> None:
    """Fills, fees, profits, positions, what rests: raw requests, ccxt, the SDK, our adapter, paper, the reference."""
    history = synthetic.generate(seed=SEED, minutes=25 * 60)
    market = ReplayedMarket(history, choose_window(history, hours=24))
    entries = [AccountEntry(name=name, api_key=f"{name}-key", api_secret=KEYS[name]) for name in NAMES]
    exchange = make_exchange(market, entries, wall_ms=lambda: time.time_ns() // 1_000_000)
    runner, url = await listen(make_app(exchange, participants={"nobody"}, pace=1.0))
    on_paper = await _replay(exchange, url)
    await runner.cleanup()

    first, *others = (exchange.books.by_key[f"{name}-key"] for name in NAMES)
    assert {trade.order.kind for trade in first.trades} == {"market", "stop_market", "take_profit_market"}
    assert len(first.trades) > LEAST_TRADES
    assert [_fills(other) for other in others] == [_fills(first)] * len(others)
    assert [_shown(other.paper) for other in others] == [_shown(first.paper)] * len(others)
    assert _shown(on_paper) == _shown(first.paper)
    assert abs(Fraction(first.paper.wallet) - _reference(first)) < Fraction(len(first.trades), 10**8)
