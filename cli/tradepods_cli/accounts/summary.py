"""What an account would do, in a line; and what its owner should know before it does."""

from tradepods_cli.accounts.settings_part import percent
from tradepods_core.money import plain
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.outlook import one_stop, worst_case


def line(spec: AccountSpec) -> str:
    """Mode, sizes, targets, and the worst case."""
    where = f"{spec.exchange.id} {spec.exchange.environment}"
    mode = f"dry run on {where}" if spec.dry_run else f"REAL MONEY on {where}"
    adds = len(spec.dca.step_pcts) if spec.dca.enabled else 0
    before = " before its adds" if adds and spec.auto_exit else ""
    risk = f", each stop at most {plain(spec.risk_pct)} % of equity{before}" if spec.risk_pct else ""
    steps = f", {adds} adds" if adds else ""
    bought = ", its adds bought," if before else ""
    return (
        f"{mode}, {spec.state}: {plain(spec.entry_pct)} % of the balance at {spec.leverage}x{risk}{steps}, "
        f"at most {spec.max_positions} positions; {_targets(spec)}; "
        f"one stop{bought} costs {percent(one_stop(spec))} of equity, all at once {percent(worst_case(spec))}"
    )


def _targets(spec: AccountSpec) -> str:
    long, short = (
        f"take-profit {plain(side.take_profit_pct)} %, stop {plain(side.stop_loss_pct)} %"
        for side in (spec.long, spec.short)
    )
    return long if long == short else f"long: {long}; short: {short}"
