"""The API server, by the official client's transport: it brings credentials and TLS, we bring addresses and bodies."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.request import getproxies

import aiohttp
from kubernetes.aio import config
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.config.config_exception import ConfigException

from tradepods_core.errors import Permanent, Temporary
from tradepods_operator.ports import FIELD_MANAGER, POD, Conflict, Document, Gone, Kind, Ref, ref_of

ANSWER_WITHIN, LIST_WITHIN = 10.0, 30.0  # seconds
PAGE = 100  # objects of one answer: as read, these take some MiB
CONNECTIONS = 20  # those of all passes side by side, and some to spare: each takes a quarter of a MiB
LONGEST = 300  # characters of the server's own words
KUBECONFIG = "KUBECONFIG"
APPLY, MERGE = "application/apply-patch+yaml", "application/merge-patch+json"
REFUSED_FROM, NOT_FOUND, CONFLICT, SERVER_FAULT = 400, 404, 409, 500
UNAUTHORIZED, REQUEST_TIMEOUT, EXPIRED, TOO_MANY = 401, 408, 410, 429
FOR_NOW = (UNAUTHORIZED, REQUEST_TIMEOUT, EXPIRED, TOO_MANY)
Count = Callable[[str, str, str], None]
Left = Callable[[Kind, Document], None]


@asynccontextmanager
async def connected() -> AsyncIterator[ApiClient]:
    """A client by KUBECONFIG where it is set, else by the pod's service account; raises Permanent."""
    found = Configuration()
    try:
        if file := os.environ.get(KUBECONFIG):
            await config.load_kube_config(config_file=file, client_configuration=found)
        else:
            config.load_incluster_config(client_configuration=found)
    except ConfigException as error:
        raise Permanent(f"there is no way to a cluster, by {KUBECONFIG} or in a pod: {error}") from None
    found.connection_pool_maxsize = CONNECTIONS
    found.client_session_kwargs = {"trust_env": bool(getproxies())}  # else two threads look for a proxy at each request
    client = ApiClient(found)
    client.user_agent = FIELD_MANAGER
    try:
        yield client
    finally:
        await client.close()


class KubeCluster:
    """The objects of some namespaces, of all where none is named.

    Attributes:
        namespaces: which.

    Args:
        count: hears the verb, the resource and the status code of each request; "away" where none came.
        left: hears how a write has left its object.

    """

    def __init__(
        self,
        client: ApiClient,
        *,
        namespaces: tuple[str, ...] = (),
        count: Count | None = None,
        left: Left | None = None,
    ) -> None:
        self._client, self.namespaces = client, namespaces
        self._count = count or (lambda _verb, _resource, _code: None)
        self._left = left or (lambda _kind, _document: None)

    def without(self, namespaces: Sequence[str]) -> "KubeCluster":
        """But for these, of those that it was named."""
        left = tuple(one for one in self.namespaces if one not in namespaces)
        return KubeCluster(self._client, namespaces=left, count=self._count, left=self._left)

    async def get(self, ref: Ref) -> Document | None:
        """The object, None where there is none."""
        try:
            return await self._ask("GET", ref.kind, _address(ref))
        except Gone:
            return None

    async def list(self, kind: Kind, *, namespace: str = "", labels: Mapping[str, str] | None = None) -> list[Document]:
        """The objects of a kind."""
        return [one async for page in self.pages(kind, namespace=namespace, labels=labels) for one in page]

    async def pages(
        self, kind: Kind, *, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> AsyncIterator[Sequence[Document]]:
        """The same, so that no answer is huge."""
        for one in (namespace,) if namespace else self.namespaces or ("",):
            async for page in self._pages(kind, one, labels or {}):
                yield [_listed(kind, item) for item in page["items"]]

    async def apply(self, document: Document) -> Document:
        """As our field manager, by force: the objects are ours, and what a hand changed is put back."""
        return await self._applied(ref_of(document), document)

    async def apply_status(self, document: Document) -> None:
        """The same for the status alone."""
        await self._applied(ref_of(document), document, part="/status")

    async def create(self, document: Document) -> None:
        """Create."""
        ref = ref_of(document)
        query = {"fieldManager": FIELD_MANAGER}
        place = _collection(ref.kind, ref.namespace)
        self._left(ref.kind, await self._ask("POST", ref.kind, place, query=query, body=document))

    async def patch(self, ref: Ref, body: Document) -> None:
        """Merge."""
        query = {"fieldManager": FIELD_MANAGER}
        self._left(ref.kind, await self._ask("PATCH", ref.kind, _address(ref), query=query, body=body, form=MERGE))

    async def delete(self, ref: Ref, *, uid: str = "") -> None:
        """Delete, in the background."""
        body: dict[str, Any] = {"propagationPolicy": "Background"}
        if uid:
            body["preconditions"] = {"uid": uid}
        try:
            await self._ask("DELETE", ref.kind, _address(ref), body=body)
        except (Gone, Conflict):
            return

    async def _applied(self, ref: Ref, document: Document, *, part: str = "") -> Document:
        query = {"fieldManager": FIELD_MANAGER, "force": "true"}
        place = _address(ref) + part
        found = await self._ask("PATCH", ref.kind, place, query=query, body=document, form=APPLY)
        self._left(ref.kind, found)
        return found

    async def _pages(self, kind: Kind, namespace: str, labels: Mapping[str, str]) -> AsyncIterator[Document]:
        query = {"limit": str(PAGE), "labelSelector": ",".join(f"{name}={value}" for name, value in labels.items())}
        while True:
            page = await self._ask("GET", kind, _collection(kind, namespace), query=query, within=LIST_WITHIN)
            yield page
            more = page["metadata"].get("continue")
            if not more:
                return
            query["continue"] = more

    async def _ask(
        self,
        verb: str,
        kind: Kind,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Document | None = None,
        form: str = "application/json",
        within: float = ANSWER_WITHIN,
    ) -> Document:
        code = "away"
        try:
            async with asyncio.timeout(within):
                status, retry_after, content = await self._send(verb, path, query or {}, body, form)
            code = str(status)
        except (TimeoutError, aiohttp.ClientError, OSError, ApiException) as error:
            raise Temporary(f"the API server does not answer: {type(error).__name__}") from None
        finally:
            self._count(verb, kind.plural, code)
        found, asked = _read(content), f"{verb} {path}"
        if status >= REFUSED_FROM:
            raise _refusal(status, asked, found, retry_after)
        if "kind" not in found:
            raise Temporary(f"{asked}: the answer is not an API server's")  # something between us and it has answered
        return found

    async def _send(
        self, verb: str, path: str, query: Mapping[str, str], body: Document | None, form: str
    ) -> tuple[int, str, bytes]:
        headers = {"Accept": "application/json", "Content-Type": form}
        method, url, header_params, *_ = await self._client.param_serialize(
            method=verb,
            resource_path=path,
            query_params=list(query.items()),
            header_params=headers,
            auth_settings=["BearerToken"],
        )
        sent = None if body is None else dict(body)  # plain data already: the client would walk through all of it
        answer = await self._client.call_api(method, url, header_params, sent)
        return answer.status, answer.getheader("Retry-After", "") or "", await answer.read()


def _listed(kind: Kind, item: dict[str, Any]) -> Document:
    """One of many: without what is large and nobody asks."""
    item["metadata"].pop("managedFields", None)
    if kind == POD:
        item.pop("spec", None)
    return {"apiVersion": kind.api, "kind": kind.name, **item}


def _refusal(status: int, asked: str, found: Document, retry_after: str) -> Temporary | Permanent:
    said = f"{asked}: {_said(found)}"
    if status == NOT_FOUND:
        return _not_found(asked, found, said)
    if status == CONFLICT:
        return Conflict(said)
    if status in FOR_NOW or status >= SERVER_FAULT:
        return Temporary(said, after=float(retry_after) if retry_after.isdecimal() else 0.0)
    return Permanent(said)


def _not_found(asked: str, found: Document, said: str) -> Temporary:
    """Gone is what the server says of an object. A kind that isn't served now says nothing of its objects."""
    named = (found.get("details") or {}).get("name")
    return Gone(said) if named else Temporary(f"{asked}: the API server does not serve this kind")


def _said(found: Document) -> str:
    """The server's own words, on one line."""
    return " ".join(str(found.get("message", "no reason given")).split())[:LONGEST]


def _read(content: bytes) -> Document:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _collection(kind: Kind, namespace: str) -> str:
    root = f"/api/{kind.api}" if "/" not in kind.api else f"/apis/{kind.api}"
    return f"{root}/namespaces/{namespace}/{kind.plural}" if namespace else f"{root}/{kind.plural}"


def _address(ref: Ref) -> str:
    return f"{_collection(ref.kind, ref.namespace)}/{ref.name}"
