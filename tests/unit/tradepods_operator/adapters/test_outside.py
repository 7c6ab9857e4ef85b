"""The small adapters: the signal service over HTTP, probes and figures."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from support.certificates import issue
from tradepods_core.errors import Permanent, Temporary
from tradepods_core.wire.fleet import Fleet
from tradepods_operator.adapters import probe
from tradepods_operator.adapters.fleet_http import HttpFleet
from tradepods_operator.metrics import Metrics


@asynccontextmanager
async def _service(
    status: int, body: str, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[str, list[web.Request]]]:
    asked: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request)
        return web.Response(status=status, text=body)

    app = web.Application()
    app.add_routes([web.get("/v1/{what:.*}", answer)])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        yield f"http{'s' if tls else ''}://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


async def test_the_fleet_is_asked_with_the_token_of_the_moment(tmp_path: Path) -> None:
    """Read for each request: the kubelet replaces it."""
    token = tmp_path / "token"
    async with _service(200, Fleet(version=3, accounts=()).model_dump_json(by_alias=True)) as (url, asked):
        fleet = HttpFleet(url=url, token=token)
        for text in ("one", "two"):
            token.write_text(text)
            assert (await fleet.since(2)).version == 3
        await fleet.close()

    assert [request.headers["Authorization"] for request in asked] == ["Bearer one", "Bearer two"]
    assert asked[0].query["after"] == "2"


@pytest.mark.parametrize(("status", "body"), [(503, ""), (401, ""), (200, "nonsense")])
async def test_whatever_it_answers_is_temporary(tmp_path: Path, status: int, body: str) -> None:
    """And the token is in no message."""
    token = tmp_path / "token"
    token.write_text("hidden-token")
    async with _service(status, body) as (url, _):
        fleet = HttpFleet(url=url, token=token)
        for question in (fleet.since(0), fleet.strategies()):
            with pytest.raises(Temporary) as caught:
                await question
            assert "hidden-token" not in str(caught.value)
        await fleet.close()


async def test_a_service_or_a_token_that_is_away_is_temporary(tmp_path: Path) -> None:
    """Nobody answers; the file can't be read."""
    for token in (None, tmp_path / "none"):
        fleet = HttpFleet(url="http://127.0.0.1:1", token=token)
        with pytest.raises(Temporary):
            await fleet.since(0)
        await fleet.close()


async def test_a_service_is_trusted_by_its_own_authority(tmp_path: Path) -> None:
    """And by no other: without it nothing is asked."""
    ours, other = issue(tmp_path / "ours"), issue(tmp_path / "other")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(ours.cert, ours.key)
    body = Fleet(version=3, accounts=()).model_dump_json(by_alias=True)
    async with _service(200, body, tls=context) as (url, asked):
        fleet = HttpFleet(url=url, token=None, ca=ours.ca)
        assert (await fleet.since(0)).version == 3
        await fleet.close()
        for ca in (None, other.ca):
            fleet = HttpFleet(url=url, token=None, ca=ca)
            with pytest.raises(Temporary):
                await fleet.since(0)
            await fleet.close()

    assert len(asked) == 1
    with pytest.raises(Permanent, match="can't use the certificates in"):
        HttpFleet(url=url, token=None, ca=tmp_path / "none")


async def test_probes_say_what_is_wrong() -> None:
    """503 with the reason; 200 where nothing is."""
    wrong = {"health": "", "readiness": "waiting"}
    serving = probe.serving(
        host="127.0.0.1",
        port=0,
        health=lambda: wrong["health"],
        readiness=lambda: wrong["readiness"],
        metrics=lambda: b"x 1\n",
    )
    async with serving as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        found = [await client.get(path) for path in ("/healthz", "/readyz", "/metrics")]

    assert [(answer.status_code, answer.text) for answer in found] == [
        (200, "ok\n"),
        (503, "waiting\n"),
        (200, "x 1\n"),
    ]


async def test_figures_tell_what_an_operator_does() -> None:
    """Passes, requests, queue, leadership, and accounts by condition."""
    await asyncio.sleep(0)
    metrics = Metrics(
        depth=lambda: 3,
        oldest=lambda: 7.5,
        lag=lambda: 0.25,
        standing=lambda: [{"Ready": "True"}, {"Ready": "False"}],
        unheard=lambda: 2,
        held_up=lambda: 9,
    )
    metrics.passed(why="account", result="changed", seconds=0.1)
    metrics.asked("GET", "secrets", "200")
    metrics.leader.set(1)
    text = metrics.text().decode()

    for line in (
        'tradepods_operator_reconciles_total{result="changed",trigger="account"} 1.0',
        'tradepods_operator_api_requests_total{code="200",resource="secrets",verb="GET"} 1.0',
        "tradepods_operator_queue_depth 3.0",
        "tradepods_operator_queue_oldest_seconds 7.5",
        "tradepods_operator_loop_lag_seconds 0.25",
        "tradepods_operator_leader 1.0",
        "tradepods_operator_unheard_accounts 2.0",
        "tradepods_operator_rollout_stopped_accounts 9.0",
        'tradepods_operator_accounts{condition="Ready",status="True"} 1.0',
    ):
        assert line in text
