"""Who trades in the demo: five people, each in a way of their own, and as many more as are asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradepods_cli.manifests import Fleet
from tradepods_core.money import plain
from tradepods_core.settings.account import AccountSpec

Json = dict[str, Any]
BALANCE = "10000"
MAJORS = ("BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT", "BNB/USDT:USDT", "XRP/USDT:USDT")
NEAREST, WIDENS = Decimal("0.71"), Decimal("0.03")  # of how far the levels lie, for those who come after the five
SIZES = (3, 4, 5, 6, 8)  # percent of the balance
DISTANCES = ("long", "short", "breakEven", "trailing")  # all that is in them is a move of the price, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One of the five: a name, how they think of it, and what they have written into their TradingAccount."""

    name: str
    says: str
    spec: Json


def _targets(take_profit: float, stop_loss: float) -> Json:
    return {side: {"takeProfitPct": take_profit, "stopLossPct": stop_loss} for side in ("long", "short")}


PEOPLE: Sequence[Person] = (
    Person(
        name="alice",
        says="learns on paper, follows every strategy",
        spec={
            "dryRun": True,
            "paper": {"balance": BALANCE},
            "entryPct": 5,
            "leverage": 5,
            "maxPositions": 7,
            **_targets(1.5, 1),
        },
    ),
    Person(
        name="bob",
        says="in and out, the same risk each time",
        spec={
            "strategies": ["rsi-swing", "momentum"],
            "entryPct": 15,
            "riskPct": 0.5,
            "leverage": 10,
            "maxPositions": 5,
            "exitCooldownHours": 0.5,
            **_targets(0.8, 0.8),
        },
    ),
    Person(
        name="carol",
        says="averages down",
        spec={
            "strategies": ["rsi-swing"],
            "entryPct": 4,
            "leverage": 5,
            "maxPositions": 6,
            "exitCooldownHours": 1,
            "dca": {"enabled": True, "triggerPct": 0.6, "stepPcts": [50, 75, 100]},
            **_targets(0.7, 2.5),
        },
    ),
    Person(
        name="dave",
        says="rides trends both ways",
        spec={
            "strategies": ["momentum", "ema-pullback", "rsi-swing"],
            "entryPct": 4,
            "leverage": 10,
            "maxPositions": 6,
            "exitCooldownHours": 1,
            "hedgeMode": True,
            "trailing": {"activatePct": 0.7, "callbackPct": 0.4},
            **_targets(5, 1),
        },
    ),
    Person(
        name="erin",
        says="patient, large coins only",
        spec={
            "strategies": ["ema-pullback", "momentum", "rsi-swing"],
            "entryPct": 6,
            "leverage": 8,
            "maxPositions": 4,
            "symbols": {"allow": list(MAJORS)},
            "breakEven": {"triggerPct": 0.6, "offsetPct": 0.1},
            "protections": {"maxDailyLossPct": 3},
            **_targets(2, 1),
        },
    ),
)
LIVE = PEOPLE[1:]
DEFAULT_COUNT = len(PEOPLE)


def people(count: int) -> list[Person]:
    """The first so many; after the five come variations of the live ones."""
    return [PEOPLE[number] if number < len(PEOPLE) else _another(number) for number in range(count)]


def _another(number: int) -> Person:
    """Trades as one of the live four does, with a size of its own and levels that no other has."""
    like = LIVE[number % len(LIVE)]
    factor = NEAREST + WIDENS * number
    spec = {**like.spec, "entryPct": SIZES[number % len(SIZES)]}
    for block in DISTANCES:
        if block in spec:
            spec[block] = {name: _scaled(value, factor) for name, value in spec[block].items()}
    if "dca" in spec:
        spec["dca"] = {**spec["dca"], "triggerPct": _scaled(spec["dca"]["triggerPct"], factor)}
    return Person(name=f"trader-{number + 1:02}", says=f"much as {like.name}", spec=spec)


def _scaled(percent: float, factor: Decimal) -> float:
    return float(round(Decimal(str(percent)) * factor, 2))


def on(spec: Mapping[str, Any], symbols: Sequence[str]) -> Json:
    """The settings for a market of these symbols: a filter that would let none of them through takes the first half."""
    allowed = spec.get("symbols", {}).get("allow", ())
    if not allowed or set(allowed) & set(symbols):
        return dict(spec)
    return {**spec, "symbols": {"allow": list(symbols[: (len(symbols) + 1) // 2])}}


def introduced(fleet: Fleet) -> list[str]:
    """Who trades how, a line each; of many, the first."""
    says = {person.name: person.says for person in PEOPLE}
    lines = [
        f"{one.name:<7}{'on paper' if one.spec.dry_run else 'live':<10}"
        f"{says.get(one.name, one.name)}: {described(one.spec)}"
        for one in fleet.accounts[:DEFAULT_COUNT]
    ]
    more = len(fleet.accounts) - len(lines)
    return [*lines, f"and {more} more, live, each with levels and a size of its own"] if more else lines


def described(spec: AccountSpec) -> str:
    """How an account trades, in a line: size, targets, and what else it has switched on."""
    parts = [
        f"{plain(spec.risk_pct)} % at risk" if spec.risk_pct else f"{plain(spec.entry_pct)} %",
        f"at {spec.leverage}x, take-profit {plain(spec.long.take_profit_pct)} %",
        f"stop {plain(spec.long.stop_loss_pct)} %",
        *_extras(spec),
    ]
    return f"{parts[0]} {', '.join(parts[1:])}"


def _extras(spec: AccountSpec) -> list[str]:
    """What not every account does."""
    found = []
    if spec.dca.enabled:
        steps = "+".join(plain(percent) for percent in spec.dca.step_pcts)
        found.append(f"adds {steps} % each {plain(spec.dca.trigger_pct)} % against it")
    if spec.trailing.activate_pct:
        found.append(f"trails by {plain(spec.trailing.callback_pct)} % from {plain(spec.trailing.activate_pct)} % on")
    if spec.break_even.trigger_pct:
        found.append(f"break-even at {plain(spec.break_even.trigger_pct)} %")
    if spec.hedge_mode:
        found.append("both sides at once")
    if spec.symbols.allow:
        found.append(f"{len(spec.symbols.allow)} symbols")
    return found
