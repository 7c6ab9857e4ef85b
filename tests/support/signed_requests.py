"""Requests as a customer of the simulated exchange signs them."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.test_utils import TestClient

from support.candle_history import WALL_MS
from tradepods_simulator.exchange.binanceusdm.errors import TEXTS
from tradepods_simulator.exchange.binanceusdm.signing import KEY_HEADER

Client = TestClient[web.Request, web.Application]
ACCOUNT, ORDER, ALGO_ORDER = "/fapi/v3/account", "/fapi/v1/order", "/fapi/v1/algoOrder"
SECRET = "bob-secret"
BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"}


def sealed(payload: str, *, secret: str = SECRET) -> str:
    """A text with its signature, which comes last."""
    return f"{payload}&signature={hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()}"


def signed(params: Mapping[str, object], *, secret: str = SECRET) -> str:
    """Parameters with their signature."""
    return sealed(urlencode(params), secret=secret)


def now(**params: object) -> dict[str, object]:
    """These parameters, stamped with the exchange's time."""
    return {**params, "timestamp": WALL_MS}


async def ask(
    venue: Client,
    text: str,
    *,
    path: str = ACCOUNT,
    method: str = "GET",
    key: str | None = "bob-key",
    about: str = "timestamp",
) -> tuple[int, int]:
    """The answer's HTTP status and its code, 0 where it is no refusal; a code's text names what it is about."""
    headers = {} if key is None else {KEY_HEADER: key}
    body = None if method in ("GET", "DELETE") else text
    url = f"{path}?{text}" if body is None else path
    answer = await venue.request(method, url, data=body, headers=headers)
    found = await answer.json()
    code = found.get("code", 0)
    if code:
        assert found["msg"] == TEXTS[code].format(about)
    return answer.status, code


async def books(venue: Client) -> dict[str, Any]:
    """What an examiner sees of bob."""
    found: dict[str, Any] = await (await venue.get("/admin/accounts/bob")).json()
    return found
