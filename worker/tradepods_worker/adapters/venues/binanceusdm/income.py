"""The wallet's records: how they are asked for, and what a row says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tradepods_core.book.income import Income
from tradepods_core.book.trading import RECORDED
from tradepods_core.times import from_ms, to_ms
from tradepods_worker.adapters.venues.binanceusdm.orders import Call, exact

PAGE = 1000  # rows: the most that one answer has


def records(since: datetime | None) -> Call:
    """All kinds: the first from a moment on, that moment's own among them; without one those of the last seven days."""
    wanted = {} if since is None else {"startTime": to_ms(since)}
    return Call(method="fapiPrivateGetIncome", params={**wanted, "limit": PAGE}, weight=30)


def income(row: Mapping[str, Any]) -> Income:
    """One row; a transaction's number is the venue's own within the kind, and one of trades has a row a symbol."""
    kind, asset = str(row["incomeType"]), str(row["asset"])
    return Income(
        key=f"{RECORDED}{kind}/{asset}/{row['tranId']}/{row.get('symbol') or ''}",
        kind=kind,
        asset=asset,
        amount=exact(row["income"]),
        at=from_ms(int(row["time"])),
    )
