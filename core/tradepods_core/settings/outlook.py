"""What settings may cost, before anything trades: the worst case in % of equity, and what will not work as meant.

Estimates by the rules of sizing, at Binance's usual taker fee. A price that jumps over a stop costs more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

from tradepods_core.money import HUNDRED, ONE, ZERO, of, plain
from tradepods_core.settings.account import AccountSpec

TAKER = Decimal("0.05")  # % of the notional, at each of the two sides
SPARE = Decimal("0.8")  # part of the distance to liquidation inside which a stop must lie
HUNDREDTH = Decimal("0.01")
MUCH = Decimal(50)  # % of equity
SIDES: tuple[Literal["long", "short"], ...] = ("long", "short")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one entry takes, % of equity.

    Attributes:
        margin: of the entry alone; `notional` likewise.
        whole: notional once its ladder is bought to the end.
        lost: what its stop then costs, fees of both sides included; None without stops.

    """

    margin: Decimal
    notional: Decimal
    whole: Decimal
    lost: Decimal | None


def worst_case(spec: AccountSpec) -> Decimal | None:
    """% of equity that is lost if every position that settings allow is open and stopped out; None without stops."""
    return _lost(spec, most_notional(spec))


def one_stop(spec: AccountSpec) -> Decimal | None:
    """% of equity that the first position's stop costs, its ladder bought to the end; None without stops."""
    return next_entry(spec).lost


def next_entry(spec: AccountSpec, *, free: Decimal = HUNDRED) -> Entry:
    """The entry that is made while so much is available, % of equity."""
    margin = next(_margins(spec, free))
    notional = margin * spec.leverage
    whole = min(_laddered(spec, notional), free * spec.leverage, _capped(spec))
    return Entry(margin=margin, notional=notional, whole=whole, lost=_lost(spec, whole))


def most_notional(spec: AccountSpec) -> Decimal:
    """% of equity: what all positions may come to, by their sizes, by the margin that there is, and by the cap.

    Their ladders are bought to the end; what rules of strategies may add is not in it.
    """
    every = (_laddered(spec, margin * spec.leverage) for margin in _margins(spec, HUNDRED))
    return min(sum(every, ZERO), HUNDRED * spec.leverage, _capped(spec))


def warnings(spec: AccountSpec) -> Iterator[str]:
    """What a person would want to know before it trades, a sentence each."""
    yield from _beyond_liquidation(spec)
    yield from _never_reached(spec)
    worst = worst_case(spec)
    if worst is None:
        yield "autoExit is false: no stop rests at the exchange, nothing but you limits a loss"
    elif worst > MUCH:
        yield f"all stops hit at once would cost {plain(worst.quantize(ONE))} % of the account"


def _cost_of_stop(spec: AccountSpec) -> Decimal:
    """% of a position's notional that its stop costs, fees of both sides included; of the wider side."""
    return max(spec.long.stop_loss_pct, spec.short.stop_loss_pct) + 2 * TAKER


def _lost(spec: AccountSpec, notional: Decimal) -> Decimal | None:
    """What the stops of so much cost, % of equity like it: never more than there is; None without stops."""
    return min(of(_cost_of_stop(spec), notional), HUNDRED) if spec.auto_exit else None


def _margins(spec: AccountSpec, free: Decimal) -> Iterator[Decimal]:
    """Each entry's margin, % of equity; each takes its part of what is left."""
    for _ in range(spec.max_positions):
        margin = of(spec.entry_pct, free)
        if spec.risk_pct:
            margin = min(margin, spec.risk_pct / _cost_of_stop(spec) * HUNDRED / spec.leverage)
        free -= margin
        yield margin


def _laddered(spec: AccountSpec, notional: Decimal) -> Decimal:
    """An entry's notional and all adds', as its symbol's cap lets them; without autoExit a ladder only alerts."""
    if spec.dca.enabled and spec.auto_exit:
        notional *= ONE + sum(spec.dca.step_pcts, ZERO) / HUNDRED
    cap = spec.protections.max_symbol_exposure_pct
    return min(notional, cap) if cap else notional


def _capped(spec: AccountSpec) -> Decimal:
    """% of equity: the most notional that all positions may have, by maxExposurePct, or else by all margin."""
    return spec.protections.max_exposure_pct or HUNDRED * spec.leverage


def _beyond_liquidation(spec: AccountSpec) -> Iterator[str]:
    """Before maintenance margin: with it, the room is smaller still."""
    most = HUNDRED / spec.leverage * SPARE
    for side in SIDES:
        stop = spec.targets(side).stop_loss_pct
        if stop > most:
            least = int(HUNDRED * SPARE / stop)
            lower = f"leverage at most {least}, or " if least else ""
            nearer = f"stopLossPct at most {plain(most.quantize(HUNDREDTH, ROUND_FLOOR))}"
            yield (
                f"{side}.stopLossPct {plain(stop)} lies too near to liquidation at {spec.leverage}x: every entry would "
                f"be refused (StopBeyondLiquidation). Write {lower}{nearer}"
            )


def _never_reached(spec: AccountSpec) -> Iterator[str]:
    """Moves of the stop before which the take-profit comes, on both sides."""
    furthest = max(spec.long.take_profit_pct, spec.short.take_profit_pct)
    if spec.break_even.trigger_pct >= furthest:
        yield f"breakEven.triggerPct {plain(spec.break_even.trigger_pct)} is never reached: the take-profit comes first"
    if spec.trailing.activate_pct >= furthest:
        yield f"trailing.activatePct {plain(spec.trailing.activate_pct)} is never reached: the take-profit comes first"
