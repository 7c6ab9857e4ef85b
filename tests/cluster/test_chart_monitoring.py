"""Alerts and dashboard speak of figures that the programs have, and network policies let in who is meant."""

import json
import re
from typing import Any

import pytest
import yaml

from support.chart import NAMESPACE, component, of_kind, policy_text, render
from support.chart_values import COMBINATIONS, PROMETHEUS, RULE
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.manifests.probes import PROBED
from tradepods_operator.metrics import Metrics as OperatorMetrics
from tradepods_signals.metrics import Metrics as SignalsMetrics

Json = dict[str, Any]
FIGURE = re.compile(r"\btradepods_[a-z_]+")
MONITORED = COMBINATIONS["monitored by services"]


def _known() -> set[str]:
    """The names under which Prometheus would find the figures of both programs."""
    operator = OperatorMetrics(
        depth=lambda: 0,
        oldest=lambda: 0,
        lag=lambda: 0,
        standing=lambda: [{"Ready": "True", "Protected": "False"}],
        unheard=lambda: 0,
        held_up=lambda: 0,
    )
    operator.passed(why="start", result="done", seconds=0.1)
    operator.asked("GET", "secrets", "200")
    signals = SignalsMetrics()
    signals.compute.add(0.1)
    signals.cycles.labels("5m")
    signals.accounts.labels("live")
    signals.silent.labels("live")
    return set(FIGURE.findall((operator.text() + signals.text()).decode()))


def _rules(objects: list[Json]) -> list[Json]:
    (group,) = component(objects, "PrometheusRule", "alerts")["spec"]["groups"]
    rules: list[Json] = group["rules"]
    return rules


def test_every_alert_asks_for_a_figure_that_there_is() -> None:
    """A renamed one would make the alert silent for ever."""
    rules = _rules(render(MONITORED))
    known = _known()

    assert rules
    for rule in rules:
        asked = set(FIGURE.findall(rule["expr"]))
        assert asked, rule["alert"]
        assert asked <= known, rule["alert"]
        assert 'namespace="trading"' in rule["expr"]
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"]


def test_every_panel_asks_for_a_figure_that_there_is() -> None:
    """The same for the dashboard, which is JSON."""
    board = json.loads(component(render(MONITORED), "ConfigMap", "dashboard")["data"]["tradepods.json"])
    asked = {target["expr"] for panel in board["panels"] for target in panel["targets"]}

    assert len(asked) >= len(board["panels"])
    for expression in asked:
        assert set(FIGURE.findall(expression)) <= _known(), expression
        assert set(FIGURE.findall(expression)), expression
    spots = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]]
    assert len(spots) == len(set(spots))


def test_the_age_of_a_stale_cycle_is_the_values() -> None:
    """In seconds, as Prometheus reckons."""
    values = {"monitoring": {"prometheusRule": {"enabled": True, "staleMinutes": 130}}}
    (stale,) = (rule for rule in _rules(render(values)) if rule["alert"] == "TradepodsSignalsStale")

    assert stale["expr"].endswith("> 7800")


@pytest.mark.parametrize(
    ("name", "kind", "port"),
    [
        ("monitored by services", "ServiceMonitor", "endpoints"),
        ("monitored by pods", "PodMonitor", "podMetricsEndpoints"),
    ],
)
def test_monitors_choose_what_has_figures(name: str, kind: str, port: str) -> None:
    """Operator and signal service, each by a port that it has."""
    objects = render(COMBINATIONS[name])
    found = {one["metadata"]["name"]: one["spec"][port][0]["port"] for one in of_kind(objects, kind)}

    assert found == {"tradepods-operator": "metrics", "tradepods-signals": "http"}
    for one in of_kind(objects, kind):
        who = one["metadata"]["labels"]["app.kubernetes.io/component"]
        chosen = component(objects, "Service" if kind == "ServiceMonitor" else "Deployment", who)
        assert one["spec"]["selector"]["matchLabels"].items() <= chosen["metadata"]["labels"].items()


def test_workers_are_monitored_by_their_pods_labels_and_port() -> None:
    """As the operator makes them, in every namespace with accounts; and it lets Prometheus in to them."""
    objects = render(COMBINATIONS["workers behind a proxy"])
    (found,) = of_kind(objects, "PodMonitor")
    (endpoint,) = found["spec"]["podMetricsEndpoints"]
    policy = yaml.safe_load(policy_text(objects))

    assert found["spec"]["selector"]["matchLabels"].items() <= names.workers("alice").items()
    assert endpoint["port"] == PROBED
    assert found["spec"]["namespaceSelector"] == {"matchNames": [NAMESPACE]}
    assert policy["metricsFrom"] == [PROMETHEUS]


def _let_in(policy: Json) -> list[Json]:
    """Who may come, of the first rule."""
    found: list[Json] = policy["spec"]["ingress"][0]["from"]
    return found


def _anywhere(part: str) -> Json:
    """Pods of one part in all namespaces, by labels that the operator gives them."""
    labels = {"app.kubernetes.io/name": "tradepods", names.COMPONENT: part}
    assert labels.items() <= names.labels("alice", component=part).items()
    return {"namespaceSelector": {}, "podSelector": {"matchLabels": labels}}


def test_workers_of_every_namespace_reach_signals_and_simulator() -> None:
    """They are known by the labels that the operator gives them; nobody reaches the operator but who reads figures."""
    worker = _anywhere(names.WORKER)
    objects = render({"simulator": {"enabled": True}, "networkPolicy": {"metricsFrom": [PROMETHEUS]}})
    found = {name: component(objects, "NetworkPolicy", name) for name in ("operator", "signals", "simulator")}

    assert worker in _let_in(found["signals"])
    assert worker in _let_in(found["simulator"])
    assert worker not in _let_in(found["operator"])
    assert PROMETHEUS in _let_in(found["operator"])
    assert PROMETHEUS in _let_in(found["signals"])
    assert found["simulator"]["spec"]["egress"] == []


def test_a_notice_reaches_the_simulated_chat_and_nothing_else() -> None:
    """It says by the account's bot that a worker crashes, and asks the signal service for nothing."""
    objects = render(COMBINATIONS["playground"])
    let_in = {
        name: _anywhere(names.NOTICE) in _let_in(component(objects, "NetworkPolicy", name))
        for name in ("signals", "simulator")
    }

    assert let_in == {"signals": False, "simulator": True}


def test_the_signal_service_reaches_venue_database_and_cluster_alone() -> None:
    """HTTPS outside of private networks; on a simulated exchange not even that."""

    def egress(**values: Any) -> list[Json]:
        found: list[Json] = component(render(values), "NetworkPolicy", "signals")["spec"]["egress"]
        return found

    public = [rule for rule in egress() if "ipBlock" in rule.get("to", [{}])[0]]
    assert [rule["ports"] for rule in public] == [[{"protocol": "TCP", "port": 443}]]
    assert "10.0.0.0/8" in public[0]["to"][0]["ipBlock"]["except"]
    assert not [rule for rule in egress(simulator={"enabled": True}) if "ipBlock" in rule.get("to", [{}])[0]]
    assert {"ports": [{"protocol": "TCP", "port": 5432}]} in egress(signals={"databaseSecret": "history"})
    assert RULE in egress(signals={"extraEgress": [RULE]})


def test_policies_narrow_to_the_api_server_that_is_named() -> None:
    """Its addresses and ports; none is rendered where policies are off."""
    objects = render(COMBINATIONS["narrow network policies"])
    rule = {"ports": [{"protocol": "TCP", "port": 6443}], "to": [{"ipBlock": {"cidr": "10.0.0.1/32"}}]}

    for name in ("operator", "signals"):
        assert rule in component(objects, "NetworkPolicy", name)["spec"]["egress"]
    assert of_kind(render(COMBINATIONS["no network policies"]), "NetworkPolicy") == []
