"""Cooldowns: what was published says when a strategy may speak again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.build import BTC, ETH, NOON, arrived, signal
from support.signals_history import strategy
from tradepods_core.wire.cycle import Cycle
from tradepods_signals.engine.cooldown import Cooldowns

MINUTE = timedelta(minutes=1)


def _cycle(minutes: float, *symbols: str, side: str = "long") -> Cycle:
    close = NOON + minutes * MINUTE
    return arrived(*(signal(symbol, side, close=close, strategy="swing") for symbol in symbols), close=close).cycle


def _over(book: Cooldowns, minutes: float, *, symbol: str = BTC, side: str = "long", seconds: int = 600) -> bool:
    close = NOON + minutes * MINUTE
    return book.over(strategy(cooldownSeconds=seconds), symbol, side, close=close)


@pytest.mark.parametrize(("minutes", "expected"), [(5, False), (9.99, False), (10, True), (15, True)])
def test_a_strategy_may_speak_again_once_its_time_has_passed(minutes: float, expected: bool) -> None:
    """Exactly the cooldown later is late enough."""
    assert _over(Cooldowns([_cycle(0, BTC)]), minutes) is expected


def test_only_the_same_symbol_and_side_is_silenced() -> None:
    """Of the same strategy."""
    book = Cooldowns([_cycle(0, BTC)])

    assert not _over(book, 5)
    assert _over(book, 5, symbol=ETH)
    assert _over(book, 5, side="short")
    assert book.over(strategy(name="other", cooldownSeconds=600), BTC, "long", close=NOON + 5 * MINUTE)


def test_a_cycle_that_is_computed_again_says_the_same_again() -> None:
    """What it said at this very close is no reason for silence; what was said before still is."""
    book = Cooldowns([_cycle(0, BTC), _cycle(5, ETH)])
    book.hear(_cycle(5, ETH))

    assert _over(book, 5, symbol=ETH)
    assert not _over(book, 5)
    assert _over(Cooldowns([_cycle(0, BTC), _cycle(10, BTC)]), 10)
    assert not _over(Cooldowns([_cycle(0, BTC), _cycle(5, BTC)]), 5)


@given(spoken=st.lists(st.integers(0, 40), max_size=8), at=st.integers(0, 50), cut=st.integers(0, 8))
def test_a_new_start_with_the_history_goes_on_as_if_it_had_never_stopped(spoken: list[int], at: int, cut: int) -> None:
    """Heard one by one or all at once."""
    cycles = [_cycle(minutes, BTC) for minutes in sorted(set(spoken))]
    running = Cooldowns(cycles[:cut])
    for cycle in cycles[cut:]:
        running.hear(cycle)

    assert _over(running, at) == _over(Cooldowns(cycles), at)
