"""How an account of a cluster stands: what its document says, as plain values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tradepods_operator.engine.manifests.names import HALT, PAUSE
from tradepods_operator.ports import Document, Key

GOOD_IF_FALSE = ("TradingHalted", "Stalled", "Reconciling", "ReconciliationPaused")
OPENS_NOTHING = ("Tripped", "Halted", "UnsupportedAccountMode")  # nobody asked for it: somebody should look
NEVER_LOOKED_AT = "no operator has looked at it yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One of the operator's sentences; `status` is True, False or Unknown."""

    type: str
    status: str
    reason: str
    message: str

    @property
    def is_bad(self) -> bool:
        """Whether somebody should look: most conditions are good when true."""
        return self.status == ("True" if self.type in GOOD_IF_FALSE else "False")

    def __str__(self) -> str:
        """`{reason}: {message}`."""
        return f"{self.reason}: {self.message}" if self.message else self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One account.

    Attributes:
        dry_run: by its manifest, or by an override from the chat. state: what its manifest says.
        held: the annotations by which it opens nothing all the same.
        settings: names the settings that the operator has handed to its worker; "" where none.
        acted_on: whether the operator has seen the newest spec.

    """

    key: Key
    created: datetime
    exchange: str
    environment: str
    dry_run: bool
    state: str
    held: tuple[str, ...]
    deleting: bool
    acted_on: bool
    settings: str
    conditions: Mapping[str, Condition]
    status: Mapping[str, Any]

    @property
    def shown_state(self) -> str:
        """In one word: a halt or a pause by annotation goes before a manifest that says Running."""
        if self.deleting:
            return "Deleting"
        if self.state != "Running" or not self.held:
            return self.state
        return "Halted" if HALT in self.held else "Paused"

    @property
    def ready(self) -> Condition:
        """The one that sums up; Unknown before the operator's first look."""
        missing = Condition(type="Ready", status="Unknown", reason="NotLookedAt", message=NEVER_LOOKED_AT)
        return self.conditions.get("Ready", missing)

    @property
    def equity(self) -> Decimal | None:
        """In quote currency, as its worker said last; None where nothing has said so."""
        try:
            return Decimal(str(self.status["equity"]))
        except (KeyError, InvalidOperation):
            return None

    def said(self, kind: str) -> tuple[str, str]:
        """Status and reason of one condition; ("", "") where there is none."""
        found = self.conditions.get(kind)
        return ("", "") if found is None else (found.status, found.reason)


def standing_of(document: Document) -> Standing:
    """The account of a document of the API server."""
    about, spec, status = document["metadata"], document.get("spec") or {}, document.get("status") or {}
    exchange, annotations = spec.get("exchange") or {}, about.get("annotations") or {}
    found = [_condition(one) for one in status.get("conditions") or ()]
    return Standing(
        key=Key(about["namespace"], about["name"]),
        created=datetime.fromisoformat(about["creationTimestamp"]),
        exchange=str(exchange.get("id", "")),
        environment=str(exchange.get("environment", "")),
        dry_run=_dry_run(spec, status),
        state=str(spec.get("state", "Running")),
        held=tuple(name for name in (PAUSE, HALT) if annotations.get(name) == "true"),
        deleting="deletionTimestamp" in about,
        acted_on=status.get("observedGeneration", 0) >= about.get("generation", 1),
        settings=str(status.get("settingsHash", "")),
        conditions={one.type: one for one in found},
        status=status,
    )


def by_name(documents: list[Document]) -> list[Standing]:
    """All of them, in the order of their names."""
    return sorted(map(standing_of, documents), key=lambda one: one.key)


def troubles(standing: Standing) -> Iterator[str]:
    """What somebody should look at, a line each."""
    ready = standing.ready
    if ready.status != "True":
        yield f"not Ready: {ready}"
    halted = standing.conditions.get("TradingHalted")
    if halted is not None and halted.status == "True" and halted.reason in OPENS_NOTHING:
        yield f"opens nothing: {halted}"
    if error := standing.status.get("lastError"):
        yield str(error)


def as_json(standing: Standing) -> Mapping[str, Any]:
    """For scripts: a field is there always, null where nothing is known."""
    status, ready = standing.status, standing.ready
    return {
        "namespace": standing.key.namespace,
        "name": standing.key.name,
        "exchange": standing.exchange,
        "environment": standing.environment,
        "dryRun": standing.dry_run,
        "state": standing.state,
        "heldBy": list(standing.held),
        "deleting": standing.deleting,
        "actedOn": standing.acted_on,
        "ready": {"status": ready.status, "reason": ready.reason, "message": ready.message},
        **{name: status.get(name) for name in ("phase", "equity", "openPositions", "lastCycleId", "lastError")},
        "overrides": status.get("overrides") or {},
        "conditions": list(status.get("conditions") or ()),
        "createdAt": standing.created.isoformat().replace("+00:00", "Z"),
    }


def _dry_run(spec: Mapping[str, Any], status: Mapping[str, Any]) -> bool:
    """What the chat has said goes before the manifest."""
    said = (status.get("overrides") or {}).get("dryRun", spec.get("dryRun", True))
    return str(said).lower() != "false"


def _condition(found: Mapping[str, Any]) -> Condition:
    values = {name: str(found.get(name, "")) for name in ("type", "status", "reason", "message")}
    return Condition(**values)
