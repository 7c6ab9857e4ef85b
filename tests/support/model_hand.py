"""The venue behind a bad network, with a person who trades the same account by hand."""

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from support.build import BTC, NOON, WALL
from support.model_venue import MARKETS, ModelVenue
from tradepods_core.book.events import AccountView
from tradepods_core.book.outside import ForeignSeen, ForeignTrade, Past
from tradepods_core.paper import engine
from tradepods_core.paper.account import Happening, Paid, PaperOrder, Refusal, Step, Traded
from tradepods_core.paper.quotes import Moment
from tradepods_worker.ports import Wanted

HAND = "web_"


class HandVenue(ModelVenue):
    """A model venue on which somebody else trades too."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(chance)
        self.by_hand: list[ForeignTrade] = []

    def trade_by_hand(self, signed: Decimal) -> None:
        """Buy at market, or sell below zero; what the venue refuses, as an order of nothing, is left."""
        order = PaperOrder(
            id=f"{HAND}{len(self.by_hand)}",
            symbol=BTC,
            buys=signed > 0,
            kind="market",
            quantity=abs(signed),
            at=NOON,
        )
        step = engine.place(self.paper, order, moment=Moment(prices={BTC: self.price}, markets=MARKETS, at=NOON))
        if not isinstance(step, Refusal):
            self._took(step)

    def _took(self, step: Step) -> None:
        theirs = [happening for happening in step.happened if _by_hand(happening)]
        self.by_hand += [_foreign(trade) for trade in theirs if isinstance(trade, Traded)]
        self.record(theirs)
        super()._took(replace(step, happened=tuple(one for one in step.happened if one not in theirs)))
        if theirs:
            self._tell(ForeignSeen(symbol=BTC, seen_at=WALL))

    async def _view(self, wanted: Sequence[Wanted], past: Sequence[str]) -> AccountView:
        view = await super()._view(wanted, past)
        found = Past(trades=tuple(self.by_hand), mark=self.price, at=NOON)
        return replace(view, pasts=dict.fromkeys(past, found))


def _by_hand(happening: Happening) -> bool:
    return not isinstance(happening, Paid) and happening.order.id.startswith(HAND)


def _foreign(trade: Traded) -> ForeignTrade:
    return ForeignTrade(
        trade=str(trade.trade),
        buys=trade.order.buys,
        quantity=trade.quantity,
        price=trade.price,
        fee=trade.fee,
        realized=trade.realized,
        cause="by_hand",
        at=trade.at,
    )
