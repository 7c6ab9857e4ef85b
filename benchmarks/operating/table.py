"""The figures of both operators, side by side."""

from collections.abc import Callable, Iterator, Mapping

from benchmarks.operating.contestants import OURS, Name
from benchmarks.operating.rounds import Result, Round

NAME, CELL = 52, 14  # characters
CLUSTER = ("kube-apiserver", "etcd", "kube-controller-manager", "kube-scheduler", "kwok")
PROMISED = {"from empty to all children applied, s": "60", "memory with the fleet, MiB": "160"}  # with 1,000 accounts
PROMISED_OF = 1_000
Value = Callable[[Result], str]


def table(count: int, found: Mapping[Name, Result]) -> Iterator[str]:
    """The lines for one size of fleet."""
    promises = PROMISED if count == PROMISED_OF and OURS in found else {}
    heads = [*found, "promised"] if promises else [*found]
    yield f"{f'{count:,} accounts':<{NAME}}" + "".join(f"{head:>{CELL}}" for head in heads)
    for name, value in _rows(count):
        cells = [value(result) for result in found.values()]
        if promises:
            cells.append(f"≤ {promises[name]}" if name in promises else "")
        if any(cell not in ("", "-") for cell in cells):
            yield f"  {name:<{NAME - 2}}" + "".join(f"{cell:>{CELL}}" for cell in cells)
    for name, result in found.items():
        yield f"  {name}: load of the machine {result.load[0]:.1f} before, {result.load[1]:.1f} after"
        if result.stopped:
            yield f"  {name}: stopped, {result.stopped}"


def _rows(count: int) -> Iterator[tuple[str, Value]]:
    yield "from empty to all children applied, s", _of("empty", lambda one: f"{one.seconds:.1f}")
    yield from _work("empty", count)
    yield "memory with the fleet, MiB", lambda result: f"{result.rss:.0f}" if result.rss else "-"
    yield "  the most on the way, MiB", lambda result: f"{result.peak:.0f}" if result.peak else "-"
    yield "all workers report: computed, s", _of("workers", _cpu)
    yield "  requests an account: writes", _of("workers", lambda one: f"{one.writes / count:.1f}")
    yield "a setting of all accounts changed: handed on after, s", _of("change", lambda one: f"{one.seconds:.1f}")
    yield from _work("change", count)
    yield "at rest, workers reporting: of a core, %", lambda result: f"{100 * result.steady:.1f}"
    yield "start with an unchanged fleet: computed, s", _of("restart", _cpu)
    yield "  requests", _of("restart", lambda one: f"{one.reads:,}")
    yield "  writes", _of("restart", lambda one: f"{one.writes:,}")
    yield "look at an unchanged fleet: computed, s", _of("resync", _cpu)
    yield "  requests", _of("resync", lambda one: f"{one.reads:,}")
    yield "  writes", _of("resync", lambda one: f"{one.writes:,}")


def _work(part: str, count: int) -> Iterator[tuple[str, Value]]:
    yield "  until nothing more was to do: computed, s", _of(part, _cpu)
    yield from ((f"    {process}, s", _of(part, _cluster(process))) for process in CLUSTER)
    yield "  requests an account: reads", _of(part, lambda one: f"{one.reads / count:.1f}")
    yield "  requests an account: writes", _of(part, lambda one: f"{one.writes / count:.1f}")


def _cluster(process: str) -> Callable[[Round], str]:
    return lambda one: f"{one.cluster[process]:.1f}"


def _cpu(one: Round) -> str:
    return f"{one.cpu:.1f}"


def _of(name: str, value: Callable[[Round], str]) -> Value:
    return lambda result: value(result.rounds[name]) if name in result.rounds else "-"
