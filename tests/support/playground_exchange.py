"""The playground's exchange and its Telegram, asked by an examiner."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx

from support.node import Json
from support.node_access import Service

STOP, TARGET = "stop_market", "take_profit_market"


class SimulatedExchange:
    """The simulated exchange of a release, and its Telegram. All may raise httpx.HTTPError.

    Attributes:
        customers: whom it knows, by name.

    """

    def __init__(self, api: httpx.Client, *, namespace: str, release: str, customers: Sequence[str]) -> None:
        self.customers = customers
        self._exchange = Service(api, namespace=namespace, name=f"{release}-simulator", port="exchange")
        self._telegram = Service(api, namespace=namespace, name=f"{release}-simulator", port="telegram")

    def books(self, customer: str) -> Json:
        """An account's books."""
        found: Json = self._exchange.get(f"/admin/accounts/{customer}")
        return found

    def journal(self, *, after: int = 0) -> list[Json]:
        """Requests and their answers since a number."""
        found: list[Json] = self._exchange.get("/admin/journal", after=after)
        return found

    def now(self) -> datetime:
        """Market time."""
        return datetime.fromisoformat(self._exchange.get("/admin/market")["now"])

    def held(self, customer: str) -> Mapping[str, Decimal]:
        """Signed quantities by symbol."""
        return {symbol: Decimal(one["quantity"]) for symbol, one in self.books(customer)["positions"].items()}

    def resting(self, customer: str, kind: str) -> Mapping[str, list[Json]]:
        """Resting orders of a kind, by symbol."""
        return _by_symbol(self.books(customer), kind)

    def protected(self, customer: str, *symbols: str) -> bool:
        """Whether these are held, nothing else is, and each has one stop of its quantity and one take-profit."""
        books = self.books(customer)
        held = {symbol: abs(Decimal(one["quantity"])) for symbol, one in books["positions"].items()}
        whole = {symbol: [quantity] for symbol, quantity in held.items()}
        return set(held) == set(symbols) and all(_quantities(books, kind) == whole for kind in (STOP, TARGET))

    def bot_said(self) -> list[str]:
        """All messages of bots, oldest first."""
        return [said["text"] for said in self._telegram.get("/admin/transcript") if "from" not in said]

    def type(self, text: str, **more: Any) -> None:
        """A person writes to the bot."""
        self._telegram.post("/admin/type", text=text, **more)


def _quantities(books: Json, kind: str) -> Mapping[str, list[Decimal]]:
    return {symbol: [Decimal(one["quantity"]) for one in of] for symbol, of in _by_symbol(books, kind).items()}


def _by_symbol(books: Json, kind: str) -> Mapping[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for order in books["resting"]:
        if order["kind"] == kind:
            found.setdefault(order["symbol"], []).append(order)
    return found
