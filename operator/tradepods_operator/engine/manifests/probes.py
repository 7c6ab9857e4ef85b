"""When the kubelet sends a worker no traffic, and when it begins it anew: what is away is no reason for the latter."""

from collections.abc import Mapping
from typing import Any

PROBE_PORT, PROBED = 8082, "probe"
ANSWER_WITHIN = 5  # seconds
STARTED_WITHIN, HANGS_FOR = 120, 60  # seconds: a busy node starts slowly; a loop that hangs for longer hangs for good


def _probe(path: str, *, every: int, times: int) -> dict[str, Any]:
    """Ask every so many seconds; so many answers in a row have to be missing."""
    asked = {"path": path, "port": PROBED}
    return {"httpGet": asked, "periodSeconds": every, "timeoutSeconds": ANSWER_WITHIN, "failureThreshold": times}


PROBES: Mapping[str, Any] = {
    "startupProbe": _probe("/healthz", every=2, times=STARTED_WITHIN // 2),
    "livenessProbe": _probe("/healthz", every=10, times=HANGS_FOR // 10),
    "readinessProbe": _probe("/readyz", every=5, times=3),
}
