"""What happens to an account in a life, drawn at random: wishes, prices, manifests, commands."""

import os
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Self, get_args

from hypothesis import HealthCheck
from hypothesis import settings as effort
from hypothesis import strategies as st

from support.build import BTC, ETH, signal
from support.managed import published, rule
from tradepods_core.book.events import StrategiesSeen
from tradepods_core.book.intents import RejectCode, Side
from tradepods_core.book.steering import Trouble
from tradepods_core.wire.cycle import Signal

D = Decimal
EPISODES = int(os.environ.get("TRADEPODS_EPISODES", "120"))
EFFORT = effort(
    max_examples=EPISODES,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
RSI = "rsi(period=14)"
OFTEN = 0.9
FORBIDDING: tuple[Trouble, ...] = tuple(kind for kind in get_args(Trouble) if kind != "CloseOnly")
SIZES = ("0.4", "0.6", "1.1", "1.1", "1.6", "2", "3.2", "12")  # % of moves


def in_force(rules: "Rules", *, gone: bool) -> StrategiesSeen:
    """Two strategies with these rules, or one of them, as the service tells them."""
    found = [published(*rules, name="swing", revision=str(len(rules))), published(*rules[:1], name="dip")]
    return StrategiesSeen(strategies={one.key: one for one in found[gone:]})


@dataclass(frozen=True, slots=True)
class Hour:
    """Signals that are wished for (symbol, side, strategy, strength, reference off by so many per mille); moves, %.

    `values` are the market's variables at its close; a symbol without is late.
    """

    wishes: tuple[tuple[str, str, str, int, int], ...]
    moves: tuple[tuple[str, Decimal], ...]
    values: Mapping[str, Mapping[str, float]]

    @classmethod
    def of(cls, seed: int) -> Self:
        """Each number is an hour; half of them have a trend."""
        chance = random.Random(seed)
        places = [(symbol, side, strategy) for symbol in (BTC, ETH) for side in SIDE for strategy in ("swing", "dip")]
        wishes = [(*place, chance.choice((1, 2)), chance.choice((0, 0, 4, 9))) for place in chance.sample(places, 3)]
        trend, symbol = chance.choice((-1, 1, None, None)), chance.choice((BTC, ETH))
        moves = []
        for _ in range(chance.randint(0, 6)):
            sign = trend or chance.choice((-1, 1))
            where = symbol if trend else chance.choice((BTC, ETH))
            moves.append((where, sign * D(chance.choice(SIZES[: 4 if trend else len(SIZES)]))))
        wished = tuple(wishes[: chance.randint(1, 3)])
        values = {where: {RSI: chance.choice((25.0, 50.0, 75.0))} for where in (BTC, ETH) if chance.random() < OFTEN}
        return cls(wished, tuple(moves), values)

    def signals(self, prices: Mapping[str, Decimal], *, close: datetime) -> list[Signal]:
        """The wishes as signals of the candle that closes then, at these prices."""
        return [
            signal(
                symbol,
                side,
                close=close,
                strategy=strategy,
                strength=D(strength),
                reference_price=prices[symbol] * (1000 + off) / 1000,
            )
            for symbol, side, strategy, strength, off in self.wishes
        ]


SIDE: tuple[Side, Side] = ("long", "short")
HOURS = st.integers(0, 2**16).map(Hour.of)
SYMBOLS = st.sampled_from((BTC, ETH))
SIDES = st.sampled_from(SIDE)
HASTE = st.sampled_from((0, 0, 1, 3, 10, 40))  # what a good network gets done afterwards
PERCENTS = st.sampled_from(("-12", "-3.2", "-2", "-1.1", "-0.6", "0.6", "1.1", "1.6", "3.2")).map(D)
QUANTITIES = st.sampled_from(("-5", "-0.7", "0.7", "5")).map(D)
PICK = st.integers(0, 7)
PARTS = st.sampled_from(("1", "0.4", "0.01")).map(D)
TARGETS: tuple[dict[str, Any], ...] = (
    {"long": {"stopLossPct": 1}},
    {"long": {"stopLossPct": 5}, "short": {"stopLossPct": 5}},
    {"short": {"stopLossPct": 2, "takeProfitPct": 1}},
    {"long": {"takeProfitPct": 6}},
    {"long": {}, "short": {}},
)
MANAGED: tuple[dict[str, Any], ...] = (  # how an account is managed from its beginning, or from some moment on
    {"dca": {"enabled": True, "triggerPct": 0.9, "stepPcts": [50, 30]}},
    {"dca": {"enabled": True, "triggerPct": 0.5, "stepPcts": [100]}},
    {"breakEven": {"triggerPct": 1, "offsetPct": 0.2}},
    {"trailing": {"activatePct": 1.5, "callbackPct": 0.5}},
    {"protections": {"maxDailyLossPct": 2, "flattenOnBreach": True}},
    {"protections": {"maxDrawdownPct": 3, "maxConsecutiveLosses": 2}},
    {"protections": {"maxDailyLossPct": 1, "maxDrawdownPct": 3}},
    {"protections": {"maxExposurePct": 150, "maxSymbolExposurePct": 100}},
    {"exitCooldownHours": 0.3},
    {"entryCooldownMinutes": 12},
    {"maxPositions": 1},
    {"autoExit": False},
    {"strategies": ["swing"]},
    {"symbols": {"deny": [ETH]}},
)
MANIFESTS: tuple[dict[str, Any], ...] = (
    *MANAGED,
    {"dca": {"enabled": False}},
    {"breakEven": {}, "trailing": {}},
    {"protections": {}},
    {"exitCooldownHours": 0, "entryCooldownMinutes": 0, "maxPositions": 4},
    {"autoExit": True},
    *TARGETS,
    *TARGETS,
    *TARGETS,
    {"leverage": 3},
    {"leverage": 20},
    {"marginMode": "isolated"},
    {"entryPct": 5},
    {"entryPct": 60},
    {"state": "Paused"},
    {"state": "Running"},
    {"hedgeMode": True},
    {"hedgeMode": False},
    {"dryRun": False},
    {"dryRun": True},
    {"symbols": {}},
    {"strategies": []},
    {"telegram": {"secretRef": {"name": "bot"}, "chatIds": ["1"], "overrides": ["autoExit"]}},
)
SWITCHED: tuple[dict[str, Any], ...] = ({"dryRun": False}, {"dryRun": True}) * 8
OVERRIDABLE: tuple[dict[str, Any], ...] = tuple(
    part for part in MANIFESTS if part.keys() <= {"autoExit", "entryPct", "dryRun"}
)
HOT, COLD = ({"var": "rsi", "op": op, "value": value} for op, value in ((">", 60), ("<", 40)))
WON, LOST = ({"var": "profit_rate", "op": op, "value": value} for op, value in ((">", 0.004), ("<", -0.004)))
FELL: dict[str, Any] = {"var": "drawdown_from_peak", "op": ">", "value": 0.008}
OLD: dict[str, Any] = {"var": "holding_minutes", "op": ">", "value": 14}
RULES = (  # each by a name of its own, so that its maxTimes is the same in every strategy
    rule("add", 40, WON, type="pyramid", maxTimes=2, priority=30),
    rule("add", 60, LOST, type="average", priority=30),
    rule("add", 30, HOT, type="chase", maxTimes=3),
    rule("reduce", 50, HOT, type="half", maxTimes=3, priority=20),
    rule("reduce", 30, FELL, type="shrink", maxTimes=2),
    rule("close", None, COLD, OLD, type="leave"),
    rule("close", None, FELL, type="flee", priority=5),
    rule("move_stop", "0.3", WON, type="lock"),
    rule("move_stop", -2, HOT, type="tighten", maxTimes=2),
    rule("break_even", None, OLD, type="even"),
    rule("trail_stop", "0.5", COLD, type="trail"),
    rule("trail_stop", "0.3", WON, FELL, type="closer", priority=40),
    rule("alert", None, {"var": "dca_count", "op": ">=", "value": 1}, type="word", maxTimes=5),
    rule("alert", None, {"var": "funding_paid", "op": "!=", "value": 0}, type="paid", priority=50),
)
MOST_TIMES = {one["type"]: one.get("maxTimes", 1) for one in RULES}
Rules = list[dict[str, Any]]
RULED = st.lists(st.sampled_from(RULES), max_size=4, unique_by=lambda one: one["type"])
STANDINGS = ("pause", "dryRun", "state", "autoExit", "drop", "ledger down", "Halted")
CODES: tuple[RejectCode, ...] = (  # by which an exchange in a bad mood refuses
    "would_trigger",
    "insufficient_margin",
    "reduce_only",
    "too_small",
    "too_large",
    "precision",
    "too_many_orders",
    "unknown_order",
    "credentials",
    "position_mode",
    "other",
)
HAPPENINGS = (
    "trade",
    "order",
    "reduce",
    "close",
    "deleverage",
    "cancel",
    "mode",
    "FUNDING_FEE",
    "TRANSFER",
    "leave",
    "leave",
    "leave",
)
COMMANDS: tuple[dict[str, Any], ...] = (
    {"name": "pause"},
    {"name": "resume"},
    {"name": "resume"},
    {"name": "resume"},
    {"name": "close"},
    {"name": "close", "symbol": BTC},
    {"name": "reset"},
    {"name": "set", "field": "entryPct", "value": "7"},
    {"name": "set", "field": "entryPct", "value": "5"},
    {"name": "set", "field": "entryPct", "value": "101"},
    {"name": "set", "field": "autoExit", "value": "on"},
    {"name": "set", "field": "autoExit", "value": "off"},
    {"name": "set", "field": "autoExit", "value": "yes"},
    {"name": "set", "field": "dryRun", "value": "off"},
    {"name": "set", "field": "dryRun", "value": "on"},
)
FIRST: dict[str, Any] = {
    "acknowledgeLiveTrading": True,
    "credentialsSecretRef": {"name": "keys"},
    "telegram": {"secretRef": {"name": "bot"}, "chatIds": ["1"]},
    "entryPct": 30,
    "exitCooldownHours": 0,
}
