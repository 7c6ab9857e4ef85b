"""Preparation: leverage is set before a signal needs it, and only where it differs."""

from dataclasses import replace
from decimal import Decimal

from support.account import Account, placed
from support.build import BTC, ETH, WALL, arrived, later, market, settings, signal
from tradepods_core.book.events import AccountRead, AccountView
from tradepods_core.book.intents import PrepareSymbol
from tradepods_core.market import Bracket
from tradepods_core.rules.snapshot import VenueState

D = Decimal


def _prepared(account: Account, leverage: dict[str, int]) -> dict[str, int]:
    account.venue = VenueState(leverage=leverage)
    view = AccountView(wallet=account.book.wallet or D(0), leverage=leverage)
    decision = account.handle(AccountRead(view=view, begun_at=WALL, seen_at=WALL))
    return {i.symbol: i.leverage for i in decision.intents if isinstance(i, PrepareSymbol)}


def test_leverage_is_set_where_it_differs() -> None:
    """The venue's 20 becomes the setting's 10; what is 10 already is left alone."""
    assert _prepared(Account(), {BTC: 20, ETH: 10}) == {BTC: 10}


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


def test_each_try_to_set_a_leverage_is_an_intent_of_its_own() -> None:
    """An id is used once: one that an earlier run left behind never stands in the way."""
    account = Account()
    _prepared(account, {BTC: 20})
    account.wall = later(60)
    _prepared(account, {BTC: 20})

    assert len([fact.id for fact in account.facts if isinstance(fact, PrepareSymbol)]) == 2
    assert len(account.book.unsettled) == 2
