"""What a fleet on one machine must keep beyond each manifest's own rules."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from support import documents
from support.build import settings
from support.documents import LIVE
from tradepods_cli.local.fleet_checks import check, first_by_priority, running
from tradepods_cli.manifests import Account, Fleet
from tradepods_core.errors import Invalid
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.strategy.model import Strategy

KEY, TOKEN = "hunter2-key", "hunter2-token"
ELSEWHERE = {"id": "binanceusdm", "environment": "custom", "url": "http://127.0.0.1:9000"}


def _account(
    name: str = "bob",
    *,
    credentials: Mapping[str, str] | None = None,
    telegram: Mapping[str, str] | None = None,
    **changes: Any,
) -> Account:
    return Account(
        namespace="default",
        name=name,
        spec=settings(**changes),
        document={},
        credentials=credentials or {},
        proxy={},
        telegram=telegram or {},
        ledger={},
    )


def _strategy(name: str = "swing", **changes: Any) -> Strategy:
    spec = read_strategy(documents.strategy(**changes)["spec"])
    return Strategy(namespace="default", name=name, spec=spec)


def _said(accounts: Sequence[Account], strategies: Sequence[Strategy] | None = None) -> list[str]:
    """Every problem of a fleet; none where it can run."""
    known = [_strategy()] if strategies is None else strategies
    try:
        check(Fleet(accounts=tuple(accounts), strategies=tuple(known)))
    except Invalid as error:
        return [str(problem) for problem in error.problems]
    return []


def test_accounts_of_their_own_can_run_together() -> None:
    """Each with its keys and its bot, on one venue."""
    bob = _account("bob", credentials={"apiKey": "1"}, telegram={"botToken": "1"}, **LIVE)
    alice = _account("alice", credentials={"apiKey": "2"}, telegram={"botToken": "2"}, strategies=["swing"])

    assert _said([bob, alice, _account("carol")]) == []


@pytest.mark.parametrize("accounts", [[], [_account(state="Stopped")]])
def test_something_must_be_there_to_run(accounts: list[Account]) -> None:
    """A stopped account gets no worker."""
    assert _said(accounts) == ["kind: the folder holds no TradingAccount that is not Stopped"]


@pytest.mark.parametrize("strategies", [[], [_strategy(enabled=False)]])
def test_a_strategy_must_be_there_to_follow(strategies: list[Strategy]) -> None:
    """A disabled one says nothing."""
    assert _said([_account()], strategies) == ["kind: the folder holds no enabled TradingStrategy"]


def test_all_accounts_are_at_one_venue() -> None:
    """One signal service serves one of them; the one that differs from the first is named."""
    (found,) = _said([_account("a"), _account("b", exchange=ELSEWHERE), _account("c")])

    assert found.startswith("default/b: spec.exchange is binanceusdm: default/a is at another exchange")
    assert found.endswith("run one folder for each")


def test_strategies_that_are_named_exist() -> None:
    """The unknown one is told with its place, and with those that there are."""
    found = _said([_account(strategies=["swing", "swong"])], [_strategy(), _strategy("other")])

    assert found == ["default/bob: spec.strategies[1] is swong: no such TradingStrategy: there are other, swing"]


def test_a_disabled_strategy_may_be_named() -> None:
    """It is there; it is only silent for now."""
    assert _said([_account(strategies=["off"])], [_strategy(), _strategy("off", enabled=False)]) == []


def test_two_live_accounts_have_two_keys() -> None:
    """They would trade against each other; the key itself is not shown."""
    pair = [_account(name, credentials={"apiKey": KEY}, **LIVE) for name in ("bob", "alice")]

    assert _said(pair) == [
        "default/alice: spec.credentialsSecretRef: default/bob has the same secret: each account needs its own"
    ]


def test_a_dry_run_may_share_a_key() -> None:
    """It sends no order with it."""
    live = _account("bob", credentials={"apiKey": KEY}, **LIVE)
    dry = [_account(name, credentials={"apiKey": KEY}) for name in ("alice", "carol")]

    assert _said([live, *dry]) == []


def test_two_accounts_have_two_bots() -> None:
    """One would take the other's messages, a dry run's too; the token itself is not shown."""
    accounts = [_account(name, telegram={"botToken": TOKEN}) for name in ("bob", "alice", "carol")]
    found = _said(accounts)

    assert found == [
        f"default/{name}: spec.telegram.secretRef: default/bob has the same secret: each account needs its own"
        for name in ("alice", "carol")
    ]


def test_every_problem_is_told_at_once_and_no_secret_in_any() -> None:
    """A person mends all of them, then starts."""
    first = _account("a", credentials={"apiKey": KEY}, telegram={"botToken": TOKEN}, **LIVE)
    second = _account(
        "b", credentials={"apiKey": KEY}, telegram={"botToken": TOKEN}, strategies=["x"], exchange=ELSEWHERE, **LIVE
    )
    found = _said([first, second], [])

    assert len(found) == 5
    assert not any(marker in problem for problem in found for marker in (KEY, TOKEN))


def test_stopped_accounts_get_no_worker() -> None:
    """Paused ones do: they guard what is open."""
    states = {state: _account(state.lower(), state=state) for state in ("Running", "Paused", "Stopped")}
    fleet = Fleet(accounts=tuple(states.values()), strategies=())

    assert [account.name for account in running(fleet)] == ["running", "paused"]


def test_who_gets_a_worker_where_the_fleet_is_capped() -> None:
    """The highest priority first, then by name; a Stopped account takes no place."""
    accounts = (
        _account("alice"),
        _account("bob", priority=5),
        _account("carol", priority=9, state="Stopped"),
        _account("dave", priority=5),
    )
    fleet, queued = first_by_priority(Fleet(accounts=accounts, strategies=()), most=2)

    assert [account.name for account in running(fleet)] == ["bob", "dave"]
    assert [account.name for account in queued] == ["alice"]
    assert first_by_priority(Fleet(accounts=accounts, strategies=()), most=None)[1] == ()


def test_management_is_taken_where_it_runs() -> None:
    """Workers act on it."""
    rule = {
        "type": "out",
        "when": {"all": [{"var": "profit_rate", "op": ">", "value": 1}]},
        "action": {"kind": "close"},
    }

    assert _said([_account()], [_strategy(management=[rule])]) == []


def test_what_acts_in_a_cluster_only_is_refused_where_it_would_be_ignored() -> None:
    """Nobody learns on the day of a deletion that nothing was flattened."""
    assert _said([_account(deletionPolicy="Flatten", rollout="Auto")]) == [
        "default/bob: spec.rollout is Auto: acts in a cluster only: write WhenFlat",
        "default/bob: spec.deletionPolicy is Flatten: acts in a cluster only: write Retain",
    ]
