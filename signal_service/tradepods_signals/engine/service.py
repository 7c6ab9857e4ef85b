"""What the HTTP doors open on: the hub, the fleet, the strategies and markets in force."""

from collections.abc import Iterable, Mapping, Sequence

from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.strategy.model import Strategy
from tradepods_core.times import Now, Timeframe, written
from tradepods_core.wire.fleet import Fleet, Heartbeat, HeartbeatReply
from tradepods_signals.engine.bans import Address, BanBook
from tradepods_signals.engine.fleet import FleetBook
from tradepods_signals.engine.hub import Hub, Stream

AWAY = "the exchange has not answered yet"
FRESH_PERIODS = 2  # the last cycle may be this many periods old


class Service:
    """Answers what routes ask. `market_now` is market time, `now` wall time."""

    def __init__(
        self,
        *,
        hub: Hub,
        fleet: FleetBook,
        bans: BanBook,
        strategies: Iterable[Strategy],
        watched: Iterable[Symbol],
        now: Now,
        market_now: Now,
    ) -> None:
        self._hub = hub
        self._fleet = fleet
        self._bans = bans
        self._strategies = tuple(strategies)
        self._markets: Mapping[Symbol, Market] | None = None
        self._watched = frozenset(watched)
        self._now = now
        self._market_now = market_now

    def learn(self, markets: Mapping[Symbol, Market]) -> None:
        """The venue has told its markets."""
        self._markets = markets

    def subscribe(self, *, last_event: str | None) -> Stream:
        """The event stream."""
        return self._hub.subscribe(last_event=last_event)

    def latest(self) -> tuple[str, bytes] | None:
        """The last cycle: what names it for a cache, and its JSON."""
        cycle = self._hub.latest()
        if cycle is None:
            return None
        return f"{cycle.id}/{cycle.revision}", cycle.model_dump_json(by_alias=True).encode()

    def strategies(self) -> Sequence[Strategy]:
        """The strategies in force."""
        return self._strategies

    def markets(self, also: Sequence[Symbol]) -> Sequence[Market] | None:
        """Markets of every watched symbol and of `also`; a name that the venue doesn't have is left out.

        None until the venue has told them.
        """
        if self._markets is None:
            return None
        return [self._markets[symbol] for symbol in sorted({*self._watched, *also}) if symbol in self._markets]

    def heartbeat(self, *, namespace: str, name: str, heartbeat: Heartbeat) -> HeartbeatReply:
        """Keep a worker's digest; what the others behind its address have learned of its venue."""
        self._fleet.heard(namespace=namespace, name=name, heartbeat=heartbeat)
        address = Address(heartbeat.venue, heartbeat.egress)
        self._bans.report(address, heartbeat.banned_until)
        return HeartbeatReply(server_time=self._now(), banned_until=self._bans.until(address))

    def fleet(self, *, after: int) -> Fleet:
        """Digests that changed after this version."""
        return self._fleet.since(after)

    def ready(self) -> str:
        """Why the service isn't ready: no exchange, no cycle yet, or the last one is older than two periods."""
        if self._markets is None:
            return AWAY
        cycle = self._hub.latest()
        if cycle is None:
            return "no cycle has been published yet: the first comes when the next candle closes"
        allowed = FRESH_PERIODS * Timeframe.parse(cycle.timeframe).length
        return "" if self._market_now() - cycle.close <= allowed else f"the last cycle is of {written(cycle.close)}"
