"""A stop between two ticks: the market is read anew and it goes out once more, or the position is closed."""

from decimal import Decimal

import pytest

from support.account import Account, orders, placed
from support.build import BTC, ETH, arrived, later, market, settings, signal
from tradepods_core.book.book import apply
from tradepods_core.book.events import AlarmRang, CommandGiven, MarketRead
from tradepods_core.book.facts import SymbolDoubted
from tradepods_core.book.intents import CancelOrder, PlaceOrder
from tradepods_core.rules.snapshot import Decision

D = Decimal
COARSER = market(tick=D(2))


def _refused() -> tuple[Account, PlaceOrder, Decision]:
    """An entry that filled at 100, its stop at 97, and what follows from its refusal 0.3 s later."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    stop = placed(account.fill(entry), "stop")
    account.wall = later(0.3)
    return account, stop, account.reject(stop, "precision")


def _read(account: Account, seconds: float) -> Decision:
    """The venue names its tick of 2."""
    account.wall = later(seconds)
    account.markets = {**account.markets, BTC: COARSER}
    return account.handle(MarketRead(market=COARSER))


def _ring(account: Account, seconds: float) -> Decision:
    account.wall = later(seconds)
    return account.handle(AlarmRang(at=account.wall))


def test_a_stop_between_two_ticks_has_its_market_read_and_goes_out_rounded_by_it() -> None:
    """Towards the entry, under the next revision; then all goes on as ever."""
    account, stop, refused = _refused()
    assert (refused.intents, refused.outdated) == ((), (BTC,))

    again = placed(_read(account, 0.6), "stop")
    assert (stop.trigger, again.trigger, again.revision) == (D(97), D(98), 1)
    assert placed(account.settle(again), "take_profit").trigger == D(102)
    assert account.position().naked_since is None


def test_a_stop_between_two_quantity_steps_goes_out_for_what_is_on_one() -> None:
    """A step that became coarser beneath a position leaves it protected but for less than that step, and so closed."""
    account, stop, _ = _refused()
    step = stop.quantity * D("0.3")
    account.markets = {**account.markets, BTC: market(step=step, min_quantity=step)}
    account.wall = later(0.6)
    again = placed(account.handle(MarketRead(market=account.markets[BTC])), "stop")
    account.settle(again)
    asked = account.handle(CommandGiven(id="telegram/1", name="close", by="ann"))

    assert again.quantity == placed(asked, "close").quantity == step * 3
    assert account.position().naked_since is None


def test_a_stop_that_rests_for_all_is_left_alone_when_the_step_becomes_coarser() -> None:
    """It protects more than the one that could take its place."""
    account = Account()
    stop = placed(account.fill(placed(account.handle(arrived(signal())), "enter")), "stop")
    account.settle(stop)
    account.markets = {**account.markets, BTC: market(step=stop.quantity * D("0.3"))}

    assert orders(_ring(account, 5), "stop") == []


def test_until_its_market_was_read_a_stop_is_not_sent_again() -> None:
    """It would be refused again; another symbol's market says nothing."""
    account, _, _ = _refused()

    assert _ring(account, 0.5).intents == ()
    assert account.handle(MarketRead(market=market(ETH))).intents == ()


def test_a_stop_that_is_refused_a_second_time_closes_the_position() -> None:
    """Once more, and no more than that."""
    account, _, _ = _refused()
    second = account.reject(placed(_read(account, 0.4), "stop"), "precision")

    assert placed(second, "close").cause == "the venue refused the stop (precision)"
    assert orders(second, "stop") == []


def test_a_market_that_is_not_read_within_the_second_closes_the_position() -> None:
    """Counted from the fill, not from the refusal: the alarm is set for it."""
    account, _, refused = _refused()
    early, late = _ring(account, 0.9), _ring(account, 1)

    assert refused.alarm == early.alarm == later(1)
    assert early.intents == ()
    assert placed(late, "close").cause == "the venue refused the stop (precision)"
    assert _read(account, 1.1).intents == ()


def test_the_second_try_has_what_is_left_of_the_second() -> None:
    """Sent at 0.6 s and not confirmed at 1 s."""
    account, _, _ = _refused()
    sent = _read(account, 0.6)

    assert sent.alarm == later(1)
    assert placed(_ring(account, 1), "close").cause == "no stop was confirmed within a second"


def test_a_position_that_only_alerts_waits_for_no_market() -> None:
    """By `autoExit`, which was switched off meanwhile: nothing is to rest, and nothing closed."""
    account, _, _ = _refused()
    account.settings = settings(autoExit=False)
    switched = _ring(account, 0.5)

    assert (switched.intents, switched.alarm) == ((), None)
    assert (_ring(account, 2).intents, _read(account, 3).intents) == ((), ())


def test_a_larger_stop_between_two_ticks_waits_behind_the_one_that_rests() -> None:
    """Nothing is naked meanwhile: a second from its refusal, and no take-profit goes before it."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    account.settle(placed(account.fill(entry, quantity=D(2), ended=False), "stop"))
    account.fill(entry, quantity=entry.quantity - 2, ended=False)
    larger = placed(account.end(entry, executed=entry.quantity), "stop")
    account.wall = later(5)
    refused = account.reject(larger, "precision")
    waits = _ring(account, 5.4)
    again = _read(account, 5.5)

    assert (refused.intents, refused.alarm, waits.intents, waits.alarm) == ((), later(6), (), later(6))
    assert (placed(again, "stop").quantity, orders(again, "take_profit")) == (entry.quantity, [])
    settled = account.settle(placed(again, "stop"))
    assert len([intent for intent in settled.intents if isinstance(intent, CancelOrder)]) == 1


def test_where_nothing_may_be_closed_a_late_market_is_used_all_the_same() -> None:
    """Ledger and venue disagree: only a person closes, and until then a stop is better than none."""
    account, _, _ = _refused()
    doubt = SymbolDoubted(symbol=BTC, why="Unreconciled: a test", seen_at=account.wall)
    account.book = apply(account.book, [doubt])

    assert _ring(account, 2).intents == ()
    assert placed(_read(account, 3), "stop").trigger == D(98)


@pytest.mark.parametrize("purpose", ["enter", "take_profit"])
def test_whatever_is_refused_for_its_steps_has_its_market_read(purpose: str) -> None:
    """So that the next one fits."""
    account = Account()
    order = placed(account.handle(arrived(signal())), "enter")
    if purpose == "take_profit":
        order = placed(account.settle(placed(account.fill(order), "stop")), "take_profit")

    assert account.reject(order, "precision").outdated == (BTC,)
    assert account.handle(AlarmRang(at=account.wall)).outdated == ()


def test_another_refusal_reads_no_market() -> None:
    """The steps have nothing to do with it."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")

    assert account.reject(entry, "insufficient_margin").outdated == ()
