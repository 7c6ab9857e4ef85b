"""Namespaces that the operator was named and may not read: whoever takes its Role away there stops nobody elsewhere."""

from collections.abc import Sequence

import structlog

from tradepods_core.errors import Permanent, Temporary
from tradepods_operator.ports import CLAIM, WATCHED, Cluster, Sleep

LOOK_EVERY = 10.0  # seconds
log = structlog.get_logger()


async def shut(cluster: Cluster, namespaces: Sequence[str]) -> tuple[str, ...]:
    """Those of them. Raises Permanent where all are, or where it was named none and may not read; Temporary."""
    found: list[str] = []
    for namespace in namespaces or ("",):
        try:
            await _look(cluster, namespace)
        except Permanent as error:
            found.append(namespace)
            if len(found) == len(namespaces or ("",)):
                raise
            log.warning("namespace_shut", namespace=namespace, error=str(error))
    return tuple(found)


async def until_open(cluster: Cluster, namespaces: Sequence[str], *, sleep: Sleep) -> str:
    """Wait until one of these may be read again: which it is."""
    while True:
        await sleep(LOOK_EVERY)
        for namespace in namespaces:
            try:
                await _look(cluster, namespace)
            except (Permanent, Temporary):
                continue
            return namespace


async def _look(cluster: Cluster, namespace: str) -> None:
    """The first of each kind that is listed there."""
    for kind in (*WATCHED, CLAIM):
        await anext(aiter(cluster.pages(kind, namespace=namespace)), ())
