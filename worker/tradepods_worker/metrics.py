"""A worker's figures in Prometheus' text form, made of its heartbeat: what people and the fleet are told, too."""

from collections.abc import Iterator

from tradepods_core.wire.fleet import Heartbeat

PREFIX = "tradepods_worker_"
Row = tuple[str, float]  # labels as they are written, and a value


def figures(heartbeat: Heartbeat | None) -> str:
    """All of them; none before there is a heartbeat to make them of."""
    return "" if heartbeat is None else "".join(_lines(heartbeat))


def _lines(heartbeat: Heartbeat) -> Iterator[str]:
    for name, kind, says, rows in _families(heartbeat):
        yield f"# HELP {PREFIX}{name} {says}\n# TYPE {PREFIX}{name} {kind}\n"
        yield from (f"{PREFIX}{name}{labels} {float(value)!r}\n" for labels, value in rows)


def _families(heartbeat: Heartbeat) -> Iterator[tuple[str, str, str, list[Row]]]:
    both, tally = (*heartbeat.positions, *heartbeat.guarded), heartbeat.tally
    naked = sum(not one.protected for one in both)
    longest = heartbeat.unprotected_max_ms / 1_000
    yield "equity", "gauge", "Wallet and unrealised profit, quote.", [("", float(heartbeat.equity))]
    yield "positions", "gauge", "Open positions.", [("", len(both))]
    yield "unprotected_positions", "gauge", "Of these, without a stop at the exchange.", [("", naked)]
    yield "unprotected_max_seconds", "gauge", "Longest time from a fill to its resting stop.", [("", longest)]
    yield "undelivered_notices", "gauge", "Messages that wait for the person's chat.", [("", heartbeat.undelivered)]
    yield "memory_mebibytes", "gauge", "Resident memory.", [("", heartbeat.rss_mib)]
    yield "entries_total", "counter", "Positions that were opened.", [("", tally.entries)]
    yield "exits_total", "counter", "Positions that were closed.", [("", tally.exits)]
    refused: list[Row] = [(f'{{reason="{reason}"}}', count) for reason, count in sorted(tally.refusals.items())]
    yield "refusals_total", "counter", "Signals that were refused, by reason.", refused
    conditions: list[Row] = [
        (f'{{condition="{one.type}",status="{one.status}",reason="{one.reason}"}}', 1) for one in heartbeat.conditions
    ]
    yield "condition", "gauge", "1 for each condition as it stands.", conditions
