"""Keys that the venue refuses: this account alone stands still, says so, and goes on by itself once they are taken."""

from pathlib import Path

import pytest

from support.build import BTC
from support.servers import API_KEY, Served
from support.telegram_bench import Bench
from support.trader import trading
from tradepods_worker.adapters.venues import wire

WRONG = ("wrong-key-0123456789", "wrong-secret-0123456789")


async def test_wrong_keys_stop_this_account_and_say_so(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """CredentialsValid=False; the bot still answers, and nothing of the keys is told."""
    async with trading(exchange, tmp_path, keys=WRONG, **api.manifest(tmp_path)) as trader:
        refused = trader.condition("CredentialsValid")
        trader.buy()
        await api.type("/status", bot="bob")
        said = await api.hears("the exchange refuses the API key")
        told = await api.hears("THE EXCHANGE REFUSES THE KEYS")

    assert (refused.status, refused.reason) == ("False", "Refused")
    assert "check apiKey, apiSecret and the address it is bound to" in refused.message
    assert not any(secret in said["text"] + told["text"] + refused.message for secret in WRONG)
    assert exchange.exchange.books.by_key[API_KEY].paper.positions == {}


async def test_keys_that_are_taken_later_need_no_restart(
    exchange: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whitelist is mended at the exchange: the account is read, and the next signal is traded on."""
    monkeypatch.setattr(wire, "ASK_KEYS_AGAIN", 0.1)
    async with trading(exchange, tmp_path, keys=WRONG) as trader:
        assert trader.condition("CredentialsValid").status == "False"
        books = exchange.exchange.books
        customer = books.by_key[API_KEY]
        customer.api_key, customer.api_secret = WRONG
        books.by_key = {WRONG[0]: customer}
        await trader.until(lambda: trader.condition("CredentialsValid").status == "True")
        await trader.until(lambda: trader.sight.connected)
        await trader.move("100")
        trader.buy()
        await trader.until(lambda: trader.protected() and trader.agrees())
        assert trader.customer.paper.held(BTC) > 0
