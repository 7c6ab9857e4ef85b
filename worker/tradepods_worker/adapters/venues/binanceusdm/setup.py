"""How ccxt's class for Binance USD-M is set up: addresses, limits, and what it must not do by itself."""

from collections.abc import Mapping
from typing import Any

from tradepods_core.settings.parts import Exchange
from tradepods_core.settings.proxy import Proxy
from tradepods_worker.adapters.venues import proxied

CCXT_ID = "binanceusdm"
CCXT_PARENTS = ("binance",)
CCXT_PRODUCTS = ("fapi", "sapi")  # the futures, and what a key may do
TIMEOUT_MS = 5_000  # an order's answer that takes longer is looked up
PING_MS = 10_000  # a private stream that misses two of these is dead


def config(exchange: Exchange, *, api_key: str, secret: str, proxy: Proxy | None = None) -> Mapping[str, Any]:
    """The constructor's argument. Our own courier decides what is sent again, so ccxt's limiter and retries are off."""
    return {
        "apiKey": api_key,
        "secret": secret,
        "timeout": TIMEOUT_MS,
        "enableRateLimit": False,
        "enableLastHttpResponse": False,
        "enableLastJsonResponse": False,
        "options": {"defaultType": "swap", "maxRetriesOnFailure": 0},
        "streaming": {"keepAlive": PING_MS},
        **addresses(exchange.url),
        **proxied.options(proxy),
    }


def addresses(url: str) -> Mapping[str, Any]:
    """Where requests go: to the venue itself, or to a simulator or proxy of its protocol."""
    if not url:
        return {}
    api = {
        f"fapi{access}{version}": f"{url}/fapi/v{number}"
        for access in ("Public", "Private")
        for version, number in (("", 1), ("V2", 2), ("V3", 3))
    }
    websocket = "ws" + url.removeprefix("http")
    spot = {"sapi": f"{url}/sapi/v1"}  # what a key may do: never asked of the venue itself where a url is given
    return {"urls": {"api": {**api, **spot, "ws": {"linear": f"{websocket}/ws"}}}}
