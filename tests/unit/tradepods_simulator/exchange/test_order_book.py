"""A local order book by the venue's rules: what is dropped, what is joined, where something is missing."""

from decimal import Decimal
from typing import Any

import pytest

from tradepods_core.paper.quotes import Level
from tradepods_simulator.exchange.messages import Diff, Snapshot, Top
from tradepods_simulator.exchange.order_book import OrderBook

D = Decimal


def _levels(levels: dict[int, int]) -> tuple[Level, ...]:
    return tuple(Level(D(price), D(quantity)) for price, quantity in levels.items())


def _snapshot(last: int, bids: dict[int, int] | None = None, asks: dict[int, int] | None = None) -> Snapshot:
    return Snapshot(at_ms=0, last=last, bids=_levels(bids or {99: 1, 98: 2}), asks=_levels(asks or {101: 1, 102: 2}))


def _diff(first: int, last: int, previous: int, **sides: dict[int, int]) -> Diff:
    bids, asks = _levels(sides.get("bids", {})), _levels(sides.get("asks", {}))
    return Diff(at_ms=0, first=first, last=last, previous=previous, bids=bids, asks=asks)


def _top(last: int, bid: int, ask: int) -> Top:
    return Top(at_ms=0, last=last, bid=Level(D(bid), D(7)), ask=Level(D(ask), D(7)))


def _after(*events: Any) -> OrderBook:
    book = OrderBook()
    for event in events:
        match event:
            case Snapshot():
                book.start(event)
            case Diff():
                book.change(event)
            case Top():
                book.show(event)
    return book


def _shown(book: OrderBook, count: int = 20) -> tuple[dict[int, int], dict[int, int]]:
    bids, asks = book.best(count)
    return {int(p): int(q) for p, q in bids}, {int(p): int(q) for p, q in asks}


def test_a_book_is_shown_best_first() -> None:
    """As many levels as asked for."""
    book = _after(_snapshot(10, {97: 1, 99: 2, 98: 3}, {103: 1, 101: 2, 102: 3}))
    bids, asks = book.best(2)

    assert [level.price for level in bids] == [99, 98]
    assert [level.price for level in asks] == [101, 102]


def test_a_difference_sets_and_removes_levels() -> None:
    """A quantity is the level's new one, 0 takes it away, also where it was not there."""
    book = _after(_snapshot(10), _diff(10, 12, 9, bids={99: 0, 98: 5, 97: 3, 50: 0}, asks={101: 4}))

    assert _shown(book) == ({98: 5, 97: 3}, {101: 4, 102: 2})


def test_differences_that_end_before_the_snapshot_are_dropped() -> None:
    """They are in it already."""
    book = _after(_snapshot(10), _diff(7, 9, 6, bids={99: 0}), _diff(10, 11, 9, bids={98: 9}))

    assert _shown(book)[0] == {99: 1, 98: 9}
    assert book.gaps == 0


@pytest.mark.parametrize(("first", "last", "gaps"), [(8, 12, 0), (10, 10, 0), (10, 12, 0), (11, 12, 1), (13, 14, 1)])
def test_the_first_difference_reaches_over_the_snapshot(first: int, last: int, gaps: int) -> None:
    """`U <= lastUpdateId <= u`; where it begins later, something is missing."""
    assert _after(_snapshot(10), _diff(first, last, first - 1)).gaps == gaps


def test_each_difference_names_the_one_before() -> None:
    """By `pu`, not by its first number: the venue skips numbers."""
    book = _after(_snapshot(10), _diff(9, 12, 8), _diff(20, 22, 12), _diff(30, 31, 22))

    assert (book.gaps, book.last) == (0, 31)


def test_a_gap_is_counted_and_described() -> None:
    """And the book goes on with what there is."""
    book = _after(_snapshot(10), _diff(9, 12, 8), _diff(20, 22, 15, bids={97: 4}))

    assert book.gaps == 1
    assert book.gap == "update 20 names 15 as the one before, the book is at 12"
    assert _shown(book)[0] == {99: 1, 98: 2, 97: 4}


def test_differences_before_the_snapshot_are_kept_for_it() -> None:
    """A snapshot is always older than the streams."""
    book = _after(_diff(5, 8, 4, bids={1: 1}), _diff(9, 12, 8, bids={97: 4}), _diff(13, 14, 12), _snapshot(10))

    assert (book.last, book.gaps) == (14, 0)
    assert _shown(book)[0] == {99: 1, 98: 2, 97: 4}


def test_another_snapshot_begins_anew() -> None:
    """What was uncertain is certain again."""
    before = (_snapshot(10), _diff(9, 12, 8), _diff(20, 22, 15, bids={97: 4}), _top(30, 96, 97))
    book = _after(*before, _snapshot(40, {90: 1}, {91: 1}))

    assert _shown(book) == ({90: 1}, {91: 1})


def test_best_bid_and_ask_come_before_the_differences() -> None:
    """Levels beyond the newer top are gone; those behind it stand."""
    book = _after(_snapshot(10), _top(11, 100, 102))

    assert _shown(book) == ({100: 7, 99: 1, 98: 2}, {102: 7})
    assert book.newest == 11


def test_an_older_top_says_nothing() -> None:
    """The differences have overtaken it."""
    book = _after(_snapshot(10), _top(11, 100, 102), _diff(9, 12, 8, bids={97: 1}))

    assert _shown(book)[0] == {99: 1, 98: 2, 97: 1}
    assert book.newest == 12


def test_after_a_gap_the_top_rules() -> None:
    """A level whose removal was missed is not shown in front of it."""
    book = _after(_snapshot(10), _diff(9, 12, 8), _top(21, 97, 98), _diff(22, 23, 20, asks={103: 1}))

    assert _shown(book)[0] == {97: 7}
    assert list(_shown(book)[1]) == [98, 101, 102, 103]


def test_a_side_without_a_best_level_begins_with_the_next() -> None:
    """A top of quantity 0 is none."""
    empty = Top(at_ms=0, last=11, bid=Level(D(100), D(0)), ask=Level(D(101), D(3)))

    assert _shown(_after(_snapshot(10), empty)) == ({99: 1, 98: 2}, {101: 3, 102: 2})


def test_without_a_snapshot_there_is_no_book() -> None:
    """Differences alone are none."""
    book = _after(_diff(9, 12, 8, bids={97: 1}))

    assert (book.ready, book.best(5)) == (False, ((), ()))
