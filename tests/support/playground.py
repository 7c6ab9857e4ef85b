"""A release of the chart with its simulators, the accounts that trade on them, and how they stand."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.chart import CHART
from support.node import COMPONENTS, Json, Node, until
from support.node_hand import PYTHON
from tradepods_core.manifest import API_VERSION

RELEASE = "tradepods"
NAMESPACE = "tradepods-e2e"  # nobody else's by its name: all in it goes with the tests
GIT_NAMESPACE = "tradepods-e2e-git"  # of the release that Argo CD brings, under the same name
NAMESPACES = (NAMESPACE, GIT_NAMESPACE)
BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
SPEED = 30  # market seconds a wall second: a cycle each ten seconds
LIVE = ("carol", "dave", "erin", "frank")  # beside the chart's own bob
DEFINITIONS = ("tradingaccounts.tradepods.dev", "tradingstrategies.tradepods.dev")
LEDGER = "/var/lib/tradepods/ledger.db"
# One moment of a ledger that is in use, as a file.
COPY = """
import sqlite3, sys
ledger = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
sys.stdout.buffer.write(ledger.serialize())
"""


def values(node: Node, tags: Mapping[str, str]) -> Json:
    """Of the chart: these images, a quick market, and customers for our own accounts."""
    customers = [{"name": name, "balance": "10000", **keys(name)} for name in LIVE]
    return {
        "image": {"registry": node.backend.registry, "pullPolicy": "IfNotPresent"},
        "simulator": {"enabled": True, "speed": SPEED, "accounts": customers, "image": {"tag": tags["simulator"]}},
        **{name: {"image": {"tag": tags[name]}} for name in COMPONENTS if name != "simulator"},
    }


def keys(name: str) -> dict[str, str]:
    """What the simulated exchange knows a customer by."""
    return {"apiKey": f"e2e-{name}-key", "apiSecret": f"e2e-{name}-secret"}


def always() -> Json:
    """A strategy that buys at every cycle: tests need positions, not profit."""
    condition = {"var": "price", "op": ">", "value": 0}
    entry = {"side": "long", "type": "always", "when": {"all": [condition]}}
    spec = {"timeframe": "5m", "universe": {"top": 0, "include": [BTC, ETH]}, "entries": [entry]}
    return {"apiVersion": API_VERSION, "kind": "TradingStrategy", "metadata": {"name": "always"}, "spec": spec}


def live(name: str, *, target: float = 20, stop: float = 20, namespace: str = NAMESPACE, **changes: Any) -> list[Json]:
    """A live account at its namespace's simulated exchange, and its Secret; by default no price moves it out."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"{name}-exchange"}, "stringData": keys(name)}
    spec = {
        "exchange": {"environment": "custom", "url": f"http://{RELEASE}-simulator.{namespace}.svc:9000"},
        "credentialsSecretRef": {"name": f"{name}-exchange"},
        "dryRun": False,
        "acknowledgeLiveTrading": True,
        "autoExit": True,
        "strategies": ["always"],
        "leverage": 3,
        "dca": {"enabled": False},
        "exitCooldownHours": 0,
        "long": {"takeProfitPct": target, "stopLossPct": stop},
        **changes,
    }
    return [secret, {"apiVersion": API_VERSION, "kind": "TradingAccount", "metadata": {"name": name}, "spec": spec}]


class Playground:
    """The release on its node, and the accounts there.

    Attributes:
        values: with which it was installed.
        namespace: the release's, and its accounts'.

    """

    def __init__(self, node: Node, values: Json, *, namespace: str = NAMESPACE) -> None:
        self.node, self.values, self.namespace = node, values, namespace

    def install(self) -> str:
        """As a person would, also where another release has brought the kinds; what helm says."""
        arguments = ("--namespace", self.namespace, "--create-namespace", "--wait", "--timeout", "5m", "--values", "-")
        shared = () if self.node.try_kubectl("get", "crd", *DEFINITIONS).returncode else ("--take-ownership",)
        return self.node.helm("install", RELEASE, str(CHART), *arguments, *shared, given=json.dumps(self.values))

    def upgrade(self, **changes: Any) -> str:
        """To other values; what helm says."""
        self.values = {**self.values, **changes}
        arguments = ("--namespace", self.namespace, "--wait", "--timeout", "5m", "--values", "-")
        return self.node.helm("upgrade", RELEASE, str(CHART), *arguments, given=json.dumps(self.values))

    def kubectl(self, *arguments: str, within: float = 60) -> str:
        """In the release's namespace."""
        return self.node.kubectl("--namespace", self.namespace, *arguments, within=within)

    def apply(self, *documents: Json) -> None:
        """Into the release's namespace."""
        self.node.apply(*documents, namespace=self.namespace)

    def patch(self, account: str, **spec: Any) -> Json:
        """A person changes an account; the account as it then is."""
        body = json.dumps({"spec": spec})
        found: Json = json.loads(
            self.kubectl("patch", "tradingaccount", account, "--type=merge", "--patch", body, "--output=json")
        )
        return found

    def annotate(self, account: str, note: str) -> None:
        """`name=value`, or `name-` to take it away, of our annotations."""
        self.kubectl("annotate", "tradingaccount", account, "--overwrite", f"tradepods.dev/{note}")

    def account(self, name: str) -> Json:
        """As the API server has it."""
        found: Json = self.node.read(f"/apis/{API_VERSION}/namespaces/{self.namespace}/tradingaccounts/{name}")
        return found

    def condition(self, name: str, kind: str) -> Json:
        """One condition of an account, of its present generation; empty where there is none."""
        account = self.account(name)
        generation = account["metadata"]["generation"]
        found = (c for c in account.get("status", {}).get("conditions", ()) if c["type"] == kind)
        return next((c for c in found if c["observedGeneration"] == generation), {})

    def is_ready(self, name: str) -> bool:
        """Whether it is, in its present generation."""
        return self.condition(name, "Ready").get("status") == "True"

    def wait_ready(self, *names: str, within: float = 120) -> None:
        """As a person would; seconds."""
        accounts = [f"tradingaccount/{name}" for name in names] or ["tradingaccount", "--all"]
        self.kubectl("wait", "--for=condition=Ready", *accounts, f"--timeout={within:g}s", within=within + 10)

    def pods(self, **labels: str) -> list[Json]:
        """Those with these labels: `component` is one of the release's or `worker`, `account` whose worker it is."""
        prefixes = {"component": "app.kubernetes.io", "account": "tradepods.dev"}
        selector = ",".join(f"{prefixes[name]}/{name}={value}" for name, value in labels.items())
        found: list[Json] = self.node.read(f"/api/v1/namespaces/{self.namespace}/pods", labelSelector=selector)["items"]
        return found

    def workers(self, name: str) -> list[Json]:
        """An account's pods."""
        return self.pods(account=name)

    def worker(self, name: str) -> Json:
        """Its only pod."""
        return self._staying(account=name)

    def component(self, name: str) -> Json:
        """The only pod of a part of the release."""
        return self._staying(component=name)

    def _staying(self, **labels: str) -> Json:
        """The only pod but those that are about to go, which are listed beside it for a while."""

        def only() -> Json | None:
            staying = [pod for pod in self.pods(**labels) if "deletionTimestamp" not in pod["metadata"]]
            return staying[0] if len(staying) == 1 else None

        found: Json = until(f"one pod of {labels}", only)
        return found

    def lives(self) -> dict[str, tuple[str, int]]:
        """Uid and restarts of every worker's pod that isn't about to go, by account."""
        staying = [pod for pod in self.pods(component="worker") if "deletionTimestamp" not in pod["metadata"]]
        return {pod["metadata"]["labels"]["tradepods.dev/account"]: life(pod) for pod in staying}

    def ledger(self, name: str, folder: Path) -> Path:
        """A copy of an account's ledger, while its worker runs."""
        pod = self.worker(name)["metadata"]["name"]
        command = self.node.command("--namespace", self.namespace, "exec", pod, "--", PYTHON, "-c", COPY, LEDGER)
        file = folder / f"{name}.db"
        file.write_bytes(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
        return file


def life(pod: Json) -> tuple[str, int]:
    """What changes when a pod is replaced, or its program starts again."""
    return pod["metadata"]["uid"], sum(one["restartCount"] for one in pod["status"].get("containerStatuses", ()))
