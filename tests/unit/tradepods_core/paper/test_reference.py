"""The engine's books against a second opinion that was written from the venue's documents alone."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from support.build import BTC, ETH, NOON, market
from support.reference_books import Books, Bracket, Funding, MarginMoved, Symbol, Trade, Transfer
from tradepods_core.market import Bracket as VenueBracket
from tradepods_core.paper import engine
from tradepods_core.paper.account import Paid, PaperAccount, PaperOrder, PositionSide, Step, Traded, position_key
from tradepods_core.paper.funding import funded
from tradepods_core.paper.margin import (
    available,
    liquidation_price,
    maintenance,
    order_margin,
    position_margin,
    profit,
)
from tradepods_core.paper.modes import with_margin
from tradepods_core.paper.quotes import Depth, Moment

D, F = Decimal, Fraction
TIERS = ((20_000, 50, "0.01"), (100_000, 20, "0.025"), (1_000_000, 5, "0.1"))
BRACKETS = tuple(VenueBracket(cap=D(cap), max_leverage=most, maintenance=D(rate)) for cap, most, rate in TIERS)
REFERENCE = tuple(Bracket(F(cap), most, F(rate)) for cap, most, rate in TIERS)
SHAPE: dict[str, Any] = {"brackets": BRACKETS, "max_quantity": D(10_000)}
MARKETS = {BTC: market(BTC, **SHAPE), ETH: market(ETH, **SHAPE)}
ROUNDING = D("0.00000001")  # of each amount that the venue books
SIDES: tuple[PositionSide, ...] = ("both", "long", "short")


@dataclass(slots=True)
class Ledger:
    """An account of the engine, and the same told to the reference."""

    account: PaperAccount
    terms: dict[str, Symbol]
    events: list[Any] = field(default_factory=list)
    prices: dict[str, Decimal] = field(default_factory=lambda: {BTC: D(100), ETH: D(100)})

    def moment(self) -> Moment:
        quotes = {symbol: DEPTH.quote(price, MARKETS[symbol]) for symbol, price in self.prices.items()}
        return Moment(prices=self.prices, markets=MARKETS, at=NOON, quotes=quotes)

    def took(self, step: object) -> None:
        if not isinstance(step, Step):
            return
        self.account = step.account
        for happening in step.happened:
            if isinstance(happening, Traded):
                self.events.append(_trade(happening))
            elif isinstance(happening, Paid) and happening.kind == "INSURANCE_CLEAR":
                self.events.append(Transfer(F(happening.amount)))

    def reference(self) -> Books:
        return Books(self.terms, self.events)


DEPTH = Depth(notional=D(3_000), levels=6)


def _trade(trade: Traded) -> Trade:
    order = trade.order
    side: Literal["BUY", "SELL"] = "BUY" if order.buys else "SELL"
    name: Any = order.side.upper()
    return Trade(order.symbol, side, F(trade.quantity), F(trade.price), name, F(trade.fee), trade.fee_asset)


def _resting(account: PaperAccount) -> Iterator[Trade]:
    for order in account.resting.values():
        if order.limit is not None and not order.waits and not order.reduce_only:
            side: Literal["BUY", "SELL"] = "BUY" if order.buys else "SELL"
            name: Any = order.side.upper()
            yield Trade(order.symbol, side, F(order.left), F(order.limit), name)


def _ordered(ledger: Ledger, drawn: st.DataObject) -> None:
    symbol = drawn.draw(st.sampled_from([BTC, ETH]))
    limit = drawn.draw(st.sampled_from([None, "0.99", "1", "1.01"]))
    side: PositionSide = drawn.draw(st.sampled_from(["long", "short"])) if ledger.account.hedge else "both"
    order = PaperOrder(
        id=f"{len(ledger.events)} {drawn.draw(st.integers(0, 10**9))}",
        symbol=symbol,
        buys=drawn.draw(st.booleans()),
        kind="market" if limit is None else "limit",
        quantity=D(drawn.draw(st.integers(100, 60_000))) / 1000,
        limit=None if limit is None else round(ledger.prices[symbol] * D(limit), 1),
        reduce_only=not ledger.account.hedge and drawn.draw(st.booleans()),
        side=side,
        at=NOON,
    )
    ledger.took(engine.place(ledger.account, order, moment=ledger.moment()))


def _moved(ledger: Ledger, drawn: st.DataObject) -> None:
    symbol = drawn.draw(st.sampled_from([BTC, ETH]))
    ledger.prices = {**ledger.prices, symbol: D(drawn.draw(st.integers(950, 1060))) / 10}
    ledger.took(engine.advance(ledger.account, moment=ledger.moment()))


def _settled(ledger: Ledger, drawn: st.DataObject) -> None:
    rate = D(drawn.draw(st.integers(-75, 75))) / 10_000
    ledger.took(funded(ledger.account, {BTC: rate}, moment=ledger.moment()))
    ledger.events.append(Funding(BTC, F(rate), F(ledger.prices[BTC])))


def _added(ledger: Ledger, drawn: st.DataObject) -> None:
    side: PositionSide = drawn.draw(st.sampled_from(SIDES))
    amount = D(drawn.draw(st.integers(-50, 500)))
    changed = with_margin(ledger.account, position_key(BTC, side), amount, moment=ledger.moment())
    if isinstance(changed, PaperAccount):
        ledger.account = changed
        name: Any = side.upper()
        ledger.events.append(MarginMoved(BTC, F(amount), name))


def _account(drawn: st.DataObject) -> Ledger:
    leverage = {symbol: drawn.draw(st.integers(1, 20)) for symbol in MARKETS}
    isolated = frozenset(drawn.draw(st.sets(st.sampled_from([BTC, ETH]))))
    account = PaperAccount(wallet=D(20_000), hedge=drawn.draw(st.booleans()), isolated=isolated, leverage=leverage)
    terms = {s: Symbol(F(leverage[s]), REFERENCE, isolated=s in isolated) for s in MARKETS}
    return Ledger(account=account, terms=terms, events=[Transfer(F(20_000))])


@settings(deadline=None, max_examples=150)
@given(drawn=st.data())
def test_books_are_those_of_the_reference(drawn: st.DataObject) -> None:
    """Wallets, positions, profits, margins and liquidation prices, whatever was traded in whichever mode."""
    ledger = _account(drawn)
    for _ in range(drawn.draw(st.integers(1, 14))):
        act = drawn.draw(st.sampled_from([_ordered, _ordered, _ordered, _moved, _settled, _added]))
        act(ledger, drawn)

    _compare(ledger)


def _near(found: Decimal, expected: Fraction, *, within: Decimal) -> bool:
    return abs(F(found) - expected) <= F(within)


def _compare(ledger: Ledger) -> None:
    account, books = ledger.account, ledger.reference()
    marks = {symbol: F(price) for symbol, price in ledger.prices.items()}
    slack = ROUNDING * (len(ledger.events) * 4 + 1)
    assert _near(account.wallet, books.wallet(), within=slack)
    assert _near(account.cross_wallet, books.cross_wallet(), within=slack)
    for symbol in MARKETS:
        for side in SIDES:
            _compare_position(ledger, books, symbol, side, slack=slack)
        ordered = order_margin(account, symbol, ledger.prices)
        assert _near(ordered, books.order_margin(symbol, list(_resting(account)), marks[symbol]), within=slack)
    assert _near(available(account, ledger.prices), books.available(marks, list(_resting(account))), within=slack * 2)


def _compare_position(ledger: Ledger, books: Books, symbol: str, side: PositionSide, *, slack: Decimal) -> None:
    name: Any = side.upper()
    account, mark = ledger.account, F(ledger.prices[symbol])
    expected, held = books.position(symbol, name), account.positions.get(position_key(symbol, side))
    assert account.held(symbol, side) == expected.quantity
    if held is None:
        return
    key = position_key(symbol, side)
    assert _near(held.average, expected.entry, within=ROUNDING)
    assert _near(profit(held, ledger.prices[symbol]), books.unrealised(symbol, mark, name), within=slack)
    assert _near(held.margin or D(0), books.isolated_wallet(symbol, name), within=slack)
    assert _near(position_margin(account, key, ledger.prices), books.position_margin(symbol, mark, name), within=slack)
    assert _near(maintenance(account, key, ledger.prices, MARKETS), books.maintenance(symbol, mark, name), within=slack)
    _compare_liquidation(ledger, books, symbol, side)


def _compare_liquidation(ledger: Ledger, books: Books, symbol: str, side: PositionSide) -> None:
    name: Any = side.upper()
    marks = {s: F(price) for s, price in ledger.prices.items()}
    found = liquidation_price(ledger.account, position_key(symbol, side), ledger.prices, MARKETS)
    expected = books.liquidation(symbol, marks, name)
    if (found or 0) < ROUNDING * 10 and (expected or 0) < F(ROUNDING * 10):
        return  # nothing: the rounding of a price of zero
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert abs(F(found) - expected) <= F("0.0001") * expected


def test_a_position_is_liquidated_at_its_price_and_not_before() -> None:
    """A tick inside it stands; at it, the venue takes it over, and nobody owes anything."""
    account = PaperAccount(wallet=D(1_000), leverage={BTC: 10})
    moment = Moment(prices={BTC: D(100)}, markets=MARKETS, at=NOON)
    order = PaperOrder(id="a", symbol=BTC, buys=True, kind="market", quantity=D(90), at=NOON)
    held = engine.place(account, order, moment=moment)
    assert isinstance(held, Step)
    price = liquidation_price(held.account, BTC, {BTC: D(100)}, MARKETS)
    assert price is not None

    inside = engine.advance(held.account, moment=replace(moment, prices={BTC: price + D("0.01")}))
    beyond = engine.advance(held.account, moment=replace(moment, prices={BTC: price - D("0.01")}))
    assert inside.happened == ()
    assert beyond.account.positions == {}
    assert beyond.account.wallet >= 0
    assert beyond.happened[0].order.forced == "liquidation"  # type: ignore[union-attr]  # it is the order's placement
