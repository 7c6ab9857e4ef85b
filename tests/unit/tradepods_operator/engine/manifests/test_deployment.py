"""The pod of a worker: no rights, nothing writable but its ledger, its secrets as files."""

from typing import Any

import pytest
from pydantic import ValidationError

from support.operated import account, live, policy
from tradepods_core.settings.account import AccountSpec
from tradepods_operator.engine.manifests.deployment import Running, deployment, pod_template
from tradepods_operator.engine.manifests.network_policy import network_policy
from tradepods_operator.engine.manifests.volume import claim
from tradepods_operator.engine.named import OURS
from tradepods_operator.engine.observed import Account, read
from tradepods_worker import config


def _read(document: dict[str, Any]) -> tuple[Account, AccountSpec]:
    times = {"uid": "u", "creationTimestamp": "2026-11-21T08:00:00Z"}
    found = read({**document, "metadata": {**document["metadata"], **times}})
    assert found.spec is not None, found.wrong
    return found, found.spec


def _pod(document: dict[str, Any], **options: Any) -> Any:
    found, spec = _read(document)
    return pod_template(found, spec, policy(**options), secrets="abc")["spec"]


BOT: dict[str, Any] = {"secretRef": {"name": "bot"}, "chatIds": ["1"]}
FULL = live(
    telegram=BOT,
    exchange={"proxySecretRef": {"name": "proxy"}},
    ledger={"type": "postgresql", "secretRef": {"name": "db"}},
)


def test_the_pod_keeps_the_restricted_profile() -> None:
    """Not root, no capability, no escalation, seccomp, a read-only root."""
    pod = _pod(account())
    (container,) = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False


def test_the_worker_understands_its_command_line() -> None:
    """As its own parser reads it; which program that is, its image says."""
    (container,) = _pod(FULL)["containers"]
    options = config.parse(container["args"])

    assert "command" not in container
    assert (options.name, options.namespace) == ("alice", "traders")
    mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
    folders = (options.credentials, options.proxy, options.telegram, options.ledger, options.state)
    assert {str(folder) for folder in folders} <= mounted
    assert str(options.settings.parent) in mounted
    assert str(options.signals_token.parent) in mounted


def test_an_authority_of_the_signal_service_is_handed_on() -> None:
    """From a ConfigMap of the account's namespace; without one the worker trusts whom everybody trusts."""
    signals = {"url": "https://signals.trading:8080", "caConfigMap": "internal-ca"}
    pod = _pod(account(), signals=signals)
    (container,) = pod["containers"]
    (volume,) = [one for one in pod["volumes"] if one["name"] == "signals-ca"]
    file = config.parse(container["args"]).signals_ca

    assert volume["configMap"] == {"name": "internal-ca", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    assert file is not None
    assert str(file.parent) in {one["mountPath"] for one in container["volumeMounts"] if one["name"] == "signals-ca"}
    assert file.name == "ca.crt"
    assert config.parse(_pod(account())["containers"][0]["args"]).signals_ca is None


def test_secrets_are_files_of_named_keys() -> None:
    """No other key of a Secret reaches the pod, and none as an environment variable."""
    pod = _pod(FULL)
    items = {
        volume["secret"]["secretName"]: [item["key"] for item in volume["secret"]["items"]]
        for volume in pod["volumes"]
        if "secret" in volume
    }

    assert items == {"alice-exchange": ["apiKey", "apiSecret"], "bot": ["botToken"], "proxy": ["url"], "db": ["url"]}
    assert not any("secretKeyRef" in str(one) for one in pod["containers"][0]["env"])


def test_the_token_is_for_the_signal_service_alone() -> None:
    """Its audience, an hour."""
    (token,) = [volume for volume in _pod(account())["volumes"] if "projected" in volume]
    (source,) = token["projected"]["sources"]

    assert source["serviceAccountToken"]["audience"] == "tradepods-signals"
    assert source["serviceAccountToken"]["expirationSeconds"] == 3600


def test_settings_are_mounted_as_a_folder() -> None:
    """A file mounted by itself would never change."""
    assert not any("subPath" in mount for mount in _pod(account())["containers"][0]["volumeMounts"])


def test_resources_are_merged_key_by_key() -> None:
    """What the account leaves out keeps its default."""
    (container,) = _pod(account(resources={"limits": {"memory": "1Gi"}}))["containers"]

    assert container["resources"] == {
        "requests": {"cpu": "50m", "memory": "128Mi"},
        "limits": {"cpu": "500m", "memory": "1Gi"},
    }


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"imagePullSecrets": [{"name": "x"}]}, ("imagePullSecrets", [{"name": "x"}])),
        ({"priorityClassName": "high"}, ("priorityClassName", "high")),
        ({"nodeSelector": {"a": "b"}}, ("nodeSelector", {"a": "b"})),
        ({"tolerations": [{"key": "x"}]}, ("tolerations", [{"key": "x"}])),
    ],
)
def test_what_the_platform_wants_of_all_pods_is_in_each(options: dict[str, Any], found: tuple[str, Any]) -> None:
    """From the operator's own settings."""
    pod = _pod(account(), worker={"image": "w:1", **options})

    assert pod[found[0]] == found[1]


def test_there_is_one_pod_at_most() -> None:
    """Recreate; and a name that is the account's for ever."""
    found, spec = _read(account("a" * 40))
    made = deployment(found, pod_template(found, spec, policy(), secrets=""), Running(replicas=1))

    assert made["spec"]["strategy"] == {"type": "Recreate"}
    assert len(made["metadata"]["name"]) <= 63
    assert all(len(value) <= 63 for value in made["metadata"]["labels"].values())


def test_equal_accounts_give_equal_objects() -> None:
    """Whatever the order of their fields."""
    one = account(leverage=3, entryPct=2)
    other = account(entryPct=2, leverage=3)

    assert _pod(one) == _pod(other)


@pytest.mark.parametrize(
    ("document", "ports"),
    [(account(), {53, 8080, 443}), (FULL, {53, 8080, 1, 5432})],
)
def test_a_worker_reaches_what_it_needs_and_nothing_private(document: dict[str, Any], ports: set[int]) -> None:
    """Names, signals, its database, and public addresses; nobody reaches it."""
    found, spec = _read(document)
    body = network_policy(found, spec, policy())["spec"]

    assert body["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in body
    assert {port["port"] for rule in body["egress"] for port in rule["ports"]} == ports
    names, *others = body["egress"]
    assert [to.get("namespaceSelector", to.get("ipBlock")) for to in names["to"]] == [
        {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        {"cidr": "169.254.20.10/32"},
    ]
    blocks = [to["ipBlock"] for rule in others for to in rule.get("to", []) if "ipBlock" in to]
    assert all("10.0.0.0/8" in block["except"] or "fc00::/7" in block["except"] for block in blocks)


def test_names_are_asked_where_the_platform_says() -> None:
    """Of whom, and on which ports; of anybody where nobody is named."""
    found, spec = _read(account())
    anybody = network_policy(found, spec, policy(dns={"to": [], "ports": [53, 5353]}))["spec"]["egress"][0]

    assert "to" not in anybody
    assert [(port["protocol"], port["port"]) for port in anybody["ports"]] == [
        (protocol, number) for number in (53, 5353) for protocol in ("UDP", "TCP")
    ]


def test_the_ledgers_claim_outlives_the_account() -> None:
    """No owner, one pod at a time."""
    found, spec = _read(account(ledger={"storage": {"size": "5Gi", "storageClassName": "fast"}}))
    made = claim(found, spec, access_mode="ReadWriteOncePod")

    assert "ownerReferences" not in made["metadata"]
    assert made["spec"]["accessModes"] == ["ReadWriteOncePod"]
    assert made["spec"]["storageClassName"] == "fast"
    assert made["spec"]["resources"]["requests"]["storage"] == "5Gi"


def test_a_kubelet_asks_where_the_worker_answers() -> None:
    """Ready is another question than alive; a loop that hangs for a minute ends, a slow start does not."""
    (container,) = _pod(account())["containers"]
    (port,) = container["ports"]
    asked = {name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    lasts = {name: container[name]["periodSeconds"] * container[name]["failureThreshold"] for name in asked}

    assert config.parse(container["args"]).probe_port == port["containerPort"]
    assert {one["port"] for one in asked.values()} == {port["name"]}
    assert [one["path"] for one in asked.values()] == ["/healthz", "/healthz", "/readyz"]
    assert lasts == {"startupProbe": 120, "livenessProbe": 60, "readinessProbe": 15}


def test_the_ways_out_of_all_workers_are_handed_on() -> None:
    """Log level, further authorities and the fleet's proxy, each where the worker looks for it."""
    worker = {"image": "w:1", "logLevel": "debug", "caBundle": "corporate", "proxy": "http://proxy.example:3128"}
    pod = _pod(account(), worker=worker)
    (container,) = pod["containers"]
    options = config.parse(container["args"])
    (volume,) = [one for one in pod["volumes"] if one["name"] == "ca-bundle"]
    (mount,) = [one for one in container["volumeMounts"] if one["name"] == "ca-bundle"]

    assert (options.log_level, options.outbound_proxy) == ("debug", "http://proxy.example:3128")
    assert volume["configMap"] == {"name": "corporate", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    assert str(options.ca_bundle) == f"{mount['mountPath']}/ca.crt"


@pytest.mark.parametrize(
    ("stated", "blocks"),
    [
        (
            [],
            [{"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}, {"cidr": "::/0", "except": ["fe80::/10"]}],
        ),
        (["10.9.8.7/32", "fd00::7/128"], [{"cidr": "10.9.8.7/32"}, {"cidr": "fd00::7/128"}]),
        (["10.9.8.7/8", "fd00::7/8"], [{"cidr": "10.0.0.0/8"}, {"cidr": "fd00::/8"}]),  # the networks that they are in
    ],
)
def test_the_fleets_proxy_is_reached_at_its_port(stated: list[str], blocks: list[dict[str, Any]]) -> None:
    """At its stated addresses, else at all but link-local ones, where clouds hand out a node's rights."""
    found, spec = _read(account())
    worker = {"image": "w:1", "proxy": "http://proxy.example:3128", "proxyCidrs": stated}
    egress = network_policy(found, spec, policy(worker=worker))["spec"]["egress"]
    (rule,) = [one for one in egress if {"protocol": "TCP", "port": 3128} in one["ports"]]

    assert [one["ipBlock"] for one in rule["to"]] == blocks


@pytest.mark.parametrize(
    ("changes", "ports"),
    [
        ({"telegram": {**BOT, "apiUrl": "http://bots.internal:8081"}}, [8081]),
        ({"telegram": {**BOT, "apiUrl": "https://bots.internal"}}, [443]),
        ({"exchange": {"environment": "custom", "url": "http://venue.internal"}}, [80]),
        ({"telegram": BOT}, []),
    ],
)
def test_the_addresses_that_an_account_names_are_let_through(changes: dict[str, Any], ports: list[int]) -> None:
    """An allowed one that its own policy kept it from would be of no use; never where a node answers for its cloud."""
    found, spec = _read(account(**changes))
    egress = network_policy(found, spec, policy())["spec"]["egress"]
    blocks = [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}]
    named = [rule for rule in egress if rule.get("to", [])[:1] == blocks]

    assert [[one["port"] for one in rule["ports"]] for rule in named] == [[port] for port in ports]


def test_the_names_that_the_operator_gives_itself_are_known() -> None:
    """A fleet's further variables may have none of them: an API server takes no name twice."""
    (container,) = _pod(account())["containers"]

    assert {one["name"] for one in container["env"]} == set(OURS)


def test_a_proxys_addresses_are_networks() -> None:
    """An API server would refuse every worker's policy."""
    with pytest.raises(ValidationError, match="proxyCidrs"):
        policy(worker={"image": "w:1", "proxyCidrs": ["10.9.8.7/33"]})


@pytest.mark.parametrize("proxy", ["http://user:word@proxy:3128", "socks5://proxy:1080", "proxy:3128", "http://proxy"])
def test_a_password_has_no_place_in_the_fleets_proxy(proxy: str) -> None:
    """It would stand in a ConfigMap and on command lines."""
    with pytest.raises(ValidationError, match="proxy"):
        policy(worker={"image": "w:1", "proxy": proxy})


def test_figures_are_read_by_those_who_may() -> None:
    """As `from` of the network policy; by nobody where none are named."""
    found, spec = _read(account())
    prometheus = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    body = network_policy(found, spec, policy(metricsFrom=[prometheus]))["spec"]

    assert body["ingress"] == [{"from": [prometheus], "ports": [{"protocol": "TCP", "port": 8082}]}]
