"""What fields say to each other, and which features are not there yet: rule, message and test side by side."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from tradepods_core.errors import Problem
from tradepods_core.money import ZERO, plain
from tradepods_core.settings.account import AccountSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One sentence that a spec must keep.

    Attributes:
        field: path below `spec` that the message names.
        broken: whether a spec breaks it.
        shown: the offending value, as text.
        fix: what to write instead.

    """

    field: str
    broken: Callable[[AccountSpec], bool]
    shown: Callable[[AccountSpec], str]
    fix: str


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _nearest_stop(spec: AccountSpec) -> Decimal:
    return min(spec.long.stop_loss_pct, spec.short.stop_loss_pct)


RULES = (
    Rule(
        field="acknowledgeLiveTrading",
        broken=lambda spec: not spec.dry_run and not spec.acknowledge_live_trading,
        shown=lambda spec: _text(spec.acknowledge_live_trading),
        fix="dryRun: false trades real money: write acknowledgeLiveTrading: true beside it, or dryRun: true",
    ),
    Rule(
        field="credentialsSecretRef",
        broken=lambda spec: not spec.dry_run and spec.credentials_secret_ref is None,
        shown=lambda _: "",
        fix="dryRun: false needs credentialsSecretRef: {name: ...}, a Secret with apiKey and apiSecret",
    ),
    Rule(
        field="exchange.url",
        broken=lambda spec: (spec.exchange.environment == "custom") != bool(spec.exchange.url),
        shown=lambda spec: spec.exchange.url or '""',
        fix="environment: custom needs a url such as http://127.0.0.1:9000, and only custom takes one",
    ),
    Rule(
        field="ledger.secretRef",
        broken=lambda spec: (spec.ledger.type == "postgresql") != (spec.ledger.secret_ref is not None),
        shown=lambda spec: spec.ledger.type,
        fix="ledger.type: postgresql needs secretRef: {name: ...}, and only postgresql takes one",
    ),
    Rule(
        field="breakEven.offsetPct",
        broken=lambda spec: ZERO < spec.break_even.trigger_pct <= spec.break_even.offset_pct,
        shown=lambda spec: plain(spec.break_even.offset_pct),
        fix="write less than breakEven.triggerPct: the stop would be hit as it is moved",
    ),
    Rule(
        field="trailing.callbackPct",
        broken=lambda spec: bool(spec.trailing.activate_pct) != bool(spec.trailing.callback_pct),
        shown=lambda spec: plain(spec.trailing.callback_pct),
        fix="write activatePct and callbackPct above 0, or both 0 for no trailing stop",
    ),
    Rule(
        field="dca.triggerPct",
        broken=lambda spec: spec.dca.enabled and spec.dca.trigger_pct >= _nearest_stop(spec),
        shown=lambda spec: plain(spec.dca.trigger_pct),
        fix="write less than long.stopLossPct and short.stopLossPct: the stop would come first. Or dca.enabled: false",
    ),
    Rule(
        field="symbols.deny",
        broken=lambda spec: bool(set(spec.symbols.allow) & set(spec.symbols.deny)),
        shown=lambda spec: ", ".join(sorted(set(spec.symbols.allow) & set(spec.symbols.deny))),
        fix="stands in symbols.allow too: keep it in one of the two",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbuilt:
    """A field whose feature is not there yet: only its off value is accepted, so that nothing is silently ignored."""

    field: str
    value: Callable[[AccountSpec], object]
    off: object

    def problem(self, spec: AccountSpec) -> Problem | None:
        """What to write until the feature is there; None where the field is off."""
        value = self.value(spec)
        if value == self.off:
            return None
        off = '""' if self.off == "" else "[]" if self.off == () else _text(self.off)
        return Problem(field=f"spec.{self.field}", value=_text(value), fix=f"not yet available: write {off}")


UNBUILT = (
    Unbuilt(field="rollout", value=lambda s: s.rollout, off="WhenFlat"),
    Unbuilt(field="deletionPolicy", value=lambda s: s.deletion_policy, off="Retain"),
)


def problems(spec: AccountSpec) -> list[Problem]:
    """Every rule that the spec breaks, and every feature it asks for that is not there yet."""
    broken = [Problem(field=f"spec.{r.field}", value=r.shown(spec), fix=r.fix) for r in RULES if r.broken(spec)]
    return broken + [problem for unbuilt in UNBUILT if (problem := unbuilt.problem(spec))]
