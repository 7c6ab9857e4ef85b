"""What a hand, another program or the venue itself binds is not available to us, and what is ours counts once."""

from dataclasses import replace
from decimal import Decimal

import pytest

from support.account import Account, placed
from support.build import BTC, ETH, arrived, later, signal
from tradepods_core.book.events import AccountRead, AccountView, VenuePosition
from tradepods_core.paper import engine
from tradepods_core.paper.account import PaperAccount, PaperOrder, Step
from tradepods_core.paper.margin import available as free
from tradepods_core.paper.quotes import Moment
from tradepods_core.rules.sizing import available
from tradepods_core.rules.snapshot import VenueState
from tradepods_core.settings.parts import MarginMode

D = Decimal
TEN = {BTC: 10, ETH: 10}


class Venue:
    """The account as the venue reckons it: ours, and what a hand does in it."""

    def __init__(self, account: Account, *, isolated: frozenset[str] = frozenset()) -> None:
        self.account = account
        self.paper = PaperAccount(wallet=account.book.wallet or D(0), leverage=TEN, isolated=isolated)
        modes = dict.fromkeys(isolated, MarginMode.ISOLATED)
        account.venue = VenueState(leverage=TEN, margin_modes=modes)

    def trade(self, symbol: str, quantity: str, *, limit: str | None = None) -> None:
        """Somebody buys, or sells below zero."""
        order = PaperOrder(
            id=f"one{self.paper.orders_made}",
            symbol=symbol,
            buys=D(quantity) > 0,
            kind="market" if limit is None else "limit",
            quantity=abs(D(quantity)),
            limit=None if limit is None else D(limit),
            at=self.account.now,
        )
        moment = Moment(prices=self.account.marks, markets=self.account.markets, at=self.account.now)
        step = engine.place(self.paper, order, moment=moment)
        assert isinstance(step, Step), step
        self.paper = step.account

    def read(self) -> None:
        """A reading of all of it, with the wallet as we have it: these fills cost us nothing."""
        marks, wallet = self.account.marks, self.account.book.wallet or D(0)
        paper = replace(self.paper, wallet=wallet)
        held = [
            VenuePosition(symbol=p.symbol, quantity=p.quantity, mark=marks[p.symbol]) for p in paper.positions.values()
        ]
        view = AccountView(wallet=wallet, available=free(paper, marks), positions=tuple(held), leverage=TEN)
        self.account.handle(AccountRead(view=view, begun_at=self.account.wall, seen_at=self.account.wall))

    def left(self) -> Decimal:
        """What we take for available now."""
        return available(self.account.snapshot(arrived()))


def test_what_a_hand_has_bound_is_not_available() -> None:
    """40 at 100 by hand at 10x bind 400 of 1,000: half of the rest, not of all, is bought."""
    venue = Venue(Account())
    venue.trade(ETH, "40")
    venue.read()

    assert venue.left() == D(600)
    assert placed(venue.account.handle(arrived(signal())), "enter").quantity == D("2.955")


def test_a_foreign_orders_margin_and_a_foreign_loss_are_not_available() -> None:
    """The venue counts both against new orders; a foreign profit is no money of ours."""
    ordered, lost, won = (Venue(Account()) for _ in range(3))
    ordered.trade(ETH, "10", limit="90")
    ordered.read()
    for venue, mark in ((lost, "80"), (won, "130")):
        venue.trade(ETH, "10")
        venue.account.marks = {BTC: D(100), ETH: D(mark)}
        venue.read()

    assert ordered.left() == D(1000) - 90
    assert lost.left() == D(1000) - 200 - 80
    assert won.left() == D(1000)


def test_what_is_ours_counts_once_before_a_reading_and_after() -> None:
    """A position of ours explains what the venue keeps for it, whatever the mark; our own exit frees it at once."""
    account = Account()
    venue = Venue(account)
    entry, stop, _ = account.opened()
    venue.trade(BTC, str(entry.quantity))
    account.marks = {BTC: D(97), ETH: D(100)}
    before = venue.left()
    venue.read()
    after = venue.left()
    account.fill(stop, price="97")

    assert before == after == D(1000) - entry.quantity * 3 - entry.quantity * D("9.7")
    assert venue.left() == D(1000), "these fills bring no profit: the venue's records do"


def test_an_entry_after_the_reading_binds_beside_what_a_hand_has_bound() -> None:
    """The reading does not know of it, our own reckoning does."""
    account = Account()
    venue = Venue(account)
    venue.trade(ETH, "40")
    venue.read()
    entry = placed(account.handle(arrived(signal())), "enter")
    sent = venue.left()
    account.fill(entry)
    filled = venue.left()
    venue.trade(BTC, str(entry.quantity))
    venue.read()

    assert sent == filled == venue.left() == D(600) - entry.quantity * 10


def test_a_fill_that_the_venue_shows_before_we_hear_of_it_is_no_strangers() -> None:
    """Its order is under way, and binds already."""
    account = Account()
    venue = Venue(account)
    entry = placed(account.handle(arrived(signal())), "enter")
    venue.trade(BTC, str(entry.quantity))
    venue.read()
    before = venue.left()
    account.fill(entry)

    assert before == venue.left() == D(1000) - entry.quantity * 10


def test_what_is_more_than_ours_in_a_position_of_ours_is_a_strangers() -> None:
    """Bought by hand on top: its share of the margin is bound."""
    account = Account()
    venue = Venue(account)
    entry, _, _ = account.opened()
    venue.trade(BTC, str(entry.quantity))
    venue.trade(BTC, "30")
    venue.read()

    assert venue.left() == D(1000) - entry.quantity * 10 - 300


def test_margin_moved_into_an_isolated_position_by_hand_is_not_available() -> None:
    """It is in the wallet, and the venue keeps it with the position."""
    account = Account()
    venue = Venue(account, isolated=frozenset({BTC}))
    entry, _, _ = account.opened()
    venue.trade(BTC, str(entry.quantity))
    held = venue.paper.positions[BTC]
    venue.read()
    before = venue.left()
    venue.paper = replace(venue.paper, positions={BTC: replace(held, margin=(held.margin or D(0)) + 100)})
    venue.read()

    assert (before, venue.left()) == (D(1000) - entry.quantity * 10, D(900) - entry.quantity * 10)


@pytest.mark.parametrize("available_there", [None, D("999.999")])
def test_a_venue_that_does_not_say_or_has_rounded_keeps_nothing(available_there: Decimal | None) -> None:
    """A reading of an earlier release has no such number; less than a cent is the venue's rounding."""
    account = Account()
    view = AccountView(wallet=D(1000), available=available_there)
    account.handle(AccountRead(view=view, begun_at=later(60), seen_at=later(60)))

    assert available(account.snapshot(arrived())) == D(1000)


def test_where_others_bind_everything_nothing_is_bought() -> None:
    """The venue says that nothing is available."""
    account = Account()
    view = AccountView(wallet=D(1000), available=D(0))
    account.handle(AccountRead(view=view, begun_at=later(60), seen_at=later(60)))
    account.handle(arrived(signal()))

    assert account.refusals() == ["InsufficientBalance"]
