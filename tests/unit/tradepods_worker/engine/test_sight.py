"""How the account is set at the venue: by the last reading, and by what was set after it began."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from support.account import Account
from support.build import BTC, ETH, NOON, WALL, later, market, settings
from tradepods_core.book.book import apply
from tradepods_core.book.events import AccountRead, AccountView, IntentSettled, MarketRead, MarksMoved
from tradepods_core.book.intents import (
    Accepted,
    Outcome,
    Preparation,
    PrepareSymbol,
    Rejected,
    SetMarginMode,
    SetPositionMode,
)
from tradepods_core.book.values import Book, Position
from tradepods_core.money import ZERO
from tradepods_core.rules.snapshot import VenueState
from tradepods_core.settings.overrides import in_force
from tradepods_core.settings.parts import MarginMode
from tradepods_worker.engine.sight import Sight

CROSS, ISOLATED = MarginMode.CROSS, MarginMode.ISOLATED
OLD = VenueState(leverage={BTC: 20, ETH: 20}, margin_modes={BTC: CROSS, ETH: CROSS})
SET: list[tuple[Preparation, VenueState]] = [
    (
        PrepareSymbol(id="x", symbol=BTC, leverage=5),
        VenueState(leverage={BTC: 5, ETH: 20}, margin_modes=OLD.margin_modes),
    ),
    (
        SetMarginMode(id="x", symbol=BTC, mode=ISOLATED),
        VenueState(leverage=OLD.leverage, margin_modes={BTC: ISOLATED, ETH: CROSS}),
    ),
    (
        SetPositionMode(id="x", hedge=True),
        VenueState(leverage=OLD.leverage, margin_modes=OLD.margin_modes, one_way=False),
    ),
]


def _read(sight: Sight, *, begun_at: datetime) -> None:
    """A reading that shows the account as it was first."""
    view = AccountView(wallet=ZERO, leverage=OLD.leverage, margin_modes=OLD.margin_modes)
    sight.look(AccountRead(view=view, begun_at=begun_at, seen_at=later(9)), Book())


def _settled(sight: Sight, intent: Preparation, outcome: Outcome) -> None:
    book = apply(Book(), [intent])
    sight.look(IntentSettled(id=intent.id, outcome=outcome, seen_at=later(1)), book)


@pytest.mark.parametrize(("intent", "expected"), SET)
def test_what_the_venue_has_set_is_known_before_the_next_reading(intent: Preparation, expected: VenueState) -> None:
    """A refusal changes nothing."""
    sight, refused = Sight(in_force(settings(), ())), Sight(in_force(settings(), ()))
    for one in (sight, refused):
        _read(one, begun_at=WALL)
    _settled(sight, intent, Accepted())
    _settled(refused, intent, Rejected(code="other"))

    assert (sight.venue, refused.venue) == (expected, OLD)


@pytest.mark.parametrize(("intent", "expected"), SET)
@pytest.mark.parametrize(("begun", "newer"), [(0, False), (2, True)])
def test_a_reading_that_began_before_something_was_set_does_not_bring_the_old_back(
    intent: Preparation, expected: VenueState, begun: float, newer: bool
) -> None:
    """A newer one says how it is, whoever has changed it since."""
    sight = Sight(in_force(settings(), ()))
    _read(sight, begun_at=WALL)
    _settled(sight, intent, Accepted())
    _read(sight, begun_at=later(begun))

    assert sight.venue == (OLD if newer else expected)


@pytest.mark.parametrize(("alerts", "best"), [(False, "104"), (True, "98")])
def test_what_a_price_was_while_nothing_rested_moves_no_stop(alerts: bool, best: str) -> None:
    """A trailing stop that begins to rest follows the price from there: it is not hit by the past."""
    account, sight = Account(), Sight(in_force(settings(), ()))
    account.opened()
    position = replace(account.position(), alerts=alerts)
    book = replace(account.book, positions={position.leg: position})
    for price in ("104", "98"):
        sight.look(MarksMoved(at=NOON, marks={BTC: Decimal(price)}), book)

    assert sight.best[position.number].mark == Decimal(best)


def test_the_best_price_counts_anew_from_an_add_and_from_another_setting() -> None:
    """And is the best since then, in the position's favour."""
    account, sight = Account(), Sight(in_force(settings(), ()))
    account.opened(side="short")
    position = account.position(side="short")
    added = replace(position, average=position.average + 1)
    trailing = in_force(settings(trailing={"activatePct": 2, "callbackPct": 1}), ())

    def seen(price: str, known: Position) -> Decimal:
        book = replace(account.book, positions={known.leg: known})
        sight.look(MarksMoved(at=NOON, marks={BTC: Decimal(price)}), book)
        return sight.best[known.number].mark

    assert [seen(price, position) for price in ("96", "98")] == [Decimal(96), Decimal(96)]
    assert [seen(price, added) for price in ("99", "97", "98")] == [Decimal(99), Decimal(97), Decimal(97)]
    sight.terms = trailing
    assert [seen(price, added) for price in ("98", "99")] == [Decimal(98), Decimal(98)]


def test_steps_that_the_venue_has_named_itself_stay_until_who_tells_of_markets_knows_others() -> None:
    """Else the next round of yesterday's ticks would move every stop back to them."""
    sight = Sight(in_force(settings(), ()))
    old, new, next_one = (market(tick=Decimal(tick)) for tick in ("0.1", "0.5", "0.2"))
    sight.learn({BTC: old})
    sight.look(MarketRead(market=new.model_copy(update={"brackets": ()})), Book())
    assert sight.markets == {BTC: new}

    sight.learn({BTC: old.model_copy(update={"trading": False})})
    assert sight.markets == {BTC: new.model_copy(update={"trading": False})}
    sight.look(MarketRead(market=next_one), Book())
    sight.learn({BTC: old})
    assert sight.markets == {BTC: next_one}
    for told in (next_one, old):
        sight.learn({BTC: told})
        assert sight.markets == {BTC: told}


def test_a_market_that_nobody_tells_of_any_more_is_not_renewed() -> None:
    """It was asked for before it went."""
    sight = Sight(in_force(settings(), ()))
    sight.look(MarketRead(market=market()), Book())

    assert sight.markets == {}
