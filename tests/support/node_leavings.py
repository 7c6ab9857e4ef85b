"""What the tests make in a cluster that goes on after them, or that a run which was broken off has left there."""

from support import node_hand
from support.node import Node
from support.playground import DEFINITIONS, NAMESPACES, RELEASE

OURS = "tradingaccounts.tradepods.dev,tradingstrategies.tradepods.dev"
FREE = '{"metadata": {"finalizers": null}}'
INSTALLED_BY = r"--output=jsonpath={..metadata.annotations.meta\.helm\.sh/release-namespace}"
WHOSE = "--output=custom-columns=:metadata.namespace,:metadata.name"


def clear(node: Node) -> None:
    """Take it away; a cluster that serves others is refused untouched, by an AssertionError that names them."""
    with_kinds = not node.try_kubectl("get", "crd", *DEFINITIONS).returncode
    others = _others(node) if with_kinds else []
    assert not others, f"the cluster serves others ({', '.join(others)}): name one that is the tests' alone"
    node.kubectl("delete", "pod", node_hand.NAME, "--namespace", node_hand.NAMESPACE, "--ignore-not-found")
    for namespace in NAMESPACES:
        node.helm("uninstall", RELEASE, "--namespace", namespace, "--ignore-not-found", "--wait")
        node.kubectl("delete", "deployments", "--all", "--namespace", namespace)
        node.kubectl("delete", "pods", "--all", "--namespace", namespace, "--grace-period=1")
        _free(node, namespace, with_kinds=with_kinds)
        node.kubectl("delete", "namespace", namespace, "--ignore-not-found", within=180)
    node.kubectl("delete", "crd", "--ignore-not-found", *DEFINITIONS, within=90)
    roles = node.kubectl("get", "clusterroles,clusterrolebindings", "--output=name").split()
    if left := [role for role in roles if role.partition("/")[2].startswith(NAMESPACES)]:
        node.kubectl("delete", *left)


def _others(node: Node) -> list[str]:
    """Releases that have brought the kinds, and accounts and strategies, of other namespaces."""
    brought = set(node.kubectl("get", "crd", *DEFINITIONS, INSTALLED_BY).split()) - set(NAMESPACES)
    rows = node.kubectl("get", OURS, "--all-namespaces", WHOSE, "--no-headers").splitlines()
    placed = (tuple(row.split()) for row in rows if row)
    found = {f"{namespace}/{name}" for namespace, name in placed if namespace not in NAMESPACES}
    return sorted({f"the release in {namespace}" for namespace in brought} | found)


def _free(node: Node, namespace: str, *, with_kinds: bool) -> None:
    """Accounts wait for an operator to let them go, and there is none any more."""
    if with_kinds:
        for account in node.kubectl("get", OURS, "--namespace", namespace, "--output=name").split():
            node.kubectl("patch", account, "--namespace", namespace, "--type=merge", "--patch", FREE)
