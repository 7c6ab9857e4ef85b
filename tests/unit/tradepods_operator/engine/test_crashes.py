"""A worker that crashes again and again rests."""

import json
from typing import Any

import pytest

from support.operated import ALICE, BOT, Bench, account, keys_of, live, secret
from tradepods_core.errors import Permanent, Temporary
from tradepods_operator.engine.manifests import names
from tradepods_operator.ports import DEPLOYMENT, JOB, NETWORK_POLICY, Key, Ref, ref_of
from tradepods_worker import config


@pytest.fixture
def bench() -> Bench:
    """An operator and an empty cluster."""
    return Bench()


async def _replicas(bench: Bench, key: Key = ALICE) -> int:
    return int((await bench.deployment(key))["spec"]["replicas"])


async def _crash(bench: Bench, times: int, *, apart: float = 60, first: int = 1, **how: str) -> None:
    for count in range(first, first + times):
        await bench.crash(count, **how)  # type: ignore[arg-type]  # reason only
        await bench.settle()
        bench.clock.advance(apart)


async def test_three_crashes_within_ten_minutes_stop_a_worker(bench: Bench) -> None:
    """Scaled to zero, Degraded, and it says until when."""
    await bench.serve(account())
    await _crash(bench, 2)
    assert await _replicas(bench) == 1

    await _crash(bench, 1, first=3)
    assert await _replicas(bench) == 0
    assert await bench.said("Stalled") == ("True", "Degraded")
    assert "rests until" in (await bench.condition("Ready"))["message"]


async def test_crashes_that_are_far_apart_do_not(bench: Bench) -> None:
    """Ten minutes."""
    await bench.serve(account())
    await _crash(bench, 5, apart=301)

    assert await _replicas(bench) == 1


async def test_running_out_of_memory_is_not_its_own_fault(bench: Bench) -> None:
    """It comes back and is reconciled."""
    await bench.serve(account())
    await _crash(bench, 5, reason="OOMKilled")

    assert await _replicas(bench) == 1


async def test_restarts_that_nobody_saw_are_no_crash_loop(bench: Bench) -> None:
    """Only of the last one it is known when it was: three within a day without an operator count as one."""
    await bench.serve(account())
    bench.clock.advance(24 * 3600)
    bench.restart()
    await _crash(bench, 1, first=3)
    assert await _replicas(bench) == 1

    await _crash(bench, 1, first=4)
    assert await _replicas(bench) == 1
    await _crash(bench, 1, first=5)
    assert await _replicas(bench) == 0


async def test_another_operator_goes_on_counting(bench: Bench) -> None:
    """What was seen is in the cluster."""
    await bench.serve(account())
    await _crash(bench, 2)
    bench.restart()
    await _crash(bench, 1, first=3)

    assert await _replicas(bench) == 0


async def test_a_rest_ends_and_the_next_one_is_twice_as_long(bench: Bench) -> None:
    """30 minutes, then an hour."""
    await bench.serve(account())
    await _crash(bench, 3)
    bench.clock.advance(30 * 60)
    await bench.settle()
    assert await _replicas(bench) == 1

    await bench.pod()
    await _crash(bench, 3)
    bench.clock.advance(45 * 60)
    await bench.settle()
    assert await _replicas(bench) == 0
    bench.clock.advance(20 * 60)
    await bench.settle()
    assert await _replicas(bench) == 1


@pytest.mark.parametrize("change", ["spec", "restart", "secret"])
async def test_a_change_ends_a_rest_at_once(bench: Bench, change: str) -> None:
    """Of the spec, of a Secret, or a person's word."""
    await bench.serve(live(), keys_of())
    await _crash(bench, 3)
    if change == "spec":
        await bench.edit(leverage=3)
    elif change == "restart":
        await bench.edit(annotations={names.RESTART: "1"})
    else:
        await bench.replace_secret(secret("alice-exchange", apiKey="another-key-7", apiSecret="another-secret-7"))
    await bench.settle()

    assert await _replicas(bench) == 1


async def test_where_many_crash_nobody_is_stopped() -> None:
    """More than a tenth of the fleet within ten minutes: it is hardly their own fault."""
    bench = Bench()
    keys = [Key("traders", f"a{number}") for number in range(6)]
    for key in keys:
        await bench.serve(account(key.name))
    for key in keys:
        for count in range(1, 4):
            await bench.crash(count, key=key)
            await bench.settle(key)

    assert [await _replicas(bench, key) for key in keys] == [0, 0, 0, 1, 1, 1]


async def test_a_note_that_somebody_has_spoilt_is_no_reason_to_fail(bench: Bench) -> None:
    """It is begun anew."""
    await bench.serve(account())
    ref = Ref(DEPLOYMENT, "traders", "account-alice")
    await bench.cluster.patch(ref, {"metadata": {"annotations": {names.CRASHES: '{"seen": [1'}}})
    await bench.settle()

    assert await _replicas(bench) == 1


TELEGRAM = {"secretRef": {"name": "alice-telegram"}, "chatIds": ["1"]}


async def _jobs(bench: Bench) -> list[Any]:
    return list(await bench.cluster.list(JOB))


async def test_the_persons_chat_is_told_once_of_each_rest(bench: Bench) -> None:
    """By a Job; it isn't made again once it is gone, by this operator or the next one."""
    await bench.serve(account(telegram=TELEGRAM), secret("alice-telegram", botToken=BOT))
    await _crash(bench, 2)
    assert await _jobs(bench) == []
    await _crash(bench, 1, first=3)
    (job,) = await _jobs(bench)
    await bench.cluster.delete(ref_of(job))
    bench.clock.advance(60)
    bench.restart()
    await bench.settle()
    assert await _jobs(bench) == []

    bench.clock.advance(30 * 60)
    await bench.settle()
    await bench.pod()
    await _crash(bench, 3)
    (other,) = await _jobs(bench)
    assert other["metadata"]["name"] != job["metadata"]["name"]


async def test_the_notices_pod_has_the_bots_token_and_no_other_secret(bench: Bench) -> None:
    """The restricted profile, limits, an end; the worker's network policy is its own, and it is no worker's pod."""
    await bench.serve(live(telegram=TELEGRAM), keys_of(), secret("alice-telegram", botToken=BOT))
    await _crash(bench, 3)
    (job,) = await _jobs(bench)
    spec, pod = job["spec"], job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    options = config.parse_notice(container["args"][1:])
    labels = job["spec"]["template"]["metadata"]["labels"]

    assert {volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume} == {"alice-telegram"}
    assert (options.kind, options.name, options.namespace) == ("crashed", "alice", "traders")
    assert str(options.telegram) in {mount["mountPath"] for mount in container["volumeMounts"]}
    assert BOT not in json.dumps(job)
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["resources"]["limits"].keys() == {"cpu", "memory"}
    assert (spec["backoffLimit"], spec["activeDeadlineSeconds"], spec["ttlSecondsAfterFinished"]) == (4, 900, 3600)
    assert names.selector("alice").items() <= labels.items()
    assert not names.workers("alice").items() <= labels.items()


async def test_without_a_bot_nobody_is_told(bench: Bench) -> None:
    """Its condition says it all the same."""
    await bench.serve(account())
    await _crash(bench, 3)

    assert await _jobs(bench) == []


@pytest.mark.parametrize("refusal", [Permanent("exceeded quota"), Temporary("a webhook does not answer")])
async def test_a_notice_that_is_refused_holds_nothing_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    """By a quota, for one: the account is Degraded, its pass succeeds, and the notice is tried again in a while."""
    await bench.serve(account(telegram=TELEGRAM), secret("alice-telegram", botToken=BOT))
    made = bench.cluster.create

    async def refuse(document: Any) -> None:
        if document["kind"] == "Job":
            raise refusal
        await made(document)

    monkeypatch.setattr(bench.cluster, "create", refuse)
    for count in range(1, 4):
        await bench.crash(count)
        await bench.reconcile()
    done = await bench.reconcile()
    assert (done.untold, done.again_in) == (str(refusal), 300)
    assert await bench.said("Stalled") == ("True", "Degraded")
    monkeypatch.undo()
    bench.clock.advance(300)
    assert (await bench.reconcile()).untold == ""

    assert len(await _jobs(bench)) == 1


async def test_a_chat_is_told_though_an_object_of_the_account_is_refused(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one has nothing to do with the other."""
    await bench.serve(account(telegram=TELEGRAM), secret("alice-telegram", botToken=BOT))
    for count in range(1, 4):
        await bench.crash(count)
        await bench.reconcile()

    async def refuse(document: Any) -> None:
        raise Permanent(f"no {document['kind']} may be changed")

    await bench.cluster.patch(Ref(NETWORK_POLICY, "traders", "account-alice"), {"spec": {"policyTypes": []}})
    monkeypatch.setattr(bench.cluster, "apply", refuse)
    with pytest.raises(Permanent, match="NetworkPolicy"):
        await bench.reconcile()

    assert len(await _jobs(bench)) == 1
