"""What doctor makes of what it has seen, where a real cluster of the tests can't be brought to show it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from support.build import WALL
from tradepods_cli.cluster.kubeconfig import Place
from tradepods_cli.cluster.ports import Answer, Forbidden
from tradepods_cli.cluster.standing import Standing, standing_of
from tradepods_cli.doctor import accounts, operating, server
from tradepods_cli.doctor.findings import Finding, fail, ok, summary, table, untold
from tradepods_cli.doctor.seen import Release, Seen
from tradepods_core.errors import Permanent, TradepodsError

PLACE = Place(files=(Path("config"),), context="test", server="https://c", namespace="traders")
NOTHING = Permanent("not asked")
SEEN = Seen(
    place=PLACE,
    asked_at=WALL,
    server_time=WALL,
    round_trip=timedelta(0),
    version={"gitVersion": "v1.35.4", "major": "1", "minor": "35"},
    served=NOTHING,
    definitions={},
    accounts=NOTHING,
    strategies=NOTHING,
    installed=[],
    releases=(),
    uses=(),
    workers=[],
    policies=NOTHING,
)


def _deployment(*, image: str = "i:1", version: str = "0.1.0", home: str = "tradepods") -> Mapping[str, Any]:
    about = {"name": "tradepods-x", "namespace": home, "labels": {"app.kubernetes.io/version": version}}
    spec = {"replicas": 1, "template": {"spec": {"containers": [{"image": image}]}}}
    return {"metadata": about, "spec": spec, "status": {"readyReplicas": 1}}


def _release(*, health: Any = NOTHING, readiness: Any = NOTHING, renewed: float = 0, **changes: Any) -> Release:
    at = (WALL - timedelta(seconds=renewed)).isoformat()
    terms: dict[str, Any] = {
        "operator": _deployment(),
        "lease_name": "l",
        "serves": frozenset(),
        "signals": _deployment(),
        "lease": {"spec": {"holderIdentity": "one", "renewTime": at, "leaseDurationSeconds": 13}},
        "missing": (),
        "health": health,
        "readiness": readiness,
    }
    return Release(**terms | changes)


def _found(release: Release, check: str) -> list[Finding]:
    return [one for one in operating.operators(replace(SEEN, releases=(release,))) if one.check == check]


@pytest.mark.parametrize(("status", "level"), [("True", "OK"), ("Unknown", "WARN"), ("False", "FAIL")])
def test_a_strategy_that_the_service_has_yet_to_take_is_no_mistake(status: str, level: str) -> None:
    """Its message is shown; only what is refused has to be mended."""
    said = {"type": "Ready", "status": status, "reason": "R", "message": "as it is"}
    one = {"metadata": {"name": "swing", "namespace": "traders"}, "status": {"conditions": [said]}}
    found = next(iter(accounts.strategies(replace(SEEN, strategies=[one]))))

    assert found.level == level
    assert ("as it is" in found.says) == (status != "True")


def _standing(name: str, reason: str, *, protected: str = "Unknown") -> Standing:
    about = {"namespace": "traders", "name": name, "creationTimestamp": WALL.isoformat(), "generation": 1}
    conditions = [
        {"type": "Ready", "status": "False", "reason": reason, "message": "as it is"},
        {"type": "Protected", "status": protected, "reason": "WithoutStop", "message": "BTC/USDT:USDT long"},
    ]
    return standing_of({"metadata": about, "status": {"observedGeneration": 1, "conditions": conditions}})


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("NotProtected", "at the exchange at once"),
        ("CredentialsNotValid", "let the exchange take its key"),
        ("SignalsNotFresh", "the signal service above"),
        ("SettingsNotApplied", "tradepods.dev/restart"),
        ("WorkerNotAvailable", "kubectl describe its pod"),
        ("WorkerNotHeard", "read its worker's logs"),
        ("FleetUnknown", "the signal service above"),
        ("SharedAccount", "an exchange account that no other one trades"),
        ("OfALaterRelease", "tradepods account status says more"),
    ],
)
def test_an_account_that_is_not_ready_comes_with_what_to_do(reason: str, advice: str) -> None:
    """By the reason as the operator writes it."""
    _, found = accounts.accounts(replace(SEEN, accounts=[_standing("alice", reason)]))

    assert (found.level, found.says) == ("FAIL", f"traders/alice: {reason}: as it is")
    assert advice in found.fix


def test_a_position_without_a_stop_is_told_first_and_whatever_else_is_wrong() -> None:
    """A worker that says so may be refused something too, and be the last by its name of many."""
    others = [_standing(f"a{number:02}", "Refused") for number in range(30)]
    _, first, *rest = accounts.accounts(
        replace(SEEN, accounts=[*others, _standing("zed", "Refused", protected="False")])
    )

    assert first.says == "traders/zed: Refused: as it is"
    assert rest[-1].says == "traders/zed is not protected: WithoutStop: BTC/USDT:USDT long"
    assert (rest[-1].level, "at the exchange at once" in rest[-1].fix) == ("FAIL", True)


@pytest.mark.parametrize(
    ("ahead", "round_trip", "level"),
    [(0, 0, "OK"), (2.9, 0, "OK"), (3.1, 0, "WARN"), (-2.9, 0, "OK"), (-3.1, 0, "WARN"), (4, 4, "OK"), (6, 4, "WARN")],
)
def test_clocks_agree_within_what_can_be_told(ahead: float, round_trip: float, level: str) -> None:
    """A server tells whole seconds, and half of a slow question's time is unknown too."""
    seen = replace(
        SEEN, asked_at=WALL + timedelta(seconds=ahead), round_trip=timedelta(seconds=round_trip), server_time=WALL
    )

    assert [one.level for one in server.clock(seen)] == [level]


@pytest.mark.parametrize(("minor", "level"), [("35", "OK"), ("31+", "OK"), ("30", "FAIL"), ("", "FAIL")])
def test_an_api_server_may_be_too_old(minor: str, level: str) -> None:
    """Providers write `31+`."""
    seen = replace(SEEN, version={"gitVersion": "v1", "major": "1", "minor": minor})

    assert [one.level for one in server.reached(seen)] == ["OK", level]


@pytest.mark.parametrize(
    ("health", "readiness", "level", "said"),
    [
        (Answer(code=200, body={}), Answer(code=200, body={}), "OK", "it answers, and publishes"),
        (Answer(code=200, body={}), Answer(code=503, body={"detail": "no cycle yet"}), "WARN", "no cycle yet"),
    ],
)
def test_the_signal_service_is_asked_whether_it_publishes(
    health: Answer, readiness: Answer, level: str, said: str
) -> None:
    """Through the API server; what it says is shown."""
    (found,) = _found(_release(health=health, readiness=readiness), "signals")

    assert found.level == level
    assert said in found.says


@pytest.mark.parametrize("health", [Answer(code=503, body={"kind": "Status"}), Permanent("away")])
def test_a_service_that_is_ready_but_out_of_reach_is_fine(health: Answer | TradepodsError) -> None:
    """The kubelet has asked it; a policy may keep the API server out."""
    found = _found(_release(health=health), "signal service")

    assert [one.level for one in found] == ["OK", "OK"]
    assert "can't be asked through the API server" in found[1].says


@pytest.mark.parametrize(
    ("release", "level"),
    [
        (_release(), "OK"),
        (_release(renewed=14), "OK"),
        (_release(renewed=15), "FAIL"),
        (_release(renewed=-6), "OK"),
        (_release(lease={"spec": {"holderIdentity": "", "renewTime": None}}), "FAIL"),
        (_release(lease=Permanent("no such Lease")), "FAIL"),
        (_release(lease=Forbidden("you may not: ask for the right")), "WARN"),
    ],
)
def test_a_lease_is_held_while_it_is_renewed(release: Release, level: str) -> None:
    """By the server's clock; one that you may not see is no failure."""
    assert [one.level for one in _found(release, "leader")] == [level]


@pytest.mark.parametrize(
    ("asked", "serves", "said"),
    [
        ("traders", ("", ""), ["those in playground and tradepods both serve traders"]),
        ("traders", ("", "playground traders"), ["those in playground and tradepods both serve traders"]),
        ("traders", ("tradepods traders", "playground"), []),
        ("", ("", ""), ["those in playground and tradepods both serve every namespace"]),
        ("", ("", "playground"), ["those in playground and tradepods both serve playground"]),
        ("", ("tradepods traders", "playground traders"), ["those in playground and tradepods both serve traders"]),
        ("", ("tradepods", "playground"), []),
    ],
)
def test_two_releases_that_serve_one_namespace_are_a_failure(
    asked: str, serves: tuple[str, str], said: list[str]
) -> None:
    """Whose a new account is would be chance; two that serve namespaces of their own are fine."""
    own, other = (
        _release(operator=_deployment(home=home), serves=frozenset(names.split()))
        for home, names in zip(("tradepods", "playground"), serves, strict=True)
    )
    seen = replace(SEEN, place=replace(PLACE, namespace=asked), releases=(own, other))
    found = [one for one in operating.operators(seen) if "both serve" in one.says]

    assert [one.says for one in found] == said
    assert {one.level for one in found} <= {"FAIL"}


def test_an_operator_whose_clock_is_ahead_is_warned_of() -> None:
    """Its Lease comes from the future."""
    assert [one.level for one in _found(_release(renewed=-6), "clock")] == ["WARN"]


def test_releases_of_two_versions_are_named() -> None:
    """The command's own among them; workers that run several images too."""
    seen = replace(
        SEEN,
        releases=(_release(signals=_deployment(version="0.2.0")),),
        workers=[_deployment(image="w:1"), _deployment(image="w:1"), _deployment(image="w:2")],
    )
    parts, workers = operating.versions(seen, own="0.1.0")

    assert parts.says == "this command is 0.1.0, namespace tradepods has 0.1.0 and 0.2.0"
    assert "2 of w:1, 1 of w:2" in workers.says


def test_what_can_not_be_looked_at_says_what_to_ask_for() -> None:
    """In the words of the refusal."""
    found = untold("x", Forbidden('User "bob" cannot list pods: ask for the right, or use --context'))

    assert (found.level, found.says) == ("WARN", 'User "bob" cannot list pods')
    assert found.fix == "ask for the right, or use --context"


def test_the_summary_counts_and_markup_is_text() -> None:
    """What a cluster says is never read as markup."""
    findings = [ok("a", "[red]fine"), fail("b", "broken", "mend it")]

    assert summary(findings) == "1 fine, 0 to look at, 1 failed"
    assert table(findings).columns[2]._cells == ["\\[red]fine", "broken\n[bold]→[/] mend it"]
