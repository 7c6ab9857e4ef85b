"""The operator on a real API server, whose other parts (controllers, kubelet, signal service) the test plays."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import httpx
import yaml

from support.cluster import free_port
from support.operated import hash_of, heartbeat, policy
from tradepods_core.times import written
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.observed import annotation
from tradepods_operator.engine.store import CHILDREN
from tradepods_operator.ports import (
    ACCOUNT,
    DEPLOYMENT,
    POD,
    SECRET,
    Kind,
)

WITHIN = 60.0  # seconds: a deadline, never a wait
MERGE = {"Content-Type": "application/merge-patch+json"}


class Hands:
    """What people and controllers do to a namespace."""

    def __init__(self, client: httpx.Client, namespace: str) -> None:
        self.client, self.namespace = client, namespace

    def url(self, kind: Kind, name: str = "") -> str:
        """Of an object, or of all of its kind."""
        root = f"/apis/{kind.api}" if "/" in kind.api else f"/api/{kind.api}"
        return f"{root}/namespaces/{self.namespace}/{kind.plural}" + (f"/{name}" if name else "")

    def create(self, kind: Kind, body: Mapping[str, Any]) -> Any:
        """Create."""
        about = {**body["metadata"], "namespace": self.namespace}
        return self._json(self.client.post(self.url(kind), json={**body, "metadata": about}))

    def get(self, kind: Kind, name: str) -> Any:
        """The object; None where there is none."""
        answer = self.client.get(self.url(kind, name))
        return None if answer.status_code == httpx.codes.NOT_FOUND else self._json(answer)

    def patch(self, kind: Kind, name: str, body: Mapping[str, Any], *, part: str = "") -> Any:
        """Merge."""
        url = self.url(kind, name) + part
        return self._json(self.client.patch(url, content=json.dumps(body), headers=MERGE))

    def delete(self, kind: Kind, name: str) -> None:
        """Delete."""
        self._json(self.client.request("DELETE", self.url(kind, name), json={"gracePeriodSeconds": 0}))

    def child(self, kind: Kind, account: str = "alice") -> Any:
        """One of an account's objects."""
        return self.get(kind, CHILDREN[kind](account))

    def versions(self, account: str = "alice") -> dict[str, str]:
        """Of the account and its objects: they rise with each write."""
        found = {kind.name: self.child(kind, account) for kind in CHILDREN}
        found[ACCOUNT.name] = self.get(ACCOUNT, account)
        return {kind: one["metadata"]["resourceVersion"] for kind, one in found.items() if one is not None}

    def pod(self, account: str = "alice", *, ready: bool = True) -> None:
        """A pod of the Deployment's present template, in the place of the one before."""
        name = f"{account}-pod"
        if self.get(POD, name) is not None:
            self.delete(POD, name)
        template = self.child(DEPLOYMENT, account)["spec"]["template"]
        about = {**template["metadata"], "name": name}
        self.create(POD, {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": template["spec"]})
        condition = {"type": "Ready", "status": "True" if ready else "False"}
        self.patch(POD, name, {"status": {"phase": "Running", "conditions": [condition]}}, part="/status")

    def crash(self, account: str = "alice", *, times: int) -> None:
        """Its pod's container has ended so many times, the last time just now."""
        ended = {"reason": "Error", "exitCode": 1, "finishedAt": written(datetime.now(UTC).replace(microsecond=0))}
        state = {"name": "worker", "image": "w", "imageID": "w", "ready": False, "restartCount": times}
        status = {"containerStatuses": [{**state, "lastState": {"terminated": ended}}]}
        self.patch(POD, f"{account}-pod", {"status": status}, part="/status")

    def crashes_seen(self, account: str = "alice") -> int:
        """Of how many of these the operator knows."""
        known = json.loads(annotation(self.child(DEPLOYMENT, account), names.CRASHES) or "{}")
        return sum(known.get("seen", {}).values())

    def secret(self, name: str, **values: str) -> None:
        """A Secret, new or changed."""
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": values}
        if self.get(SECRET, name) is None:
            self.create(SECRET, body)
        else:
            self.patch(SECRET, name, body)

    def condition(self, kind: str, account: str = "alice") -> Any:
        """One of the account's; {} while it has none."""
        found = self.get(ACCOUNT, account).get("status", {}).get("conditions", [])
        return next((one for one in found if one["type"] == kind), {})

    def said(self, kind: str, account: str = "alice") -> tuple[str, str]:
        """Status and reason of one."""
        found = self.condition(kind, account)
        return found.get("status", ""), found.get("reason", "")

    @staticmethod
    def _json(answer: httpx.Response) -> Any:
        assert answer.is_success, answer.text
        return answer.json()


class Fleet:
    """What the signal service would say, as a file that a small server hands out."""

    def __init__(self, folder: Path) -> None:
        self._file, self._version = folder / "fleet.json", 0
        self._accounts: dict[str, Any] = {}
        self._write()

    @property
    def file(self) -> Path:
        """What the server reads."""
        return self._file

    def hear(self, document: Any, **changes: Any) -> None:
        """An account's worker reports, with the settings that it was handed."""
        about, self._version = document["metadata"], self._version + 1
        said = heartbeat(hash_of(document), **changes)
        self._accounts[f"{about['namespace']}/{about['name']}"] = {
            "namespace": about["namespace"],
            "name": about["name"],
            "version": self._version,
            "seenAt": "2026-11-21T08:00:00Z",
            "heartbeat": json.loads(said.model_dump_json(by_alias=True)),
        }
        self._write()

    def _write(self) -> None:
        draft = self._file.with_suffix(".draft")
        draft.write_text(json.dumps({"version": self._version, "accounts": list(self._accounts.values())}), "utf-8")
        draft.replace(self._file)


SERVER = """
import http.server, pathlib, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = pathlib.Path(sys.argv[1]).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


@contextmanager
def fleet_served(fleet: Fleet) -> Iterator[str]:
    """The URL of a server that tells the fleet."""
    command = [sys.executable, "-c", SERVER, str(fleet.file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(served.stdout.readline())}"
        finally:
            served.kill()


class Server(Protocol):
    """An API server, or what stands before it."""

    kubeconfig: Path


class Replica:
    """One operator's process, which answers probes on this port."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path, port: int) -> None:
        self.process, self.log, self.port = process, log, port

    def wrote(self) -> str:
        """Its log so far."""
        return self.log.read_text("utf-8")

    def wrong(self) -> str:
        """What it says is wrong where the kubelet asks whether it lives; "" where nothing."""
        answer = httpx.get(f"http://127.0.0.1:{self.port}/healthz", trust_env=False)
        return "" if answer.is_success else answer.text.strip()

    def figures(self) -> str:
        """What it says to Prometheus."""
        return httpx.get(f"http://127.0.0.1:{self.port}/metrics", trust_env=False).text

    def kill(self) -> None:
        """As the kernel does when memory runs out."""
        self.process.kill()
        self.process.wait(WITHIN)


@contextmanager
def replica(
    server: Server,
    namespace: str,
    folder: Path,
    *,
    name: str = "one",
    signals: str = "http://127.0.0.1:1",
    everywhere: bool = False,
    resync: float = 5,
    **changes: Any,
) -> Iterator[Replica]:
    """An operator for one namespace, or for all of them, until the end of the block; `resync` in seconds."""
    terms = policy(releaseNamespace=namespace, signals={"url": signals}, **changes)
    file, log = folder / f"{name}.yaml", folder / f"{name}.log"
    file.write_text(yaml.safe_dump(json.loads(terms.model_dump_json(by_alias=True))), "utf-8")
    arguments = ["--policy", str(file), "--identity", name, "--port", str(port := free_port())]
    arguments += [] if everywhere else ["--namespace", namespace]
    arguments += ["--host", "127.0.0.1", "--resync-seconds", str(resync)]
    environment = {**os.environ, "KUBECONFIG": str(server.kubeconfig)}
    with log.open("wb") as output:
        command = [sys.executable, "-m", "tradepods_operator", *arguments]
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        yield Replica(process, log, port)
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(WITHIN)


def until(true: Any, *, what: Any = "", within: float = WITHIN) -> None:
    """Poll until it is true; fails at the deadline with `what`."""
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, what() if callable(what) else what
        time.sleep(0.1)
