"""The account's proxy: requests and the private stream go through it, and a dead one is said without its address."""

from argparse import Namespace
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from support.build import BTC, settings
from support.proxies import PASSWORD, USER, CountingProxy, proxying
from support.scripted import WALL, order
from support.servers import API_KEY, API_SECRET, Served
from tradepods_core.book.events import FillReported
from tradepods_core.book.intents import Accepted, Unknown
from tradepods_core.errors import Temporary
from tradepods_core.settings.parts import Exchange
from tradepods_core.settings.proxy import read_proxy
from tradepods_worker.adapters.authority import public
from tradepods_worker.adapters.venues.ccxt_venue import CcxtVenue
from tradepods_worker.bootstrap.parts import make_venue
from tradepods_worker.ports import Gap

KINDS = ["http", "socks5"]


@pytest.fixture
async def proxy() -> AsyncIterator[CountingProxy]:
    """A proxy that asks for user and password."""
    async with proxying() as found:
        yield found


def _venue(url: str, proxy: str) -> CcxtVenue:
    exchange = Exchange(environment="custom", url=url)
    return CcxtVenue(exchange=exchange, api_key=API_KEY, secret=API_SECRET, wall=WALL, proxy=read_proxy(proxy))


@pytest.mark.parametrize("kind", KINDS)
async def test_every_connection_to_the_venue_goes_through_the_proxy(
    exchange: Served, proxy: CountingProxy, kind: str
) -> None:
    """An order is placed through it, and its fill heard of through it."""
    venue = _venue(exchange.url, proxy.url(kind))
    await venue.prepare(exchange.exchange.market.markets)
    stream: Any = venue.events()
    first = await anext(stream)
    outcome = await venue.perform(order(), signed_at=WALL.now())
    while not isinstance(heard := await anext(stream), FillReported):
        pass
    await stream.aclose()
    await venue.close()

    host = exchange.url.removeprefix("http://")
    assert (isinstance(first, Gap), isinstance(outcome, Accepted), heard.order) == (True, True, order().id)
    assert {wanted for _, wanted in proxy.asked} == {host}
    assert proxy.websockets == 1


async def test_an_encrypted_venue_is_reached_by_a_tunnel(exchange: Served, proxy: CountingProxy) -> None:
    """CONNECT: the proxy never sees what is signed. Nobody answers by TLS here, so nothing is reached."""
    url = exchange.url.replace("http://", "https://")
    venue = _venue(url, proxy.url("http"))
    with pytest.raises(Temporary):
        await venue.prepare(exchange.exchange.market.markets)
    await venue.close()

    assert proxy.asked == [("CONNECT", url.removeprefix("https://"))]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("trouble", ["dead", "refuses"])
async def test_a_dead_proxy_is_temporary_and_said_without_its_address(
    exchange: Served, proxy: CountingProxy, kind: str, trouble: str
) -> None:
    """A question raises, an order's fate is unknown; neither names proxy, user or password."""
    broken = (
        proxy.url(kind).replace(PASSWORD, "wrong") if trouble == "refuses" else f"{kind}://{USER}:wrong@127.0.0.1:1"
    )
    venue = _venue(exchange.url, broken)
    with pytest.raises(Temporary) as raised:
        await venue.prepare(exchange.exchange.market.markets)
    outcome = await venue.perform(order(), signed_at=WALL.now())
    await venue.close()

    said = f"{raised.value} {outcome}"
    assert isinstance(outcome, Unknown)
    assert not any(part in said for part in (USER, "wrong", "127.0.0.1", str(proxy.port)))
    assert exchange.exchange.books.by_name("bob") is not None
    assert not proxy.asked
    if trouble == "refuses":
        assert proxy.strangers


async def test_without_a_proxy_nothing_goes_through_one(exchange: Served, proxy: CountingProxy) -> None:
    """Neither the machine's environment nor a default decides where a key's requests leave."""
    venue = CcxtVenue(
        exchange=Exchange(environment="custom", url=exchange.url), api_key=API_KEY, secret=API_SECRET, wall=WALL
    )
    await venue.prepare(exchange.exchange.market.markets)
    view = await venue.read(wanted=())
    await venue.close()

    assert view.leverage[BTC]
    assert proxy.asked == []


async def test_a_worker_takes_the_way_that_its_manifest_names(
    exchange: Served, proxy: CountingProxy, tmp_path: Path
) -> None:
    """From the mounted Secret to the venue's first question."""
    for name, text in (("apiKey", API_KEY), ("apiSecret", API_SECRET), ("url", proxy.url("socks5"))):
        (tmp_path / name).write_text(text, "utf-8")
    address = {"environment": "custom", "url": exchange.url, "proxySecretRef": {"name": "way"}}
    live = {"dryRun": False, "acknowledgeLiveTrading": True, "credentialsSecretRef": {"name": "keys"}}
    parts: Any = Namespace(options=Namespace(credentials=tmp_path, proxy=tmp_path), wall=WALL, tls=public())
    venue = make_venue(parts, settings(exchange=address, **live), "live")
    await venue.prepare(exchange.exchange.market.markets)
    await venue.close()

    assert proxy.asked == [("SOCKS", exchange.url.removeprefix("http://"))]
