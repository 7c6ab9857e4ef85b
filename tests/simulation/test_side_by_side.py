"""Accounts beside each other: the same signals, other settings, and nothing of one in another."""

import dataclasses
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from support.build import BTC
from support.servers import Served
from support.telegram_bench import Bench
from support.trader import D, Trader, trading
from tradepods_core.book.facts import Fact, Filled, OrderEnded, PositionClosed, SignalDecided
from tradepods_core.book.intents import PlaceOrder

TIGHT: dict[str, Any] = {"long": {"takeProfitPct": 1, "stopLossPct": 1}}
LADDER: dict[str, Any] = {
    "dca": {"enabled": True, "triggerPct": 1, "stepPcts": [50]},
    "leverage": 5,
    "long": {"takeProfitPct": 3, "stopLossPct": 4},
}
WALL_TIMES = ("seen_at", "committed_at")
PRICES = ("100.5", "101.2", "99.6", "98.9", "98", "99", "103.5")


async def _dry_run(
    stack: AsyncExitStack, exchange: Served, folder: Path, api: Bench | None = None, *, bot: str = "bob", **changes: Any
) -> Trader:
    """One account on paper, with a folder and a bot of its own."""
    folder.mkdir()
    if api is not None:
        changes = {**changes, **api.manifest(folder, bot=bot)}
    return await stack.enter_async_context(trading(exchange, folder, dryRun=True, **changes))


async def _same_day(*traders: Trader) -> list[list[Fact]]:
    """One signal and one market for all; what each ledger holds afterwards."""
    for trader in traders:
        await trader.until(trader.quiet)  # its leverage is set
        trader.buy()
    for trader in traders:
        await trader.until(lambda trader=trader: len(trader.book.positions) == 1 and trader.quiet())  # type: ignore[misc]
    for price in PRICES:
        for trader in traders:
            await trader.move(price)
            await trader.until(trader.quiet)
    return [list(await trader.facts()) for trader in traders]


def _told(facts: list[Fact]) -> list[dict[str, Any]]:
    """What was decided, sent, filled and closed, without wall times: who is served first is no difference."""
    told = (SignalDecided, PlaceOrder, Filled, OrderEnded, PositionClosed)
    found = [dataclasses.asdict(fact) for fact in facts if isinstance(fact, told)]
    return [{name: value for name, value in fact.items() if name not in WALL_TIMES} for fact in found]


async def test_an_account_does_what_it_did_before_others_were_added(exchange: Served, tmp_path: Path) -> None:
    """The same facts, to the last digit, alone and beside two others that trade otherwise."""
    async with AsyncExitStack() as stack:
        alone = await _dry_run(stack, exchange, tmp_path / "alone", **LADDER)
        (before,) = await _same_day(alone)
    async with AsyncExitStack() as stack:
        changes: list[dict[str, Any]] = [TIGHT, LADDER, {"entryPct": 20}]
        traders = [await _dry_run(stack, exchange, tmp_path / str(i), **c) for i, c in enumerate(changes)]
        _, among, _ = await _same_day(*traders)

    assert any(isinstance(fact, PositionClosed) for fact in before)
    assert _told(among) == _told(before)


async def test_other_targets_and_ladders_act_otherwise_on_the_same_signals(exchange: Served, tmp_path: Path) -> None:
    """One takes its profit at 1 %, one is stopped out, one adds and then takes its profit."""
    async with AsyncExitStack() as stack:
        stopped = {"long": {"takeProfitPct": 3, "stopLossPct": 1}}
        changes: list[dict[str, Any]] = [TIGHT, stopped, LADDER]
        traders = [await _dry_run(stack, exchange, tmp_path / str(i), **c) for i, c in enumerate(changes)]
        ledgers = await _same_day(*traders)

    closed = [[(f.by, f.price) for f in facts if isinstance(f, PositionClosed)] for facts in ledgers]
    assert closed == [[("take_profit", D("101.2"))], [("stop", D("98.9"))], [("take_profit", D("103.5"))]]
    assert [trader.tally().adds for trader in traders] == [0, 0, 1]


async def test_two_dry_runs_keep_orders_and_messages_apart(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """Each follows its own strategy, in its own book, and tells its own bot alone."""
    async with AsyncExitStack() as stack:
        alice = await _dry_run(stack, exchange, tmp_path / "a", api, bot="alice", strategies=["swing"])
        bob = await _dry_run(stack, exchange, tmp_path / "b", api, bot="bob", strategies=["other"])
        for trader in (alice, bob):
            trader.buy("swing")
        await alice.until(lambda: len(alice.book.positions) == 1 and alice.quiet())
        await bob.until(lambda: bob.tally().refusals == {"StrategyNotSelected": 1})
        await api.hears(f"entered long {BTC}", bot="alice")
        await api.type("/pause", bot="bob")
        await api.hears("paused")

    assert (bob.book.orders, bob.book.positions, alice.book.pause) == ({}, {}, None)
    assert not [one for one in await api.said("?bot=bob") if "entered" in one["text"]]
    assert not [one for one in await api.said("?bot=alice") if "paused" in one["text"]]
