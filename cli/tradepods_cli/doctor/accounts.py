"""Checks of what people have applied: accounts, the Secrets that they name, strategies, and what shields workers."""

from collections import Counter
from collections.abc import Iterator, Mapping

from tradepods_cli.cluster.holding import ENDS
from tradepods_cli.cluster.ports import Forbidden, NotThere
from tradepods_cli.cluster.standing import OPENS_NOTHING, Standing
from tradepods_cli.doctor.findings import Finding, fail, ok, untold, warn
from tradepods_cli.doctor.seen import Seen, Use, label
from tradepods_core.errors import TradepodsError
from tradepods_operator.engine.manifests.names import ACCOUNT_LABEL
from tradepods_operator.ports import Key

SIGNALS = "see what is said of the signal service above"
BARE = "look at its positions at the exchange at once: one has no stop"
TO_DO: Mapping[str, str] = {  # by the reason of Ready, as the operator writes it
    "InvalidSpec": "change the manifest as the message says",
    "SecretNotUsable": "create the Secret, or add the key that is named; it is looked for every minute",
    "SharedSecret": "give the account an API key, or a bot, of its own",
    "SharedAccount": "give the account keys of an exchange account that no other one trades",
    "EndpointNotAllowed": "add the address to the chart's allowedEndpoints, or take it out of the account",
    "NameConflict": "rename the account, or the object that is named",
    "ServedElsewhere": "let one release serve its namespace (rbac.accountNamespaces); where the other is gone, give "
    "this one its fleetId: see docs/helm.md",
    "Refused": "change what the API server objects to, a quota for one",
    "Queued": "raise the chart's operator.maxWorkers, or the account's priority",
    "Degraded": "mend what its logs say; tradepods.dev/restart ends the rest before its time",
    "StopNotConfirmed": 'close what is open, or annotate it with tradepods.dev/confirm-stop: "true"',
    "Deleting": "wait: its deletionPolicy is carried out; tradepods.dev/skip-finalizer gives up on it",
    "NotLookedAt": "see what is said of the operator above",
    "WorkerStarting": "wait a minute; then kubectl describe its pod, and read its logs",
    "WorkerNotAvailable": "kubectl describe its pod, and read its logs",
    "WorkerNotHeard": "read its worker's logs: they say why the signal service does not hear it",
    "FleetUnknown": SIGNALS,
    "CredentialsNotValid": "let the exchange take its key, for these rights and from its address, or change its Secret",
    "SignalsNotFresh": SIGNALS,
    "NotProtected": BARE,
    "SettingsNotApplied": "Told and Pending pass in a minute or two, WaitsForFlat once nothing is open; WaitsForStart: "
    "annotate it with tradepods.dev/restart; Refused: change the manifest as the message says; LeftAlone: take "
    "tradepods.dev/reconcile away; NotHandedOn: see what the API server says of its ConfigMap",
}
MOST_NAMED = 20


def accounts(seen: Seen) -> Iterator[Finding]:
    """How many are Ready, and a line for each other one."""
    if isinstance(seen.accounts, TradepodsError):
        yield untold("accounts", seen.accounts)
        return
    if not seen.accounts:
        fix = "tradepods account create makes one; --namespace looks elsewhere, -A everywhere"
        yield warn("accounts", _none_in(seen), fix)
        return
    wrong = sorted((one for one in seen.accounts if one.ready.status != "True"), key=lambda one: not _is_bare(one))
    held = Counter(one.shown_state for one in seen.accounts if one.shown_state != "Running")
    others = "".join(f", {count} {state}" for state, count in sorted(held.items()))
    says = f"{len(seen.accounts) - len(wrong)} of {len(seen.accounts)} Ready{others}"
    yield warn("accounts", says, "the others are named beneath") if wrong else ok("accounts", says)
    for one in wrong[:MOST_NAMED]:
        yield fail("account", f"{one.key}: {one.ready}", _to_do(one))
    if len(wrong) > MOST_NAMED:
        yield fail("account", f"and {len(wrong) - MOST_NAMED} more", "tradepods account list shows them")
    yield from _beside(seen.accounts)


def secrets(seen: Seen) -> Iterator[Finding]:
    """Whether the keys are there, by their names: no value is read."""
    found = [finding for use in seen.uses if (finding := _secret(use)) is not None]
    yield from found
    if seen.uses and not found:
        yield ok("secrets", f"all keys are there, in {len({(u.account.key.namespace, u.use.name) for u in seen.uses})}")


def strategies(seen: Seen) -> Iterator[Finding]:
    """Which of them are not taken, and why."""
    if isinstance(seen.strategies, TradepodsError):
        yield untold("strategies", seen.strategies)
        return
    right = 0
    for document in seen.strategies:
        about, said = document["metadata"], (document.get("status") or {}).get("conditions") or ()
        ready = next((one for one in said if one["type"] == "Ready"), None)
        key = Key(about["namespace"], about["name"])
        if ready is None:
            yield fail("strategy", f"{key}: no operator has looked at it yet", TO_DO["NotLookedAt"])
        elif ready["status"] == "Unknown":
            yield warn("strategy", f"{key}: {ready.get('message') or ready.get('reason')}", SIGNALS)
        elif ready["status"] != "True":
            fix = "mend what is named; tradepods strategy validate finds it before you apply"
            yield fail("strategy", f"{key}: {ready.get('message') or ready.get('reason')}", fix)
        else:
            right += 1
    if seen.strategies:
        yield ok("strategies", f"{right} of {len(seen.strategies)} Ready in {seen.place.where}")
        return
    fix = "apply one there or in the operator's own namespace: examples/strategies"
    yield warn("strategies", f"{_none_in(seen)}; those of the operator's own namespace count too", fix)


def policies(seen: Seen) -> Iterator[Finding]:
    """Whether each account's worker has its own; whether the cluster enforces them, nobody can be asked."""
    if isinstance(seen.policies, TradepodsError):
        yield untold("network policies", seen.policies)
        return
    if isinstance(seen.workers, TradepodsError):
        return
    there = {Key(one["metadata"]["namespace"], label(one, ACCOUNT_LABEL)) for one in seen.policies}
    bare = [Key(one["metadata"]["namespace"], label(one, ACCOUNT_LABEL)) for one in seen.workers]
    missing = sorted(key for key in bare if key not in there)
    if missing:
        named = ", ".join(map(str, missing[:MOST_NAMED]))
        yield warn("network policies", f"workers without one: {named}", "see what is said of the operator above")
    elif seen.workers:
        says = f"{len(there)}, one for each worker; only a network plug-in that enforces them makes them count"
        yield ok("network policies", says)


def _none_in(seen: Seen) -> str:
    return f"there is none in {seen.place.where if seen.place.namespace else 'any namespace'}"


def _to_do(standing: Standing) -> str:
    """By its reason; an operator of a later release may know others."""
    return TO_DO.get(standing.ready.reason, "tradepods account status says more")


def _is_bare(standing: Standing) -> bool:
    """Whether its worker says that a position has no stop."""
    return standing.said("Protected")[0] == "False"


def _beside(found: list[Standing]) -> Iterator[Finding]:
    """What another reason hides, what keeps a Ready account from opening, and what the operator has not seen yet."""
    for one in found:
        if _is_bare(one) and one.ready.reason != "NotProtected":
            yield fail("account", f"{one.key} is not protected: {one.conditions['Protected']}", BARE)
        halted = one.conditions.get("TradingHalted")
        if halted is not None and halted.status == "True" and halted.reason in OPENS_NOTHING:
            yield warn("account", f"{one.key} opens nothing: {halted}", f"look at what it says; {ENDS[halted.reason]}")
        if one.conditions and not one.acted_on:
            yield warn("account", f"{one.key}: the operator has not acted on its newest change", TO_DO["NotLookedAt"])


def _secret(seen: Use) -> Finding | None:
    use, named = seen.use, f"{seen.account.key.namespace}/{seen.use.name} of {seen.account.key.name}"
    where = f"spec.{use.field}: Secret {named}"
    if isinstance(seen.keys, NotThere):
        return fail("secret", f"{where} is not there", f"create it with {', '.join(use.keys)}") if use.needed else None
    if isinstance(seen.keys, Forbidden):
        return ok("secret", f"{where}: you may not look at it, the operator does")
    if isinstance(seen.keys, TradepodsError):
        return untold("secret", seen.keys)
    if seen.keys is None:
        return ok("secret", f"{where}: nothing tells its keys' names, the operator looks at them")
    missing = [key for key in use.keys if key not in seen.keys]
    if not missing or not use.needed:
        return None
    return fail("secret", f"{where} lacks {', '.join(missing)}", "add it; it is looked for every minute")
