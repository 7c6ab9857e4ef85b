from fractions import Fraction

import pytest

from support.reference_books import (
    Books,
    Event,
    Funding,
    Holding,
    Level,
    MarginMoved,
    PositionSide,
    Symbol,
    Trade,
    Transfer,
    commission,
    cost_to_open,
    levels,
    liquidation_price,
    maintenance_margin,
    open_loss,
    published_liquidation_price,
)
from support.worked_examples import (
    AMOUNTS,
    BTC,
    BTC_2021,
    COSTS,
    ETH,
    FEES,
    ISOLATED,
    ISOLATED_OPENING,
    ISOLATED_POSITION,
    LIQUIDATIONS,
    MAINTENANCES,
    PROFITS,
    RECORDED,
    REQUIREMENTS,
    WALLET,
    Amounts,
    Contract,
    Cost,
    Fee,
    Liquidation,
    Printed,
    Profit,
    Recorded,
    Requirement,
    table,
)

F = Fraction
ONE = Symbol(F(10), BTC_2021)
FLAT = (Transfer(F(1000)),)


def bought(quantity: int | str, price: int | str, side: PositionSide = "BOTH") -> Trade:
    """A trade of one symbol; below zero it is a sale."""
    amount = F(quantity)
    return Trade("ONE", "BUY" if amount > 0 else "SELL", abs(amount), F(price), side)


def books(*events: Event, isolated: bool = False) -> Books:
    """An account with 1,000 USDT and one symbol at leverage 10."""
    return Books({"ONE": ONE._replace(isolated=isolated)}, [*FLAT, *events])


@pytest.mark.parametrize("example", LIQUIDATIONS, ids=lambda each: each.name)
def test_a_liquidation_price_is_the_printed_one(example: Liquidation) -> None:
    """The formula with the printed bracket gives it, and so does the search among all brackets."""
    leg, backing = Holding(example.held.quantity, example.held.entry), example.wallet + example.others
    level = Level(F(0), None, example.held.ratio, example.held.amount)

    assert example.expected.agrees(published_liquidation_price(backing, [(leg, level)]))
    assert example.expected.agrees(liquidation_price(backing, [leg], example.held.brackets, example.held.mark))


def test_two_cross_positions_weigh_on_each_other() -> None:
    """The document's account, from its trades and mark prices alone."""
    events: list[Event] = [
        Transfer(WALLET),
        Trade("ETH", "BUY", ETH.quantity, ETH.entry),
        Trade("BTC", "BUY", BTC.quantity, BTC.entry),
    ]
    account = Books({"ETH": Symbol(F(5), ETH.brackets), "BTC": Symbol(F(5), BTC.brackets)}, events)
    marks = {"ETH": ETH.mark, "BTC": BTC.mark}

    assert Printed("1153.26").agrees(account.liquidation("ETH", marks))
    assert Printed("26316.89").agrees(account.liquidation("BTC", marks))


@pytest.mark.parametrize("example", AMOUNTS, ids=lambda each: each.name)
def test_maintenance_amounts_are_the_printed_ones(example: Amounts) -> None:
    """They follow from caps and ratios."""
    assert [level.amount for level in levels(example.brackets)] == [F(text) for text in example.expected.split()]


@pytest.mark.parametrize(("held", "expected"), MAINTENANCES)
def test_a_maintenance_margin_is_the_printed_one(held: Contract, expected: Printed) -> None:
    """By slices it is the same as notional * ratio - amount."""
    notional = held.quantity * held.mark

    assert expected.agrees(maintenance_margin(held.brackets, notional))
    assert maintenance_margin(held.brackets, notional) == notional * held.ratio - held.amount


@pytest.mark.parametrize("example", PROFITS, ids=lambda each: each.name)
def test_a_profit_is_the_printed_one_open_and_closed(example: Profit) -> None:
    """What is unrealised at a price is what closing there realises."""
    opened, closed = (
        bought(str(example.quantity), str(example.entry)),
        bought(str(-example.quantity), str(example.price)),
    )

    assert example.expected.agrees(books(opened).unrealised("ONE", example.price))
    assert example.expected.agrees(books(opened, closed).realised()[-1])


@pytest.mark.parametrize("example", REQUIREMENTS, ids=lambda each: each.name)
def test_a_margin_requirement_is_the_printed_one(example: Requirement) -> None:
    """It is the position's margin and the orders' together."""
    held = [bought(str(example.quantity), 1)] if example.quantity else []
    account = Books({"ONE": Symbol(example.leverage)}, held)
    parts = account.position_margin("ONE", example.mark), account.order_margin("ONE", example.orders, example.mark)

    assert example.expected.agrees(sum(parts, F(0)))


@pytest.mark.parametrize("example", COSTS, ids=lambda each: each.order.side)
def test_the_cost_of_opening_is_the_printed_one(example: Cost) -> None:
    """Initial margin, and what the order would lose at once."""
    assert example.expected_loss.agrees(open_loss(example.order, example.mark))
    if example.expected_cost:
        assert example.expected_cost.agrees(cost_to_open(example.order, example.mark, example.leverage))


@pytest.mark.parametrize("example", FEES, ids=lambda each: each.name)
def test_a_commission_is_the_printed_one(example: Fee) -> None:
    """Rate times notional, and in BNB a tenth less."""
    fee = commission(example.quantity, example.price, example.rate)

    assert example.expected.agrees(fee)
    assert commission(example.quantity, example.price, example.rate, F(600)) * 600 == fee * F("0.9")


@pytest.mark.parametrize("example", RECORDED, ids=lambda each: each.name)
def test_recorded_trades_give_the_recorded_books(example: Recorded) -> None:
    """After each: realised profit, wallet, position and average entry price."""
    for count, each in enumerate(example.fills, start=1):
        trades = [*example.held, *(fill.trade for fill in example.fills[:count])]
        account = Books({"ONE": ONE}, [Transfer(example.wallet), *trades])
        held = account.position("ONE")

        assert each.realised.agrees(account.realised()[-1])
        assert each.wallet.agrees(account.wallet())
        assert held.quantity == each.position
        assert each.entry.agrees(held.entry)


def test_a_recorded_isolated_opening_took_mark_notional_and_paid_its_commission() -> None:
    """With both choices made as that account shows them, its wallets are exact; without, they differ."""
    opening, seen = ISOLATED.fills[0].trade, ISOLATED_OPENING
    symbols = {"ONE": Symbol(seen.leverage, isolated=True)}
    deposit, marked = Transfer(ISOLATED.wallet), opening._replace(margin_price=seen.mark)
    account = Books(symbols, [deposit, marked], isolated_pays=True)

    assert seen.expected_isolated.agrees(account.isolated_wallet("ONE"))
    assert seen.expected_cross.agrees(account.cross_wallet())
    assert seen.expected_unrealised.agrees(account.unrealised("ONE", seen.mark))
    assert Books(symbols, [deposit, opening]).isolated_wallet("ONE") == F("11.361")


def test_a_recorded_isolated_position_has_its_recorded_margins() -> None:
    """Of the mark notional, whatever its wallet holds."""
    seen = ISOLATED_POSITION
    events = [Trade("ONE", "BUY", seen.quantity, seen.entry)]
    account = Books({"ONE": Symbol(seen.leverage, seen.brackets, isolated=True)}, events)

    assert seen.expected_margin.agrees(account.position_margin("ONE", seen.mark))
    assert seen.expected_maintenance.agrees(account.maintenance("ONE", seen.mark))
    assert seen.expected_unrealised.agrees(account.unrealised("ONE", seen.mark))


def test_cash_is_conserved() -> None:
    """Realised and unrealised together are what the trades brought in and the inventory's worth."""
    account = books(bought(3, 100), bought(-5, 90), bought(1, 95), bought(-2, 70), bought(7, 81))
    worth = -300 + 450 - 95 + 140 - 567 + 4 * 80

    assert sum(account.realised(), account.unrealised("ONE", F(80))) == worth


def test_funding_moves_from_long_to_short_while_the_rate_is_positive() -> None:
    """Quantity times mark price times rate; a hedge's two sides both settle."""
    funding = Funding("ONE", F("0.0001"), F(50_000))

    assert books(bought(2, 40_000), funding).wallet() == 990
    assert books(bought(-2, 40_000), funding).wallet() == 1010
    assert books(bought(2, 40_000, "LONG"), bought(-2, 40_000, "SHORT"), funding).wallet() == 1000
    assert books(funding, bought(2, 40_000)).wallet() == 1000


def test_an_isolated_wallet_is_filled_and_drained_with_its_position() -> None:
    """In with notional / leverage, out in proportion; funding and added margin are its own, profit is not."""
    opened, funding, added = bought(2, 100), Funding("ONE", F("0.01"), F(100)), MarginMoved("ONE", F(12))
    closed = bought("-1.5", 120)

    assert books(opened, isolated=True).isolated_wallet("ONE") == 20
    assert books(opened, funding, added, isolated=True).isolated_wallet("ONE") == 30
    after = books(opened, funding, added, closed, isolated=True)
    assert (after.isolated_wallet("ONE"), after.cross_wallet()) == (F("7.5"), F("1020.5"))
    flipped = books(opened, bought(-3, 90), isolated=True)
    assert (flipped.isolated_wallet("ONE"), flipped.cross_wallet()) == (F(9), F(971))


def test_a_commission_in_bnb_leaves_the_margin_asset_alone() -> None:
    """Each asset has its own wallet."""
    paid = bought(1, 100)._replace(commission=F("0.1"), commission_asset="BNB")
    account = books(Transfer(F(2), "BNB"), paid)

    assert (account.wallet(), account.wallet("BNB")) == (F(1000), F("1.9"))


def test_what_is_available_counts_cross_losses_and_margins_and_never_goes_below_zero() -> None:
    """Isolated positions have paid already; orders of either kind have not."""
    order, marks = bought(1, 95), {"ONE": F(90)}

    assert books(bought(2, 100)).available(marks, [order]) == 1000 - 20 - 18 - F("9.5")
    assert books(bought(2, 100), isolated=True).available(marks, [order]) == 1000 - 20 - F("9.5")
    assert books(bought(200, 100)).available(marks) == 0


def test_a_hedges_sides_ask_for_margin_each_on_its_own() -> None:
    """An opening order of either side costs, one that closes does not."""
    held = books(bought(1, 100, "LONG"), bought(-1, 100, "SHORT"))
    opening = [bought(1, 90, "LONG"), bought(-1, 110, "SHORT")]
    closing = [bought(-1, 110, "LONG"), bought(1, 90, "SHORT")]

    assert held.order_margin("ONE", opening, F(100)) == 20
    assert held.order_margin("ONE", opening + closing, F(100)) == 20
    assert held.order_margin("ONE", closing, F(100)) == 0


@pytest.mark.parametrize("isolated", [False, True])
@pytest.mark.parametrize("quantity", [30, -30])
def test_at_the_liquidation_price_margin_and_maintenance_are_equal(quantity: int, isolated: bool) -> None:
    """In the bracket of that price, not of the entry's: here they differ."""
    brackets = table("50000 50 1, 58000 20 2.5, 1000000 10 5")
    account = Books({"ONE": Symbol(F(10), brackets, isolated)}, [Transfer(F(8000)), bought(quantity, 1900)])
    price = account.liquidation("ONE", {"ONE": F(1900)})

    assert price is not None
    margin = account.isolated_wallet("ONE") if isolated else account.cross_wallet()
    assert margin + account.unrealised("ONE", price) == account.maintenance("ONE", price)


def test_a_cross_hedge_has_one_liquidation_price_for_both_sides() -> None:
    """Where its margin equals the maintenance of both; isolated sides have one each."""
    trades = [bought(5, 1900, "LONG"), bought(-2, 2000, "SHORT")]
    cross, apart = books(*trades), books(*trades, isolated=True)
    marks = {"ONE": F(1950)}
    price = cross.liquidation("ONE", marks, "LONG")

    assert price is not None
    assert price == cross.liquidation("ONE", marks, "SHORT")
    profits = sum((cross.unrealised("ONE", price, side) for side in ("LONG", "SHORT")), F(0))
    kept = sum((cross.maintenance("ONE", price, side) for side in ("LONG", "SHORT")), F(0))
    assert cross.cross_wallet() + profits == kept
    assert apart.liquidation("ONE", marks, "LONG") != apart.liquidation("ONE", marks, "SHORT")


def test_what_cannot_be_liquidated_has_no_price() -> None:
    """A flat position, and a long that the wallet pays for down to zero."""
    assert books().liquidation("ONE", {"ONE": F(100)}) is None
    assert books(bought(1, 100)).liquidation("ONE", {"ONE": F(100)}) is None
