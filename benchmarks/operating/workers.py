"""The signal service's word for a fleet of workers: each reports every few seconds, and its equity moves."""

import copy
import http.server
import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlparse

from support.operated import hash_of, heartbeat
from tradepods_core.settings.reading import read_account

EVERY = 5.0  # seconds between two heartbeats of a worker
Json = dict[str, Any]


class Workers:
    """What they have said.

    Attributes:
        reporting: whether they go on to report; else they have spoken once.

    """

    def __init__(self) -> None:
        self._digests: list[Json] = []
        self._lock = threading.Lock()
        self._version, self._begun = 0, 0.0
        self.reporting = False

    def hear(self, documents: Iterable[Json]) -> None:
        """Each worker has its account's present settings in force."""
        digests = [_digest(document) for document in documents]
        self._version += len(digests) or 1
        for number, digest in enumerate(digests):
            digest["version"] = self._version - number
        self._digests, self._begun = digests, time.monotonic()

    def applied(self, name: str, settings: str) -> None:
        """A worker has these settings in force, and says so at once."""
        with self._lock:
            digest = next(one for one in self._digests if one["name"] == name)
            if digest["heartbeat"]["settingsHash"] != settings:
                self._version += 1
                digest["heartbeat"]["settingsHash"], digest["version"] = settings, self._version

    def told(self, after: int) -> Json:
        """What changed since."""
        with self._lock:
            if self.reporting:
                self._move()
            found = [digest for digest in self._digests if digest["version"] > after]
            return {"version": self._version, "accounts": copy.deepcopy(found)}

    def _move(self) -> None:
        """Whoever has reported since the last question, one after the other."""
        due = int((time.monotonic() - self._begun) / EVERY * len(self._digests))
        for _ in range(min(due, len(self._digests))):
            self._version += 1
            digest = self._digests[self._version % len(self._digests)]
            digest["version"] = self._version
            digest["heartbeat"]["equity"] = str(10_000 + self._version % 9)
        if due:
            self._begun = time.monotonic()


def _digest(document: Json) -> Json:
    about = document["metadata"]
    said = heartbeat(hash_of(document), dry_run=read_account(document["spec"]).dry_run)
    return {
        "namespace": about["namespace"],
        "name": about["name"],
        "version": 0,
        "seenAt": "2026-11-21T08:00:00Z",
        "heartbeat": json.loads(said.model_dump_json(by_alias=True)),
    }


@contextmanager
def served(workers: Workers) -> Iterator[str]:
    """Its URL."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Of the fleet, whatever is asked."""
            after = parse_qs(urlparse(self.path).query).get("after", ["0"])[0]
            body = json.dumps(workers.told(int(after))).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
