"""ccxt as an ordinary person uses it: unmodified, pointed at a simulator, with the error classes of the real venue."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import ccxt.pro

from support.servers import API_KEY, API_SECRET
from tradepods_worker.adapters.venues.binanceusdm import setup


@asynccontextmanager
async def unified(url: str, *, key: str = API_KEY, secret: str = API_SECRET) -> AsyncIterator[Any]:
    """A client that has loaded the markets.

    ccxt picks its table of errors by the venue's own address; at any other it has to be told which one is meant.
    """
    options = {"fetchCurrencies": False, "fetchOpenOrders": {"warnWithoutSymbol": False}}
    config = {"apiKey": key, "secret": secret, "enableRateLimit": False, "options": options}
    client = ccxt.pro.binanceusdm({**config, **setup.addresses(url)})
    for kind, errors in client.exceptions["linear"].items():
        client.exceptions[kind].update(errors)
    try:
        await client.load_markets()
        yield client
    finally:
        await client.close()
