"""A Secret that the operator may not read, or can't just now: its own account's trouble, and nobody else's."""

import base64
import json
from collections.abc import Sequence
from typing import Any

import pytest

from support.operated import ALICE, BOT, Bench, account, keys_of, live, secret
from tradepods_core.errors import Permanent, Temporary, TradepodsError
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.news import News
from tradepods_operator.engine.sightings import Sightings
from tradepods_operator.engine.survey import Survey
from tradepods_operator.ports import ACCOUNT, CONFIG_MAP, DEPLOYMENT, SECRET, Document, Key, Ref
from tradepods_operator.tasks.resync import Resync

MALLORY = Key("other", "mallory")
BOB = Key("traders", "bob")
FORBIDDEN = Permanent('secrets "bot" is forbidden: User "operator" cannot get resource "secrets"')


@pytest.fixture
def bench() -> Bench:
    """An operator and an empty cluster."""
    return Bench()


class Over(Exception):
    """A round has gone on for longer than it may."""


def _refuse(bench: Bench, *namespaces: str, error: TradepodsError = FORBIDDEN) -> None:
    """From now on Secrets of these are not to be read."""
    get = bench.cluster.get

    async def guarded(ref: Ref) -> Document | None:
        if ref.kind == SECRET and ref.namespace in namespaces:
            raise error
        return await get(ref)

    bench.cluster.get = guarded  # type: ignore[method-assign]


def _resync(bench: Bench, triggered: list[Key], *, pauses: int = 0) -> Resync:
    left = [pauses]

    async def sleep(_: float) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Over

    def trigger(keys: Sequence[Key], *, why: str) -> None:
        assert why
        triggered.extend(keys)

    reconciler = bench.reconciler
    return Resync(
        survey=Survey(cluster=bench.cluster, reconciler=reconciler, store=bench.store, news=News()),
        reconciler=reconciler,
        sightings=Sightings(),
        trigger=trigger,
        every=600,
        sleep=sleep,
        draw=lambda: 0.5,
    )


def _mallory(**spec: Any) -> dict[str, Any]:
    return account("mallory", namespace="other", telegram={"secretRef": {"name": "bot"}, "chatIds": ["1"]}, **spec)


async def test_it_is_a_condition_that_says_what_to_do(bench: Bench) -> None:
    """No worker, no crash; once it may be read, the worker starts."""
    await bench.put(_mallory(), secret("bot", namespace="other", botToken=BOT))
    get = bench.cluster.get
    _refuse(bench, "other")
    await bench.settle(MALLORY)
    assert await bench.said("CredentialsValid", MALLORY) == ("False", "SecretNotUsable")
    said = (await bench.condition("Ready", MALLORY))["message"]
    assert "may not read Secret bot: add the namespace other to rbac.accountNamespaces" in said
    assert await bench.deployment(MALLORY) is None

    bench.cluster.get = get  # type: ignore[method-assign]
    await bench.settle(MALLORY)
    assert (await bench.deployment(MALLORY))["spec"]["replicas"] == 1


async def test_an_operator_starts_though_it_may_not_read_one(bench: Bench) -> None:
    """Everybody else is served."""
    await bench.put(_mallory(), live(), keys_of())
    _refuse(bench, "other")
    found: list[Key] = []
    await _resync(bench, found).first()

    assert found == [MALLORY, ALICE]


async def test_a_look_at_the_secrets_goes_on_behind_one_that_may_not_be_read(bench: Bench) -> None:
    """Who comes after it has a new Secret noticed, and whoever may not be read any more is told of it, once."""
    await bench.put(secret("bot", namespace="other", botToken=BOT))
    await bench.serve(_mallory())
    await bench.serve(live(), keys_of())
    _refuse(bench, "other")
    await bench.replace_secret(secret("alice-exchange", apiKey="new-key-7", apiSecret="new-secret-7"), noticed=False)
    found: list[Key] = []
    with pytest.raises(Over):
        await _resync(bench, found, pauses=2).watch_secrets()

    assert found == [MALLORY, ALICE]
    await bench.settle(MALLORY)
    assert (await bench.deployment(MALLORY))["spec"]["replicas"] == 1


async def test_one_that_can_not_be_read_just_now_ends_no_look_at_the_others(bench: Bench) -> None:
    """One that the server can't decrypt, for one."""
    await bench.put(secret("bot", namespace="other", botToken=BOT))
    await bench.serve(_mallory())
    await bench.serve(live(), keys_of())
    _refuse(bench, "other", error=Temporary("Internal error"))
    await bench.replace_secret(secret("alice-exchange", apiKey="new-key-7", apiSecret="new-secret-7"), noticed=False)
    found: list[Key] = []
    with pytest.raises(Over):
        await _resync(bench, found, pauses=1).watch_secrets()

    assert found == [ALICE]


async def test_one_that_can_not_be_read_just_now_keeps_no_operator_from_starting(bench: Bench) -> None:
    """It is waited for, as its worker may run by a key that another account has; but not for ever."""
    await bench.put(_mallory(), secret("bot", namespace="other", botToken=BOT), live(), keys_of())
    _refuse(bench, "other", error=Temporary("Internal error"))
    found: list[Key] = []
    with pytest.raises(Over):
        await _resync(bench, found, pauses=1).first()
    assert found == []
    bench.restart()
    await _resync(bench, found, pauses=2).first()
    assert sorted(found) == [MALLORY, ALICE]
    await bench.settle()
    assert (await bench.deployment())["spec"]["replicas"] == 1
    await bench.settle(MALLORY)
    assert await bench.deployment(MALLORY) is None


async def test_one_that_can_not_be_read_just_now_keeps_nobody_else_from_being_looked_at(bench: Bench) -> None:
    """An account that is new, beside one whose spec a watch has missed."""
    await bench.serve(live(), keys_of())
    await bench.put(_mallory(), secret("bot", namespace="other", botToken=BOT))
    await bench.edit(entryPct=7)
    _refuse(bench, "other", error=Temporary("Internal error"))
    found: list[Key] = []
    with pytest.raises(Over):
        await _resync(bench, found, pauses=1).run()

    assert found == [MALLORY, ALICE]


async def test_a_halt_does_not_wait_for_one_that_can_not_be_read_just_now(bench: Bench) -> None:
    """Its spec is the same: so are the names of its Secrets. Another spec waits, as it may name others."""
    await bench.serve(live(), keys_of())
    _refuse(bench, "traders", error=Temporary("Internal error"))
    await bench.edit(annotations={names.HALT: "true"})
    await bench.settle()
    config_map = await bench.cluster.get(Ref(CONFIG_MAP, ALICE.namespace, "account-alice-settings"))
    assert config_map is not None
    assert json.loads(config_map["data"]["settings.json"])["state"] == "Paused"

    await bench.cluster.patch(Ref(ACCOUNT, ALICE.namespace, ALICE.name), {"metadata": {"generation": 9}})
    await bench.edit(annotations={names.HALT: None})
    with pytest.raises(Temporary):
        await bench.reconcile()


async def test_a_server_that_does_not_answer_is_not_asked_for_every_secret(bench: Bench) -> None:
    """Each question takes seconds until it is given up."""
    for number in range(10):
        await bench.serve(live(f"a{number}"), keys_of(f"a{number}"))
    asked: list[Ref] = []

    async def away(ref: Ref) -> Document | None:
        asked.append(ref)
        raise Temporary("the API server does not answer")

    bench.cluster.get = away  # type: ignore[method-assign]
    with pytest.raises(Over):
        await _resync(bench, [], pauses=1).watch_secrets()

    assert len(asked) == 3


async def test_what_it_may_not_read_any_more_is_still_nobody_elses(bench: Bench) -> None:
    """The worker goes on with the key that it has: no second one starts on it."""
    await bench.serve(live(), keys_of())
    bench.clock.advance(60)
    _refuse(bench, "traders")
    await bench.look_at_secrets()
    await bench.settle()
    await bench.put(live("bob", namespace="own"), secret("bob-exchange", namespace="own", **_values(keys_of())))
    await bench.settle(Key("own", "bob"))

    assert await bench.said("Stalled", Key("own", "bob")) == ("True", "SharedSecret")
    assert (await bench.deployment())["spec"]["replicas"] == 1


async def test_a_worker_whose_secret_is_gone_still_trades_for_whom_it_says(bench: Bench) -> None:
    """Of two keys of one exchange account: the digest of its Secret can't say so any more."""
    await bench.serve(live(), keys_of())
    secrets = names.SECRETS
    template = (await bench.deployment())["spec"]["template"]["metadata"]["annotations"]
    await bench.hear(venue_account="of-both", secrets_hash=template[secrets])
    await bench.cluster.delete(Ref(SECRET, "traders", "alice-exchange"))
    bench.restart()
    await bench.settle()
    bench.clock.advance(60)
    await bench.put(live("bob"), keys_of("bob"))
    await bench.settle(BOB)
    await bench.pod(BOB)
    template = (await bench.deployment(BOB))["spec"]["template"]["metadata"]["annotations"]
    await bench.hear(BOB, venue_account="of-both", secrets_hash=template[secrets])
    await bench.settle(BOB)

    assert await bench.said("Stalled", BOB) == ("True", "SharedAccount")
    assert (await bench.deployment())["spec"]["replicas"] == 1


async def test_an_account_that_is_not_understood_ends_no_look_at_everything(bench: Bench) -> None:
    """A note that somebody has spoilt fails its own pass, and nobody else's."""
    await bench.serve(live(), keys_of())
    await bench.put(live("bob"), keys_of("bob"))
    notes = {"metadata": {"annotations": {names.STARTED_AT: "yesterday"}}}
    await bench.cluster.patch(Ref(DEPLOYMENT, "traders", "account-alice"), notes)
    bench.restart()
    found: list[Key] = []
    await _resync(bench, found).first()

    assert found == [ALICE, BOB]


def _values(document: dict[str, Any]) -> dict[str, str]:
    return {key: base64.b64decode(value).decode() for key, value in document["data"].items()}


async def test_many_that_can_not_be_read_for_long_keep_nobodys_new_key_from_being_noticed(bench: Bench) -> None:
    """Three in a row may mean that the server is away: not where they could not be read the time before either."""
    for name in ("a1", "a2", "a3"):
        await bench.put(secret("bot", namespace=name, botToken=f"{BOT}-{name}"))
        await bench.serve(account("one", namespace=name, telegram={"secretRef": {"name": "bot"}, "chatIds": ["1"]}))
    await bench.serve(live(), keys_of())
    _refuse(bench, "a1", "a2", "a3", error=Temporary("Internal error"))
    await bench.replace_secret(secret("alice-exchange", apiKey="new-key-7", apiSecret="new-secret-7"), noticed=False)
    found: list[Key] = []
    with pytest.raises(Over):
        await _resync(bench, found, pauses=2).watch_secrets()

    assert found == [ALICE]
