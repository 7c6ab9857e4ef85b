"""Sizing: from available balance to a quantity that the venue takes."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from support.account import Account, orders, placed
from support.build import BTC, ETH, NOON, arrived, market, settings, signal
from tradepods_core.market import Bracket
from tradepods_core.money import is_multiple
from tradepods_core.paper import engine
from tradepods_core.paper.account import PaperAccount, PaperOrder, Refusal
from tradepods_core.paper.quotes import Moment
from tradepods_core.rules.sizing import available
from tradepods_core.rules.snapshot import VenueState
from tradepods_core.settings.parts import MarginMode

D = Decimal


def _quantity(account: Account, symbol: str = BTC) -> Decimal:
    return placed(account.handle(arrived(signal(symbol))), "enter").quantity


def test_an_entry_takes_its_percent_of_the_available_balance() -> None:
    """1,000 at 5 %: 50 of margin, less ten times (fee 0.05 % + headroom 0.1 %), at 10x: 492.5 at a price of 100."""
    assert _quantity(Account()) == D("4.925")


def test_the_second_entry_of_a_cycle_sees_the_first() -> None:
    """The margin of an order under way is not available twice."""
    account = Account()
    decision = account.handle(arrived(signal(BTC), signal(ETH)))
    first, second = (entry.quantity for entry in orders(decision, "enter"))

    assert second < first


def test_what_has_been_filled_of_an_entry_is_counted_once() -> None:
    """Its position binds that part of the margin, the order the rest."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    before = available(account.snapshot(arrived()))
    account.fill(entry, quantity=D(2), ended=False)

    assert available(account.snapshot(arrived())) == before == D(1000) - D("4.925") * 100 / 10


def test_open_profit_and_loss_count() -> None:
    """Available is equity less bound margin, at the present marks."""
    account = Account()
    account.fill(placed(account.handle(arrived(signal())), "enter"))
    account.marks = {BTC: D(90), ETH: D(100)}
    event = arrived()

    loss = D("4.925") * 10
    bound = D("4.925") * 90 / 10
    assert available(account.snapshot(event)) == D(1000) - loss - bound


@pytest.mark.parametrize("mark", ["90", "110"])
def test_an_isolated_position_keeps_its_profit_and_bears_its_loss(mark: str) -> None:
    """Others have the wallet less its margin at the entry's price, wherever the mark goes."""
    isolated = VenueState(leverage={BTC: 10}, margin_modes={BTC: MarginMode.ISOLATED})
    account = Account(venue=isolated)
    account.fill(placed(account.handle(arrived(signal())), "enter"))
    account.marks = {BTC: D(mark), ETH: D(100)}

    assert available(account.snapshot(arrived())) == D(1000) - D("4.925") * 100 / 10


def test_the_venues_leverage_is_what_an_order_will_have() -> None:
    """Where it differs from the setting, the size follows the venue."""
    account = Account()
    account.venue = account.venue.__class__(leverage={BTC: 5})

    assert _quantity(account) == D("2.481")


@given(
    wallet=st.decimals("10", "1000000", places=2),
    percent=st.integers(1, 100),
    leverage=st.integers(1, 20),
    price=st.decimals("0.5", "100000", places=1),
)
def test_whatever_is_sized_the_venue_takes(wallet: Decimal, percent: int, leverage: int, price: Decimal) -> None:
    """A multiple of the step, and margin and fee are there, even for 100 % and after a small move of the price."""
    found = settings(entryPct=percent, leverage=leverage, long={"stopLossPct": 1, "takeProfitPct": 1})
    one = market(max_quantity=D(10_000_000))
    account = Account(wallet=wallet, account_settings=found, markets=[one], marks={BTC: price})
    decision = account.handle(arrived(signal(reference_price=price)))
    assume(decision.intents)
    quantity = placed(decision, "enter").quantity

    assert is_multiple(quantity, one.step)
    order = PaperOrder(id="x", symbol=BTC, buys=True, kind="market", quantity=quantity, at=NOON)
    paper = PaperAccount(wallet=wallet, leverage={BTC: leverage})
    moved = {BTC: price * D("1.0005")}
    assert not isinstance(engine.place(paper, order, moment=Moment(prices=moved, markets={BTC: one}, at=NOON)), Refusal)


@pytest.mark.parametrize("changes", [{"min_notional": D(1000)}, {"min_quantity": D(10)}])
def test_a_position_below_the_venues_least_names_the_percent_that_would_do(changes: dict[str, Any]) -> None:
    """And that percent does."""
    account = Account(markets=[market(**changes)])
    account.handle(arrived(signal()))
    (fact,) = [fact for fact in account.facts if getattr(fact, "refusal", None) == "BelowMinNotional"]
    advice = fact.message.partition("entryPct ")[2].partition(" ")[0]  # type: ignore[union-attr]

    again = Account(markets=[market(**changes)], account_settings=settings(entryPct=float(advice)))
    assert len(again.handle(arrived(signal())).intents) == 1


def test_a_balance_that_can_never_do_says_so() -> None:
    """No percent would help."""
    account = Account(wallet=D("0.2"))
    account.handle(arrived(signal()))

    assert account.refusals() == ["BelowMinNotional"]
    assert "the balance is too small for it" in str(account.facts)


def test_nothing_available_is_refused() -> None:
    """An empty wallet."""
    account = Account(wallet=D(0))
    account.handle(arrived(signal()))

    assert account.refusals() == ["InsufficientBalance"]


def test_one_order_must_be_able_to_close_the_position() -> None:
    """A quantity over the symbol's largest order is refused, never split."""
    account = Account(markets=[market(max_quantity=D(4))])
    account.handle(arrived(signal()))

    assert account.refusals() == ["AboveMaxQuantity"]


@pytest.mark.parametrize(
    ("leverage", "stop", "expected"),
    [
        (10, "7.6", []),
        (10, "7.7", ["StopBeyondLiquidation"]),
        (50, "1.2", []),
        (50, "1.3", ["StopBeyondLiquidation"]),
        (125, "0.4", ["StopBeyondLiquidation"]),
    ],
)
def test_the_stop_lies_inside_the_liquidation_price_with_a_fifth_to_spare(
    leverage: int, stop: str, expected: list[str]
) -> None:
    """At 10x liquidation is some 9.6 % away (maintenance 0.4 %): a stop may be at most 7.68 % away."""
    found = settings(leverage=leverage, long={"stopLossPct": float(stop), "takeProfitPct": 1})
    account = Account(account_settings=found)
    account.handle(arrived(signal()))

    assert account.refusals() == expected


@pytest.mark.parametrize(("setting", "venues"), [(20, 3), (3, 20), (20, 20)])
def test_a_stop_is_judged_by_the_higher_leverage_of_setting_and_venue(setting: int, venues: int) -> None:
    """The setting may be about to be applied, the venue's may stay: at 20x a stop of 4 % is too far away."""
    account = Account(account_settings=settings(leverage=setting, long={"stopLossPct": 4, "takeProfitPct": 1}))
    account.venue = VenueState(leverage={BTC: venues})
    account.handle(arrived(signal()))

    assert account.refusals() == ["StopBeyondLiquidation"]


def test_a_venue_that_still_has_a_higher_leverage_gives_no_larger_position() -> None:
    """The setting is what the trader wants to risk; the venue's only decides what margin is bound."""
    account = Account()
    account.venue = account.venue.__class__(leverage={BTC: 20})

    assert _quantity(account) == D("4.925")


def test_a_position_over_the_venues_cap_at_its_leverage_is_refused_before_it_is_sent() -> None:
    """Larger positions take lower leverage: here 10x reaches up to 400 of notional."""
    brackets = (
        Bracket(cap=D(400), max_leverage=10, maintenance=D("0.004")),
        Bracket(cap=D(10_000), max_leverage=5, maintenance=D("0.01")),
    )
    account = Account(markets=[market(brackets=brackets)])
    account.handle(arrived(signal()))

    assert account.refusals() == ["AboveMaxQuantity"]
    assert "over what the venue allows at 10x" in str(account.facts)
