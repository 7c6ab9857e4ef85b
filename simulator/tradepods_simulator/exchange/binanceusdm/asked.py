"""Orders as requests ask for them: every parameter is checked, and what has no place in a request is refused."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from tradepods_core.money import ZERO
from tradepods_core.paper.account import Force, PaperKind, PaperOrder, PositionSide
from tradepods_simulator.exchange.binanceusdm.errors import VenueError
from tradepods_simulator.exchange.binanceusdm.public import MOST_PRICE, symbol_of
from tradepods_simulator.exchange.binanceusdm.signing import Params, required
from tradepods_simulator.exchange.venue import Exchange

PLAIN: Mapping[str, PaperKind] = {"MARKET": "market", "LIMIT": "limit"}
ALGO: Mapping[str, PaperKind] = {
    "STOP": "stop",
    "STOP_MARKET": "stop_market",
    "TAKE_PROFIT": "take_profit",
    "TAKE_PROFIT_MARKET": "take_profit_market",
    "TRAILING_STOP_MARKET": "trailing_stop_market",
}
LIMITED: tuple[PaperKind, ...] = ("limit", "stop", "take_profit")
FORCES: Mapping[str, Force] = {"GTC": "gtc", "IOC": "ioc", "FOK": "fok", "GTX": "gtx", "GTE_GTC": "gtc"}
SIDES: Mapping[str, PositionSide] = {"BOTH": "both", "LONG": "long", "SHORT": "short"}
CLOSING: tuple[PaperKind, ...] = ("stop_market", "take_profit_market")
CLIENT_ID = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")
NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)  # no exponent, no blanks, nothing infinite
LEAST_CALLBACK, MOST_CALLBACK = Decimal("0.1"), Decimal(10)  # percent


def plain_order(exchange: Exchange, params: Params, *, hedge: bool) -> PaperOrder:
    """What POST /fapi/v1/order asks for; raises VenueError."""
    kind = required(params, "type")
    if kind in ALGO:
        raise VenueError(-4120)
    if kind not in PLAIN:
        raise VenueError(-1116)
    identifier = _client_id(params, "newClientOrderId")
    return _order(exchange, params, kind=PLAIN[kind], identifier=identifier, hedge=hedge)


def algo_order(exchange: Exchange, params: Params, *, hedge: bool) -> PaperOrder:
    """What POST /fapi/v1/algoOrder asks for; raises VenueError."""
    if required(params, "algoType") != "CONDITIONAL" or required(params, "type") not in ALGO:
        raise VenueError(-1116)
    kind = ALGO[params["type"]]
    identifier = _client_id(params, "clientAlgoId")
    return _order(exchange, params, kind=kind, identifier=identifier, hedge=hedge)


def _order(exchange: Exchange, params: Params, *, kind: PaperKind, identifier: str, hedge: bool) -> PaperOrder:
    symbol = symbol_of(exchange, params)
    if exchange.market.statuses[symbol] == "CLOSE":
        raise VenueError(-4141)
    side = required(params, "side")
    if side not in ("BUY", "SELL"):
        raise VenueError(-1117)
    for name in _misplaced(kind, params, hedge=hedge):
        raise VenueError(-1106, name)
    trails = kind == "trailing_stop_market"
    closes = _flag(params, "closePosition")
    return PaperOrder(
        id=identifier,
        symbol=symbol,
        buys=side == "BUY",
        kind=kind,
        quantity=_quantity(params, kind, closes=closes),
        limit=positive(params, "price") if kind in LIMITED else None,
        trigger=_trigger(params, kind),
        reduce_only=_flag(params, "reduceOnly"),
        side=_side(params),
        force=_force(params, kind),
        by_last=_by_last(params, kind),
        closes=closes,
        callback=_callback(params) if trails else None,
        at=exchange.market.now,
    )


def _misplaced(kind: PaperKind, params: Params, *, hedge: bool) -> Iterator[str]:
    """Parameters that this kind of order doesn't take."""
    if kind == "market":
        yield from (name for name in ("timeInForce", "price") if name in params)
    if kind not in CLOSING and _flag(params, "closePosition"):
        raise VenueError(-4136, params.get("type"))
    if "reduceOnly" in params and (hedge or _flag(params, "closePosition")):
        yield "reduceonly"
    if kind in ("market", "limit"):
        yield from (name for name in ("stopPrice", "triggerPrice", "callbackRate") if name in params)


def _quantity(params: Params, kind: PaperKind, *, closes: bool) -> Decimal:
    del kind
    if closes:
        if "quantity" in params:
            raise VenueError(-4137)
        return ZERO
    quantity = amount(params, "quantity")
    if quantity <= ZERO:
        raise VenueError(-4003)
    return quantity


def _trigger(params: Params, kind: PaperKind) -> Decimal | None:
    if kind in ("market", "limit"):
        return None
    if kind == "trailing_stop_market":
        name = "activatePrice" if "activatePrice" in params else "activationPrice"
        return positive(params, name) if name in params else None
    return positive(params, "triggerPrice")


def _callback(params: Params) -> Decimal:
    rate = amount(params, "callbackRate")
    if not LEAST_CALLBACK <= rate <= MOST_CALLBACK:
        raise VenueError(-1130, "callbackRate")
    return rate


def _force(params: Params, kind: PaperKind) -> Force:
    if kind == "market":
        return "gtc"
    named = required(params, "timeInForce") if kind == "limit" else params.get("timeInForce", "GTC")
    if named not in FORCES:
        raise VenueError(-1115)
    return FORCES[named]


def _by_last(params: Params, kind: PaperKind) -> bool:
    named = params.get("workingType", "CONTRACT_PRICE")
    if named not in ("CONTRACT_PRICE", "MARK_PRICE"):
        raise VenueError(-4031, named)
    return kind not in ("market", "limit") and named == "CONTRACT_PRICE"


def _side(params: Params) -> PositionSide:
    named = params.get("positionSide", "BOTH")
    if named not in SIDES:
        raise VenueError(-4060)
    return SIDES[named]


def _flag(params: Params, name: str) -> bool:
    value = params.get(name, "false")
    if value not in ("true", "false"):
        raise VenueError(-4062 if name == "reduceOnly" else -1130, name)
    return value == "true"


def _client_id(params: Params, name: str) -> str:
    """The client's own id; "" where the venue is to choose one."""
    identifier = params.get(name, "")
    if identifier and not CLIENT_ID.fullmatch(identifier):
        raise VenueError(-4015)
    return identifier


def amount(params: Params, name: str) -> Decimal:
    """A decimal that must be there; raises -1102."""
    value = required(params, name)
    if not NUMBER.fullmatch(value):
        raise VenueError(-1102, name)
    return Decimal(value)


def positive(params: Params, name: str) -> Decimal:
    """A price that must be there; raises -1102, and -4002 or -4007 for one above the price filter's largest."""
    found = amount(params, name)
    if found <= ZERO:
        raise VenueError(-1102, name)
    if found > MOST_PRICE:
        raise VenueError(-4002 if name == "price" else -4007)
    return found
