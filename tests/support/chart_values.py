"""Values that matter together: each row is rendered, and put before a real API server."""

from typing import Any

Json = dict[str, Any]
TERMS: Json = {"matchExpressions": [{"key": "trading", "operator": "Exists"}]}
PLACED: Json = {
    "priorityClassName": "",
    "nodeSelector": {"pool": "trading"},
    "tolerations": [{"key": "trading", "operator": "Exists", "effect": "NoSchedule"}],
    "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [TERMS]}}},
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}
    ],
    "extraEnv": [{"name": "TZ", "value": "UTC"}],
}
MARKED: Json = {"podAnnotations": {"a.example/b": "c"}, "podLabels": {"team": "trading"}}
PROMETHEUS: Json = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}},
    "podSelector": {"matchLabels": {"app.kubernetes.io/name": "prometheus"}},
}
RULE: Json = {"to": [{"ipBlock": {"cidr": "10.1.2.3/32"}}], "ports": [{"protocol": "TCP", "port": 3128}]}
MINE: Json = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "mine", "namespace": "{{ .Release.Namespace }}"},
}
DIGEST = "sha256:" + "0" * 64

COMBINATIONS: dict[str, Json] = {
    "as it comes": {},
    "two operators": {"operator": {"replicas": 2}},
    "two operators without a budget": {"operator": {"replicas": 2, "podDisruptionBudget": {"enabled": False}}},
    "playground": {"simulator": {"enabled": True}},
    "playground in cluster mode": {"simulator": {"enabled": True}, "rbac": {"mode": "Cluster"}},
    "playground without examples": {"simulator": {"enabled": True, "examples": False}},
    "further namespaces": {"rbac": {"accountNamespaces": ["traders"]}},
    "cluster mode": {"rbac": {"mode": "Cluster", "accountNamespaces": ["traders"]}},
    "every secret": {"rbac": {"mode": "Cluster", "secretsEverywhere": True, "issuerDiscovery": False}},
    "history in PostgreSQL": {"signals": {"databaseSecret": "history", "persistence": {"enabled": False}}},
    "a claim of one's own": {"signals": {"persistence": {"existingClaim": "mine"}}},
    "a claim that goes": {"signals": {"persistence": {"keep": False, "storageClassName": "fast"}}},
    "a proxy of the venue": {"signals": {"exchangeUrl": "https://proxy.example:8443", "extraEgress": [RULE]}},
    "callers": {
        "signals": {
            "auth": {
                "issuer": "https://issuer.example",
                "readers": ["desk/reader"],
                "admins": ["desk/chief"],
                "adminServiceAccount": False,
                "keysSecret": "keys",
            },
            "extraArgs": ["--streams=16"],
            "extraIngress": [{"from": [PROMETHEUS]}],
        }
    },
    "https": {
        "signals": {"tls": {"enabled": True, "secretName": "signals-tls", "caConfigMap": "internal-ca"}},
        "monitoring": {"serviceMonitor": {"enabled": True}},
    },
    "https by cert-manager": {
        "signals": {"tls": {"enabled": True, "certManager": {"enabled": True, "issuerRef": {"name": "internal"}}}},
        "monitoring": {"podMonitor": {"enabled": True}},
    },
    "monitored by services": {
        "monitoring": {
            "labels": {"release": "prometheus"},
            "serviceMonitor": {"enabled": True},
            "prometheusRule": {"enabled": True},
            "dashboard": {"enabled": True, "annotations": {"grafana_folder": "Trading"}},
        }
    },
    "monitored by pods": {"monitoring": {"podMonitor": {"enabled": True}}},
    "workers behind a proxy": {
        "monitoring": {"workers": {"enabled": True}},
        "networkPolicy": {"metricsFrom": [PROMETHEUS]},
        "worker": {
            "logLevel": "debug",
            "caBundle": "corporate",
            "proxy": "http://proxy.internal:3128",
            "proxyCidrs": ["10.9.8.7/32", "10.8.0.1/16"],
        },
        "operator": {"namespaceCaps": {"strategies": 5, "symbols": 60, "timeframes": 3}},
    },
    "no network policies": {"networkPolicy": {"enabled": False}, "simulator": {"enabled": True}},
    "narrow network policies": {
        "networkPolicy": {"metricsFrom": [PROMETHEUS], "apiServerCidrs": ["10.0.0.1/32"], "apiServerPorts": [6443]},
        "worker": {"extraEgress": [RULE]},
    },
    "placed": {
        "operator": {**PLACED, **MARKED, "replicas": 2},
        "signals": {**PLACED, **MARKED},
        "simulator": {**PLACED, "enabled": True},
        "worker": {**PLACED, "imagePullSecrets": [{"name": "registry"}]},
        "imagePullSecrets": [{"name": "registry"}],
        "commonLabels": {"cost-center": "4711"},
    },
    "a parent chart's globals": {
        "global": {"imageRegistry": "images.example", "imagePullSecrets": [{"name": "shared"}], "other": {"a": 1}},
        "operator": {"image": {"digest": DIGEST}},
        "imagePullSecrets": [{"name": "own"}, {"name": "shared"}],
        "worker": {"imagePullSecrets": [{"name": "shared"}]},
    },
    "definitions elsewhere": {"crds": {"enabled": False}, "rbac": {"aggregate": False}},
    "definitions that go": {"crds": {"keep": False}, "fullnameOverride": "pods"},
    "more objects": {"extraObjects": [MINE]},
}
