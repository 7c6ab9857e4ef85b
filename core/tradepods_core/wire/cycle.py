"""A cycle: what every strategy said about every symbol at one candle close, computed once for all accounts."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from tradepods_core.shapes import Amount, Message, Symbol
from tradepods_core.times import Moment, Timeframe

SHARE_OF_TIMEFRAME = 0.2  # a signal older than this part of its candle speaks of a market that is gone
LONGEST_VALID = timedelta(seconds=60)
TIMING = {"published_at", "valid_until", "step"}  # what may differ between two computations of the same candles


class Signal(Message):
    """One strategy's word on one side of one symbol.

    Attributes:
        strength: who gets a slot first; ties go by id.
        reference_price: close of the candle that the signal speaks of, quote.
        reasons: the conditions that hold, with their numbers.

    """

    id: str
    strategy: str
    namespace: str
    revision: str
    symbol: Symbol
    side: Literal["long", "short"]
    kind: str
    strength: Amount
    reference_price: Annotated[Amount, Field(gt=0)]
    reasons: tuple[str, ...] = ()


class Cycle(Message):
    """All signals of one candle close, published even when there is none.

    Attributes:
        id: `5m@2026-11-20T12:05:00Z`.
        revision: rises when a late symbol is added to a cycle already published.
        valid_until: after this no entry follows from it.
        variables: by symbol, then by term (`rsi(period=14)`, `rsi(period=14)@1h`); floats that never become a price.
        before: likewise, one candle ago: of the terms of which a management rule asks whether they cross.
        late: symbols whose candle was not there in time, or for which there was no time.
        missing: symbols of which some variable is not known: a gap, too short a history, no trade.
        step: the replay step that closed the candle; None on a live market.

    """

    id: str
    timeframe: str
    close: Moment
    revision: Annotated[int, Field(ge=1)] = 1
    published_at: Moment
    valid_until: Moment
    universe: tuple[Symbol, ...]
    signals: tuple[Signal, ...] = ()
    variables: dict[Symbol, dict[str, float]] = {}
    before: dict[Symbol, dict[str, float]] = {}
    late: tuple[Symbol, ...] = ()
    missing: tuple[Symbol, ...] = ()
    step: int | None = None

    def body(self) -> bytes:
        """What the same candles always give, byte for byte: all but when it was published."""
        return self.model_dump_json(by_alias=True, exclude=TIMING).encode()

    def in_order(self) -> list[Signal]:
        """The signals in the order in which they are decided: strength descending, then id."""
        return sorted(self.signals, key=lambda signal: (-signal.strength, signal.id))


def valid_for(timeframe: Timeframe) -> timedelta:
    """How long after publication a cycle's signals may be acted on."""
    return min(timeframe.length * SHARE_OF_TIMEFRAME, LONGEST_VALID)
