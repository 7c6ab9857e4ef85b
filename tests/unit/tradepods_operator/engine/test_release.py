"""Two releases that serve one namespace: each account is one's, and the other one keeps off it."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from support.operated import ALICE, FLEET, Bench, account, keys_of, live
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.news import News
from tradepods_operator.engine.observed import Observed, read
from tradepods_operator.engine.plan import Plan
from tradepods_operator.engine.store import CHILDREN
from tradepods_operator.engine.survey import Survey
from tradepods_operator.ports import ACCOUNT, CLAIM, DEPLOYMENT, Document, Kind, Ref

OTHER = "00000000-0000-4000-8000-0000000000bb"
OWN = Ref(ACCOUNT, "traders", "alice")
SERVED = "ServedElsewhere"


@pytest.fixture
def bench() -> Bench:
    """An operator and an empty cluster."""
    return Bench()


def _beside(first: Bench, *, fleet: str = OTHER, **changes: Any) -> Bench:
    """The operator of another release on the same cluster."""
    other = Bench(fleetId=fleet, releaseNamespace="playground", **changes)
    other.cluster, other.clock = first.cluster, first.clock

    def shown(kind: Kind, document: Document, *, gone: bool) -> None:
        for one in (first, other):
            one.store.shown(kind, document, gone=gone)

    first.cluster.watch = shown
    other.restart()
    return other


async def _rest(*operators: Bench) -> int:
    """Both look, in turns, until neither has anything to write; how many writes that took."""
    began = len(operators[0].cluster.writes)
    for _ in range(10):
        before = len(operators[0].cluster.writes)
        for one in operators:
            await one.reconcile()
        if len(operators[0].cluster.writes) == before:
            return before - began
    raise AssertionError(operators[0].cluster.writes[-20:])


async def _children(bench: Bench) -> dict[Kind, Any]:
    found = {kind: await bench.cluster.get(Ref(kind, "traders", name("alice"))) for kind, name in CHILDREN.items()}
    return {kind: one for kind, one in found.items() if one is not None}


async def _makers(bench: Bench) -> set[str]:
    """In which namespace the operator is that made the account's objects, and its fleet's mark."""
    found = (await _children(bench)).values()
    return {
        f"{one['metadata']['annotations'][names.RELEASE]} {one['metadata']['labels'][names.FLEET]}" for one in found
    }


def _fleet_of(deployment: Any) -> str:
    arguments = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
    return str(arguments[arguments.index("--fleet-id") + 1])


async def test_an_account_of_another_release_is_left_alone(bench: Bench) -> None:
    """Not one write: neither to its objects, which each would set back for ever, nor to its status."""
    await bench.serve(live(), keys_of())
    other = _beside(bench)

    assert await _rest(other, bench) == 0
    assert _fleet_of(await bench.deployment()) == str(FLEET)


async def test_every_object_says_who_made_it_and_its_pods_do_not(bench: Bench) -> None:
    """On the template it would restart every worker; the fleet's id itself isn't told."""
    await bench.serve(account())

    assert len(await _children(bench)) == 5
    assert len(await _makers(bench)) == 1
    assert names.FLEET not in str((await bench.deployment())["spec"])
    assert str(FLEET) not in str(await _makers(bench))


async def _unmark(bench: Bench) -> None:
    """As an operator of an earlier release has left its objects."""
    for kind, child in (await _children(bench)).items():
        body = {"labels": {names.FLEET: None}, "annotations": {names.RELEASE: None}}
        await bench.cluster.patch(Ref(kind, "traders", child["metadata"]["name"]), {"metadata": body})


async def test_what_an_earlier_release_has_made_is_taken_for_ours(bench: Bench) -> None:
    """Each object is written once, and no worker restarts."""
    await bench.serve(account())
    await _unmark(bench)
    template = (await bench.deployment())["spec"]
    bench.restart()

    assert await _rest(bench) == 5
    assert (await bench.deployment())["spec"] == template
    assert len(await _makers(bench)) == 1


async def test_an_earlier_account_is_one_releases_from_the_first_mark_on(bench: Bench) -> None:
    """Both are upgraded at once: who marks its Deployment has it."""
    await bench.serve(account())
    await _unmark(bench)
    other = _beside(bench)
    bench.restart()
    await _rest(bench, other)

    assert _fleet_of(await bench.deployment()) == str(FLEET)
    assert len(await _makers(bench)) == 1


class _Late:
    """An operator that has looked already, and acts on that later."""

    def __init__(self, bench: Bench, seen: Observed, todo: Plan) -> None:
        self._bench, self._seen, self._todo, self.acted = bench, seen, todo, False

    @classmethod
    async def of(cls, bench: Bench) -> "_Late":
        """It looks now."""
        seen = await bench.reconciler._gathered(read(await _account(bench)))
        return cls(bench, seen, bench.reconciler.planned(seen))

    async def act(self) -> None:
        """On what it saw."""
        self.acted = True
        await self._bench.reconciler._act(self._seen, self._todo)


async def _account(bench: Bench) -> Document:
    found = await bench.cluster.get(OWN)
    assert found is not None
    return found


@pytest.mark.parametrize("after", range(6))
async def test_of_two_that_make_it_at_once_one_has_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Both have seen nothing there: the one whose Deployment stays puts the rest right, the other one keeps off."""
    other, apply, applied = _beside(bench), bench.cluster.apply, 0
    await bench.put(account())  # its five objects are applied one after the other, then its status

    async def met(document: Document) -> Document:
        """After so many applies of the one, the other one makes all of them."""
        nonlocal applied
        applied += 1
        if applied == after + 1:
            await late.act()
        return await apply(document)

    late = await _Late.of(other)
    monkeypatch.setattr(bench.cluster, "apply", met)
    await bench.reconcile()
    if not late.acted:
        await late.act()
    assert await _rest(bench, other) <= 12

    (maker,) = await _makers(bench)
    assert maker.startswith("tradepods ") == (_fleet_of(await bench.deployment()) == str(FLEET))


async def test_a_release_that_is_gone_is_named_with_the_way_out(bench: Bench) -> None:
    """Nobody has answered the account's newest spec: the one that is there says why it doesn't."""
    await bench.serve(account())
    other = _beside(bench)
    await bench.edit(leverage=3)

    assert await _rest(other) == 3  # its status, and an Event each for Ready and Stalled
    said = await bench.condition("Stalled")
    assert (said["status"], said["reason"]) == ("True", SERVED)
    assert said["message"] == (
        "Deployment account-alice is of the release in namespace tradepods: let one release alone serve namespace "
        "traders, or where that one is gone give another its fleetId"
    )
    assert (await bench.condition("Ready"))["reason"] == SERVED


async def test_who_serves_it_has_the_last_word_in_its_status(bench: Bench) -> None:
    """Also where the other one is quicker to see a change; then both are quiet."""
    await bench.serve(account())
    other = _beside(bench)
    await bench.edit(leverage=3)
    await _rest(other, bench)
    await bench.hear()
    await _rest(other, bench)

    assert await bench.said("Stalled") == ("False", "NotStalled")
    assert await bench.said("Ready") == ("True", "Trading")


async def test_an_account_that_ends_is_left_to_who_serves_it(bench: Bench) -> None:
    """Its finalizer too, whatever the other's deadline is: the worker still flattens."""
    await bench.serve(live(deletionPolicy="Flatten"), keys_of(), held=True)
    other = _beside(bench, deletionDeadlineSeconds=1)
    await bench.cluster.delete(OWN)
    await bench.settle()
    bench.clock.advance(60)
    assert await _rest(other) == 0
    assert (await bench.deployment())["spec"]["replicas"] == 1

    await bench.edit(annotations={names.SKIP_FINALIZER: "true"})
    done = await other.reconcile()
    assert await bench.cluster.get(OWN) is None
    assert done.dropped == "its annotation says to skip Flatten"


async def test_a_fleet_that_has_moved_takes_on_what_it_has_made(bench: Bench) -> None:
    """By its id, which moves with it; the objects say where it is now."""
    await bench.serve(account())
    moved, template = _beside(bench, fleet=str(FLEET)), (await bench.deployment())["spec"]["template"]
    await _rest(moved)

    assert (await bench.deployment())["spec"]["template"] == template
    assert {one.partition(" ")[0] for one in await _makers(bench)} == {"playground"}


async def test_a_ledger_that_another_fleet_has_left_is_not_traded_on(bench: Bench) -> None:
    """Its account is another one by its key: a worker would find that out only once it runs."""
    await bench.serve(account())
    await bench.cluster.delete(OWN)
    for kind, child in (await _children(bench)).items():
        if kind != CLAIM:  # as garbage collection does
            await bench.cluster.delete(Ref(kind, "traders", child["metadata"]["name"]))
    other = _beside(bench)
    await bench.put(account())
    await _rest(other)

    assert (await bench.condition("Stalled"))["message"].startswith("PersistentVolumeClaim account-alice-ledger is of")
    assert DEPLOYMENT not in await _children(bench)
    assert CLAIM in await _children(bench)


async def test_the_log_tells_of_accounts_that_are_left_to_others(bench: Bench) -> None:
    """In one line for all of them, at each look at everything."""
    await bench.serve(account())
    await bench.serve(account("bob"))
    other = _beside(bench)
    survey = Survey(cluster=other.cluster, reconciler=other.reconciler, store=other.store, news=News())
    await other.reconcile()
    with capture_logs() as lines:
        for _ in range(2):
            await survey.behind(await survey.begin())

    told = [line for line in lines if line["event"] == "served_elsewhere"]
    assert [(line["accounts"], line["account"]) for line in told][-1] == (2, str(ALICE))
