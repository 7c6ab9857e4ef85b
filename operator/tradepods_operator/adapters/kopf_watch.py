"""kopf watches; all that it is told becomes keys. It decides nothing, patches nothing, and keeps no state of ours."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import kopf

from tradepods_operator.ports import (
    ACCOUNT,
    CONFIG_MAP,
    DEPLOYMENT,
    NETWORK_POLICY,
    POD,
    SERVICE_ACCOUNT,
    STRATEGY,
    Kind,
)

CHILDREN = (DEPLOYMENT, POD, CONFIG_MAP, NETWORK_POLICY, SERVICE_ACCOUNT)
SERVER_ENDS, CLIENT_ENDS = 300, 330  # seconds of one watch
CONNECT_WITHIN, ANSWER_WITHIN = 10, 30  # seconds


class Saw(Protocol):
    """Hears of an object."""

    def __call__(self, kind: Kind, body: Mapping[str, Any], *, gone: bool) -> None:
        """A watch has shown it, or that it is gone."""
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
        """Watch until told to, or by SIGTERM, which kopf takes for itself; raises what ends kopf otherwise."""
        await kopf.operator(
            registry=self._registry(),
            settings=self._settings(),
            namespaces=self._namespaces,
            clusterwide=not self._namespaces,
            standalone=True,
            stop_flag=stop,
        )

    def _registry(self) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()
        kopf.on.login(registry=registry)(_login)
        for kind in (ACCOUNT, STRATEGY, *CHILDREN):
            group, _, version = kind.api.rpartition("/")
            labels = None if kind in (ACCOUNT, STRATEGY) else dict(self._labels)
            kopf.on.event(group, version, kind.plural, id="saw", labels=labels, registry=registry)(self._heard(kind))
        return registry

    def _heard(self, kind: Kind) -> Callable[..., Any]:
        async def saw(*, type: str | None, body: Mapping[str, Any], **_: Any) -> None:  # noqa: A002 - kopf's name
            self._saw(kind, body, gone=type == "DELETED")

        return saw

    def _settings(self) -> kopf.OperatorSettings:
        settings = kopf.OperatorSettings()
        settings.posting.enabled = False
        settings.peering.standalone = True
        settings.scanning.disabled = True  # needs rights on CRDs and namespaces; ours are waited for before
        settings.watching.server_timeout = SERVER_ENDS
        settings.watching.client_timeout = CLIENT_ENDS
        settings.watching.connect_timeout = settings.networking.connect_timeout = CONNECT_WITHIN
        settings.networking.request_timeout = ANSWER_WITHIN
        settings.queueing.idle_timeout = 1.0
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
