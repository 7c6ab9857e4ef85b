"""The account's endpoints and what their answers mean."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from tradepods_core.book.events import FillReported, VenuePosition
from tradepods_core.ids import ClientOrderId
from tradepods_core.market import Bracket
from tradepods_core.money import ZERO
from tradepods_core.settings.parts import MarginMode
from tradepods_core.shapes import Symbol
from tradepods_core.times import from_ms
from tradepods_worker.adapters.venues.binanceusdm.orders import MARGIN_MODES, Call, above_zero, amount, exact

SETTLE = "USDT"
ACCOUNT = Call(method="fapiPrivateV3GetAccount", weight=5)
CONFIG = Call(method="fapiPrivateGetAccountConfig", weight=5)
SYMBOLS = Call(method="fapiPrivateGetSymbolConfig", weight=5)
BRACKETS = Call(method="fapiPrivateGetLeverageBracket")
RISKS = Call(method="fapiPrivateV3GetPositionRisk", weight=5)
BALANCES = Call(method="fapiPrivateV3GetBalance", weight=5)
OPEN_ORDERS = Call(method="fapiPrivateGetOpenOrders", weight=40)
OPEN_ALGO_ORDERS = Call(method="fapiPrivateGetOpenAlgoOrders", weight=40)
RESTRICTIONS = Call(method="sapiGetAccountApiRestrictions", weight=0)  # the spot host's, which counts for itself
ORDER_LIMITS = Call(method="fapiPrivateGetRateLimitOrder")
TIME = Call(method="fapiPublicGetTime", signed=False)
LISTEN = Call(method="fapiPrivatePostListenKey", signed=False)
KEEP_LISTENING = Call(method="fapiPrivatePutListenKey", signed=False)
SECONDS: Mapping[str, int] = {"SECOND": 1, "MINUTE": 60}
Names = Mapping[str, Symbol]


def name_of(symbol: Symbol) -> str:
    """What the venue calls a perpetual future: `BTC/USDT:USDT` is `BTCUSDT`."""
    return symbol.partition(":")[0].replace("/", "")


def trades_of(market_id: str, number: str) -> Call:
    """The trades of one order."""
    return Call(method="fapiPrivateGetUserTrades", params={"symbol": market_id, "orderId": number}, weight=5)


def alias(answer: Iterable[Mapping[str, Any]]) -> str:
    """The venue's own name of the account, the same for each of its keys; "" where it tells none."""
    return next((str(row["accountAlias"]) for row in answer if row.get("accountAlias")), "")


def wallet(answer: Mapping[str, Any]) -> Decimal:
    """The settle asset's balance, without unrealised profit."""
    assets = (asset for asset in answer["assets"] if asset["asset"] == SETTLE)
    return next((exact(asset["walletBalance"]) for asset in assets), ZERO)


def available(answer: Mapping[str, Any]) -> Decimal:
    """What new orders may bind of the settle asset."""
    assets = (asset for asset in answer["assets"] if asset["asset"] == SETTLE)
    return next((exact(asset["availableBalance"]) for asset in assets), ZERO)


def same(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether wallet and quantities are the same in two answers; margins and marks move all the time."""
    return wallet(before) == wallet(after) and _quantities(before) == _quantities(after)


def _quantities(answer: Mapping[str, Any]) -> Mapping[tuple[str, str], Decimal]:
    rows = ((row["symbol"], str(row.get("positionSide", "")), exact(row["positionAmt"])) for row in answer["positions"])
    return {(symbol, side): quantity for symbol, side, quantity in rows if quantity}


def positions(answer: Iterable[Mapping[str, Any]], names: Names) -> tuple[VenuePosition, ...]:
    """Open positions, with a liquidation price where one is named; an unknown symbol keeps the venue's name."""
    return tuple(
        VenuePosition(
            symbol=names.get(entry["symbol"], entry["symbol"]),
            quantity=exact(entry["positionAmt"]),
            liquidation=amount(entry.get("liquidationPrice")) or None,
            entry=amount(entry.get("entryPrice")),
            mark=_mark(entry),
        )
        for entry in answer
        if exact(entry["positionAmt"]) != ZERO
    )


def _mark(entry: Mapping[str, Any]) -> Decimal | None:
    """The price by which a position's value was reckoned; None where no value is named."""
    value = amount(entry.get("notional"))
    return abs(value / exact(entry["positionAmt"])) if value else None


def with_liquidations(held: Iterable[VenuePosition], risks: Iterable[VenuePosition]) -> tuple[VenuePosition, ...]:
    """The positions with the liquidation and entry prices that another answer named for the same quantities."""
    named = {(risk.leg, risk.quantity): risk for risk in risks}
    found = ((one, named.get((one.leg, one.quantity), one)) for one in held)
    return tuple(replace(one, liquidation=risk.liquidation, entry=risk.entry) for one, risk in found)


def margin_modes(answer: Iterable[Mapping[str, Any]], names: Names) -> Mapping[Symbol, MarginMode]:
    """Margin modes of the symbols that we know."""
    return {names[entry["symbol"]]: MARGIN_MODES[entry["marginType"]] for entry in answer if entry["symbol"] in names}


def leverages(answer: Iterable[Mapping[str, Any]], names: Names) -> Mapping[Symbol, int]:
    """Leverage of the symbols that we know."""
    return {names[entry["symbol"]]: int(entry["leverage"]) for entry in answer if entry["symbol"] in names}


def brackets(answer: Iterable[Mapping[str, Any]], names: Names) -> Mapping[Symbol, tuple[Bracket, ...]]:
    """Leverage brackets of the symbols that we know."""
    return {
        names[entry["symbol"]]: tuple(
            Bracket(
                cap=Decimal(str(bracket["notionalCap"])),
                max_leverage=int(bracket["initialLeverage"]),
                maintenance=Decimal(str(bracket["maintMarginRatio"])),
            )
            for bracket in entry["brackets"]
        )
        for entry in answer
        if entry["symbol"] in names
    }


def order_limits(answer: Iterable[Mapping[str, Any]]) -> Mapping[int, int]:
    """How many orders the account may send, by the seconds of the window."""
    return {
        int(entry["intervalNum"]) * SECONDS[entry["interval"]]: int(entry["limit"])
        for entry in answer
        if entry["rateLimitType"] == "ORDERS" and entry["interval"] in SECONDS
    }


def fill(trade: Mapping[str, Any], *, order: ClientOrderId, symbol: Symbol, seen_at: datetime) -> FillReported:
    """One trade of an order of ours."""
    return FillReported(
        order=order,
        trade=str(trade["id"]),
        symbol=symbol,
        quantity=above_zero(trade["qty"]),
        price=above_zero(trade["price"]),
        fee=exact(trade["commission"]),
        fee_asset=str(trade["commissionAsset"]),
        realized=exact(trade["realizedPnl"]),
        at=from_ms(int(trade["time"])),
        seen_at=seen_at,
    )
