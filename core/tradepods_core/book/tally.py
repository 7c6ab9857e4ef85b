"""What an account has done since its ledger began, and since a day began: counted from facts."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from tradepods_core.book.accounting import SETTLE
from tradepods_core.book.facts import (
    Fact,
    Filled,
    LadderSkipped,
    OrderEnded,
    PaymentBooked,
    PositionClosed,
    SignalDecided,
)
from tradepods_core.book.management import RuleSkipped
from tradepods_core.book.outside import ExternallyReduced, ReductionTakenBack
from tradepods_core.book.today import Today
from tradepods_core.money import ZERO
from tradepods_core.wire.fleet import Tally

NONE = Tally(realized_pnl=ZERO, fees=ZERO)


def counted(tally: Tally, facts: Iterable[Fact]) -> Tally:
    """The tally after these facts."""
    for fact in facts:
        match fact:
            case OrderEnded(purpose="enter" | "add") if fact.executed > ZERO:
                adds = fact.purpose == "add"
                tally = tally.model_copy(update={"adds": tally.adds + adds, "entries": tally.entries + (not adds)})
            case Filled():
                tally = _with_fill(tally, fact)
            case ExternallyReduced() | ReductionTakenBack():
                tally = _with_outside(tally, fact)
            case PaymentBooked(kind="FUNDING_FEE"):
                tally = tally.model_copy(update={"funding": tally.funding + fact.amount})
            case PositionClosed():
                tally = _with_exit(tally, fact)
            case SignalDecided(refusal=str()) | LadderSkipped() | RuleSkipped():
                tally = _with_refusal(tally, fact)
            case _:
                pass
    return tally


def counted_on(today: Today, facts: Iterable[Fact]) -> Today:
    """The day after these facts; the same one where none of them counts."""
    for fact in facts:
        tally = counted(today.tally, (fact,))
        won = isinstance(fact, PositionClosed) and fact.realized > fact.fees
        if tally is not today.tally:
            today = replace(today, tally=tally, wins=today.wins + won)
    return today


def _with_refusal(tally: Tally, fact: SignalDecided | LadderSkipped | RuleSkipped) -> Tally:
    reason = str(fact.refusal) if isinstance(fact, SignalDecided) else type(fact).__name__
    return tally.model_copy(update={"refusals": {**tally.refusals, reason: tally.refusals.get(reason, 0) + 1}})


def _with_fill(tally: Tally, fill: Filled) -> Tally:
    return _with_profit(tally, realized=fill.realized, fee=fill.fee if fill.fee_asset == SETTLE else ZERO)


def _with_outside(tally: Tally, fact: ExternallyReduced | ReductionTakenBack) -> Tally:
    if isinstance(fact, ReductionTakenBack):
        return _with_profit(tally, realized=-fact.realized, fee=ZERO)
    return _with_profit(tally, realized=fact.realized, fee=fact.fee)


def _with_profit(tally: Tally, *, realized: Decimal, fee: Decimal) -> Tally:
    return tally.model_copy(update={"realized_pnl": tally.realized_pnl + realized, "fees": tally.fees + fee})


def _with_exit(tally: Tally, closed: PositionClosed) -> Tally:
    update = {"exits": tally.exits + 1}
    if closed.by == "take_profit":
        update["take_profits"] = tally.take_profits + 1
    elif closed.by == "stop":
        update["stop_losses"] = tally.stop_losses + 1
    return tally.model_copy(update=update)
