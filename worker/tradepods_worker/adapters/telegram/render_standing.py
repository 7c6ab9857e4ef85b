"""Notices to texts: how the account is set and guarded, and what troubles it from outside."""

from collections.abc import Callable, Mapping

from tradepods_core.rules.snapshot import Notice
from tradepods_worker.adapters.telegram.format import price

Values = Mapping[str, str]
REACHED: Mapping[str, str] = {
    "stop": "the stop's level is reached",
    "take_profit": "the take-profit's level is reached",
    "ladder": "a step of the ladder is due",
}
TROUBLES: Mapping[str, str] = {
    "Halted": "trading is halted",
    "StaleData": "signals are late",
    "SignalsGone": "the signal service is silent",
    "NotConnected": "not connected to the exchange",
    "ClockDrift": "this machine's clock is off",
}
GUARDED = "Nothing is opened meanwhile; what is open stays protected."


def _settings_changed(_notice: Notice, values: Values) -> str:
    return f"the manifest changed:\n{values['changes']}"


def _settings_refused(_notice: Notice, values: Values) -> str:
    return f"the new manifest can't be used, the one before stays in force:\n{values['why']}"


def _override_ended(_notice: Notice, values: Values) -> str:
    return f"{values['field']} is the manifest's own again: {values['why']}"


def _terms_changed(notice: Notice, values: Values) -> str:
    return (
        f"targets of {notice.leg} are now: take-profit {values['take_profit_pct']} %, "
        f"stop-loss {values['stop_loss_pct']} % from its average"
    )


def _level_reached(notice: Notice, values: Values) -> str:
    return f"{notice.leg} at {price(values['level'])}: {REACHED[values['what']]}. Nothing was done: autoExit is off."


def _disarmed(notice: Notice, _values: Values) -> str:
    return f"autoExit is off: stop and take-profit of {notice.leg} are cancelled, their levels only alert"


def _armed(notice: Notice, values: Values) -> str:
    lines = [f"autoExit is on: {notice.leg} gets its stop and take-profit"]
    if "stop" in values:
        lines.append(
            f"its stop's level was passed already: the stop goes to {price(values['stop'])}, from the present mark"
        )
    if "target" in values:
        lines.append(f"the take-profit's level was passed already: it goes to {price(values['target'])}")
    return "\n".join(lines)


def _trouble(_notice: Notice, values: Values) -> str:
    return f"{TROUBLES.get(values['kind'], values['kind'])}: {values['why']}\n{GUARDED}"


def _relieved(_notice: Notice, values: Values) -> str:
    return f"over: {TROUBLES.get(values['kind'], values['kind'])}"


STANDING: Mapping[str, Callable[[Notice, Values], str]] = {
    "settings_changed": _settings_changed,
    "settings_refused": _settings_refused,
    "override_ended": _override_ended,
    "terms_changed": _terms_changed,
    "level_reached": _level_reached,
    "disarmed": _disarmed,
    "armed": _armed,
    "trouble": _trouble,
    "relieved": _relieved,
}
