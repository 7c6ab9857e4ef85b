"""What tools that wait by kstatus make of an object, Flux among them: its published rules for kinds of others."""

from collections.abc import Mapping
from typing import Any, Literal

Status = Literal["Current", "InProgress", "Failed", "Terminating"]


def kstatus(document: Mapping[str, Any]) -> Status:
    """By deletion, the generation that was seen, and the conditions Reconciling, Stalled and Ready, in this order.

    An object without conditions is Current: nothing says that somebody is to look at it.
    """
    about, status = document["metadata"], document.get("status") or {}
    if "deletionTimestamp" in about:
        return "Terminating"
    if status.get("observedGeneration", about.get("generation")) != about.get("generation"):
        return "InProgress"
    said = {one["type"]: one["status"] for one in status.get("conditions") or ()}
    if said.get("Reconciling") == "True":
        return "InProgress"
    if said.get("Stalled") == "True":
        return "Failed"
    return "Current" if said.get("Ready", "True") == "True" else "InProgress"
