"""Who asks: API key, signature, and whether the request is of now."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import web

from tradepods_simulator.exchange.binanceusdm.errors import VenueError
from tradepods_simulator.exchange.books import Books, Customer

KEY_HEADER = "X-MBX-APIKEY"
DEFAULT_WINDOW_MS = 5_000
WHOLE = re.compile(r"[0-9]{1,20}", re.ASCII)  # what the venue takes for a whole number
AHEAD_MS = 1_000  # a timestamp further in the future than this is refused
Params = Mapping[str, str]


def keyed(request: web.Request, books: Books) -> Customer:
    """The customer of a request that needs its key only; raises -2014 or -2015."""
    key = request.headers.get(KEY_HEADER, "")
    if not key:
        raise VenueError(-2014)
    customer = books.by_key.get(key)
    if customer is None:
        raise VenueError(-2015)
    return customer


async def signed(request: web.Request, books: Books, *, now_ms: int) -> tuple[Customer, Params]:
    """The customer and parameters of a signed request; raises -1022 for a wrong signature, -1021 for a late one.

    What is signed is the query and then the body, byte by byte, wherever in them the signature itself stands. What both
    name is as the query has it.
    """
    customer = keyed(request, books)
    parts = [request.rel_url.raw_query_string.encode("utf-8", "surrogateescape"), await request.read()]
    payload = b"".join(_unsigned(part) for part in parts)
    query, body = (_read(part) for part in parts)
    params = {**body, **query}
    signature = required(params, "signature")
    expected = hmac.new(customer.api_secret.encode(), payload, hashlib.sha256).hexdigest()
    if not payload or not hmac.compare_digest(expected.encode(), signature.lower().encode()):
        raise VenueError(-1022)
    _in_window(params, now_ms)
    return customer, params


def _read(part: bytes) -> Params:
    """Parameters by name; raises -1101 where one is named twice."""
    found = parse_qsl(part.decode("utf-8", "replace"), keep_blank_values=True)
    params = dict(found)
    if len(params) < len(found):
        raise VenueError(-1101)
    return params


def _unsigned(part: bytes) -> bytes:
    return b"&".join(one for one in part.split(b"&") if not one.startswith(b"signature="))


def _in_window(params: Params, now_ms: int) -> None:
    stamp = number(params, "timestamp")
    window = number(params, "recvWindow") if "recvWindow" in params else DEFAULT_WINDOW_MS
    if stamp > now_ms + AHEAD_MS or now_ms - stamp > window:
        raise VenueError(-1021)


def required(params: Params, name: str) -> str:
    """A parameter that must be there; raises -1102."""
    value = params.get(name, "")
    if not value:
        raise VenueError(-1102, name)
    return value


def number(params: Params, name: str) -> int:
    """A whole number that must be there; raises -1102."""
    value = required(params, name)
    if not WHOLE.fullmatch(value):
        raise VenueError(-1102, name)
    return int(value)
