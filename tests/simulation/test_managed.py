"""Management rules in a whole worker: what a cycle asks for is done at the exchange, and once."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from support.build import BTC, FIVE, NOON, cycle
from support.managed import PROFIT, published, rule
from support.servers import Served
from support.trader import Trader, trading
from tradepods_core.book.events import CycleArrived, StrategiesSeen
from tradepods_core.book.intents import Intent, PlaceOrder
from tradepods_core.book.management import RuleActed
from tradepods_core.rules.trailing import TRAILED_EVERY
from tradepods_worker.engine.lanes import TaskLanes

D = Decimal
HOT = {"rsi(period=14)": 75.0}
RSI: dict[str, Any] = {"var": "rsi", "params": {"period": 14}, "op": ">", "value": 70}


def _publish(trader: Trader, *rules: dict[str, Any], **changes: Any) -> None:
    """The service tells its strategy; nothing where there are no rules."""
    one = published(*rules, **changes)
    trader._worker.account.put(StrategiesSeen(strategies={one.key: one} if rules else {}))


def _candle(trader: Trader, number: int = 1, *, told: dict[str, float] | None = HOT, revision: int = 1) -> None:
    """The so-manyth candle after noon closes; a symbol of which nothing is told is late."""
    values = {} if told is None else {BTC: told}
    one = cycle(close=NOON + number * FIVE.length, variables=values, late=() if told else (BTC,), revision=revision)
    trader._worker.account.put(CycleArrived(cycle=one))


async def _opened(trader: Trader, *rules: dict[str, Any]) -> Decimal:
    """A position at 100 with its orders; how much it holds."""
    _publish(trader, *rules)
    trader.buy()
    await trader.until(lambda: trader.protected() and trader.agrees())
    return trader.customer.paper.held(BTC)


def _traded(trader: Trader) -> list[bool]:
    """What was bought and sold, in order."""
    return [trade.order.buys for trade in trader.customer.trades]


async def _acts(trader: Trader) -> list[str]:
    """The rules that acted, by the ledger."""
    return [fact.rule for fact in await trader.facts() if isinstance(fact, RuleActed)]


async def test_a_rule_adds_to_a_position_that_has_gained(exchange: Served, tmp_path: Path) -> None:
    """Stop and take-profit are of all of it afterwards; what the cycle says again changes nothing."""
    async with trading(exchange, tmp_path) as trader:
        first = await _opened(trader, rule("add", 30, PROFIT))
        await trader.move("101")
        for revision in (1, 2, 3):
            _candle(trader, revision=revision)
        await trader.until(lambda: trader.protected() and trader.agrees() and trader.customer.paper.held(BTC) > first)

        assert abs(trader.customer.paper.held(BTC) - first * D("1.3")) < D("0.001")
        assert _traded(trader) == [True, True]
        assert await _acts(trader) == ["a_add"]
        assert trader.tally().adds == 1


async def test_a_rule_reduces_and_the_orders_follow(exchange: Served, tmp_path: Path) -> None:
    """Half is gone; what is left is guarded, and the rest goes by its stop."""
    async with trading(exchange, tmp_path) as trader:
        first = await _opened(trader, rule("reduce", 50, RSI))
        _candle(trader)
        await trader.until(lambda: trader.protected() and trader.agrees() and trader.customer.paper.held(BTC) < first)
        assert abs(trader.customer.paper.held(BTC) - first / 2) <= D("0.001")

        await trader.move("97")
        await trader.until(lambda: trader.agrees() and trader.flat())
        assert _traded(trader) == [True, False, False]


async def test_a_rule_closes_and_nothing_is_left_behind(exchange: Served, tmp_path: Path) -> None:
    """Neither a position nor an order."""
    async with trading(exchange, tmp_path) as trader:
        await _opened(trader, rule("close", None, RSI))
        _candle(trader)
        await trader.until(lambda: trader.flat() and trader.agrees())

        assert _traded(trader) == [True, False]


async def test_rules_move_the_stop_and_only_forward(exchange: Served, tmp_path: Path) -> None:
    """First to break-even, then after the price; a wish for less is left."""
    back = rule("move_stop", -1, RSI, type="back", priority=30)
    rules = (rule("break_even", "0.2", RSI, priority=20), rule("trail_stop", 1, PROFIT), back)
    async with trading(exchange, tmp_path, long={"takeProfitPct": 9, "stopLossPct": 3}) as trader:
        await _opened(trader, *rules)
        _candle(trader)
        await trader.until(lambda: trader.agrees() and trader.stops() == [D(99)])
        await trader.move("102")
        _candle(trader, 2)
        await trader.until(lambda: trader.agrees() and trader.stops() == [D("100.2")])
        market: Any = trader._worker._parts.market
        market.advance(TRAILED_EVERY.total_seconds())
        _candle(trader, 3)
        await trader.until(lambda: trader.agrees() and trader.stops() == [D("100.9")])

        assert await _acts(trader) == ["back", "a_break_even", "a_trail_stop"]


async def test_a_dry_run_is_managed_like_a_live_account(exchange: Served, tmp_path: Path) -> None:
    """On paper, and nothing at the exchange."""
    async with trading(exchange, tmp_path, dryRun=True) as trader:
        _publish(trader, rule("reduce", 50, RSI))
        trader.buy()
        await trader.until(lambda: bool(trader.book.positions) and trader.quiet())
        first = next(iter(trader.book.positions.values())).quantity
        _candle(trader)
        await trader.until(lambda: trader.quiet() and next(iter(trader.book.positions.values())).quantity < first)

        assert await _acts(trader) == ["a_reduce"]
        assert _traded(trader) == []


async def test_a_late_symbol_waits_for_the_revision_that_brings_it(exchange: Served, tmp_path: Path) -> None:
    """Nothing is done without its values; then once."""
    async with trading(exchange, tmp_path) as trader:
        first = await _opened(trader, rule("reduce", 50, RSI))
        _candle(trader, told=None)
        _candle(trader, revision=2)
        _candle(trader, revision=3)
        await trader.until(lambda: trader.protected() and trader.agrees() and trader.customer.paper.held(BTC) < first)

        assert _traded(trader) == [True, False]


async def test_a_strategy_that_is_edited_or_removed_manages_by_what_it_says_now(
    exchange: Served, tmp_path: Path
) -> None:
    """Its position stays guarded in any case; an edit neither repeats nor forgets what was done."""
    half = rule("reduce", 50, RSI, maxTimes=2)
    async with trading(exchange, tmp_path) as trader:
        first = await _opened(trader, half)
        _candle(trader)
        await trader.until(lambda: trader.protected() and trader.agrees() and trader.customer.paper.held(BTC) < first)
        _publish(trader)  # it is gone
        _candle(trader, 2)
        await trader.move("101")
        _publish(trader, half, rule("break_even", None, RSI, priority=1), revision="two")
        _candle(trader, 3)
        await trader.until(lambda: trader.agrees() and trader.stops() == [D(100)])
        acted = [fact for fact in await trader.facts() if isinstance(fact, RuleActed)]

        assert [(fact.rule, fact.strategy) for fact in acted] == [
            ("a_reduce", "default.swing@abc"),
            ("a_break_even", "default.swing@two"),
        ]


async def test_each_side_of_a_hedged_symbol_is_managed_by_itself(exchange: Served, tmp_path: Path) -> None:
    """What has gained is reduced; the other side is left alone."""
    async with trading(exchange, tmp_path, hedgeMode=True) as trader:
        await trader.until(lambda: trader.customer.paper.hedge and trader.agrees())
        _publish(trader, rule("reduce", 50, PROFIT))
        trader.buy()
        trader.sell()
        await trader.until(lambda: len(trader.book.positions) == 2 and trader.agrees())
        long, short = (abs(trader.customer.paper.held(BTC, side)) for side in ("long", "short"))
        await trader.move("101")
        _candle(trader)
        await trader.until(lambda: trader.agrees() and abs(trader.customer.paper.held(BTC, "long")) < long)

        assert abs(trader.customer.paper.held(BTC, "short")) == short


def _swallows(sent: list[Intent]) -> Callable[[TaskLanes, Sequence[Intent]], None]:
    """Lanes of a process that dies before an order of a rule leaves it."""
    dispatch = TaskLanes.dispatch

    def dying(self: TaskLanes, intents: Sequence[Intent]) -> None:
        kept = [one for one in intents if not (isinstance(one, PlaceOrder) and one.rule)]
        sent.extend(one for one in intents if one not in kept)
        dispatch(self, kept)

    return dying


@pytest.mark.parametrize(("kind", "pct", "buys"), [("add", 30, True), ("reduce", 50, False), ("close", None, False)])
async def test_a_death_between_commit_and_dispatch_costs_nothing_and_doubles_nothing(
    *, exchange: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, pct: Any, buys: bool
) -> None:
    """The next run looks for the order, finds that it never arrived, and lets the rule act in a later cycle: once."""
    rules, swallowed = rule(kind, pct, RSI), list[Intent]()
    async with trading(exchange, tmp_path) as trader:
        first = await _opened(trader, rules)
        with monkeypatch.context() as dying:
            dying.setattr(TaskLanes, "dispatch", _swallows(swallowed))
            _candle(trader)
            await trader.until(lambda: bool(swallowed))
    async with trading(exchange, tmp_path) as trader:
        _publish(trader, rules)
        await trader.until(lambda: not trader.book.unsettled and not _rests_of_a_rule(trader))
        _candle(trader)  # the cycle in which it was asked for: its turn is over
        _candle(trader, 2)
        await trader.until(lambda: trader.agrees() and trader.customer.paper.held(BTC) != first)
        _candle(trader, 2, revision=2)
        _candle(trader, 3)
        await trader.until(trader.agrees)

        assert _traded(trader) == [True, buys]
        assert len(swallowed) == 1
        assert await _acts(trader) == [f"a_{kind}", f"a_{kind}"]


def _rests_of_a_rule(trader: Trader) -> bool:
    return any(order.intent.rule for order in trader.book.orders.values())


@pytest.mark.parametrize("kind", ["add", "reduce"])
async def test_a_death_after_the_order_has_left_does_not_send_it_again(
    exchange: Served, tmp_path: Path, kind: str
) -> None:
    """The answer never came: the next run finds the order at the exchange, and the same cycle does nothing more."""
    rules = rule(kind, 50, RSI)
    async with trading(exchange, tmp_path) as trader:
        first = await _opened(trader, rules)
        _candle(trader)
        await trader.until(lambda: trader.customer.paper.held(BTC) != first)
    async with trading(exchange, tmp_path) as trader:
        _publish(trader, rules)
        _candle(trader)
        _candle(trader, 2)
        await trader.until(lambda: trader.protected() and trader.agrees())

        assert len(_traded(trader)) == len(["enter", kind])
        assert await _acts(trader) == [f"a_{kind}"]


async def test_without_auto_exit_rules_only_tell(exchange: Served, tmp_path: Path) -> None:
    """Nothing rests, and nothing is done."""
    async with trading(exchange, tmp_path, autoExit=False) as trader:
        _publish(trader, rule("close", None, RSI))
        trader.buy()
        await trader.until(lambda: bool(trader.book.positions) and trader.agrees())
        _candle(trader)
        await trader.until(lambda: any(position.rules for position in trader.book.positions.values()))

        assert _traded(trader) == [True]
        assert [fact.alone for fact in await trader.facts() if isinstance(fact, RuleActed)] == [True]
