"""Where the market comes from: recorded candles, recorded stream messages, or a seed."""

import argparse
from pathlib import Path

import structlog

from tradepods_core.errors import Permanent
from tradepods_core.times import from_ms, written
from tradepods_simulator.exchange import recorded, recorded_funding, synthetic
from tradepods_simulator.exchange.market import ReplayedMarket, choose_window
from tradepods_simulator.exchange.marketplace import Marketplace
from tradepods_simulator.exchange.message_market import MessageMarket
from tradepods_simulator.exchange.options import HOURS, depth_of
from tradepods_simulator.exchange.recordings import files_in, symbol_of

SYNTHETIC_HISTORY_HOURS = 14 * 24  # what comes before the replay, for warming up
PARQUET = b"PAR1"
log = structlog.get_logger()


def market_of(options: argparse.Namespace) -> Marketplace:
    """The market that the command line asks for; raises Permanent, which names flag, value and fix."""
    if options.participants and options.speed is not None:
        raise Permanent(f"--speed {options.speed:g}: lock-step has no speed: leave --speed or --participants out")
    if options.data is None:
        market, kind = _synthetic(options), "synthetic"
    elif _is_messages(options.data):
        market, kind = _messages(options), "recorded messages"
    else:
        market, kind = _candles(options), "recorded candles"
    begins, ends = written(from_ms(market.start_ms)), written(from_ms(market.end_ms))
    log.info("market", source=kind, symbols=len(market.ids), begins=begins, ends=ends, steps=market.steps)
    return market


def _synthetic(options: argparse.Namespace) -> Marketplace:
    hours = options.hours or HOURS
    minutes = (SYNTHETIC_HISTORY_HOURS + hours) * 60
    history = synthetic.generate(seed=options.seed, minutes=minutes)
    funding = synthetic.funding(seed=options.seed, minutes=minutes)
    window = choose_window(history, hours=hours)
    return ReplayedMarket(history, window, depth=depth_of(options), funding=funding)


def _candles(options: argparse.Namespace) -> Marketplace:
    history = recorded.load(options.data)
    funding = recorded_funding.load(options.data)
    if without := sorted(history.keys() - funding.keys()):
        log.info("no_funding", symbols=without, expected=f"SYMBOL{recorded_funding.SUFFIX}")
    window = choose_window(history, hours=options.hours or HOURS)
    return ReplayedMarket(history, window, depth=depth_of(options), funding=funding)


def _messages(options: argparse.Namespace) -> Marketplace:
    if options.hours is not None:
        raise Permanent(f"--hours {options.hours}: recorded messages are replayed as a whole: leave --hours out")
    for flag, value in (("--spread", options.spread), ("--depth", options.depth)):
        if value is not None:
            raise Permanent(f"{flag} {value}: recorded messages have their own order books: leave {flag} out")
    return MessageMarket.of(options.data)


def _is_messages(place: Path) -> bool:
    """Whether a place holds stream messages rather than candles; of a folder that holds both, the candles count."""
    if place.is_dir():
        return next(place.rglob(recorded.PATTERN), None) is None and bool(files_in(place))
    if not place.is_file():
        raise Permanent(f"--data {place}: there is no such file or folder")
    if symbol_of(place) is not None:
        return True
    with place.open("rb") as file:
        if file.read(len(PARQUET)) == PARQUET:
            raise Permanent(f"--data {place}: this is one candle file: name its folder, {place.parent}")
    raise Permanent(f"--data {place}: neither recorded stream messages nor a folder of candles")
