"""Two accounts whose keys, though different, belong to one account at the exchange."""

import pytest

from support.operated import ALICE, Bench, keys_of, live, secret
from tradepods_core.errors import Temporary
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


async def _tells(bench: Bench, key: Key, venue_account: str, *, held: bool = False) -> None:
    secrets = annotation((await bench.deployment(key))["spec"]["template"], names.SECRETS)
    await bench.hear(key, venue_account=venue_account, secrets_hash=secrets, held=held)
    await bench.settle(key)


async def _older_newcomer(bench: Bench, *, held: bool) -> None:
    """Bob's account is the older one and was stopped; it starts beside alice's worker, on the same account."""
    await bench.put(live("bob", state="Stopped"), keys_of("bob"))
    await bench.settle(BOB)
    bench.clock.advance(60)
    await _trading(bench, ALICE, "of-both")
    bench.clock.advance(60)
    await _tells(bench, ALICE, "of-both", held=held)
    await bench.edit(BOB, state="Running")
    await bench.settle(BOB)
    await bench.pod(BOB)


async def _replicas(bench: Bench) -> list[int]:
    """Of alice and bob, once each has been looked at."""
    for key in (ALICE, BOB):
        await bench.settle(key)
    return [(await bench.deployment(key))["spec"]["replicas"] for key in (ALICE, BOB)]


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
    await bench.reconcile()
    assert bench.triggered == [BOB]
    await bench.settle(BOB)

    assert await bench.said("Stalled", BOB) == ("True", "SharedAccount")
    assert (await bench.deployment(ALICE))["spec"]["replicas"] == 1


async def test_whoever_loses_is_looked_at_though_the_pass_itself_fails(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next pass finds nothing new in it, and both would go on trading until the next survey."""
    await _trading(bench, ALICE, "")
    bench.clock.advance(60)
    await _trading(bench, BOB, "of-both")
    secrets = annotation((await bench.deployment())["spec"]["template"], names.SECRETS)
    await bench.hear(venue_account="of-both", secrets_hash=secrets)

    async def refuse(_: object) -> None:
        raise Temporary("the API server does not answer")

    await bench.edit(leverage=3)
    monkeypatch.setattr(bench.cluster, "apply", refuse)
    with pytest.raises(Temporary):
        await bench.reconcile()

    assert bench.triggered == [BOB]


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


@pytest.mark.parametrize("held", [True, False])
async def test_an_older_account_that_starts_later_stops_no_worker(bench: Bench, held: bool) -> None:
    """Of an account at the venue it is known after the start only: who was first goes on, holding something or not."""
    await _older_newcomer(bench, held=held)
    await _tells(bench, BOB, "of-both")

    assert await _replicas(bench) == [1, 0]
    assert await bench.said("Stalled", BOB) == ("True", "SharedAccount")


async def test_who_holds_something_goes_before_who_started_first(bench: Bench) -> None:
    """Nobody would follow what is open."""
    await _older_newcomer(bench, held=False)
    await _tells(bench, BOB, "of-both", held=True)

    assert await _replicas(bench) == [0, 1]
    assert await bench.said("Stalled") == ("True", "SharedAccount")


async def test_where_both_hold_something_the_later_one_is_stopped_once_it_is_flat(bench: Bench) -> None:
    """It says at once why it isn't served."""
    await _older_newcomer(bench, held=True)
    await _tells(bench, BOB, "of-both", held=True)
    assert await _replicas(bench) == [1, 1]
    assert await bench.said("Stalled", BOB) == ("True", "SharedAccount")
    assert await bench.said("Ready", ALICE) == ("True", "Trading")

    await _tells(bench, BOB, "of-both")
    assert await _replicas(bench) == [1, 0]


async def test_a_restart_for_a_new_template_is_no_later_start(bench: Bench) -> None:
    """Who was first is still known after it."""
    await _older_newcomer(bench, held=False)
    await bench.edit(resources={"limits": {"memory": "300Mi"}})
    bench.clock.advance(60)
    await bench.settle()
    await bench.pod()
    await _tells(bench, BOB, "of-both")

    assert await _replicas(bench) == [1, 0]
