"""The API server, by the official client: it brings credentials and TLS, we bring addresses and bodies.

Its own errors end here, unread: they may hold what stands in a kubeconfig.
"""

import json
import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import urllib3
from kubernetes import config
from kubernetes.client.api_client import ApiClient
from kubernetes.client.configuration import Configuration
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException

from tradepods_cli.cluster.kubeconfig import Place
from tradepods_cli.cluster.ports import Answer, Forbidden, NotThere
from tradepods_core.errors import Permanent, Temporary, TradepodsError
from tradepods_operator.ports import Document, Kind, Ref

FIELD_MANAGER = "tradepods-cli"
CONNECT_WITHIN, ANSWER_WITHIN = 5.0, 20.0  # seconds
PAGE = 500  # objects of one answer
LONGEST = 300  # characters of the server's own words
JSON, MERGE = "application/json", "application/merge-patch+json"
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
REDIRECTS, REFUSED_FROM, SERVER_FAULT = 300, 400, 500
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TOO_MANY = 401, 403, 404, 429
UNUSABLE = (ConfigException, OSError, ValueError, KeyError, TypeError, AttributeError)
AWAY = (urllib3.exceptions.HTTPError, OSError, ApiException)


@contextmanager
def connected(place: Place) -> Iterator["KubeCluster"]:
    """The cluster until the end of the block; raises Permanent where the kubeconfig gives no way to it."""
    found = Configuration()
    found.retries = False
    complaints = _Complaints()
    logging.getLogger().addHandler(complaints)
    try:
        config.load_kube_config(
            config_file=os.pathsep.join(map(str, place.files)), context=place.context, client_configuration=found
        )
    except UNUSABLE:
        raise _unusable(place) from None
    finally:
        logging.getLogger().removeHandler(complaints)
    if complaints.heard:
        why = f"context {place.context}: the program that gives its credentials has failed: kubectl get ns shows how"
        raise Permanent(why)
    with ApiClient(found) as client:
        client.user_agent = FIELD_MANAGER
        yield KubeCluster(client, place)


class _Complaints(logging.Handler):
    """The library logs that a credentials' program failed, and goes on without; its words aren't shown."""

    heard = False

    def emit(self, record: logging.LogRecord) -> None:
        self.heard = self.heard or record.levelno >= logging.ERROR


class KubeCluster:
    """One cluster, as a person's kubeconfig reaches it."""

    def __init__(self, client: ApiClient, place: Place) -> None:
        self._client, self._place = client, place
        self._time: datetime | None = None

    @property
    def server_time(self) -> datetime | None:
        """Its clock at its last answer."""
        return self._time

    def look(self, path: str) -> Document:
        """What stands at a path."""
        found: Document = self._ask("GET", path)
        return found

    def get(self, ref: Ref) -> Document:
        """The object."""
        found: Document = self._ask("GET", _address(ref))
        return found

    def keys(self, ref: Ref) -> frozenset[str] | None:
        """By what the server notes of who wrote which field: no value leaves it."""
        about = self._ask("GET", _address(ref), accept=METADATA)["metadata"]
        fields = [entry.get("fieldsV1") or {} for entry in about.get("managedFields") or ()]
        written = [one.get(part) or {} for one in fields for part in ("f:data", "f:stringData")]
        found = frozenset(name[2:] for names in written for name in names if name.startswith("f:"))
        return found or None

    def list(self, kind: Kind, *, namespace: str = "", labels: Mapping[str, str] | None = None) -> list[Document]:
        """Page by page, so that no answer is huge."""
        selector = ",".join(f"{name}={value}" for name, value in (labels or {}).items())
        query = {"limit": str(PAGE), "labelSelector": selector}
        found: list[Document] = []
        while True:
            page = self._ask("GET", _collection(kind, namespace), query=query)
            if not isinstance(page.get("items"), list):
                raise self._stranger()
            found += page["items"]
            more = (page.get("metadata") or {}).get("continue")
            if not more:
                return found
            query["continue"] = more

    def annotate(self, ref: Ref, name: str, value: str | None) -> Document:
        """Merge it into the object."""
        body = {"metadata": {"annotations": {name: value}}}
        query = {"fieldManager": FIELD_MANAGER}
        found: Document = self._ask("PATCH", _address(ref), query=query, body=body, form=MERGE)
        return found

    def may(self, user: str, groups: tuple[str, ...], attributes: Mapping[str, str]) -> bool:
        """Ask the server's own authorizers."""
        spec = {"user": user, "groups": list(groups), "resourceAttributes": dict(attributes)}
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
        return bool(self._ask("POST", REVIEWS, body=body)["status"].get("allowed"))

    def ask(self, service: Ref, *, scheme: str, port: str, path: str) -> Answer:
        """A server that isn't reached is a 503 whose body is a Status of the API server."""
        named = f"{_collection(service.kind, service.namespace)}/{scheme}:{quote(service.name)}:{port}/proxy{path}"
        code, content = self._send("GET", named)
        if code in (UNAUTHORIZED, FORBIDDEN, NOT_FOUND) and _read(content).get("kind") == "Status":
            raise self._refusal(code, content)
        return Answer(code=code, body=_read(content))

    def _ask(self, verb: str, path: str, **terms: Any) -> Any:
        code, content = self._send(verb, path, **terms)
        if code >= REFUSED_FROM:
            raise self._refusal(code, content)
        if code >= REDIRECTS or not (found := _read(content)):
            raise self._stranger()
        return found

    def _send(
        self,
        verb: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Document | None = None,
        form: str = JSON,
        accept: str = JSON,
    ) -> tuple[int, bytes]:
        method, url, headers, *_ = self._client.param_serialize(
            method=verb,
            resource_path=path,
            query_params=list((query or {}).items()),
            header_params={"Accept": accept, "Content-Type": form},
            auth_settings=["BearerToken"],
        )
        try:
            with warnings.catch_warnings():  # one who turned verification off knows it
                warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
                answer = self._client.call_api(
                    method, url, self._acting(headers), body, _request_timeout=(CONNECT_WITHIN, ANSWER_WITHIN)
                )
                content = answer.read()
        except AWAY as error:
            raise self._away(error) from None
        self._time = _moment(answer.getheader("Date", "")) or self._time
        return answer.status, content

    def _acting(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """The kubeconfig's `as`: the library leaves it out, and would act as more than was meant."""
        acting = urllib3.HTTPHeaderDict(headers)
        if self._place.as_user:
            acting["Impersonate-User"] = self._place.as_user
            for group in self._place.as_groups:
                acting.add("Impersonate-Group", group)
        return acting

    def _away(self, error: Exception) -> Temporary:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            why = "its certificate is vouched for by nobody who is trusted: mend the cluster's certificate-authority"
            return Temporary(f"{self._place}: {why} in the kubeconfig")
        how = type(error).__name__
        return Temporary(f"{self._place}: the API server does not answer ({how}): is it up, and is this the context?")

    def _stranger(self) -> Permanent:
        return Permanent(f"{self._place}: what answers there is no API server: mend the server in the kubeconfig")

    def _refusal(self, code: int, content: bytes) -> TradepodsError:
        said = " ".join(str(_read(content).get("message", "")).split())[:LONGEST]
        if code == UNAUTHORIZED:
            return Permanent(f"{self._place}: the API server does not know you (401): log in again, or use --context")
        if code == FORBIDDEN:
            return Forbidden(f"{said or 'the API server refuses it'}: ask for the right, or use --context")
        if code == NOT_FOUND:
            return NotThere(said or "there is no such thing")
        if code == TOO_MANY or code >= SERVER_FAULT:
            return Temporary(f"{self._place}: the API server answers {code}: {said or 'without a reason'}: try again")
        return Permanent(f"the API server answers {code}: {said or 'without a reason'}")


def _unusable(place: Place) -> Permanent:
    where = ", ".join(map(str, place.files))
    return Permanent(f"{where}: the user or the cluster of context {place.context} can't be used: kubectl says why")


def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


def _read(content: bytes) -> Any:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _collection(kind: Kind, namespace: str) -> str:
    root = f"/api/{kind.api}" if "/" not in kind.api else f"/apis/{kind.api}"
    return f"{root}/namespaces/{quote(namespace)}/{kind.plural}" if namespace else f"{root}/{kind.plural}"


def _address(ref: Ref) -> str:
    return f"{_collection(ref.kind, ref.namespace)}/{quote(ref.name)}"
