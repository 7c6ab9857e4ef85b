"""What the venue counts, when it says 429, and when it bans."""

import pytest

from tradepods_simulator.exchange.limits import FIRST_BAN_MS, MOST_WEIGHT, PATIENCE, Limits, weight_of

HOME = "10.0.0.1"


class Clock:
    """Moves only when told."""

    def __init__(self) -> None:
        self.now_ms = 30_000

    def __call__(self) -> int:
        """Milliseconds."""
        return self.now_ms


@pytest.mark.parametrize(
    ("name", "query", "weight"),
    [
        ("GET /fapi/v1/klines", {"limit": "99"}, 1),
        ("GET /fapi/v1/klines", {"limit": "100"}, 2),
        ("GET /fapi/v1/klines", {}, 5),
        ("GET /fapi/v1/klines", {"limit": "1000"}, 5),
        ("GET /fapi/v1/klines", {"limit": "1500"}, 10),
        ("GET /fapi/v1/openOrders", {}, 40),
        ("GET /fapi/v1/openOrders", {"symbol": "BTCUSDT"}, 1),
        ("POST /fapi/v1/order", {}, 0),
        ("GET /fapi/v1/order", {}, 1),
        ("GET /fapi/v3/account", {}, 5),
    ],
)
def test_what_a_request_weighs(name: str, query: dict[str, str], weight: int) -> None:
    """As the venue's documents say."""
    assert weight_of(name, query) == weight


def test_an_address_that_uses_up_its_minute_is_told_when_the_next_begins() -> None:
    """And then it may go on."""
    clock = Clock()
    limits = Limits(now_ms=clock)
    first, second = limits.ask(HOME, weight=MOST_WEIGHT), limits.ask(HOME, weight=1)
    clock.now_ms = 60_000

    assert first is None
    assert second is not None
    assert (second.status, second.code, second.retry_after) == (429, -1003, 30)
    assert limits.ask(HOME, weight=1) is None
    assert limits.used(HOME) == 1


def test_an_address_that_goes_on_all_the_same_is_banned_longer_each_time() -> None:
    """Two minutes, then four; the minute's end does not help."""
    clock = Clock()
    limits = Limits(now_ms=clock)
    bans = []
    for _ in range(2):
        limits.ask(HOME, weight=MOST_WEIGHT)
        answers = [limits.ask(HOME, weight=1) for _ in range(PATIENCE + 1)]
        assert answers[-1] is not None
        bans.append((answers[-1].status, answers[-1].retry_after))
        clock.now_ms += FIRST_BAN_MS - 1
        assert limits.ask(HOME, weight=1) is not None
        clock.now_ms += answers[-1].retry_after * 1000 - FIRST_BAN_MS + 1

    assert bans == [(418, 120), (418, 240)]


def test_addresses_are_counted_apart() -> None:
    """One's greed is not another's."""
    limits = Limits(now_ms=Clock())
    limits.ask(HOME, weight=MOST_WEIGHT + 1)

    assert limits.ask("10.0.0.2", weight=1) is None


def test_orders_are_counted_by_key() -> None:
    """300 in ten seconds."""
    limits = Limits(now_ms=Clock())
    refused = [limits.order("bob") for _ in range(301)][-1]

    assert refused is not None
    assert (refused.status, refused.code) == (400, -1015)
    assert limits.order("alice") is None
    assert dict(limits.orders("alice")) == {10_000: 1, 60_000: 1}
