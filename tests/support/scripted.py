"""A venue's server that answers what a test says, and keeps what it was asked."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from support.build import ACCOUNT, BTC
from support.servers import API_KEY, API_SECRET, listen
from tradepods_core.book.intents import Leg, PlaceOrder
from tradepods_core.ids import client_order_id
from tradepods_core.settings.parts import Exchange
from tradepods_worker.adapters.clocks import WallClock
from tradepods_worker.adapters.venues.ccxt_venue import CcxtVenue
from tradepods_worker.ports import Clock

WALL = WallClock()


@dataclass(slots=True)
class Scripted:
    """Every signed question gets the scripted answer; the venue's time is told, and counted."""

    url: str = ""
    status: int = 200
    body: str = "{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    times: int = 0

    async def answer(self, request: web.Request) -> web.Response:
        """The scripted answer."""
        if request.path.endswith("/time"):
            self.times += 1
            return web.json_response({"serverTime": int(WALL.now().timestamp() * 1000)})
        text = await request.text() or request.query_string
        self.asked.append({"path": request.path, "method": request.method, **dict(parse_qsl(text))})
        return web.Response(text=self.body, status=self.status, headers=self.headers, content_type="application/json")


@asynccontextmanager
async def scripting() -> AsyncIterator[Scripted]:
    """A scripted server that listens."""
    found = Scripted()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.answer)
    runner, found.url = await listen(app)
    yield found
    await runner.cleanup()


def ccxt_venue(url: str, *, key: str = API_KEY, secret: str = API_SECRET, wall: Clock = WALL) -> CcxtVenue:
    """The real adapter, at this address."""
    return CcxtVenue(exchange=Exchange(environment="custom", url=url), api_key=key, secret=secret, wall=wall)


def order(**changes: Any) -> PlaceOrder:
    """An entry at market."""
    values: dict[str, Any] = {
        "id": client_order_id(account=ACCOUNT, position=1, purpose="enter", step=0, revision=0),
        "cause": "test",
        "leg": Leg(BTC, "long"),
        "purpose": "enter",
        "kind": "market",
        "quantity": Decimal("1.500"),
        "position": 1,
        "committed_at": WALL.now(),
    }
    return PlaceOrder(**values | changes)
