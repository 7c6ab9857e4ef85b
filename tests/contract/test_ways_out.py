"""How all workers of a fleet reach the outside: its proxy, and authorities that are believed beside the public ones."""

import ssl
from argparse import Namespace
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from support.build import settings
from support.certificates import issue
from support.proxies import CountingProxy, proxying
from support.scripted import WALL
from support.servers import API_KEY, API_SECRET
from support.telegram_bench import ANN, TOKENS, bench
from tradepods_core.errors import Permanent
from tradepods_worker.adapters.authority import public
from tradepods_worker.bootstrap.parts import bot, make_venue
from tradepods_worker.ports import Sent
from tradepods_worker.tasks.notice import crashed

FLEET = "http://proxy.example:3128"
LIVE = {"dryRun": False, "acknowledgeLiveTrading": True, "credentialsSecretRef": {"name": "keys"}}


@pytest.fixture
async def proxy() -> AsyncIterator[CountingProxy]:
    """A proxy that counts."""
    async with proxying() as found:
        yield found


@pytest.mark.parametrize(
    ("exchange", "way"),
    [
        ({"environment": "live"}, FLEET),
        ({"environment": "live", "proxySecretRef": {"name": "way"}}, "http://its.own:8080"),
        ({"environment": "custom", "url": "http://127.0.0.1:1"}, None),
    ],
)
async def test_an_exchange_is_reached_by_the_fleets_proxy(
    tmp_path: Path, exchange: dict[str, Any], way: str | None
) -> None:
    """Not where the account has one of its own, and not where it names the exchange's address itself."""
    for name, text in (("apiKey", API_KEY), ("apiSecret", API_SECRET), ("url", "http://its.own:8080")):
        (tmp_path / name).write_text(text, "utf-8")
    options = Namespace(credentials=tmp_path, proxy=tmp_path)
    parts: Any = Namespace(options=options, wall=WALL, tls=public(), outbound=FLEET)
    venue: Any = make_venue(parts, settings(exchange=exchange, **LIVE), "live")
    await venue.close()

    assert (venue._ccxt.httpsProxy, venue._ccxt.wssProxy) == (way, way)


@pytest.mark.parametrize("named", [False, True])
async def test_telegram_is_reached_by_the_fleets_proxy(
    tmp_path: Path, proxy: CountingProxy, monkeypatch: pytest.MonkeyPatch, *, named: bool
) -> None:
    """Not a Bot API that the account names itself."""
    (tmp_path / "botToken").write_text(TOKENS["bob"])
    options, chats = Namespace(telegram=tmp_path, name="bob"), [str(ANN)]
    async with bench() as api:
        monkeypatch.setattr("tradepods_worker.adapters.telegram.bot.OFFICIAL", api.url)
        telegram: Any = Namespace(api_url=api.url if named else "")
        ways: dict[str, Any] = {"tls": public(), "outbound": proxy.url("http")}
        messenger = bot(options, telegram, chats=lambda: chats, language=lambda: "en", **ways)
        outcome = await messenger.send(crashed(until=WALL.now(), at=WALL.now(), book="live"))
        await messenger.close()

    assert outcome == Sent()
    assert bool(proxy.asked) is not named


async def test_further_authorities_are_believed_beside_the_public_ones(tmp_path: Path) -> None:
    """A server whose certificate a private one vouches for is reached with its file, and not without."""
    found = issue(tmp_path)
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(found.cert, found.key)
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=served).start()
    url = f"https://127.0.0.1:{runner.addresses[0][1]}"
    async with httpx.AsyncClient(verify=public(also=found.ca), trust_env=False) as client:
        assert (await client.get(url)).status_code == httpx.codes.NOT_FOUND
    async with httpx.AsyncClient(verify=public(), trust_env=False) as client:
        with pytest.raises(httpx.ConnectError, match="certificate"):
            await client.get(url)
    await runner.cleanup()

    assert len(public(also=found.ca).get_ca_certs()) == len(public().get_ca_certs()) + 1


def test_a_file_without_certificates_is_named(tmp_path: Path) -> None:
    """The worker does not start and trust fewer than it was told."""
    (tmp_path / "ca.crt").write_text("no certificate")

    with pytest.raises(Permanent, match=r"ca\.crt holds no certificates"):
        public(also=tmp_path / "ca.crt")
