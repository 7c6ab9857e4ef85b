"""The release itself: upgraded, and gone."""

from support.node import Node, until
from support.node_watch import Watch
from support.playground import DEFINITIONS, NAMESPACE, RELEASE, Playground


def test_a_new_operator_restarts_no_worker(playground: Playground, node: Node, tags: dict[str, str]) -> None:
    """`helm upgrade` with another image of the operator."""
    before = playground.lives()
    tag = node.backend.image("operator", variant="next")
    assert tag != tags["operator"]
    playground.upgrade(operator={"image": {"tag": tag}})

    pod = playground.component("operator")
    assert pod["spec"]["containers"][0]["image"].endswith(f":{tag}")
    holder = ("get", "lease", f"{RELEASE}-operator", "--output=jsonpath={.spec.holderIdentity}")
    until("the new one leads", lambda: pod["metadata"]["name"] in playground.kubectl(*holder))
    playground.wait_ready()
    assert playground.lives() == before


def test_what_is_dear_outlives_the_release(playground: Playground, node: Node, watch: Watch) -> None:
    """`helm uninstall` keeps accounts, their kinds, workers and ledgers."""
    before, accounts = playground.lives(), playground.kubectl("get", "tradingaccounts", "--output=name")
    watch.stop()  # the exchange goes with the playground
    node.helm("uninstall", RELEASE, "--namespace", NAMESPACE, "--wait")

    assert playground.kubectl("get", "tradingaccounts", "--output=name") == accounts
    assert node.kubectl("get", "crd", *DEFINITIONS, "--output=name").count("tradepods.dev") == len(DEFINITIONS)
    assert playground.lives() == before
    claims = playground.kubectl("get", "pvc", "--output=name").split()
    assert {f"persistentvolumeclaim/account-{name}-ledger" for name in before} <= set(claims)
