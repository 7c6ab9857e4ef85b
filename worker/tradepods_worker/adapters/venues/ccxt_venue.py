"""All I/O of the venues that ccxt reaches. ccxt signs, sends and receives; what is said is translated beside it.

ccxt's own orders, caches and limits are not used: requests go to its methods for the venue's endpoints with exact
text, and frames come raw. Its exceptions end here.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from tradepods_core.book.events import AccountView, FillReported, VenueOrder
from tradepods_core.book.intents import (
    CancelOrder,
    Intent,
    Outcome,
    PlaceOrder,
    PrepareSymbol,
    Rejected,
    Throttled,
    Unknown,
)
from tradepods_core.errors import Permanent, Temporary
from tradepods_core.market import Market
from tradepods_core.settings.parts import Exchange
from tradepods_core.shapes import Symbol
from tradepods_core.times import from_ms
from tradepods_worker.adapters.venues.binanceusdm import account, errors, orders, setup
from tradepods_worker.adapters.venues.binanceusdm.orders import Call
from tradepods_worker.adapters.venues.budget import Budget
from tradepods_worker.adapters.venues.ccxt_loader import load_exchange
from tradepods_worker.adapters.venues.private_stream import PrivateStream
from tradepods_worker.adapters.venues.venue_clock import VenueClock
from tradepods_worker.ports import Clock, Progress, VenueEvent, Wanted

WINDOW_MS = 2_500  # recvWindow
READ_ATTEMPTS = 3  # a reading during which the account changed is made again
log = structlog.get_logger()


class CcxtVenue:
    """One account on Binance USD-M futures."""

    def __init__(self, *, exchange: Exchange, api_key: str, secret: str, wall: Clock) -> None:
        loaded = load_exchange(setup.CCXT_ID, parents=setup.CCXT_PARENTS)
        self._errors = loaded.errors
        self._ccxt = loaded.exchange(setup.config(exchange, api_key=api_key, secret=secret))
        if exchange.environment == "demo":
            self._ccxt.enable_demo_trading(enable=True)
        self._wall = wall
        self._clock = VenueClock(ask=self._time, wall=wall)
        self._budget = Budget()
        self._proven = False  # the venue has taken a signed request
        self._ids: Mapping[Symbol, str] = {}
        self._names: Mapping[str, Symbol] = {}
        self._stream = PrivateStream(ccxt=self._ccxt, errors=self._errors, ask=self._ask, clock=self._clock, wall=wall)

    async def prepare(self, markets: Mapping[Symbol, Market]) -> None:
        """Learn the venue's names of symbols, and how far its clock is from ours."""
        self._ids = {symbol: market.id for symbol, market in markets.items()}
        self._names = {market.id: symbol for symbol, market in markets.items()}
        self._stream.names = self._names
        await self._clock.measure()

    async def perform(self, intent: Intent, *, signed_at: datetime) -> Outcome:
        """Carry out one intent."""
        until = self._budget.closed_until(now=self._wall.now(), reading=False)
        if until is not None:
            return Throttled(until=until)
        try:
            answer = await self._send(self._call(intent), signed_at)
            with errors.readable():
                return orders.answered(answer)
        except self._errors.BaseError as error:
            return self._outcome(error)
        except Temporary as error:
            return Unknown(why=str(error))

    async def find(self, wanted: Wanted) -> VenueOrder | None:
        """One order by our id."""
        with errors.readable():
            found = await self._found(wanted)
            return None if found is None else found[0]

    async def read(self, *, wanted: Sequence[Wanted]) -> AccountView:
        """The whole account."""
        self._check(reading=True)
        with errors.readable():
            return await self._read(wanted)

    async def _read(self, wanted: Sequence[Wanted]) -> AccountView:
        config, symbols, brackets = await asyncio.gather(
            self._ask(account.CONFIG), self._ask(account.SYMBOLS), self._ask(account.BRACKETS)
        )
        answer, shown, fills = await self._reading(wanted)
        return AccountView(
            wallet=account.wallet(answer),
            positions=account.positions(answer["positions"], self._names),
            orders=tuple(shown),
            fills=tuple(fills),
            leverage=account.leverages(symbols, self._names),
            brackets=account.brackets(brackets, self._names),
            one_way=not config["dualSidePosition"],
            single_asset=not config["multiAssetsMargin"],
        )

    async def _reading(self, wanted: Sequence[Wanted]) -> tuple[Any, list[VenueOrder], list[FillReported]]:
        """Account, orders and fills of one moment: read again while wallet or positions change meanwhile."""
        attempts = 0
        while True:
            before, shown = await asyncio.gather(self._ask(account.ACCOUNT), self._open_orders())
            resting = {order.id for order in shown}
            looked_up, fills = await self._histories([one for one in wanted if one.id not in resting])
            after = await self._ask(account.ACCOUNT)
            attempts += 1
            if attempts == READ_ATTEMPTS or _same(before, after, self._names):
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
                return orders.place(intent, self._id(intent.leg.symbol))
            case CancelOrder():
                return orders.cancel(intent)
            case PrepareSymbol():
                return orders.prepare(intent, self._id(intent.symbol))

    async def _open_orders(self) -> list[VenueOrder]:
        """Resting orders; a conditional one that was triggered rests no more, whatever the list says."""
        plain, conditional = await asyncio.gather(self._ask(account.OPEN_ORDERS), self._ask(account.OPEN_ALGO_ORDERS))
        found = [orders.plain_order(entry, self._named(entry)) for entry in plain]
        resting = (entry for entry in conditional if not orders.number_of(entry))
        return found + [orders.algo_order(entry, self._named(entry)) for entry in resting]

    async def _histories(self, wanted: Sequence[Wanted]) -> tuple[list[VenueOrder], list[FillReported]]:
        """Orders that no longer rest, and the trades of those that executed."""
        answers = await asyncio.gather(*(self._found(one) for one in wanted))
        found = [answer for answer in answers if answer is not None]
        fills = await asyncio.gather(*(self._trades(order, number) for order, number in found if order.executed))
        return [order for order, _ in found], sorted((f for part in fills for f in part), key=lambda fill: fill.at)

    async def _found(self, wanted: Wanted) -> tuple[VenueOrder, str] | None:
        """An order, and the number under which the venue keeps its trades."""
        answer = await self._looked_up(orders.find(wanted, self._id(wanted.symbol)))
        if answer is None:
            return None
        number = orders.number_of(answer)
        if not wanted.conditional:
            return orders.plain_order(answer, wanted.symbol), number
        sent_off = None
        if number:
            sent_off = await self._looked_up(orders.find_sent_off(self._id(wanted.symbol), number))
            if sent_off is None:
                raise Temporary(f"the exchange does not show yet what the triggered order {wanted.id} sent off")
        return orders.algo_order(answer, wanted.symbol, sent_off=sent_off), number

    async def _looked_up(self, call: Call) -> Mapping[str, Any] | None:
        self._check()
        try:
            answer = await self._send(call, self._wall.now())
        except self._errors.OrderNotFound:
            return None
        except self._errors.BaseError as error:
            raise self._trouble(error) from error
        if not isinstance(answer, Mapping):
            raise Temporary("the exchange's answer is not readable")
        return answer

    async def _trades(self, order: VenueOrder, number: str) -> list[FillReported]:
        answer = await self._ask(account.trades_of(self._id(order.symbol), number))
        seen_at = self._wall.now()
        return [
            account.fill(trade, order=order.id, symbol=order.symbol, seen_at=seen_at)
            for trade in answer
            if str(trade["orderId"]) == number  # another order's trade must never be booked to this one
        ]

    async def _time(self) -> datetime:
        answer = await self._ask(account.TIME)
        with errors.readable():
            return from_ms(int(answer["serverTime"]))

    def _id(self, symbol: Symbol) -> str:
        """The venue's name of a symbol, also of one that it does not list any more."""
        return self._ids.get(symbol) or account.name_of(symbol)

    def _named(self, entry: Mapping[str, Any]) -> Symbol:
        return self._names.get(entry["symbol"], entry["symbol"])

    async def _ask(self, call: Call) -> Any:
        """A question that changes nothing; raises Temporary, or Permanent for wrong credentials."""
        self._check()
        try:
            answer = await self._send(call, self._wall.now())
        except self._errors.BaseError as error:
            raise self._trouble(error) from error
        if not isinstance(answer, Mapping | list):
            raise Temporary("the exchange's answer is not readable")
        return answer

    def _check(self, *, reading: bool = False) -> None:
        """Raise Temporary while questions, or readings of the whole account, have to wait."""
        now = self._wall.now()
        until = self._budget.closed_until(now=now, reading=reading)
        if until is not None:
            raise Temporary("the exchange's rate limit", after=(until - now).total_seconds())

    async def _send(self, call: Call, signed_at: datetime) -> Any:
        send = getattr(self._ccxt, call.method)
        if not call.signed:
            return await send(dict(call.params))
        if self._clock.doubted:
            with contextlib.suppress(Temporary):
                await self._clock.measure()
        answer = await send({**call.params, "timestamp": self._clock.stamp(signed_at), "recvWindow": WINDOW_MS})
        self._budget.hear(self._ccxt.last_response_headers, now=self._wall.now())
        self._proven = True
        return answer

    def _outcome(self, error: Exception) -> Outcome:
        """What an error means; one that blames the time of the request has the clock measured before the next."""
        limited = isinstance(error, self._errors.DDoSProtection) and errors.code_of(str(error)) is None
        after = errors.retry_after(self._ccxt.last_response_headers)
        outcome = errors.outcome_of(str(error), limited=limited, after=after, now=self._wall.now())
        if isinstance(error, self._errors.DDoSProtection) and isinstance(outcome, Throttled):
            self._budget.limit(outcome.until)
        if isinstance(outcome, Rejected) and outcome.code == "too_late":
            self._clock.doubted = True
        return outcome

    def _trouble(self, error: Exception) -> Temporary | Permanent:
        """A key that was good before may be so again: only one that was never taken is hopeless."""
        match self._outcome(error):
            case Rejected(code="credentials", message=message):
                said = "the exchange refuses the API key: check apiKey, apiSecret and the address it is bound to"
                return Temporary(f"{said} ({message})") if self._proven else Permanent(said)
            case Throttled(until=until):
                wait = (until - self._wall.now()).total_seconds()
                return Temporary("the exchange's rate limit", after=max(wait, 0.0))
            case Rejected(message=said) | Unknown(why=said):
                return Temporary(f"{type(error).__name__}: {said}")
        return Temporary(type(error).__name__)


def _same(before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, Symbol]) -> bool:
    return account.wallet(before) == account.wallet(after) and account.positions(
        before["positions"], names
    ) == account.positions(after["positions"], names)
