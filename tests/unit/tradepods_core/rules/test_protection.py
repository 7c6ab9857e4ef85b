"""Protection: a filled position has a stop, or is closed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.account import Account, orders, placed
from support.build import BTC, NOON, arrived, later, market, signal
from tradepods_core.book.events import AlarmRang
from tradepods_core.book.intents import CancelOrder, Leg, PlaceOrder, RejectCode, Terms, Unknown
from tradepods_core.book.values import Position
from tradepods_core.money import is_multiple
from tradepods_core.rules.protection import level
from tradepods_core.rules.snapshot import Decision

D = Decimal


def _entry(account: Account, **changes: object) -> PlaceOrder:
    return placed(account.handle(arrived(signal(**changes))), "enter")  # type: ignore[arg-type]


def _filled(**changes: object) -> tuple[Account, Decision]:
    """An account whose entry has just filled at 100, and what was decided then."""
    account = Account()
    entry = _entry(account, **changes)
    return account, account.fill(entry)


def _ring(account: Account, seconds: float) -> Decision:
    account.wall = later(seconds)
    return account.handle(AlarmRang(at=account.wall))


def _reserved(account: Account) -> set[str]:
    """All ids that were ever committed with an entry."""
    return {kept.id for fact in account.facts if isinstance(fact, PlaceOrder) for kept in fact.reserves}


def test_the_first_stop_take_profit_and_close_are_committed_with_the_entry() -> None:
    """Placing them later needs no further commit, and the ids are known before anything is sent."""
    account = Account()
    _entry(account)

    reserved = {reservation.purpose for reservation in account.book.reserved.values()}
    assert reserved == {"stop", "take_profit", "close"}


def test_a_fill_is_answered_with_a_stop_of_its_quantity_that_was_reserved() -> None:
    """At the trigger that the settings of the entry give."""
    account, decision = _filled()
    stop = placed(decision, "stop")

    assert (stop.kind, stop.quantity, stop.trigger, stop.reduce_only) == ("stop_market", D("4.925"), D(97), True)
    assert stop.id in _reserved(account)
    assert stop.id not in account.book.reserved, "it is used now"


@pytest.mark.parametrize("last", ["stop", "entry"])
def test_the_take_profit_goes_once_the_stop_rests_and_the_entry_has_ended(last: str) -> None:
    """Whichever comes last: the first order that the venue takes for a position is always its stop."""
    account = Account()
    entry = _entry(account)
    stop = placed(account.fill(entry, ended=False), "stop")
    steps = {"stop": lambda: account.settle(stop), "entry": lambda: account.end(entry, executed=entry.quantity)}
    first, second = [steps[name]() for name in sorted(steps, key=lambda name: name == last)]

    assert orders(first, "take_profit") == []
    assert placed(second, "take_profit").trigger == D(103)


@given(
    average=st.decimals("0.01", "100000", places=4),
    percent=st.decimals("0.1", "20", places=2),
    side=st.sampled_from(["long", "short"]),
    purpose=st.sampled_from(["stop", "take_profit"]),
)
def test_levels_are_on_the_tick_and_rounded_towards_the_entry(
    average: Decimal, percent: Decimal, side: str, purpose: str
) -> None:
    """Never further away than the settings say, by less than a tick nearer, and never on the entry itself."""
    one = market(tick=D("0.0001"))
    position = Position(
        number=1,
        leg=Leg(BTC, side),  # type: ignore[arg-type]
        quantity=D(1),
        average=average,
        entered=D(1),
        terms=Terms(take_profit_pct=percent, stop_loss_pct=percent),
        opened_at=NOON,
        strategy="s",
        signal="x",
    )
    price = level(position, one, purpose)  # type: ignore[arg-type]
    asked = average * percent / 100

    assert is_multiple(price, one.tick)
    assert asked - one.tick < abs(price - average) <= max(asked, one.tick)
    assert (price < average) == ((side == "long") == (purpose == "stop"))


def test_a_short_position_is_protected_the_other_way_round() -> None:
    """Stop above, take-profit below, both buy."""
    account = Account()
    entry = _entry(account, side="short")
    stop = placed(account.fill(entry), "stop")
    target = placed(account.settle(stop), "take_profit")

    assert (stop.trigger, stop.buys, target.trigger, target.buys) == (D(103), True, D(97), True)
    assert not entry.buys


def test_a_partial_fill_is_protected_and_the_stop_grows_with_it() -> None:
    """At once for the first part, then when the entry has ended: the new stop first, all else after it rests."""
    account = Account()
    entry = _entry(account)
    first = placed(account.fill(entry, quantity=D(2), ended=False), "stop")
    account.settle(first)
    account.fill(entry, quantity=entry.quantity - 2, ended=False)
    second = placed(account.end(entry, executed=entry.quantity), "stop")
    cancelled = account.settle(second)

    assert (first.quantity, second.quantity, second.revision) == (D(2), entry.quantity, 1)
    assert placed(cancelled, "take_profit").quantity == entry.quantity
    assert [intent.target for intent in cancelled.intents if isinstance(intent, CancelOrder)] == [first.id]


def test_while_an_entry_fills_the_stop_is_resized_four_times_a_second_at_most() -> None:
    """The venue's limit of orders is not spent on it."""
    account = Account()
    entry = _entry(account)
    account.settle(placed(account.fill(entry, quantity=D(1), ended=False), "stop"))
    early = account.fill(entry, quantity=D(1), ended=False)
    due = _ring(account, 0.25)

    assert orders(early, "stop") == []
    assert early.alarm == later(0.25)
    assert placed(due, "stop").quantity == D(2)


@pytest.mark.parametrize("code", ["would_trigger", "other"])
def test_a_position_whose_stop_is_refused_is_closed_at_market(code: RejectCode) -> None:
    """Whatever the venue's reason: the level is passed, or no stop can rest."""
    account, decision = _filled()
    close = placed(account.reject(placed(decision, "stop"), code), "close")

    assert (close.kind, close.quantity, close.reduce_only) == ("market", D("4.925"), True)
    assert close.id in _reserved(account)


def test_the_person_is_told_of_a_refused_stop_and_of_the_close() -> None:
    """Two notices, each with its reason."""
    account, decision = _filled()
    account.reject(placed(decision, "stop"), "would_trigger")

    told = {notice.kind: notice.values for notice in account.notices}
    assert told["refused"]["code"] == "would_trigger"
    assert told["closing"]["cause"] == "the venue refused the stop (would_trigger)"


def test_a_stop_that_is_not_confirmed_within_a_second_closes_the_position() -> None:
    """Wall time, from the fill's event; the alarm is set for it."""
    account, decision = _filled()
    early, late = _ring(account, 0.9), _ring(account, 1)

    assert decision.alarm == later(1)
    assert orders(early, "close") == []
    assert placed(late, "close").cause == "no stop was confirmed within a second"


def test_a_confirmed_stop_ends_the_alarm() -> None:
    """Time alone changes nothing any more."""
    account, decision = _filled()
    confirmed = account.settle(placed(decision, "stop"))

    assert confirmed.alarm is None
    assert orders(_ring(account, 5), "close") == []


def test_a_close_whose_fate_is_unknown_is_sent_again_under_a_new_revision() -> None:
    """It can't open, so it needs no certainty about the first: a second later the next goes out."""
    account, decision = _filled()
    first = placed(account.reject(placed(decision, "stop"), "other"), "close")
    account.settle(first, Unknown(why="time-out"))
    second = placed(_ring(account, 1), "close")

    assert (first.revision, second.revision) == (0, 1)
    assert first.id != second.id


def test_a_refused_close_is_tried_again_with_growing_pauses() -> None:
    """A second, two, four: the venue is not hammered, and the position is not forgotten."""
    account, decision = _filled()
    close = placed(account.reject(placed(decision, "stop"), "other"), "close")
    seconds, pauses = 0.0, []
    for _ in range(4):
        answered = account.reject(close, "other")
        assert answered.alarm is not None
        pause = (answered.alarm - account.wall).total_seconds()
        pauses.append(pause)
        seconds += pause
        close = placed(_ring(account, seconds), "close")

    assert pauses == [1, 2, 4, 8]


def test_a_take_profit_that_would_trigger_at_once_is_taken_at_market() -> None:
    """And booked as take-profit."""
    account = Account()
    entry = _entry(account)
    target = placed(account.settle(placed(account.fill(entry), "stop")), "take_profit")
    taken = placed(account.reject(target, "would_trigger"), "take_profit")
    account.fill(taken, price="103")

    assert (taken.kind, taken.trigger) == ("market", None)
    assert [notice.values["by"] for notice in account.notices if notice.kind == "exited"] == ["take_profit"]


def test_a_take_profit_refused_for_another_reason_leaves_the_stop_alone() -> None:
    """The take-profit gives way, never the stop; the person is told."""
    account = Account()
    entry = _entry(account)
    target = placed(account.settle(placed(account.fill(entry), "stop")), "take_profit")
    decision = account.reject(target, "too_many_orders")

    assert decision.intents == ()
    assert [notice.kind for notice in decision.notices] == ["refused"]
    assert account.live("stop").trigger == D(97)


def test_a_take_profit_that_was_refused_is_placed_again_with_growing_pauses() -> None:
    """The stop rests meanwhile; the person is told once, and again only after one has rested."""
    account = Account()
    entry = _entry(account)
    target = placed(account.settle(placed(account.fill(entry), "stop")), "take_profit")
    pauses, seconds = [], 0.0
    for _ in range(11):
        decision = account.reject(target, "other")
        assert decision.alarm is not None
        pauses.append((decision.alarm - account.wall).total_seconds())
        assert _ring(account, seconds + pauses[-1] - 0.1).intents == ()
        seconds += pauses[-1]
        target = placed(_ring(account, seconds), "take_profit")

    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert [notice.kind for notice in account.notices].count("refused") == 1
    account.settle(target)
    gone = account.end(target, executed=D(0), status="CANCELED")
    account.reject(placed(gone, "take_profit"), "other")
    assert [notice.kind for notice in account.notices].count("refused") == 2


def test_nothing_is_placed_while_a_close_is_under_way() -> None:
    """A stop beside it would only be an orphan."""
    account, decision = _filled()
    account.settle(placed(account.reject(placed(decision, "stop"), "other"), "close"))

    assert _ring(account, 0.5).intents == ()


def test_levels_follow_the_average_of_all_fills() -> None:
    """Two fills at 100 and 102: the stop is 3 % below 101."""
    account = Account()
    entry = _entry(account)
    half = D(2)
    account.settle(placed(account.fill(entry, quantity=half, price="100", ended=False), "stop"))
    account.fill(entry, quantity=half, price="102", ended=False)
    stop = placed(account.end(entry, executed=D(4)), "stop")

    assert account.position().average == D(101)
    assert stop.trigger == D(98)  # 97.97, rounded up to the tick of 0.1 towards the entry


def test_a_closed_symbol_is_told_with_its_profit() -> None:
    """Price, amount, what it was closed by."""
    account, decision = _filled()
    stop = placed(decision, "stop")
    account.settle(stop)
    account.now = NOON + timedelta(minutes=7)
    account.fill(stop, price="97", realized=D("-14.775"), fee=D("0.24"))

    (told,) = [notice.values for notice in account.notices if notice.kind == "exited"]
    assert (told["by"], told["price"], told["net"], told["held_seconds"]) == ("stop", "97", "-15.015", "420")
