"""What may be sent: nothing while the address is refused, and the less important gives way first."""

import heapq
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.build import WALL, later
from tradepods_worker.adapters.venues.budget import LONGEST_BAN, ORDER_SHARE, Budget, Kind, Limits
from tradepods_worker.adapters.venues.meter import Ticket

ORDERS = (Kind.CLOSE, Kind.STOP, Kind.TAKE_PROFIT, Kind.ENTRY)
SMALL = Limits(weight=100, orders=((10, 30), (60, 120)))


def _take(budget: Budget, kind: Kind, *, seconds: float = 0, weight: int | None = None) -> Ticket | datetime:
    order = kind in ORDERS
    return budget.take(kind, weight=(0 if order else 1) if weight is None else weight, orders=order, now=later(seconds))


def _taken(budget: Budget, kind: Kind, *, seconds: float = 0, tries: int = 1_000) -> int:
    return sum(isinstance(_take(budget, kind, seconds=seconds), Ticket) for _ in range(tries))


@pytest.mark.parametrize("kind", Kind)
def test_at_first_everything_may_be_sent(kind: Kind) -> None:
    """Nothing is used."""
    assert isinstance(_take(Budget(), kind), Ticket)


@pytest.mark.parametrize("kind", Kind)
def test_while_the_address_is_refused_nothing_is_sent(kind: Kind) -> None:
    """Every request would make it longer; the longest ban that was heard of counts."""
    budget = Budget()
    budget.limit(later(30), now=WALL)
    budget.limit(later(10), now=WALL)

    assert _take(budget, kind, seconds=29) == later(30)
    assert isinstance(_take(budget, kind, seconds=30), Ticket)


@pytest.mark.parametrize(
    ("until", "believed"),
    [
        (WALL + LONGEST_BAN, True),
        (WALL + LONGEST_BAN + timedelta(seconds=1), False),
        (WALL + timedelta(days=3_650), False),
        (WALL - timedelta(days=1), False),
    ],
)
def test_a_ban_longer_than_any_or_over_stops_nothing(until: datetime, believed: bool) -> None:
    """The venue's longest lasts three days."""
    budget = Budget()
    budget.limit(until, now=WALL)

    assert (budget.closed_until(Kind.CLOSE, weight=0, orders=1, now=WALL) == until) is believed


@pytest.mark.parametrize(
    ("kind", "percent"),
    [
        (Kind.CLOSE, 100),
        (Kind.STOP, 98),
        (Kind.TAKE_PROFIT, 95),
        (Kind.CANCEL, 92),
        (Kind.LOOK_UP, 90),
        (Kind.ENTRY, 85),
        (Kind.QUESTION, 80),
        (Kind.READING, 75),
        (Kind.PRICE, 50),
    ],
)
def test_each_kind_has_its_share_of_the_weight(kind: Kind, percent: int) -> None:
    """What others behind the address have used counts, for the venue's header says so."""
    budget = Budget()
    first = _take(budget, Kind.QUESTION)
    assert isinstance(first, Ticket)
    most = 2_400 * percent // 100
    budget.end(first, {"X-MBX-USED-WEIGHT-1M": str(most - 1)}, now=WALL)

    assert budget.closed_until(kind, weight=1, orders=0, now=later(1)) is None
    assert budget.closed_until(kind, weight=2, orders=0, now=later(1)) == later(61), "the venue's minute, and a second"


@pytest.mark.parametrize(("kind", "allowed"), [(Kind.CLOSE, 300), (Kind.STOP, 291), (Kind.TAKE_PROFIT, 270)])
def test_a_third_of_the_orders_may_open_so_that_what_follows_has_room(kind: Kind, allowed: int) -> None:
    """99 entries in ten seconds; the rest is for their stops, then their take-profits, then what closes them."""
    budget = Budget()
    entries = _taken(budget, Kind.ENTRY)

    assert entries == 99
    assert _taken(budget, kind) == allowed - entries
    assert _take(budget, Kind.ENTRY) == later(10)


def test_what_was_sent_counts_before_the_venue_says_so() -> None:
    """Requests overlap: a header that was written before they arrived knows nothing of them."""
    budget = Budget()
    first = _take(budget, Kind.STOP)
    assert isinstance(first, Ticket)
    assert _taken(budget, Kind.STOP, tries=100) == 100
    budget.end(first, {"X-MBX-ORDER-COUNT-10S": "150", "X-MBX-ORDER-COUNT-1M": "150"}, now=WALL)

    assert _taken(budget, Kind.CLOSE) == 300 - 150 - 100


def test_a_lower_figure_is_believed_of_a_later_request_only() -> None:
    """Two that overlapped may have been counted in any order; one sent after the answer saw the window end."""
    budget = Budget()
    first, second = _take(budget, Kind.STOP), _take(budget, Kind.STOP)
    assert isinstance(first, Ticket)
    assert isinstance(second, Ticket)
    budget.end(first, {"x-mbx-order-count-10s": "280"}, now=WALL)
    budget.end(second, {"x-mbx-order-count-10s": "5"}, now=WALL)
    assert _taken(budget, Kind.CLOSE, tries=50) == 20

    third = budget.take(Kind.CLOSE, weight=0, orders=0, now=later(1))
    assert isinstance(third, Ticket)
    budget.end(third, {"x-mbx-order-count-10s": "25"}, now=later(1))
    assert _taken(budget, Kind.CLOSE, seconds=1, tries=50) == 50


def test_a_request_counts_until_a_span_after_its_answer() -> None:
    """By then every window in which it can have arrived is over; one that has no answer yet counts all the while."""
    budget = Budget(SMALL)
    tickets = [_take(budget, Kind.CLOSE) for _ in range(30)]
    for seconds, ticket in enumerate(tickets, start=5):
        assert isinstance(ticket, Ticket)
        if seconds < 20:
            budget.end(ticket, {}, now=later(seconds * 0.1))

    assert _taken(budget, Kind.CLOSE, seconds=10.4) == 0
    assert _taken(budget, Kind.CLOSE, seconds=11) == 6, "those that ended at 0.5 to 1.0"


def test_a_request_that_never_ends_is_given_up() -> None:
    """Half a minute, and the span after it: longer than any time-out."""
    budget = Budget(SMALL)
    assert _taken(budget, Kind.CLOSE) == 30
    assert _taken(budget, Kind.CLOSE, seconds=30) == 0
    assert _taken(budget, Kind.CLOSE, seconds=40) == 30


@pytest.mark.parametrize("said", ["", "much", "-4", "1.5"])
def test_a_header_that_can_not_be_read_changes_nothing(said: str) -> None:
    """A proxy may write anything."""
    budget = Budget()
    first = _take(budget, Kind.QUESTION)
    assert isinstance(first, Ticket)
    budget.end(first, {"X-MBX-USED-WEIGHT-1M": said}, now=WALL)

    assert isinstance(_take(budget, Kind.READING), Ticket)


def test_an_account_that_may_send_more_orders_does() -> None:
    """The venue says how many; of spans that nobody counts here, and of nonsense, nothing is learned."""
    budget = Budget()
    budget.learn({10: 600, 60: 2_400, 86_400: 5})
    budget.learn({10: 0})

    assert _taken(budget, Kind.CLOSE) == 600


def test_orders_that_the_venue_refused_are_held_back_and_the_rest_is_not() -> None:
    """The limit of orders is the account's: its questions go on."""
    budget = Budget()
    budget.hold_orders(later(10))

    assert _take(budget, Kind.CLOSE, seconds=1) == later(10)
    assert isinstance(_take(budget, Kind.QUESTION, seconds=1), Ticket)
    assert isinstance(_take(budget, Kind.CLOSE, seconds=10), Ticket)


KINDS = st.sampled_from(list(Kind))
STEPS = st.lists(st.tuples(st.floats(0, 3), KINDS, st.integers(1, 12), st.floats(0, 8)), max_size=120)
HEADERS = {"X-MBX-USED-WEIGHT-1M": (60, 100), "X-MBX-ORDER-COUNT-10S": (10, 30), "X-MBX-ORDER-COUNT-1M": (60, 120)}


class Counting:
    """A venue that counts in windows of its own, and says so in its headers."""

    def __init__(self, budget: Budget, phase: float) -> None:
        self._budget, self._phase = budget, phase
        self._under_way: list[tuple[float, int, bool, Ticket]] = []
        self._told: dict[int, Mapping[str, str]] = {}
        self.counted: Counter[tuple[str, int]] = Counter()

    def send(self, ticket: Ticket, *, arrives: float) -> None:
        """A request is under way."""
        heapq.heappush(self._under_way, (arrives, ticket.number, False, ticket))

    def go_on(self, until: float) -> None:
        """What arrives until then is counted, and answered a little later; some sooner than others."""
        while self._under_way and self._under_way[0][0] <= until:
            at, number, arrived, ticket = heapq.heappop(self._under_way)
            windows = {name: (name, int((at + self._phase) // span)) for name, (span, _) in HEADERS.items()}
            if arrived:
                told = {} if number % 11 == 0 else self._told[number]
                self._budget.end(ticket, told, now=later(at))
                continue
            for name, window in windows.items():
                self.counted[window] += ticket.weight if "WEIGHT" in name else ticket.orders
            self._told[number] = {name: str(self.counted[window]) for name, window in windows.items()}
            heapq.heappush(self._under_way, (at + 0.4 * (number % 7), number, True, ticket))


@given(steps=STEPS, phase=st.floats(0, 60))
def test_no_schedule_of_requests_goes_over_the_venues_limits(
    steps: list[tuple[float, Kind, int, float]], phase: float
) -> None:
    """Wherever its windows begin, however long requests are under way and in whatever order they are answered."""
    budget, now = Budget(SMALL), 0.0
    venue = Counting(budget, phase)
    for pause, kind, burst, way in steps:
        now += pause
        venue.go_on(now)
        for _ in range(burst):
            found = _take(budget, kind, seconds=now, weight=None if kind in ORDERS else 5)
            if isinstance(found, Ticket):
                venue.send(found, arrives=now + way)
    venue.go_on(now + 10)

    assert all(count <= HEADERS[name][1] for (name, _), count in venue.counted.items())


@given(steps=STEPS)
def test_whenever_a_kind_may_be_sent_so_may_all_that_is_more_important(
    steps: list[tuple[float, Kind, int, float]],
) -> None:
    """At the same cost: priorities are never inverted."""
    budget, now = Budget(SMALL), 0.0
    for pause, kind, burst, _ in steps:
        now += pause
        for _ in range(burst):
            _take(budget, kind, seconds=now)
        for orders in (0, 1):
            kinds = ORDERS if orders else tuple(Kind)
            opens = [
                budget.closed_until(kind, weight=1 - orders, orders=orders, now=later(now)) or later(now)
                for kind in kinds
            ]
            assert opens == sorted(opens)


@given(steps=STEPS)
def test_what_opens_and_asks_never_takes_the_room_of_what_protects(
    steps: list[tuple[float, Kind, int, float]],
) -> None:
    """After any number of entries, questions and readings a stop and a close leave at once."""
    budget, now = Budget(SMALL), 0.0
    for pause, kind, burst, _ in steps:
        now += pause
        for _ in range(burst):
            _take(budget, max(kind, Kind.ENTRY), seconds=now)
        assert budget.closed_until(Kind.STOP, weight=0, orders=1, now=later(now)) is None
        assert budget.closed_until(Kind.CLOSE, weight=0, orders=1, now=later(now)) is None


@given(steps=STEPS)
def test_when_it_says_to_ask_again_there_is_room_or_a_later_moment(
    steps: list[tuple[float, Kind, int, float]],
) -> None:
    """Who waits as told gets a ticket within a minute, whatever was sent before."""
    budget, now = Budget(SMALL), 0.0
    for pause, kind, burst, _ in steps:
        now += pause
        for _ in range(burst):
            _take(budget, kind, seconds=now)
    begun = asked = later(now)
    while (again := budget.closed_until(Kind.CLOSE, weight=1, orders=1, now=asked)) is not None:
        assert again > asked
        asked = again

    assert asked - begun <= timedelta(seconds=101)


def test_shares_fall_with_importance() -> None:
    """A table in which a lower kind had more would let it go first."""
    shares = [ORDER_SHARE[kind] for kind in ORDERS]

    assert shares == sorted(shares, reverse=True)
