"""Settings that change while a whole worker trades: by the file, by the chat, over restarts, and between its books."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from support.build import BTC
from support.servers import Served
from support.telegram_bench import ANN, Bench
from support.trader import D, Trader, rewrite, trading
from tradepods_core.book.events import CommandGiven

BOT = {"secretRef": {"name": "bot"}, "chatIds": [str(ANN)]}


def _levels(trader: Trader) -> list[tuple[str, Any]]:
    return sorted((order.kind, order.trigger) for order in trader.customer.paper.resting.values())


async def test_a_changed_file_is_in_force_within_a_second(exchange: Served, tmp_path: Path) -> None:
    """Reloaded from the file without a restart: the open position has its new take-profit and its tighter stop."""
    async with trading(exchange, tmp_path) as trader:
        trader.buy()
        await trader.until(lambda: trader.protected() and trader.agrees())
        rewrite(trader, tmp_path, long={"takeProfitPct": 5, "stopLossPct": 1})
        async with asyncio.timeout(1):
            while _levels(trader) != [("stop_market", D(99)), ("take_profit_market", D(105))]:
                await asyncio.sleep(0.01)
        await trader.until(trader.agrees)

    assert trader.customer.duplicates() == 0


@pytest.mark.parametrize("text", ['{"leverage": 500}', "a: [", "", '{"exchange": {"environment": "demo"}}'])
async def test_a_file_that_can_not_be_used_changes_nothing(
    exchange: Served, api: Bench, tmp_path: Path, text: str
) -> None:
    """The settings before stay in force, the person is told once, and the account says so."""
    async with trading(exchange, tmp_path, **api.manifest(tmp_path)) as trader:
        before = trader.sight.terms
        (tmp_path / "settings.yaml").write_text(text)
        await api.hears("the new manifest can't be used, the one before stays in force")
        applied = trader.condition("SettingsApplied")
        assert trader.sight.terms == before
        trader.buy()
        await trader.until(lambda: trader.protected() and trader.agrees())
        rewrite(trader, tmp_path, entryPct=7, **api.manifest(tmp_path))
        await trader.until(lambda: trader.sight.settings.entry_pct == D(7))

    assert (applied.status, applied.reason) == ("False", "Refused")
    assert trader.condition("SettingsApplied").status == "True"


async def test_what_waits_for_a_start_is_said(exchange: Served, tmp_path: Path) -> None:
    """What can't apply yet says so."""
    async with trading(exchange, tmp_path) as trader:
        rewrite(trader, tmp_path, logLevel="debug")
        await trader.until(lambda: trader.condition("SettingsApplied").reason == "WaitsForStart")
        assert trader.condition("SettingsApplied").message == "logLevel"


async def test_an_override_survives_a_restart_and_ends_with_its_field(
    exchange: Served, api: Bench, tmp_path: Path
) -> None:
    """Stored, shown, ended by a change of that field, also one that happens while the worker is down."""
    changes = api.manifest(tmp_path)
    async with trading(exchange, tmp_path, **changes) as trader:
        await api.type("/entrypct 2", bot="bob", user="Ann")
        await api.hears("entryPct is 2 from now on; the manifest says 5")
        await trader.until(lambda: trader.sight.settings.entry_pct == D(2))
    async with trading(exchange, tmp_path, leverage=5, **changes) as trader:
        assert trader.sight.settings.entry_pct == D(2)
        assert trader.status().overrides == {"entryPct": "2"}
        trader.buy()
        await trader.until(lambda: trader.protected() and trader.agrees())
    async with trading(exchange, tmp_path, leverage=5, entryPct=6, **changes) as trader:
        await api.hears("entryPct is the manifest's own again: the manifest changed it")
        assert trader.sight.settings.entry_pct == D(6)
        assert trader.status().overrides == {}


async def test_auto_exit_is_switched_off_and_on_by_the_person(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """Off after a confirmation: both orders are cancelled; on: both rest again, and nothing was closed by it."""
    async with trading(exchange, tmp_path, **api.manifest(tmp_path)) as trader:
        trader.buy()
        await trader.until(lambda: trader.protected() and trader.agrees())
        held = trader.customer.paper.held(BTC)
        await api.type("/autoexit off", bot="bob")
        question = await api.hears("1 positions of")
        await api.press(question["message"], bot="bob", data=question["buttons"][0][0]["callback_data"])
        await trader.until(lambda: not trader.customer.paper.resting and trader.agrees())
        assert trader.condition("Protected").reason == "AlertsOnly"
        await trader.move("96")
        await api.hears("the stop's level is reached. Nothing was done: autoExit is off.")
        await api.type("/autoexit on", bot="bob")
        await trader.until(lambda: trader.protected() and trader.agrees())
        assert _levels(trader) == [("stop_market", D("93.2")), ("take_profit_market", D(103))]
        assert trader.customer.paper.held(BTC) == held


async def test_a_dry_run_becomes_live_and_back(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """Paper and live are two books: what is open in one is guarded there until it is flat, entries go to the other."""
    async with trading(exchange, tmp_path, dryRun=True, **api.manifest(tmp_path)) as trader:
        trader.buy("first")
        await trader.until(lambda: len(trader.book.positions) == 1)
        await api.type("/dryrun off", bot="bob")
        question = await api.hears("REAL MONEY")
        await api.press(question["message"], bot="bob", data=question["buttons"][0][0]["callback_data"])
        await trader.until(lambda: trader.name() == "live" and trader.sight.since is not None)
        await trader.move("100")
        assert (len(trader.other().positions), trader.customer.paper.positions) == (1, {})
        trader.buy("first")  # decided in the other book
        trader.buy("second")
        await trader.until(lambda: trader.protected() and trader.agrees())
        await api.type("/dryrun on", bot="bob")
        await trader.until(lambda: trader.name() == "paper")
        trader.buy("third")  # the paper position is open still
        assert len(trader.other().positions) == 1
        await trader.move("97")  # the live stop acts; the paper one too
        await trader.until(lambda: trader.flat() and not trader.book.positions)

    assert trader.customer.duplicates() == 0


async def test_a_live_position_is_guarded_after_a_restart_as_a_dry_run(exchange: Served, tmp_path: Path) -> None:
    """To dry-run: live positions stay guarded until flat, new entries are paper."""
    async with trading(exchange, tmp_path) as trader:
        trader.buy()
        await trader.until(lambda: trader.protected() and trader.agrees())
    for identifier in list(trader.customer.paper.resting):
        exchange.exchange.cancel(trader.customer, identifier)
    async with trading(exchange, tmp_path, dryRun=True) as trader:
        await trader.until(trader.protected)  # its stop was cancelled by hand meanwhile
        trader.buy("later")
        await trader.until(lambda: len(trader.book.positions) == 1)
        assert trader.name() == "paper"
        assert len(trader.other().positions) == 1


async def test_a_persons_pause_goes_with_the_account(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """Paused in one book, nothing is opened in the other either."""
    async with trading(exchange, tmp_path, dryRun=True, **api.manifest(tmp_path)) as trader:
        await api.type("/pause", bot="bob")
        await api.hears("paused: nothing is opened")
        await api.type("/dryrun off", bot="bob")
        question = await api.hears("REAL MONEY")
        await api.press(question["message"], bot="bob", data=question["buttons"][0][0]["callback_data"])
        await trader.until(lambda: trader.name() == "live" and trader.book.pause is not None)
        await trader.move("100")
        trader.buy()
        await trader.until(lambda: len(trader.book.decided) == 1)
        assert trader.flat()


async def test_a_pause_holds_over_a_restart_that_switches_books(exchange: Served, tmp_path: Path) -> None:
    """Paused as a dry run, started again live: nothing is bought until a person resumes; and that holds as well."""
    async with trading(exchange, tmp_path, dryRun=True) as trader:
        trader.give(CommandGiven(id="telegram/1", name="pause", by="ann"))
        await trader.until(lambda: trader.book.pause is not None)
    async with trading(exchange, tmp_path) as trader:
        trader.buy("first")
        await trader.until(lambda: len(trader.book.decided) == 1)
        assert trader.flat()
        trader.give(CommandGiven(id="telegram/2", name="resume", by="ann"))
        await trader.until(lambda: trader.book.pause is None)
    async with trading(exchange, tmp_path, dryRun=True) as trader:
        await trader.until(lambda: trader.book.pause is None)
        trader.buy("second")
        await trader.until(lambda: len(trader.book.positions) == 1)


async def test_live_trading_without_keys_is_refused_before_it_is_recorded(
    exchange: Served, api: Bench, tmp_path: Path
) -> None:
    """By the chat and by the file: the account goes on as it was."""
    changes = api.manifest(tmp_path)
    async with trading(exchange, tmp_path, dryRun=True, has_keys=False, **changes) as trader:
        await api.type("/dryrun off", bot="bob")
        await api.hears("this worker was started without the exchange's keys")
        rewrite(trader, tmp_path, **changes)
        await api.hears("the new manifest can't be used, the one before stays in force")
        assert (trader.name(), trader.status().overrides) == ("paper", {})
        trader.buy()
        await trader.until(lambda: len(trader.book.positions) == 1)


async def test_two_edits_in_a_row_open_one_book(exchange: Served, tmp_path: Path) -> None:
    """Two hands on one book would trade twice."""
    async with trading(exchange, tmp_path, dryRun=True) as trader:
        for percent in (5, 6):
            trader.take(entryPct=percent)
        await trader.until(lambda: trader.name() == "live" and trader.connected())
        names = [task.get_name() for task in asyncio.all_tasks()]

    assert names.count("live desk") == 1
