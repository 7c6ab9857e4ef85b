"""Orders that the venue has taken and does not find yet: as on the venue, reading may lag behind accepting."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from aiohttp import web

IDS = ("orderId", "clientOrderId", "algoId", "clientAlgoId", "origClientOrderId", "newClientOrderId")
LOOK_UPS = ("/fapi/v1/order", "/fapi/v1/openOrder", "/fapi/v1/algoOrder")
LISTS = ("/fapi/v1/openOrders", "/fapi/v1/allOrders", "/fapi/v1/openAlgoOrders", "/fapi/v1/allAlgoOrders")
NOT_FOUND = {"code": -2013, "msg": "Order does not exist."}


class HiddenOrders:
    """The orders of all customers that are not found until some moment."""

    def __init__(self, *, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._until: dict[tuple[str, str], int] = {}  # by customer and id

    def hide(self, answer: web.Response, *, customer: str, seconds: float) -> bool:
        """Hide what an answer says was accepted; whether it says so."""
        found = list(_ids(_content(answer))) if answer.status == web.HTTPOk.status_code else []
        until_ms = self._now_ms() + round(seconds * 1_000)
        self._until |= dict.fromkeys(((customer, identifier) for identifier in found), until_ms)
        return bool(found)

    def clear(self) -> None:
        """Everything is found again."""
        self._until.clear()

    def looked_up(self, request: web.Request, *, customer: str) -> web.Response | None:
        """The answer to a look-up of a hidden order; None for any other request."""
        if not self._until or request.method != "GET" or request.path not in LOOK_UPS:
            return None
        asked = [request.query[name] for name in IDS if name in request.query]
        return web.json_response(NOT_FOUND, status=400) if any(self._hidden(customer, one) for one in asked) else None

    def listed(self, request: web.Request, answer: web.StreamResponse, *, customer: str) -> None:
        """Take hidden orders out of a list."""
        if not self._until or request.path not in LISTS or not isinstance(answer, web.Response):
            return
        content = _content(answer)
        if isinstance(content, list):
            shown = [one for one in content if not any(self._hidden(customer, found) for found in _ids(one))]
            answer.text = json.dumps(shown)

    def _hidden(self, customer: str, identifier: str) -> bool:
        return self._until.get((customer, identifier), 0) > self._now_ms()


def _content(answer: web.Response) -> Any:
    try:
        return json.loads(answer.text or "null")
    except ValueError:
        return None


def _ids(content: Any) -> Iterator[str]:
    """Every order id in an answer: one order, or a list of them."""
    for one in content if isinstance(content, list) else [content]:
        if isinstance(one, dict):
            yield from (str(one[name]) for name in IDS if one.get(name))
