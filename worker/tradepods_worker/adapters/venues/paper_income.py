"""What came and went in a dry run, as a venue has it on record."""

from collections.abc import Iterator
from datetime import datetime

from tradepods_core.book.accounting import SETTLE
from tradepods_core.book.income import Income
from tradepods_core.book.trading import RECORDED
from tradepods_core.paper.account import Paid, Traded
from tradepods_worker.adapters.venues.paper_books import PaperBooks


def income_of(books: PaperBooks, *, since: datetime | None) -> tuple[Income, ...]:
    """From that moment on, oldest first."""
    rows = [*(row for trade in books.trades for row in of_trade(trade)), *(of_payment(paid) for paid in books.paid)]
    return tuple(sorted((row for row in rows if since is None or row.at >= since), key=lambda row: row.at))


def of_trade(trade: Traded) -> Iterator[Income]:
    """Profit and fee; nothing of what was nothing."""
    amounts = (("REALIZED_PNL", trade.realized, SETTLE), ("COMMISSION", -trade.fee, trade.fee_asset))
    for kind, amount, asset in amounts:
        if amount:
            key = f"{RECORDED}{kind}/{asset}/{trade.trade}"
            yield Income(key=key, kind=kind, asset=asset, amount=amount, at=trade.at)


def of_payment(paid: Paid) -> Income:
    """There is no balance twice at one moment."""
    key = f"{RECORDED}{paid.kind}/{SETTLE}/{paid.at.isoformat()}/{paid.wallet}"
    return Income(key=key, kind=paid.kind, asset=SETTLE, amount=paid.amount, at=paid.at)
