"""A Secret that the API server itself can't read any more."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.cluster import Cluster, serving
from support.operated import live
from support.operating import Hands, replica, until
from tradepods_cli.crds.definitions import definitions
from tradepods_operator.ports import ACCOUNT, CONFIG_MAP, DEPLOYMENT, SECRET

KEYS = {"apiKey": "key-of-alice-1", "apiSecret": "secret-of-alice-1"}


@pytest.fixture
def own() -> Iterator[Cluster]:
    """A cluster that nobody else needs: nothing in it can be listed beside what is spoilt."""
    with serving() as cluster:
        cluster.define(definitions().values())
        yield cluster


def test_it_is_a_condition_and_what_runs_goes_on(own: Cluster, tmp_path: Path) -> None:
    """Its server's words are in the status; once it can be read, what waited for it is handed on without a restart."""
    namespace = own.namespace()
    with own.client() as client, replica(own, namespace, tmp_path) as operator:
        hands = Hands(client, namespace)
        hands.secret("alice-exchange", **KEYS)
        hands.create(ACCOUNT, live())
        until(lambda: hands.said("CredentialsValid")[0] == "Unknown", what=operator.wrote)
        before = hands.child(DEPLOYMENT)["spec"]
        with own.spoilt(f"/registry/secrets/{namespace}/alice-exchange"):
            assert client.get(hands.url(SECRET, "alice-exchange")).status_code == httpx.codes.INTERNAL_SERVER_ERROR
            hands.patch(ACCOUNT, "alice", {"spec": {"entryPct": 7}})
            until(lambda: hands.said("CredentialsValid") == ("False", "SecretNotUsable"), what=operator.wrote)
            assert "Secret alice-exchange can't be read just now: " in hands.condition("Ready")["message"]
            assert hands.child(DEPLOYMENT)["spec"] == before
        hands.patch(ACCOUNT, "alice", {"metadata": {"annotations": {"looked": "at"}}})
        until(lambda: _entry_pct(hands) == 7, what=operator.wrote)

        assert hands.child(DEPLOYMENT)["spec"] == before
        assert "secret-of-alice" not in operator.wrote()
        assert "Traceback" not in operator.wrote()


def _entry_pct(hands: Hands) -> object:
    return json.loads(hands.child(CONFIG_MAP)["data"]["settings.json"])["entryPct"]
