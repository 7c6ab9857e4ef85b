"""How the account is set at the venue: position mode, margin modes, leverage. Only what differs is set."""

from collections.abc import Iterator, Mapping

from tradepods_core.book.events import AccountRead, AccountView
from tradepods_core.book.facts import Fact
from tradepods_core.book.intents import Preparation, PrepareSymbol, SetMarginMode, SetPositionMode
from tradepods_core.book.values import Book
from tradepods_core.market import Market
from tradepods_core.rules.snapshot import Snapshot, VenueState
from tradepods_core.settings.account import AccountSpec
from tradepods_core.shapes import Symbol
from tradepods_core.times import to_ms


def prepare(snapshot: Snapshot) -> Iterator[Fact]:
    """After a reading of the account: one intent for each difference that the venue lets us change now.

    A book that is only guarded needs none: nothing is opened in it.
    """
    if not isinstance(snapshot.event, AccountRead) or snapshot.settings.dry_run != snapshot.paper:
        return
    view = snapshot.event.view
    for intent in differences(
        settings=snapshot.settings,
        venue=snapshot.venue,
        book=snapshot.book,
        markets=snapshot.markets,
        stamp=str(to_ms(snapshot.wall)),
    ):
        if not _in_the_way(intent, view):
            yield intent


def differences(
    *, settings: AccountSpec, venue: VenueState, book: Book, markets: Mapping[Symbol, Market], stamp: str = ""
) -> Iterator[Preparation]:
    """What is set otherwise than the settings say, where nothing of ours stands in the way; `stamp` tells ids apart."""
    if venue.one_way == settings.hedge_mode and not book.positions and not book.orders:
        yield SetPositionMode(id=f"mode/{settings.hedge_mode}/{stamp}", hedge=settings.hedge_mode)
    ordered = {order.intent.leg.symbol for order in book.orders.values()}
    for symbol, market in markets.items():
        if not _may_trade(settings, book, market):
            continue
        mode = settings.margin_mode
        if symbol not in ordered and venue.margin_modes.get(symbol, mode) != mode:
            yield SetMarginMode(id=f"margin/{symbol}/{mode}/{stamp}", symbol=symbol, mode=mode)
        wanted = market.leverage(settings.leverage)
        if venue.leverage.get(symbol, wanted) != wanted:
            yield PrepareSymbol(id=f"prepare/{symbol}/{wanted}/{stamp}", symbol=symbol, leverage=wanted)


def not_applied(*, settings: AccountSpec, venue: VenueState) -> tuple[str, ...]:
    """What the venue is still set to otherwise, and what that waits for: one sentence a setting."""
    found = []
    if venue.one_way == settings.hedge_mode:
        wanted = str(settings.hedge_mode).lower()
        found.append(f"hedgeMode: {wanted} waits until the account is flat: {REFUSES}")
    mode = settings.margin_mode
    symbols = [s for s, known in sorted(venue.margin_modes.items()) if known != mode and settings.symbols.lets(s)]
    if symbols:
        others = f" and {len(symbols) - NAMED} more" if len(symbols) > NAMED else ""
        found.append(f"marginMode: {mode} waits until {', '.join(symbols[:NAMED])}{others} is flat: {REFUSES}")
    return tuple(found)


REFUSES = "the exchange refuses it while positions or orders exist"
NAMED = 3  # symbols that a sentence names


def _in_the_way(intent: Preparation, view: AccountView) -> bool:
    """Whether the venue would refuse it for a position or an order, a foreign one included."""
    taken = {position.symbol for position in view.positions} | {o.symbol for o in view.orders if not o.ended}
    match intent:
        case SetPositionMode():
            return bool(taken)
        case SetMarginMode():
            return intent.symbol in taken
        case PrepareSymbol():
            return False


def _may_trade(settings: AccountSpec, book: Book, market: Market) -> bool:
    """Whether the account may enter the symbol, and holds nothing on it: all of this belongs to new positions."""
    held = any(leg.symbol == market.symbol for leg in book.positions)
    return market.trading and settings.symbols.lets(market.symbol) and not held and market.symbol not in book.doubts
