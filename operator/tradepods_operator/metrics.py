"""The operator's figures, for Prometheus."""

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tradepods_operator.ports import DROPPED

Conditions = Mapping[str, str]


class Accounts(Collector):
    """The accounts by how they stand, counted when asked."""

    def __init__(self, standing: Callable[[], Iterable[Conditions]]) -> None:
        self._standing = standing

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """What Prometheus asks."""
        counted = Tally(pair for conditions in self._standing() for pair in conditions.items())
        name, says = "tradepods_operator_accounts", "Accounts by condition and its status."
        family = GaugeMetricFamily(name, says, labels=["condition", "status"])
        for (kind, status), count in sorted(counted.items()):
            family.add_metric([kind, status], count)
        yield family


class Metrics:
    """All figures, in a registry of their own."""

    def __init__(
        self,
        *,
        depth: Callable[[], float],
        oldest: Callable[[], float],
        lag: Callable[[], float],
        standing: Callable[[], Iterable[Conditions]],
        unheard: Callable[[], float],
        held_up: Callable[[], float],
    ) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(Accounts(standing))
        prefix = "tradepods_operator_"
        self.passes = Counter(
            f"{prefix}reconciles",
            "Passes over an account, by result and by what called for it.",
            ["result", "trigger"],
            registry=registry,
        )
        self.seconds = Histogram(f"{prefix}reconcile_seconds", "Time of a pass, seconds.", registry=registry)
        self.requests = Counter(
            f"{prefix}api_requests",
            "Requests to the API server, by verb, resource and code; not the watches, which are kopf's own.",
            ["verb", "resource", "code"],
            registry=registry,
        )
        self.dropped = Counter(
            f"{prefix}deletion_policies_dropped",
            "Accounts that have gone before their deletionPolicy came to its end.",
            registry=registry,
        )
        self.shut = Gauge(f"{prefix}shut_namespaces", "Named namespaces that it may not read.", registry=registry)
        self.leader = Gauge(f"{prefix}leader", "1 while this process leads.", registry=registry)
        for name, says, value in (
            ("queue_depth", "Accounts that wait for a pass.", depth),
            ("queue_oldest_seconds", "How long the first of them waits, seconds.", oldest),
            ("loop_lag_seconds", "How late the event loop is, seconds.", lag),
            ("unheard_accounts", "Accounts that are to have a worker of which nothing is heard.", unheard),
            ("rollout_stopped_accounts", "Accounts whose change waits, as two restarts of others failed.", held_up),
        ):
            Gauge(f"{prefix}{name}", says, registry=registry).set_function(value)

    def passed(self, *, why: str, result: str, seconds: float) -> None:
        """A pass has ended."""
        self.passes.labels(result, why).inc()
        if result == DROPPED:
            self.dropped.inc()
        self.seconds.observe(seconds)

    def asked(self, verb: str, resource: str, code: str) -> None:
        """A request to the API server has ended."""
        self.requests.labels(verb, resource, code).inc()

    def text(self) -> bytes:
        """In Prometheus' text form."""
        return generate_latest(self._registry)
