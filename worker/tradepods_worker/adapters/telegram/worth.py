"""What of an account is bound, and what is left of it: the numbers of /balance, which questions go by too."""

from decimal import Decimal

from tradepods_core.book.accounting import equity
from tradepods_core.book.values import Position
from tradepods_core.money import ZERO
from tradepods_worker.ports.commands import View


def margin(view: View) -> Decimal:
    """The margin of what is open, quote, at the present marks and by the venue's leverage, else the setting's."""
    return sum((view.mark(p) * p.quantity / _leverage(view, p) for p in view.held()), ZERO)


def free(view: View) -> Decimal:
    """What is left for entries, quote."""
    return equity(view.book, view.marks) - margin(view)


def _leverage(view: View, position: Position) -> int:
    return view.leverage.get(position.leg.symbol, view.settings.leverage)
