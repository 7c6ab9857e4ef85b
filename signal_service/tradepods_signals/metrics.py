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
        self.cycles = Counter("tradepods_signals_cycles", "Cycles published.", ["timeframe"], registry=self._registry)
        self.signals = Counter("tradepods_signals_signals", "Signals published.", registry=self._registry)
        self.absent = Counter(
            "tradepods_signals_absent_symbols", "Symbols late or missing in a cycle.", registry=self._registry
        )
        self.requests = Counter(
            "tradepods_signals_market_data_requests", "Requests for candles and markets.", registry=self._registry
        )
        self._add_candles()
        self.pace = Pace(self._registry)
        self.strategies = Gauge(
            "tradepods_signals_strategies",
            "Strategies that were read, and problems that keep others out.",
            ["state"],
            registry=self._registry,
        )
        self.subscribers = Gauge("tradepods_signals_subscribers", "Readers of the stream.", registry=self._registry)
        self.heartbeats = Counter(
            "tradepods_signals_heartbeats", "Heartbeats taken from workers.", registry=self._registry
        )
        self.refused = Counter(
            "tradepods_signals_refused_requests",
            "Requests refused before any route saw them, by status.",
            ["status"],
            registry=self._registry,
        )
        self.history_failures = Counter(
            "tradepods_signals_history_failures", "Writes of the history that failed.", registry=self._registry
        )
        self.told_before_stored = Counter(
            "tradepods_signals_told_before_stored",
            "Cycles that were told before they were stored: the disk was slow.",
            registry=self._registry,
        )
        self.accounts = Gauge(
            "tradepods_signals_accounts", "Accounts that report.", ["environment"], registry=self._registry
        )
        self.silent = Gauge(
            "tradepods_signals_silent_accounts",
            "Accounts not heard for a minute.",
            ["environment"],
            registry=self._registry,
        )
        self.halted = Gauge("tradepods_signals_halted", "1 while trading is halted.", registry=self._registry)
        self.last_close = Gauge(
            "tradepods_signals_last_close_timestamp_seconds", "Close of the last cycle.", registry=self._registry
        )

    def _add_candles(self) -> None:
        registry = self._registry
        self.candles = Counter(
            "tradepods_signals_candles", "Candles by where they came from.", ["source"], registry=registry
        )
        self.candle_gaps = Counter(
            "tradepods_signals_candle_gaps", "Runs of candles not there in turn.", ["timeframe"], registry=registry
        )
        self.candles_missing = Counter(
            "tradepods_signals_candles_missing",
            "Candles that were not there by their deadline.",
            ["timeframe"],
            registry=registry,
        )
        self.candles_differing = Counter(
            "tradepods_signals_candles_differing",
            "Candles told by a stream, or kept on disk, that were not the venue's record.",
            registry=registry,
        )

    def text(self) -> bytes:
        """In Prometheus' text form."""
        return generate_latest(self._registry)
