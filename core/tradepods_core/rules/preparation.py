"""Each symbol's leverage, set at the venue before any signal needs it, and only where it differs."""

from collections.abc import Iterator

from tradepods_core.book.events import AccountRead
from tradepods_core.book.facts import Fact
from tradepods_core.book.intents import PrepareSymbol
from tradepods_core.market import Market
from tradepods_core.rules.snapshot import Snapshot
from tradepods_core.times import to_ms


def prepare(snapshot: Snapshot) -> Iterator[Fact]:
    """After a reading of the account: one intent for each flat symbol whose leverage is not the setting's."""
    if not isinstance(snapshot.event, AccountRead):
        return
    for symbol, market in snapshot.markets.items():
        wanted = market.leverage(snapshot.settings.leverage)
        if _may_trade(snapshot, market) and snapshot.venue.leverage.get(symbol, wanted) != wanted:
            identifier = f"prepare/{symbol}/{wanted}/{to_ms(snapshot.wall)}"
            yield PrepareSymbol(id=identifier, symbol=symbol, leverage=wanted)


def _may_trade(snapshot: Snapshot, market: Market) -> bool:
    """Whether the account may enter the symbol, and holds nothing on it: leverage belongs to new positions."""
    symbols = snapshot.settings.symbols
    allowed = market.symbol not in symbols.deny and (not symbols.allow or market.symbol in symbols.allow)
    held = any(leg.symbol == market.symbol for leg in snapshot.book.positions)
    return market.trading and allowed and not held and market.symbol not in snapshot.book.doubts
