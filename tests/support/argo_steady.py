"""Looks all the time whether Argo CD finds anything to do in a fleet that nobody changes, and what is written there."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

import httpx

from support.argo_server import Argo
from support.node import Json
from support.playground import Playground

FLEET = ("fleet", "tradepods", "accounts-demo")  # Applications; nobody changes anything of these
HOLDS, TRADES = "dave", "frank"  # their accounts
CHANGED = ("carol", "erin")  # other accounts of the release
EVERY = 1.0  # seconds between two looks
CHILDREN = (
    "/api/v1/namespaces/{}/configmaps",
    "/api/v1/namespaces/{}/serviceaccounts",
    "/api/v1/namespaces/{}/persistentvolumeclaims",
    "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
)
WITH_SPEC = (
    "/apis/apps/v1/namespaces/{}/deployments",
    "/apis/tradepods.dev/v1alpha1/namespaces/{}/tradingaccounts",
    "/apis/tradepods.dev/v1alpha1/namespaces/{}/tradingstrategies",
)


class Steady:
    """Looks until it is told to stop.

    Attributes:
        standings: how many looks found an Application how.
        versions: of each account, as often as it was written.
        blind: the longest time between two looks, seconds.

    """

    def __init__(self, argo: Argo, playground: Playground) -> None:
        self.standings, self.versions, self.blind = Counter[str](), defaultdict[str, set[str]](set), 0.0
        self._argo, self._playground = argo, playground
        self._before, self._over = self._state(), threading.Event()
        self._begun = self._at = time.monotonic()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def lasted(self) -> float:
        """Seconds from the first look to the last."""
        return self._at - self._begun

    def stop(self) -> None:
        """No further looks."""
        self._over.set()
        self._thread.join()

    def changed(self) -> Mapping[str, tuple[object, object]]:
        """What isn't as it was in the beginning: syncs, specs, and what was made of them; before, and now."""
        before, now = self._before, self._state()
        return {name: (before.get(name), now.get(name)) for name in before | now if before.get(name) != now.get(name)}

    def _run(self) -> None:
        while not self._over.wait(EVERY):
            try:
                self._look()
            except httpx.HTTPError:
                continue  # `blind` says for how long
            finally:
                self.blind = max(self.blind, time.monotonic() - self._at)
            self._at = time.monotonic()

    def _look(self) -> None:
        standings = self._argo.standings()
        for name in FLEET:
            self.standings[" ".join((name, *standings.get(name, ("gone", ""))))] += 1
        for name in (HOLDS, TRADES):
            self.versions[name].add(self._playground.account(name)["metadata"]["resourceVersion"])

    def _state(self) -> dict[str, object]:
        found: dict[str, object] = {f"syncs of {name}": self._argo.synced(name) for name in FLEET}
        for path in CHILDREN:
            for about in self._listed(path, labelSelector="app.kubernetes.io/component=worker"):
                found[f"{path} {about['name']}"] = about["resourceVersion"]
        for path in WITH_SPEC:
            for about in self._listed(path):
                found[f"{path} {about['name']}"] = about["generation"]
        return found

    def _listed(self, path: str, **query: str) -> Iterator[Json]:
        items = self._playground.node.read(path.format(self._playground.namespace), **query)["items"]
        for about in (one["metadata"] for one in items):
            if about.get("labels", {}).get("tradepods.dev/account", about["name"]) not in CHANGED:
                yield about
