"""A real etcd and kube-apiserver, made for a run of the tests: it can be stopped, killed, frozen, and started again.

There is nothing else of a cluster: no garbage collection, no pods, and a namespace never finishes going. So each test
has a namespace of its own.
"""

import base64
import itertools
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from support.cluster_assets import assets, skip

TOKEN = "admin-token-of-the-test-cluster-4711"
WITHIN = 60.0  # seconds: a deadline, never a wait
LOWEST, HIGHEST = 20_000, 32_000  # below the ports that the system gives to outgoing connections
ISSUER = "https://kubernetes.default.svc"


class Cluster:
    """An API server on a port of loopback, whose administrator shows `token`.

    Attributes:
        folder: logs, keys and data; goes with the cluster.
        programs: where `kubectl` is, and what else came with the server.
        url: of the server; the same after a restart.
        ca: the certificate by which to trust it.
        kubeconfig: the administrator's.

    """

    def __init__(self, folder: Path, programs: Path, flags: tuple[str, ...] = ()) -> None:
        self.folder, self.programs, self.token = folder, programs, TOKEN
        self._flags = flags
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.ca = folder / "certificates" / "apiserver.crt"
        self.kubeconfig = folder / "kubeconfig"
        self._numbers = itertools.count(1)
        self._etcd: subprocess.Popen[bytes] | None = None
        self._api: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Keys, the administrator's token, and the store."""
        key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        form, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        self._key.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, bare))
        (self.folder / "tokens.csv").write_text(f'{TOKEN},admin,admin,"system:masters"\n', "utf-8")
        self.kubeconfig.write_text(yaml.safe_dump(self.config_of(TOKEN)), "utf-8")
        self._etcd = self.spawn(
            "etcd",
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls=unix://{self._socket}",
            "--advertise-client-urls=http://127.0.0.1:1",  # it has to be an address; nobody asks for it
            "--listen-peer-urls=http://127.0.0.1:0",
            "--unsafe-no-fsync",
            "--log-level=warn",
        )

    def config_of(self, token: str) -> dict[str, object]:
        """A kubeconfig for whoever shows a token."""
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": {"server": self.url, "certificate-authority": str(self.ca)}}],
            "users": [{"name": "test", "user": {"token": token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            "current-context": "test",
        }

    def start(self) -> None:
        """The API server, until it is ready."""
        self._api = self.spawn(
            "kube-apiserver",
            f"--etcd-servers=unix://{self._socket}",
            f"--secure-port={self.port}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",
            f"--cert-dir={self.ca.parent}",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            f"--service-account-issuer={ISSUER}",
            f"--service-account-key-file={self._key}",
            f"--service-account-signing-key-file={self._key}",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--disable-admission-plugins=ServiceAccount",  # nothing here makes the default ones
            *self._flags,
        )
        deadline = time.monotonic() + WITHIN
        while not self._ready():
            assert self._api.poll() is None, self._log("kube-apiserver")
            assert time.monotonic() < deadline, self._log("kube-apiserver")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """The API server; what it has stored stays."""
        if self._api is not None:
            self._api.send_signal(how)
            self._api.wait(WITHIN)
            self._api = None

    def remove(self) -> None:
        """All of it."""
        self.stop()
        if self._etcd is not None:
            self._etcd.kill()
            self._etcd.wait(WITHIN)
        shutil.rmtree(self.folder)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It hangs: connections stay, nothing is answered."""
        assert self._api is not None
        self._api.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._api.send_signal(signal.SIGCONT)

    def client(self, *, token: str = TOKEN, impersonating: str = "") -> httpx.Client:
        """A client of the API; as somebody else where a user is named."""
        headers = {"Authorization": f"Bearer {token}"} | ({"Impersonate-User": impersonating} if impersonating else {})
        return httpx.Client(base_url=self.url, headers=headers, verify=self.trust(), timeout=30, trust_env=False)

    def trust(self) -> ssl.SSLContext:
        """What a client of its own needs to trust the server."""
        return ssl.create_default_context(cafile=str(self.ca))

    def namespace(self) -> str:
        """A new one, and its name."""
        name = f"test-{next(self._numbers)}"
        with self.client() as client:
            client.post("/api/v1/namespaces", json={"metadata": {"name": name}}).raise_for_status()
        return name

    def define(self, definitions: Iterable[dict[str, Any]]) -> None:
        """Kinds by their definitions, until it serves them."""
        deadline = time.monotonic() + WITHIN
        with self.client() as client:
            for definition in definitions:
                place = f"/apis/{definition['apiVersion']}/customresourcedefinitions"
                answer = client.post(place, json=definition)
                assert answer.is_success, answer.text
                while not _established(client.get(f"{place}/{definition['metadata']['name']}").json()):
                    assert time.monotonic() < deadline
                    time.sleep(0.02)

    @contextmanager
    def spoilt(self, key: str) -> Iterator[None]:
        """An object as a broken disk or a lost key leaves it in the store: the API server can't read it any more."""
        named = base64.b64encode(key.encode()).decode()
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(self._socket)), base_url="http://etcd/v3/kv") as etcd:
            found = etcd.post("/range", json={"key": named}).raise_for_status().json()["kvs"][0]["value"]
            etcd.post("/put", json={"key": named, "value": base64.b64encode(b"spoilt").decode()}).raise_for_status()
            yield
            etcd.post("/put", json={"key": named, "value": found}).raise_for_status()

    def kubectl(self, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        """What `kubectl` says, as the administrator; `given` is what it reads from standard input."""
        home = {"HOME": str(self.folder), "PATH": "/usr/bin:/bin"}
        command = [str(self.programs / "kubectl"), f"--kubeconfig={self.kubeconfig}", *arguments]
        return subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=False, env=home)

    @property
    def processes(self) -> dict[str, "subprocess.Popen[bytes]"]:
        """Those of it that run, by program."""
        found = {"etcd": self._etcd, "kube-apiserver": self._api}
        return {name: process for name, process in found.items() if process is not None}

    @property
    def _key(self) -> Path:
        return self.folder / "service-accounts.key"

    @property
    def _socket(self) -> Path:
        return self.folder / "etcd.sock"

    def spawn(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """A process that the kernel ends with this one, however that one ends."""
        tied = shutil.which("setpriv")
        command = [tied, "--pdeathsig=KILL", "--"] if tied else []
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [*command, str(self.programs / name), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C is the tests' alone
            )

    def _ready(self) -> bool:
        if not self.ca.exists():
            return False
        with suppress(httpx.HTTPError, ssl.SSLError), self.client() as client:
            return client.get("/readyz").is_success
        return False

    def _log(self, name: str) -> str:
        return "\n".join((self.folder / f"{name}.log").read_text("utf-8").splitlines()[-20:])


def _established(definition: dict[str, Any]) -> bool:
    conditions = definition.get("status", {}).get("conditions") or ()
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    for port in range(LOWEST + time.monotonic_ns() % 10_000, HIGHEST):
        with socket.socket() as found, suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port
    raise AssertionError


@contextmanager
def serving(*flags: str) -> Iterator[Cluster]:
    """A cluster until the end of the block, its API server with these flags too; skips where it can't be started."""
    programs = assets()
    if programs is None:
        skip()
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="tradepods-cluster-")), programs, flags)
    try:
        cluster.make()
        cluster.start()
        yield cluster
    finally:
        cluster.remove()
