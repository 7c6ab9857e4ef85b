"""Two accounts whose keys, though different, belong to one account at the exchange."""

import pytest

from support.operated import ALICE, Bench, keys_of, live, secret
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.observed import annotation
from tradepods_operator.ports import Key

BOB = Key("traders", "bob")


@pytest.fixture
def bench() -> Bench:
    """An operator and an empty cluster."""
    return Bench()


async def _trading(bench: Bench, key: Key, venue_account: str) -> None:
    """A live account with keys of its own, whose worker has told whose account at the venue they are."""
    await bench.put(live(key.name), keys_of(key.name))
    await bench.settle(key)
    await bench.pod(key)
    await _tells(bench, key, venue_account)


async def _tells(bench: Bench, key: Key, venue_account: str) -> None:
    secrets = annotation((await bench.deployment(key))["spec"]["template"], names.SECRETS)
    await bench.hear(key, venue_account=venue_account, secrets_hash=secrets)
    await bench.settle(key)


async def test_two_keys_of_one_exchange_account_are_one_account(bench: Bench) -> None:
    """The younger one is stopped, and stays so though its worker says nothing more; the message names nobody."""
    await _trading(bench, ALICE, "of-both")
    bench.clock.advance(60)
    await _trading(bench, BOB, "of-both")
    assert (await bench.deployment(BOB))["spec"]["replicas"] == 0
    bench.digests.clear()
    bench.restart()
    await _tells(bench, ALICE, "of-both")
    await bench.settle(BOB)

    assert (await bench.deployment(ALICE))["spec"]["replicas"] == 1
    assert (await bench.deployment(BOB))["spec"]["replicas"] == 0
    assert await bench.said("Stalled", BOB) == ("True", "SharedAccount")
    assert "alice" not in (await bench.condition("Ready", BOB))["message"]


async def test_the_older_one_tells_later_and_keeps_it_all_the_same(bench: Bench) -> None:
    """Whoever loses by what another worker tells is looked at, too."""
    await _trading(bench, ALICE, "")
    bench.clock.advance(60)
    await _trading(bench, BOB, "of-both")
    secrets = annotation((await bench.deployment())["spec"]["template"], names.SECRETS)
    await bench.hear(venue_account="of-both", secrets_hash=secrets)
    done = await bench.reconcile()
    assert done.others == (BOB,)
    await bench.settle(BOB)

    assert await bench.said("Stalled", BOB) == ("True", "SharedAccount")
    assert (await bench.deployment(ALICE))["spec"]["replicas"] == 1


async def test_other_keys_end_it(bench: Bench) -> None:
    """What the old ones told counts no more, silent or not: the worker starts, and tells anew."""
    await _trading(bench, ALICE, "of-both")
    bench.clock.advance(60)
    await _trading(bench, BOB, "of-both")
    await bench.replace_secret(secret("bob-exchange", apiKey="another-key-7", apiSecret="another-secret-7"))
    await bench.settle(BOB)
    assert (await bench.deployment(BOB))["spec"]["replicas"] == 1
    await bench.pod(BOB)
    await _tells(bench, BOB, "its-own")

    assert await bench.said("Ready", BOB) == ("True", "Trading")
