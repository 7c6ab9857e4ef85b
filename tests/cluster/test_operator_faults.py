"""An operator whose API server answers late, cut short, or not at all, and whose watches miss something."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.cluster import Cluster
from support.faulty_server import Asked, FaultyServer, spoiling
from support.operated import account
from support.operating import Hands, Replica, replica, until
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.store import CHILDREN
from tradepods_operator.ports import ACCOUNT, CLAIM, CONFIG_MAP, NETWORK_POLICY

EXPIRED = {"kind": "Status", "status": "Failure", "reason": "Expired", "message": "too old", "code": 410}
NEVER = 3600  # seconds: no look at everything but the first


@pytest.fixture
def hands(client: httpx.Client, namespace: str) -> Hands:
    """Of people and controllers, who ask the server itself."""
    return Hands(client, namespace)


@pytest.fixture
def server(cluster: Cluster, tmp_path: Path) -> Iterator[FaultyServer]:
    """The API server as the operator sees it."""
    with spoiling(cluster, tmp_path) as found:
        yield found


def _served(hands: Hands, operator: Replica, *accounts: str) -> None:
    """All that these accounts need is there."""
    for name in accounts:
        hands.create(ACCOUNT, account(name))
    for name in accounts:
        _at_rest(hands, operator, name)


def _at_rest(hands: Hands, operator: Replica, name: str = "alice") -> None:
    until(lambda: _is_whole(hands, name), what=operator.wrote)


def _is_whole(hands: Hands, name: str) -> bool:
    """Whether it has its objects, and its status is of its spec as it is now."""
    generation = hands.get(ACCOUNT, name)["metadata"]["generation"]
    told = hands.condition("Reconciling", name).get("observedGeneration") == generation
    return told and all(hands.child(kind, name) is not None for kind in CHILDREN)


def _entry_pct(hands: Hands, name: str = "alice") -> Any:
    return json.loads(hands.child(CONFIG_MAP, name)["data"]["settings.json"])["entryPct"]


def _never_crashed(operator: Replica) -> None:
    assert operator.process.poll() is None, operator.wrote()
    assert "Traceback" not in operator.wrote(), operator.wrote()


def test_a_watch_that_has_become_too_old_is_begun_anew(
    server: FaultyServer, hands: Hands, namespace: str, tmp_path: Path
) -> None:
    """410 in the middle: what changed while nothing was shown is put right at once, and nothing else is written."""
    with replica(server, namespace, tmp_path, resync=NEVER) as operator:
        _served(hands, operator, "alice", "bob")
        server.swallows = lambda _event: True
        hands.patch(ACCOUNT, "alice", {"spec": {"entryPct": 7}})
        hands.create(ACCOUNT, account("carol"))
        hands.delete(NETWORK_POLICY, names.worker("alice"))
        bob = hands.versions("bob")
        until(lambda: server.swallowed >= 3, what=lambda: server.swallowed)
        server.swallows = lambda _event: False
        assert server.interject({"type": "ERROR", "object": EXPIRED})

        _at_rest(hands, operator, "carol")
        until(lambda: _entry_pct(hands) == 7, what=operator.wrote)
        until(lambda: hands.child(NETWORK_POLICY), what=operator.wrote)
        assert hands.versions("bob") == bob
        assert operator.wrong() == ""
        _never_crashed(operator)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_api_server_that_refuses_for_a_while_is_asked_again(
    status: int, server: FaultyServer, hands: Hands, namespace: str, tmp_path: Path
) -> None:
    """Reads, writes and watches: all comes right, and what was refused is written once."""
    with replica(server, namespace, tmp_path) as operator:
        _served(hands, operator, "alice")
        server.refuse(_of_accounts, status, times=40, Retry_After="1")
        server.drop()
        hands.create(ACCOUNT, account("bob"))
        hands.patch(ACCOUNT, "alice", {"spec": {"entryPct": 7}})

        until(lambda: server.spoilt == 40, what=lambda: f"{server.spoilt} {operator.wrote()}")
        _at_rest(hands, operator, "bob")
        until(lambda: _entry_pct(hands) == 7, what=operator.wrote)
        assert _written_twice(server, hands, "bob") == {}
        _unchanged_by_resyncs(hands, operator, "alice", "bob")
        assert operator.wrong() == ""
        _never_crashed(operator)


@pytest.mark.parametrize("verb", ["PATCH", "GET"])
def test_an_answer_that_is_cut_short_is_looked_after_and_not_written_again(
    verb: str, server: FaultyServer, hands: Hands, namespace: str, tmp_path: Path
) -> None:
    """The server has done as it was asked: the next pass sees that."""
    with replica(server, namespace, tmp_path) as operator:
        until(lambda: '"resynced"' in operator.wrote(), what=operator.wrote)
        server.cut(lambda asked: asked.verb == verb and "/account-alice" in asked.path, times=3)
        hands.create(ACCOUNT, account())

        _at_rest(hands, operator)
        until(lambda: operator.wrote().count('"resynced"') > 2, what=operator.wrote)
        assert server.spoilt == 3
        assert _written_twice(server, hands) == {}
        _never_crashed(operator)


def test_an_answer_that_is_no_answer_is_no_news(
    server: FaultyServer, hands: Hands, namespace: str, tmp_path: Path
) -> None:
    """Some proxy's page in the place of a list or an object: asked again, believed never."""
    with replica(server, namespace, tmp_path) as operator:
        _served(hands, operator, "alice")
        before = hands.versions()
        page = b"<html>back soon</html>"
        server.refuse(lambda asked: asked.verb == "GET" and _of_accounts(asked), 200, times=8, body=page)
        hands.patch(ACCOUNT, "alice", {"metadata": {"annotations": {"looked": "at"}}})
        until(lambda: server.spoilt == 8, what=lambda: f"{server.spoilt} {operator.wrote()}")
        hands.create(ACCOUNT, account("bob"))

        _at_rest(hands, operator, "bob")
        now = hands.versions()
        assert {kind: now[kind] for kind in before if kind != ACCOUNT.name} == {
            kind: version for kind, version in before.items() if kind != ACCOUNT.name
        }
        _never_crashed(operator)


def test_an_event_that_nobody_hears_of_is_healed_by_the_next_look_at_everything(
    server: FaultyServer, hands: Hands, namespace: str, tmp_path: Path
) -> None:
    """A changed account, a new one, and one that has gone; the watch itself is well, and is said to be."""
    with replica(server, namespace, tmp_path) as operator:
        _served(hands, operator, "alice", "bob")
        server.swallows = lambda event: event["object"].get("kind") == ACCOUNT.name
        hands.patch(ACCOUNT, "alice", {"spec": {"entryPct": 7}})
        hands.create(ACCOUNT, account("carol"))
        hands.delete(ACCOUNT, "bob")
        seen = operator.wrote().count('"resynced"')
        until(lambda: server.swallowed >= 3, what=lambda: server.swallowed)
        server.swallows = lambda _event: False

        _at_rest(hands, operator, "carol")
        until(lambda: _entry_pct(hands) == 7, what=operator.wrote)
        until(lambda: operator.wrote().count('"resynced"') > seen + 2, what=operator.wrote)
        assert 'condition="Reconciling",status="True"} 2.0' in operator.figures()
        assert operator.wrong() == ""
        _never_crashed(operator)


def test_a_first_look_that_fails_once_leaves_the_operator_well(
    server: FaultyServer, hands: Hands, namespace: str, tmp_path: Path
) -> None:
    """It begins as the API server comes back: the kubelet would end it, long before the next look at everything."""
    hands.create(ACCOUNT, account())
    server.refuse(_first_look(), httpx.codes.SERVICE_UNAVAILABLE, times=1)
    with replica(server, namespace, tmp_path, resync=NEVER) as operator:
        _at_rest(hands, operator)

        assert server.spoilt == 1
        assert "resync_failed" in operator.wrote()
        assert operator.wrong() == ""


def test_watches_that_have_fallen_silent_are_noticed(
    server: FaultyServer, hands: Hands, namespace: str, tmp_path: Path
) -> None:
    """Open, and nothing comes: looks at everything do the work meanwhile, and the kubelet hears that it is blind."""
    with replica(server, namespace, tmp_path) as operator:
        _served(hands, operator, "alice")
        assert operator.wrong() == ""
        assert server.silence()
        hands.patch(ACCOUNT, "alice", {"spec": {"entryPct": 7}})

        until(lambda: _entry_pct(hands) == 7, what=operator.wrote)
        until(lambda: operator.wrong() == f"the watch has not shown {namespace}/alice as it is", what=operator.wrote)
        server.drop()
        until(lambda: operator.wrong() == "", what=operator.wrote)
        _never_crashed(operator)


def test_an_operator_that_cannot_watch_any_more_ends_in_one_line(
    server: FaultyServer, hands: Hands, namespace: str, tmp_path: Path
) -> None:
    """A watch that is refused for good, or ends with a fault of the server: the next one begins anew, at once."""
    with replica(server, namespace, tmp_path) as operator:
        _served(hands, operator, "alice")
        before = hands.versions()
        assert server.interject({"type": "ERROR", "object": {**EXPIRED, "code": 500}})
        assert operator.process.wait(60) == 1
        assert "Traceback" not in operator.wrote(), operator.wrote()
        *lines, last = [line for line in operator.wrote().splitlines() if "never retrieved" not in line]
        assert last == "error: the watches have ended: WatchingError"
        assert all(json.loads(line)["event"] for line in lines)
    with replica(server, namespace, tmp_path, name="two") as another:
        hands.create(ACCOUNT, account("bob"))
        _at_rest(hands, another, "bob")
        assert hands.versions() == before


def _of_accounts(asked: Asked) -> bool:
    """Whatever is not about leadership: who can't renew his Lease ends."""
    return "/leases" not in asked.path


def _written_twice(server: FaultyServer, hands: Hands, name: str = "alice") -> dict[str, int]:
    """The objects of an account that the server was made to write more than once."""
    places = {kind.name: hands.url(kind, named(name)) for kind, named in CHILDREN.items()}
    return {kind: count for kind, place in places.items() if (count := server.written[place]) > 1}


def _unchanged_by_resyncs(hands: Hands, operator: Replica, *accounts: str) -> None:
    """Once a status has been told, which may be a little later than what it tells of."""
    until(lambda: _are_quiet(hands, operator, accounts), what=operator.wrote)


def _are_quiet(hands: Hands, operator: Replica, accounts: tuple[str, ...]) -> bool:
    before, seen = [hands.versions(name) for name in accounts], operator.wrote().count('"resynced"')
    until(lambda: operator.wrote().count('"resynced"') >= seen + 2, what=operator.wrote)
    return [hands.versions(name) for name in accounts] == before


def _first_look() -> Callable[[Asked], bool]:
    """The third list of claims: twice, as a candidate and as the leader, it is asked whether they are served."""
    times = count(1)
    return lambda asked: asked.verb == "GET" and asked.path.endswith(f"/{CLAIM.plural}") and next(times) == 3
