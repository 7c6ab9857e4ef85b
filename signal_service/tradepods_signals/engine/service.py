"""What the HTTP doors open on: cycles and their stream, the fleet, strategies and markets in force, halts."""

from collections.abc import Callable, Collection, Mapping, Sequence

from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.times import Now, written
from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.fleet import Heartbeat, HeartbeatReply
from tradepods_core.wire.portfolio import Portfolio
from tradepods_core.wire.published import CyclePage, Halt, PublishedStrategy, StrategyInForce, StrategyProblem
from tradepods_signals.engine.bans import Address, BanBook
from tradepods_signals.engine.fleet import FleetBook
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.steering import Steering
from tradepods_signals.engine.subscribers import Stream
from tradepods_signals.ports.doors import NotFound
from tradepods_signals.ports.history import FiledCycle, History

AWAY = "the exchange has not answered yet"
NO_CYCLE = "no cycle has been published yet: the first comes when the next candle closes"
FRESH_PERIODS = 2  # the last cycle may be this many periods old


class Service:
    """Answers what routes ask. `market_now` is market time, `now` wall time, `watched` what strategies look at."""

    def __init__(
        self,
        *,
        hub: Hub,
        history: History,
        fleet: FleetBook,
        steering: Steering,
        bans: BanBook,
        watched: Callable[[], Collection[Symbol]],
        now: Now,
        market_now: Now,
    ) -> None:
        self._hub, self._history, self._fleet = hub, history, fleet
        self._steering, self._bans = steering, bans
        self._markets: Mapping[Symbol, Market] | None = None
        self._watched = watched
        self._now, self._market_now = now, market_now

    def learn(self, markets: Mapping[Symbol, Market]) -> None:
        """The venue has told its markets."""
        self._markets = markets

    def subscribe(self, *, last_event: str | None) -> Stream:
        """The event stream."""
        return self._hub.subscribe(last_event=last_event)

    def latest(self) -> FiledCycle | None:
        """The last cycle."""
        return self._hub.latest()

    async def cycle(self, cycle_id: str) -> FiledCycle:
        """One cycle: from memory if it is new, which it may be before it is stored."""
        for newest in self._hub.newest():
            if newest.cycle_id == cycle_id:
                return newest
        found = await self._history.find(cycle_id)
        if found is None:
            raise NotFound(f"no cycle {cycle_id} is kept: it is older than the history, or there was none")
        return found

    async def cycles(self, *, after: str | None, limit: int) -> CyclePage:
        """Cycles after one of them; from the oldest on where none is named."""
        number = 0 if after is None else (await self.cycle(after)).number
        found = await self._history.after(number, limit=limit + 1)
        cycles = [Cycle.model_validate_json(one.body) for one in found[:limit]]
        return CyclePage(cycles=tuple(cycles), more=len(found) > limit)

    def strategies(self) -> Sequence[PublishedStrategy]:
        """The strategies in force."""
        return self._steering.strategies()

    def broken(self) -> Sequence[StrategyProblem]:
        """What keeps other strategies out."""
        return self._steering.broken

    def markets(self, also: Sequence[Symbol]) -> Sequence[Market] | None:
        """Markets of every watched symbol and of `also`; a name that the venue doesn't have is left out.

        None until the venue has told them.
        """
        if self._markets is None:
            return None
        return [self._markets[symbol] for symbol in sorted({*self._watched(), *also}) if symbol in self._markets]

    def heartbeat(self, *, namespace: str, name: str, heartbeat: Heartbeat) -> HeartbeatReply:
        """Keep a worker's digest; what the others behind its address have learned of its venue, and of halts."""
        self._fleet.heard(namespace=namespace, name=name, heartbeat=heartbeat)
        address = Address(heartbeat.venue, heartbeat.egress)
        self._bans.report(address, heartbeat.banned_until)
        halt = self._steering.halted.why
        return HeartbeatReply(server_time=self._now(), banned_until=self._bans.until(address), halt=halt)

    def fleet(self, *, after: int) -> tuple[str, bytes]:
        """Digests that changed after this version, as JSON, and what names that for a cache."""
        return f"{after}-{self._fleet.version}", self._fleet.encoded(after, halt=self._steering.halted.why)

    def portfolio(self) -> Portfolio:
        """All accounts together."""
        totals = tuple(self._fleet.totals())
        return Portfolio(at=self._now(), halt=self._steering.halted.why, environments=totals)

    async def halt(self, *, why: str, who: str) -> Halt:
        """No account opens anything from now on."""
        return await self._steering.halt(why=why, who=who)

    async def resume(self, *, why: str, who: str) -> Halt:
        """Accounts may open again."""
        return await self._steering.resume(why=why, who=who)

    async def switch(self, key: str, *, enabled: bool, why: str, who: str) -> StrategyInForce:
        """Let a strategy signal or not."""
        return await self._steering.switch(key, enabled=enabled, why=why, who=who)

    def ready(self) -> str:
        """Why the service isn't ready: no exchange, no cycle yet, or a timeframe's last is older than two periods."""
        if self._markets is None:
            return AWAY
        wanted = {strategy.spec.timeframe for strategy in self._steering.strategies() if strategy.enabled}
        newest = [cycle for cycle in self._hub.newest() if str(cycle.timeframe) in wanted]
        if not newest:
            return NO_CYCLE
        now = self._market_now()
        late = [c for c in newest if now - c.close > FRESH_PERIODS * c.timeframe.length]
        return f"the last cycle of {late[0].timeframe} is of {written(late[0].close)}" if late else ""
