"""Answers about what was decided and done, and by which settings."""

from collections.abc import Iterator
from datetime import datetime

from tradepods_core.book.facts import PositionClosed
from tradepods_core.money import plain
from tradepods_worker.adapters.telegram.fitting import listed
from tradepods_worker.adapters.telegram.format import duration, price, signed
from tradepods_worker.adapters.telegram.render import BY
from tradepods_worker.ports.commands import View

HIDDEN = ("secretRef", "credentialsSecretRef", "proxySecretRef")  # where secrets are kept is nobody's business
EMPTY = {"strategies": "every one", "allow": "every one"}  # what an empty list means where it is not none
COUNTED = ("chatIds", "viewerChatIds")  # who else may talk to the bot neither


def moment(at: datetime) -> str:
    """A moment as people read it: `2026-11-20 12:05 UTC`."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def seconds(now: datetime, since: datetime) -> str:
    """Whole seconds between two moments, as `duration` takes them."""
    return str(max(int((now - since).total_seconds()), 0))


def trades(view: View) -> list[str]:
    """The latest closed positions, newest first."""
    if not view.closed:
        return ["no position was closed yet"]
    return ["closed positions, newest first", *(_trade(closed) for closed in view.closed)]


def _trade(closed: PositionClosed) -> str:
    quantity, average, left = (price(plain(n)) for n in (closed.quantity, closed.average, closed.price))
    net = signed(plain(closed.realized - closed.fees))
    held = duration(seconds(closed.at, closed.opened_at))
    by = BY.get(closed.by, closed.by)
    return f"\n{moment(closed.at)} {closed.leg}: {by}\n{quantity} from {average} to {left} in {held}: {net} USDT net"


def why(view: View) -> list[str]:
    """The latest decision about a symbol."""
    lines = [f"{view.symbol}: {_decision(view)}"]
    doubt = view.book.doubts.get(view.symbol)
    if doubt is not None:
        lines.append(f"in doubt: {doubt.why}")
    lines += [f"open: {p.leg}, opened {moment(p.opened_at)}" for p in view.held() if p.leg.symbol == view.symbol]
    return lines


def _decision(view: View) -> str:
    decided = view.decided
    if decided is None:
        return "no signal was decided lately"
    cycle, _, signal = decided.signal.partition("/")
    strategy, _, side = signal.partition("/")[0], *signal.rpartition("/")[1:]
    asked = f"{strategy} said {side} in cycle {cycle}"
    if decided.refusal is None:
        return f"{asked}: an entry was sent"
    return f"{asked}: refused, {decided.refusal}: {decided.message}".rstrip(": ")


def settings(view: View) -> list[str]:
    """Every setting that is in force."""
    document = view.settings.model_dump(mode="json", by_alias=True)
    overrides = [
        f"{one.field} {one.value} instead of {one.over}, by {one.by}, {moment(one.at)}" for one in view.terms.overrides
    ]
    changed = ["changed by command, until the manifest changes it or /reset:", *overrides] if overrides else []
    return ["settings in force", *changed, *_lines("", document)]


def _lines(path: str, value: object) -> Iterator[str]:
    name = path.rpartition(".")[2]
    if isinstance(value, dict) and name not in HIDDEN:
        for key, inner in value.items():
            yield from _lines(f"{path}.{key}" if path else str(key), inner)
    else:
        yield f"{path}: {_shown(name, value)}"


def _shown(name: str, value: object) -> str:
    if name in HIDDEN:
        return "not set" if value is None else "set"
    if name in COUNTED and isinstance(value, list):
        return f"{len(value)} chats"
    if isinstance(value, list):
        return listed([str(word) for word in value]) or EMPTY.get(name, "none")
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value in (None, "") else str(value)
