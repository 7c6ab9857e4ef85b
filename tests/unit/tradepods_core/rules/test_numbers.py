"""Numbers of positions: every id that the venue sees follows from them, and none is given out twice."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from support.account import Account, placed
from support.build import ETH, NOON, arrived, signal


def test_an_account_whose_ledger_was_lost_gives_no_id_out_twice() -> None:
    """The venue remembers ids for days: a new order under an old one would be taken for the old."""
    first, second = Account(), Account()
    before = placed(first.handle(arrived(signal())), "enter")
    close = NOON + timedelta(minutes=5)
    second.now = second.marks_at = close
    after = placed(second.handle(arrived(signal(close=close), close=close)), "enter")

    assert after.id != before.id
    assert after.position > before.position


def test_two_positions_of_one_cycle_have_two_numbers() -> None:
    """They count on from the cycle's."""
    account = Account()
    decision = account.handle(arrived(signal(), signal(ETH)))
    numbers = [intent.position for intent in decision.intents if hasattr(intent, "position")]

    assert numbers == [int(NOON.timestamp()), int(NOON.timestamp()) + 1]


@given(st.lists(st.integers(min_value=0, max_value=3), min_size=1, max_size=12))
def test_numbers_only_rise(gaps: list[int]) -> None:
    """Whatever cycles come, also several at one close."""
    account, numbers = Account(), []
    close = NOON
    for index, gap in enumerate(gaps):
        close += timedelta(minutes=5 * gap)
        account.now = account.marks_at = close
        symbol_free = not account.book.positions and not account.book.orders
        decision = account.handle(arrived(signal(strategy=f"s{index}", close=close), close=close))
        entries = [intent for intent in decision.intents if getattr(intent, "purpose", "") == "enter"]
        assert bool(entries) == symbol_free
        for entry in entries:
            numbers.append(entry.position)  # type: ignore[union-attr]  # it is an order
            account.reject(entry, "insufficient_margin")

    assert numbers == sorted(set(numbers))
