"""What the fields of an account's settings say to each other."""

from decimal import Decimal

from tradepods_core.errors import Problem
from tradepods_core.field_rules import Rule
from tradepods_core.money import ZERO, plain
from tradepods_core.settings.account import AccountSpec


def _nearest_stop(spec: AccountSpec) -> Decimal:
    return min(spec.long.stop_loss_pct, spec.short.stop_loss_pct)


def _millicores(cpu: str) -> int:
    return int(cpu.removesuffix("m")) * (1 if cpu.endswith("m") else 1_000)


def _mebibytes(memory: str) -> int:
    return int(memory[:-2]) * (1_024 if memory.endswith("Gi") else 1)


RULES: tuple[Rule[AccountSpec], ...] = (
    Rule(
        field="acknowledgeLiveTrading",
        broken=lambda spec: not spec.dry_run and not spec.acknowledge_live_trading,
        cel="self.dryRun || self.acknowledgeLiveTrading",
        shown=lambda _: "false",
        fix="dryRun: false trades real money: write acknowledgeLiveTrading: true beside it, or dryRun: true",
    ),
    Rule(
        field="credentialsSecretRef",
        broken=lambda spec: not spec.dry_run and spec.credentials_secret_ref is None,
        cel="self.dryRun || has(self.credentialsSecretRef)",
        shown=lambda _: "",
        fix="dryRun: false needs credentialsSecretRef: {name: ...}, a Secret with apiKey and apiSecret",
    ),
    Rule(
        field="exchange.url",
        broken=lambda spec: (spec.exchange.environment == "custom") != bool(spec.exchange.url),
        cel="(self.exchange.environment == 'custom') == (self.exchange.url != '')",
        shown=lambda spec: spec.exchange.url or '""',
        fix="environment: custom needs a url such as http://127.0.0.1:9000, and only custom takes one",
    ),
    Rule(
        field="ledger.secretRef",
        broken=lambda spec: (spec.ledger.type == "postgresql") != (spec.ledger.secret_ref is not None),
        cel="(self.ledger.type == 'postgresql') == has(self.ledger.secretRef)",
        shown=lambda spec: spec.ledger.type,
        fix="ledger.type: postgresql needs secretRef: {name: ...}, and only postgresql takes one",
    ),
    Rule(
        field="breakEven.offsetPct",
        broken=lambda spec: ZERO < spec.break_even.trigger_pct <= spec.break_even.offset_pct,
        cel="self.breakEven.triggerPct <= 0.0 || self.breakEven.offsetPct < self.breakEven.triggerPct",
        shown=lambda spec: plain(spec.break_even.offset_pct),
        fix="write less than breakEven.triggerPct: the stop would be hit as it is moved",
    ),
    Rule(
        field="trailing.callbackPct",
        broken=lambda spec: bool(spec.trailing.activate_pct) != bool(spec.trailing.callback_pct),
        cel="(self.trailing.activatePct > 0.0) == (self.trailing.callbackPct > 0.0)",
        shown=lambda spec: plain(spec.trailing.callback_pct),
        fix="write activatePct and callbackPct above 0, or both 0 for no trailing stop",
    ),
    Rule(
        field="dca.triggerPct",
        broken=lambda spec: spec.dca.enabled and spec.dca.trigger_pct >= _nearest_stop(spec),
        cel="!self.dca.enabled"
        " || (self.dca.triggerPct < self.long.stopLossPct && self.dca.triggerPct < self.short.stopLossPct)",
        shown=lambda spec: plain(spec.dca.trigger_pct),
        fix="write less than long.stopLossPct and short.stopLossPct: the stop would come first. Or dca.enabled: false",
    ),
    Rule(
        field="symbols.deny",
        broken=lambda spec: bool(set(spec.symbols.allow) & set(spec.symbols.deny)),
        cel="!self.symbols.allow.exists(symbol, symbol in self.symbols.deny)",
        shown=lambda spec: ", ".join(sorted(set(spec.symbols.allow) & set(spec.symbols.deny))),
        fix="stands in symbols.allow too: keep it in one of the two",
    ),
    Rule(
        field="resources.requests.cpu",
        broken=lambda spec: _millicores(spec.resources.requests.cpu) > _millicores(spec.resources.limits.cpu),
        cel="!quantity(self.resources.requests.cpu).isGreaterThan(quantity(self.resources.limits.cpu))",
        shown=lambda spec: spec.resources.requests.cpu,
        fix="write at most resources.limits.cpu, or a higher limit",
    ),
    Rule(
        field="resources.requests.memory",
        broken=lambda spec: _mebibytes(spec.resources.requests.memory) > _mebibytes(spec.resources.limits.memory),
        cel="!quantity(self.resources.requests.memory).isGreaterThan(quantity(self.resources.limits.memory))",
        shown=lambda spec: spec.resources.requests.memory,
        fix="write at most resources.limits.memory, or a higher limit",
    ),
)


def problems(spec: AccountSpec) -> list[Problem]:
    """Every rule that the spec breaks."""
    return [problem for rule in RULES if (problem := rule.problem(spec))]
