"""Preparation: leverage and modes are set before a signal needs them, while flat, and only where they differ."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from support.account import Account, placed
from support.build import BTC, ETH, WALL, arrived, later, market, settings, signal
from tradepods_core.book.book import apply
from tradepods_core.book.events import AccountRead, AccountView, VenueOrder, VenuePosition
from tradepods_core.book.facts import SymbolDoubted
from tradepods_core.book.intents import Intent, PlaceOrder, PrepareSymbol, SetMarginMode, SetPositionMode
from tradepods_core.market import Bracket
from tradepods_core.rules.decide import decide
from tradepods_core.rules.preparation import REFUSES, not_applied
from tradepods_core.rules.snapshot import VenueState
from tradepods_core.settings.parts import MarginMode

D = Decimal


def _prepared(account: Account, leverage: dict[str, int]) -> dict[str, int]:
    account.venue = VenueState(leverage=leverage)
    view = AccountView(wallet=account.book.wallet or D(0), leverage=leverage)
    decision = account.handle(AccountRead(view=view, begun_at=WALL, seen_at=WALL))
    return {i.symbol: i.leverage for i in decision.intents if isinstance(i, PrepareSymbol)}


def test_leverage_is_set_where_it_differs() -> None:
    """The venue's 20 becomes the setting's 10; what is 10 already is left alone."""
    assert _prepared(Account(), {BTC: 20, ETH: 10}) == {BTC: 10}


def test_nothing_is_set_at_signal_time() -> None:
    """Only after a reading of the account: an entry never waits for it."""
    account = Account(venue=VenueState(leverage={BTC: 20, ETH: 20}))
    decision = account.handle(arrived(signal()))

    assert {type(intent) for intent in decision.intents} == {PlaceOrder}


def test_a_symbol_never_gets_more_than_it_offers() -> None:
    """The smaller of setting and the venue's largest."""
    small = market(brackets=(Bracket(cap=D(1000), max_leverage=5, maintenance=D("0.01")),))

    assert _prepared(Account(markets=[small]), {BTC: 20}) == {BTC: 5}


def test_symbols_that_the_account_does_not_trade_are_left_alone() -> None:
    """Denied, not allowed, or closed."""
    assert _prepared(Account(account_settings=settings(symbols={"deny": [BTC]})), {BTC: 20, ETH: 20}) == {ETH: 10}
    assert _prepared(Account(markets=[market(trading=False)]), {BTC: 20}) == {}


def test_a_held_symbol_keeps_its_leverage() -> None:
    """Leverage belongs to new positions."""
    account = Account()
    account.fill(placed(account.handle(arrived(signal())), "enter"))
    account.book = replace(account.book, orders={}, unsettled={})

    assert BTC not in _prepared(account, {BTC: 20, ETH: 20})


def test_a_symbol_in_doubt_keeps_its_leverage() -> None:
    """What is held there is somebody else's, and so is how it is set."""
    account = Account()
    doubt = SymbolDoubted(symbol=BTC, why="ForeignPosition: not ours", seen_at=WALL)
    account.book = apply(account.book, [doubt])
    account.venue = VenueState(leverage={BTC: 20, ETH: 20})
    position = VenuePosition(symbol=BTC, quantity=D(1))
    view = AccountView(wallet=D(1000), positions=(position,), leverage=account.venue.leverage)
    decision = account.handle(AccountRead(view=view, begun_at=WALL, seen_at=WALL))

    assert [i.symbol for i in decision.intents if isinstance(i, PrepareSymbol)] == [ETH]


def test_each_try_to_set_a_leverage_is_an_intent_of_its_own() -> None:
    """An id is used once: one that an earlier run left behind never stands in the way."""
    account = Account()
    _prepared(account, {BTC: 20})
    account.wall = later(60)
    _prepared(account, {BTC: 20})

    assert len([fact.id for fact in account.facts if isinstance(fact, PrepareSymbol)]) == 2
    assert len(account.book.unsettled) == 2


HEDGE, ISOLATED = {"hedgeMode": True}, {"marginMode": "isolated"}
ALL_CROSS = {BTC: MarginMode.CROSS, ETH: MarginMode.CROSS}


def _read(account: Account, **view: Any) -> tuple[Intent, ...]:
    """What a reading of the account leads to."""
    found = AccountView(wallet=account.book.wallet or D(0), **view)
    return account.handle(AccountRead(view=found, begun_at=WALL, seen_at=WALL)).intents


def _modes(intents: tuple[Intent, ...]) -> list[bool]:
    return [intent.hedge for intent in intents if isinstance(intent, SetPositionMode)]


def _margins(intents: tuple[Intent, ...]) -> dict[str, MarginMode]:
    return {intent.symbol: intent.mode for intent in intents if isinstance(intent, SetMarginMode)}


def _resting(symbol: str, *, ended: bool = False) -> VenueOrder:
    return VenueOrder(
        id="foreign",
        symbol=symbol,
        buys=True,
        kind=None,
        quantity=D(1),
        trigger=None,
        ended=ended,
        executed=D(0),
        status="NEW",
    )


HELD = {"positions": (VenuePosition(symbol=ETH, quantity=D(1)),)}
ORDERED = {"orders": (_resting(ETH),)}
OVER = {"orders": (_resting(ETH, ended=True),)}


@pytest.mark.parametrize(
    ("changes", "one_way", "view", "expected"),
    [
        (HEDGE, True, {}, [True]),
        (HEDGE, False, {}, []),
        ({}, False, {}, [False]),
        ({}, True, {}, []),
        (HEDGE, True, HELD, []),
        (HEDGE, True, ORDERED, []),
        (HEDGE, True, OVER, [True]),
    ],
)
def test_the_position_mode_is_set_where_it_differs_and_the_account_is_flat(
    changes: dict[str, Any], one_way: bool, view: dict[str, Any], expected: list[bool]
) -> None:
    """Foreign positions and orders count: the venue refuses it while any exists."""
    account = Account(account_settings=settings(**changes), venue=VenueState(one_way=one_way))

    assert _modes(_read(account, **view)) == expected


@pytest.mark.parametrize(
    ("changes", "known", "view", "expected"),
    [
        (ISOLATED, ALL_CROSS, {}, {BTC: MarginMode.ISOLATED, ETH: MarginMode.ISOLATED}),
        (ISOLATED, {BTC: MarginMode.ISOLATED, ETH: MarginMode.CROSS}, {}, {ETH: MarginMode.ISOLATED}),
        ({}, {BTC: MarginMode.ISOLATED}, {}, {BTC: MarginMode.CROSS}),
        ({}, ALL_CROSS, {}, {}),
        (ISOLATED, {}, {}, {}),
        (ISOLATED, ALL_CROSS, HELD, {BTC: MarginMode.ISOLATED}),
        (ISOLATED, ALL_CROSS, ORDERED, {BTC: MarginMode.ISOLATED}),
        (ISOLATED | {"symbols": {"deny": [BTC]}}, ALL_CROSS, {}, {ETH: MarginMode.ISOLATED}),
    ],
)
def test_the_margin_mode_is_set_of_each_flat_symbol_where_it_differs(
    changes: dict[str, Any], known: dict[str, MarginMode], view: dict[str, Any], expected: dict[str, MarginMode]
) -> None:
    """It is the symbol's own: what another symbol holds does not stand in its way."""
    account = Account(account_settings=settings(**changes), venue=VenueState(margin_modes=known))

    assert _margins(_read(account, **view)) == expected


def test_no_mode_is_set_beside_a_position_or_an_order_of_ours() -> None:
    """Whatever the reading shows: it may be older than they are."""
    account = Account(account_settings=settings(**HEDGE, **ISOLATED), venue=VenueState(margin_modes=ALL_CROSS))
    account.handle(arrived(signal()))
    under_way = _read(account)
    account.fill(account.live("enter"))
    held = _read(account)

    assert (_modes(under_way), list(_margins(under_way))) == ([], [ETH])
    assert (_modes(held), list(_margins(held))) == ([], [ETH])


def test_what_waits_is_said_with_what_it_waits_for() -> None:
    """One sentence a setting; nothing where the venue is set as the settings say."""
    account = settings(**HEDGE, **ISOLATED)
    waits = not_applied(settings=account, venue=VenueState(margin_modes=ALL_CROSS))
    applied = VenueState(one_way=False, margin_modes=dict.fromkeys(ALL_CROSS, MarginMode.ISOLATED))

    assert waits == (
        f"hedgeMode: true waits until the account is flat: {REFUSES}",
        f"marginMode: isolated waits until {BTC}, {ETH} is flat: {REFUSES}",
    )
    assert not_applied(settings=account, venue=applied) == ()


def test_nothing_is_set_for_a_book_that_is_only_guarded() -> None:
    """A dry run leaves the account at the exchange as it is."""
    account = Account(account_settings=settings(**HEDGE, **ISOLATED), venue=VenueState(margin_modes=ALL_CROSS))
    reading = AccountRead(view=AccountView(wallet=D(1000)), begun_at=WALL, seen_at=WALL)
    live = replace(account.snapshot(reading), paper=False)

    assert decide(live).intents == ()
    assert len(decide(account.snapshot(reading)).intents) == 3


def test_an_order_refused_for_its_position_mode_has_the_account_read() -> None:
    """Somebody has changed it: what follows must be made for the mode as it is."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")

    assert account.reject(entry, "position_mode").strange
