"""The exchange's books: what is kept of each order, orders taken twice, and time without a stop."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Literal

import pytest

from support.build import BTC, ETH, NOON
from tradepods_core.paper.account import (
    Ended,
    Happening,
    PaperAccount,
    PaperOrder,
    PaperPosition,
    Placed,
    Rested,
    Traded,
    Triggered,
)
from tradepods_simulator.exchange.books import ALGO_IDS, Books, Customer, Watch

D = Decimal


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def _order(number: int = 1, *, identifier: str = "a", **changes: object) -> PaperOrder:
    order = PaperOrder(id=identifier, number=number, symbol=BTC, buys=True, kind="market", quantity=D(2), at=NOON)
    return replace(order, **changes)  # type: ignore[arg-type]  # a test gives fields of the order


def _stop(quantity: str = "2", *, symbol: str = BTC, buys: bool = False, kind: str = "stop_market") -> PaperOrder:
    return _order(7, identifier=f"{kind} {quantity}", symbol=symbol, buys=buys, kind=kind, quantity=D(quantity))


def _account(held: Mapping[str, str] | None = None, *resting: PaperOrder) -> PaperAccount:
    positions = {s: PaperPosition(quantity=D(q), average=D(100)) for s, q in (held or {}).items()}
    return PaperAccount(wallet=D(1000), positions=positions, resting={order.id: order for order in resting})


def _customer(name: str = "bob") -> Customer:
    watch = Watch(clock=Clock())
    return Customer(name=name, api_key=f"{name}-key", api_secret="s", paper=_account(), watch=watch)


def _traded(order: PaperOrder, trade: int = 1) -> Traded:
    done = _filled(order)
    return Traded(order=done, trade=trade, quantity=order.quantity, price=D(100), fee=D("0.1"), realized=D(0), at=NOON)


def _filled(order: PaperOrder) -> PaperOrder:
    return replace(order, executed=order.quantity, spent=order.quantity * 100)


def _ended(order: PaperOrder, status: Literal["filled", "cancelled", "expired"] = "filled") -> Ended:
    return Ended(order=_filled(order) if status == "filled" else order, status=status, at=NOON)


def _took(customer: Customer, *happened: Happening, now_ms: int = 5) -> Customer:
    for happening in happened:
        customer.record(happening, now_ms=now_ms)
    return customer


def _sent(order: PaperOrder) -> PaperOrder:
    return replace(order, sent_off=True)


def test_a_market_order_is_kept_with_its_fill() -> None:
    """Filled, with what it executed at which average."""
    order = _order()
    customer = _took(_customer(), Placed(order=order), _traded(order), _ended(order))
    record = customer.orders[1]

    assert (record.status, record.executed, record.average) == ("FILLED", D(2), D(100))
    assert (record.created_ms, record.updated_ms) == (5, 5)
    assert [trade.trade for trade in customer.trades] == [1]
    assert customer.algos == {}


@pytest.mark.parametrize(("end", "status"), [("cancelled", "CANCELED"), ("expired", "EXPIRED")])
def test_a_conditional_order_ends_in_the_venues_words(end: Literal["cancelled", "expired"], status: str) -> None:
    """After it rested."""
    order = _stop()
    customer = _took(_took(_customer(), Rested(order=order)), _ended(order, end), now_ms=9)
    record = customer.algos[7]

    assert (record.status, record.created_ms, record.updated_ms) == (status, 5, 9)
    assert record.algo_id == ALGO_IDS + 7


def test_a_triggered_order_has_a_child_in_the_plain_orders() -> None:
    """The order that its trigger sends off has the plain id; both end together."""
    order = _stop()
    customer = _took(_customer(), Rested(order=order))
    assert customer.orders == {}

    _took(customer, Triggered(order=order), Placed(order=_sent(order)), _traded(order), _ended(order), now_ms=9)
    assert (customer.orders[7].status, customer.orders[7].executed) == ("FILLED", D(2))
    assert (customer.algos[7].status, customer.algos[7].triggered_ms) == ("FINISHED", 9)


def test_orders_of_different_ids_are_no_duplicates() -> None:
    """Nor are a conditional order and the child that its trigger sends off under the same id."""
    market, stop = _order(1, identifier="a"), _stop()
    customer = _took(_customer(), Placed(order=market), _traded(market), _ended(market), Rested(order=stop))
    _took(customer, Triggered(order=stop), Placed(order=_sent(stop)), _traded(stop), _ended(stop))

    assert customer.duplicates() == 0


@pytest.mark.parametrize(("times", "expected"), [(1, 0), (2, 1), (3, 2)])
def test_an_order_taken_again_under_the_same_id_is_a_duplicate(times: int, expected: int) -> None:
    """The first counts for nothing, each one beyond it for one: market orders."""
    customer = _customer()
    for number in range(1, times + 1):
        order = _order(number)
        _took(customer, Placed(order=order), _traded(order, number), _ended(order))

    assert customer.duplicates() == expected


def test_a_conditional_order_taken_again_after_it_was_cancelled_is_a_duplicate() -> None:
    """An id is spent once, whatever became of its order."""
    customer, order = _customer(), _stop()
    _took(customer, Rested(order=order), _ended(order, "cancelled"))
    _took(customer, Rested(order=replace(order, number=8)))

    assert customer.duplicates() == 1


def _watched(*moments: tuple[float, PaperAccount]) -> float:
    """The longest time without a stop in ms, after the account was looked at at these seconds."""
    clock = Clock()
    watch = Watch(clock=clock)
    for seconds, account in moments:
        clock.seconds = seconds
        watch.look(account)
    return watch.longest_ms


def test_time_without_a_stop_counts_while_it_lasts() -> None:
    """A position that never had a stop would show in no figure otherwise."""
    clock = Clock()
    watch = Watch(clock=clock)
    assert watch.longest_ms == 0

    watch.look(OPEN)
    clock.seconds += 60
    assert watch.longest_ms == 60_000
    clock.seconds += 1
    assert watch.longest_ms == 61_000


def test_the_longest_time_may_be_past_or_present() -> None:
    """Of several symbols too."""
    assert _watched((0, OPEN), (5, COVERED), (6, OPEN), (8, OPEN)) == 5_000
    assert _watched((0, OPEN), (5, COVERED), (6, OPEN), (12, OPEN)) == 6_000
    assert _watched((0, OPEN), (1, _account({BTC: "2", ETH: "1"})), (9, _account({ETH: "1"}))) == 9_000


OPEN = _account({BTC: "2"})
COVERED = _account({BTC: "2"}, _stop())
FLAT = _account()


@pytest.mark.parametrize("over", [COVERED, FLAT], ids=["a stop rests", "the position is closed"])
def test_time_without_a_stop_is_measured_until_it_is_over(over: PaperAccount) -> None:
    """From the moment that it was first seen open, not from the last."""
    assert _watched((10, OPEN), (10.5, OPEN), (11.25, over)) == 1250


def test_a_position_that_was_covered_when_first_seen_stood_without_for_no_time() -> None:
    """And later looks change nothing about that."""
    assert _watched((10, COVERED), (20, COVERED), (30, FLAT)) == 0


def test_the_longest_time_counts() -> None:
    """Neither the last nor the sum."""
    assert _watched((0, OPEN), (1, COVERED), (2, OPEN), (5, COVERED), (6, OPEN), (8, COVERED)) == 3000


def test_a_stop_that_is_replaced_by_a_new_one_first_leaves_no_time_without() -> None:
    """Both rest for a moment; the old one goes."""
    both = _account({BTC: "2"}, _stop("2"), _stop("2.0"))

    assert _watched((0, COVERED), (1, both), (9, COVERED)) == 0


@pytest.mark.parametrize(
    ("account", "covered"),
    [
        (_account({BTC: "2"}, _stop("1.999")), False),
        (_account({BTC: "2"}, _stop("1"), _stop("1.0")), True),
        (_account({BTC: "2"}, _stop("3")), True),
        (_account({BTC: "2"}, _stop(kind="take_profit_market")), False),
        (_account({BTC: "2"}, _stop(buys=True)), False),
        (_account({BTC: "2"}, _stop(symbol=ETH)), False),
        (_account({BTC: "-2"}, _stop(buys=True)), True),
        (_account({BTC: "-2"}, _stop(buys=False)), False),
        (_account({BTC: "2", ETH: "1"}, _stop()), False),
    ],
)
def test_only_stops_for_all_of_a_position_cover_it(account: PaperAccount, covered: bool) -> None:
    """On its own symbol, on the side that closes it, and no take-profit."""
    assert (_watched((0, account), (4, FLAT)) == 0) is covered


def test_symbols_are_watched_apart() -> None:
    """One covered in time does not end another's waiting."""
    both = _account({BTC: "2", ETH: "1"})
    half = _account({BTC: "2", ETH: "1"}, _stop())

    assert _watched((0, both), (1, half), (7, _account({BTC: "2"}, _stop()))) == 7000


@pytest.mark.parametrize(("find", "name"), [(Books.by_name, "bob"), (lambda books, _: books.by_key["bob-key"], "bob")])
def test_a_customer_is_found_by_name_and_by_key(find: Callable[[Books, str], Customer | None], name: str) -> None:
    """Whoever asks with a key, and whoever examines by name."""
    books = Books([_customer("alice"), _customer("bob")])
    found = find(books, name)

    assert found is not None
    assert found.name == "bob"
    assert books.by_name("nobody") is None
