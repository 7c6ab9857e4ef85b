"""What a person asks `tradepods data` for, checked: dates, timeframes, symbols. Whatever is wrong raises Invalid."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from tradepods_cli.data.spans import Span
from tradepods_core.errors import Invalid, Problem
from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.times import EPOCH, Timeframe, written

TIMEFRAMES = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d")  # that the venue has
DATE = "write a date, as 2025-06-01, or a moment, as 2025-06-01T12:00Z"
LONGEST = 40  # characters of what was written that are shown again


def period(since: str, until: str | None, *, now: datetime) -> tuple[datetime, datetime]:
    """From when and until when; without an end until now. Without a time zone UTC is meant."""
    begin = _moment("--from", since)
    end = now if until is None else _moment("--to", until)
    if end > now:
        raise _wrong("--to", until or "", f"is not over yet: write {written(now.replace(microsecond=0))} or earlier")
    if begin >= end:
        raise _wrong("--from", since, f"must be before --to, {written(end.replace(microsecond=0))}")
    return begin, end


def _moment(field: str, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        moment = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong(field, text, DATE) from None
    if moment < EPOCH:
        raise _wrong(field, text, "no exchange is so old: write a date after 1970")
    return moment


def span(since: datetime, until: datetime, timeframe: Timeframe) -> Span:
    """The candles that open and close in a period."""
    found = Span.of(since, until, timeframe)
    if not found.count:
        raise _wrong("--from", written(since), f"no candle of {timeframe} opens and closes before {written(until)}")
    return found


def timeframes(texts: Sequence[str]) -> tuple[Timeframe, ...]:
    """Each once, shortest first."""
    for text in texts:
        if text not in TIMEFRAMES:
            raise _wrong("--timeframe", text, f"the exchange has {', '.join(TIMEFRAMES)}")
    return tuple(sorted({Timeframe.parse(text) for text in texts}))


def symbols(names: Iterable[str], markets: Mapping[Symbol, Market]) -> tuple[Symbol, ...]:
    """Each once, as asked; the exchange's own names will do, in letters of any case."""
    known = {market.id: symbol for symbol, market in markets.items()} | {symbol: symbol for symbol in markets}
    problems = [_unknown(name, known) for name in names if name.upper() not in known]
    if problems:
        raise Invalid(problems)
    return tuple(dict.fromkeys(known[name.upper()] for name in names))


def _unknown(name: str, known: Mapping[str, Symbol]) -> Problem:
    near = difflib.get_close_matches(name.upper()[:LONGEST], known, n=1)
    fix = f"did you mean {known[near[0]]}?" if near else "the exchange has no such contract: write BTC/USDT:USDT"
    return Problem(field="SYMBOL", value=name[:LONGEST], fix=fix)


def largest(count: int, volumes: Mapping[Symbol, Decimal], markets: Mapping[Symbol, Market]) -> tuple[Symbol, ...]:
    """The contracts in trading with most quote volume, largest first."""
    trading = [symbol for symbol, market in markets.items() if market.trading and symbol in volumes]
    return tuple(sorted(trading, key=lambda symbol: (-volumes[symbol], symbol))[:count])


def _wrong(field: str, value: str, fix: str) -> Invalid:
    return Invalid([Problem(field=field, value=value[:LONGEST], fix=fix)])
