"""All I/O of the venues that ccxt reaches. ccxt signs, sends and receives; what is said is translated beside it.

ccxt's own orders, caches and limits are not used: requests go to its methods for the venue's endpoints with exact
text, and frames come raw. Its exceptions end here.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tradepods_core.book.events import AccountView, FillReported, VenueOrder, VenuePosition
from tradepods_core.book.income import Income
from tradepods_core.book.intents import (
    Accepted,
    CancelOrder,
    Intent,
    Outcome,
    PlaceOrder,
    PrepareSymbol,
    SetMarginMode,
    SetPositionMode,
)
from tradepods_core.errors import Temporary
from tradepods_core.ids import ClientOrderId
from tradepods_core.market import Market
from tradepods_core.settings.parts import Exchange
from tradepods_core.settings.proxy import Proxy
from tradepods_core.shapes import Symbol
from tradepods_worker.adapters.venues.binanceusdm import account, errors, filters, orders, setup
from tradepods_worker.adapters.venues.binanceusdm.orders import Call
from tradepods_worker.adapters.venues.budget import Kind
from tradepods_worker.adapters.venues.ccxt_loader import load_exchange
from tradepods_worker.adapters.venues.identity import Identity
from tradepods_worker.adapters.venues.importance import kind_of
from tradepods_worker.adapters.venues.incomes import income_since
from tradepods_worker.adapters.venues.kept_answer import KeptAnswer
from tradepods_worker.adapters.venues.marks_asked import marks_of
from tradepods_worker.adapters.venues.meter import Ticket
from tradepods_worker.adapters.venues.pasts import past_of
from tradepods_worker.adapters.venues.private_stream import PrivateStream
from tradepods_worker.adapters.venues.wire import Wire
from tradepods_worker.ports import Clock, Mark, Progress, VenueEvent, Wanted

BRACKETS_LAST = timedelta(hours=1)  # a large answer of all symbols; the venue changes them a few times a year
READ_ATTEMPTS = 3  # a reading during which the account changed is made again


class CcxtVenue:
    """One account on Binance USD-M futures."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        api_key: str,
        secret: str,
        wall: Clock,
        proxy: Proxy | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        loaded = load_exchange(setup.CCXT_ID, secret=secret, parents=setup.CCXT_PARENTS, products=setup.CCXT_PRODUCTS)
        self._ccxt = loaded.exchange(setup.config(exchange, api_key=api_key, secret=secret, proxy=proxy))
        self._ccxt.ssl_context = tls  # None: it makes its own
        if exchange.environment == "demo":
            self._ccxt.enable_demo_trading(enable=True)
        self._wall = wall
        self._wire = Wire(ccxt=self._ccxt, ccxt_errors=loaded.errors, wall=wall, proxy=proxy)
        self._brackets = KeptAnswer(lambda: self._wire.ask(account.BRACKETS), lasts=BRACKETS_LAST, wall=wall)
        self._given: dict[ClientOrderId, Ticket] = {}  # turns that have come, and are not used yet
        self._limits_known = False
        self._identity = Identity(self._alias, wall=wall)
        self._hedge = False  # by the last reading, or by what was set after it
        self._mode_set_at: datetime | None = None
        self._ids: Mapping[Symbol, str] = {}
        self._names: Mapping[str, Symbol] = {}
        self._stream = PrivateStream(
            ccxt=self._ccxt, errors=loaded.errors, ask=self._wire.listen, clock=self._wire.clock, wall=wall
        )

    async def prepare(self, markets: Mapping[Symbol, Market]) -> None:
        """Learn the venue's names of symbols, and how far its clock is from ours."""
        self._ids = {symbol: market.id for symbol, market in markets.items()}
        self._names = {market.id: symbol for symbol, market in markets.items()}
        self._stream.names = self._names
        await self._wire.clock.measure()

    async def renewed(self, market: Market) -> Market:
        """The steps of a market now; a stop waits for the answer."""
        answer = await self._wire.ask(filters.MARKETS, Kind.STOP)
        with errors.readable():
            return filters.renewed(market, answer)

    def limit(self, until: datetime) -> None:
        """The venue refuses our address until then, as somebody else behind it has learned."""
        self._wire.budget.limit(until, now=self._wall.now())

    def clock_off(self) -> timedelta:
        """How far this machine's clock is from the venue's."""
        return self._wire.clock.off

    def account_id(self) -> str:
        """The venue's own name of the account."""
        return self._identity.name

    def limited_until(self) -> datetime | None:
        """Until when the venue refuses our address."""
        return self._wire.limited_until()

    async def turn(self, intent: Intent) -> None:
        """Wait until there is room for what protects; what opens never waits.

        A doubtful clock is asked for here: it may answer slowly, and what was signed before that would be too late.
        """
        kind = kind_of(intent)
        if kind < Kind.ENTRY and intent.id not in self._given:
            call = self._call(intent)
            await self._wire.be_on_time()
            self._given[intent.id] = await self._wire.turns.wait(kind, weight=call.weight, orders=call.orders)

    async def perform(self, intent: Intent, *, signed_at: datetime) -> Outcome:
        """Carry out one intent."""
        given = self._given.pop(intent.id, None)
        outcome = await self._wire.order(self._call(intent), kind_of(intent), given=given, signed_at=signed_at)
        if isinstance(intent, SetPositionMode) and isinstance(outcome, Accepted):
            self._hedge, self._mode_set_at = intent.hedge, self._wall.now()
        return outcome

    async def marks(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Mark]:
        """The mark prices of these."""
        return await marks_of(self._wire, {self._id(symbol): symbol for symbol in symbols})

    async def find(self, wanted: Wanted) -> VenueOrder | None:
        """One order by our id."""
        with errors.readable():
            found = await self._found(wanted, Kind.LOOK_UP)
            return None if found is None else found[0]

    async def read(self, *, wanted: Sequence[Wanted], past: Sequence[Symbol] = ()) -> AccountView:
        """The whole account."""
        self._wire.check_reading()
        await self._learn_limits()
        with errors.readable():
            view = await self._read(wanted, past)
        await self._identity.learn()
        return view

    async def income(self, *, since: datetime | None) -> tuple[Income, ...]:
        """What the wallet has on record."""
        return await income_since(self._wire, since)

    async def _learn_limits(self) -> None:
        """Some accounts may send more orders than others; until the venue says so, the usual holds."""
        if self._limits_known:
            return
        with contextlib.suppress(Temporary), errors.readable():
            self._wire.budget.learn(account.order_limits(await self._wire.ask(account.ORDER_LIMITS)))
            self._limits_known = True

    async def _alias(self) -> str:
        with errors.readable():
            return account.alias(await self._wire.ask(account.BALANCES))

    async def _read(self, wanted: Sequence[Wanted], past: Sequence[Symbol]) -> AccountView:
        begun = self._wall.now()
        config, symbols, brackets = await asyncio.gather(
            self._wire.ask(account.CONFIG), self._wire.ask(account.SYMBOLS), self._brackets.get()
        )
        if self._mode_set_at is None or self._mode_set_at < begun:
            self._hedge = bool(config["dualSidePosition"])
        pasts = await asyncio.gather(*(past_of(self._wire, self._id(symbol), now=begun) for symbol in past))
        answer, shown, fills = await self._reading(wanted)
        return AccountView(
            wallet=account.wallet(answer),
            available=account.available(answer),
            positions=await self._positions(answer),
            orders=tuple(shown),
            fills=tuple(fills),
            pasts=dict(zip(past, pasts, strict=True)),
            leverage=account.leverages(symbols, self._names),
            margin_modes=account.margin_modes(symbols, self._names),
            brackets=account.brackets(brackets, self._names),
            one_way=not self._hedge,
            single_asset=not config["multiAssetsMargin"],
        )

    async def _positions(self, answer: Mapping[str, Any]) -> tuple[VenuePosition, ...]:
        """What the account holds, with the liquidation prices, which are asked for only where there is something."""
        held = account.positions(answer["positions"], self._names)
        if not held:
            return ()
        risks = account.positions(await self._wire.ask(account.RISKS), self._names)
        return account.with_liquidations(held, risks)

    async def _reading(self, wanted: Sequence[Wanted]) -> tuple[Any, list[VenueOrder], list[FillReported]]:
        """Account, orders and fills of one moment: read again while wallet or positions change meanwhile."""
        attempts = 0
        while True:
            before, shown = await asyncio.gather(self._wire.ask(account.ACCOUNT), self._open_orders())
            resting = {order.id for order in shown}
            looked_up, fills = await self._histories([one for one in wanted if one.id not in resting])
            after = await self._wire.ask(account.ACCOUNT)
            attempts += 1
            if attempts == READ_ATTEMPTS or account.same(before, after):
                return after, shown + looked_up, fills

    def events(self) -> AsyncIterator[VenueEvent]:
        """The private stream."""
        return self._stream.events()

    def progress(self) -> Progress:
        """How far the stream has been handled."""
        return self._stream.progress()

    async def reached(self, frames: int) -> None:
        """Wait until so many frames are handled."""
        await self._stream.reached(frames)

    async def close(self) -> None:
        """Close all sockets."""
        await self._ccxt.close()

    def _call(self, intent: Intent) -> Call:
        match intent:
            case PlaceOrder():
                return orders.place(intent, self._id(intent.leg.symbol), hedge=self._hedge)
            case CancelOrder():
                return orders.cancel(intent)
            case PrepareSymbol():
                return orders.leverage(intent, self._id(intent.symbol))
            case SetMarginMode():
                return orders.margin_mode(intent, self._id(intent.symbol))
            case SetPositionMode():
                return orders.position_mode(intent)

    async def _open_orders(self) -> list[VenueOrder]:
        """Resting orders; a conditional one that was triggered rests no more, whatever the list says."""
        plain, conditional = await asyncio.gather(
            self._wire.ask(account.OPEN_ORDERS), self._wire.ask(account.OPEN_ALGO_ORDERS)
        )
        found = [orders.plain_order(entry, self._named(entry)) for entry in plain]
        resting = (entry for entry in conditional if not orders.number_of(entry))
        return found + [orders.algo_order(entry, self._named(entry)) for entry in resting]

    async def _histories(self, wanted: Sequence[Wanted]) -> tuple[list[VenueOrder], list[FillReported]]:
        """Orders that no longer rest, and the trades of those that executed."""
        answers = await asyncio.gather(*(self._found(one, Kind.QUESTION) for one in wanted))
        found = [answer for answer in answers if answer is not None]
        fills = await asyncio.gather(*(self._trades(order, number) for order, number in found if order.executed))
        return [order for order, _ in found], sorted((f for part in fills for f in part), key=lambda fill: fill.at)

    async def _found(self, wanted: Wanted, kind: Kind) -> tuple[VenueOrder, str] | None:
        """An order, and the number under which the venue keeps its trades."""
        answer = await self._wire.look_up(orders.find(wanted, self._id(wanted.symbol)), kind)
        if answer is None:
            return None
        number = orders.number_of(answer)
        if not wanted.conditional:
            return orders.plain_order(answer, wanted.symbol), number
        sent_off = None
        if number:
            sent_off = await self._wire.look_up(orders.find_sent_off(self._id(wanted.symbol), number), kind)
            if sent_off is None:
                raise Temporary(f"the exchange does not show yet what the triggered order {wanted.id} sent off")
        return orders.algo_order(answer, wanted.symbol, sent_off=sent_off), number

    async def _trades(self, order: VenueOrder, number: str) -> list[FillReported]:
        answer = await self._wire.ask(account.trades_of(self._id(order.symbol), number))
        seen_at = self._wall.now()
        return [
            account.fill(trade, order=order.id, symbol=order.symbol, seen_at=seen_at)
            for trade in answer
            if str(trade["orderId"]) == number  # another order's trade must never be booked to this one
        ]

    def _id(self, symbol: Symbol) -> str:
        """The venue's name of a symbol, also of one that it does not list any more."""
        return self._ids.get(symbol) or account.name_of(symbol)

    def _named(self, entry: Mapping[str, Any]) -> Symbol:
        return self._names.get(entry["symbol"], entry["symbol"])
