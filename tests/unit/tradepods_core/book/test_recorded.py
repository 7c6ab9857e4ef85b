"""Facts and books as JSON: what comes back is what went in, whatever happened before."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from support.account import Account
from support.build import BTC, ETH, arrived, later, signal
from tradepods_core.book.book import FACT_KINDS, apply
from tradepods_core.book.events import AlarmRang
from tradepods_core.book.facts import Fact, Filled
from tradepods_core.book.intents import Accepted, Outcome, PlaceOrder, Rejected, Unknown
from tradepods_core.book.recorded import (
    Checkpoint,
    read_checkpoint,
    read_fact,
    unique_key,
    write_checkpoint,
    write_fact,
)
from tradepods_core.book.tally import NONE, counted
from tradepods_core.book.values import Book, Order

D = Decimal
OUTCOMES: st.SearchStrategy[Outcome] = st.sampled_from(
    [Accepted(), Rejected(code="would_trigger"), Rejected(code="other", message="no"), Unknown(why="time-out")]
)


def _wild(data: st.DataObject) -> Account:
    """An account after a random but possible life: signals, answers, fills, alarms."""
    account = Account()
    for number in range(data.draw(st.integers(1, 12))):
        account.wall = later(number)
        match data.draw(st.sampled_from(["signal", "settle", "fill", "alarm"])):
            case "signal":
                side = data.draw(st.sampled_from(["long", "short"]))
                account.handle(arrived(signal(data.draw(st.sampled_from([BTC, ETH])), side)))
            case "settle" if account.book.unsettled:
                intent = data.draw(st.sampled_from(list(account.book.unsettled.values())))
                account.settle(intent, data.draw(OUTCOMES))
            case "fill":
                _fill(account, data)
            case _:
                account.handle(AlarmRang(at=account.wall))
    return account


def _fill(account: Account, data: st.DataObject) -> None:
    """Part or all of what an order may still fill; what only reduces never fills beyond its position."""
    left = {order.intent.id: most for order in account.book.orders.values() if (most := _left(account, order)) > 0}
    if left:
        order = account.book.orders[data.draw(st.sampled_from(sorted(left)))].intent
        quantity = data.draw(st.sampled_from([left[order.id], left[order.id] / 2]))
        complete = quantity == left[order.id]
        account.fill(order, quantity=quantity, ended=complete or data.draw(st.booleans()))


def _left(account: Account, order: Order) -> Decimal:
    left = D(0) if order.ended else order.intent.quantity - order.booked
    position = account.book.position(order.intent.position)
    if order.intent.purpose == "enter":
        return left
    return D(0) if position is None else min(left, position.quantity)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_ledger_read_back_gives_the_same_book(data: st.DataObject) -> None:
    """Facts as JSON, read and applied, are the book: from the beginning, and from any checkpoint on."""
    account = _wild(data)
    facts = [read_fact(*write_fact(fact)) for fact in account.facts]
    cut = data.draw(st.integers(0, len(facts)))
    opening = apply(Book(), [])
    base = Account().book

    assert facts == account.facts
    assert apply(base, facts) == account.book
    early = Checkpoint(book=apply(base, facts[:cut]), tally=counted(NONE, facts[:cut]))
    assert read_checkpoint(write_checkpoint(early)) == early
    assert apply(read_checkpoint(write_checkpoint(early)).book, facts[cut:]) == account.book
    assert counted(early.tally, facts[cut:]) == counted(NONE, facts)
    assert opening.wallet is None


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_position_is_the_sum_of_its_fills(data: st.DataObject) -> None:
    """Whatever order events came in; below or at zero only while more of its entry is to be heard of."""
    account = _wild(data)
    total: dict[int, Decimal] = {}
    for fact in account.facts:
        if isinstance(fact, Filled):
            sign = 1 if fact.purpose == "enter" else -1
            total[fact.position] = total.get(fact.position, D(0)) + sign * fact.quantity

    for position in account.book.positions.values():
        assert position.quantity == total[position.number]
        assert position.quantity > 0 or account.book.entering(position.number)


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_what_may_happen_once_happens_once(data: st.DataObject) -> None:
    """No life makes two facts with one key: two orders with one id, one fill twice, one signal decided twice."""
    keys = [key for fact in _wild(data).facts if (key := unique_key(fact)) is not None]

    assert len(keys) == len(set(keys))


def test_a_ledger_that_has_a_fact_for_each_reserved_id_gives_the_same_book() -> None:
    """As those of earlier releases have; now an entry holds the ids of what protects and ends it."""
    account = Account()
    account.handle(arrived(signal(BTC), signal(ETH)))
    now = account.facts
    earlier: list[Fact] = []
    for fact in now:
        kept = fact.reserves if isinstance(fact, PlaceOrder) else ()
        earlier += [replace(fact, reserves=()) if isinstance(fact, PlaceOrder) else fact, *kept]

    assert len(earlier) == len(now) + 6
    assert apply(Account().book, earlier).reserved == account.book.reserved
    assert len(account.book.reserved) == 6, "those of both entries"


def test_every_kind_of_fact_can_be_recorded() -> None:
    """A new kind without its place in the table would be lost at a restart."""
    assert set(FACT_KINDS) == {kind.__name__ for kind in Fact.__args__}


def test_outcomes_keep_their_kind() -> None:
    """An unknown one does not come back as accepted."""
    outcomes: list[Outcome] = [Accepted(), Rejected(code="other"), Unknown(why="x")]

    assert [type(outcome).__name__.lower() for outcome in outcomes] == [outcome.kind for outcome in outcomes]
