"""From the tests into the cluster: kubectl's own proxy, by which every Service's port is an address on this machine."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx


@contextmanager
def proxied(kubectl: Sequence[str]) -> Iterator[httpx.Client]:
    """A client of the API server, as the administrator of this command line, until the end of the block."""
    tied = shutil.which("setpriv")  # the kernel ends it with this process, however that one ends
    command = [*([tied, "--pdeathsig=KILL", "--"] if tied else []), *kubectl, "proxy", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as proxy:
        try:
            assert proxy.stdout is not None
            said = proxy.stdout.readline()  # Starting to serve on 127.0.0.1:PORT
            with httpx.Client(base_url=f"http://{said.split()[-1]}", timeout=10, trust_env=False) as client:
                yield client
        finally:
            proxy.kill()


class Service:
    """One port of a Service in the cluster."""

    def __init__(self, api: httpx.Client, *, namespace: str, name: str, port: str) -> None:
        self._api, self._place = api, f"/api/v1/namespaces/{namespace}/services/{name}:{port}/proxy"

    def get(self, path: str, **query: str | int) -> Any:
        """The JSON at a path; raises httpx.HTTPError."""
        return self._api.get(self._place + path, params=query).raise_for_status().json()

    def post(self, path: str, **body: Any) -> None:
        """Send JSON there; raises httpx.HTTPError."""
        self._api.post(self._place + path, json=body).raise_for_status()
