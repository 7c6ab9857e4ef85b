"""Which of the things that a watch shows are news: else each write of ours would be a pass, and each start one of all.

No news is what a survey has just read, what our own write has left, and what the cluster's controllers note down for
themselves alone. In doubt it is news: a pass too many costs some reads, one too few a delay until the next survey.

What a watch lists as it begins anew is news: what went meanwhile isn't there, but other objects of its account are.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tradepods_operator.engine.manifests.names import ACCOUNT_LABEL
from tradepods_operator.ports import ACCOUNT, DEPLOYMENT, POD, WATCHED, Document, Kind

CONSEQUENT = (DEPLOYMENT, POD)  # these change several times in a row, and mostly in what no plan looks at
REVISION = "deployment.kubernetes.io/revision"
NOTED_DOWN = ("resourceVersion", "managedFields", "generation")  # of the metadata, beside what they are about
ASKS = "tradepods.dev/"  # annotations by which people ask for something
Place = tuple[Kind, str, str]


class News:
    """What is known, as hashes: a fleet has many objects."""

    def __init__(self) -> None:
        self._surveyed: set[int] = set()
        self._unlisted: set[int] | None = None  # of the first survey, until the first lists have shown them
        self._left: set[int] = set()
        self._gists: dict[Place, int] = {}
        self._wishes: dict[Place, int] = {}

    def surveyed(self, versions: Iterable[int]) -> None:
        """A survey has read these, and planned for them."""
        self._surveyed = set(versions)
        self._left = set()
        if self._unlisted is None:
            self._unlisted = set(self._surveyed)

    def left(self, kind: Kind, document: Document) -> None:
        """Our own write has left an object so; what that of a Deployment leads to has to be looked at all the same."""
        if kind in WATCHED and kind != DEPLOYMENT:  # others are never shown, and would be kept for nothing
            self._left.add(version_of(document))

    def is_news(self, kind: Kind, document: Document, *, gone: bool, listed: bool) -> bool:
        """Whether the account has to be looked at; `listed` where a watch begins, which may have missed something."""
        changed, version = self._has_changed(kind, document, gone=gone), version_of(document)
        if gone:
            return True
        if listed:
            return self._is_listed_anew(version)
        if version in self._surveyed:
            return False
        if version in self._left:
            self._left.discard(version)
            return False
        return changed

    def is_wish(self, document: Document, *, gone: bool, news: bool) -> bool:
        """Whether somebody wants something else of an account, by spec, annotation or deletion: no status is a wish.

        Of one that is shown for the first time nobody can tell: what is news there may be one.
        """
        about = document["metadata"]
        place = (ACCOUNT, about["namespace"], about["name"])
        wish = hash(json.dumps(_wish(about), sort_keys=True))
        before, self._wishes[place] = self._wishes.get(place), wish
        if gone:
            del self._wishes[place]
        return news if before is None or gone else wish != before

    def _is_listed_anew(self, version: int) -> bool:
        """Not where the first survey has read it just before the watch began."""
        if self._unlisted is None or version not in self._unlisted:
            return True
        self._unlisted.discard(version)
        return False

    def _has_changed(self, kind: Kind, document: Document, *, gone: bool) -> bool:
        """Whether there is anything in it that a plan looks at; of most kinds that is all of it."""
        if kind not in CONSEQUENT:
            return True
        about = document["metadata"]
        place = (kind, about["namespace"], (about.get("labels") or {}).get(ACCOUNT_LABEL, ""))
        gist = 0 if gone else hash(json.dumps(_gist(kind, document), sort_keys=True))
        before, self._gists[place] = self._gists.get(place), gist
        if gone:
            del self._gists[place]
        return gist != before


def version_of(document: Document) -> int:
    """Names an object as it is now."""
    about = document["metadata"]
    return hash((about["uid"], about["resourceVersion"]))


def _wish(about: Document) -> Mapping[str, Any]:
    asked = {name: text for name, text in (about.get("annotations") or {}).items() if name.startswith(ASKS)}
    return {"of": about["uid"], "spec": about.get("generation"), "asked": asked, "end": about.get("deletionTimestamp")}


def _gist(kind: Kind, document: Document) -> Mapping[str, Any]:
    """A Deployment's status says how its pods are, and these say it themselves; its generation stands for its spec."""
    about, status = document["metadata"], document.get("status") or {}
    kept = {name: value for name, value in about.items() if name not in NOTED_DOWN}
    kept["annotations"] = {name: text for name, text in (about.get("annotations") or {}).items() if name != REVISION}
    conditions = [{**one, "lastProbeTime": "", "lastTransitionTime": ""} for one in status.get("conditions") or ()]
    if kind == DEPLOYMENT:
        failures = [{**one, "lastUpdateTime": ""} for one in conditions if one["type"] == "ReplicaFailure"]
        return {"about": kept, "generation": about.get("generation"), "failures": failures}
    wrong = [one for one in conditions if one["type"] == "Ready" or one["status"] != "True"]
    return {"about": kept, "phase": status.get("phase"), "is": wrong, "containers": status.get("containerStatuses")}
