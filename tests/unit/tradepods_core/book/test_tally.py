"""The tally: what an account has done, counted from facts."""

from decimal import Decimal

from support.account import Account, placed
from support.build import NOON, WALL, arrived, settings, signal
from tradepods_core.book.facts import PaymentBooked
from tradepods_core.book.tally import NONE, counted

D = Decimal


def test_a_round_trip_is_counted() -> None:
    """One entry, one exit by its stop, with profit and fees."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    account.fill(entry, fee=D("0.25"))
    account.fill(account.live("stop"), realized=D(-15), fee=D("0.24"))
    tally = counted(NONE, account.facts)

    assert (tally.entries, tally.exits, tally.stop_losses, tally.take_profits) == (1, 1, 1, 0)
    assert (tally.realized_pnl, tally.fees) == (D(-15), D("0.49"))


def test_an_entry_in_several_fills_is_one_entry() -> None:
    """Counted when it has ended."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    account.fill(entry, quantity=D(1), ended=False)
    account.fill(entry, quantity=entry.quantity - 1)

    assert counted(NONE, account.facts).entries == 1


def test_a_refused_entry_is_none() -> None:
    """Nor is one that expired without a fill."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    account.settle(entry)
    account.end(entry, executed=D(0), status="EXPIRED")

    assert counted(NONE, account.facts).entries == 0


def test_refusals_are_counted_by_their_reason() -> None:
    """Two signals, one reason."""
    account = Account(account_settings=settings(strategies=["other"]))
    account.handle(arrived(signal(), signal(side="short")))

    assert counted(NONE, account.facts).refusals == {"StrategyNotSelected": 2}


def test_funding_is_added_up_and_nothing_else_that_is_paid() -> None:
    """Below zero where more was paid than received; a deposit is no gain."""
    paid = [("FUNDING_FEE", D("-1.5")), ("FUNDING_FEE", D("0.5")), ("DEPOSIT", D(500)), ("INSURANCE_CLEAR", D(-3))]
    facts = [
        PaymentBooked(key=f"{n}", kind=kind, asset="USDT", amount=amount, at=NOON, seen_at=WALL)
        for n, (kind, amount) in enumerate(paid)
    ]

    assert counted(NONE, facts) == NONE.model_copy(update={"funding": D(-1)})
