"""Tokens of our own: who, in which role, until when, sealed by an HMAC over `kid|role|namespace|name|expiry`.

The key's name stands in the token, so that a second key can be accepted while the first is being replaced.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import get_args

from tradepods_core.times import Now, from_ms, to_ms
from tradepods_signals.ports.callers import Caller, Gate, Refused, Role

LONGEST = 8_192  # characters of a token that is looked at: a projected one has about 1,200
SHORTEST_KEY = 32  # characters
MOST_KEYS = 2
ROLES: tuple[Role, ...] = get_args(Role)
INVALID = "the token is not one of ours"
Keys = Callable[[], Mapping[str, bytes]]


def issue(caller: Caller, *, key_id: str, key: bytes, expires: datetime) -> str:
    """A token for a caller, in the letters that a header may hold."""
    fields = (key_id, caller.role, caller.namespace, caller.name, str(to_ms(expires) // 1_000))
    if any("|" in field for field in fields):
        raise ValueError("no part of a token may hold a |")
    payload = "|".join(fields).encode()
    return f"{_letters(payload)}.{_letters(_seal(payload, key))}"


class HmacTokens:
    """Knows tokens that `issue` made with one of these keys, which are asked for anew each time."""

    def __init__(self, *, keys: Keys, now: Now) -> None:
        self._keys, self._now = keys, now

    def caller(self, token: str) -> Caller:
        """Whose it is; raises Refused. Nothing in it is believed before its seal is."""
        payload, seal = _opened(token)
        key = self._keys().get(payload.partition(b"|")[0].decode("utf-8", "replace"))
        if not hmac.compare_digest(_seal(payload, key or b"no such key"), seal) or key is None:
            raise Refused(INVALID)
        _, role, namespace, name, expiry = payload.decode().split("|")
        if self._now() >= from_ms(int(expiry) * 1_000):
            raise Refused("the token has expired")
        return Caller(role=_role(role), namespace=namespace, name=name)


class Tokens:
    """Our own tokens, and a cluster's, whichever are known here."""

    def __init__(self, *, own: Gate | None, cluster: Gate | None) -> None:
        self._own, self._cluster = own, cluster

    def caller(self, token: str) -> Caller:
        """Whose it is; raises Refused."""
        gate = {1: self._own, 2: self._cluster}.get(token.count("."))
        if gate is None or len(token) > LONGEST or not token.isascii():
            raise Refused(INVALID)
        return gate.caller(token)


def _role(text: str) -> Role:
    for role in ROLES:
        if role == text:
            return role
    raise Refused(INVALID)


def _opened(token: str) -> tuple[bytes, bytes]:
    try:
        payload, seal = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
    except (ValueError, binascii.Error):
        raise Refused(INVALID) from None
    return payload, seal


def _seal(payload: bytes, key: bytes) -> bytes:
    return hmac.digest(key, payload, hashlib.sha256)


def _letters(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
