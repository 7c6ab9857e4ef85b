"""One book in a test's hand: worker, network and exchange, and what must be right once nothing is under way."""

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import get_args

from support.machine_checks import Checks
from support.machine_draws import CODES
from support.machine_exchange import MARKETS, Exchange
from support.machine_given import Given, Told
from support.machine_hand import Hand
from support.machine_network import Mishap, Network
from support.machine_worker import Look, Worker
from tradepods_core.book.book import apply
from tradepods_core.book.intents import Leg, Side
from tradepods_core.book.values import Book, Position
from tradepods_core.ids import is_ours
from tradepods_core.money import ONE, ZERO, ceil_to
from tradepods_core.paper.account import PaperOrder, PaperPosition
from tradepods_core.rules.snapshot import Decision, Snapshot
from tradepods_worker.engine.lanes import Key

BAD = 1 / 6  # of all answers, in bad weather
CALM = 90  # seconds until everything has come right


class OneBook:
    """A book and its exchange. Nothing happens by itself."""

    def __init__(
        self,
        told: Told,
        *,
        burns: bool,
        paper: bool = True,
        signals: set[str] | None = None,
        also: Look = lambda _snapshot, _decision: None,
    ) -> None:
        self.network = Network(hedge=told.spec.hedge_mode, burns=burns)
        given = Given(told, paper=paper)
        self.checks = Checks(given, resting=self._resting, signals=set() if signals is None else signals)
        self._also = also
        self.worker = Worker(network=self.network, look=self._look, paper=paper)
        self.weather: random.Random | None = None
        self.hand = Hand(self.network.exchange)

    def _look(self, snapshot: Snapshot, decision: Decision) -> None:
        self.checks.look(snapshot, decision)
        self._also(snapshot, decision)

    @property
    def exchange(self) -> Exchange:
        """Where the account is."""
        return self.network.exchange

    @property
    def book(self) -> Book:
        """What the worker believes."""
        return self.worker.book

    # ---- a good network

    def work(self, steps: int) -> None:
        """So many frames, answers and halves of a reading, one after the other."""
        for turn in range(steps):
            doings = (self._frame, self._answer, self._read)
            if not any(doings[(turn + index) % 3](turn) for index in range(3)):
                return

    def _frame(self, _turn: int) -> bool:
        if not self.network.frames:
            return False
        self.network.frame()
        if self.weather is not None and self.weather.random() < BAD:
            self.network.echo(self.weather.randrange(6))
        self.worker.drain()
        return True

    def _answer(self, turn: int) -> bool:
        keys = self.network.open_questions()
        if not keys:
            return False
        self._weathered(keys[turn % len(keys)])
        self.worker.drain()
        return True

    def _read(self, _turn: int) -> bool:
        if self.network.reading is not None:
            self.network.end_reading()
            self.worker.drain()
            return True
        self.worker.read()
        return self.network.reading is not None

    def _weathered(self, key: Key) -> None:
        """In bad weather one in six goes wrong, and some trade little by little."""
        weather = self.weather
        if weather is None:
            self.network.answer(key)
        elif weather.random() < BAD:
            self.network.fail(key, weather.choice(get_args(Mishap)), weather.choice(CODES))
        else:
            self.network.answer(key, share=weather.choice((ONE, ONE, ONE, ONE / 4)))

    # ---- what happens

    def move(self, symbol: str, percent: Decimal) -> None:
        """The mark price goes so many percent."""
        tick = MARKETS[symbol].tick
        self.exchange.move(symbol, max(ceil_to(self.exchange.prices[symbol] * (100 + percent) / 100, tick), tick))

    def happen(self, what: str, symbol: str, side: Side, *, signed: Decimal, pick: int) -> None:
        """Somebody uses the account beside the worker, or the exchange acts."""
        match what:
            case "trade":
                self.hand.trade(symbol, signed, side=side)
            case "order":
                self.hand.rest(symbol, signed, side=side)
            case "reduce" | "close" | "deleverage":
                self.hand.reduce(pick, how=what)
            case "cancel":
                self.hand.cancel(pick)
            case "mode":
                self.hand.turn_mode()
            case "leave":
                self.hand.leave(self.book)
            case _:
                self.hand.pay(what, signed)

    def disturb(self, what: str) -> None:
        """Something happens to the stream; the account is read; the disk is full, or has room again."""
        network, worker = self.network, self.worker
        match what:
            case "read":
                worker.asked = True
                worker.read()
            case "deaf":
                network.deaf = True
            case "drop":
                network.drop()
            case "connect":
                network.drop()
                network.connect()
            case "echo":
                network.echo(0)
            case "frame":
                self._frame(0)
            case _:
                worker.ledger(down=what == "ledger down")
        worker.drain()

    def quieten(self) -> None:
        """From now on nothing goes wrong."""
        self.weather = None
        while self.network.strays:
            self.network.stray()
        if self.worker.lives:
            self.network.drop()
            self.network.connect()
            self.worker.ledger(down=False)

    def agree(self) -> None:
        """Raise where ledger and exchange don't tell one story, or what is held isn't guarded."""
        wrong = list(self.wrong())
        assert not wrong, "\n".join(wrong)
        assert apply(Book(), self.worker.facts) == self.book
        assert len(set(self.exchange.opened)) == len(self.exchange.opened)

    def wrong(self) -> Iterator[str]:
        """What is not as it must be once nothing is under way any more."""
        book, paper = self.book, self.exchange.paper
        yield from self.abandoned()
        yield from (f"carried out: {work.question}" for work in self.network.works.values())
        yield from (f"in doubt: {doubt}" for doubt in book.doubts.values() if doubt.quantity)
        if self.worker.lives and not self.worker.sight.connected:
            yield "not connected"
        if book.wallet != paper.wallet:
            yield f"wallet {book.wallet}, the exchange's {paper.wallet}"
        yield from self._amounts()
        yield from (f"was to go: {position}" for position in book.positions.values() if position.number in book.leaving)
        for position in book.positions.values():
            yield from self._unguarded(position)

    def abandoned(self) -> Iterator[str]:
        """What nobody would look after once the book is closed, or is left over."""
        yield from (f"unsettled: {intent}" for intent in self.book.unsettled.values())
        for order in self._ours():
            known = self.book.orders.get(order.id)
            if known is None or self.book.position(known.intent.position) is None:
                yield f"left behind: {order}"

    def _resting(self, leg: Leg) -> list[str]:
        """What rests of ours where a leg is to be entered; in hedge mode only its own side counts."""
        sides = {known.id: known.side for known in self._ours() if known.symbol == leg.symbol}
        return [key for key, side in sides.items() if side in ("both", leg.side)]

    def _ours(self) -> list[PaperOrder]:
        return [order for order in self.exchange.paper.resting.values() if is_ours(order.id)]

    def _amounts(self) -> Iterator[str]:
        theirs = {_leg(held): abs(held.quantity) for held in self.exchange.paper.positions.values()}
        ours = {leg: position.quantity for leg, position in self.book.positions.items()}
        for leg in sorted(theirs.keys() | ours.keys(), key=str):
            mine, held = ours.get(leg, ZERO), theirs.get(leg, ZERO)
            if mine > held or (mine != held and leg.symbol not in self.book.doubts):
                yield f"{leg}: the ledger holds {mine}, the exchange {held}"

    def _unguarded(self, position: Position) -> Iterator[str]:
        """With autoExit one stop of its quantity rests, and one take-profit; without it nothing does."""
        if position.quantity <= ZERO:
            yield f"nothing is left of {position}"
        resting = [o for o in self._ours() if self._of(o, position)]
        stops = [order.quantity for order in resting if order.kind == "stop_market"]
        targets = [order.quantity for order in resting if order.kind == "take_profit_market"]
        wanted = [] if self.checks.given.in_force("autoExit") == "false" else [position.quantity]
        if stops != wanted:
            yield f"stops {stops} of {position}"
        if targets != wanted and "take_profit" not in position.refused:
            yield f"take-profits {targets} of {position}"

    def _of(self, order: PaperOrder, position: Position) -> bool:
        known = self.book.orders.get(order.id)
        return known is not None and known.intent.position == position.number


def _leg(held: PaperPosition) -> Leg:
    return Leg(held.symbol, "long" if held.quantity > ZERO else "short")
