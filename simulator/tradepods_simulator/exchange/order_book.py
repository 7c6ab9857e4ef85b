"""A local order book out of a snapshot and differences, by the rules that Binance documents for its futures.

Differences that end before the snapshot are dropped; the first one taken must reach over it (`U <= lastUpdateId <= u`);
each following one must name the one before (`pu` is its `u`). Where one doesn't, some are missing: the book is
uncertain until the next snapshot, and goes on with what there is.
"""

import heapq
from collections import deque
from decimal import Decimal

from tradepods_core.paper.quotes import Level
from tradepods_simulator.exchange.messages import Diff, Levels, Snapshot, Top

KEPT = 1_000  # differences that a snapshot may be older than


class OrderBook:
    """One symbol's book; `gaps` counts the places at which differences are missing, `gap` describes the last."""

    def __init__(self) -> None:
        self.last = 0
        self.gaps = 0
        self.gap = ""
        self.ready = False
        self._bids: dict[Decimal, Decimal] = {}
        self._asks: dict[Decimal, Decimal] = {}
        self._top: Top | None = None
        self._reached = False
        self._uncertain = False
        self._recent: deque[Diff] = deque(maxlen=KEPT)

    def start(self, snapshot: Snapshot) -> None:
        """Begin anew with a snapshot, and with what came before it and is newer than it."""
        self._bids = {price: quantity for price, quantity in snapshot.bids if quantity}
        self._asks = {price: quantity for price, quantity in snapshot.asks if quantity}
        self.last, self.ready, self._reached = snapshot.last, True, False
        self._uncertain = False
        for diff in tuple(self._recent):
            self._apply(diff)

    def change(self, diff: Diff) -> None:
        """Take a difference."""
        self._recent.append(diff)
        if self.ready:
            self._apply(diff)

    def show(self, top: Top) -> None:
        """Take best bid and best ask, which are told sooner than the differences."""
        self._top = top

    @property
    def newest(self) -> int:
        """Number of the newest update that is in what the book shows."""
        return max(self.last, self._top.last if self._top is not None else 0)

    def best(self, count: int) -> tuple[Levels, Levels]:
        """Bids and asks, best first, at most so many."""
        top = self._top
        if top is None or (top.last < self.last and not self._uncertain):
            return _bids(self._bids, count), _asks(self._asks, count)
        bids = {price: quantity for price, quantity in self._bids.items() if price < top.bid.price}
        asks = {price: quantity for price, quantity in self._asks.items() if price > top.ask.price}
        best_bid, best_ask = (tuple(level for level in (one,) if level.quantity) for one in (top.bid, top.ask))
        return (*best_bid, *_bids(bids, count - 1)), (*best_ask, *_asks(asks, count - 1))

    def _apply(self, diff: Diff) -> None:
        if diff.last < self.last:
            return
        expected = diff.first <= self.last <= diff.last if not self._reached else diff.previous == self.last
        if not expected:
            self.gaps += 1
            self._uncertain = True
            self.gap = f"update {diff.first} names {diff.previous} as the one before, the book is at {self.last}"
        self._reached, self.last = True, diff.last
        _put(self._bids, diff.bids)
        _put(self._asks, diff.asks)


def _put(side: dict[Decimal, Decimal], levels: Levels) -> None:
    for price, quantity in levels:
        if quantity:
            side[price] = quantity
        else:
            side.pop(price, None)


def _bids(side: dict[Decimal, Decimal], count: int) -> Levels:
    return tuple(Level(price, side[price]) for price in heapq.nlargest(count, side))


def _asks(side: dict[Decimal, Decimal], count: int) -> Levels:
    return tuple(Level(price, side[price]) for price in heapq.nsmallest(count, side))
