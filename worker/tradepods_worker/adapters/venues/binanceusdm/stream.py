"""Frames of the private stream to events. The fill of a triggered order comes before the news of its trigger."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tradepods_core.book.accounting import SETTLE
from tradepods_core.book.events import FillReported, OrderReported, PaymentReported
from tradepods_core.book.outside import ForeignSeen
from tradepods_core.ids import is_ours
from tradepods_core.shapes import Symbol
from tradepods_core.times import from_ms
from tradepods_worker.adapters.venues.binanceusdm.orders import ENDED, above_zero, amount, exact
from tradepods_worker.ports import Gap

ON_THEIR_WAY = frozenset({"TRIGGERING", "TRIGGERED"})  # what a conditional order sent off reports for itself


def events(
    frame: object, *, names: Mapping[str, Symbol], seen_at: datetime
) -> Iterator[OrderReported | FillReported | PaymentReported | ForeignSeen | Gap]:
    """What a frame says about our own orders and our wallet; of others' orders only that there was something."""
    if not isinstance(frame, Mapping):
        return
    match frame.get("e"):
        case "ACCOUNT_UPDATE":
            yield from _payments(frame["a"], at_ms=int(frame["T"]), seen_at=seen_at)
        case "ORDER_TRADE_UPDATE":
            yield from _order(frame["o"], names=names, seen_at=seen_at)
        case "ALGO_UPDATE":
            yield from _algo(frame["o"], names=names, seen_at=seen_at)
        case "ACCOUNT_CONFIG_UPDATE" if "ai" in frame:  # whether other assets are margin too
            yield Gap(why="the account's mode was changed")


def is_last(frame: object) -> bool:
    """Whether the venue says that this connection will bring nothing more, though it stays open."""
    return isinstance(frame, Mapping) and frame.get("e") == "listenKeyExpired"


def _order(
    order: Mapping[str, Any], *, names: Mapping[str, Symbol], seen_at: datetime
) -> Iterator[OrderReported | FillReported | ForeignSeen]:
    identifier, status = str(order["c"]), str(order["X"])
    if not is_ours(identifier):
        yield _foreign(order, names=names, seen_at=seen_at)
        return
    if order["x"] == "TRADE":
        yield FillReported(
            order=identifier,
            trade=str(order["t"]),
            symbol=names.get(order["s"], order["s"]),
            quantity=above_zero(order["l"]),
            price=above_zero(order["L"]),
            fee=amount(order.get("n")),
            fee_asset=str(order.get("N") or ""),
            realized=exact(order["rp"]),
            at=from_ms(int(order["T"])),
            seen_at=seen_at,
        )
    yield OrderReported(
        id=identifier, ended=status in ENDED, executed=exact(order["z"]), status=status, seen_at=seen_at
    )


def _payments(account: Mapping[str, Any], *, at_ms: int, seen_at: datetime) -> Iterator[PaymentReported]:
    """What changed the wallet without a trade: fills bring their own profit and commission."""
    if account["m"] == "ORDER":
        return
    for balance in account.get("B", ()):
        change = amount(balance.get("bc"))
        if change and balance["a"] == SETTLE:
            yield PaymentReported(
                kind=str(account["m"]),
                asset=str(balance["a"]),
                amount=change,
                balance=exact(balance["wb"]),
                at=from_ms(at_ms),
                seen_at=seen_at,
            )


def _foreign(order: Mapping[str, Any], *, names: Mapping[str, Symbol], seen_at: datetime) -> ForeignSeen:
    name = str(order.get("s", ""))
    return ForeignSeen(symbol=names.get(name, name), seen_at=seen_at)


def _algo(
    order: Mapping[str, Any], *, names: Mapping[str, Symbol], seen_at: datetime
) -> Iterator[OrderReported | ForeignSeen | Gap]:
    identifier, status = str(order["caid"]), str(order["X"])
    if not is_ours(identifier):
        yield _foreign(order, names=names, seen_at=seen_at)
    elif status in ON_THEIR_WAY:
        return
    elif order.get("ai") and not amount(order.get("aq")):
        yield Gap(why="a triggered order is done, and the venue does not say how much of it")
    else:
        yield OrderReported(
            id=identifier, ended=status in ENDED, executed=amount(order.get("aq")), status=status, seen_at=seen_at
        )
