"""`tradepods account` where a cluster refuses or a person errs: one line names the fix, and nothing is changed."""

from pathlib import Path

import httpx
import pytest
import yaml

from support.cluster import Cluster, serving
from support.commanding import Person
from support.operated import account
from support.operating import Hands
from support.terminal import terminal
from tradepods_cli.crds.definitions import definitions
from tradepods_operator.engine.manifests.names import PAUSE
from tradepods_operator.ports import ACCOUNT, Kind

ROLE = Kind("rbac.authorization.k8s.io/v1", "Role", "roles")
BINDING = Kind("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings")


@pytest.fixture
def hands(client: httpx.Client, namespace: str) -> Hands:
    """Three accounts, and nobody who serves them."""
    found = Hands(client, namespace)
    for name in ("alice", "bob", "carol"):
        found.create(ACCOUNT, account(name))
    return found


@pytest.fixture
def admin(cluster: Cluster, namespace: str, tmp_path: Path) -> Person:
    """May do anything."""
    return Person(cluster, tmp_path, namespace=namespace)


def _paused(hands: Hands) -> list[str]:
    items = hands.client.get(hands.url(ACCOUNT)).json()["items"]
    return [one["metadata"]["name"] for one in items if PAUSE in (one["metadata"].get("annotations") or {})]


def _let(hands: Hands, user: str, *verbs: str) -> None:
    """A person may do this with accounts, and nothing else."""
    rules = [{"apiGroups": ["tradepods.dev"], "resources": ["tradingaccounts"], "verbs": list(verbs)}]
    hands.create(ROLE, {"metadata": {"name": user}, "rules": rules})
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": user}
    subjects = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}]
    hands.create(BINDING, {"metadata": {"name": user}, "roleRef": role, "subjects": subjects})


def test_whoever_may_see_accounts_sees_them_and_pauses_none(cluster: Cluster, hands: Hands, tmp_path: Path) -> None:
    """As a kubeconfig's `as` makes one act; the right that is missing is named."""
    _let(hands, "viewer", "get", "list")
    viewer = Person(cluster, tmp_path, namespace=hands.namespace, user="viewer")
    seen, refused = viewer.says("account", "list"), viewer.says("account", "pause", "alice")

    assert (seen.exit_code, len(seen.stdout.splitlines())) == (0, 4)
    assert refused.exit_code == 1
    assert 'cannot patch resource "tradingaccounts"' in refused.stderr
    assert _paused(hands) == []


@pytest.mark.parametrize("arguments", [["list"], ["list", "-A"], ["status", "alice"], ["pause", "--all", "--yes"]])
def test_whoever_may_nothing_is_told_so_in_one_line(
    cluster: Cluster, hands: Hands, tmp_path: Path, arguments: list[str]
) -> None:
    """With what may be done about it."""
    stranger = Person(cluster, tmp_path, namespace=hands.namespace, user="stranger", groups=["nobodies"])
    result = stranger.says("account", *arguments)

    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert 'User "stranger" cannot' in result.stderr
    assert "ask for the right" in result.stderr
    assert _paused(hands) == []


def test_whoever_may_not_list_is_told_of_a_missing_account_all_the_same(
    cluster: Cluster, hands: Hands, tmp_path: Path
) -> None:
    """Which ones there are, they may not know."""
    _let(hands, "narrow", "get")
    result = Person(cluster, tmp_path, namespace=hands.namespace, user="narrow").says("account", "status", "eve")

    assert result.exit_code == 2
    assert "eve: no such account" in result.stderr
    assert "some that you may not list" in result.stderr


def test_one_wrong_name_leaves_all_of_them_as_they_were(hands: Hands, admin: Person) -> None:
    """And those that there are, are named."""
    result = admin.says("account", "pause", "alice", "eve")

    assert result.exit_code == 2
    assert "no such account in namespace" in result.stderr
    assert "there are alice, bob, carol" in result.stderr
    assert _paused(hands) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pause"], "NAME: say which accounts to pause: their names, or --all"),
        (["resume", "alice", "--all"], "NAME: say which accounts to resume"),
        (["pause", "alice", "-A"], "--all-namespaces: a name is of one namespace"),
        (["pause", "--all"], "--all: would pause 3 accounts: add --yes"),
        (["pause", "../secrets/x"], "NAME is ../secrets/x: a name has lower-case letters"),
        (["status", "Alice"], "NAME is Alice: a name has lower-case letters"),
        (["list", "-A", "-n", "x"], "--all-namespaces: it goes with no --namespace"),
        (["list", "-n", "../x"], "--namespace: it has lower-case letters"),
        (["list", "--signals", "http://x"], "--signals: it is of a run on this machine"),
        (["list", "--context", "prod"], "--context is prod: "),
    ],
)
def test_a_wrong_request_is_refused_with_its_fix(hands: Hands, admin: Person, arguments: list[str], said: str) -> None:
    """Exit code 2, before anything is changed."""
    result = admin.says("account", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert _paused(hands) == []


async def test_all_of_them_are_asked_about_once(hands: Hands, admin: Person) -> None:
    """With their number, the namespace, and the cluster; anything but yes changes nothing."""
    command = ["account", "pause", "--all", "--timeout", "0", "--kubeconfig", str(admin.kubeconfig)]
    async with terminal(*command) as shown:
        await shown.expect(f"Pause 3 accounts in namespace {hands.namespace} of context test")
        await shown.answer("[y/N]", "n")
        assert await shown.ended() == 0
    assert _paused(hands) == []
    async with terminal(*command) as shown:
        await shown.answer("[y/N]", "y")
        assert await shown.ended() == 1  # nobody confirms it
    assert _paused(hands) == ["alice", "bob", "carol"]


def test_a_cluster_that_does_not_know_us_and_one_that_is_gone(tmp_path: Path) -> None:
    """How to make it know our kinds; which server it was that did not answer."""
    with serving() as cluster:
        person = Person(cluster, tmp_path)
        unknown = [person.says("account", *what) for what in (["list"], ["status", "alice"], ["pause", "alice"])]
        cluster.define(definitions().values())
        empty = person.says("account", "list")
        cluster.stop()
        gone = person.says("account", "list")

    assert {result.exit_code for result in unknown} == {1}
    assert all("knows no TradingAccount: tradepods crds | kubectl apply" in result.stderr for result in unknown)
    assert empty.exit_code == 0
    assert "there is no account in namespace default" in empty.stderr
    assert gone.exit_code == 1
    assert f"context test, {cluster.url}: the API server does not answer" in gone.stderr
    assert len(gone.stderr.splitlines()) == 1


def test_a_token_that_counts_no_more_is_not_shown(cluster: Cluster, tmp_path: Path) -> None:
    """Nor is a certificate that nobody vouches for a traceback."""
    old = "old-token-of-somebody-4711"
    person = Person(cluster, tmp_path, token=old)
    expired = person.says("account", "list")
    config = yaml.safe_load(person.kubeconfig.read_text("utf-8"))
    del config["clusters"][0]["cluster"]["certificate-authority"]
    person.kubeconfig.write_text(yaml.safe_dump(config), "utf-8")
    untrusted = person.says("account", "list")

    assert [expired.exit_code, untrusted.exit_code] == [1, 1]
    assert "does not know you (401): log in again" in expired.stderr
    assert "vouched for by nobody who is trusted" in untrusted.stderr
    assert old not in expired.output + untrusted.output


@pytest.mark.parametrize(
    "user",
    [
        {
            "exec": {
                "apiVersion": "client.authentication.k8s.io/v1",
                "command": "sh",
                "args": ["-c", "echo S3CRET; exit 1"],
            }
        },
        {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-program"}},
        {"auth-provider": {"name": "gcp", "client-secret": "S3CRET"}},
        {"auth-provider": {"name": "oidc", "config": {"client-secret": "S3CRET"}}},
        {"client-certificate-data": "S3CRET!", "client-key-data": "S3CRET!"},
    ],
)
def test_credentials_that_can_not_be_had_are_one_line_without_them(
    cluster: Cluster, tmp_path: Path, user: dict[str, object]
) -> None:
    """Whatever the library makes of them."""
    person = Person(cluster, tmp_path)
    config = yaml.safe_load(person.kubeconfig.read_text("utf-8"))
    config["users"][0]["user"] = user
    person.kubeconfig.write_text(yaml.safe_dump(config), "utf-8")
    result = person.says("account", "list")

    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert "context test" in result.stderr
    assert "S3CRET" not in result.output
