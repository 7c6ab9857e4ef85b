"""Answers to people's commands. Pure: the same moment gives the same text."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from tradepods_core.book.accounting import equity
from tradepods_core.book.values import Position
from tradepods_core.money import HUNDRED, ZERO
from tradepods_core.rules.leaving import coming
from tradepods_core.rules.protection import level
from tradepods_core.wire.fleet import Condition
from tradepods_worker.adapters.telegram import asking, told
from tradepods_worker.adapters.telegram.fitting import fitted, listed
from tradepods_worker.adapters.telegram.menu import ACTING, described
from tradepods_worker.adapters.telegram.phrasing import Phrases, language_of, phrases
from tradepods_worker.adapters.telegram.worth import free, margin
from tradepods_worker.ports.commands import View

MOST_NAMED = 60  # symbols in an answer
Text = Callable[[View, Phrases], list[str]]


def answer(kind: str, view: View) -> str:
    """The text of one kind of answer; the one for unknown commands where there is no such kind."""
    write = phrases(language_of(view.settings))
    blocks = TEXTS.get(kind, _sentence("unknown"))(view, write)
    if kind not in ADDED:
        blocks[0] = f"{write('head.paper' if view.settings.dry_run else 'head.live', account=view.account)} {blocks[0]}"
    return fitted(blocks, write)


def _help(view: View, write: Phrases) -> list[str]:
    commands = described(language_of(view.settings))
    lines = [f"/{name} {'·' if name in ACTING else '-'} {what}" for name, what in commands]
    return [write("help.head"), *lines, write("help.foot")]


def _status(view: View, write: Phrases) -> list[str]:
    book, worth = view.book, equity(view.book, view.marks)
    day = book.day if book.day and book.day.equity and book.day.day == view.at.date().isoformat() else None
    lines = [
        _state(view, write),
        write("status.equity", equity=worth),
        write("status.today", result=worth - day.equity) if day else "",
        write("status.positions", held=len(tuple(view.held())), most=view.settings.max_positions),
        write("status.connected" if view.connected else "status.disconnected"),
        write("status.cycle" if view.last_cycle else "status.no_cycle", cycle=view.last_cycle),
        *_wrong(view, write),
        write("status.error", error=view.last_error) if view.last_error else "",
        write("status.waiting", count=view.waiting) if view.waiting else "",
    ]
    return [line for line in lines if line]


def _wrong(view: View, write: Phrases) -> Iterator[str]:
    """What protects, and what stands in the way."""
    held = (*view.held(), *view.guarded())
    bare = [write.leg(position.leg) for position in held if position.naked_since is not None]
    if bare:
        yield write("status.bare", legs=listed(bare, write))
    elif held and not any(position.alerts for position in held):
        yield write("status.guarded")
    yield from (write("status.doubt", symbol=doubt.symbol, why=doubt.why) for doubt in view.book.doubts.values())
    yield from (f"{condition.reason}: {condition.message}" for condition in view.conditions if _troubles(condition))
    yield from (write("status.other", leg=position.leg) for position in view.guarded())


def _state(view: View, write: Phrases) -> str:
    pause, mode = view.book.pause, "paper" if view.settings.dry_run else "live"
    name, why, until = "status.state", "", ""
    if pause is not None:
        limit = view.book.covered
        name, why = "status.paused", pause.why if limit is None else f"{pause.why}; {limit.why}"
        if pause.until is not None:
            name, until = "status.paused_until", told.moment(pause.until)
    return write(name, state=view.settings.state, mode=mode, why=why, until=until)


def _troubles(condition: Condition) -> bool:
    """Whether a condition says something that the rest of the answer does not."""
    wrong = "True" if condition.type == "TradingHalted" else "False"
    return condition.status == wrong and condition.reason not in ("WithoutStop", "Paused", "Tripped")


def _positions(view: View, write: Phrases) -> list[str]:
    held = sorted(view.held(), key=lambda position: position.number)
    doubts = (f"\n{doubt.symbol}: {doubt.why}" for doubt in view.book.doubts.values())
    head = write("positions.head", count=len(held)) if held else write("positions.none")
    other = (f"\n{write('positions.other', position=_position(view, write, p))}" for p in view.guarded())
    return [head, *(f"\n{_position(view, write, p)}" for p in held), *other, *doubts]


def _position(view: View, write: Phrases, position: Position) -> str:
    mark = view.mark(position)
    profit = position.unrealized(mark)
    shown = write(
        "positions.text",
        leg=position.leg,
        seconds=told.seconds(view.at, position.opened_at),
        quantity=position.quantity,
        average=position.average,
        mark=mark,
        profit=profit,
        percent=profit / (position.average * position.quantity) * HUNDRED,
    )
    ladder = view.settings.dca
    step = write("positions.ladder", step=position.step, steps=len(ladder.step_pcts)) if ladder.enabled else ""
    return "\n".join(line for line in (shown, _levels(view, write, position), step) if line)


def _levels(view: View, write: Phrases, position: Position) -> str:
    market = view.markets.get(position.leg.symbol)
    if market is None:
        return write("positions.levels_unknown")
    name = "positions.levels" if position.naked_since is None else "positions.levels_waiting"
    name = "positions.levels_alerting" if position.alerts else name
    stop, target = level(position, market, "stop"), level(position, market, "take_profit")
    return write(name, stop=stop, target=target)


def _balance(view: View, write: Phrases) -> list[str]:
    book = view.book
    worth, wallet = equity(book, view.marks), book.wallet or ZERO
    amounts = {"wallet": wallet, "unrealized": worth - wallet, "equity": worth, "margin": margin(view)}
    peak = [] if book.peak is None else [write("balance.peak", peak=book.peak)]
    return [write("balance.text", **amounts, free=free(view)), *peak]


def _pnl(view: View, write: Phrases) -> list[str]:
    tally = view.tally
    unrealized = sum((position.unrealized(view.mark(position)) for position in view.held()), ZERO)
    net = tally.realized_pnl - tally.fees + tally.funding
    amounts: dict[str, Decimal | int] = {
        "realized": tally.realized_pnl,
        "fees": -tally.fees,
        "funding": tally.funding,
        "net": net,
        "unrealized": unrealized,
        "entries": tally.entries,
        "adds": tally.adds,
        "exits": tally.exits,
        "take_profits": tally.take_profits,
        "stop_losses": tally.stop_losses,
    }
    return [write("pnl.text", **amounts)]


def _nothing(view: View, write: Phrases) -> list[str]:
    if coming(view.book, view.symbol):
        return [write("answers.coming")]
    return [write("answers.nothing_there" if view.symbol else "answers.nothing", symbol=view.symbol)]


def _unknown_symbol(view: View, write: Phrases) -> list[str]:
    known = [symbol.partition("/")[0] for symbol in view.known()]
    if not known:
        return [write("answers.no_symbols")]
    return [write("answers.unknown_symbol", symbols=listed(known, write, most=MOST_NAMED))]


def _sentence(name: str) -> Text:
    return lambda view, write: [write(f"answers.{name}", said=view.said)]


SENTENCES = (
    "not_allowed",
    "no_change",
    "done",
    "unread",
    "waits",
    "why_what",
    "close_what",
    "whole",
    "viewer",
    "stale",
    "changed",
    "failed",
)
ADDED = ("confirmed",)  # to a message that says already whose it is
TEXTS: Mapping[str, Text] = {
    "start": _help,
    "help": _help,
    "status": _status,
    "positions": _positions,
    "balance": _balance,
    "pnl": _pnl,
    "trades": told.trades,
    "settings": told.settings,
    "why": told.why,
    "close": asking.close,
    "resume": asking.resume,
    "set": asking.change,
    "reset": asking.change,
    "confirmed": asking.confirmed,
    "nothing": _nothing,
    "unknown_symbol": _unknown_symbol,
    **{name: _sentence(name) for name in SENTENCES},
}
