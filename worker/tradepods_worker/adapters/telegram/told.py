"""Answers about what was decided and done, and by which settings."""

from collections.abc import Iterator
from datetime import datetime

from tradepods_core.book.facts import PositionClosed
from tradepods_core.book.values import Position
from tradepods_core.rules.management import Unmanaged, manager
from tradepods_core.strategy.management import in_order
from tradepods_worker.adapters.telegram.fitting import listed
from tradepods_worker.adapters.telegram.phrasing import Phrases
from tradepods_worker.ports.commands import View

HIDDEN = ("secretRef", "credentialsSecretRef", "proxySecretRef")  # where secrets are kept is nobody's business
EMPTY = {"strategies": "every_one", "allow": "every_one", "logLevel": "of_all"}  # where saying nothing isn't "none"
COUNTED = ("chatIds", "viewerChatIds")  # who else may talk to the bot neither


def moment(at: datetime) -> str:
    """A moment as people read it: `2026-11-20 12:05 UTC`."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def seconds(now: datetime, since: datetime) -> str:
    """Whole seconds between two moments."""
    return str(max(int((now - since).total_seconds()), 0))


def trades(view: View, write: Phrases) -> list[str]:
    """The latest closed positions, newest first."""
    if not view.closed:
        return [write("trades.none")]
    return [write("trades.head"), *(f"\n{_trade(closed, write)}" for closed in view.closed)]


def _trade(closed: PositionClosed, write: Phrases) -> str:
    return write(
        "trades.text",
        at=moment(closed.at),
        leg=closed.leg,
        by=closed.ended_by,
        quantity=closed.quantity,
        average=closed.average,
        price=closed.price,
        seconds=seconds(closed.at, closed.opened_at),
        net=closed.realized - closed.fees,
    )


def why(view: View, write: Phrases) -> list[str]:
    """The latest decision about a symbol."""
    lines = [_decision(view, write)]
    doubt = view.book.doubts.get(view.symbol)
    if doubt is not None:
        lines.append(write("why.doubt", why=doubt.why))
    strange = view.strange()
    if strange:
        lines += [write("why.foreign", leg=held.leg, quantity=abs(held.quantity)) for held in strange.positions]
        lines.append(write("why.ways", symbol=view.symbol))
    held = (position for position in view.held() if position.leg.symbol == view.symbol)
    return lines + [line for position in held for line in _held(view, position, write)]


def _held(view: View, position: Position, write: Phrases) -> Iterator[str]:
    """An open position, and what its strategy's management rules have done with it."""
    yield write("why.open", leg=position.leg, at=moment(position.opened_at))
    strategy = manager(view.strategies, position)
    if isinstance(strategy, Unmanaged):
        yield write("why.unmanaged", why=strategy.why)
        return
    rules = in_order(strategy.spec.management)
    names = listed([rule.type for rule in rules], write)
    yield write("why.managed", strategy=f"{strategy.key}@{strategy.revision}", rules=names)
    for rule in rules:
        mark = position.rules.get(rule.type)
        if mark is not None and mark.cycle:
            times = mark.times + mark.told
            yield write("why.acted", rule=rule.type, times=times, most=rule.max_times, cycle=mark.cycle)


def _decision(view: View, write: Phrases) -> str:
    decided = view.decided
    if decided is None:
        return write("why.none", symbol=view.symbol)
    cycle, _, signal = decided.signal.partition("/")
    strategy, _, side = signal.partition("/")[0], *signal.rpartition("/")[1:]
    asked = {"symbol": view.symbol, "strategy": strategy, "side": side, "cycle": cycle}
    if decided.refusal is None:
        return write("why.entered", **asked)
    return write("why.refused", **asked, reason=decided.refusal, message=decided.message).rstrip(": ")


def settings(view: View, write: Phrases) -> list[str]:
    """Every setting that is in force."""
    document = view.settings.model_dump(mode="json", by_alias=True)
    overrides = [
        write("settings.override", field=one.field, value=one.value, over=one.over, by=one.by, at=moment(one.at))
        for one in view.terms.overrides
    ]
    changed = [write("settings.changed"), *overrides] if overrides else []
    return [write("settings.head"), *changed, *_lines("", document, write)]


def _lines(path: str, value: object, write: Phrases) -> Iterator[str]:
    name = path.rpartition(".")[2]
    if isinstance(value, dict) and name not in HIDDEN:
        for key, inner in value.items():
            yield from _lines(f"{path}.{key}" if path else str(key), inner, write)
    else:
        yield f"{path}: {_shown(name, value, write)}"


def _shown(name: str, value: object, write: Phrases) -> str:
    if name in HIDDEN:
        return write("values.not_set" if value is None else "values.set")
    if name in COUNTED and isinstance(value, list):
        return write("values.chats", count=len(value))
    if isinstance(value, list):
        return listed([str(word) for word in value], write) or write(f"values.{EMPTY.get(name, 'none')}")
    if isinstance(value, bool):
        return write("values.on" if value else "values.off")
    return write(f"values.{EMPTY.get(name, 'none')}") if value in (None, "") else str(value)
