"""Watches the exchange's own books while a scenario runs: what holds whatever dies meanwhile.

No live position is without its stop for longer than the rule allows, no client order id is taken twice, and each
account is served by one address at a time: each pod has its own.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from support.node import Json
from support.playground_exchange import SimulatedExchange
from tradepods_cli.local.comparison import LONGEST_BARE

EVERY = 0.5  # seconds between two looks
BLIND = 15.0  # seconds: an exchange that can't be seen for longer proves nothing


class Watch:
    """Looks until it is told to stop; `broken` holds what did not hold."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        self.broken: list[str] = []
        self._exchange, self._over = exchange, threading.Event()
        self._after, self._seen_at = 0, time.monotonic()
        self._closed = False
        self._served: dict[str, list[str]] = {}
        self._known: set[str] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """No further looks."""
        self._over.set()
        self._thread.join()

    def served(self, customer: str) -> list[str]:
        """The addresses that have traded for a customer, in their order."""
        return list(self._served.get(customer, ()))

    @contextmanager
    def blinded(self) -> Iterator[None]:
        """Nothing can be seen for a while, and that proves nothing either way: the exchange itself keeps count."""
        self._closed = True
        try:
            yield
        finally:
            self._seen_at, self._closed = time.monotonic(), False

    def _run(self) -> None:
        while not self._over.wait(EVERY):
            try:
                found = [*self._books(), *self._traders()]
                self._seen_at = time.monotonic()
            except httpx.HTTPError as error:
                blind = time.monotonic() - self._seen_at
                unseen = [f"the exchange can't be seen: {type(error).__name__}"]
                found = unseen if blind > BLIND and not self._closed else []
            self.broken += [one for one in found if one not in self._known]
            self._known |= set(found)

    def _books(self) -> Iterator[str]:
        for name in self._exchange.customers:
            books = self._exchange.books(name)
            if books["duplicateOrders"]:
                yield f"{name}: {books['duplicateOrders']} client order ids were taken twice"
            if books["unprotectedMaxMs"] > LONGEST_BARE:
                yield f"{name}: a position was without its stop for {_rounded(books)} s"

    def _traders(self) -> Iterator[str]:
        for asked in self._exchange.journal(after=self._after):
            self._after = asked["number"]
            customer, address = asked["customer"], asked["address"]
            if not customer:
                continue  # the signal service's public questions
            served = self._served.setdefault(customer, [])
            if address in served[:-1]:
                yield f"{customer}: {address} still trades, after {served[-1]} has begun to"
            elif address not in served:
                served.append(address)


def _rounded(books: Json) -> int:
    """Seconds, so that one that lasts is told once each second."""
    return round(float(books["unprotectedMaxMs"]) / 1_000)
