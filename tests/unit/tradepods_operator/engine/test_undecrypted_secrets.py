"""A Secret that the API server can't give out, again and again: a condition of its own account, which goes on."""

import json
from typing import Any

import pytest

from support.operated import ALICE, BOT, Bench, account, keys_of, live, secret
from tradepods_core.errors import Temporary
from tradepods_operator.ports import ACCOUNT, CONFIG_MAP, SECRET, Document, Key, Ref

MALLORY = Key("other", "mallory")
UNDECRYPTED = Temporary("Internal error: unable to transform key")


@pytest.fixture
def bench() -> Bench:
    """An operator and an empty cluster."""
    return Bench()


def _refuse(bench: Bench, *namespaces: str) -> None:
    """From now on Secrets of these are not to be read."""
    get = bench.cluster.get

    async def guarded(ref: Ref) -> Document | None:
        if ref.kind == SECRET and ref.namespace in namespaces:
            raise UNDECRYPTED
        return await get(ref)

    bench.cluster.get = guarded  # type: ignore[method-assign]


async def _tried(bench: Bench, key: Key) -> None:
    """Passes that fail: a Secret that can't be read just now is waited for."""
    for _ in range(3):
        with pytest.raises(Temporary):
            await bench.reconcile(key)


def _mallory() -> dict[str, Any]:
    return account("mallory", namespace="other", telegram={"secretRef": {"name": "bot"}, "chatIds": ["1"]})


async def test_one_that_can_not_be_read_again_and_again_is_a_condition(bench: Bench) -> None:
    """With the server's words, as only they say why; once it can be, the worker starts."""
    await bench.put(_mallory(), secret("bot", namespace="other", botToken=BOT))
    get = bench.cluster.get
    _refuse(bench, "other")
    await _tried(bench, MALLORY)
    done = await bench.reconcile(MALLORY)
    assert await bench.said("CredentialsValid", MALLORY) == ("False", "SecretNotUsable")
    assert (await bench.condition("Ready", MALLORY))["message"] == (
        "spec.telegram.secretRef: Secret bot can't be read just now: Internal error: unable to transform key"
    )
    assert await bench.deployment(MALLORY) is None
    assert done.again_in == 60.0

    bench.cluster.get = get  # type: ignore[method-assign]
    await bench.settle(MALLORY)
    assert (await bench.deployment(MALLORY))["spec"]["replicas"] == 1


async def test_a_worker_goes_on_while_its_new_spec_waits_for_one_that_can_not_be_read(bench: Bench) -> None:
    """Its pod keeps the keys that it has; it is not restarted when the Secret comes back as it was."""
    await bench.serve(live(), keys_of())
    before = (await bench.deployment())["spec"]
    get = bench.cluster.get
    _refuse(bench, "traders")
    await bench.edit(entryPct=7)
    await _tried(bench, ALICE)
    await bench.settle()
    assert await bench.said("CredentialsValid") == ("False", "SecretNotUsable")
    assert (await bench.deployment())["spec"] == before

    bench.cluster.get = get  # type: ignore[method-assign]
    await bench.settle()
    assert (await bench.deployment())["spec"] == before
    config_map = await bench.cluster.get(Ref(CONFIG_MAP, ALICE.namespace, "account-alice-settings"))
    assert config_map is not None
    assert json.loads(config_map["data"]["settings.json"])["entryPct"] == 7


async def test_an_account_goes_though_its_secret_can_not_be_read(bench: Bench) -> None:
    """Nobody can decrypt it any more: the deadline of its deletion stands all the same."""
    await bench.serve(live(deletionPolicy="Flatten"), keys_of())
    _refuse(bench, "traders")
    await bench.cluster.delete(Ref(ACCOUNT, ALICE.namespace, ALICE.name))
    await _tried(bench, ALICE)
    await bench.settle()
    bench.clock.advance(bench.policy.deletion_deadline_seconds + 1)
    await bench.settle()
    assert await bench.cluster.get(Ref(ACCOUNT, ALICE.namespace, ALICE.name)) is None
