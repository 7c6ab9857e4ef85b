"""Frames of the private stream, in the venue's own form, to events."""

from decimal import Decimal
from typing import Any

import pytest

from support.build import BTC, WALL
from tradepods_core.book.events import FillReported, OrderReported, PaymentReported
from tradepods_core.book.outside import ForeignSeen
from tradepods_core.errors import Temporary
from tradepods_core.times import from_ms
from tradepods_worker.adapters.venues.binanceusdm.errors import readable
from tradepods_worker.adapters.venues.binanceusdm.stream import events, is_last
from tradepods_worker.ports import Gap

D = Decimal
OURS = "tp" + "a" * 26
NAMES = {"BTCUSDT": BTC}


def _order(**changes: Any) -> dict[str, Any]:
    """ORDER_TRADE_UPDATE as the venue's documents show it."""
    order = {
        "s": "BTCUSDT",
        "c": OURS,
        "S": "SELL",
        "o": "MARKET",
        "f": "GTC",
        "q": "0.001",
        "p": "0",
        "ap": "0",
        "sp": "0",
        "x": "NEW",
        "X": "NEW",
        "i": 8886774,
        "l": "0",
        "z": "0",
        "L": "0",
        "T": 1568879465650,
        "t": 0,
        "m": False,
        "R": True,
        "ps": "BOTH",
        "rp": "0",
    }
    return {"e": "ORDER_TRADE_UPDATE", "E": 1568879465651, "T": 1568879465650, "o": order | changes}


def _algo(**changes: Any) -> dict[str, Any]:
    """ALGO_UPDATE as the venue sends it."""
    order = {
        "caid": OURS,
        "aid": 1000000033225453,
        "at": "CONDITIONAL",
        "o": "STOP_MARKET",
        "s": "BTCUSDT",
        "S": "SELL",
        "q": "0.001",
        "X": "NEW",
        "ai": "",
        "ap": "0",
        "aq": "0",
    }
    return {"e": "ALGO_UPDATE", "T": 1765431097030, "E": 1765431097037, "o": order | changes}


def _events(frame: object) -> list[Any]:
    return list(events(frame, names=NAMES, seen_at=WALL))


def test_a_fill_is_told_before_its_orders_end() -> None:
    """So that an order that has ended has all its fills."""
    fields = {
        "x": "TRADE",
        "X": "FILLED",
        "l": "0.001",
        "z": "0.001",
        "L": "9910.5",
        "t": 77,
        "n": "0.0049",
        "N": "USDT",
    }
    fill, end = _events(_order(**fields, rp="-1.25"))

    assert fill == FillReported(
        order=OURS,
        trade="77",
        symbol=BTC,
        quantity=D("0.001"),
        price=D("9910.5"),
        fee=D("0.0049"),
        fee_asset="USDT",
        realized=D("-1.25"),
        at=from_ms(1568879465650),
        seen_at=WALL,
    )
    assert end == OrderReported(id=OURS, ended=True, executed=D("0.001"), status="FILLED", seen_at=WALL)


@pytest.mark.parametrize("field", ["l", "L", "z", "rp"])
@pytest.mark.parametrize("garbage", ["", "x", "NaN", "-Infinity", None])
def test_a_number_that_would_be_booked_is_never_guessed(field: str, garbage: str | None) -> None:
    """A fill at a price of nothing would be in the ledger for ever: the account is read instead."""
    fields = {"x": "TRADE", "X": "FILLED", "l": "1", "z": "1", "L": "9910", "t": 77, "rp": "0"}

    with pytest.raises(Temporary, match="not readable"), readable():
        _events(_order(**{**fields, field: garbage}))


@pytest.mark.parametrize("field", ["l", "L"])
def test_nothing_is_traded_at_nothing(field: str) -> None:
    """Neither a quantity nor a price of zero is a fill."""
    fields = {"x": "TRADE", "X": "FILLED", "l": "1", "z": "1", "L": "9910", "t": 77, "rp": "0"}

    with pytest.raises(Temporary), readable():
        _events(_order(**{**fields, field: "0"}))


def test_a_partial_fill_does_not_end_its_order() -> None:
    """More may come."""
    fields = {"x": "TRADE", "X": "PARTIALLY_FILLED", "l": "0.0004", "z": "0.0004", "L": "9910", "t": 78}
    fill, report = _events(_order(**fields))

    assert (fill.quantity, fill.fee) == (D("0.0004"), D(0))
    assert (report.ended, report.executed) == (False, D("0.0004"))


@pytest.mark.parametrize("status", ["CANCELED", "EXPIRED", "EXPIRED_IN_MATCH", "REJECTED"])
def test_an_order_ends_with_what_it_executed(status: str) -> None:
    """A market order may expire half filled."""
    (end,) = _events(_order(x="EXPIRED", X=status, z="0.0004"))

    assert (end.ended, end.executed, end.status) == (True, D("0.0004"), status)


@pytest.mark.parametrize(
    ("status", "ended"), [("NEW", False), ("FINISHED", True), ("CANCELED", True), ("EXPIRED", True), ("REJECTED", True)]
)
def test_a_conditional_orders_life_is_told(status: str, ended: bool) -> None:
    """Under our id, with what came of it."""
    (report,) = _events(_algo(X=status, aq="0.001" if status == "FINISHED" else "0"))

    assert (report.id, report.ended) == (OURS, ended)
    assert report.executed == (D("0.001") if status == "FINISHED" else D(0))


@pytest.mark.parametrize("status", ["TRIGGERING", "TRIGGERED"])
def test_a_trigger_is_no_end(status: str) -> None:
    """What it sent off reports for itself, under the same id."""
    assert _events(_algo(X=status, ai="88937381063")) == []


@pytest.mark.parametrize("identifier", ["web_x", "autoclose-123", "adl_autoclose", "x-cvBPrNm9abc", ""])
def test_of_what_is_not_ours_only_its_symbol_is_told(identifier: str) -> None:
    """Hand-made orders, liquidations, other bots: a reading of the account says what came of them."""
    seen = [ForeignSeen(symbol=BTC, seen_at=WALL)]

    assert _events(_order(c=identifier)) == seen
    assert _events(_order(c=identifier, x="TRADE", l="1", L="100")) == seen
    assert _events(_algo(caid=identifier)) == seen


def test_a_trigger_that_is_done_without_saying_how_much_is_a_gap() -> None:
    """What it sent off has executed something: only a reading tells how much."""
    (gap,) = _events(_algo(X="FINISHED", ai="88937381063", aq="0"))

    assert isinstance(gap, Gap)


def test_an_expired_listen_key_is_the_last_frame() -> None:
    """Ccxt does not handle it: the stream would be silent for ever."""
    assert is_last({"e": "listenKeyExpired", "E": 1, "listenKey": "k"})


@pytest.mark.parametrize("frame", [None, [], {}, _order(), {"e": "ACCOUNT_UPDATE", "a": {}}])
def test_after_other_frames_more_will_come(frame: object) -> None:
    """Whatever they are."""
    assert not is_last(frame)


def _account(reason: str, change: str = "-1.5", *, asset: str = "USDT") -> dict[str, Any]:
    balance = {"a": asset, "wb": "998.5", "cw": "998.5", "bc": change}
    return {"e": "ACCOUNT_UPDATE", "E": 1, "T": 1_700_000_000_000, "a": {"m": reason, "B": [balance], "P": []}}


@pytest.mark.parametrize("reason", ["FUNDING_FEE", "DEPOSIT", "WITHDRAW", "INSURANCE_CLEAR"])
def test_what_moves_the_wallet_without_a_trade_is_a_payment(reason: str) -> None:
    """With its amount, and the balance that it leaves."""
    (event,) = _events(_account(reason))

    assert isinstance(event, PaymentReported)
    assert (event.kind, event.amount, event.balance) == (reason, D("-1.5"), D("998.5"))


@pytest.mark.parametrize(
    "frame",
    [
        *(None, [], "text", {}, {"e": "MARGIN_CALL"}),
        *(_account("ORDER"), _account("FUNDING_FEE", "0"), _account("DEPOSIT", asset="BNB")),
        {"e": "ACCOUNT_UPDATE", "E": 1, "T": 1, "a": {"m": "MARGIN_TYPE_CHANGE", "P": []}},
    ],
)
def test_other_frames_say_nothing(frame: object) -> None:
    """They are counted as handled, and that is all."""
    assert _events(frame) == []


@pytest.mark.parametrize(("said", "gaps"), [({"ai": {"j": True}}, 1), ({"ac": {"s": "BTCUSDT", "l": 5}}, 0)])
def test_a_change_of_the_accounts_mode_has_it_read(said: dict[str, Any], gaps: int) -> None:
    """Whether other assets are margin too; a leverage that was set is no news."""
    frame = {"e": "ACCOUNT_CONFIG_UPDATE", "E": 1, "T": 1, **said}

    assert len([one for one in events(frame, names={}, seen_at=WALL) if isinstance(one, Gap)]) == gaps
