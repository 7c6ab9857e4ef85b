"""An account without a process: events in, facts and intents out, by the same pure functions that the desk calls."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from support.build import ACCOUNT, BTC, ETH, NOON, WALL, arrived, market, settings, signal
from tradepods_core.book.absorb import absorb
from tradepods_core.book.book import apply
from tradepods_core.book.events import AccountRead, Event, FillReported, IntentSettled, OrderReported
from tradepods_core.book.facts import Fact, SignalDecided, WalletSeen
from tradepods_core.book.intents import Accepted, Intent, Leg, Outcome, PlaceOrder, Purpose, RejectCode, Rejected
from tradepods_core.book.tally import NONE, counted
from tradepods_core.book.values import Book, Position
from tradepods_core.market import Market
from tradepods_core.rules.decide import decide
from tradepods_core.rules.snapshot import Best, Decision, Notice, Peak, Snapshot, VenueState
from tradepods_core.rules.withheld import judged
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.overrides import Override, in_force
from tradepods_core.wire.fleet import Tally
from tradepods_core.wire.published import PublishedStrategy

D = Decimal


class Account:
    """One account in a test's hand. Time moves only when the test says so."""

    def __init__(
        self,
        *,
        wallet: Decimal = D(1000),
        account_settings: AccountSpec | None = None,
        markets: Iterable[Market] | None = None,
        marks: Mapping[str, Decimal] | None = None,
        venue: VenueState | None = None,
    ) -> None:
        self.book = apply(Book(), [WalletSeen(balance=wallet, seen_at=WALL)])
        self.settings = account_settings or settings()
        found = markets if markets is not None else (market(BTC), market(ETH))
        self.markets = {one.symbol: one for one in found}
        self.marks = dict(marks) if marks is not None else {BTC: D(100), ETH: D(100)}
        self.marks_at: datetime | None = NOON
        self.older_marks: dict[str, datetime] = {}
        self.connected, self.since = True, WALL
        self.venue = venue or VenueState()
        self.now, self.wall = NOON, WALL
        self.facts: list[Fact] = []
        self.notices: list[Notice] = []
        self.trades = 0
        self.overrides: tuple[Override, ...] = ()
        self.reading: AccountRead | None = None
        self.withheld, self.unexplained = D(0), False
        self.strategies: dict[str, PublishedStrategy] = {}
        self.best: dict[int, Best] = {}
        self.peaks: dict[int, Peak] = {}

    def snapshot(self, event: Event) -> Snapshot:
        """What a decision would see."""
        news = absorb(self.book, event)
        self.reading = event if isinstance(event, AccountRead) else self.reading
        snapshot = Snapshot(
            account=ACCOUNT,
            now=self.now,
            wall=self.wall,
            event=event,
            before=self.book,
            news=news,
            book=apply(self.book, news),
            terms=in_force(self.settings, self.overrides),
            paper=self.settings.dry_run,
            markets=self.markets,
            marks=self.marks,
            marks_at={} if self.marks_at is None else {**dict.fromkeys(self.marks, self.marks_at), **self.older_marks},
            venue=self.venue,
            connected=self.connected,
            since=self.since,
            reading=self.reading,
            best=self.best,
            peaks=self.peaks,
            strategies=self.strategies,
            withheld=self.withheld,
            unexplained=self.unexplained,
        )
        snapshot = judged(snapshot)
        self.withheld, self.unexplained = snapshot.withheld, snapshot.unexplained
        return snapshot

    def handle(self, event: Event) -> Decision:
        """One event, as the desk handles it."""
        snapshot = self.snapshot(event)
        decision = decide(snapshot)
        self.book = apply(snapshot.book, decision.facts)
        self.facts += [*snapshot.news, *decision.facts]
        self.notices += decision.notices
        return decision

    def settle(self, intent: Intent, outcome: Outcome | None = None) -> Decision:
        """The venue's answer to an intent; acceptance by default."""
        return self.handle(IntentSettled(id=intent.id, outcome=outcome or Accepted(), seen_at=self.wall))

    def reject(self, intent: Intent, code: RejectCode) -> Decision:
        """The venue refuses an intent."""
        return self.settle(intent, Rejected(code=code))

    def fill(
        self,
        order: PlaceOrder,
        *,
        price: str | Decimal = "100",
        quantity: Decimal | None = None,
        ended: bool = True,
        **changes: Any,
    ) -> Decision:
        """A fill of an order and, unless told otherwise, its end; the decision is that of the fill."""
        self.trades += 1
        amount = order.quantity if quantity is None else quantity
        fill = FillReported(
            order=order.id,
            trade=str(self.trades),
            symbol=order.leg.symbol,
            quantity=amount,
            price=D(price),
            fee=D(0),
            fee_asset="USDT",
            realized=D(0),
            at=self.now,
            seen_at=self.wall,
        )
        decision = self.handle(replace(fill, **changes))
        if ended:
            self.end(order, executed=order.quantity)
        return decision

    def end(self, order: PlaceOrder, *, executed: Decimal, status: str = "FILLED") -> Decision:
        """The venue says that an order is over."""
        report = OrderReported(id=order.id, ended=True, executed=executed, status=status, seen_at=self.wall)
        return self.handle(report)

    def refusals(self) -> list[str]:
        """Why signals led to nothing, in order."""
        return [fact.refusal for fact in self.facts if isinstance(fact, SignalDecided) and fact.refusal]

    def tally(self) -> Tally:
        """What the account has done."""
        return counted(NONE, self.facts)

    def position(self, symbol: str = BTC, side: str = "long") -> Position:
        """An open position."""
        return self.book.positions[Leg(symbol, side)]  # type: ignore[arg-type]  # a test writes it as text

    def live(self, purpose: Purpose) -> PlaceOrder:
        """The newest order of this purpose that has not ended, of whichever position."""
        found = [o.intent for o in self.book.orders.values() if o.intent.purpose == purpose and not o.ended]
        return found[-1]

    def opened(self, *, fee: Decimal = D(0), **changes: Any) -> tuple[PlaceOrder, PlaceOrder, PlaceOrder]:
        """A signal and all that follows until its position is protected: the entry, its stop, its take-profit."""
        entry = placed(self.handle(arrived(signal(**changes))), "enter")
        stop = placed(self.fill(entry, fee=fee), "stop")
        target = placed(self.settle(stop), "take_profit")
        self.settle(target)
        return entry, stop, target


def placed(decision: Decision, purpose: str) -> PlaceOrder:
    """The one order of this purpose in a decision."""
    found = orders(decision, purpose)
    assert len(found) == 1, f"{len(found)} {purpose} orders in {decision.intents}"
    return found[0]


def orders(decision: Decision, purpose: str) -> list[PlaceOrder]:
    """All orders of this purpose in a decision."""
    return [intent for intent in decision.intents if isinstance(intent, PlaceOrder) and intent.purpose == purpose]
