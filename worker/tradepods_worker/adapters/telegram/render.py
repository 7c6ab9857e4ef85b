"""Notices to texts. Pure: the same notice gives the same text."""

from collections.abc import Callable, Mapping

from tradepods_core.rules.snapshot import Notice
from tradepods_worker.adapters.telegram.format import duration, money, price, signed
from tradepods_worker.adapters.telegram.render_standing import STANDING
from tradepods_worker.ports.ledger import Undelivered

BY: Mapping[str, str] = {
    "take_profit": "take-profit",
    "stop": "stop-loss",
    "close": "closed at market",
    "by_hand": "by hand, outside of this bot",
    "liquidation": "LIQUIDATED by the exchange",
    "adl": "by the exchange, against somebody's liquidation (ADL)",
    "settlement": "settled by the exchange",
    "unknown": "outside of this bot",
}
ESTIMATED = "estimated by the mark price: the exchange shows no trade that explains it"
MOVED: Mapping[str, str] = {"break_even": "to break-even", "trailing": "after the price"}
Values = Mapping[str, str]


def render(undelivered: Undelivered, *, account: str) -> str:
    """The text of a notice. One that may have been sent before says so, with the same short id."""
    head = f"[{account}]{' (dry run)' if undelivered.book == 'paper' else ''}"
    repeat = f"\n(#{undelivered.number}, perhaps a repeat)" if undelivered.attempts else ""
    return f"{head} {_body(undelivered.notice)}{repeat}"


def _body(notice: Notice) -> str:
    write = TEXTS.get(notice.kind, _any)
    try:
        return write(notice, notice.values)
    except (ArithmeticError, LookupError, ValueError):  # a notice of an older release is told, if not well
        return _any(notice, notice.values)


def _any(notice: Notice, values: Values) -> str:
    where = f" {notice.leg}" if notice.leg else ""
    return f"{notice.kind}{where}: " + ", ".join(f"{name} {value}" for name, value in values.items())


def _started(_notice: Notice, values: Values) -> str:
    lines = [
        f"started: wallet {money(values['wallet'])} USDT",
        f"{values['positions']} open positions, {values['orders']} resting orders",
    ]
    if values["fills"] != "0":
        lines.append(f"{values['fills']} fills happened meanwhile and are booked")
    if values["doubts"] != "0":
        lines.append(f"{values['doubts']} symbols don't agree with the exchange: no entries there")
    return "\n".join(lines)


def _entered(notice: Notice, values: Values) -> str:
    lines = [
        f"entered {notice.leg}",
        f"{price(values['quantity'])} at {price(values['average'])}",
        f"{money(values['notional'])} USDT, margin {money(values['margin'])} at {values['leverage']}x",
    ]
    if "stop" in values:
        lines.append(f"stop {price(values['stop'])} (-{values['stop_pct']} %)")
        lines.append(f"take-profit {price(values['take_profit'])} (+{values['take_profit_pct']} %)")
    if values.get("rests") == "no":
        lines.append("NO STOP RESTS on the exchange: autoExit is off, these levels only alert")
    lines.append(f"strategy {values['strategy']}")
    return "\n".join(lines)


def _added(notice: Notice, values: Values) -> str:
    lines = [
        f"added to {notice.leg}: step {values['step']} of the ladder",
        f"now {price(values['quantity'])} at {price(values['average'])}, margin {money(values['margin'])} USDT",
    ]
    if "stop" in values:
        lines.append(f"stop {price(values['stop'])}, take-profit {price(values['take_profit'])}")
    return "\n".join(lines)


def _step_skipped(notice: Notice, values: Values) -> str:
    return f"step {values['step']} of the ladder of {notice.leg} was skipped: {values['why']}"


def _liquidation_near(notice: Notice, values: Values) -> str:
    lines = [
        f"{notice.leg} MAY BE LIQUIDATED BEFORE ITS STOP ACTS",
        f"the exchange would liquidate it at {price(values['liquidation'])}; its stop is at {price(values['stop'])}",
        "Nothing is added to it any more. Add margin at the exchange, or /close it.",
    ]
    return "\n".join(lines)


def _paused(_notice: Notice, values: Values) -> str:
    until = f", until {values['until']}" if values["until"] else ", until you resume it"
    return f"paused: {values['why']}{until}\nNothing is opened; what is open stays protected."


def _resumed(_notice: Notice, values: Values) -> str:
    return f"trading goes on: {values['why']}"


def _answered(_notice: Notice, values: Values) -> str:
    return f"/{values['command']} by {values['by']}: {values['result']}"


def _exited(notice: Notice, values: Values) -> str:
    lines = [
        f"closed {notice.leg}: {BY.get(values['by'], values['by'])}",
        f"{price(values['quantity'])} from {price(values['average'])} to {price(values['price'])}",
        f"{signed(values['net'])} USDT after {money(values['fees'])} fees ({signed(values['net_pct'])} % of margin)",
        f"held {duration(values['held_seconds'])}",
        *([ESTIMATED] if values.get("estimated") == "yes" else []),
    ]
    return "\n".join(lines)


def _reduced_outside(notice: Notice, values: Values) -> str:
    lines = [
        f"{notice.leg} was reduced: {BY.get(values['why'], values['why'])}",
        f"{price(values['quantity'])} gone at {price(values['price'])}, {price(values['left'])} left",
        f"{signed(values['realized'])} USDT before {money(values['fees'])} fees",
        *([ESTIMATED] if values["estimated"] == "yes" else []),
        "Stop and take-profit follow the quantity.",
    ]
    return "\n".join(lines)


def _adopted(notice: Notice, values: Values) -> str:
    return f"{notice.leg} is taken in: {price(values['quantity'])} at {price(values['average'])}"


def _stop_moved(notice: Notice, values: Values) -> str:
    why = MOVED.get(values["why"], values["why"])
    return f"stop of {notice.leg} moved {why}: {price(values['level'])}"


def _closing(notice: Notice, values: Values) -> str:
    return f"closing {notice.leg} at market: {values['cause']}"


def _refused(notice: Notice, values: Values) -> str:
    order = values["purpose"].replace("_", "-")
    return f"the exchange refused the {order} order of {notice.leg}: {values['code']} {values['message']}".rstrip()


def _doubted(_notice: Notice, values: Values) -> str:
    return f"{values['symbol']}: {values['why']}\nNo entries there until they agree."


def _trusted(_notice: Notice, values: Values) -> str:
    return f"{values['symbol']}: ledger and exchange agree again."


def _ledger_down(_notice: Notice, values: Values) -> str:
    lines = [
        f"THE LEDGER CAN'T BE WRITTEN: {values['why']}",
        "Nothing is opened or added to. Stops, closes and /close go on, written down beside the ledger meanwhile.",
        "Make room on its disk, or end the program that holds the file: the worker goes on by itself.",
    ]
    return "\n".join(lines)


def _ledger_up(_notice: Notice, values: Values) -> str:
    return f"the ledger can be written again: {values['facts']} records of the meantime are in it. Trading goes on."


TEXTS: Mapping[str, Callable[[Notice, Values], str]] = {
    "started": _started,
    "entered": _entered,
    "exited": _exited,
    "closing": _closing,
    "reduced_outside": _reduced_outside,
    "adopted": _adopted,
    "stop_moved": _stop_moved,
    "added": _added,
    "paused": _paused,
    "resumed": _resumed,
    "answered": _answered,
    "step_skipped": _step_skipped,
    "liquidation_near": _liquidation_near,
    "refused": _refused,
    "doubted": _doubted,
    "trusted": _trusted,
    **STANDING,
    "ledger_down": _ledger_down,
    "ledger_up": _ledger_up,
}
