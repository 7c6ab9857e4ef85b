"""The chart's service accounts on a real API server: what it lets them do, and programs that run as them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from support.chart import arguments, policy_text
from support.cluster import Cluster, free_port
from support.operating import Replica, until

Json = dict[str, Any]
ACCESS = ("ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")


def install(cluster: Cluster, objects: Sequence[Json], *kinds: str) -> None:
    """Apply those of some kinds, as helm would."""
    chosen = [one for one in objects if one["kind"] in kinds]
    given = json.dumps({"apiVersion": "v1", "kind": "List", "items": chosen})
    done = cluster.kubectl("apply", "--server-side", "--filename=-", given=given)
    assert done.returncode == 0, done.stderr


def user(namespace: str, component: str) -> str:
    """What the API server calls a component's service account."""
    return f"system:serviceaccount:{namespace}:tradepods-{component}"


def may(client: httpx.Client, verb: str, what: str, *, namespace: str = "", name: str = "") -> bool:
    """Whether the client's user may, as `kubectl auth can-i` asks; `what` as in `deployments.apps/scale`."""
    resource, _, sub = what.partition("/")
    plural, _, group = resource.partition(".")
    asked = {"verb": verb, "resource": plural, "group": group, "subresource": sub, "namespace": namespace, "name": name}
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": asked},
    }
    answer = client.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", json=body)
    assert answer.is_success, answer.text
    return bool(answer.json()["status"]["allowed"])


def token(cluster: Cluster, namespace: str, account: str, *, audience: str = "") -> str:
    """As the kubelet projects it into a pod; for the API server where no audience is named."""
    place = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
    terms = {"expirationSeconds": 3600, **({"audiences": [audience]} if audience else {})}
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": terms}
    with cluster.client() as client:
        answer = client.post(place, json=body)
    assert answer.is_success, answer.text
    found: str = answer.json()["status"]["token"]
    return found


def kubeconfig(cluster: Cluster, folder: Path, *, namespace: str, component: str) -> Path:
    """A kubeconfig with a token of a component's service account, and with no right beside."""
    file = folder / f"{component}.kubeconfig"
    shown = token(cluster, namespace, f"tradepods-{component}")
    file.write_text(yaml.safe_dump(cluster.config_of(shown)), "utf-8")
    return file


def seeding(kubeconfig: Path, folder: Path, *, namespace: str) -> "subprocess.Popen[str]":
    """The Job's program."""
    command = [sys.executable, "-m", "tradepods_operator.seed", f"--namespace={namespace}", str(folder)]
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig)}
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)


@contextmanager
def operator(objects: Sequence[Json], kubeconfig: Path, folder: Path) -> Iterator[tuple[Replica, str]]:
    """The operator as its pod would start it, until the end of the block; and the address of its figures."""
    policy, log, port = folder / "policy.yaml", folder / "operator.log", free_port()
    policy.write_text(policy_text(objects), "utf-8")
    own = [f"--policy={policy}", f"--port={port}", "--host=127.0.0.1", "--resync-seconds=10"]
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig)}
    command = [sys.executable, "-m", "tradepods_operator", *arguments(objects, "operator"), *own]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        yield Replica(process, log, port), f"http://127.0.0.1:{port}/metrics"
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


@contextmanager
def signals(cluster: Cluster, objects: Sequence[Json], folder: Path, *, namespace: str) -> Iterator[str]:
    """The signal service as its pod would start it, but for places; its URL, until the end of the block."""
    shown, port, log = folder / "token", folder / "port", folder / "signals.log"
    shown.write_text(token(cluster, namespace, "tradepods-signals"), "utf-8")
    (folder / "strategies").mkdir()
    own = ["--host=127.0.0.1", "--port=0", f"--port-file={port}", f"--strategies={folder / 'strategies'}"]
    own += [f"--history={folder / 'history'}", f"--candles-dir={folder / 'candles'}", "--url=http://127.0.0.1:1"]
    own += [f"--jwks={cluster.url}/openid/v1/jwks", f"--jwks-ca={cluster.ca}", f"--jwks-token={shown}"]
    command = [sys.executable, "-m", "tradepods_signals", *arguments(objects, "signals"), *own]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            until(port.exists, what=lambda: log.read_text("utf-8"))
            yield f"http://127.0.0.1:{port.read_text('ascii')}"
        finally:
            process.terminate()


def refused(figures: str) -> list[str]:
    """The operator's requests that the API server has refused for want of a right."""
    text = httpx.get(figures, trust_env=False).text
    return [
        line for line in text.splitlines() if line.startswith("tradepods_operator_api_requests") and '"403"' in line
    ]
