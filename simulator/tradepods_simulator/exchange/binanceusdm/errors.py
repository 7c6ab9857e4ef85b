"""The venue's refusals: its codes, its texts, its HTTP statuses."""

from collections.abc import Mapping

from aiohttp import web

from tradepods_core.book.intents import RejectCode
from tradepods_core.paper.account import Refusal

TEXTS: Mapping[int, str] = {
    -1021: "Timestamp for this request is outside of the recvWindow.",
    -1022: "Signature for this request is not valid.",
    -1102: "Mandatory parameter '{}' was not sent, was empty/null, or malformed.",
    -1111: "Precision is over the maximum defined for this asset.",
    -1116: "Invalid orderType.",
    -1117: "Invalid side.",
    -1120: "Invalid interval.",
    -1121: "Invalid symbol.",
    -1125: "This listenKey does not exist.",
    -1128: "Combination of optional parameters invalid.",
    -2011: "Unknown order sent.",
    -2013: "Order does not exist.",
    -2014: "API-key format invalid.",
    -2015: "Invalid API-key, IP, or permissions for action.",
    -2019: "Margin is insufficient.",
    -2021: "Order would immediately trigger.",
    -2022: "ReduceOnly Order is rejected.",
    -4003: "Quantity less than or equal to zero.",
    -4005: "Quantity greater than max quantity.",
    -4028: "Leverage {} is not valid",
    -4116: "ClientOrderId is duplicated.",
    -4120: "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.",
    -4164: "Order's notional must be no smaller than 5 (unless you choose reduce only).",
}
UNAUTHORIZED = (-2014, -2015)
ENGINE: Mapping[RejectCode, int] = {
    "would_trigger": -2021,
    "insufficient_margin": -2019,
    "reduce_only": -2022,
    "too_small": -4164,
    "too_large": -4005,
    "precision": -1111,
    "unknown_order": -2011,
    "duplicate_id": -4116,
}


class VenueError(Exception):
    """A refusal with the venue's code."""

    def __init__(self, code: int, *details: object) -> None:
        self.code = code
        self.text = TEXTS[code].format(*details)
        super().__init__(f"{code} {self.text}")


def refused(refusal: Refusal) -> VenueError:
    """The engine's refusal in the venue's words."""
    return VenueError(ENGINE[refusal.code])


@web.middleware
async def answer_errors(request: web.Request, handler: object) -> web.StreamResponse:
    """Turn a VenueError into the venue's answer."""
    try:
        return await handler(request)  # type: ignore[operator,no-any-return]  # aiohttp types a handler as Any
    except VenueError as error:
        status = 401 if error.code in UNAUTHORIZED else 400
        return web.json_response({"code": error.code, "msg": error.text}, status=status)
