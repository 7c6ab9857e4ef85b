"""Notices to texts. Pure: the same notice gives the same text."""

from collections.abc import Callable, Mapping

from tradepods_core.rules.snapshot import Notice
from tradepods_worker.adapters.telegram.format import duration, money, price, signed
from tradepods_worker.ports.ledger import Undelivered

BY: Mapping[str, str] = {"take_profit": "take-profit", "stop": "stop-loss", "close": "closed at market"}
MOVED: Mapping[str, str] = {"break_even": "to break-even", "trailing": "after the price"}
Values = Mapping[str, str]


def render(undelivered: Undelivered, *, account: str, paper: bool) -> str:
    """The text of a notice. One that may have been sent before says so, with the same short id."""
    head = f"[{account}]{' (dry run)' if paper else ''}"
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
    ]
    return "\n".join(lines)


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


TEXTS: Mapping[str, Callable[[Notice, Values], str]] = {
    "started": _started,
    "entered": _entered,
    "exited": _exited,
    "closing": _closing,
    "stop_moved": _stop_moved,
    "added": _added,
    "paused": _paused,
    "resumed": _resumed,
    "answered": _answered,
    "step_skipped": _step_skipped,
    "refused": _refused,
    "doubted": _doubted,
    "trusted": _trusted,
}
