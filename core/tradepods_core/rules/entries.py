"""A cycle's signals, one after the other: each is decided once, and sees the intents of those before it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from tradepods_core.book.events import CycleArrived
from tradepods_core.book.facts import Fact, SignalDecided
from tradepods_core.book.intents import Leg, Terms
from tradepods_core.rules import intents
from tradepods_core.rules.guards import GUARDS
from tradepods_core.rules.sizing import size
from tradepods_core.rules.snapshot import Refusal, Snapshot
from tradepods_core.wire.cycle import Cycle, Signal

TOO_OLD = timedelta(minutes=8)  # a cycle this long expired is history; shorter than decided signals are remembered


def entries(snapshot: Snapshot) -> Iterator[Callable[[Snapshot], Iterator[Fact]]]:
    """What is to be decided of a cycle: a step for each of its signals."""
    if not isinstance(snapshot.event, CycleArrived):
        return
    cycle = snapshot.event.cycle
    if snapshot.now > cycle.valid_until + TOO_OLD or snapshot.settings.dry_run != snapshot.paper:
        return  # history, or for the account's other book
    for signal in cycle.in_order():
        yield partial(enter, cycle=cycle, signal=signal)


def enter(snapshot: Snapshot, *, cycle: Cycle, signal: Signal) -> Iterator[Fact]:
    """What a signal leads to. One decided before stays decided, whatever a later revision says."""
    if signal.id in snapshot.book.decided or signal.id in snapshot.elsewhere:
        return
    refusal = next((no for guard in GUARDS if (no := guard(snapshot, cycle, signal)) is not None), None)
    quantity = refusal if refusal is not None else size(snapshot, signal)
    if isinstance(quantity, Refusal):
        yield _word(cycle, signal, quantity)
        return
    yield _word(cycle, signal, None)
    targets = snapshot.settings.targets(signal.side)
    yield intents.entry(
        snapshot,
        leg=Leg(signal.symbol, signal.side),
        quantity=quantity,
        cause=signal.id,
        at=cycle.close,
        terms=Terms(take_profit_pct=targets.take_profit_pct, stop_loss_pct=targets.stop_loss_pct),
        strategy=f"{signal.namespace}.{signal.strategy}@{signal.revision}",
    )


def _word(cycle: Cycle, signal: Signal, refusal: Refusal | None) -> SignalDecided:
    return SignalDecided(
        signal=signal.id,
        symbol=signal.symbol,
        expires=cycle.valid_until,
        refusal=None if refusal is None else refusal.reason,
        message="" if refusal is None else refusal.message,
    )
