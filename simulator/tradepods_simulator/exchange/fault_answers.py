"""What faults answer in the venue's place."""

import json

from aiohttp import web

TOO_MANY = -1003
TEAPOT = 418  # the venue's word for a ban


def said(*, status: int, code: int, text: str, retry_after: int) -> web.Response:
    """An error of the venue's; without a code a page that is no JSON, or, at 200, nothing."""
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    if code:
        body, kind = json.dumps({"code": code, "msg": text or "as the test asked"}), "application/json"
    else:
        body, kind = "" if status == web.HTTPOk.status_code else "<html>Bad Gateway</html>", "text/html"
    return web.Response(text=body, status=status, headers=headers, content_type=kind)


def banned(address: str, *, until_ms: int, now_ms: int) -> web.Response:
    """What an address hears while it is banned."""
    text = f"Way too many requests; IP({address}) banned until {until_ms}. "
    more = "Please use the websocket for live updates to avoid bans."
    seconds = max(-(-(until_ms - now_ms) // 1_000), 1)
    return said(status=TEAPOT, code=TOO_MANY, text=text + more, retry_after=seconds)


def closed_for(text: str) -> web.Response:
    """What everyone hears during maintenance."""
    page = f"<html>{text or 'Service Unavailable: system maintenance'}</html>"
    return web.Response(text=page, status=web.HTTPServiceUnavailable.status_code, content_type="text/html")
