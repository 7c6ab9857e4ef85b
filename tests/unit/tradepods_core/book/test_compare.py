"""Reading the account: what the venue shows against what the book holds."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from support.account import Account, placed
from support.build import BTC, ETH, NOON, WALL, arrived, later, signal
from tradepods_core.book.events import AccountRead, AccountView, FillReported, VenueOrder, VenuePosition
from tradepods_core.book.facts import WalletSeen
from tradepods_core.book.intents import PlaceOrder
from tradepods_core.rules.snapshot import Decision

D = Decimal


def _read(account: Account, *, begun: float = 10, **view: Any) -> Decision:
    """A reading that began ten seconds after everything else happened."""
    values: dict[str, Any] = {"wallet": account.book.wallet, **view}
    account.wall = later(begun)
    return account.handle(AccountRead(view=AccountView(**values), begun_at=account.wall, seen_at=account.wall))


def _shown(order: PlaceOrder, *, ended: bool = False, executed: Decimal = D(0)) -> VenueOrder:
    return VenueOrder(
        id=order.id,
        symbol=order.leg.symbol,
        buys=order.buys,
        kind=order.kind,
        quantity=order.quantity,
        trigger=order.trigger,
        ended=ended,
        executed=executed,
        status="FILLED" if ended else "NEW",
    )


def _fills(order: PlaceOrder, *quantities: Decimal) -> Iterable[FillReported]:
    for number, quantity in enumerate(quantities):
        yield FillReported(
            order=order.id,
            trade=f"r{number}",
            symbol=order.leg.symbol,
            quantity=quantity,
            price=D(100),
            fee=D(0),
            fee_asset="USDT",
            realized=D(0),
            at=NOON,
            seen_at=WALL,
        )


def _open() -> tuple[Account, PlaceOrder, PlaceOrder]:
    """A protected position, its stop and its take-profit."""
    account = Account()
    _, stop, target = account.opened()
    return account, stop, target


def test_an_account_that_agrees_gives_no_facts() -> None:
    """A reading of what is known changes nothing."""
    account, stop, target = _open()
    held = VenuePosition(symbol=BTC, quantity=stop.quantity)
    before = len(account.facts)
    decision = _read(account, positions=(held,), orders=(_shown(stop), _shown(target)))

    assert len(account.facts) == before
    assert decision.intents == ()


def test_an_entry_that_filled_while_we_were_away_is_booked_and_protected() -> None:
    """Killed between intent and answer: the reading brings order and fills, the decision brings the stop."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    held = VenuePosition(symbol=BTC, quantity=entry.quantity)
    decision = _read(
        account,
        positions=(held,),
        orders=(_shown(entry, ended=True, executed=entry.quantity),),
        fills=tuple(_fills(entry, D(1), entry.quantity - 1)),
    )

    assert account.position().quantity == entry.quantity
    assert placed(decision, "stop").quantity == entry.quantity
    assert account.book.doubts == {}


def test_a_stop_that_was_sent_just_before_the_ledger_could_say_so_is_taken_in() -> None:
    """It was reserved with the entry: it is known as ours, and no second one is placed."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    reserved = next(r for r in account.book.reserved.values() if r.purpose == "stop")
    stop = VenueOrder(
        id=reserved.id,
        symbol=BTC,
        buys=False,
        kind="stop_market",
        quantity=entry.quantity,
        trigger=D(97),
        ended=False,
        executed=D(0),
        status="NEW",
    )
    decision = _read(
        account,
        positions=(VenuePosition(symbol=BTC, quantity=entry.quantity),),
        orders=(_shown(entry, ended=True, executed=entry.quantity), stop),
        fills=tuple(_fills(entry, entry.quantity)),
    )

    assert [intent.purpose for intent in decision.intents if isinstance(intent, PlaceOrder)] == ["take_profit"]
    assert account.book.orders[stop.id].accepted
    assert account.position().naked_since is None


def test_a_position_that_its_stop_closed_while_we_were_away_is_closed_here_too() -> None:
    """And its take-profit is cancelled."""
    account, stop, target = _open()
    decision = _read(
        account,
        orders=(_shown(stop, ended=True, executed=stop.quantity), _shown(target)),
        fills=tuple(_fills(stop, stop.quantity)),
    )

    assert account.book.positions == {}
    assert [getattr(intent, "target", "") for intent in decision.intents] == [target.id]


def test_what_is_not_ours_keeps_us_away_from_its_symbol() -> None:
    """A foreign position, and a foreign order."""
    account = Account()
    stranger = VenueOrder(
        id="web_1",
        symbol=ETH,
        buys=True,
        kind=None,
        quantity=D(1),
        trigger=None,
        ended=False,
        executed=D(0),
        status="NEW",
    )
    _read(account, positions=(VenuePosition(symbol=BTC, quantity=D(-3)),), orders=(stranger,))
    account.handle(arrived(signal(BTC), signal(ETH)))

    assert account.refusals() == ["ForeignPosition", "ForeignPosition"]


def test_an_order_that_was_placed_while_the_account_was_read_is_not_missed() -> None:
    """The reading may be older than the order: it says nothing about it."""
    account, stop, target = _open()
    _read(account, begun=-5)

    assert {stop.id, target.id} <= account.book.orders.keys()
    assert account.book.orders[stop.id].ended is False


def test_the_venues_balance_is_taken_where_it_differs() -> None:
    """Transfers and funding change it without a fill."""
    account = Account()
    _read(account, wallet=D("998.5"))

    assert account.book.wallet == D("998.5")
    assert [fact.balance for fact in account.facts if isinstance(fact, WalletSeen)] == [D("998.5")]


def test_a_stop_that_has_done_its_work_is_not_taken_in_a_second_time() -> None:
    """Its position is closed, its take-profit still rests: a reading that shows it again says nothing new."""
    account, stop, target = _open()
    account.fill(stop, price="97")
    before = len(account.facts)
    shown = (_shown(stop, ended=True, executed=stop.quantity), _shown(target))
    _read(account, orders=shown, fills=tuple(_fills(stop, stop.quantity)))

    assert account.facts[before:] == []
