"""Notices to texts. Pure: the same notice in the same language gives the same text."""

from collections.abc import Callable, Iterator, Mapping

from tradepods_core.book.intents import Leg
from tradepods_core.rules.snapshot import Notice
from tradepods_worker.adapters.telegram.fitting import fitted
from tradepods_worker.adapters.telegram.phrasing import Language, Phrases, phrases
from tradepods_worker.ports.ledger import Undelivered

Values = Mapping[str, str]
Names = Callable[[Values], Iterator[str]]


def render(undelivered: Undelivered, *, account: str, language: Language = "en") -> str:
    """The text of a notice. One that may have been sent before says so, with the same short id."""
    write = phrases(language)
    head = write("head.paper" if undelivered.book == "paper" else "head.live", account=account)
    repeat = f"\n{write('head.repeat', number=undelivered.number)}" if undelivered.attempts else ""
    first, *more = _blocks(write, undelivered.notice)
    return fitted([f"{head} {first}", *more], write).rstrip() + repeat


def _blocks(write: Phrases, notice: Notice) -> list[str]:
    try:
        return list(_lines(write, notice))
    except (ArithmeticError, LookupError, ValueError):  # a notice of an older release is told, if not well
        where = f" {notice.leg}" if notice.leg else ""
        return [f"{notice.kind}{where}: " + ", ".join(f"{name} {value}" for name, value in notice.values.items())]


def _lines(write: Phrases, notice: Notice) -> Iterator[str]:
    """Each of the kind's texts that the values call for; those about legs once for each of them."""
    values = notice.values
    for name in PARTS.get(notice.kind, _text)(values):
        text = f"{notice.kind}.{name}" if "." not in name else name
        for row in _rows(values[name]) if name in ROWS else ({},):
            yield write(text, **{**values, "leg": notice.leg, **row})


def _rows(told: str) -> Iterator[Mapping[str, object]]:
    """What a notice says of several legs, one a line: the side, the symbol, then values as `name=value`."""
    for line in told.splitlines():
        side, symbol, *more = line.split(" ")
        leg = Leg(symbol, "short" if side == "short" else "long")
        yield {"leg": leg, **dict(pair.split("=", 1) for pair in more)}


def _text(_values: Values) -> Iterator[str]:
    yield "text"


def _started(values: Values) -> Iterator[str]:
    yield "text"
    yield from (name for name in ("held", "placed", "cancelled") if values.get(name))
    yield from (name for name in ("fills", "doubts") if values[name] != "0")


def _entered(values: Values) -> Iterator[str]:
    yield "text"
    if "stop" in values:
        yield "levels"
    if values.get("rests") == "no":
        yield "bare"
    yield "strategy"


def _added(values: Values) -> Iterator[str]:
    yield "rule" if values.get("rule") else "text"
    if "stop" in values:
        yield "levels"


def _exited(values: Values) -> Iterator[str]:
    yield "text"
    if values.get("estimated") == "yes":
        yield "estimated.text"


def _reduced_outside(values: Values) -> Iterator[str]:
    yield "text"
    if values["estimated"] == "yes":
        yield "estimated.text"
    yield "follows"


def _rule_acted(values: Values) -> Iterator[str]:
    yield "text"
    yield from ("alone",) if values["alone"] == "yes" else (name for name in DONE if name == values["action"])


def _paused(values: Values) -> Iterator[str]:
    yield "until" if values["until"] else "text"
    yield "closes" if values.get("closes") == "yes" else "protects"


def _still(values: Values) -> Iterator[str]:
    """Whether something else keeps the account from opening."""
    yield "still" if values.get("still") else "text"


def _armed(values: Values) -> Iterator[str]:
    yield "text"
    yield from (name for name in ("stop", "target") if name in values)


def _summary(values: Values) -> Iterator[str]:
    yield "text"
    yield "open" if values["open"] else "flat"
    if values["reasons"]:
        yield "refusals"


ROWS = ("held", "placed", "cancelled", "open")
DONE = ("add", "reduce", "close", "move_stop", "break_even", "trail_stop")
PARTS: Mapping[str, Names] = {
    "started": _started,
    "entered": _entered,
    "added": _added,
    "exited": _exited,
    "reduced_outside": _reduced_outside,
    "rule_acted": _rule_acted,
    "paused": _paused,
    "resumed": _still,
    "answered": _still,
    "armed": _armed,
    "summary": _summary,
}
