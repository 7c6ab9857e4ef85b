"""Checks of the cluster itself: is it reached, what time is it there, does it know our kinds."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from tradepods_cli.cluster.seeing import DEFINE
from tradepods_cli.doctor.findings import Finding, fail, ok, warn
from tradepods_cli.doctor.seen import Seen
from tradepods_core.errors import TradepodsError
from tradepods_core.manifest import API_VERSION
from tradepods_operator.ports import Document

OLDEST = (1, 31)  # selectableFields
SKEW = timedelta(seconds=2)
WHOLE_SECOND = timedelta(seconds=1)  # the server tells no fractions


def is_reached(seen: Seen) -> bool:
    """Whether it makes sense to go on."""
    return not isinstance(seen.version, TradepodsError)


def reached(seen: Seen) -> Iterator[Finding]:
    """The kubeconfig, and the server behind it."""
    files = ", ".join(map(str, seen.place.files))
    acting = f", as {seen.place.as_user}" if seen.place.as_user else ""
    yield ok("kubeconfig", f"{files}: context {seen.place.context}, {seen.place.where}{acting}")
    if isinstance(seen.version, TradepodsError):
        away = "kubectl cluster-info says more; another --context is another cluster"
        yield fail("API server", str(seen.version), away)
        return
    said = str(seen.version.get("gitVersion", "of an unknown version"))
    about = f"{seen.place.server}, Kubernetes {said.removeprefix('v')}"
    if _number(seen.version) < OLDEST:
        yield fail("API server", about, "TradingAccounts need Kubernetes 1.31 or newer: upgrade the cluster")
    else:
        yield ok("API server", about)


def clock(seen: Seen) -> Iterator[Finding]:
    """This machine's against the server's."""
    if seen.server_time is None:
        return
    ahead = seen.asked_at - seen.server_time
    unsure = seen.round_trip / 2 + WHOLE_SECOND
    if -SKEW - unsure <= ahead <= SKEW + unsure:
        yield ok("clock", "this machine and the API server agree")
        return
    seconds = abs(round(ahead.total_seconds()))
    says = f"this machine is {seconds} s {'ahead of' if ahead > timedelta(0) else 'behind'} the API server"
    yield warn("clock", says, "set both by NTP: exchanges refuse orders that are signed at a wrong time")


def kinds(seen: Seen, *, ours: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Whether our kinds are served, and are those of this release; `ours` are its definitions."""
    if isinstance(seen.served, TradepodsError):
        yield fail("kinds", f"the cluster does not know {API_VERSION}", DEFINE)
        return
    names = {str(one["name"]) for one in seen.served.get("resources") or ()}
    missing = [name for name in ours if name.partition(".")[0] not in names]
    if missing:
        yield fail("kinds", f"the cluster does not know {', '.join(missing)}", DEFINE)
        return
    refused = next((found for found in seen.definitions.values() if isinstance(found, TradepodsError)), None)
    if refused is not None:
        yield ok("kinds", f"{API_VERSION} is served; whether by the definitions of this release, you may not see")
        return
    other = [name for name, found in seen.definitions.items() if not _is_same(found, ours[name])]
    if other:
        says = f"{', '.join(other)}: defined by another release than this command"
        yield warn("kinds", says, f"bring both to one release: {DEFINE}")
        return
    yield ok("kinds", f"{API_VERSION} is served, as this release defines it")


def _is_same(found: Document | TradepodsError, ours: Mapping[str, Any]) -> bool:
    if isinstance(found, TradepodsError):
        return False
    schemas = [{one["name"]: _kept(one["schema"]) for one in which["spec"]["versions"]} for which in (found, ours)]
    return schemas[0] == schemas[1]


def _kept(schema: Any) -> Any:
    """As a server keeps it: without empty texts."""
    if isinstance(schema, dict):
        return {name: _kept(value) for name, value in schema.items() if value != ""}
    return [_kept(value) for value in schema] if isinstance(schema, list) else schema


def _number(version: Document) -> tuple[int, int]:
    digits = ["".join(sign for sign in str(version.get(part, "0")) if sign.isdigit()) for part in ("major", "minor")]
    return int(digits[0] or 0), int(digits[1] or 0)


def unusable(error: TradepodsError) -> Finding:
    """There is no way to a cluster at all."""
    says = str(error).removeprefix("kubeconfig: ")
    return fail("kubeconfig", says, "kubectl config view shows it, without its secrets")
