"""What must hold after every decision, whatever came before it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from support.machine_exchange import MARKETS
from support.machine_given import Given
from support.machine_reckoning import Held, Reckoning, better
from support.machine_rules import RuleChecks
from tradepods_core.book.events import AccountRead, CommandGiven, CycleArrived
from tradepods_core.book.facts import Fact, SignalDecided, TradingPaused
from tradepods_core.book.intents import CancelOrder, Leg, PlaceOrder
from tradepods_core.book.outside import ExternallyReduced
from tradepods_core.book.steering import GuardChanged
from tradepods_core.book.values import Position
from tradepods_core.money import ZERO, floor_to
from tradepods_core.rules.snapshot import Decision, Snapshot
from tradepods_core.wire.cycle import Cycle, Signal

D = Decimal
HUNDREDTH = D("0.01")  # percents are judged as they are told
HISTORY = timedelta(minutes=8)  # a cycle this long expired is not decided at all


class Checks:
    """A book's conscience: `resting` is what rests of its own at the exchange, `signals` what its account decided."""

    def __init__(self, given: Given, *, resting: Callable[[Leg], list[str]], signals: set[str]) -> None:
        self.given, self._resting, self.signals = given, resting, signals
        self.known = Reckoning()
        self.ids: set[str] = set()
        self.refused: dict[str, int] = {}
        self.rules = RuleChecks()

    def look(self, snapshot: Snapshot, decision: Decision) -> None:
        """One decision: what it learned, then what it does, fact by fact."""
        self._terms(snapshot)
        self.given.hear(snapshot.event)
        self.given.learn(snapshot.news)
        for fact in snapshot.news:
            self._outside(snapshot, fact)
            self.known.learn(fact)
            self.rules.learn(fact)
        for fact in decision.facts:
            self._judge(snapshot, fact)
            self.rules.look(snapshot, fact)
            self.given.learn((fact,))
            self.known.learn(fact)
        self._resumed(snapshot, decision)
        self._signals(snapshot, decision)
        self._rearmed(snapshot, decision)
        self._book(snapshot.after(decision.facts))
        self._drawdown(snapshot.after(decision.facts))

    # ---- what is decided

    def _judge(self, snapshot: Snapshot, fact: Fact) -> None:
        match fact:
            case PlaceOrder():
                self._unused(fact.id)
                self._order(snapshot, fact)
            case CancelOrder():
                self._unused(fact.id)
            case SignalDecided():
                assert fact.signal not in self.signals, f"decided twice: {fact}"
                self.signals.add(fact.signal)
                if fact.refusal is not None:
                    self._refusal(snapshot, fact)
            case _:
                pass

    def _unused(self, identifier: str) -> None:
        assert identifier not in self.ids, f"an id given out twice: {identifier}"
        self.ids.add(identifier)

    def _order(self, snapshot: Snapshot, order: PlaceOrder) -> None:
        match order.purpose:
            case "enter":
                self._entry(snapshot, order)
            case "add":
                self._addition(snapshot, order)
            case purpose:
                held = self.known.held[order.position]
                assert order.reduce_only
                assert ZERO < order.quantity <= held.quantity, f"{order} of {held}"
                if purpose == "stop":
                    self._stop(order, held)
                elif not order.conditional:
                    self._close(snapshot, order, held)

    def _close(self, snapshot: Snapshot, order: PlaceOrder, held: Held) -> None:
        """Where ledger and exchange disagree about how much is held, only a person closes it."""
        held.person |= order.cause.startswith("asked for")
        doubt = snapshot.book.doubts.get(order.leg.symbol)
        assert held.person or doubt is None or not doubt.quantity, f"{order} closed by itself: {doubt}"

    def _stop(self, order: PlaceOrder, held: Held) -> None:
        """Only in the position's favour; another average may put it elsewhere, but not behind what it has earned."""
        assert order.trigger is not None
        if held.trigger is not None and held.priced == held.cost:
            assert better(held.leg, order.trigger, held.trigger), f"{order} behind {held}"
        if held.earned is not None:
            assert better(held.leg, order.trigger, held.earned), f"{order} behind {held}"

    def _opens(self, snapshot: Snapshot, order: PlaceOrder) -> None:
        forbidding = self.given.forbidding(snapshot, order.leg.symbol)
        assert not forbidding, f"{forbidding} forbids {order}"
        assert order.quantity > ZERO
        assert order.quantity % MARKETS[order.leg.symbol].step == ZERO
        assert order.committed_at == snapshot.wall

    def _entry(self, snapshot: Snapshot, order: PlaceOrder) -> None:
        self._opens(snapshot, order)
        assert isinstance(snapshot.event, CycleArrived)
        signal = next(one for one in snapshot.event.cycle.signals if one.id == order.cause)
        against = [reason for reason, holds in self._reasons(snapshot, snapshot.event.cycle, signal).items() if holds]
        assert not against, f"{order} in spite of {against}"
        assert order.position not in self.known.held
        left = self._resting(order.leg)
        assert not left, f"{order} while {left} rest"

    def _reasons(self, snapshot: Snapshot, cycle: Cycle, signal: Signal) -> dict[str, bool]:
        """Whether each of these holds against a signal."""
        spec, taken, leg = self.given.spec, self.known.taken(), Leg(signal.symbol, signal.side)
        cooling = self.known.cooling(spec, signal.symbol, snapshot.now)
        mark = snapshot.marks.get(signal.symbol, signal.reference_price)
        other = any(held.symbol == leg.symbol and held != leg for held in taken)
        return {
            "SignalExpired": snapshot.now > cycle.valid_until,
            "StrategyNotSelected": bool(spec.strategies) and signal.strategy not in spec.strategies,
            "SymbolNotAllowed": signal.symbol in spec.symbols.deny,
            "PriceMoved": abs(mark - signal.reference_price) * 100 > spec.max_slippage_pct * signal.reference_price,
            "ExitCooldown": "ExitCooldown" in cooling,
            "EntryCooldown": "EntryCooldown" in cooling,
            "AlreadyInPosition": leg in taken,
            "OppositePosition": other and not (spec.hedge_mode and not snapshot.venue.one_way),
            "MaxPositions": len(taken) >= spec.max_positions,
        }

    def _addition(self, snapshot: Snapshot, order: PlaceOrder) -> None:
        self._opens(snapshot, order)
        held, dca = self.known.held[order.position], self.given.spec.dca
        assert dca.enabled or order.rule
        assert held.leg not in {other.leg for other in self.known.opening.values()}, f"{order} beside another"
        whole = held.first * (self.rules.percent(snapshot, order) if order.rule else dca.step_pcts[held.steps]) / 100
        assert order.quantity == floor_to(whole, MARKETS[order.leg.symbol].step), f"{order} to {held}"
        assert self.given.in_force("autoExit") == "true"
        assert held.trigger is not None
        mark = snapshot.marks[order.leg.symbol]
        assert (mark - held.trigger) * held.leg.sign > ZERO, f"{order} at {mark}, past the stop of {held}"

    def _rearmed(self, snapshot: Snapshot, decision: Decision) -> None:
        """A switch closes nothing: no order of a guard that is set up again would act at once."""
        legs = {fact.leg for fact in decision.facts if isinstance(fact, GuardChanged) and fact.rests}
        for order in decision.intents:
            if isinstance(order, PlaceOrder) and order.leg in legs and order.trigger is not None:
                beyond = (snapshot.marks[order.leg.symbol] - order.trigger) * order.leg.sign
                assert beyond > ZERO if order.purpose == "stop" else beyond < ZERO, f"{order} acts at once"

    def _resumed(self, snapshot: Snapshot, decision: Decision) -> None:
        """Who says that it goes on is not stopped by the same limit at once."""
        event = snapshot.event
        if isinstance(event, CommandGiven) and event.name == "resume":
            assert not [fact for fact in decision.facts if isinstance(fact, TradingPaused)]

    # ---- signals

    def _signals(self, snapshot: Snapshot, decision: Decision) -> None:
        """Each of a cycle is decided, and with each entry goes its signal."""
        orders = [intent for intent in decision.intents if isinstance(intent, PlaceOrder)]
        words = [fact for fact in decision.facts if isinstance(fact, SignalDecided)]
        entered = {order.cause for order in orders if order.purpose == "enter"}
        assert entered == {word.signal for word in words if not word.refusal}
        if isinstance(snapshot.event, CycleArrived):
            cycle, found = snapshot.event.cycle, {word.signal for word in words}
            old = snapshot.now > cycle.valid_until + HISTORY
            mine = not old and self.given.trades()  # else it is history, or of the other book
            assert found == ({signal.id for signal in cycle.signals} - (self.signals - found) if mine else set())

    def _refusal(self, snapshot: Snapshot, fact: SignalDecided) -> None:
        """By a reason that is true, and where the table says no, by the table's."""
        assert fact.refusal is not None
        assert fact.message, f"no word of why: {fact}"
        self.refused[fact.refusal] = self.refused.get(fact.refusal, 0) + 1
        forbidding = set(self.given.forbidding(snapshot, fact.symbol).values())
        if forbidding or fact.refusal in set(TABLES):
            assert fact.refusal in forbidding | self._stale(fact), f"{fact} where {forbidding} forbid it"
            return
        assert isinstance(snapshot.event, CycleArrived)
        cycle = snapshot.event.cycle
        signal = next(one for one in cycle.signals if one.id == fact.signal)
        unsure = fact.refusal in ("AlreadyInPosition", "OppositePosition", "MaxPositions") and self.known.missing
        assert unsure or self._reasons(snapshot, cycle, signal).get(fact.refusal, True), f"{fact} is not so"

    def _stale(self, fact: SignalDecided) -> set[str]:
        """A single symbol's mark price may be too old."""
        return {"StaleData"} if "mark price" in fact.message else set()

    # ---- settings, book

    def _terms(self, snapshot: Snapshot) -> None:
        """What is in force is the manifest, with the overrides that stand."""
        spec, seen = self.given.spec, snapshot.terms.effective
        values = {"dry_run": seen.dry_run, "auto_exit": seen.auto_exit, "entry_pct": seen.entry_pct}
        assert spec.model_copy(update=values) == seen
        for name, value in zip(("dryRun", "autoExit", "entryPct"), values.values(), strict=True):
            assert str(value).lower() == self.given.in_force(name), f"{name} is {value}, {self.given}"

    def _book(self, snapshot: Snapshot) -> None:
        book = snapshot.book
        assert book.wallet == self.known.wallet
        found = {position.number: (position.quantity, position.entered) for position in book.positions.values()}
        assert found == {number: (held.quantity, held.entered) for number, held in self.known.held.items()}
        for leg, position in book.positions.items():
            assert position.leg == leg == self.known.held[position.number].leg
            assert position.quantity > ZERO or book.entering(position.number)
            assert not _bare(snapshot, position), f"without a stop for too long: {position}"
        assert set(book.unsettled) & set(book.reserved) == set()

    def _drawdown(self, snapshot: Snapshot) -> None:
        """Nobody goes on trading who has lost too much since the peak."""
        most, peak, wallet = self.given.spec.protections.max_drawdown_pct, self.known.peak, self.known.wallet
        positions, marks = snapshot.book.positions.values(), snapshot.marks
        if not most or not peak or wallet is None or any(p.leg.symbol not in marks for p in positions):
            return  # a start knows no mark prices: nobody can say what the account is worth
        made = (p.unrealized(marks[p.leg.symbol]) for p in positions)
        lost = (1 - (wallet + sum(made, ZERO)) / peak) * 100
        assert lost < most + HUNDREDTH or self.given.breach is not None, f"{lost} % lost since {peak}, and not paused"

    def _outside(self, snapshot: Snapshot, fact: Fact) -> None:
        """What is missing is booked once two readings have shown it, as far apart as a message may be late."""
        if isinstance(fact, ExternallyReduced):
            doubt = snapshot.before.doubts[fact.leg.symbol]
            assert isinstance(snapshot.event, AccountRead)
            assert snapshot.event.begun_at >= doubt.seen_at + timedelta(seconds=2)


TABLES = ("Paused", "DailyLossLimit", "MaxDrawdown", "ConsecutiveLosses", "Halted", "ClockDrift", "LedgerDown")


def _bare(snapshot: Snapshot, position: Position) -> bool:
    """Whether a second after its stop was sent none is confirmed, and yet nothing closes it."""
    book, since = snapshot.book, position.naked_since
    stops, doubt = book.live(position.number, "stop"), book.doubts.get(position.leg.symbol)
    exits = [order for order in book.orders.values() if order.intent.position == position.number]
    acting = any(order.booked or order.ended for order in exits if order.intent.reduce_only)
    known = since is not None and stops and not position.alerts and not (doubt is not None and doubt.quantity)
    if not known or acting or since is None or book.revision(position.number, "close"):
        return False
    return snapshot.wall >= max(since, snapshot.since, stops[0].intent.committed_at) + timedelta(seconds=1)
