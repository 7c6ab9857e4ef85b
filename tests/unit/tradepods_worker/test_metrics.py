"""A worker's figures, in the form that Prometheus reads."""

from prometheus_client.parser import text_string_to_metric_families

from support.operated import heartbeat, position
from tradepods_core.wire.fleet import Tally
from tradepods_worker.metrics import figures


def test_prometheus_reads_every_figure() -> None:
    """By its own parser; a position without its stop is counted."""
    tally = Tally(realized_pnl=0, fees=0, entries=3, refusals={"Halted": 2})
    said = heartbeat("abc", equity="1234567.5", positions=(position(), position(protected=False)), tally=tally)
    families = list(text_string_to_metric_families(figures(said)))
    found = {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}

    assert found["tradepods_worker_equity",] == 1234567.5
    assert (found["tradepods_worker_positions",], found["tradepods_worker_unprotected_positions",]) == (2, 1)
    assert found["tradepods_worker_entries_total",] == 3
    assert found["tradepods_worker_refusals_total", "Halted"] == 2
    assert found["tradepods_worker_condition", "Protected", "True", "Fine"] == 1


def test_before_the_first_heartbeat_there_are_none() -> None:
    """Rather than wrong ones."""
    assert figures(None) == ""
