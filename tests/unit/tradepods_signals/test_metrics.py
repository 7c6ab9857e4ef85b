"""Metrics: what Prometheus reads, and the quantiles that the demo's report takes from it."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tradepods_signals.metrics import KEPT, Metrics


def _samples(metrics: Metrics) -> dict[tuple[str, str], float]:
    """Every sample by its name and the values of its labels."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {(s.name, ",".join(s.labels.values())): s.value for family in families for s in family.samples}


def _quantiles(seconds: list[float]) -> tuple[float | None, float | None]:
    metrics = Metrics()
    for one in seconds:
        metrics.compute.add(one)
    found = _samples(metrics)
    name = "tradepods_signals_compute_seconds"
    return found.get((name, "0.5")), found.get((name, "0.99"))


def test_there_are_no_quantiles_of_nothing() -> None:
    """Zero would be a lie."""
    assert _quantiles([]) == (None, None)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([0.25], (0.25, 0.25)),
        ([3, 1, 2], (2, 3)),
        ([float(n) for n in range(100)], (50, 99)),
        ([1.0] * 99 + [9.0], (1, 9)),
        ([1.0] * 198 + [8.0, 9.0], (1, 8)),
    ],
)
def test_quantiles_are_exact(seconds: list[float], expected: tuple[float, float]) -> None:
    """Values that were measured, in whatever order they came; no bucket hides one."""
    assert _quantiles(seconds) == expected


def test_quantiles_are_of_the_latest_cycles() -> None:
    """A slow start is forgotten one day."""
    assert _quantiles([99.0] * 500 + [1.0] * KEPT) == (1, 1)


def test_counters_say_what_was_counted() -> None:
    """Cycles by timeframe, the rest in one number each."""
    metrics = Metrics()
    metrics.cycles.labels("5m").inc()
    metrics.cycles.labels("1h").inc(2)
    metrics.signals.inc(3)
    metrics.absent.inc(4)
    metrics.requests.inc(5)
    metrics.subscribers.set(6)
    found = _samples(metrics)

    assert found["tradepods_signals_cycles_total", "5m"] == 1
    assert found["tradepods_signals_cycles_total", "1h"] == 2
    assert found["tradepods_signals_signals_total", ""] == 3
    assert found["tradepods_signals_absent_symbols_total", ""] == 4
    assert found["tradepods_signals_market_data_requests_total", ""] == 5
    assert found["tradepods_signals_subscribers", ""] == 6


def test_the_process_own_memory_is_told() -> None:
    """The demo's report shows it."""
    assert _samples(Metrics())["process_resident_memory_bytes", ""] > 1_000_000


def test_two_services_count_apart() -> None:
    """The figures are in a registry of their own, not in a global one."""
    first, second = Metrics(), Metrics()
    first.signals.inc()

    assert _samples(second)["tradepods_signals_signals_total", ""] == 0
