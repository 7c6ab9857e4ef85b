"""How much of the account stands in the market: caps on notional, of all positions and of one symbol."""

from decimal import Decimal

from tradepods_core.book.accounting import equity
from tradepods_core.book.intents import OPENING
from tradepods_core.money import HUNDRED, ZERO, of, plain
from tradepods_core.rules.snapshot import Refusal, Snapshot
from tradepods_core.shapes import Symbol

HUNDREDTH = Decimal("0.01")


def over_cap(snapshot: Snapshot, symbol: Symbol, notional: Decimal) -> Refusal | None:
    """Whether so much more of a symbol, quote, would be over a cap; an entry under way counts as open."""
    caps = snapshot.settings.protections
    found = exposure(snapshot)
    worth = equity(snapshot.book, snapshot.marks)
    total = sum(found.values(), ZERO) + notional
    if caps.max_exposure_pct and total > of(caps.max_exposure_pct, worth):
        return Refusal(reason="ExposureLimit", message=_says("all positions", total, worth, caps.max_exposure_pct))
    of_symbol = found.get(symbol, ZERO) + notional
    if caps.max_symbol_exposure_pct and of_symbol > of(caps.max_symbol_exposure_pct, worth):
        message = _says(symbol, of_symbol, worth, caps.max_symbol_exposure_pct)
        return Refusal(reason="ExposureLimit", message=message)
    return None


def exposure(snapshot: Snapshot) -> dict[Symbol, Decimal]:
    """Notional of each symbol at the present marks, positions and entries under way, quote; both sides add up."""
    held = [(p.leg.symbol, p.quantity, p.average) for p in snapshot.book.positions.values()]
    entering = [
        (order.intent.leg.symbol, order.intent.quantity - order.booked, ZERO)
        for order in snapshot.book.orders.values()
        if order.intent.purpose in OPENING
    ]
    found: dict[Symbol, Decimal] = {}
    for symbol, quantity, average in (*held, *entering):
        found[symbol] = found.get(symbol, ZERO) + quantity * snapshot.marks.get(symbol, average)
    return found


def _says(what: str, notional: Decimal, worth: Decimal, cap: Decimal) -> str:
    share = (notional / worth * HUNDRED).quantize(HUNDREDTH) if worth > ZERO else HUNDRED
    return f"{what} would be {plain(share)} % of equity, over {plain(cap)} %"
