"""What goes over the wire to an API server, and what answers there that is none."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tradepods_cli.cluster.kube import METADATA, connected
from tradepods_cli.cluster.kubeconfig import Place, Wanted, place_of
from tradepods_cli.cluster.ports import NotThere
from tradepods_core.errors import Permanent, Temporary
from tradepods_operator.ports import ACCOUNT, SECRET, Ref

TOKEN = "token-of-somebody-4711"


class Server(ThreadingHTTPServer):
    """Answers every request in the same way, and keeps it."""

    code = 200
    content: bytes = b"{}"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[tuple[str, Any]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.requests.append((self.path, self.headers))
        self.send_response(self.server.code)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    """On a port of its own."""
    found = Server()
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


@pytest.fixture
def place(server: Server, tmp_path: Path) -> Place:
    """The server's, acting as somebody else."""
    user = {"token": TOKEN, "as": "alice", "as-groups": ["traders", "people"]}
    config = {
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_address[1]}"}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "test", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "test",
    }
    file = tmp_path / "config"
    file.write_text(yaml.safe_dump(config), "utf-8")
    return place_of(Wanted(kubeconfig=file), environment={}, home=tmp_path)


def test_of_a_secret_only_the_metadata_is_asked_for(server: Server, place: Place) -> None:
    """So that no value of it ever leaves the server; without notes on who wrote what, nothing is known."""
    fields: dict[str, Any] = {"fieldsV1": {"f:data": {".": {}, "f:apiKey": {}}, "f:type": {}}}
    server.content = json.dumps({"metadata": {"managedFields": [fields, {}]}}).encode()
    with connected(place) as cluster:
        assert cluster.keys(Ref(SECRET, "traders", "x")) == frozenset({"apiKey"})
        server.content = b'{"metadata": {}}'
        assert cluster.keys(Ref(SECRET, "traders", "x")) is None

    path, headers = server.requests[0]
    assert path == "/api/v1/namespaces/traders/secrets/x"
    assert headers["Accept"] == METADATA


def test_one_acts_as_the_kubeconfig_says(server: Server, place: Place) -> None:
    """With each of the groups: the library leaves both out."""
    server.content = b'{"kind": "x"}'
    with connected(place) as cluster:
        cluster.look("/version")

    (_, headers) = server.requests[0]
    assert headers.get_all("Impersonate-User") == ["alice"]
    assert headers.get_all("Impersonate-Group") == ["traders", "people"]
    assert headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("code", "content", "error", "said"),
    [
        (200, b"<html>", Permanent, "no API server"),
        (200, b'{"kind": "Else"}', Permanent, "no API server"),
        (302, b'{"items": []}', Permanent, "no API server"),
        (401, b"", Permanent, "does not know you"),
        (404, b"404 page not found", NotThere, "no such thing"),
        (429, b"", Temporary, "answers 429"),
        (503, b'{"message": "etcd\\n is away"}', Temporary, "answers 503: etcd is away"),
    ],
)
def test_whatever_answers_is_one_line(
    server: Server, place: Place, *, code: int, content: bytes, error: type[Exception], said: str
) -> None:
    """Asked once: a token is carried to no other address."""
    server.code, server.content = code, content
    with connected(place) as cluster, pytest.raises(error, match=said) as caught:
        cluster.list(ACCOUNT)

    assert len(server.requests) == 1
    assert len(str(caught.value).splitlines()) == 1
    assert TOKEN not in str(caught.value)
