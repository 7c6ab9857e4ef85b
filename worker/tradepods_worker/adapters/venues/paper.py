"""The venue of a dry run: core's matching engine on live marks. Its books are saved before it answers."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from tradepods_core.book.accounting import SETTLE
from tradepods_core.book.events import (
    AccountView,
    FillReported,
    OrderReported,
    PaymentReported,
    VenueOrder,
    VenuePosition,
)
from tradepods_core.book.income import Income
from tradepods_core.book.intents import (
    Accepted,
    CancelOrder,
    Intent,
    OrderKind,
    Outcome,
    PlaceOrder,
    Preparation,
    PrepareSymbol,
    Rejected,
    SetMarginMode,
    SetPositionMode,
    Throttled,
)
from tradepods_core.book.outside import ForeignSeen, Past
from tradepods_core.market import Market
from tradepods_core.money import ZERO
from tradepods_core.paper import engine
from tradepods_core.paper.account import Ended, Happening, Paid, PaperAccount, PaperOrder, Refusal, Rested, Step, Traded
from tradepods_core.paper.margin import available, liquidation_price
from tradepods_core.paper.modes import Changed, with_hedge, with_isolated, with_leverage
from tradepods_core.paper.quotes import Moment
from tradepods_core.paper.refusals import Why
from tradepods_core.settings.parts import MarginMode
from tradepods_core.shapes import Symbol
from tradepods_worker.adapters.venues.paper_books import PaperBooks, PaperStore, read_books, save
from tradepods_worker.adapters.venues.paper_income import income_of
from tradepods_worker.adapters.venues.paper_past import past_on
from tradepods_worker.adapters.venues.unlimited import Unlimited
from tradepods_worker.ports import Clock, Gap, Mark, Progress, Quotes, VenueEvent, Wanted

MARKS_WITHIN = timedelta(seconds=1)  # an order of a symbol without a mark price yet is asked for again
UNCHANGED: tuple[Why, ...] = ("mode_same", "margin_type_same")
KEPT = 200  # orders that have ended, and trades, that can still be looked up


class PaperVenue(Unlimited):
    """A venue without a network. `market` is market time, `wall` wall time; `quotes` know the marks of the venue."""

    def __init__(
        self, *, store: PaperStore, balance: Decimal, market: Clock, wall: Clock, quotes: Quotes | None = None
    ) -> None:
        self._store, self._quotes = store, quotes
        self._market, self._wall = market, wall
        self._books = PaperBooks(account=PaperAccount(wallet=balance), given=balance)
        self._markets: Mapping[Symbol, Market] = {}
        self._marks: dict[Symbol, Decimal] = {}
        self._told: asyncio.Queue[VenueEvent] = asyncio.Queue()
        self._read = False

    async def prepare(self, markets: Mapping[Symbol, Market]) -> None:
        """Learn the markets, and go on with the books of the last run."""
        self._markets = markets
        saved = await self._store.load_paper()
        if saved is not None:
            self._books = read_books(saved)

    async def fund(self, balance: Decimal) -> None:
        """The setting is this: the wallet becomes it once the account was read and is flat, as by a transfer."""
        books, account = self._books, self._books.account
        if books.given is None:
            self._books = replace(books, given=balance)
        elif self.waits(balance) and self._read and not (account.positions or account.resting):
            self._books = replace(books, given=balance)
            after, at = replace(account, wallet=balance), self._market.now()
            change, cross = balance - account.wallet, after.cross_wallet
            paid = Paid(kind="TRANSFER", symbol="", amount=change, wallet=balance, cross=cross, at=at)
            await self._took(Step(account=after, happened=(paid,)))

    def waits(self, balance: Decimal) -> bool:
        """Whether the setting has not become the wallet yet."""
        return self._books.given not in (None, balance)

    async def moved(self, marks: Mapping[Symbol, Decimal]) -> None:
        """New marks: orders whose trigger is reached act now, and what has lost its margin is liquidated."""
        self._marks.update(marks)
        if self._books.account.resting or self._books.account.positions:
            step = engine.advance(self._books.account, moment=self._moment())
            if step.happened:
                await self._took(step)

    async def perform(self, intent: Intent, *, signed_at: datetime) -> Outcome:
        """Carry out one intent."""
        del signed_at
        match intent:
            case PlaceOrder():
                return await self._placed(intent)
            case CancelOrder():
                step = engine.cancel(self._books.account, intent.target, at=self._market.now())
                return await self._answer(step)
            case PrepareSymbol() | SetMarginMode() | SetPositionMode():
                changed = self._changed(intent)
                if isinstance(changed, Refusal) and changed.why in UNCHANGED:
                    return Accepted()
                return await self._answer(changed if isinstance(changed, Refusal) else Step(account=changed))

    def _changed(self, intent: Preparation) -> Changed:
        """The account, set as it is to be."""
        match intent:
            case PrepareSymbol():
                return with_leverage(self._books.account, intent.symbol, intent.leverage, moment=self._moment())
            case SetMarginMode():
                isolated = intent.mode is MarginMode.ISOLATED
                return with_isolated(self._books.account, intent.symbol, isolated=isolated)
            case SetPositionMode():
                return with_hedge(self._books.account, hedge=intent.hedge)

    async def find(self, wanted: Wanted) -> VenueOrder | None:
        """One order by our id."""
        resting = self._books.account.resting.get(wanted.id)
        if resting is not None:
            return _shown(resting)
        return next((_past(end) for end in reversed(self._books.ended) if end.order.id == wanted.id), None)

    async def read(self, *, wanted: Sequence[Wanted], past: Sequence[Symbol] = ()) -> AccountView:
        """The whole account."""
        account, seen_at = self._books.account, self._wall.now()
        self._read = True
        ids = {one.id for one in wanted}
        return AccountView(
            wallet=account.wallet,
            available=available(account, self._marks),
            positions=tuple(self._position(key) for key in account.positions),
            orders=(
                *(_shown(order) for order in account.resting.values()),
                *(_past(end) for end in self._books.ended if end.order.id in ids),
            ),
            fills=tuple(_fill(trade, seen_at) for trade in self._books.trades if trade.order.id in ids),
            pasts={symbol: self._past(symbol) for symbol in past if symbol in self._marks},
            leverage={symbol: account.leverage_of(symbol) for symbol in self._markets},
            margin_modes={
                symbol: MarginMode.ISOLATED if symbol in account.isolated else MarginMode.CROSS
                for symbol in self._markets
            },
            one_way=not account.hedge,
        )

    async def income(self, *, since: datetime | None) -> tuple[Income, ...]:
        """What the wallet has on record."""
        return income_of(self._books, since=since)

    def _past(self, symbol: Symbol) -> Past:
        return past_on(symbol, self._books.trades, mark=self._marks[symbol], at=self._market.now())

    def _position(self, key: str) -> VenuePosition:
        """A position; without a liquidation price while the market of one is not known."""
        account = self._books.account
        held = {key: position.symbol or key for key, position in account.positions.items()}
        known = self._markets.keys() >= set(held.values())
        price = liquidation_price(account, key, self._marks, self._markets) if known else None
        quantity, mark = account.positions[key].quantity, self._marks.get(held[key])
        return VenuePosition(symbol=held[key], quantity=quantity, liquidation=price, mark=mark)

    async def events(self) -> AsyncIterator[VenueEvent]:
        """What happened, in order."""
        yield Gap(why="connected")
        while True:
            yield await self._told.get()
            self._told.task_done()

    def progress(self) -> Progress:
        """No frames are sent to a paper venue."""
        return Progress()

    async def reached(self, frames: int) -> None:
        """Wait until all that happened has been handed over."""
        del frames
        await self._told.join()

    async def marks(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Mark]:
        """As the venue says whose prices these are; the orders act on them by `moved`."""
        return {} if self._quotes is None else await self._quotes.marks(symbols)

    async def close(self) -> None:
        """Let go of whoever was asked for marks."""
        if self._quotes is not None:
            await self._quotes.close()

    async def _placed(self, intent: PlaceOrder) -> Outcome:
        symbol = intent.leg.symbol
        if symbol not in self._marks:
            return Throttled(until=self._wall.now() + MARKS_WITHIN)
        hedge = self._books.account.hedge
        order = PaperOrder(
            id=intent.id,
            symbol=symbol,
            buys=intent.buys,
            kind=intent.kind,
            quantity=intent.quantity,
            trigger=intent.trigger,
            reduce_only=intent.reduce_only and not hedge,
            side=intent.leg.side if hedge else "both",
            at=self._market.now(),
        )
        return await self._answer(engine.place(self._books.account, order, moment=self._moment()))

    def _moment(self) -> Moment:
        return Moment(prices=self._marks, markets=self._markets, at=self._market.now())

    async def _answer(self, step: Step | Refusal) -> Outcome:
        if isinstance(step, Refusal):
            return Rejected(code=step.code, message=step.message)
        await self._took(step)
        end = next((h for h in step.happened if isinstance(h, Ended)), None)
        return Accepted() if end is None else Accepted(executed=end.executed, ended=True)

    async def _took(self, step: Step) -> None:
        """Save first, then tell."""
        self._books = replace(
            self._books,
            account=step.account,
            ended=(*self._books.ended, *(h for h in step.happened if isinstance(h, Ended)))[-KEPT:],
            trades=(*self._books.trades, *(h for h in step.happened if isinstance(h, Traded)))[-KEPT:],
            paid=(*self._books.paid, *(h for h in step.happened if isinstance(h, Paid)))[-KEPT:],
        )
        await save(self._store, self._books)
        seen_at = self._wall.now()
        for happening in step.happened:
            event = _event(happening, seen_at)
            if event is not None:
                self._told.put_nowait(event)


def _event(happening: Happening, seen_at: datetime) -> VenueEvent | None:
    match happening:
        case Paid(kind="TRANSFER", amount=amount, wallet=wallet, at=at):
            return PaymentReported(kind="TRANSFER", asset=SETTLE, amount=amount, balance=wallet, at=at, seen_at=seen_at)
        case Traded() if happening.order.forced:
            return ForeignSeen(symbol=happening.order.symbol, seen_at=seen_at)
        case Rested():
            return OrderReported(id=happening.order.id, ended=False, executed=ZERO, status="NEW", seen_at=seen_at)
        case Traded():
            return _fill(happening, seen_at)
        case Ended():
            status = happening.status.upper()
            executed = happening.executed
            return OrderReported(id=happening.order.id, ended=True, executed=executed, status=status, seen_at=seen_at)
        case _:
            return None


def _fill(trade: Traded, seen_at: datetime) -> FillReported:
    return FillReported(
        order=trade.order.id,
        trade=str(trade.trade),
        symbol=trade.order.symbol,
        quantity=trade.quantity,
        price=trade.price,
        fee=trade.fee,
        fee_asset=trade.fee_asset,
        realized=trade.realized,
        at=trade.at,
        seen_at=seen_at,
    )


def _shown(order: PaperOrder) -> VenueOrder:
    return VenueOrder(
        id=order.id,
        symbol=order.symbol,
        buys=order.buys,
        kind=_kind(order),
        quantity=order.quantity,
        trigger=order.trigger,
        ended=False,
        executed=ZERO,
        status="NEW",
    )


def _kind(order: PaperOrder) -> OrderKind | None:
    """The kinds that we send; None for another."""
    match order.kind:
        case "market" | "stop_market" | "take_profit_market":
            return order.kind
        case _:
            return None


def _past(end: Ended) -> VenueOrder:
    return replace(_shown(end.order), ended=True, executed=end.executed, status=end.status.upper())
