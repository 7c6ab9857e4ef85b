"""What an answer about the account says."""

from decimal import Decimal
from typing import Any

from support.build import BTC
from tradepods_worker.adapters.venues.binanceusdm import account

D = Decimal


def _answer(
    *, wallet: str = "1000", quantity: str = "-2", notional: str = "-200", side: str = "BOTH"
) -> dict[str, Any]:
    position = {"symbol": "BTCUSDT", "positionSide": side, "positionAmt": quantity, "notional": notional}
    return {"assets": [{"asset": "USDT", "walletBalance": wallet, "availableBalance": "980"}], "positions": [position]}


def test_a_mark_that_moves_is_no_change_of_the_account() -> None:
    """Else a reading would be made again and again; a quantity, a side or the wallet is one."""
    before = _answer()

    assert account.same(before, _answer(notional="-201"))
    for other in (_answer(quantity="-3"), _answer(side="SHORT"), _answer(wallet="999")):
        assert not account.same(before, other)


def test_the_mark_is_that_of_the_positions_value() -> None:
    """Above zero on either side; none where no value is named."""
    shown, unnamed = (account.positions(_answer(notional=n)["positions"], {"BTCUSDT": BTC}) for n in ("-201", "0"))

    assert (shown[0].mark, unnamed[0].mark) == (D("100.5"), None)
    assert account.available(_answer()) == D(980)
