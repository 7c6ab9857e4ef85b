"""How an account stands, as its status says it; and when a change of it is worth a write."""

from collections import Counter
from typing import Any

import pytest

from support.operated import ALICE, Bench, account
from tradepods_core.errors import Permanent
from tradepods_core.wire.fleet import Condition
from tradepods_operator.ports import EVENT, Document


@pytest.fixture
def bench() -> Bench:
    """An operator and an empty cluster."""
    return Bench()


async def test_a_worker_that_reports_makes_the_account_ready(bench: Bench) -> None:
    """Ready sums up all that it is made of."""
    await bench.serve(account())

    assert await bench.said("Ready") == ("True", "Trading")
    status = await bench.status()
    assert status["phase"] == "Trading"
    assert (status["equity"], status["openPositions"]) == ("10000", 0)
    assert status["observedGeneration"] == 1


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("CredentialsValid", "CredentialsNotValid"),
        ("SignalsFresh", "SignalsNotFresh"),
        ("Protected", "NotProtected"),
        ("SettingsApplied", "SettingsNotApplied"),
    ],
)
async def test_what_the_worker_complains_of_makes_it_not_ready(bench: Bench, kind: str, reason: str) -> None:
    """By what is lacking, with the condition's own words."""
    await bench.serve(account())
    told = bench.digests[ALICE].heartbeat.conditions
    worse = tuple(
        c.model_copy(update={"status": "False", "reason": "Refused", "message": "why"}) if c.type == kind else c
        for c in told
    )
    await bench.hear(conditions=worse)
    await bench.settle()

    assert await bench.said("Ready") == ("False", reason)
    assert (await bench.condition("Ready"))["message"] == "Refused: why"


@pytest.mark.parametrize("reason", ["Paused", "Tripped", "Halted"])
async def test_an_account_that_opens_nothing_is_ready_and_says_why(bench: Bench, reason: str) -> None:
    """Whoever holds it back, from the chat, by an annotation or for the whole fleet: the table doesn't say Trading."""
    await bench.serve(account())
    told = bench.digests[ALICE].heartbeat.conditions
    halted = {"status": "True", "reason": reason}
    await bench.hear(conditions=tuple(c.model_copy(update=halted) if c.type == "TradingHalted" else c for c in told))
    await bench.settle()

    assert await bench.said("Ready") == ("True", reason)


async def test_alerts_only_is_no_fault(bench: Bench) -> None:
    """Without autoExit no stop is to rest: Protected is unknown, the account Ready."""
    await bench.serve(account())
    told = bench.digests[ALICE].heartbeat.conditions
    unsure = tuple(c.model_copy(update={"status": "Unknown"}) if c.type == "Protected" else c for c in told)
    await bench.hear(conditions=unsure)
    await bench.settle()

    assert (await bench.said("Ready"))[0] == "True"


async def test_money_is_told_at_most_once_a_minute_and_only_when_it_moved(bench: Bench) -> None:
    """Conditions at once."""
    await bench.serve(account())

    async def told(equity: str, seconds: float) -> str:
        bench.clock.advance(seconds)
        await bench.hear(equity=equity)
        await bench.reconcile()
        return str((await bench.status())["equity"])

    assert await told("10005", 120) == "10000"
    assert await told("10020", 120) == "10020"
    assert await told("11000", 30) == "10020"
    assert await told("11000", 31) == "11000"


async def test_the_last_cycle_alone_is_told_every_five_minutes(bench: Bench) -> None:
    """It changes with each cycle, for every account."""
    await bench.serve(account())
    bench.clock.advance(61)
    await bench.hear(last_cycle="5m@2026-11-21T08:00:00Z", equity="12000")
    await bench.settle()
    bench.clock.advance(120)
    await bench.hear(last_cycle="5m@2026-11-21T08:05:00Z", equity="12000")
    await bench.settle()
    assert (await bench.status())["lastCycleId"] == "5m@2026-11-21T08:00:00Z"

    bench.clock.advance(200)
    await bench.settle()
    assert (await bench.status())["lastCycleId"] == "5m@2026-11-21T08:05:00Z"


async def test_a_condition_keeps_its_time_until_its_status_flips(bench: Bench) -> None:
    """Another reason or message is no transition."""
    await bench.serve(account())
    since = (await bench.condition("Ready"))["lastTransitionTime"]
    bench.clock.advance(60)
    await bench.edit(state="Paused")
    await bench.hear()
    await bench.settle()
    assert await bench.said("Ready") == ("True", "Paused")
    assert (await bench.condition("Ready"))["lastTransitionTime"] == since

    await bench.hear(silent=True)
    await bench.settle()
    assert (await bench.condition("Ready"))["lastTransitionTime"] > since


async def test_a_new_operator_takes_nothing_back_that_it_has_not_heard_yet(bench: Bench) -> None:
    """What was last known of the worker stands, while its conditions are unknown."""
    await bench.serve(account())
    bench.digests.clear()
    bench.restart()
    await bench.settle()

    assert (await bench.status())["equity"] == "10000"
    assert await bench.said("Protected") == ("Unknown", "NotHeard")


async def test_the_workers_last_error_and_its_overrides_stand_while_they_last(bench: Bench) -> None:
    """As it reports them: what is over goes, each by itself."""
    await bench.serve(account())

    async def told(**said: Any) -> tuple[Any, Any]:
        await bench.hear(**said)
        await bench.settle()
        status = await bench.status()
        return status.get("lastError"), status.get("overrides")

    both = {"entryPct": "7", "autoExit": "true"}
    assert await told(last_error="x", overrides=both) == ("x", both)
    assert await told(overrides=both) == (None, both)
    assert await told(overrides={"entryPct": "7"}) == (None, {"entryPct": "7"})
    assert await told() == (None, None)


async def test_readiness_that_changes_is_an_event(bench: Bench) -> None:
    """One each, in the account's namespace."""
    await bench.serve(account())
    made = [write for write in bench.cluster.writes if write.startswith("create Event")]

    assert len(made) == 1


async def test_readiness_that_goes_to_and_fro_is_one_event_of_each_reason_an_hour(bench: Bench) -> None:
    """An hour of the clock: the next one has its own."""
    await bench.serve(account())
    await _flicker(bench, times=20)
    assert await _told(bench) == {("Normal", "Trading"): 1, ("Warning", "WorkerNotHeard"): 1}

    bench.clock.advance(3600)
    await _flicker(bench, times=20)
    assert await _told(bench) == {("Normal", "Trading"): 2, ("Warning", "WorkerNotHeard"): 2}


async def test_readiness_that_goes_for_another_reason_is_another_event(bench: Bench) -> None:
    """At once, though the hour has one already."""
    await bench.serve(account())
    await _flicker(bench, times=2)
    told = bench.digests[ALICE].heartbeat.conditions
    bare = tuple(c.model_copy(update={"status": "False"}) if c.type == "Protected" else c for c in told)
    await bench.hear(conditions=bare)
    await bench.settle()

    assert (await _told(bench))["Warning", "NotProtected"] == 1


async def _told(bench: Bench) -> Counter[tuple[str, str]]:
    """The Events that there are, by type and reason."""
    return Counter((event["type"], event["reason"]) for event in await bench.cluster.list(EVENT))


async def _flicker(bench: Bench, *, times: int) -> None:
    """Its worker falls silent and is heard again, by turns, each half a minute."""
    for number in range(times):
        bench.clock.advance(30)
        await bench.hear(silent=number % 2 == 0)
        await bench.settle()


async def test_what_the_api_server_refuses_is_said_until_it_does_not(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quota, a policy: the words are in the status, and the other objects are there."""
    apply = bench.cluster.apply

    async def refusing(document: Document) -> Document:
        if document["kind"] == "NetworkPolicy":
            raise Permanent("exceeded quota")
        return await apply(document)

    monkeypatch.setattr(bench.cluster, "apply", refusing)
    await bench.put(account())
    for _ in range(3):
        with pytest.raises(Permanent):
            await bench.reconcile()
    assert await bench.said("Stalled") == ("True", "Refused")
    assert (await bench.condition("Ready"))["message"] == "exceeded quota"
    assert await bench.deployment() is not None
    assert sum(write.startswith("status") for write in bench.cluster.writes) == 1

    monkeypatch.undo()
    await bench.settle()
    assert await bench.said("Stalled") == ("False", "NotStalled")


async def test_a_worker_that_runs_and_is_not_ready_says_where_to_look(bench: Bench) -> None:
    """It has still to read its account."""
    await bench.put(account())
    await bench.settle()
    await bench.pod(ready=False)
    await bench.settle()

    assert await bench.said("Ready") == ("False", "WorkerStarting")
    assert "its log says what it waits for" in (await bench.condition("Ready"))["message"]


async def test_keys_that_the_exchange_refuses_are_named_though_the_worker_is_not_ready(bench: Bench) -> None:
    """It can't read the account without them: a person has to act, and nothing is under way."""
    await bench.serve(account())
    refused = Condition(type="CredentialsValid", status="False", reason="Refused", message="-2015")
    await bench.pod(ready=False)
    await bench.hear(conditions=(refused,))
    await bench.settle()

    assert await bench.said("Ready") == ("False", "CredentialsNotValid")
    assert await bench.said("Reconciling") == ("False", "Done")
