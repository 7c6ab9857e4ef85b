"""Checks of what is installed: operators, who leads, their rights, the signal service, and whose version is which."""

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tradepods_cli.cluster.ports import Answer, Forbidden
from tradepods_cli.doctor.findings import Finding, fail, ok, untold, warn
from tradepods_cli.doctor.seen import Release, Seen, container_of, label
from tradepods_core.errors import TradepodsError
from tradepods_operator.ports import Document

INSTALL = "helm install tradepods charts/tradepods --namespace tradepods --create-namespace"
VERSION = "app.kubernetes.io/version"
FASTER = timedelta(seconds=5)  # of the operator's clock: what is signed there counts by time
MOST_NAMED = 5
BEHIND_PROXY = 503


def operators(seen: Seen) -> Iterator[Finding]:
    """Each operator that may serve the accounts; one has to."""
    if isinstance(seen.installed, TradepodsError):
        say_where = "name its namespace by --release-namespace, or look with more rights"
        yield untold("operator", seen.installed, say_where)
        return
    if not seen.releases:
        yield fail("operator", "there is none: nothing becomes of accounts", INSTALL)
        return
    asked = seen.place.namespace
    serving = [one for one in seen.releases if not asked or not one.serves or asked in one.serves]
    if not serving:
        there = ", ".join(sorted(one.namespace for one in seen.releases))
        fix = f"add {asked} to the chart's rbac.accountNamespaces, and helm upgrade"
        yield fail("operator", f"the one in {there} does not serve namespace {asked}", fix)
    yield from _beside_each_other(serving, asked)
    for release in serving:
        yield _running(release.operator, "operator")
        yield from _leader(release, seen.server_time)
        yield _rights(release)
        yield from _signals(release)


def _beside_each_other(serving: Sequence[Release], asked: str) -> Iterator[Finding]:
    """Of two releases that serve one namespace each keeps off the other's accounts: whose a new one is, is chance."""
    for one, other in itertools.combinations(serving, 2):
        where = asked or _both(one, other)
        if where and (one.namespace, one.lease_name) != (other.namespace, other.lease_name):  # else one of them leads
            homes = " and ".join(sorted((one.namespace, other.namespace)))
            fix = "let one alone serve a namespace: rbac.mode and rbac.accountNamespaces of the other, or uninstall it"
            yield fail("operator", f"those in {homes} both serve {where}", fix)


def _both(one: Release, other: Release) -> str:
    """Which namespaces both serve, in words; "" for none."""
    if not (one.serves and other.serves):
        return ", ".join(sorted(one.serves or other.serves)[:MOST_NAMED]) or "every namespace"
    return ", ".join(sorted(one.serves & other.serves)[:MOST_NAMED])


def versions(seen: Seen, *, own: str) -> Iterator[Finding]:
    """This command's, the parts', and the workers' images."""
    for release in seen.releases:
        parts = [one for one in (release.operator, release.signals) if one is not None]
        theirs = sorted({label(one, VERSION) or "unknown" for one in parts})
        if theirs == [own]:
            yield ok("versions", f"this command and namespace {release.namespace} are of {own}")
        else:
            says = f"this command is {own}, namespace {release.namespace} has {' and '.join(theirs)}"
            yield warn("versions", says, "use one release: helm upgrade, or this command in that version")
    if isinstance(seen.workers, TradepodsError):
        return
    images = [str(container_of(one).get("image", "")) for one in seen.workers]
    if len(set(images)) > 1:
        counted = ", ".join(f"{images.count(image)} of {image}" for image in sorted(set(images)))
        fix = "wait: rollout: WhenFlat holds a restart back while something is open; account status says of which"
        yield warn("versions", f"workers run several images: {counted}", fix)


def _running(deployment: Document, what: str) -> Finding:
    about, status = deployment["metadata"], deployment.get("status") or {}
    wanted, ready = deployment["spec"].get("replicas", 1), status.get("readyReplicas", 0)
    named = f"deployment/{about['name']} in {about['namespace']}: {ready} of {wanted} pods Ready"
    look = f"kubectl --namespace {about['namespace']} describe deployment {about['name']}, and its logs"
    if not wanted:
        return fail(what, f"{named}: it is scaled to zero", "scale it to one again; open positions stay guarded")
    if not ready:
        return fail(what, named, look)
    return ok(what, named) if ready >= wanted else warn(what, named, look)


def _leader(release: Release, now: datetime | None) -> Iterator[Finding]:
    """Who acts. What the Lease says is held against the server's clock: ours may be wrong."""
    look = f"kubectl --namespace {release.namespace} logs deployment/{release.operator['metadata']['name']}"
    if isinstance(release.lease, Forbidden):
        yield untold("leader", release.lease)
        return
    if isinstance(release.lease, TradepodsError):
        yield fail("leader", f"nobody leads: {release.lease}", look)
        return
    spec = release.lease["spec"]
    holder, renewed = spec.get("holderIdentity"), spec.get("renewTime")
    if not holder or not renewed or now is None:
        yield fail("leader", "nobody leads", look)
        return
    since = now - datetime.fromisoformat(str(renewed))
    if since > timedelta(seconds=int(spec.get("leaseDurationSeconds", 0)) + 1):
        yield fail("leader", f"{holder} has not renewed its Lease for {round(since.total_seconds())} s", look)
        return
    yield ok("leader", f"{holder} leads")
    if -since > FASTER:
        says = f"{holder}'s clock is {round(-since.total_seconds())} s ahead of the API server's"
        yield warn("clock", says, "set its node by NTP: workers there would sign orders at a wrong time")


def _rights(release: Release) -> Finding:
    if isinstance(release.missing, TradepodsError):
        return untold("rights", release.missing)
    if not release.missing:
        return ok("rights", f"the operator in {release.namespace} may do all that it needs")
    named = ", ".join(map(str, release.missing[:MOST_NAMED]))
    more = len(release.missing) - MOST_NAMED
    says = f"the operator in {release.namespace} may not {named}" + (f", and {more} more" if more > 0 else "")
    return fail("rights", says, "helm upgrade brings them; a namespace belongs into rbac.accountNamespaces")


def _signals(release: Release) -> Iterator[Finding]:
    if release.signals is None:
        fix = "helm upgrade brings it; accounts open nothing without it"
        yield fail("signal service", f"there is none in {release.namespace}", fix)
        return
    running = _running(release.signals, "signal service")
    yield running
    if running.level == "FAIL" or isinstance(release.health, Forbidden):
        return
    if isinstance(release.health, TradepodsError) or _is_of_server(release.health):
        says = "it is Ready, but can't be asked through the API server"
        yield ok("signal service", f"{says}: a network policy may be in between")
        return
    if isinstance(release.readiness, Answer) and release.readiness.code >= BEHIND_PROXY:
        why = str(release.readiness.body.get("detail", "it does not say why"))
        yield warn("signals", f"no cycle is published: {why}", "its logs say more; without one accounts open nothing")
        return
    yield ok("signals", "it answers, and publishes")


def _is_of_server(answer: Answer) -> bool:
    """Whether the API server itself answers, as it did not reach the service."""
    return answer.code >= BEHIND_PROXY and answer.body.get("kind") == "Status"
