"""The two CustomResourceDefinitions: what `kubectl get`, an API server and the chart know of our kinds."""

from collections.abc import Iterable
from typing import Any

from tradepods_cli.crds.status import account_status, strategy_status
from tradepods_cli.crds.structural import structural
from tradepods_cli.crds.vocabulary import with_vocabulary
from tradepods_core.field_rules import VALIDATIONS, Cel, checked_by
from tradepods_core.manifest import API_VERSION
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.changes import FIXED_CEL
from tradepods_core.settings.rules import RULES as ACCOUNT_RULES
from tradepods_core.shapes import NAME_PATTERN
from tradepods_core.strategy.checking import RULES as STRATEGY_RULES
from tradepods_core.strategy.management import ONE_NAME
from tradepods_core.strategy.model import StrategySpec

Json = dict[str, Any]
GROUP, _, VERSION = API_VERSION.partition("/")
NAMED = Cel(
    rule=f"self.metadata.name.size() <= 40 && self.metadata.name.matches('{NAME_PATTERN}')",
    message="metadata.name has at most 40 lower-case letters, digits and dashes, no dots: objects are named after it",
)
READY = '.status.conditions[?(@.type=="Ready")]'


def definitions() -> dict[str, Json]:
    """Both, by their names."""
    found = (_account(), _strategy())
    return {definition["metadata"]["name"]: definition for definition in found}


def _account() -> Json:
    """TradingAccount; Dry-Run is what the manifest says, an override is in the status."""
    spec = structural(AccountSpec) | checked_by(*(rule.as_cel() for rule in ACCOUNT_RULES), *FIXED_CEL)
    return _definition(
        kind="TradingAccount",
        short="ta",
        says="One exchange account, and how it trades.",
        spec=spec,
        status=account_status(),
        columns=[
            _column("Exchange", "string", ".spec.exchange.id"),
            _column("State", "string", ".spec.state"),
            _column("Dry-Run", "boolean", ".spec.dryRun"),
            _column("Positions", "integer", ".status.openPositions"),
            _column("Equity", "string", ".status.equity"),
            _column("Environment", "string", ".spec.exchange.environment", wide=True),
            _column("Overrides", "string", ".status.overrides", wide=True),
            _column("Phase", "string", ".status.phase", wide=True),
            _column("Error", "string", ".status.lastError", wide=True),
        ],
        selectable=[".spec.exchange.id", ".spec.exchange.environment", ".spec.state", ".spec.dryRun"],
    )


def _strategy() -> Json:
    """TradingStrategy."""
    rules = [*(rule.as_cel() for rule in STRATEGY_RULES), ONE_NAME]
    return _definition(
        kind="TradingStrategy",
        short="ts",
        says="When to open a position, and what to do with it then.",
        spec=with_vocabulary(structural(StrategySpec)) | checked_by(*rules),
        status=strategy_status(),
        columns=[
            _column("Timeframe", "string", ".spec.timeframe"),
            _column("Enabled", "boolean", ".spec.enabled"),
            _column("Accounts", "integer", ".status.accountCount"),
        ],
        selectable=[".spec.enabled", ".spec.timeframe"],
    )


def _definition(
    *,
    kind: str,
    short: str,
    says: str,
    spec: Json,
    status: Json,
    columns: Iterable[Json],
    selectable: Iterable[str],
) -> Json:
    singular = kind.lower()
    plural = "tradingstrategies" if kind == "TradingStrategy" else f"{singular}s"
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": [*columns, *_standing()],
        "selectableFields": [{"jsonPath": path} for path in selectable],
        "schema": {"openAPIV3Schema": _whole(says, spec, status)},
    }
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": singular}
    names_ = {**names, "shortNames": [short], "categories": ["tradepods"]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {"group": GROUP, "scope": "Namespaced", "names": names_, "versions": [version]},
    }


def _whole(says: str, spec: Json, status: Json) -> Json:
    return {
        "type": "object",
        "description": says,
        "required": ["spec"],
        VALIDATIONS: [NAMED.as_schema()],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": spec,
            "status": status,
        },
    }


def _standing() -> Iterable[Json]:
    yield _column("Ready", "string", f"{READY}.status")
    yield _column("Reason", "string", f"{READY}.reason")
    yield _column("Age", "date", ".metadata.creationTimestamp")
    yield _column("Message", "string", f"{READY}.message", wide=True)


def _column(name: str, kind: str, path: str, *, wide: bool = False) -> Json:
    return {"name": name, "type": kind, "jsonPath": path} | ({"priority": 1} if wide else {})
