"""An account of one book, over its whole life: what happens to it, and the calm in which all must come right."""

from decimal import Decimal

from support.machine_book import OneBook
from support.machine_given import Told
from support.machine_steering import Alone
from support.machine_worker import Death
from tradepods_core.book.events import Event, MarksMoved, StrategiesSeen
from tradepods_core.settings.account import AccountSpec

CALM = 90  # seconds until everything has come right


class Life(OneBook):
    """One account. Nothing happens by itself."""

    def __init__(self, spec: AccountSpec, *, burns: bool) -> None:
        self.told = Told(spec)
        super().__init__(self.told, burns=burns)
        self.strategies = StrategiesSeen(strategies={})
        self._start(spec)
        self.tell_marks()
        self.work(10)

    def _start(self, spec: AccountSpec) -> None:
        put = self.network.inbox.append
        self.steering = Alone(spec, recorded=self.worker.facts, put=put)
        self.worker.start(self.steering)
        self.steering.begin(self.worker.now)

    def event(self, event: Event) -> None:
        """Something reaches the account."""
        self.worker.handle(event)
        self.worker.drain()

    def tell_marks(self) -> None:
        """The mark prices, as they are."""
        self.event(MarksMoved(at=self.worker.now, marks=dict(self.exchange.prices)))

    def publish(self, strategies: StrategiesSeen) -> None:
        """The service says which strategies are in force from now on."""
        self.strategies = strategies
        self.event(strategies)

    def shift(self, symbol: str, percent: Decimal, *, told: bool) -> None:
        """The mark price goes so many percent; the worker may hear of it."""
        self.move(symbol, percent)
        if told:
            self.tell_marks()

    def take(self, spec: AccountSpec) -> None:
        """The manifest is another."""
        self.told.take(spec)
        self.steering.take(spec, self.worker.now)
        self.worker.drain()

    def restart(self, death: Death | None, *, arrive: bool) -> None:
        """The worker ends, at once or in the middle of the next event; another goes on with its ledger."""
        if death is not None and self.network.inbox:
            self.worker.handle(self.network.inbox.popleft(), death=death)
        before = self.worker.book
        self.worker.die(arrive=arrive)
        assert self.worker.book == before
        self._start(self.told.spec)
        self.worker.handle(self.strategies)
        self.worker.drain()

    def calm(self) -> None:
        """From now on nothing goes wrong; in the end both tell one story, and what is held is guarded."""
        self.quieten()
        self.worker.drain()
        self.tell_marks()
        for second in range(CALM):
            self.worker.asked |= second % 10 == 0  # a lookout asks every five minutes: here they are shorter
            self.work(200)
            self.worker.wait(1)
            if not any(self.wrong()):
                break
        self.agree()
