"""The service's own figures for Prometheus: cycles, compute time, late symbols, subscribers, market-data requests."""

from collections import deque
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
KEPT = 2_000  # compute times from which the quantiles are taken
QUANTILES = (0.5, 0.99)


class Quantiles(Collector):
    """Exact quantiles of the latest compute times: few values, and a histogram's buckets would hide a regression."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=KEPT)

    def add(self, seconds: float) -> None:
        """One more cycle was computed."""
        self._seconds.append(seconds)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """What Prometheus asks."""
        family = GaugeMetricFamily(
            "tradepods_signals_compute_seconds", "Time to compute a cycle, seconds.", labels=["quantile"]
        )
        ordered = sorted(self._seconds)
        for quantile in QUANTILES:
            if ordered:
                family.add_metric([str(quantile)], ordered[min(int(quantile * len(ordered)), len(ordered) - 1)])
        yield family


class Pace:
    """How fast the venue is asked, as gauges that are read when somebody looks."""

    def __init__(self, registry: CollectorRegistry) -> None:
        used = "Request weight that all behind this address have used in this minute, as far as is known."
        self._used = Gauge("tradepods_signals_used_weight", used, registry=registry)
        limit = "Request weight that the venue allows in a minute."
        self._limit = Gauge("tradepods_signals_weight_limit", limit, registry=registry)
        pace = "Part of the service's share of that limit that it uses: less after requests that were not answered."
        self._pace = Gauge("tradepods_signals_request_pace", pace, registry=registry)

    def follow(self, *, used: Callable[[], float], limit: Callable[[], float], pace: Callable[[], float]) -> None:
        """Ask these from now on."""
        self._used.set_function(used)
        self._limit.set_function(limit)
        self._pace.set_function(pace)


class Metrics:
    """All figures, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self.compute = Quantiles()
        self._registry.register(self.compute)
        self.pace = Pace(self._registry)
        self._add_cycles()
        self._add_candles()
        self._add_callers()
        self._add_history()
        self._add_fleet()

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"tradepods_signals_{name}", says, labels, registry=self._registry)

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(f"tradepods_signals_{name}", says, labels, registry=self._registry)

    def _add_cycles(self) -> None:
        self.cycles = self._counter("cycles", "Cycles published.", "timeframe")
        self.signals = self._counter("signals", "Signals published.")
        self.absent = self._counter("absent_symbols", "Symbols late or missing in a cycle.")
        self.last_close = self._gauge("last_close_timestamp_seconds", "Close of the last cycle.")
        says = "Strategies that were read, and problems that keep others out."
        self.strategies = self._gauge("strategies", says, "state")

    def _add_candles(self) -> None:
        self.requests = self._counter("market_data_requests", "Requests for candles and markets.")
        self.candles = self._counter("candles", "Candles by where they came from.", "source")
        self.candle_gaps = self._counter("candle_gaps", "Runs of candles not there in turn.", "timeframe")
        says = "Candles that were not there by their deadline."
        self.candles_missing = self._counter("candles_missing", says, "timeframe")
        says = "Candles told by a stream, kept on disk or read at their close that were not the venue's record."
        self.candles_differing = self._counter("candles_differing", says)

    def _add_callers(self) -> None:
        self.subscribers = self._gauge("subscribers", "Readers of the stream.")
        self.heartbeats = self._counter("heartbeats", "Heartbeats taken from workers.")
        says = "Requests refused before any route saw them, by status."
        self.refused = self._counter("refused_requests", says, "status")

    def _add_history(self) -> None:
        self.history_failures = self._counter("history_failures", "Writes of the history that failed.")
        says = "Cycles that were told before they were stored: the disk was slow."
        self.told_before_stored = self._counter("told_before_stored", says)

    def _add_fleet(self) -> None:
        self.accounts = self._gauge("accounts", "Accounts that report.", "environment")
        self.silent = self._gauge("silent_accounts", "Accounts not heard for a minute.", "environment")
        self.halted = self._gauge("halted", "1 while trading is halted.")

    def text(self) -> bytes:
        """In Prometheus' text form."""
        return generate_latest(self._registry)
