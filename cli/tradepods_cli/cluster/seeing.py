"""Reads a cluster's accounts; what is missing is named with its fix."""

from tradepods_cli.cluster.kubeconfig import Place
from tradepods_cli.cluster.ports import Cluster, Forbidden, NotThere
from tradepods_cli.cluster.standing import Standing, by_name, standing_of
from tradepods_core.errors import Invalid, Permanent, Problem
from tradepods_operator.ports import ACCOUNT, Key, Ref

DEFINE = "tradepods crds | kubectl apply --server-side --filename=-, or install the chart"


def listed(cluster: Cluster, place: Place) -> list[Standing]:
    """The accounts of the namespace that is asked about, or of all; raises Permanent where the kind isn't known."""
    try:
        return by_name(cluster.list(ACCOUNT, namespace=place.namespace))
    except NotThere:
        raise Permanent(f"{place} knows no TradingAccount: {DEFINE}") from None


def one(cluster: Cluster, place: Place, name: str) -> Standing:
    """One account of the namespace; raises Invalid, which names those that there are."""
    try:
        return standing_of(cluster.get(Ref(ACCOUNT, place.namespace, name)))
    except NotThere:
        try:
            there = ", ".join(standing.key.name for standing in listed(cluster, place)) or "none"
        except Forbidden:
            there = "some that you may not list"
    fix = f"no such account in {place.where} of context {place.context}; there are {there}"
    raise Invalid([Problem(field="NAME", value=str(Key(place.namespace, name))[:120], fix=fix)])
