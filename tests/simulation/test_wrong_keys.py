"""Keys that the venue refuses: this account alone stands still, says so, and goes on by itself once they are taken."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from support.build import BTC
from support.servers import API_KEY, Served
from support.telegram_bench import ANN, TOKENS, Bench, bench
from support.trader import trading
from tradepods_worker.adapters.venues import wire

WRONG = ("wrong-key-0123456789", "wrong-secret-0123456789")


@pytest.fixture
async def api() -> AsyncIterator[Bench]:
    """A Bot API with bob's bot."""
    async with bench() as made:
        yield made


def _telegram(api: Bench, folder: Path) -> dict[str, Any]:
    (folder / "telegram").mkdir(exist_ok=True)
    (folder / "telegram" / "botToken").write_text(TOKENS["bob"])
    return {"telegram": {"secretRef": {"name": "bot"}, "chatIds": [str(ANN)], "apiUrl": api.url}}


async def test_wrong_keys_stop_this_account_and_say_so(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """CredentialsValid=False; the bot still answers, and nothing of the keys is told."""
    async with trading(exchange, tmp_path, keys=WRONG, **_telegram(api, tmp_path)) as trader:
        refused = trader.condition("CredentialsValid")
        trader.buy()
        await api.type("/status", bot="bob")
        said = await trader.hears(api, "the exchange refuses the API key")
        told = await trader.hears(api, "THE EXCHANGE REFUSES THE KEYS")

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
