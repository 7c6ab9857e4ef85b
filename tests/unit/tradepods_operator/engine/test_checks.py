"""What keeps an account from being served, and what becomes of a worker that it has already."""

from typing import Any

import pytest

from support.operated import ALICE, BOT, KEY, SECRET_KEY, Bench, account, keys_of, live, secret
from tradepods_operator.ports import DEPLOYMENT, SECRET, Key, Ref

BOB = Key("traders", "bob")
TELEGRAM = {"secretRef": {"name": "alice-telegram"}, "chatIds": ["1"]}


@pytest.fixture
def bench() -> Bench:
    """An operator and an empty cluster."""
    return Bench()


@pytest.mark.parametrize(
    ("document", "others", "reason", "said"),
    [
        (account(leverage=126), [], "InvalidSpec", "spec.leverage is 126"),
        (account(dryRun=False), [], "InvalidSpec", "acknowledgeLiveTrading: true"),
        (
            account(resources={"requests": {"memory": "1Gi"}}),
            [],
            "InvalidSpec",
            "spec.resources.requests.memory is 1Gi: write at most",
        ),
        (
            account(exchange={"id": "binanceusdm", "environment": "custom", "url": "http://evil.example:1"}),
            [],
            "EndpointNotAllowed",
            "spec.exchange.url is http://evil.example:1",
        ),
        (
            account(telegram={**TELEGRAM, "apiUrl": "http://evil.example"}),
            [secret("alice-telegram", botToken=BOT)],
            "EndpointNotAllowed",
            "spec.telegram.apiUrl",
        ),
    ],
)
async def test_an_account_that_cannot_be_served_says_why_and_gets_nothing(
    bench: Bench, document: dict[str, Any], others: list[dict[str, Any]], reason: str, said: str
) -> None:
    """Reason and message name field and fix; there is no pod."""
    await bench.put(document, *others)
    await bench.settle()

    ready = await bench.condition("Ready")
    assert (ready["status"], ready["reason"]) == ("False", reason)
    assert said in ready["message"]
    assert await bench.deployment() is None


@pytest.mark.parametrize(
    ("document", "others", "said"),
    [
        (live(), [], "spec.credentialsSecretRef: no Secret alice-exchange: create it"),
        (
            live(),
            [secret("alice-exchange", apiKey=KEY)],
            "spec.credentialsSecretRef: Secret alice-exchange lacks apiSecret: add it",
        ),
        (
            live(),
            [secret("alice-exchange", apiKey=KEY, apiSecret=" ")],
            "spec.credentialsSecretRef: Secret alice-exchange lacks apiSecret: add it",
        ),
        (
            live(),
            [{**keys_of(), "type": "kubernetes.io/tls"}],
            "spec.credentialsSecretRef: Secret alice-exchange is of another type than Opaque",
        ),
        (
            account(telegram=TELEGRAM),
            [secret("alice-telegram", token=BOT)],
            "spec.telegram.secretRef: Secret alice-telegram lacks botToken: add it",
        ),
        (
            account(ledger={"type": "postgresql", "secretRef": {"name": "db"}}),
            [secret("db", url="mysql://me:hidden-word@host/db")],
            "spec.ledger.secretRef: Secret db: its url can't be used: write postgresql://",
        ),
    ],
)
async def test_a_secret_that_cannot_be_used_makes_the_credentials_not_valid(
    bench: Bench, document: dict[str, Any], others: list[dict[str, Any]], said: str
) -> None:
    """Both messages name field, Secret and key, never a value; there is no pod."""
    await bench.put(document, *others)
    await bench.settle()

    for kind in ("Ready", "CredentialsValid"):
        assert await bench.said(kind) == ("False", "SecretNotUsable")
        message = (await bench.condition(kind))["message"]
        assert message.startswith(said)
        assert not any(value in message for value in (KEY, SECRET_KEY, BOT, "hidden-word"))
    assert await bench.deployment() is None


async def test_a_missing_secret_is_a_condition_of_its_own_and_looked_for_again(bench: Bench) -> None:
    """CredentialsValid is False; once it is there, the worker starts."""
    await bench.put(live())
    done = await bench.reconcile()
    assert await bench.said("CredentialsValid") == ("False", "SecretNotUsable")
    assert (await bench.said("Stalled"))[0] == "False"
    assert done.again_in == 60

    await bench.put(keys_of())
    await bench.settle()
    assert (await bench.deployment())["spec"]["replicas"] == 1


@pytest.mark.parametrize("kept", [True, False])
async def test_a_dry_run_needs_no_keys(bench: Bench, kept: bool) -> None:
    """Whether it names a Secret or not: the pod starts without it."""
    terms: dict[str, Any] = {"credentialsSecretRef": {"name": "alice-exchange"}} if kept else {}
    await bench.put(account(**terms))
    await bench.settle()

    assert (await bench.deployment())["spec"]["replicas"] == 1


async def test_a_worker_that_runs_stays_as_it_is_while_its_account_cannot_be_served(bench: Bench) -> None:
    """A wrong edit or a lost Secret leaves nobody's positions alone, and hands nothing on."""
    await bench.serve(live(), keys_of())
    template = (await bench.deployment())["spec"]
    await bench.cluster.delete(Ref(SECRET, "traders", "alice-exchange"))
    await bench.edit(leverage=500)
    await bench.settle()

    assert (await bench.deployment())["spec"] == template
    assert (await bench.said("Stalled")) == ("True", "InvalidSpec")


async def test_somebody_elses_object_is_never_taken_over(bench: Bench) -> None:
    """NameConflict names it; nothing of it changes."""
    foreign = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "account-alice", "namespace": "traders"},
        "spec": {"replicas": 7},
    }
    await bench.put(foreign, account())
    await bench.settle()

    found = await bench.cluster.get(Ref(DEPLOYMENT, "traders", "account-alice"))
    assert found is not None
    assert found["spec"] == {"replicas": 7}
    assert await bench.said("Stalled") == ("True", "NameConflict")
    assert "Deployment account-alice is somebody else's" in (await bench.condition("Ready"))["message"]


async def test_an_object_with_our_labels_and_another_owner_is_somebody_elses(bench: Bench) -> None:
    """Labels can be copied."""
    await bench.serve(account())
    ref = Ref(DEPLOYMENT, "traders", "account-alice")
    owner = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "x", "uid": "1", "controller": True}
    await bench.cluster.patch(ref, {"metadata": {"ownerReferences": [owner]}})
    await bench.settle()

    assert await bench.said("Stalled") == ("True", "NameConflict")


async def _two(bench: Bench, first: dict[str, Any], second: dict[str, Any]) -> None:
    """Two accounts, one a minute older."""
    await bench.put(first)
    bench.clock.advance(60)
    await bench.put(second)


async def test_of_two_live_accounts_with_one_key_the_older_one_is_served(bench: Bench) -> None:
    """Two traders on one exchange account undo each other's orders. The message names nobody."""
    await bench.put(keys_of())
    await _two(bench, live(), live("bob", credentialsSecretRef={"name": "alice-exchange"}))
    await bench.settle(ALICE)
    await bench.settle(BOB)

    assert (await bench.deployment(ALICE))["spec"]["replicas"] == 1
    assert await bench.deployment(BOB) is None
    assert await bench.said("Stalled", BOB) == ("True", "SharedSecret")
    assert "alice" not in (await bench.condition("Ready", BOB))["message"]


async def test_the_one_with_a_worker_keeps_what_another_wants_too(bench: Bench) -> None:
    """Even if that one is older."""
    await bench.put(keys_of(), keys_of("bob"))
    await _two(bench, live("bob"), live())
    await bench.settle(ALICE)
    await bench.edit(BOB, credentialsSecretRef={"name": "alice-exchange"})
    await bench.settle(BOB)
    await bench.settle(ALICE)

    assert (await bench.deployment(ALICE))["spec"]["replicas"] == 1
    assert await bench.said("Stalled", BOB) == ("True", "SharedSecret")


async def test_two_bots_of_one_token_are_refused_also_in_dry_runs(bench: Bench) -> None:
    """They would steal each other's messages."""
    await bench.put(secret("alice-telegram", botToken=BOT))
    await _two(bench, account(telegram=TELEGRAM), account("bob", telegram=TELEGRAM))
    await bench.settle(ALICE)
    await bench.settle(BOB)

    assert await bench.said("Stalled", BOB) == ("True", "SharedSecret")


async def test_dry_runs_may_share_a_key(bench: Bench) -> None:
    """They trade with nobody."""
    ref: dict[str, Any] = {"credentialsSecretRef": {"name": "alice-exchange"}}
    await bench.put(keys_of())
    await _two(bench, account(**ref), account("bob", **ref))
    await bench.settle(ALICE)
    await bench.settle(BOB)

    assert (await bench.deployment(BOB))["spec"]["replicas"] == 1


async def test_accounts_beyond_the_cap_wait_by_their_priority() -> None:
    """`Queued`; the first by priority has the worker, once the operator has looked at all of them."""
    bench = Bench(maxWorkers=1)
    await bench.put(account(), account("bob", priority=5))
    await bench.put(account("carol", state="Stopped"))
    for name in ("bob", "alice", "carol"):
        await bench.settle(Key("traders", name))

    assert (await bench.deployment(BOB))["spec"]["replicas"] == 1
    assert await bench.deployment(ALICE) is None
    assert await bench.said("Reconciling", ALICE) == ("True", "Queued")
    assert await bench.said("Stalled", ALICE) == ("False", "NotStalled")


async def test_a_worker_that_runs_is_never_put_back() -> None:
    """Whoever comes later, and however important."""
    bench = Bench(maxWorkers=1)
    await bench.serve(account())
    await bench.put(account("bob", priority=1000))
    await bench.settle(BOB)
    await bench.settle(ALICE)

    assert (await bench.deployment(ALICE))["spec"]["replicas"] == 1
    assert await bench.said("Reconciling", BOB) == ("True", "Queued")


async def test_an_account_with_something_open_is_never_queued() -> None:
    """Its positions must be guarded."""
    bench = Bench(maxWorkers=1)
    await bench.serve(account())
    await bench.put(live("bob"), keys_of("bob"))
    await bench.hear(BOB, held=True)
    await bench.settle(BOB)

    assert (await bench.deployment(BOB))["spec"]["replicas"] == 1


async def test_a_place_that_is_free_again_is_taken() -> None:
    """By the one that waits, once the last pod of the other has ended."""
    bench = Bench(maxWorkers=1)
    await bench.serve(account())
    await bench.put(account("bob"))
    await bench.settle(BOB)
    await bench.edit(ALICE, state="Stopped")
    await bench.settle(ALICE)
    await bench.settle(BOB)
    assert await bench.deployment(BOB) is None

    await bench.end(ALICE)
    await bench.settle(ALICE)
    await bench.settle(BOB)
    assert (await bench.deployment(BOB))["spec"]["replicas"] == 1
