"""Management rules through real processes: the service computes, the worker acts, whatever dies in between."""

from pathlib import Path
from typing import Any

import pytest

from support.stage import ALWAYS, NO_DIFFERENCE, bob, staged, strategy, until
from tradepods_core.book.facts import PositionClosed
from tradepods_core.book.intents import PlaceOrder
from tradepods_core.book.management import RuleActed

BTC = "BTC/USDT:USDT"
WIDE = {"takeProfitPct": 9, "stopLossPct": 6}
KNOWN = {"var": "rsi", "params": {"period": 3}, "op": ">=", "value": 0}


def _after(minutes: int) -> dict[str, Any]:
    """Mixed of the position's own variables and the market's."""
    return {"all": [{"var": "holding_minutes", "op": ">", "value": minutes}, KNOWN, ALWAYS]}


RULES: tuple[dict[str, Any], ...] = (
    {"type": "more", "when": _after(4), "action": {"kind": "add", "pct": 50}, "priority": 40},
    {"type": "less", "when": _after(9), "action": {"kind": "reduce", "pct": 50}, "priority": 30},
    {"type": "tighter", "when": _after(9), "action": {"kind": "move_stop", "pct": -4}, "priority": 20},
    {"type": "out", "when": _after(24), "action": {"kind": "close"}, "priority": 50},
)


@pytest.mark.parametrize("killed_at", [(), (60, 110, 150)])
async def test_every_position_is_managed_once_by_each_rule(tmp_path: Path, killed_at: tuple[int, ...]) -> None:
    """Without a death and with some: the same actions, and books that agree with the exchange's."""
    managed = strategy(BTC)
    managed["spec"]["management"] = list(RULES)
    async with staged(tmp_path, hours=1) as stage:
        await stage.start_fleet(bob(stage.exchange, long=WIDE), managed)
        for step in killed_at:

            async def reached(step: int = step) -> bool:
                return bool((await stage.get("/admin/market"))["step"] >= step)

            await until(reached)
            await stage.kill()
        await stage.until_ended()
        facts, books = await stage.facts(), await stage.books()
        acted = [(fact.number, fact.rule) for fact in facts if isinstance(fact, RuleActed)]
        closed = [fact for fact in facts if isinstance(fact, PositionClosed)]
        ruled = [fact for fact in facts if isinstance(fact, PlaceOrder) and fact.rule]

        assert closed
        assert {fact.by for fact in closed} == {"rule"}
        first = closed[0].number
        assert {rule for number, rule in acted if number == first} == {"more", "less", "tighter", "out"}
        assert len({order.id for order in ruled}) == len(ruled)
        assert await stage.differences() == NO_DIFFERENCE
        assert books["duplicateOrders"] == 0
