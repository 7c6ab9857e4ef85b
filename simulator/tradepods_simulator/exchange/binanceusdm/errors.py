"""The venue's refusals: its codes, its texts, its HTTP statuses."""

from collections.abc import Mapping

from aiohttp import web

from tradepods_core.paper.refusals import Refusal, Why

TEXTS: Mapping[int, str] = {
    -1007: "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
    -1015: "Too many new orders; current limit is {} orders per {}.",
    -1021: "Timestamp for this request is outside of the recvWindow.",
    -1022: "Signature for this request is not valid.",
    -1023: "Start time is greater than end time.",
    -1101: "Duplicate values for a parameter detected.",
    -1102: "Mandatory parameter '{}' was not sent, was empty/null, or malformed.",
    -1106: "Parameter '{}' sent when not required.",
    -1111: "Precision is over the maximum defined for this asset.",
    -1115: "Invalid timeInForce.",
    -1116: "Invalid orderType.",
    -1117: "Invalid side.",
    -1120: "Invalid interval.",
    -1121: "Invalid symbol.",
    -1125: "This listenKey does not exist.",
    -1128: "Combination of optional parameters invalid.",
    -1130: "Data sent for parameter '{}' is not valid.",
    -2011: "Unknown order sent.",
    -2013: "Order does not exist.",
    -2014: "API-key format invalid.",
    -2015: "Invalid API-key, IP, or permissions for action.",
    -2019: "Margin is insufficient.",
    -2021: "Order would immediately trigger.",
    -2022: "ReduceOnly Order is rejected.",
    -2025: "Reach max open order limit.",
    -2027: "Exceeded the maximum allowable position at current leverage.",
    -2028: "Leverage is smaller than permitted: insufficient margin balance.",
    -4002: "Price greater than max price.",
    -4003: "Quantity less than or equal to zero.",
    -4004: "Quantity less than min quantity.",
    -4005: "Quantity greater than max quantity.",
    -4007: "Stop price greater than max price.",
    -4014: "Price not increased by tick size.",
    -4015: "Client order id length should not be more than 36 chars",
    -4016: "Limit price can't be higher than {}.",
    -4021: "{} is not valid depth limit",
    -4024: "Limit price can't be lower than {}.",
    -4028: "Leverage {} is not valid",
    -4031: "Invalid parameter working type: {}",
    -4045: "Reach max stop order limit.",
    -4046: "No need to change margin type.",
    -4047: "Margin type cannot be changed if there exists open orders.",
    -4048: "Margin type cannot be changed if there exists position.",
    -4049: "Add margin only support for isolated position.",
    -4050: "Cross balance insufficient.",
    -4051: "Isolated balance insufficient.",
    -4054: "Cannot add position margin: position is 0.",
    -4055: "Amount must be positive.",
    -4059: "No need to change position side.",
    -4060: "Invalid position side.",
    -4061: "Order's position side does not match user's setting.",
    -4062: "Invalid or improper reduceOnly value.",
    -4067: "Position side cannot be changed if there exists open orders.",
    -4068: "Position side cannot be changed if there exists position.",
    -4116: "ClientOrderId is duplicated.",
    -4120: "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.",
    -4130: "An open stop or take profit order with GTE and closePosition in the direction is existing.",
    -4131: "The counterparty's best price does not meet the PERCENT_PRICE filter limit",
    -4135: "Invalid activation price",
    -4136: "Invalid combination of closePosition and order type: {}",
    -4137: "Quantity must be zero with closePosition equals true",
    -4140: "Invalid symbol status for opening position",
    -4141: "Symbol is closed.",
    -4161: "Leverage reduction is not supported in Isolated Margin Mode with open positions",
    -4164: "Order's notional must be no smaller than {} (unless you choose reduce only).",
    -4165: "Invalid time interval. Maximum time interval is {} days",
    -4167: "Unable to adjust to Multi-Assets mode with symbols of USDⓈ-M Futures under isolated-margin mode.",
    -4168: "Unable to adjust to isolated-margin mode under the Multi-Assets mode.",
    -4169: "Unable to adjust Multi-Assets Mode with insufficient margin balance in USDⓈ-M Futures.",
    -4170: "Unable to adjust Multi-Assets Mode with open orders in USDⓈ-M Futures.",
    -4171: "Adjusted asset mode is currently set and does not need to be adjusted repeatedly.",
    -5000: "Path {}, Method {} is invalid",
    -5021: "Due to the order could not be filled immediately, the FOK order has been rejected.",
    -5022: "Due to the order could not be executed as maker, the Post Only order will be rejected.",
}
STATUSES: Mapping[int, int] = {-2014: 401, -2015: 401, -1007: 408, -5000: 404}
OWN = ("/fapi/", "/sapi/")  # paths of the venue, not of this program
ENGINE: Mapping[Why, int] = {
    "tick": -4014,
    "decimals": -1111,
    "step": -1111,
    "no_quantity": -4003,
    "min_quantity": -4004,
    "max_quantity": -4005,
    "min_notional": -4164,
    "price_above": -4016,
    "price_below": -4024,
    "market_band": -4131,
    "would_trigger": -2021,
    "activation": -4135,
    "would_take": -5022,
    "unfillable": -5021,
    "margin": -2019,
    "position_limit": -2027,
    "reduce_only": -2022,
    "position_side": -4061,
    "too_many_orders": -2025,
    "too_many_conditionals": -4045,
    "closes_already": -4130,
    "duplicate_id": -4116,
    "unknown_order": -2011,
    "close_only": -4140,
    "leverage": -4028,
    "leverage_margin": -2028,
    "isolated_leverage": -4161,
    "margin_type_same": -4046,
    "margin_type_orders": -4047,
    "margin_type_position": -4048,
    "margin_type_multi": -4168,
    "mode_same": -4059,
    "mode_orders": -4067,
    "mode_position": -4068,
    "multi_isolated": -4167,
    "multi_orders": -4170,
    "multi_margin": -4169,
    "multi_same": -4171,
    "cross_margin": -4050,
    "isolated_balance": -4051,
    "no_position": -4054,
    "isolated_margin": -4049,
}


class VenueError(Exception):
    """A refusal with the venue's code."""

    def __init__(self, code: int, *details: object) -> None:
        self.code = code
        self.text = TEXTS[code].format(*details)
        super().__init__(f"{code} {self.text}")


def refused(refusal: Refusal) -> VenueError:
    """The engine's refusal in the venue's words."""
    return VenueError(ENGINE[refusal.why], refusal.value)


@web.middleware
async def answer_errors(request: web.Request, handler: object) -> web.StreamResponse:
    """Turn a VenueError into the venue's answer, and so a path or method of the venue's that it hasn't."""
    try:
        return await handler(request)  # type: ignore[operator,no-any-return]  # aiohttp types a handler as Any
    except VenueError as error:
        return _answer(error)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        if not request.path.startswith(OWN):
            raise
        return _answer(VenueError(-5000, request.path, request.method))


def _answer(error: VenueError) -> web.Response:
    return web.json_response({"code": error.code, "msg": error.text}, status=STATUSES.get(error.code, 400))
