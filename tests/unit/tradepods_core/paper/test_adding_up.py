"""Whatever is done to an account, its books add up: a machine that does everything, in any order, at any price."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from support.build import BTC, ETH, NOON
from support.paper import MARKETS
from tradepods_core.market import Bracket
from tradepods_core.money import ZERO
from tradepods_core.paper import engine
from tradepods_core.paper.account import Ended, Paid, PaperAccount, PaperOrder, Step, Traded, position_key
from tradepods_core.paper.funding import funded
from tradepods_core.paper.liquidation import reduced
from tradepods_core.paper.margin import available, collateral, liquidation_price, unrealized
from tradepods_core.paper.modes import with_hedge, with_isolated, with_leverage, with_margin, with_multi
from tradepods_core.paper.quotes import Depth, Moment, Quote
from tradepods_core.paper.refusals import Refusal

D = Decimal
BNB = D(600)
TIERS = tuple(
    Bracket(cap=D(cap), max_leverage=leverage, maintenance=D(rate))
    for cap, leverage, rate in ((5_000, 125, "0.004"), (50_000, 50, "0.01"), (500_000, 10, "0.05"))
)
TIERED = {symbol: market.model_copy(update={"brackets": TIERS}) for symbol, market in MARKETS.items()}
SYMBOLS = st.sampled_from((BTC, ETH))
PRICES = st.integers(200, 4_000).map(lambda tenths: D(tenths) / 10)
QUANTITIES = st.integers(1, 120_000).map(lambda thousandths: D(thousandths) / 1_000)
KINDS = st.sampled_from(
    ("market", "limit", "stop_market", "take_profit_market", "stop", "take_profit", "trailing_stop_market")
)
ROUNDING = D("0.000001")  # of a run: each booking rounds to eight decimals, an average to 28 digits


class Venue(RuleBasedStateMachine):
    """One account, two symbols, and a cash book beside it that knows only trades, fees and payments."""

    @initialize(hedge=st.booleans(), isolated=st.booleans(), multi=st.booleans(), deep=st.booleans())
    def opened(self, hedge: bool, isolated: bool, multi: bool, deep: bool) -> None:
        """In any mode; of the two that exclude each other, one."""
        apart = frozenset({BTC}) if isolated and not multi else frozenset()
        self.account = PaperAccount(wallet=D(10_000), bnb=D(5), hedge=hedge, isolated=apart, multi=multi)
        self.prices = {BTC: D(100), ETH: D(100)}
        self.depth = Depth(notional=D(3_000)) if deep else None
        self.cash, self.held, self.number = D(10_000), dict.fromkeys((BTC, ETH), ZERO), 0
        self.bnb = D(5)

    def moment(self) -> Moment:
        """The market as it is now."""
        quotes: dict[str, Quote] = {}
        if self.depth is not None:
            quotes = {symbol: self.depth.quote(price, TIERED[symbol]) for symbol, price in self.prices.items()}
        return Moment(prices=self.prices, markets=TIERED, at=NOON, quotes=quotes, bnb=BNB)

    def took(self, step: Step | Refusal) -> None:
        """Book what happened, each thing once."""
        if isinstance(step, Refusal):
            return
        for happened in step.happened:
            if isinstance(happened, Traded):
                signed = happened.quantity if happened.order.buys else -happened.quantity
                self.held[happened.order.symbol] += signed
                self.cash -= signed * happened.price + (happened.fee if happened.fee_asset == "USDT" else ZERO)
                self.bnb -= happened.fee if happened.fee_asset == "BNB" else ZERO
                assert happened.order.executed <= happened.order.quantity
            elif isinstance(happened, Paid):
                self.cash += happened.amount
            elif isinstance(happened, Ended) and happened.status == "filled":
                assert happened.order.left == ZERO
        self.account = step.account

    @rule(symbol=SYMBOLS, buys=st.booleans(), kind=KINDS, quantity=QUANTITIES, more=st.data())
    def order(self, symbol: str, buys: bool, kind: Any, quantity: Decimal, more: st.DataObject) -> None:
        """Of any kind, near the price or far from it, closing or not."""
        self.number += 1
        side = more.draw(st.sampled_from(("long", "short"))) if self.account.hedge else "both"
        closes = kind in ("stop_market", "take_profit_market") and more.draw(st.booleans())
        wanted: dict[str, Any] = {"side": side, "closes": closes, "quantity": ZERO if closes else quantity}
        if kind in ("limit", "stop", "take_profit"):
            wanted |= {"limit": more.draw(PRICES), "force": more.draw(st.sampled_from(("gtc", "ioc", "fok", "gtx")))}
        if kind == "trailing_stop_market":
            wanted["callback"] = D(more.draw(st.integers(1, 100))) / 10
        elif kind not in ("market", "limit"):
            wanted["trigger"] = more.draw(PRICES)
        if not self.account.hedge and not closes:
            wanted["reduce_only"] = more.draw(st.booleans())
        made = PaperOrder(id=str(self.number), symbol=symbol, buys=buys, kind=kind, at=NOON, **wanted)
        self.took(engine.place(self.account, made, moment=self.moment()))

    @rule(symbol=SYMBOLS, price=PRICES)
    def move(self, symbol: str, price: Decimal) -> None:
        """By any gap: orders act, and positions may be liquidated."""
        self.prices = {**self.prices, symbol: price}
        self.took(engine.advance(self.account, moment=self.moment()))
        assert self.account.wallet + collateral(self.account, bnb=BNB) >= -ROUNDING or self.account.positions

    @rule(more=st.data())
    def cancel(self, more: st.DataObject) -> None:
        """Any order that rests."""
        if self.account.resting:
            wanted = more.draw(st.sampled_from(sorted(self.account.resting)))
            self.took(engine.cancel(self.account, wanted, at=NOON))

    @rule(rate=st.integers(-75, 75))
    def fund(self, rate: int) -> None:
        """At a rate of up to three quarters of a percent, also while positions are near their end."""
        self.took(funded(self.account, dict.fromkeys((BTC, ETH), D(rate) / 10_000), moment=self.moment()))

    @rule(more=st.data(), quantity=QUANTITIES, settles=st.booleans())
    def close(self, more: st.DataObject, quantity: Decimal, settles: bool) -> None:
        """By the venue: against somebody's liquidation, or because the symbol is settled."""
        if self.account.positions:
            key = more.draw(st.sampled_from(sorted(self.account.positions)))
            if settles:
                self.took(reduced(self.account, key, quantity, moment=self.moment(), settles=True))
            else:
                self.took(engine.deleveraged(self.account, key, quantity, moment=self.moment()))

    @rule(symbol=SYMBOLS, leverage=st.integers(1, 125), amount=st.integers(-500, 500), burns=st.booleans())
    def set(self, symbol: str, leverage: int, amount: int, burns: bool) -> None:
        """Leverage, modes, margin of a position: what is refused changes nothing."""
        at, account = self.moment(), self.account
        key = position_key(symbol, "long" if account.hedge else "both")
        for changed in (
            with_leverage(account, symbol, leverage, moment=at),
            with_isolated(account, symbol, isolated=symbol not in account.isolated),
            with_hedge(account, hedge=not account.hedge),
            with_multi(account, multi=not account.multi, moment=at),
            with_margin(account, key, D(amount), moment=at),
        ):
            if isinstance(changed, PaperAccount):
                self.account = changed
                break
        self.account = replace(self.account, burns=burns)

    @invariant()
    def money_adds_up(self) -> None:
        """Wallet and unrealised profit are the cash, and what is held at the present prices."""
        worth = sum((quantity * self.prices[symbol] for symbol, quantity in self.held.items()), self.cash)
        equity = self.account.wallet + unrealized(self.account, self.prices)
        assert abs(worth - equity) < ROUNDING
        assert self.bnb == self.account.bnb >= ZERO

    @invariant()
    def positions_are_whole(self) -> None:
        """None of nothing, each with an average, and together what was traded."""
        totals = dict.fromkeys(self.held, ZERO)
        for key, position in self.account.positions.items():
            assert key == position_key(position.symbol, position.side)
            assert (position.side == "both") != self.account.hedge
            assert position.quantity != ZERO
            assert position.average > ZERO
            assert position.side == "both" or (position.quantity > ZERO) == (position.side == "long")
            totals[position.symbol] += position.quantity
        assert totals == self.held

    @invariant()
    def what_rests_can_act(self) -> None:
        """An order has something left to do, and one that only closes has a position or waits for one."""
        for identifier, order in self.account.resting.items():
            assert order.id == identifier
            assert order.left > ZERO or order.closes
            assert order.waits or order.limit is not None
            assert order.waits or not order.exits or order.position in self.account.positions

    @invariant()
    def margins_are_numbers(self) -> None:
        """What is free is never below nothing, and a liquidation price is a price."""
        assert available(self.account, self.prices, bnb=BNB) >= ZERO
        for key in self.account.positions:
            price = liquidation_price(self.account, key, self.prices, TIERED, bnb=BNB)
            assert price is None or price > ZERO


TestBooksAddUp = Venue.TestCase
TestBooksAddUp.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
