"""Guards: each says no for one reason, and lets pass what it is not about."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from support.account import Account, placed
from support.build import BTC, ETH, NOON, arrived, market, settings, signal
from tradepods_core.book.book import apply
from tradepods_core.book.facts import SignalDecided, SymbolDoubted
from tradepods_core.book.intents import PlaceOrder
from tradepods_core.rules.decide import decide
from tradepods_core.rules.snapshot import VenueState
from tradepods_core.settings.account import AccountSpec

D = Decimal


def _refused(account: Account, **changes: object) -> list[str]:
    account.handle(arrived(signal(**changes)))  # type: ignore[arg-type]
    return account.refusals()


def test_a_signal_that_nothing_speaks_against_is_entered() -> None:
    """The tests below each change one thing about this."""
    account = Account()
    decision = account.handle(arrived(signal()))

    assert account.refusals() == []
    entry = placed(decision, "enter")
    assert (entry.leg.symbol, entry.kind, entry.reduce_only) == (BTC, "market", False)


@pytest.mark.parametrize("state", ["Paused", "Stopped"])
def test_only_a_running_account_opens_positions(state: str) -> None:
    """Paused guards and manages, and opens nothing."""
    assert _refused(Account(account_settings=settings(state=state))) == ["Paused"]


def test_multi_assets_mode_opens_nothing() -> None:
    """Its margin is another than the one that is reckoned with."""
    assert _refused(Account(venue=VenueState(single_asset=False))) == ["UnsupportedAccountMode"]


def test_a_signal_is_acted_on_until_its_cycle_expires() -> None:
    """The last moment still counts, the next does not."""
    in_time, late = Account(), Account()
    in_time.now = NOON + timedelta(seconds=60)
    late.now = NOON + timedelta(seconds=60, milliseconds=1)
    in_time.marks_at = late.marks_at = NOON + timedelta(seconds=60)

    assert _refused(in_time) == []
    assert _refused(late) == ["SignalExpired"]


def test_an_account_follows_the_strategies_that_it_names() -> None:
    """Naming none means every one."""
    assert _refused(Account(account_settings=settings(strategies=["other"]))) == ["StrategyNotSelected"]
    assert _refused(Account(account_settings=settings(strategies=["other", "swing"]))) == []


@pytest.mark.parametrize(
    ("symbols", "expected"),
    [
        ({"allow": [ETH]}, ["SymbolNotAllowed"]),
        ({"deny": [BTC]}, ["SymbolNotAllowed"]),
        ({"allow": [BTC]}, []),
        ({"deny": [ETH]}, []),
    ],
)
def test_an_account_trades_what_its_filter_lets_through(symbols: dict[str, list[str]], expected: list[str]) -> None:
    """An empty allow means every symbol, deny always wins."""
    assert _refused(Account(account_settings=settings(symbols=symbols))) == expected


def test_a_symbol_that_takes_no_new_positions_is_left_alone() -> None:
    """Close-only, delisted, or unknown to the venue."""
    assert _refused(Account(markets=[market(trading=False)])) == ["MarketClosed"]
    assert _refused(Account(markets=[market(ETH)])) == ["MarketClosed"]


def test_a_symbol_of_which_the_account_has_not_read_the_leverage_yet_is_not_entered() -> None:
    """It has just come into the universe: what the venue has set there may be far more than the setting."""
    assert _refused(Account(venue=VenueState(leverage={ETH: 10}))) == ["Unreconciled"]
    assert _refused(Account(venue=VenueState(leverage={BTC: 10, ETH: 10}))) == []


def test_no_entry_without_a_mark_price_of_the_last_two_periods() -> None:
    """A stale price sizes a position wrongly."""
    none, old, fresh = Account(marks={ETH: D(100)}), Account(), Account()
    old.marks_at = NOON - timedelta(minutes=10, seconds=1)
    fresh.marks_at = NOON - timedelta(minutes=10)

    assert _refused(none) == ["StaleData"]
    assert _refused(old) == ["StaleData"]
    assert _refused(fresh) == []


@pytest.mark.parametrize("why", ["Unreconciled: the ledger holds 1, the venue 0", "ForeignPosition: not ours"])
def test_no_entry_where_ledger_and_venue_disagree(why: str) -> None:
    """Nor on top of what is not ours; other symbols go on."""
    account = Account()
    account.book = apply(account.book, [SymbolDoubted(symbol=BTC, why=why, seen_at=account.wall)])

    assert _refused(account) == [why.partition(":")[0]]
    assert placed(account.handle(arrived(signal(ETH))), "enter").leg.symbol == ETH


def _entered(account_settings: AccountSpec | None = None, **changes: object) -> Account:
    account = Account(account_settings=account_settings)
    account.fill(placed(account.handle(arrived(signal(**changes))), "enter"))  # type: ignore[arg-type]
    return account


def test_one_position_a_leg() -> None:
    """A second signal of the side neither adds nor replaces."""
    account = _entered()
    account.handle(arrived(signal(close=NOON + timedelta(minutes=5)), close=NOON + timedelta(minutes=5)))

    assert account.refusals() == ["AlreadyInPosition"]


def test_an_entry_under_way_counts_as_a_position() -> None:
    """Before any fill: a slow answer must not lead to a second order."""
    account = Account()
    account.handle(arrived(signal()))
    account.handle(arrived(signal(close=NOON + timedelta(minutes=5)), close=NOON + timedelta(minutes=5)))

    assert account.refusals() == ["AlreadyInPosition"]


def test_a_signal_never_reverses_a_position() -> None:
    """The other side waits until the symbol is flat."""
    account = _entered()
    account.handle(arrived(signal(side="short")))

    assert account.refusals() == ["OppositePosition"]


def _closed(account: Account) -> None:
    """The stop of the account's one position fills, and the take-profit's cancel is confirmed."""
    stop = account.live("stop")
    account.fill(stop, price="97")
    for intent in tuple(account.book.unsettled.values()):
        account.settle(intent)


def _protected(account_settings: AccountSpec | None = None) -> Account:
    account = Account(account_settings=account_settings)
    account.opened()
    return account


def test_a_new_entry_waits_until_no_order_of_an_earlier_position_rests() -> None:
    """A take-profit that still rests would reduce the new position."""
    account = _protected(settings(exitCooldownHours=0))
    account.fill(account.live("stop"), price="97")
    account.handle(arrived(signal(side="short")))

    assert account.refusals() == ["ProtectionResting"]


@pytest.mark.parametrize(("minutes", "expected"), [(119, ["ExitCooldown"]), (120, [])])
def test_the_exit_cooldown_blocks_both_sides_from_the_moment_of_being_flat(minutes: int, expected: list[str]) -> None:
    """Two hours by default, whatever closed the position."""
    account = _protected()
    _closed(account)
    account.now = account.marks_at = NOON + timedelta(minutes=minutes)
    account.handle(arrived(signal(side="short", close=account.now), close=account.now))

    assert account.refusals() == expected


def test_the_exit_cooldown_starts_when_the_venue_has_filled_the_last_of_it() -> None:
    """A partial exit doesn't start it; when its end was heard of is no matter."""
    account, filled_at = _protected(), NOON + timedelta(minutes=1)
    stop = account.live("stop")
    account.now = NOON + timedelta(minutes=9)
    account.fill(stop, price="97", quantity=stop.quantity / 2, ended=False, at=NOON)
    assert account.book.closed_at == {}

    account.fill(stop, price="97", quantity=stop.quantity / 2, at=filled_at)
    assert account.book.closed_at == {BTC: filled_at}


@pytest.mark.parametrize(("minutes", "expected"), [(29, ["EntryCooldown"]), (30, [])])
def test_the_entry_cooldown_runs_from_the_last_entry_fill(minutes: int, expected: list[str]) -> None:
    """Also when the position is closed again at once."""
    account = _protected(settings(entryCooldownMinutes=30, exitCooldownHours=0))
    _closed(account)
    account.now = account.marks_at = NOON + timedelta(minutes=minutes)
    account.handle(arrived(signal(close=account.now), close=account.now))

    assert account.refusals() == expected


def test_max_positions_counts_positions_and_entries_under_way() -> None:
    """The stronger signal gets the last slot."""
    account = Account(account_settings=settings(maxPositions=1))
    decision = account.handle(arrived(signal(BTC), signal(ETH, strength=D(2))))

    assert placed(decision, "enter").leg.symbol == ETH
    assert account.refusals() == ["MaxPositions"]


@pytest.mark.parametrize(
    ("mark", "expected"), [("100.5", []), ("99.5", []), ("100.6", ["PriceMoved"]), ("99.4", ["PriceMoved"])]
)
def test_the_price_may_have_moved_by_max_slippage(mark: str, expected: list[str]) -> None:
    """Half a percent by default, in either direction."""
    assert _refused(Account(marks={BTC: D(mark)})) == expected


def test_a_refusal_is_final_and_counted_once() -> None:
    """The same cycle again, or a higher revision of it, decides nothing anew."""
    account = Account(account_settings=settings(strategies=["other"]))
    event = arrived(signal())
    account.handle(event)
    account.handle(event)
    account.handle(replace(event, cycle=event.cycle.model_copy(update={"revision": 2})))

    assert account.refusals() == ["StrategyNotSelected"]


def test_a_signal_is_decided_in_one_of_an_accounts_two_books() -> None:
    """Decided signal ids are shared: the cycle of a moment before a switch leads to nothing in the book after it."""
    account = Account()
    snapshot = account.snapshot(arrived(signal(), signal(ETH)))
    decision = decide(replace(snapshot, elsewhere={signal().id}))

    assert [fact.symbol for fact in decision.facts if isinstance(fact, SignalDecided)] == [ETH]
    assert placed(decision, "enter").leg.symbol == ETH


def test_a_cycle_is_for_the_book_that_trades() -> None:
    """The other one is guarded until it is flat, and says nothing of signals."""
    account = Account()
    guards_only = replace(account.snapshot(arrived(signal())), paper=False)

    assert not [fact for fact in decide(guards_only).facts if isinstance(fact, SignalDecided | PlaceOrder)]


def test_a_later_revision_neither_undoes_nor_repeats_but_may_add() -> None:
    """A symbol that was late comes with a higher revision: its signal is decided, the earlier one stays."""
    account = Account()
    account.handle(arrived(signal(BTC)))
    event = arrived(signal(BTC), signal(ETH))
    decision = account.handle(replace(event, cycle=event.cycle.model_copy(update={"revision": 2})))

    assert placed(decision, "enter").leg.symbol == ETH
    assert account.refusals() == []


def test_each_symbols_mark_has_an_age_of_its_own() -> None:
    """A feed that lost one symbol still moves the others."""
    account = Account()
    account.older_marks = {BTC: NOON - timedelta(minutes=11)}
    account.handle(arrived(signal(BTC), signal(ETH)))

    assert account.refusals() == ["StaleData"]
    assert "BTC/USDT:USDT is of" in str(account.facts)


def test_nothing_is_entered_while_fills_could_not_be_heard() -> None:
    """The private stream is down: a position's stop would come too late."""
    account = Account()
    account.connected = False

    assert _refused(account) == ["StaleData"]


def test_a_cycle_of_long_ago_is_history() -> None:
    """Decided signals are forgotten some time after their cycle; a cycle so old decides nothing, without a trace."""
    account = Account()
    account.now = account.marks_at = NOON + timedelta(minutes=10)
    account.handle(arrived(signal()))

    assert account.refusals() == []
    assert account.book.orders == {}
