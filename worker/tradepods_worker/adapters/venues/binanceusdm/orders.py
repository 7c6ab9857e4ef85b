"""Intents to requests, answers to outcomes. Every number was rounded by our rules: nothing is rounded here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tradepods_core.book.events import VenueOrder
from tradepods_core.book.intents import (
    Accepted,
    CancelOrder,
    OrderKind,
    Outcome,
    PlaceOrder,
    PrepareSymbol,
    SetMarginMode,
    SetPositionMode,
    Side,
    Unknown,
)
from tradepods_core.money import ZERO, plain
from tradepods_core.settings.parts import MarginMode
from tradepods_core.shapes import Symbol
from tradepods_worker.ports import Wanted

TYPES: Mapping[OrderKind, str] = {"stop_market": "STOP_MARKET", "take_profit_market": "TAKE_PROFIT_MARKET"}
KINDS: Mapping[str, OrderKind] = {"MARKET": "market", **{name: kind for kind, name in TYPES.items()}}
SIDES: Mapping[Side, str] = {"long": "LONG", "short": "SHORT"}
MARGIN_TYPES: Mapping[MarginMode, str] = {MarginMode.CROSS: "CROSSED", MarginMode.ISOLATED: "ISOLATED"}
MARGIN_MODES: Mapping[str, MarginMode] = {name: mode for mode, name in MARGIN_TYPES.items()}
DONE = "200"  # the code by which the venue says that a mode is set
ENDED = frozenset({"FILLED", "CANCELED", "EXPIRED", "EXPIRED_IN_MATCH", "REJECTED", "FINISHED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: the name of ccxt's method for the endpoint, its parameters, whether it is signed, what it costs.

    Attributes:
        weight: what the venue counts of it for the address.
        orders: what it counts for the account.
        proof: the field without which an answer is no acceptance.

    """

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    signed: bool = True
    weight: int = 1
    orders: int = 0
    proof: str = ""


def place(order: PlaceOrder, market_id: str, *, hedge: bool) -> Call:
    """A market order, or a conditional one that the mark price triggers.

    In hedge mode side and position side together say that it only closes: `reduceOnly` is refused there.
    """
    params: dict[str, Any] = {
        "symbol": market_id,
        "side": "BUY" if order.buys else "SELL",
        "quantity": plain(order.quantity),
    }
    if hedge:
        params["positionSide"] = SIDES[order.leg.side]
    elif order.reduce_only:
        params["reduceOnly"] = "true"
    if order.trigger is None:
        answer = {"type": "MARKET", "newClientOrderId": order.id, "newOrderRespType": "RESULT"}
        return Call(method="fapiPrivatePostOrder", params=params | answer, weight=0, orders=1, proof="orderId")
    conditional = {
        "algoType": "CONDITIONAL",
        "type": TYPES[order.kind],
        "clientAlgoId": order.id,
        "triggerPrice": plain(order.trigger),
        "workingType": "MARK_PRICE",  # the venue's default is the last price
    }
    return Call(method="fapiPrivatePostAlgoOrder", params=params | conditional, weight=0, orders=1, proof="algoId")


def cancel(order: CancelOrder) -> Call:
    """Only conditional orders are ever cancelled: market orders never rest."""
    return Call(method="fapiPrivateDeleteAlgoOrder", params={"clientAlgoId": order.target}, proof="algoId")


def leverage(intent: PrepareSymbol, market_id: str) -> Call:
    """A symbol's leverage."""
    params = {"symbol": market_id, "leverage": intent.leverage}
    return Call(method="fapiPrivatePostLeverage", params=params, proof="leverage")


def margin_mode(intent: SetMarginMode, market_id: str) -> Call:
    """A symbol's margin mode."""
    params = {"symbol": market_id, "marginType": MARGIN_TYPES[intent.mode]}
    return Call(method="fapiPrivatePostMarginType", params=params, proof="code")


def position_mode(intent: SetPositionMode) -> Call:
    """The account's position mode."""
    params = {"dualSidePosition": "true" if intent.hedge else "false"}
    return Call(method="fapiPrivatePostPositionSideDual", params=params, proof="code")


def find(wanted: Wanted, market_id: str) -> Call:
    """An order by our id."""
    if wanted.conditional:
        return Call(method="fapiPrivateGetAlgoOrder", params={"clientAlgoId": wanted.id})
    params = {"symbol": market_id, "origClientOrderId": wanted.id}
    return Call(method="fapiPrivateGetOrder", params=params)


def find_sent_off(market_id: str, number: str) -> Call:
    """The order that a triggered conditional order sent off, by the venue's number."""
    return Call(method="fapiPrivateGetOrder", params={"symbol": market_id, "orderId": number})


def answered(answer: object, call: Call) -> Outcome:
    """What a 200 means. A truncated or empty body is no acceptance: the order is looked up."""
    if not isinstance(answer, Mapping):
        return Unknown(why="the answer is not readable")
    proof = answer.get(call.proof)
    if not proof or (call.proof == "code" and str(proof) != DONE):
        return Unknown(why=f"the answer names no {call.proof}")
    status = str(answer.get("status", ""))
    return Accepted(executed=amount(answer.get("executedQty")), ended=status in ENDED)


def amount(value: object) -> Decimal:
    """A decimal of the venue's; 0 where it is empty or missing. Raises as `exact` does."""
    return ZERO if value in (None, "") else exact(value)


def exact(value: object) -> Decimal:
    """A decimal that must be there: it will be booked. Raises ValueError or ArithmeticError."""
    found = Decimal(str(value))
    if not found.is_finite():
        raise ValueError("no number where one is booked")
    return found


def above_zero(value: object) -> Decimal:
    """A price or quantity of a trade; raises ValueError."""
    found = exact(value)
    if found <= ZERO:
        raise ValueError("nothing was traded")
    return found


def plain_order(answer: Mapping[str, Any], symbol: Symbol) -> VenueOrder:
    """A plain order as the venue shows it."""
    status = str(answer.get("status", ""))
    return VenueOrder(
        id=str(answer.get("clientOrderId", "")),
        symbol=symbol,
        buys=answer.get("side") == "BUY",
        kind=KINDS.get(str(answer.get("origType", answer.get("type", "")))),
        quantity=amount(answer.get("origQty")),
        trigger=None,
        ended=status in ENDED,
        executed=amount(answer.get("executedQty")),
        status=status,
    )


def algo_order(answer: Mapping[str, Any], symbol: Symbol, *, sent_off: Mapping[str, Any] | None = None) -> VenueOrder:
    """A conditional order as the venue shows it. Of a triggered one, only what it sent off says how it stands."""
    status = str(answer.get("algoStatus", "") if sent_off is None else sent_off.get("status", ""))
    return VenueOrder(
        id=str(answer.get("clientAlgoId", "")),
        symbol=symbol,
        buys=answer.get("side") == "BUY",
        kind=KINDS.get(str(answer.get("orderType", ""))),
        quantity=amount(answer.get("quantity")),
        trigger=amount(answer.get("triggerPrice")) or None,
        ended=status in ENDED,
        executed=ZERO if sent_off is None else amount(sent_off.get("executedQty")),
        status=status,
    )


def number_of(answer: Mapping[str, Any]) -> str:
    """The venue's number of the order whose trades are wanted: a conditional one's is that which it sent off."""
    return str(answer.get("actualOrderId" if "algoId" in answer else "orderId") or "")
