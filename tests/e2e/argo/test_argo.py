"""A fleet that lives in Git: Argo CD brings it, sees no drift where there is none, and undoes what is one."""

from decimal import Decimal
from typing import Any

import pytest
import yaml

from support.argo_server import Argo
from support.argo_steady import HOLDS
from support.git_folder import GitFolder
from support.node import until
from support.playground import BTC, ETH, Playground, live
from support.playground_exchange import TARGET, SimulatedExchange

ACCOUNTS = "accounts-live"
BOT, CHAT = "demo", 1000  # carol's, as the simulator knows it
WELL = ("Synced", "Healthy")


def _changes(git: GitFolder, name: str, **changes: Any) -> None:
    """A person commits another spec of an account."""
    path = f"tried/{name}.yaml"
    before = yaml.safe_load((git.folder / path).read_text("utf-8"))
    git.write(path, [{**before, "spec": {**before["spec"], **changes}}])


def test_the_fleet_comes_from_git(playground: Playground, exchange: SimulatedExchange) -> None:
    """Wave by wave: kinds, operator and service, then accounts that are Ready by `kubectl wait`, and trade."""
    playground.wait_ready()

    until(
        "all are protected",
        lambda: all(exchange.protected(one, BTC, ETH) for one in ("carol", HOLDS, "erin")),
        within=120,
    )


@pytest.mark.usefixtures("steady")  # it looks from here on
def test_a_change_in_git_reaches_the_worker(
    playground: Playground, argo: Argo, git: GitFolder, exchange: SimulatedExchange
) -> None:
    """The resting take-profit moves, and no pod restarts."""
    before, (old,) = playground.lives(), exchange.resting("carol", TARGET)[BTC]
    _changes(git, "carol", long={"takeProfitPct": 15, "stopLossPct": 20})
    argo.refresh(ACCOUNTS)

    def moved() -> bool:
        (now,) = exchange.resting("carol", TARGET).get(BTC, [old])[:1]
        return bool(
            abs(Decimal(now["trigger"]) / Decimal(old["trigger"]) - Decimal("1.15") / Decimal("1.20")) < Decimal("1e-4")
        )

    until("the take-profit has moved", moved)
    until("Argo CD is content", lambda: argo.is_at(ACCOUNTS, git.head()))
    assert playground.lives() == before


def test_a_setting_from_the_chat_is_no_drift(playground: Playground, argo: Argo, exchange: SimulatedExchange) -> None:
    """Git stays as it is, and so does the spec; the status says what is in force instead."""
    synced, generation = argo.synced(ACCOUNTS), playground.account("carol")["metadata"]["generation"]
    exchange.type("/entrypct 1", bot=BOT, chat=CHAT)
    until("it is in force", lambda: playground.account("carol")["status"].get("overrides") == {"entryPct": "1"})

    argo.refresh(ACCOUNTS)
    until(
        "Argo CD has looked", lambda: "argocd.argoproj.io/refresh" not in argo.get(ACCOUNTS)["metadata"]["annotations"]
    )
    assert argo.standing(ACCOUNTS) == WELL
    assert (argo.synced(ACCOUNTS), playground.account("carol")["metadata"]["generation"]) == (synced, generation)


def test_a_person_may_pause_an_account(playground: Playground, argo: Argo) -> None:
    """As the action does, by an annotation: Suspended, and still Synced; resumed, it is Healthy again."""
    playground.annotate("erin", "pause=true")
    until("it is Suspended", lambda: argo.standing(ACCOUNTS) == ("Synced", "Suspended"))
    until("its worker obeys", lambda: playground.condition("erin", "TradingHalted").get("reason") == "Paused")

    playground.annotate("erin", "pause-")
    until("it is Healthy", lambda: argo.standing(ACCOUNTS) == WELL)


def test_what_a_hand_changes_is_put_back(playground: Playground, argo: Argo) -> None:
    """An account by Argo CD; what is made of it by the operator, which Argo CD hears nothing of."""
    settings = "configmap/account-carol-settings"
    before = playground.kubectl("get", settings, "--output=jsonpath={.data}")
    playground.kubectl("patch", settings, "--type=merge", "--patch", '{"data": {"settings.json": "{}"}}')
    until("its settings are back", lambda: playground.kubectl("get", settings, "--output=jsonpath={.data}") == before)
    assert argo.standing(ACCOUNTS)[0] == "Synced"

    playground.patch("carol", leverage=20)
    until(
        "its spec is back",
        lambda: playground.account("carol")["spec"]["leverage"] == live("carol")[1]["spec"]["leverage"],
    )
    until("Argo CD is content", lambda: argo.standing(ACCOUNTS) == WELL)


def test_an_account_that_git_gives_up_is_flattened(
    playground: Playground, argo: Argo, git: GitFolder, exchange: SimulatedExchange
) -> None:
    """Pruned, foreground deletion and all: its policy comes first. The ledger's claim stays."""
    until("erin is protected", lambda: exchange.protected("erin", BTC, ETH), within=120)
    git.remove("tried/erin.yaml")
    argo.refresh(ACCOUNTS)

    until("erin is gone", lambda: "erin" not in _accounts(playground), within=180)
    books = exchange.books("erin")
    assert (books["positions"], books["resting"]) == ({}, [])
    until("nothing of its worker is left", lambda: not playground.workers("erin"))
    assert playground.kubectl("get", "pvc", "account-erin-ledger", "--output=name")
    until("Argo CD is content", lambda: argo.is_at(ACCOUNTS, git.head()))
    assert exchange.protected("carol", BTC, ETH)


def _accounts(playground: Playground) -> set[str]:
    path = f"/apis/tradepods.dev/v1alpha1/namespaces/{playground.namespace}/tradingaccounts"
    return {one["metadata"]["name"] for one in playground.node.read(path)["items"]}
