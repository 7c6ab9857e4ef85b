"""`python -m tradepods_operator.seed FOLDER`: makes the objects of a folder of manifests, once their kinds are served.

A chart can't hold resources of a kind that it brings itself. What is there already stays as it is: it is somebody's.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path

import structlog
import yaml

from tradepods_core.errors import Permanent, Temporary, TradepodsError
from tradepods_operator import logs
from tradepods_operator.adapters import kube
from tradepods_operator.ports import KINDS, Cluster, Conflict, Document, Sleep, ref_of

HOPELESS = 3  # exit code: trying again would fail again
AGAIN = 1.0  # seconds between two tries
WITHIN = 240.0  # seconds for all of it: a new kind is served within a few
log = structlog.get_logger()


def main(arguments: list[str] | None = None) -> int:
    """0 once everything is there; one line on standard error says why it is not."""
    parser = argparse.ArgumentParser(prog="python -m tradepods_operator.seed", description=__doc__)
    parser.add_argument("folder", type=Path, help="with *.yaml files of accounts, strategies and Secrets")
    parser.add_argument("--namespace", required=True, help="of the objects")
    options = parser.parse_args(arguments)
    logs.configure("info")
    try:
        asyncio.run(_run(read(options.folder, namespace=options.namespace)))
    except (TradepodsError, TimeoutError) as error:
        why = str(error) or f"not done within {WITHIN:g} seconds: the log says what was waited for"
        print(f"error: {why}", file=sys.stderr)  # noqa: T201 - for the person who started it
        return HOPELESS
    return 0


def read(folder: Path, *, namespace: str) -> list[Document]:
    """The folder's documents, in this namespace; raises Permanent. No text of theirs is told: some hold secrets."""
    found: list[Document] = []
    for file in sorted(folder.glob("*.yaml")):
        try:
            documents = [one for one in yaml.safe_load_all(file.read_text("utf-8")) if one is not None]
            found += [_placed(one, namespace) for one in documents]
        except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError) as error:
            raise Permanent(f"{file.name} holds no manifests that can be read: {type(error).__name__}") from None
    if not found:
        raise Permanent(f"{folder} holds no *.yaml file with manifests")
    return found


async def seed(cluster: Cluster, documents: Iterable[Document], *, sleep: Sleep) -> None:
    """Make each; raises Permanent where one is refused. What can't be made now is tried again, without end."""
    for document in documents:
        while not await _made(cluster, document):
            await sleep(AGAIN)


async def _made(cluster: Cluster, document: Document) -> bool:
    ref = str(ref_of(document))
    try:
        await cluster.create(document)
    except Conflict:
        log.info("there_already", object=ref)
    except Temporary as error:
        log.info("waiting", object=ref, error=str(error))
        return False
    else:
        log.info("made", object=ref)
    return True


async def _run(documents: list[Document]) -> None:
    async with asyncio.timeout(WITHIN), kube.connected() as client:
        await seed(kube.KubeCluster(client), documents, sleep=asyncio.sleep)


def _placed(document: dict[str, object], namespace: str) -> Document:
    about = document["metadata"]
    if (document["apiVersion"], document["kind"]) not in {(kind.api, kind.name) for kind in KINDS}:
        raise ValueError("another kind of object")
    if not isinstance(about, dict):
        raise TypeError("no metadata")
    return {**document, "metadata": {**about, "namespace": namespace}}


if __name__ == "__main__":
    sys.exit(main())
