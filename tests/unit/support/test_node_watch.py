"""What the watch over real pods sees: without it, scenarios that go wrong would look right."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from support.node import until
from support.node_watch import Watch
from support.playground_exchange import SimulatedExchange
from tradepods_cli.local.comparison import LONGEST_BARE

FINE = {"duplicateOrders": 0, "unprotectedMaxMs": LONGEST_BARE}


@contextmanager
def _watching(books: dict[str, Any], *requests: tuple[str, str]) -> Iterator[Watch]:
    """An exchange that says this of bob, and has had these requests: whose, from where."""
    journal = [
        {"number": number, "customer": customer, "address": address}
        for number, (customer, address) in enumerate(requests, start=1)
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/admin/journal"):
            return httpx.Response(200, json=books)
        return httpx.Response(200, json=journal[int(request.url.params["after"]) :])

    with httpx.Client(base_url="http://cluster", transport=httpx.MockTransport(answer)) as api:
        watch = Watch(SimulatedExchange(api, namespace="n", release="r", customers=("bob",)))
        try:
            yield watch
        finally:
            watch.stop()


def test_one_pod_after_another_is_fine() -> None:
    """And so are the signal service's questions beside them, and as long without a stop as the rule allows."""
    with _watching(FINE, ("bob", "a"), ("", "b"), ("bob", "a"), ("", "a"), ("bob", "c"), ("bob", "c")) as watch:
        until("both are seen", lambda: watch.served("bob") == ["a", "c"])
    assert watch.broken == []


@pytest.mark.parametrize(
    ("books", "requests", "says"),
    [
        (FINE | {"duplicateOrders": 1}, (), "taken twice"),
        (FINE | {"unprotectedMaxMs": LONGEST_BARE + 1}, (), "without its stop"),
        (FINE, (("bob", "a"), ("bob", "b"), ("bob", "a")), "a still trades, after b has begun to"),
    ],
    ids=["an order id taken twice", "a position without its stop", "two traders"],
)
def test_what_must_never_be_is_told_once(
    books: dict[str, Any], requests: tuple[tuple[str, str], ...], says: str
) -> None:
    """However long it lasts."""
    with _watching(books, *requests) as watch:
        until("it is seen", lambda: watch.broken)
    (told,) = watch.broken
    assert says in told
