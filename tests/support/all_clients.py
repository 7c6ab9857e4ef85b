"""The same orders through every client there is: raw requests, ccxt, the venue's SDK, our adapter, and paper."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Protocol

import aiohttp
import ccxt.async_support

from support.build import ACCOUNT, NOON
from support.sdk import Call, judge
from support.signed_requests import signed
from tradepods_core.book.intents import Accepted, CancelOrder, Leg, OrderKind, PlaceOrder
from tradepods_core.ids import client_order_id
from tradepods_core.market import Market
from tradepods_core.settings.parts import Exchange as ExchangeSettings
from tradepods_worker.adapters.clocks import ManualClock, WallClock
from tradepods_worker.adapters.ledger.memory import MemoryLedger
from tradepods_worker.adapters.venues.binanceusdm import setup
from tradepods_worker.adapters.venues.ccxt_venue import CcxtVenue
from tradepods_worker.adapters.venues.paper import PaperVenue

WALL = WallClock()
TYPES: Mapping[OrderKind, str] = {
    "market": "MARKET",
    "stop_market": "STOP_MARKET",
    "take_profit_market": "TAKE_PROFIT_MARKET",
}
Markets = Mapping[str, Market]


class Client(Protocol):
    """One account's way to the venue. `number` names an order."""

    async def place(
        self, number: int, market: Market, kind: OrderKind, *, buys: bool, quantity: Decimal, trigger: Decimal | None
    ) -> None:
        """Place an order: conditional ones only reduce, as does a market order at a trigger of 0."""
        ...

    async def cancel(self, number: int, market: Market) -> None:
        """Take a conditional order away."""
        ...


def _params(number: int, market: Market, kind: OrderKind, *, buys: bool, quantity: Decimal) -> dict[str, Any]:
    shown = {"symbol": market.id, "side": "BUY" if buys else "SELL", "type": TYPES[kind], "quantity": str(quantity)}
    return {**shown, ("newClientOrderId" if kind == "market" else "clientAlgoId"): f"o-{number}"}


class Raw:
    """Requests that are signed by hand."""

    def __init__(self, session: aiohttp.ClientSession, url: str, key: str, secret: str) -> None:
        self._session, self._url, self._key, self._secret = session, url, key, secret

    async def place(
        self, number: int, market: Market, kind: OrderKind, *, buys: bool, quantity: Decimal, trigger: Decimal | None
    ) -> None:
        params = _params(number, market, kind, buys=buys, quantity=quantity)
        if trigger is not None:
            params["reduceOnly"] = "true"
        if kind != "market":
            params |= {"algoType": "CONDITIONAL", "triggerPrice": str(trigger), "workingType": "MARK_PRICE"}
        await self._send("POST", "order" if kind == "market" else "algoOrder", params)

    async def cancel(self, number: int, market: Market) -> None:
        await self._send("DELETE", "algoOrder", {"symbol": market.id, "clientAlgoId": f"o-{number}"})

    async def _send(self, method: str, path: str, params: Mapping[str, Any]) -> None:
        now_ms = int(WALL.now().timestamp() * 1000)
        text = signed({**params, "timestamp": now_ms}, secret=self._secret)
        url = f"{self._url}/fapi/v1/{path}?{text}"
        async with self._session.request(method, url, headers={"X-MBX-APIKEY": self._key}) as answer:
            assert answer.status == HTTPStatus.OK, await answer.text()


class Ccxt:
    """The unified methods that a person would use."""

    def __init__(self, api: Any) -> None:
        self._api = api
        self._ids: dict[int, str] = {}

    async def place(
        self, number: int, market: Market, kind: OrderKind, *, buys: bool, quantity: Decimal, trigger: Decimal | None
    ) -> None:
        params: dict[str, Any] = {} if trigger is None else {"reduceOnly": True}
        if kind != "market":
            params |= {"triggerPrice": str(trigger), "workingType": "MARK_PRICE"}
        side = "buy" if buys else "sell"
        placed = await self._api.create_order(market.symbol, TYPES[kind], side, str(quantity), None, params)
        self._ids[number] = placed["id"]

    async def cancel(self, number: int, market: Market) -> None:
        await self._api.cancel_order(self._ids[number], market.symbol, {"trigger": True})


class Sdk:
    """The venue's own client."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def place(
        self, number: int, market: Market, kind: OrderKind, *, buys: bool, quantity: Decimal, trigger: Decimal | None
    ) -> None:
        order: dict[str, Any] = {"symbol": market.id, "side": "BUY" if buys else "SELL", "type": TYPES[kind]}
        order["quantity"] = float(quantity)
        if trigger is not None:
            order["reduce_only"] = "true"
        if kind == "market":
            await self._call("new_order", **order, new_client_order_id=f"o-{number}")
        else:
            order |= {"algo_type": "CONDITIONAL", "trigger_price": float(trigger or 0), "working_type": "MARK_PRICE"}
            await self._call("new_algo_order", **order, client_algo_id=f"o-{number}")

    async def cancel(self, number: int, market: Market) -> None:
        del market
        await self._call("cancel_algo_order", client_algo_id=f"o-{number}")


class Ours:
    """A worker's venue: our adapter, or paper."""

    def __init__(self, venue: CcxtVenue | PaperVenue) -> None:
        self.venue = venue

    async def place(
        self, number: int, market: Market, kind: OrderKind, *, buys: bool, quantity: Decimal, trigger: Decimal | None
    ) -> None:
        purpose = {"market": "enter", "stop_market": "stop", "take_profit_market": "take_profit"}[kind]
        reduces = trigger is not None
        intent = PlaceOrder(
            id=client_order_id(account=ACCOUNT, position=number, purpose="close", step=0, revision=0),
            cause="test",
            leg=Leg(market.symbol, "long" if buys != reduces else "short"),
            purpose="close" if reduces and kind == "market" else purpose,  # type: ignore[arg-type]  # of a table
            kind=kind,
            quantity=quantity,
            position=number,
            trigger=None if kind == "market" else trigger,
            committed_at=WALL.now(),
        )
        outcome = await self.venue.perform(intent, signed_at=WALL.now())
        assert isinstance(outcome, Accepted), outcome

    async def cancel(self, number: int, market: Market) -> None:
        target = client_order_id(account=ACCOUNT, position=number, purpose="close", step=0, revision=0)
        leg = Leg(market.symbol, "long")
        intent = CancelOrder(id=f"c{target}", cause="test", target=target, leg=leg, committed_at=WALL.now())
        outcome = await self.venue.perform(intent, signed_at=WALL.now())
        assert isinstance(outcome, Accepted), outcome


@asynccontextmanager
async def clients(url: str, markets: Markets, keys: Mapping[str, str]) -> AsyncIterator[dict[str, Client]]:
    """One client of each kind, for the account of its name."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        config = {"apiKey": "ccxt-key", "secret": keys["ccxt"], "enableRateLimit": False, **setup.addresses(url)}
        api = ccxt.async_support.binanceusdm({**config, "options": {"fetchCurrencies": False}})
        stack.push_async_callback(api.close)
        await api.load_markets()
        exchange = ExchangeSettings(environment="custom", url=url)
        adapter = CcxtVenue(exchange=exchange, api_key="adapter-key", secret=keys["adapter"], wall=WALL)
        stack.push_async_callback(adapter.close)
        await adapter.prepare(markets)
        adapter._wire.budget.learn({10: 100_000, 60: 100_000})  # a day passes in seconds, which no venue would allow
        paper = PaperVenue(store=MemoryLedger(), balance=Decimal(10_000), market=ManualClock(NOON), wall=WALL)
        await paper.prepare(markets)
        yield {
            "raw": Raw(session, url, "raw-key", keys["raw"]),
            "ccxt": Ccxt(api),
            "sdk": Sdk(judge(url, key="sdk-key", secret=keys["sdk"])),
            "adapter": Ours(adapter),
            "paper": Ours(paper),
        }


async def all_place(found: Mapping[str, Client], number: int, market: Market, kind: OrderKind, **order: Any) -> None:
    """The same order by everyone."""
    await asyncio.gather(*(client.place(number, market, kind, **order) for client in found.values()))


async def all_cancel(found: Mapping[str, Client], number: int, market: Market) -> None:
    """The same cancel by everyone."""
    await asyncio.gather(*(client.cancel(number, market) for client in found.values()))
