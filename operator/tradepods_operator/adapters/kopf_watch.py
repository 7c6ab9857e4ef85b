"""kopf watches; all that it is told becomes keys. It decides nothing, patches nothing, and keeps no state of ours."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import kopf

from tradepods_core.errors import Temporary
from tradepods_operator.ports import ACCOUNT, STRATEGY, WATCHED, Kind

CHILDREN = tuple(kind for kind in WATCHED if kind not in (ACCOUNT, STRATEGY))
SERVER_ENDS, CLIENT_ENDS = 300, 330  # seconds of one watch
CONNECT_WITHIN, ANSWER_WITHIN = 10, 30  # seconds
PAGE = 100  # objects of one answer; all kinds are listed at once
OWN_ID: Any = "tradepods"  # for peers, of which it has none; kopf would make one of the user's name, which no pod has


class NoDiffs(kopf.DiffBaseStorage):
    """Nothing of what an object was before: no handler here asks for it, and kopf would copy every object for it."""

    def build(self, *, body: kopf.Body, extra_fields: Iterable[kopf.FieldSpec] | None = None) -> kopf.BodyEssence:
        """Nothing."""
        del body, extra_fields
        return kopf.BodyEssence()

    def fetch(self, *, body: kopf.Body) -> None:
        """Nothing."""

    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: kopf.BodyEssence) -> None:
        """Nowhere."""


class NoProgress(kopf.ProgressStorage):
    """Nothing of how far handlers are: likewise."""

    def fetch(self, *, key: kopf.HandlerId, body: kopf.Body) -> None:
        """Nothing."""

    def store(self, *, key: kopf.HandlerId, record: kopf.ProgressRecord, body: kopf.Body, patch: kopf.Patch) -> None:
        """Nowhere."""

    def purge(self, *, key: kopf.HandlerId, body: kopf.Body, patch: kopf.Patch) -> None:
        """Nothing is there."""

    def touch(self, *, body: kopf.Body, patch: kopf.Patch, value: str | None) -> None:
        """No object is written."""

    def clear(self, *, essence: kopf.BodyEssence) -> kopf.BodyEssence:
        """As it is."""
        return essence


class Saw(Protocol):
    """Hears of an object."""

    def __call__(self, kind: Kind, body: Mapping[str, Any], *, gone: bool, listed: bool) -> None:
        """A watch has shown it, or that it is gone; `listed` where it begins, and may have missed what came before."""
        ...


class KopfWatch:
    """The watches of one process.

    Args:
        namespaces: which to watch; none is all of them.
        labels: of the children, so that nothing else is sent.
        saw: hears each object that a watch has shown, or shown to be gone.

    """

    def __init__(self, *, namespaces: tuple[str, ...], labels: Mapping[str, str], saw: Saw) -> None:
        self._namespaces, self._labels, self._saw = namespaces, labels, saw

    async def run(self, *, stop: asyncio.Event) -> None:
        """Watch until told to, or by SIGTERM, which kopf takes for itself; raises Temporary where it can't go on."""
        try:
            await kopf.operator(
                registry=self._registry(),
                settings=self._settings(),
                namespaces=self._namespaces,
                clusterwide=not self._namespaces,
                identity=OWN_ID,
                standalone=True,
                stop_flag=stop,
            )
        except Exception as error:  # noqa: BLE001 - the library's own, and those of what it is made of
            raise Temporary(f"the watches have ended: {type(error).__name__}") from None

    def _registry(self) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()
        kopf.on.login(registry=registry)(_login)
        for kind in WATCHED:
            group, _, version = kind.api.rpartition("/")
            labels = dict(self._labels) if kind in CHILDREN else None
            kopf.on.event(group, version, kind.plural, id="saw", labels=labels, registry=registry)(self._heard(kind))
        return registry

    def _heard(self, kind: Kind) -> Callable[..., Any]:
        async def saw(*, type: str | None, event: Mapping[str, Any], **_: Any) -> None:  # noqa: A002 - kopf's name
            self._saw(kind, event["object"], gone=type == "DELETED", listed=type is None)

        return saw

    def _settings(self) -> kopf.OperatorSettings:
        settings = kopf.OperatorSettings()
        settings.posting.enabled = False
        settings.persistence.diffbase_storage = NoDiffs()
        settings.persistence.progress_storage = NoProgress()
        settings.peering.standalone = True
        settings.scanning.disabled = True  # needs rights on CRDs and namespaces; ours are waited for before
        settings.watching.chunk_size = PAGE
        settings.watching.server_timeout = SERVER_ENDS
        settings.watching.client_timeout = CLIENT_ENDS
        settings.watching.connect_timeout = settings.networking.connect_timeout = CONNECT_WITHIN
        settings.networking.request_timeout = ANSWER_WITHIN
        settings.queueing.idle_timeout = 0.1  # until then each object's task keeps its last body
        settings.queueing.exit_timeout = 0.5
        settings.process.ultimate_exiting_timeout = None  # it would kill the whole process, with what is under way
        chosen = ",".join(f"{name}={value}" for name, value in self._labels.items())
        for kind in CHILDREN:
            group = kind.api.rpartition("/")[0]
            settings.watching.label_selectors[group, kind.plural] = chosen
        return settings


def _login(**how: Any) -> kopf.ConnectionInfo | None:
    """By KUBECONFIG where it is set, else by the pod's service account."""
    return kopf.login_with_kubeconfig(**how) or kopf.login_with_service_account(**how)
