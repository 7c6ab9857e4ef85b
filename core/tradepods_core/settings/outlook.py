"""What settings may cost, before anything trades: the worst case in % of equity, and what will not work as meant.

Estimates by the rules of sizing, at Binance's usual taker fee. A price that jumps over a stop costs more.
"""

from collections.abc import Iterator
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

from tradepods_core.money import HUNDRED, ONE, ZERO, of, plain
from tradepods_core.settings.account import AccountSpec

TAKER = Decimal("0.05")  # % of the notional, at each of the two sides
SPARE = Decimal("0.8")  # part of the distance to liquidation inside which a stop must lie
HUNDREDTH = Decimal("0.01")
MUCH = Decimal(50)  # % of equity
SIDES: tuple[Literal["long", "short"], ...] = ("long", "short")


def worst_case(spec: AccountSpec) -> Decimal | None:
    """% of equity that is lost if every position that settings allow is open and stopped out; None without stops."""
    if not spec.auto_exit:
        return None
    return min(of(_cost_of_stop(spec), _all_notional(spec)), HUNDRED)


def one_stop(spec: AccountSpec) -> Decimal | None:
    """% of equity that the first position's stop costs, its ladder bought to the end; None without stops."""
    if not spec.auto_exit:
        return None
    return min(of(_cost_of_stop(spec), next(_notionals(spec))), HUNDRED)


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


def _all_notional(spec: AccountSpec) -> Decimal:
    """% of equity: what all positions may come to, by their sizes, by the margin that there is, and by the cap."""
    most = min(sum(_notionals(spec), ZERO), HUNDRED * spec.leverage)
    cap = spec.protections.max_exposure_pct
    return min(most, cap) if cap else most


def _notionals(spec: AccountSpec) -> Iterator[Decimal]:
    """Each position's notional, its ladder included, % of equity; each entry takes its part of what is left."""
    left, cap = HUNDRED, spec.protections.max_symbol_exposure_pct
    whole = ONE + sum(spec.dca.step_pcts, ZERO) / HUNDRED if spec.dca.enabled else ONE
    for _ in range(spec.max_positions):
        entry = of(spec.entry_pct, left) * spec.leverage
        if spec.risk_pct:
            entry = min(entry, spec.risk_pct / _cost_of_stop(spec) * HUNDRED)
        left -= entry / spec.leverage
        yield min(entry * whole, cap) if cap else entry * whole


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
