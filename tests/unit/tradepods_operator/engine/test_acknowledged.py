"""A TradingStrategy is Ready once the signal service says that it goes by its newest text."""

from typing import Any

import pytest
import yaml

from support.acknowledging import strategies_pass
from support.manifests import manifest
from support.operated import Bench
from tradepods_core.wire.published import StrategyProblem
from tradepods_operator.engine import strategies
from tradepods_operator.ports import POD, STRATEGY, Ref

SWING = Ref(STRATEGY, "traders", "swing")
POD_OF_SERVICE = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "signals-0",
        "namespace": "tradepods",
        "labels": {"app.kubernetes.io/component": "signals"},
    },
    "status": {"phase": "Running"},
}


@pytest.fixture
async def bench() -> Bench:
    """An operator, a strategy, and a signal service whose pod runs and that hasn't looked yet."""
    found = Bench()
    document = yaml.safe_load(manifest())
    document["metadata"]["namespace"] = SWING.namespace
    await found.put(document, POD_OF_SERVICE)
    found.service.looks = False
    return found


async def _said(bench: Bench) -> tuple[str, str]:
    """Status and reason of the strategy's Ready, after one more pass."""
    await strategies_pass(bench)
    condition = (await _status(bench))["conditions"][0]
    return condition["status"], condition["reason"]


async def _status(bench: Bench) -> Any:
    found = await bench.cluster.get(SWING)
    assert found is not None
    return found["status"]


async def test_it_is_ready_once_the_service_says_so(bench: Bench) -> None:
    """Until then it is asked again soon; afterwards it costs no write, and is asked once a minute."""
    assert await _said(bench) == ("Unknown", "Told")
    assert (await strategies_pass(bench)).again_in == strategies.SOON

    bench.service.looks = True
    assert await _said(bench) == ("True", "Valid")
    done = await strategies_pass(bench)
    assert (done.writes, done.again_in) == (0, strategies.AGAIN)


async def test_an_older_text_in_force_is_not_enough(bench: Bench) -> None:
    """A changed strategy waits until the service goes by the change; its revision is that of the newest."""
    bench.service.looks = True
    await _said(bench)
    before = (await _status(bench))["revision"]
    bench.service.looks = False
    await bench.cluster.patch(SWING, {"spec": {"cooldownSeconds": 3_600}})

    assert await _said(bench) == ("Unknown", "Told")
    assert (await _status(bench))["revision"] != before
    bench.service.looks = True
    assert await _said(bench) == ("True", "Valid")


async def test_without_a_service_nobody_is_told(bench: Bench) -> None:
    """One that answers from elsewhere has no pod whose kubelet could be made to hurry."""
    await bench.cluster.delete(Ref(POD, "tradepods", "signals-0"))

    assert await _said(bench) == ("Unknown", "Pending")


async def test_what_the_service_refuses_says_so_with_its_path(bench: Bench) -> None:
    """Path, value and fix are the service's; of another strategy's file nothing is said."""
    wrong = StrategyProblem(field="traders.swing.json: spec.entries[0].when", value="7", fix="write conditions")
    other = wrong.model_copy(update={"field": "traders.swing.json2: spec.name"})
    bench.service.looks, bench.service.refuses = True, {"traders.swing.json": (wrong,), "traders.other.json": (other,)}

    assert await _said(bench) == ("False", "Refused")
    message = (await _status(bench))["conditions"][0]["message"]
    assert message == "the signal service refuses it: spec.entries[0].when is 7: write conditions"
    bench.service.refuses = {}
    assert await _said(bench) == ("True", "Valid")


async def test_a_service_that_is_away_takes_nothing_back(bench: Bench) -> None:
    """It goes on from its files; what it never had is unknown, also a change."""
    bench.service.away = True
    assert await _said(bench) == ("Unknown", "FleetUnknown")
    bench.service.away, bench.service.looks = False, True
    assert await _said(bench) == ("True", "Valid")

    bench.service.away = True
    assert await _said(bench) == ("True", "Valid")
    await bench.cluster.patch(SWING, {"spec": {"cooldownSeconds": 3_600}})
    assert await _said(bench) == ("Unknown", "FleetUnknown")


async def test_all_strategies_together_are_one_question(bench: Bench) -> None:
    """And none where there is nothing to ask about."""
    for name in ("second", "third"):
        document = yaml.safe_load(manifest(name))
        document["metadata"]["namespace"] = SWING.namespace
        await bench.put(document)
    await strategies_pass(bench)
    assert bench.service.asked == 1

    empty = Bench()
    await strategies_pass(empty)
    assert empty.service.asked == 0
