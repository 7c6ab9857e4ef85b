"""Request weight by address, orders by key: what the venue counts, when it says 429, and when it bans with 418."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MINUTE_MS, TEN_SECONDS_MS = 60_000, 10_000
MOST_WEIGHT = 2_400  # a minute and address
MOST_ORDERS: Mapping[int, int] = {TEN_SECONDS_MS: 300, MINUTE_MS: 1_200}  # a key
PATIENCE = 20  # requests after the first 429 of a minute, before the address is banned
FIRST_BAN_MS = 120_000
ALL_SYMBOLS: Mapping[str, int] = {
    "GET /fapi/v1/openOrders": 40,
    "GET /fapi/v1/openAlgoOrders": 40,
    "GET /fapi/v1/ticker/24hr": 40,
    "GET /fapi/v1/premiumIndex": 10,
    "GET /fapi/v1/ticker/bookTicker": 5,
    "GET /fapi/v1/ticker/price": 2,
    "GET /fapi/v2/ticker/price": 2,
}
WEIGHTS: Mapping[str, int] = {
    "POST /fapi/v1/order": 0,
    "POST /fapi/v1/algoOrder": 0,
    "GET /fapi/v2/account": 5,
    "GET /fapi/v3/account": 5,
    "GET /fapi/v2/balance": 5,
    "GET /fapi/v3/balance": 5,
    "GET /fapi/v2/positionRisk": 5,
    "GET /fapi/v3/positionRisk": 5,
    "GET /fapi/v1/accountConfig": 5,
    "GET /fapi/v1/symbolConfig": 5,
    "GET /fapi/v1/userTrades": 5,
    "GET /fapi/v1/allOrders": 5,
    "GET /fapi/v1/allAlgoOrders": 5,
    "GET /fapi/v1/commissionRate": 20,
    "GET /fapi/v1/positionSide/dual": 30,
    "GET /fapi/v1/multiAssetsMargin": 30,
    "GET /fapi/v1/income": 30,
    "GET /fapi/v1/aggTrades": 20,
    "GET /fapi/v1/trades": 5,
    "GET /fapi/v1/ticker/bookTicker": 2,
}
LIMIT = re.compile(r"[0-9]{1,20}", re.ASCII)
BY_LIMIT: Mapping[str, tuple[tuple[int, int], ...]] = {  # below so many: so much
    "GET /fapi/v1/klines": ((100, 1), (500, 2), (1_001, 5), (10**20, 10)),
    "GET /fapi/v1/depth": ((51, 2), (101, 5), (501, 10), (10**20, 20)),
}


def weight_of(name: str, query: Mapping[str, str]) -> int:
    """What a request weighs; `name` as `GET /fapi/v1/klines`."""
    if name in BY_LIMIT:
        asked = query.get("limit", "500")
        limit = int(asked) if LIMIT.fullmatch(asked) else 0
        return next(weight for below, weight in BY_LIMIT[name] if limit < below)
    if name in ALL_SYMBOLS and "symbol" not in query:
        return ALL_SYMBOLS[name]
    return WEIGHTS.get(name, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """The venue does not look at the request."""

    status: int
    code: int
    text: str
    retry_after: int


@dataclass(slots=True)
class _Address:
    minute: int = -1
    weight: int = 0
    refused: int = 0
    banned_until: int = 0
    bans: int = 0


class Limits:
    """Counts by the clock that it is given."""

    def __init__(self, *, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._addresses: dict[str, _Address] = {}
        self._orders: dict[tuple[str, int], tuple[int, int]] = {}

    def ask(self, address: str, *, weight: int) -> Limited | None:
        """Count a request; why it is refused, None where it is not."""
        now, found = self._now_ms(), self._addresses.setdefault(address, _Address())
        if now < found.banned_until:
            return self._banned(address, found, now)
        if found.minute != now // MINUTE_MS:
            found.minute, found.weight, found.refused = now // MINUTE_MS, 0, 0
        found.weight += weight
        if found.weight <= MOST_WEIGHT:
            return None
        found.refused += 1
        if found.refused > PATIENCE:
            found.banned_until, found.bans = now + FIRST_BAN_MS * 2**found.bans, found.bans + 1
            return self._banned(address, found, now)
        text = (
            f"Too many requests; current limit of IP({address}) is {MOST_WEIGHT} requests per minute. "
            "Please use the websocket for live updates to avoid polling the API."
        )
        return Limited(status=429, code=-1003, text=text, retry_after=_seconds(MINUTE_MS - now % MINUTE_MS))

    def used(self, address: str) -> int:
        """Weight used in this minute."""
        return self._addresses[address].weight if address in self._addresses else 0

    def order(self, key: str) -> Limited | None:
        """Count an order of a key; why it is refused, None where it is not."""
        now = self._now_ms()
        for span, most in MOST_ORDERS.items():
            begun, count = self._orders.get((key, span), (-1, 0))
            count = count + 1 if begun == now // span else 1
            self._orders[key, span] = now // span, count
            if count > most:
                text = f"Too many new orders; current limit is {most} orders per {span // 1000} SECOND."
                return Limited(status=400, code=-1015, text=text, retry_after=0)
        return None

    def orders(self, key: str) -> Mapping[int, int]:
        """Orders of a key in the present ten seconds, and in the present minute."""
        now = self._now_ms()
        counts = {span: self._orders.get((key, span), (-1, 0)) for span in MOST_ORDERS}
        return {span: count if begun == now // span else 0 for span, (begun, count) in counts.items()}

    def _banned(self, address: str, found: _Address, now: int) -> Limited:
        text = (
            f"Way too many requests; IP({address}) banned until {found.banned_until}. "
            "Please use the websocket for live updates to avoid bans."
        )
        return Limited(status=418, code=-1003, text=text, retry_after=_seconds(found.banned_until - now))


def _seconds(milliseconds: int) -> int:
    return -(-milliseconds // 1_000)
