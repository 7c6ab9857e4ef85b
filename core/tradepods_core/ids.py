"""Ids that mean the same on every machine and in every run: accounts, cycles, signals, client orders."""

import base64
import hashlib
import re
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from tradepods_core.times import Timeframe, written

LOCAL_FLEET = uuid5(NAMESPACE_URL, "tradepods:local")
DEFAULT_NAMESPACE = "default"
ClientOrderId = str
OURS = re.compile(r"^tp[a-z2-7]{26}$")


def account_key(*, fleet: UUID, namespace: str, name: str) -> UUID:
    """The account's key in ledgers, logs and client order ids; the same after the resource is re-created."""
    return uuid5(fleet, f"{namespace}/{name}")


def cycle_id(timeframe: Timeframe, close: datetime) -> str:
    """`5m@2026-11-20T12:05:00Z`: recomputing a cycle gives the same id."""
    return f"{timeframe}@{written(close)}"


def signal_id(*, cycle: str, namespace: str, strategy: str, symbol: str, side: str) -> str:
    """`{cycle}/{namespace}.{strategy}/{symbol}/{side}`: one strategy says one thing about a side in a cycle."""
    return f"{cycle}/{namespace}.{strategy}/{symbol}/{side}"


def client_order_id(*, account: UUID, position: int, purpose: str, step: int, revision: int) -> ClientOrderId:
    """`tp` and 26 base-32 characters: letters and digits, 28 in all, valid on every venue.

    No venue id and no wall time enters it, so a live run and a backtest agree.
    """
    text = f"{account}/{position}/{purpose}/{step}/{revision}"
    digest = hashlib.sha256(text.encode()).digest()
    return "tp" + base64.b32encode(digest[:20]).decode().lower()[:26]  # whole groups of five bytes


def is_ours(identifier: str) -> bool:
    """Whether an order id has our pattern; it may still be another ledger's."""
    return OURS.match(identifier) is not None
