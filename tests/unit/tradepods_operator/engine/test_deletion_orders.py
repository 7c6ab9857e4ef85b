"""An account goes once the exchange has taken its orders back: not when that is decided."""

import pytest

from support.operated import ALICE, Bench, keys_of, live, position
from tradepods_core.wire.fleet import Heartbeat
from tradepods_operator.engine.manifests import names
from tradepods_operator.ports import ACCOUNT, DEPLOYMENT, Ref

OWN = Ref(ACCOUNT, "traders", "alice")
BOTH = pytest.mark.parametrize("before", ["CancelOrders", "Flatten"])


@pytest.fixture
async def bench() -> Bench:
    """An operator and an empty cluster."""
    return Bench()


async def _deleted(bench: Bench, before: str) -> None:
    """Alice, who holds something, and is to go."""
    await bench.serve(live(deletionPolicy=before), keys_of(), held=True)
    await bench.cluster.delete(OWN)
    await bench.settle()


async def _says(bench: Bench, before: str, open_orders: int | None = None) -> bool:
    """Its worker has done its part, and has so many orders left; whether the account is gone then."""
    await bench.hear(positions=() if before == "Flatten" else (position(protected=False),), open_orders=open_orders)
    await bench.settle()
    return await bench.cluster.get(OWN) is None


@BOTH
async def test_an_account_waits_for_every_order_to_be_over(bench: Bench, before: str) -> None:
    """The venue answers 503, limits or bans: stop and take-profit rest on while their cancels are under way."""
    await _deleted(bench, before)
    for left in (2, 1):
        assert not await _says(bench, before, open_orders=left)
        assert (await bench.deployment())["spec"]["replicas"] == 1

    assert await _says(bench, before, open_orders=0)


@BOTH
async def test_a_worker_of_an_earlier_release_is_believed_without_a_word_of_its_orders(
    bench: Bench, before: str
) -> None:
    """Else its account would wait for the deadline, each time."""
    await _deleted(bench, before)

    assert await _says(bench, before)


async def test_what_is_left_at_the_deadline_is_told(bench: Bench) -> None:
    """With how many orders, by the last word; they rest at the exchange, and nobody follows them any more."""
    await _deleted(bench, "Flatten")
    await _says(bench, "Flatten", open_orders=2)
    bench.clock.advance(601)
    done = await bench.reconcile()

    left = "positions open by the last that was heard: 0, orders not over: 2"
    assert done.dropped == f"Flatten has not come to its end in time: {left}"


async def test_a_policy_that_is_skipped_with_orders_left_is_told_of(bench: Bench) -> None:
    """A flat account may leave a stop that opens a position the other way."""
    await _deleted(bench, "Flatten")
    await _says(bench, "Flatten", open_orders=1)
    await bench.edit(annotations={names.SKIP_FINALIZER: "true"})
    done = await bench.reconcile()

    assert done.dropped.startswith("its annotation says to skip Flatten")


@BOTH
async def test_orders_of_an_account_that_has_no_worker_are_taken_back_by_one_of_its_own(
    bench: Bench, before: str
) -> None:
    """It was stopped while the exchange took nothing back."""
    await bench.serve(live(deletionPolicy=before, state="Stopped"), keys_of())
    await bench.hear(open_orders=1, silent=True)
    await bench.cluster.delete(OWN)
    await bench.settle()

    found = await bench.cluster.get(Ref(DEPLOYMENT, ALICE.namespace, names.worker(ALICE.name)))
    assert found is not None
    assert found["spec"]["replicas"] == 1


def test_a_heartbeat_of_an_earlier_release_says_nothing_of_its_orders() -> None:
    """Which isn't that it has none; and what a later one says besides is passed over."""
    said = {"at": "2026-11-21T08:00:00Z", "dryRun": False, "state": "Running", "settingsHash": "x", "equity": "1"}
    tally = {"realizedPnl": "0", "fees": "0"}

    assert Heartbeat.model_validate({**said, "tally": tally}).open_orders is None
    assert Heartbeat.model_validate({**said, "tally": tally, "openOrders": 2, "later": 1}).open_orders == 2
