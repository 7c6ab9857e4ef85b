"""What guards a position follows the settings: targets that change, orders that rest, levels that only alert."""

from decimal import Decimal
from typing import Any

import pytest

from support.account import Account, orders, placed
from support.build import BTC, ETH, arrived, settings, signal
from tradepods_core.book.events import CommandGiven, MarksMoved, SettingsChanged
from tradepods_core.book.intents import CancelOrder
from tradepods_core.rules.snapshot import Decision
from tradepods_core.settings.overrides import in_force

D = Decimal
OFF: dict[str, Any] = {"autoExit": False}
LADDER: dict[str, Any] = {"dca": {"enabled": True, "triggerPct": 2, "stepPcts": [30]}}


def _now(account: Account, **changes: Any) -> Decision:
    """The manifest says this from now on."""
    account.settings = settings(**changes)
    return account.handle(SettingsChanged(terms=in_force(account.settings, ())))


def _move(account: Account, price: str) -> Decision:
    account.marks = {BTC: D(price), ETH: D(100)}
    return account.handle(MarksMoved(at=account.now, marks=account.marks))


def _kinds(decision: Decision) -> list[str]:
    return [notice.kind for notice in decision.notices]


def _targets(stop: float = 3, target: float = 3) -> dict[str, Any]:
    return {"long": {"stopLossPct": stop, "takeProfitPct": target}}


def test_a_changed_take_profit_is_placed_again_at_once() -> None:
    """A changed take-profit is re-placed at once: the new one rests before the old one is cancelled."""
    account = Account()
    _, _, old = account.opened()

    decision = _now(account, **_targets(target=5))
    new = placed(decision, "take_profit")
    assert (new.trigger, orders(decision, "stop"), _kinds(decision)) == (D(105), [], ["terms_changed"])
    cancels = [intent for intent in account.settle(new).intents if isinstance(intent, CancelOrder)]
    assert [intent.target for intent in cancels] == [old.id]


def test_a_tighter_stop_loss_counts_at_once() -> None:
    """A changed stop-loss at once if it tightens."""
    account = Account()
    account.opened()

    assert placed(_now(account, **_targets(stop=1)), "stop").trigger == D(99)


def test_a_wider_stop_loss_is_for_the_next_position() -> None:
    """... else for the next position."""
    account = Account()
    account.opened()

    assert _now(account, **_targets(stop=5)).intents == ()
    assert placed(account.fill(placed(account.handle(arrived(signal(ETH))), "enter")), "stop").trigger == D(95)


def test_a_tighter_stop_that_is_hit_already_closes_the_position_at_market() -> None:
    """-2021 on a move: the new level is hit, so close at market, the old stop resting until flat."""
    account = Account()
    account.opened()
    _move(account, "98.5")

    tighter = placed(_now(account, **_targets(stop=1)), "stop")
    decision = account.reject(tighter, "would_trigger")
    assert placed(decision, "close").reduce_only
    assert not [intent for intent in decision.intents if isinstance(intent, CancelOrder)]


def test_leverage_size_and_filters_are_for_new_positions_only() -> None:
    """Leverage, margin mode, entryPct, symbols, strategies: new positions only."""
    account = Account()
    account.opened()

    decision = _now(account, leverage=3, entryPct=50, symbols={"deny": [BTC]}, strategies=["other"])
    assert (decision.intents, decision.notices) == ((), ())


def test_without_auto_exit_no_order_rests_and_the_entry_says_so() -> None:
    """No stop or take-profit rests; every entry message says that no stop rests on the exchange."""
    account = Account(account_settings=settings(**OFF))
    entry = placed(account.handle(arrived(signal())), "enter")
    first = account.fill(entry, quantity=D(1), ended=False)
    last = account.fill(entry, quantity=entry.quantity - 1)
    told = [notice for notice in account.notices if notice.kind == "entered"]

    assert (first.intents, last.intents) == ((), ())
    assert [notice.values["rests"] for notice in told] == ["no"]
    assert account.position().naked_since is None  # nothing is late where nothing is to come


@pytest.mark.parametrize(("price", "what"), [("96.9", "stop"), ("103.1", "take_profit")])
def test_without_auto_exit_a_level_alerts_once(price: str, what: str) -> None:
    """Levels only alert: the person is told once, and nothing is sent."""
    account = _alerting()

    first, again = _move(account, price), _move(account, price)
    assert [(n.kind, n.values["what"]) for n in first.notices] == [("level_reached", what)]
    assert (first.intents, again.notices, again.intents) == ((), (), ())


def test_without_auto_exit_the_ladder_alerts() -> None:
    """DCA only alerts."""
    account = _alerting(**LADDER)

    decision = _move(account, "97.9")
    assert [(n.kind, n.values["what"]) for n in decision.notices] == [("level_reached", "ladder")]
    assert (decision.intents, _move(account, "97.8").notices) == ((), ())


def test_auto_exit_switched_off_cancels_stop_and_take_profit() -> None:
    """On→off: our stop and take-profit are cancelled, and the position is no longer counted as without its stop."""
    account = Account()
    _, stop, target = account.opened()

    decision = _now(account, **OFF)
    assert {intent.target for intent in decision.intents if isinstance(intent, CancelOrder)} == {stop.id, target.id}
    assert _kinds(decision) == ["disarmed"]
    for intent in decision.intents:
        account.settle(intent)
    account.wall = account.wall.replace(second=30)
    assert (_move(account, "99").intents, account.position().naked_since) == ((), None)


def test_auto_exit_switched_on_protects_every_position() -> None:
    """Off→on: protection for every own position, where its levels stand."""
    account = _alerting()

    decision = _now(account)
    stop = placed(decision, "stop")
    target = placed(account.settle(stop), "take_profit")
    assert (stop.trigger, target.trigger, _kinds(decision)) == (D(97), D(103), ["armed"])


def test_a_stop_whose_level_is_passed_goes_below_the_present_mark() -> None:
    """Where the level is already passed, the stop goes stopLossPct from the present mark and the person is told."""
    account = _alerting()
    _move(account, "90")

    decision = _now(account)
    stop = placed(decision, "stop")
    target = placed(account.settle(stop), "take_profit")
    assert (stop.trigger, target.trigger) == (D("87.3"), D(103))
    assert [(n.kind, n.values) for n in decision.notices] == [("armed", {"stop": "87.3"})]
    assert _move(account, "88").intents == ()  # never an instant close


def test_a_take_profit_whose_level_is_passed_goes_above_the_present_mark() -> None:
    """Never an instant close: what was earned meanwhile is not sold by a switch."""
    account = _alerting()
    _move(account, "110")

    stop = placed(_now(account), "stop")
    assert (stop.trigger, placed(account.settle(stop), "take_profit").trigger) == (D(97), D("113.3"))


def test_protection_that_returns_waits_for_a_mark_price() -> None:
    """Without a mark nobody knows whether a level is passed; the first mark settles it."""
    account = _alerting()
    account.marks = {}

    assert _now(account).intents == ()
    assert placed(_move(account, "95"), "stop").trigger == D("92.2")


def test_a_close_that_a_person_asks_for_works_without_auto_exit() -> None:
    """A refused close goes out again, for a person wants it closed."""
    account = _alerting()
    close = placed(account.handle(CommandGiven(id="telegram/1", name="close", by="alice")), "close")
    account.reject(close, "other")
    account.wall = account.wall.replace(second=30)

    assert placed(_move(account, "99"), "close").revision == 1


def test_a_stop_that_was_set_anew_moves_only_in_favour_from_there() -> None:
    """Break-even takes over from it, and after that the better of its levels counts."""
    account = _alerting(breakEven={"triggerPct": 1, "offsetPct": 0})
    _move(account, "90")
    stop = placed(_now(account, breakEven={"triggerPct": 1, "offsetPct": 0}), "stop")
    account.settle(stop)

    assert _move(account, "89").intents == ()
    assert placed(_move(account, "101"), "stop").trigger == D(100)


def _alerting(**changes: Any) -> Account:
    """A long position at 100 for which nothing rests."""
    account = Account(account_settings=settings(**OFF, **changes))
    account.fill(placed(account.handle(arrived(signal())), "enter"))
    return account


def test_a_stop_that_is_being_cancelled_is_replaced_at_once_when_auto_exit_returns() -> None:
    """Off→on before the cancels are through: a new stop goes out beside the old one, and nothing is closed."""
    account = Account()
    _, old, _ = account.opened()
    cancels = [intent for intent in _now(account, **OFF).intents if isinstance(intent, CancelOrder)]
    new = placed(_now(account), "stop")
    account.settle(new)
    account.wall = account.wall.replace(second=30)
    decision = _move(account, "100.5")

    assert (new.trigger, new.revision, account.position().naked_since) == (D(97), 1, None)
    assert orders(decision, "close") == []
    assert old.id in {cancel.target for cancel in cancels}


def test_a_tighter_stop_loss_counts_for_a_stop_that_was_set_anew() -> None:
    """The better of its two levels, once the setting is tightened."""
    account = _alerting()
    _move(account, "96")
    account.settle(placed(_now(account), "stop"))
    _move(account, "99.5")

    assert placed(_now(account, **_targets(stop=1)), "stop").trigger == D(99)
