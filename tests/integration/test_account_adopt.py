"""`tradepods account adopt`: shown first, written when asked to, refused while a worker runs."""

import asyncio
import sys
from pathlib import Path

import yaml

from support.servers import API_KEY, API_SECRET, Served, serving
from support.trader import trading, written
from tradepods_worker.adapters.ledger.sql import LEDGER


def _folder(place: Path, served: Served) -> Path:
    """Bob's manifest and his keys, as `tradepods up` reads them."""
    place.mkdir()
    account = {
        "apiVersion": "tradepods.dev/v1alpha1",
        "kind": "TradingAccount",
        "metadata": {"name": "bob"},
        "spec": written(served),
    }
    keys = {"apiKey": API_KEY, "apiSecret": API_SECRET}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "stringData": keys}
    (place / "bob.yaml").write_text(yaml.safe_dump_all([account, secret]), "utf-8")
    return place


async def _asked(*arguments: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tradepods_cli",
        "account",
        "adopt",
        *arguments,
        "--signals",
        "http://127.0.0.1:9",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def _lost(served: Served, folder: Path) -> tuple[int | None, str]:
    """Bob is long and protected, and his ledger is gone; what is said to whoever asks while his worker runs."""
    home = folder / ".tradepods/accounts/default/bob"
    home.mkdir(parents=True)
    async with trading(served, home) as trader:
        trader.buy()
        await trader.until(lambda: trader.agrees() and trader.protected())
        asked = await _asked(str(folder), "bob")
    for file in home.glob(f"{LEDGER}*"):
        file.unlink()
    return asked


async def test_a_lost_ledger_is_filled_again(tmp_path: Path) -> None:
    """The position, its stop and its take-profit; the worker goes on with them as if nothing had been lost."""
    async with serving() as served:
        folder = _folder(tmp_path / "fleet", served)
        held = await _lost(served, folder)
        said = [await _asked(str(folder), "bob", *more) for more in ([], ["--apply"], [])]
        async with trading(served, folder / ".tradepods/accounts/default/bob") as trader:
            await trader.until(lambda: trader.agrees() and trader.protected())

    assert (held[0], "stop it first" in held[1]) == (1, True)
    assert [code for code, _ in said] == [0, 0, 0]
    for _, text in said[:2]:
        assert "position long BTC/USDT:USDT: 49.25 at 100" in text
        assert "stop of 49.25 BTC/USDT:USDT at 97" in text
    ends = ("nothing was written", "the worker protects this from its next start on", "nothing to take in")
    assert all(end in text for end, (_, text) in zip(ends, said, strict=True))
    assert not any(API_SECRET in text for _, text in (held, *said))


async def test_an_account_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With those that are."""
    async with serving() as served:
        code, said = await _asked(str(_folder(tmp_path / "fleet", served)), "carol")

    assert (code, "no such account; there are default/bob" in said) == (2, True)
