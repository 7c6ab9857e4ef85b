"""Positions are the sum of their fills and of what was booked as happened outside: in any order of events."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from support.account import Account
from support.build import BTC, NOON, later
from support.outside import Outside
from tradepods_core.book.book import apply
from tradepods_core.book.events import FillReported
from tradepods_core.book.facts import Filled
from tradepods_core.book.intents import OPENING, Leg, PlaceOrder, Terms
from tradepods_core.book.outside import ExternallyReduced, OrderAdopted, PositionAdopted, ReductionTakenBack
from tradepods_core.book.recorded import read_fact, write_fact
from tradepods_core.book.values import Book

D = Decimal
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("hand"), st.integers(-8, 8).filter(bool)),
        st.tuples(st.just("tells"), st.integers(0, 1)),
        st.tuples(st.just("read"), st.integers(1, 4)),
        st.tuples(st.just("stop"), st.integers(0, 1)),
        st.tuples(st.just("hear"), st.just(0)),
        st.tuples(st.just("answer"), st.just(0)),
    ),
    max_size=25,
)


def _sums(account: Account) -> Mapping[int, Decimal]:
    """By position: what its facts add up to."""
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for fact in account.facts:
        match fact:
            case Filled():
                sums[fact.position] += fact.quantity if fact.purpose in OPENING else -fact.quantity
            case ExternallyReduced():
                sums[fact.number] -= fact.quantity
            case ReductionTakenBack() | PositionAdopted():
                sums[fact.number] += fact.quantity
            case _:
                pass
    return sums


class Life:
    """An account, a hand beside it, and fills of ours that may be heard late."""

    def __init__(self) -> None:
        self.outside = Outside()
        self.unheard: list[FillReported] = []
        self.fired: set[str] = set()

    def step(self, what: str, number: int) -> None:
        """One thing that happens."""
        outside = self.outside
        outside.account.now += timedelta(seconds=1)
        match what:
            case "hand":
                outside.trade(D(number))
            case "tells":
                outside.explains = bool(number)
            case "read":
                outside.read(after=number)
            case "stop":
                self._fire(late=bool(number))
            case "hear":
                self.hear()
            case _:
                outside.answered()

    def _fire(self, *, late: bool) -> None:
        """A stop that rests for our position is executed, reduce-only."""
        account = self.outside.account
        for order in list(account.book.orders.values()):
            intent = order.intent
            quantity = min(intent.quantity, max(self.outside.held, D(0)))
            if intent.purpose == "stop" and order.accepted and not order.ended and intent.id not in self.fired:
                self.fired.add(intent.id)
                self._execute(intent, quantity)
        if not late:
            self.hear()

    def _execute(self, intent: PlaceOrder, quantity: Decimal) -> None:
        if not quantity:
            return
        self.outside.held -= quantity
        fill = FillReported(
            order=intent.id,
            trade=f"s{len(self.fired)}",
            symbol=BTC,
            quantity=quantity,
            price=D(97),
            fee=D(0),
            fee_asset="USDT",
            realized=D(-3) * quantity,
            at=self.outside.account.now,
            seen_at=self.outside.account.wall,
        )
        self.unheard.append(fill)

    def hear(self) -> None:
        """All that was late comes now, and that each of these orders has ended."""
        heard, self.unheard = self.unheard, []
        account = self.outside.account
        for fill in heard:
            account.handle(fill)
            order = account.book.orders.get(fill.order)
            if order is not None:
                account.end(order.intent, executed=order.booked)


@given(STEPS)
def test_positions_are_the_sum_of_their_fills_and_of_what_happened_outside(steps: list[tuple[str, int]]) -> None:
    """Whatever comes late, twice explained or not at all: never below zero, and in the end never more than is there."""
    life = Life()
    account = life.outside.account
    for step in steps:
        life.step(*step)
        open_ = {position.number: position.quantity for position in account.book.positions.values()}
        assert {number: total for number, total in _sums(account).items() if total} == open_
        assert all(quantity > 0 for quantity in open_.values())

    life.hear()
    for _ in range(6):
        life.outside.answered()
        life.outside.read()
    held = sum((position.quantity for position in account.book.positions.values()), D(0))
    assert held <= max(life.outside.held, D(0))
    assert not any(doubt.quantity for doubt in account.book.doubts.values())


def test_an_adopted_position_is_kept_like_any_other() -> None:
    """Its order rests for it: it is covered."""
    leg = Leg(BTC, "long")
    stop = PlaceOrder(
        id="tp" + "a" * 26,
        cause="adopted",
        leg=leg,
        purpose="stop",
        kind="stop_market",
        quantity=D(2),
        position=7,
        trigger=D(97),
        committed_at=later(0),
    )
    facts = (
        PositionAdopted(
            number=7,
            leg=leg,
            quantity=D(2),
            average=D(100),
            terms=Terms(take_profit_pct=D(3), stop_loss_pct=D(3)),
            step=3,
            stop=None,
            at=NOON,
            seen_at=later(0),
        ),
        OrderAdopted(order=stop, seen_at=later(0)),
    )
    book = apply(Book(), facts)

    position = book.positions[leg]
    assert (position.quantity, position.entered, position.first, position.naked_since) == (D(2), D(2), D(2), None)
    assert (book.next_position, book.revision(7, "stop")) == (8, 1)
    assert [read_fact(*write_fact(fact)) for fact in facts] == list(facts)
