"""Who may call which route: every role at every route, by real tokens over a real socket."""

from collections.abc import AsyncIterator

import httpx
import pytest

from support.build import BTC, NOON, cycle
from support.signal_service import KEY, Running, bearer, served, token
from support.signals_history import strategy
from tradepods_core.wire.fleet import Heartbeat, Tally
from tradepods_core.wire.problem import MEDIA_TYPE, ProblemDocument
from tradepods_signals.adapters.http.bounds import USUAL

BEAT = (
    Heartbeat.model_validate(
        {
            "at": NOON,
            "dry_run": True,
            "state": "Running",
            "settings_hash": "a",
            "equity": "1",
            "tally": Tally.model_validate({"realized_pnl": "0", "fees": "0"}),
        }
    )
    .model_dump_json(by_alias=True)
    .encode()
)
WHY = b'{"why": "a test"}'
JSON = {"Content-Type": "application/json"}
OWN = "/v1/accounts/default/bob/heartbeat"
# route -> body, status by role: worker, reader, admin
ROUTES: dict[tuple[str, str], tuple[bytes | None, int, int, int]] = {
    ("GET", "/v1/cycles/latest"): (None, 200, 200, 200),
    ("GET", f"/v1/cycles/{cycle().id}"): (None, 200, 200, 200),
    ("GET", "/v1/cycles"): (None, 200, 200, 200),
    ("GET", "/v1/stream"): (None, 200, 200, 200),
    ("GET", "/v1/strategies"): (None, 200, 200, 200),
    ("GET", "/v1/strategies/problems"): (None, 200, 200, 200),
    ("GET", "/v1/markets/binanceusdm"): (None, 200, 200, 200),
    ("POST", OWN): (BEAT, 200, 403, 403),
    ("POST", "/v1/accounts/default/alice/heartbeat"): (BEAT, 403, 403, 403),
    ("POST", "/v1/accounts/other/bob/heartbeat"): (BEAT, 403, 403, 403),
    ("GET", "/v1/fleet"): (None, 403, 200, 200),
    ("GET", "/v1/portfolio"): (None, 403, 200, 200),
    ("POST", "/v1/halt"): (WHY, 403, 403, 200),
    ("POST", "/v1/resume"): (WHY, 403, 403, 200),
    ("POST", "/v1/strategies/default/swing/disable"): (WHY, 403, 403, 200),
    ("POST", "/v1/strategies/default/swing/enable"): (WHY, 403, 403, 200),
}
OPEN = ["/healthz", "/readyz", "/metrics", "/openapi.json"]
ROLES = ("worker", "reader", "admin")


@pytest.fixture
async def service() -> AsyncIterator[Running]:
    """One that asks for tokens, with a strategy and a cycle."""
    async with served(strategies=[strategy()]) as running:
        await running.press.cycle(cycle())
        yield running


async def _ask(
    service: Running, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> httpx.Response:
    """An answer, and of a stream its head."""
    async with httpx.AsyncClient(base_url=service.url, trust_env=False, timeout=5) as client:
        request = client.build_request(method, path, content=body, headers={**(headers or {}), **JSON})
        answer = await client.send(request, stream=True)
        if answer.headers["content-type"].startswith("text/event-stream"):
            await anext(answer.aiter_bytes())
        else:
            await answer.aread()
        await answer.aclose()
        return answer


def _problem(answer: httpx.Response) -> ProblemDocument:
    assert answer.headers["content-type"] == MEDIA_TYPE
    document = ProblemDocument.model_validate_json(answer.content)
    assert document.status == answer.status_code
    return document


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_each_role_may_do_what_is_its_own(service: Running, role: str, method: str, path: str) -> None:
    """A worker trades one account, a reader looks, an admin steers; everything else is refused with a reason."""
    body, *expected = ROUTES[method, path]
    answer = await _ask(service, method, path, body, bearer(role))  # type: ignore[arg-type]  # one of the three

    assert answer.status_code == expected[ROLES.index(role)]
    if answer.status_code == 403:
        assert _problem(answer).detail


@pytest.mark.parametrize("path", OPEN)
async def test_probes_need_no_token(service: Running, path: str) -> None:
    """The kubelet has none, nor has Prometheus; nothing of an account is told there."""
    assert (await _ask(service, "GET", path)).status_code in (200, 503)


async def test_the_table_above_is_complete(service: Running) -> None:
    """Every route that the service offers is in it, or needs no token."""
    paths = (await _ask(service, "GET", "/openapi.json")).json()["paths"]
    offered = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    named = {
        "/v1/cycles/{cycle_id}": f"/v1/cycles/{cycle().id}",
        "/v1/markets/{exchange}": "/v1/markets/binanceusdm",
        "/v1/accounts/{namespace}/{name}/heartbeat": OWN,
        "/v1/strategies/{namespace}/{name}/{verb}": "/v1/strategies/default/swing/disable",
    }
    missing = {(m, p) for m, p in offered if (m, named.get(p, p)) not in ROUTES and p not in OPEN}

    assert missing == set()
    assert all(paths[p][m.lower()].get("security") for m, p in offered if p not in OPEN)


@pytest.mark.parametrize(
    ("shown", "told"),
    {
        "nothing": ({}, "send a token"),
        "no bearer": ({"Authorization": "Basic Ym9iOmJvYg=="}, "send a token"),
        "an empty one": ({"Authorization": "Bearer"}, "send a token"),
        "garbage": ({"Authorization": "Bearer x"}, "the token is not one of ours"),
        "another key's": ({"Authorization": f"Bearer {token('admin', key=KEY[::-1])}"}, "not one of ours"),
        "an old one": ({"Authorization": f"Bearer {token('admin', lasts=-1)}"}, "the token has expired"),
        "a cluster's, where none is known": ({"Authorization": "Bearer a.b.c"}, "not one of ours"),
    }.values(),
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/cycles/latest"), ("POST", OWN), ("GET", "/v1/nowhere")])
async def test_without_a_token_nothing_is_told(
    service: Running, shown: dict[str, str], told: str, method: str, path: str
) -> None:
    """401 that says what is wrong with it and asks for another; not even which routes there are."""
    answer = await _ask(service, method, path, b"garbage" if method == "POST" else None, shown)

    assert answer.status_code == 401
    assert told in _problem(answer).detail
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_of_another_account_changes_nothing(service: Running) -> None:
    """Alice's worker can't speak for bob, and is told whose token it shows."""
    answer = await _ask(service, "POST", OWN, BEAT, bearer("worker", "alice"))

    assert _problem(answer).detail == "this token is of account default/alice"
    assert service.fleet.since(0).accounts == ()


async def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    """429 to the first that is too many at once; another caller is not bothered by it."""
    greedy, calm = bearer("worker", "greedy"), bearer("worker", "calm")
    async with (
        served(seconds=lambda: 0.0) as service,
        httpx.AsyncClient(base_url=service.url, trust_env=False) as client,
    ):
        answers = [await client.get("/v1/cycles", headers=greedy) for _ in range(USUAL.requests_at_once + 1)]
        *allowed, refused = answers

        assert {answer.status_code for answer in allowed} == {200}
        assert "default/greedy asks too often" in _problem(refused).detail
        assert int(refused.headers["retry-after"]) >= 1
        assert (await client.get("/v1/cycles", headers=calm)).status_code == 200


async def test_who_did_it_is_kept_with_what_was_done(service: Running) -> None:
    """By the token's name, which its holder can't choose."""
    answer = await _ask(service, "POST", "/v1/halt", b'{"why": "odd", "who": "somebody else"}', bearer("admin", "eve"))

    assert (answer.json()["why"], answer.json()["who"]) == ("odd", "default/eve")
    assert service.steering.halted.who == "default/eve"


async def test_markets_are_the_same_for_every_role(service: Running) -> None:
    """They are public."""
    answers = [await _ask(service, "GET", "/v1/markets/binanceusdm", None, bearer(role)) for role in ROLES]  # type: ignore[arg-type]

    assert {answer.json()[0]["symbol"] for answer in answers} == {BTC}
