"""How much depends on an intent: by this the venue's limits are shared out."""

from collections.abc import Mapping

from tradepods_core.book.intents import (
    CancelOrder,
    Intent,
    PlaceOrder,
    PrepareSymbol,
    Purpose,
    SetMarginMode,
    SetPositionMode,
)
from tradepods_worker.adapters.venues.budget import Kind

KINDS: Mapping[Purpose, Kind] = {
    "close": Kind.CLOSE,
    "reduce": Kind.CLOSE,
    "stop": Kind.STOP,
    "take_profit": Kind.TAKE_PROFIT,
    "enter": Kind.ENTRY,
    "add": Kind.ENTRY,
}


def kind_of(intent: Intent) -> Kind:
    """How much depends on it."""
    match intent:
        case PlaceOrder():
            return KINDS[intent.purpose]
        case CancelOrder():
            return Kind.CANCEL
        case PrepareSymbol() | SetMarginMode() | SetPositionMode():
            return Kind.ENTRY
