"""Workers hear of changed settings as real ones do: once their pod is annotated, its mounted ConfigMap arrives."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from benchmarks.operating.place import Place
from benchmarks.operating.workers import Workers
from support.people import NAMESPACE
from tradepods_operator.engine.manifests.names import ACCOUNT_LABEL, SETTINGS

PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
METADATA = {"Accept": "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"}
AT_ONCE = 2  # seconds of one watch


@contextmanager
def listening(place: Place, workers: Workers) -> Iterator[None]:
    """Until the end of the block."""
    over = threading.Event()
    with place.client() as client:
        version = client.get(PODS, params={"limit": 1}).raise_for_status().json()["metadata"]["resourceVersion"]
        thread = threading.Thread(target=_listen, args=(client, version, workers, over), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _listen(client: httpx.Client, version: str, workers: Workers, over: threading.Event) -> None:
    while not over.is_set():
        query = {"watch": "1", "resourceVersion": version, "timeoutSeconds": str(AT_ONCE), "allowWatchBookmarks": "1"}
        with client.stream("GET", PODS, params=query, headers=METADATA) as answer:
            for line in answer.iter_lines():
                about = json.loads(line)["object"]["metadata"]
                version = about["resourceVersion"]
                name = about.get("labels", {}).get(ACCOUNT_LABEL)
                if name and (settings := about.get("annotations", {}).get(SETTINGS)):
                    workers.applied(name, settings)
