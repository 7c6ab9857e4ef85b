"""What may be sent now: the venue's limits, shared out by how much depends on it. Decisions over the clock passed in.

A ban is for the address, and grows with every request that ignores it: while it lasts nothing is sent, not even a
stop. Before it comes to that the less important gives way to the more important. An entry may use a third of the
orders, because a stop and a take-profit follow it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from tradepods_worker.adapters.venues.meter import Meter, Ticket

USED = "x-mbx-used-weight-1m"
ORDER_COUNTS: Mapping[int, str] = {10: "x-mbx-order-count-10s", 60: "x-mbx-order-count-1m"}
MINUTE = timedelta(minutes=1)
LONGEST_BAN = timedelta(days=3)  # of the venue's; a longer one is a mistake of whoever tells it


class Kind(IntEnum):
    """What a request is for, the most important first."""

    CLOSE = 0
    STOP = 1
    TAKE_PROFIT = 2
    CANCEL = 3
    LOOK_UP = 4  # what became of an order of which that is not known; what stream and signatures live by
    ENTRY = 5  # and what prepares one
    QUESTION = 6  # about one thing, or part of a reading that has begun
    READING = 7  # of the whole account
    PRICE = 8  # a mark price, while the signal service tells none


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The venue's own: weight a minute and address, orders an account in so many seconds."""

    weight: int = 2_400
    orders: tuple[tuple[int, int], ...] = ((10, 300), (60, 1_200))


# Percent of a limit that may be used once this kind is sent.
WEIGHT_SHARE: Mapping[Kind, int] = {
    Kind.CLOSE: 100,
    Kind.STOP: 98,
    Kind.TAKE_PROFIT: 95,
    Kind.CANCEL: 92,
    Kind.LOOK_UP: 90,
    Kind.ENTRY: 85,
    Kind.QUESTION: 80,
    Kind.READING: 75,
    Kind.PRICE: 50,
}
ORDER_SHARE: Mapping[Kind, int] = {Kind.CLOSE: 100, Kind.STOP: 97, Kind.TAKE_PROFIT: 90, Kind.ENTRY: 33}


class Budget:
    """Counts what is sent, hears what the venue says of it, and gives out tickets."""

    def __init__(self, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        self.limited_until: datetime | None = None
        self._orders_held_until: datetime | None = None
        self._latest: datetime | None = None
        self._weight = Meter(span=MINUTE, most=limits.weight)
        self._orders = {span: Meter(span=timedelta(seconds=span), most=most) for span, most in limits.orders}
        self._newest = 0

    def learn(self, orders: Mapping[int, int]) -> None:
        """The account's own order limits, by seconds; of a span that is not counted here nothing is learned."""
        for span, most in orders.items():
            if span in self._orders and most > 0:
                self._orders[span].most = most

    def take(self, kind: Kind, *, weight: int, orders: int, now: datetime) -> Ticket | datetime:
        """A ticket for a request that leaves now; or when to ask again."""
        closed = self.closed_until(kind, weight=weight, orders=orders, now=now)
        if closed is not None:
            return closed
        self._newest += 1
        ticket = Ticket(self._newest, now, weight, orders)
        self._weight.count(ticket, weight)
        for meter in self._orders.values():
            meter.count(ticket, orders)
        return ticket

    def closed_until(self, kind: Kind, *, weight: int, orders: int, now: datetime) -> datetime | None:
        """When to ask again; None for now."""
        limited = self.refused_until(now=now)
        if limited is not None:
            return limited
        waits = [_closed(self._weight, weight, _weight_share(kind, weight), now)]
        if orders:
            waits += [self._orders_held_until]
            waits += [_closed(meter, orders, ORDER_SHARE[kind], now) for meter in self._orders.values()]
        return max((wait for wait in waits if wait is not None and wait > now), default=None)

    def refused_until(self, *, now: datetime) -> datetime | None:
        """Until when the venue refuses this address; None where it doesn't."""
        self._follow(now)
        return self.limited_until if self.limited_until is not None and now < self.limited_until else None

    def end(self, ticket: Ticket, headers: Mapping[str, str], *, now: datetime) -> None:
        """A request is over; what its answer's headers say of what is used, where there was an answer."""
        self._follow(now)
        lower = {name.lower(): value for name, value in headers.items()}
        self._weight.end(ticket, used=_figure(lower.get(USED)), newest=self._newest, now=now)
        for span, meter in self._orders.items():
            meter.end(ticket, used=_figure(lower.get(ORDER_COUNTS.get(span, ""))), newest=self._newest, now=now)

    def limit(self, until: datetime, *, now: datetime) -> None:
        """The venue refuses this address until then. A ban longer than any is a mistake, and not believed."""
        self._follow(now)
        if until - now <= LONGEST_BAN:
            self.limited_until = until if self.limited_until is None else max(self.limited_until, until)

    def hold_orders(self, until: datetime) -> None:
        """The venue takes no orders of this account until then."""
        held = self._orders_held_until
        self._orders_held_until = until if held is None else max(held, until)

    def _follow(self, now: datetime) -> None:
        """Where the clock is set back, what was noted moves with it: else it would count for as long as the step is."""
        back = timedelta(0) if self._latest is None else self._latest - now
        self._latest = now
        if back <= timedelta(0):
            return
        for meter in (self._weight, *self._orders.values()):
            meter.set_back(back)
        self.limited_until = None if self.limited_until is None else self.limited_until - back
        self._orders_held_until = None if self._orders_held_until is None else self._orders_held_until - back


def _weight_share(kind: Kind, weight: int) -> int:
    """A protective order that weighs nothing takes no room: only a limit that is reached holds it."""
    return WEIGHT_SHARE[kind] if weight or kind > Kind.TAKE_PROFIT else WEIGHT_SHARE[Kind.CLOSE]


def _figure(said: str | None) -> int | None:
    return int(said) if said is not None and said.isdecimal() else None


def _closed(meter: Meter, cost: int, share: int, now: datetime) -> datetime | None:
    most = meter.most * share // 100
    if meter.used(now=now) + cost <= most:
        return None
    return meter.room_at(cost, most=most, now=now)
