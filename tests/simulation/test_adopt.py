"""An account whose ledger is lost: what the exchange still holds of it is taken in, and goes on being protected."""

import argparse
from pathlib import Path

import pytest

from support.build import BTC, ETH, settings
from support.hand import Hand
from support.servers import API_KEY, API_SECRET, Served
from support.trader import trading
from tradepods_core.errors import Invalid
from tradepods_core.ids import DEFAULT_NAMESPACE, LOCAL_FLEET
from tradepods_core.settings.account import AccountSpec
from tradepods_worker.adapters.ledger.sql import LEDGER
from tradepods_worker.bootstrap.adopt import DONE, DRY, NOTHING, adopt
from tradepods_worker.ports.ledger import LeaseHeld

Asked = tuple[argparse.Namespace, AccountSpec]


def _asked(exchange: Served, folder: Path) -> Asked:
    """Bob's options and settings; no signal service answers."""
    keys = folder / "keys"
    keys.mkdir(exist_ok=True)
    for name, value in (("apiKey", API_KEY), ("apiSecret", API_SECRET)):
        (keys / name).write_text(value, "utf-8")
    options = argparse.Namespace(
        name="bob",
        namespace=DEFAULT_NAMESPACE,
        fleet_id=LOCAL_FLEET,
        state=folder,
        credentials=keys,
        proxy=None,
        steps="",
        signals="http://127.0.0.1:9",
        signals_token=None,
        signals_ca=None,
        ledger=None,
        ca_bundle=None,
        outbound_proxy="",
    )
    live = {"dryRun": False, "acknowledgeLiveTrading": True, "credentialsSecretRef": {"name": "keys"}}
    return options, settings(**live, exchange={"environment": "custom", "url": exchange.url})


async def _lost(exchange: Served, folder: Path) -> Asked:
    """Bob is long and protected, and his worker is gone, with its ledger."""
    async with trading(exchange, folder) as trader:
        trader.buy()
        await trader.until(lambda: trader.agrees() and trader.protected())
    _forget(folder)
    return _asked(exchange, folder)


def _forget(folder: Path) -> None:
    for file in folder.glob(f"{LEDGER}*"):
        file.unlink()


async def test_what_a_lost_ledger_has_left_is_shown_and_nothing_is_written(exchange: Served, tmp_path: Path) -> None:
    """The position with its price, its stop, its take-profit; asked again, the same."""
    options, spec = await _lost(exchange, tmp_path)
    lines = await adopt(options, spec)

    assert lines[0] == f"position long {BTC}: 49.25 at 100"
    assert sorted(line.partition(": ")[2] for line in lines[1:3]) == [
        f"stop of 49.25 {BTC} at 97",
        f"take-profit of 49.25 {BTC} at 103",
    ]
    assert lines[3:] == [DRY]
    assert await adopt(options, spec) == lines


async def test_what_is_taken_in_is_traded_to_its_end(exchange: Served, tmp_path: Path) -> None:
    """The same orders rest for it; then its stop acts."""
    options, spec = await _lost(exchange, tmp_path)
    resting = set(Hand(exchange).customer.paper.resting)
    assert (await adopt(options, spec, apply=True))[-1] == DONE
    assert await adopt(options, spec) == [NOTHING]

    async with trading(exchange, tmp_path) as trader:
        await trader.until(lambda: trader.agrees() and trader.protected())
        assert set(trader.customer.paper.resting) == resting
        await trader.move("96")
        await trader.until(lambda: trader.agrees() and trader.flat())


async def test_without_it_the_worker_touches_nothing(exchange: Served, tmp_path: Path) -> None:
    """Orders of its own pattern that it does not know keep it away from their symbol."""
    await _lost(exchange, tmp_path)
    async with trading(exchange, tmp_path) as trader:
        await trader.until(lambda: bool(trader.book.doubts))
        trader.buy("another")
        await trader.until(trader.quiet)

        assert trader.book.doubts[BTC].why.startswith("Unreconciled: order tp")
        assert trader.protected()


async def test_orders_without_a_position_are_taken_in_and_cancelled(exchange: Served, tmp_path: Path) -> None:
    """The person has closed the position by hand meanwhile."""
    options, spec = await _lost(exchange, tmp_path)
    Hand(exchange).trade(-Hand(exchange).held())
    lines = await adopt(options, spec, apply=True)
    assert all(line.endswith(", which closes nothing and will be cancelled") for line in lines[:2])

    async with trading(exchange, tmp_path) as trader:
        await trader.until(lambda: trader.agrees() and trader.flat())


async def test_a_position_without_orders_is_taken_in_where_it_is_named(exchange: Served, tmp_path: Path) -> None:
    """It gets its stop and its take-profit at the next start."""
    options, spec = await _lost(exchange, tmp_path)
    for kind in ("stop_market", "take_profit_market"):
        Hand(exchange).cancel(kind)
    assert await adopt(options, spec, apply=True) == [NOTHING]
    assert (await adopt(options, spec, symbols=[ETH], apply=True)) == [NOTHING]
    await adopt(options, spec, symbols=[BTC], apply=True)

    async with trading(exchange, tmp_path) as trader:
        await trader.until(lambda: trader.agrees() and trader.protected())


async def test_while_a_worker_runs_nothing_is_taken_in(exchange: Served, tmp_path: Path) -> None:
    """It says who has the ledger."""
    async with trading(exchange, tmp_path):
        with pytest.raises(LeaseHeld, match="is held by test: stop it first"):
            await adopt(*_asked(exchange, tmp_path), apply=True)


async def test_a_dry_run_and_an_unknown_symbol_are_refused_with_what_would_do(exchange: Served, tmp_path: Path) -> None:
    """Field, value and fix; no secret in it."""
    options, spec = await _lost(exchange, tmp_path)
    with pytest.raises(Invalid) as dry:
        await adopt(options, settings(dryRun=True))
    with pytest.raises(Invalid) as unknown:
        await adopt(options, spec, symbols=["BTC"])

    assert str(dry.value) == "spec.dryRun is true: only a live account holds anything to take in"
    assert str(unknown.value) == "symbol is BTC: write it as BTC/USDT:USDT"
    assert API_SECRET not in str(dry.value) + str(unknown.value)
