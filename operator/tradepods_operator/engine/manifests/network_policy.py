"""Whom a worker may reach: names, signals, its database, what its account names, and HTTPS outside private networks.

Nobody reaches it, but for whoever may read its figures. The node that it runs on always does, and asks how it is.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tradepods_core.settings.account import AccountSpec
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.manifests.metadata import head
from tradepods_operator.engine.manifests.probes import PROBE_PORT
from tradepods_operator.engine.manifests.sameness import sealed
from tradepods_operator.engine.observed import Account
from tradepods_operator.engine.policy import Policy
from tradepods_operator.ports import NETWORK_POLICY, Document

PRIVATE = ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]
PRIVATE_6 = ["::1/128", "fc00::/7", "fe80::/10"]
PUBLIC = [
    {"ipBlock": {"cidr": "0.0.0.0/0", "except": PRIVATE}},
    {"ipBlock": {"cidr": "::/0", "except": PRIVATE_6}},
]
ANYWHERE = [  # what the fleet is allowed may be inside the cluster too, but not where nodes answer for their cloud
    {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}},
    {"ipBlock": {"cidr": "::/0", "except": ["fe80::/10"]}},
]
HTTP, HTTPS, POSTGRESQL = 80, 443, 5_432


def network_policy(account: Account, spec: AccountSpec, policy: Policy) -> Document:
    """The NetworkPolicy."""
    body: dict[str, Any] = {
        "podSelector": {"matchLabels": dict(names.selector(account.key.name))},
        "policyTypes": ["Ingress", "Egress"],
        "egress": _egress(spec, policy),
    }
    if policy.metrics_from:
        body["ingress"] = [{"from": list(policy.metrics_from), "ports": [_port(PROBE_PORT)]}]
    return sealed({**head(account, NETWORK_POLICY, names.worker(account.key.name)), "spec": body})


def _egress(spec: AccountSpec, policy: Policy) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = [
        _names(policy),
        {"to": [_signals(policy)], "ports": [_port(policy.signals.port)]},
    ]
    if spec.exchange.proxy_secret_ref is None:
        rules.append({"to": PUBLIC, "ports": [_port(HTTPS)]})
    else:  # a proxy's port is in its Secret, and what is there is written nowhere
        rules.append({"to": PUBLIC, "ports": [{"protocol": "TCP", "port": 1, "endPort": 65_535}]})
    if policy.worker.proxy:
        stated = [{"ipBlock": {"cidr": str(one)}} for one in policy.worker.proxy_cidrs]
        rules.append({"to": stated or ANYWHERE, "ports": [_port(int(policy.worker.proxy.rpartition(":")[2]))]})
    if spec.ledger.type == "postgresql":
        rules.append({"ports": [_port(POSTGRESQL)]})
    return [*rules, *_endpoints(spec), *policy.extra_egress]


def _endpoints(spec: AccountSpec) -> Iterator[dict[str, Any]]:
    """An account's own exchange and Bot API, once the checks have let them pass: a policy knows addresses, no names."""
    for url in (spec.exchange.url, "" if spec.telegram is None else spec.telegram.api_url):
        if url:
            yield {"to": ANYWHERE, "ports": [_port(_port_of(url))]}


def _port_of(url: str) -> int:
    place = urlsplit(url)
    return place.port or (HTTPS if place.scheme == "https" else HTTP)


def _names(policy: Policy) -> dict[str, Any]:
    ports = [_port(number, protocol) for number in policy.dns.ports for protocol in ("UDP", "TCP")]
    return {**({"to": list(policy.dns.to)} if policy.dns.to else {}), "ports": ports}


def _signals(policy: Policy) -> dict[str, Any]:
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": policy.release_namespace}},
        "podSelector": {"matchLabels": policy.signals.pod_labels},
    }


def _port(number: int, protocol: str = "TCP") -> dict[str, Any]:
    return {"protocol": protocol, "port": number}
