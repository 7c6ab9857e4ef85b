"""What a person asks for is understood, or it is said which field, which value, and what would do."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from support.build import BTC, ETH, NOON, market
from tradepods_cli.data import asked
from tradepods_core.errors import Invalid

MARKETS = {BTC: market(BTC), ETH: market(ETH)}
BEGIN = datetime(2025, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize("said", ["2025-06-01", "2025-06-01T00:00", "2025-06-01T00:00Z", "2025-06-01T09:00+09:00"])
def test_a_day_or_a_moment_is_in_utc_unless_it_says_otherwise(said: str) -> None:
    """All of these are the same one; without an end it is now."""
    assert asked.period(said, None, now=NOON) == (BEGIN, NOON)


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        ("yesterday", None, "--from is yesterday: write a date, as 2025-06-01"),
        ("2025-06-31", None, "--from is 2025-06-31: write a date"),
        ("", None, "--from: write a date"),
        ("1969-12-31", None, "--from is 1969-12-31: no exchange is so old"),
        ("0001-01-01T00:00+23:00", None, "--from is 0001-01-01T00:00+23:00: write a date"),
        ("2025-06-01", "2025-06-01", "--from is 2025-06-01: must be before --to, 2025-06-01T00:00:00Z"),
        ("2025-06-01", "2099-01-01", "--to is 2099-01-01: is not over yet: write"),
        ("2098-06-01", None, "--from is 2098-06-01: must be before --to"),
        ("x" * 500, None, "--from is " + "x" * 40 + ": write"),
    ],
)
def test_a_period_that_is_none_is_refused(since: str, until: str | None, told: str) -> None:
    """With the field, what stands there, and what would do."""
    with pytest.raises(Invalid) as error:
        asked.period(since, until, now=NOON)

    assert str(error.value).startswith(told)


def test_a_period_without_a_whole_candle_is_refused() -> None:
    """Nothing would come of it."""
    with pytest.raises(Invalid, match="no candle of 1h opens and closes before"):
        asked.span(BEGIN, BEGIN.replace(minute=59), asked.timeframes(["1h"])[0])


@pytest.mark.parametrize("said", ["2m", "1w", "0m", "m", "", "1m\n"])
def test_lengths_that_the_exchange_does_not_have_are_refused(said: str) -> None:
    """With those that it has."""
    with pytest.raises(Invalid, match="the exchange has 1m, 3m, 5m"):
        asked.timeframes(["5m", said])


def test_lengths_and_contracts_are_there_once() -> None:
    """However often, and in whatever letters, they are named."""
    assert list(map(str, asked.timeframes(["1h", "1m", "1h"]))) == ["1m", "1h"]
    assert asked.symbols(["btcusdt", "ETH/usdt:usdt", BTC], MARKETS) == (BTC, ETH)


def test_the_largest_trade_most_and_are_in_trading() -> None:
    """By quote volume of a day, by name where it is equal."""
    closed = market("XRP/USDT:USDT").model_copy(update={"trading": False})
    volumes = {BTC: Decimal(5), ETH: Decimal(5), "XRP/USDT:USDT": Decimal(9), "GONE/USDT:USDT": Decimal(99)}

    assert asked.largest(5, volumes, {**MARKETS, "XRP/USDT:USDT": closed}) == (BTC, ETH)
    assert asked.largest(1, {**volumes, ETH: Decimal(6)}, MARKETS) == (ETH,)
