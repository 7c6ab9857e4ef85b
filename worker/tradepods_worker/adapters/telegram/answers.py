"""Answers to people's commands. Pure: the same moment gives the same text."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from tradepods_core.book.accounting import equity
from tradepods_core.book.values import Position
from tradepods_core.money import HUNDRED, ZERO, plain
from tradepods_core.rules.protection import level
from tradepods_core.wire.fleet import Condition
from tradepods_worker.adapters.telegram import asking, told
from tradepods_worker.adapters.telegram.fitting import fitted, listed
from tradepods_worker.adapters.telegram.format import duration, money, price, signed
from tradepods_worker.adapters.telegram.menu import ACTING, COMMANDS
from tradepods_worker.ports.commands import View

MOST_NAMED = 60  # symbols in an answer
Text = Callable[[View], list[str]]


def answer(kind: str, view: View) -> str:
    """The text of one kind of answer; the one for unknown commands where there is no such kind."""
    paper = " (dry run)" if view.settings.dry_run else ""
    blocks = TEXTS.get(kind, _unknown)(view)
    return fitted([f"[{view.account}]{paper} {blocks[0]}", *blocks[1:]])


def _help(_view: View) -> list[str]:
    lines = [f"/{name} {'· ' if name in ACTING else '- '}{what}" for name, what in COMMANDS.items()]
    return ["what I understand:", *lines, "Those with · act, and only for chats in telegram.chatIds."]


def _status(view: View) -> list[str]:
    book, worth = view.book, equity(view.book, view.marks)
    day = book.day if book.day and book.day.day == view.at.date().isoformat() else None
    bare = [str(position.leg) for position in view.held() if position.naked_since is not None]
    doubts = [f"{doubt.symbol}: {doubt.why}" for doubt in book.doubts.values()]
    lines = [
        _state(view),
        f"equity {_money(worth)} USDT",
        f"today {_signed(worth - day.equity)} USDT, as its loss limit counts" if day else "",
        f"positions {len(tuple(view.held()))} of {view.settings.max_positions}",
        "connected to the exchange" if view.connected else "NOT connected to the exchange: fills are heard late",
        f"last cycle {view.last_cycle or 'none yet'}",
        f"WITHOUT A STOP: {listed(bare)}" if bare else "every position has its stop" if _guarded(view) else "",
        *(f"in doubt {doubt}" for doubt in doubts),
        *(f"{condition.reason}: {condition.message}" for condition in view.conditions if _troubles(condition)),
        *(f"still open in the other book: {position.leg}" for position in view.guarded()),
        f"last trouble: {view.last_error}" if view.last_error else "",
        f"{view.waiting} messages wait to be sent" if view.waiting else "",
    ]
    return [line for line in lines if line]


def _guarded(view: View) -> bool:
    held = tuple(view.held())
    return bool(held) and not any(position.alerts for position in held)


def _state(view: View) -> str:
    mode = "trades on paper" if view.settings.dry_run else "trades live"
    pause = view.book.pause
    if pause is None:
        return f"{view.settings.state}, {mode}"
    until = "until you resume it" if pause.until is None else f"until {told.moment(pause.until)}"
    return f"{view.settings.state}, {mode}, PAUSED {until}: {pause.why}"


def _troubles(condition: Condition) -> bool:
    """Whether a condition says something that the rest of the answer does not."""
    wrong = "True" if condition.type == "TradingHalted" else "False"
    return condition.status == wrong and condition.reason not in ("WithoutStop", "Paused", "Tripped")


def _positions(view: View) -> list[str]:
    held = sorted(view.held(), key=lambda position: position.number)
    doubts = (f"\n{doubt.symbol}: {doubt.why}" for doubt in view.book.doubts.values())
    head = f"{len(held)} open positions" if held else "no open positions"
    other = (f"\nin the other book, guarded until flat: {_position(view, p).strip()}" for p in view.guarded())
    return [head, *(_position(view, p) for p in held), *other, *doubts]


def _position(view: View, position: Position) -> str:
    mark = view.mark(position)
    profit = position.unrealized(mark)
    cost = position.average * position.quantity
    ladder = view.settings.dca
    lines = [
        f"\n{position.leg}, {duration(told.seconds(view.at, position.opened_at))}",
        f"{_price(position.quantity)} at {_price(position.average)}, mark {_price(mark)}",
        f"unrealised {_signed(profit)} USDT ({_signed(profit / cost * HUNDRED)} % of its value)",
        _levels(view, position),
        f"ladder step {position.step} of {len(ladder.step_pcts)}" if ladder.enabled else "",
    ]
    return "\n".join(line for line in lines if line)


def _levels(view: View, position: Position) -> str:
    market = view.markets.get(position.leg.symbol)
    if market is None:
        return "stop and take-profit can't be shown: the symbol's market is not known"
    missing = "" if position.naked_since is None else " (NOT RESTING YET)"
    missing = " (ONLY ALERTS: nothing rests)" if position.alerts else missing
    stop, target = level(position, market, "stop"), level(position, market, "take_profit")
    return f"stop {_price(stop)}{missing}, take-profit {_price(target)}"


def _balance(view: View) -> list[str]:
    book = view.book
    worth, wallet = equity(book, view.marks), book.wallet or ZERO
    margin = sum((view.mark(p) * p.quantity / _leverage(view, p) for p in view.held()), ZERO)
    return [
        "balance, USDT",
        f"wallet {_money(wallet)}",
        f"unrealised {_signed(worth - wallet)}",
        f"equity {_money(worth)}",
        f"margin in use about {_money(margin)}",
        f"free about {_money(worth - margin)}",
        *([] if book.peak is None else [f"highest equity {_money(book.peak)}"]),
    ]


def _leverage(view: View, position: Position) -> int:
    return view.leverage.get(position.leg.symbol, view.settings.leverage)


def _pnl(view: View) -> list[str]:
    tally = view.tally
    unrealized = sum((position.unrealized(view.mark(position)) for position in view.held()), ZERO)
    net = tally.realized_pnl - tally.fees + tally.funding
    return [
        "profit since the ledger began, USDT",
        f"realised {_signed(tally.realized_pnl)}",
        f"fees {_signed(-tally.fees)}",
        f"funding {_signed(tally.funding)}",
        f"net {_signed(net)}",
        f"unrealised {_signed(unrealized)}",
        f"{tally.entries} entries, {tally.adds} adds",
        f"{tally.exits} exits: {tally.take_profits} take-profits, {tally.stop_losses} stops",
    ]


def _nothing(view: View) -> list[str]:
    return [f"there is nothing to close{f' in {view.symbol}' if view.symbol else ''}."]


def _unknown_symbol(view: View) -> list[str]:
    known = listed([symbol.partition("/")[0] for symbol in view.known()], most=MOST_NAMED)
    return [f"I don't know that symbol. Held or watched: {known or 'none yet'}"]


def _unknown(_view: View) -> list[str]:
    return ["I don't know that command: /help lists those that I do."]


def _sentence(text: str) -> Text:
    return lambda _view: [text]


def _price(value: Decimal) -> str:
    return price(plain(value))


def _money(value: Decimal) -> str:
    return money(plain(value))


def _signed(value: Decimal) -> str:
    return signed(plain(value))


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
    "set": asking.change,
    "reset": asking.change,
    "not_allowed": lambda view: [view.said],
    "no_change": _sentence("it is so already."),
    "done": _sentence("done"),
    "waits": _sentence("it waits: the exchange account can't be read now. It is done as soon as it can."),
    "nothing": _nothing,
    "unknown_symbol": _unknown_symbol,
    "why_what": _sentence("write the symbol too: /why BTC"),
    "close_what": _sentence("write what to close: /close BTC, or /close all"),
    "viewer": _sentence("this chat may look, not act: that is for the chats in telegram.chatIds."),
    "stale": _sentence(
        "this press did nothing: a button counts once, for 60 seconds, where it was asked for. Ask again."
    ),
    "changed": _sentence("things have changed since it was asked: nothing was done. Ask again."),
    "failed": _sentence("I can't answer that now; trading is not affected. Try again in a moment."),
}
