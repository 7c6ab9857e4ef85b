"""The exchange's part of a new account: keys are tried, what they may do is judged, what is there is shown."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import timedelta

from rich.markup import escape
from rich.table import Table

from tradepods_cli.accounts.asking import Asking
from tradepods_cli.accounts.key_sources import check_shape
from tradepods_cli.exits import console
from tradepods_core.errors import Invalid, Problem
from tradepods_core.money import ZERO, plain
from tradepods_core.settings.parts import Exchange
from tradepods_worker.adapters.clocks import WallClock
from tradepods_worker.adapters.venues.key_check import Holdings, KeyReport, check_key

NO_ENTRIES_FROM = timedelta(milliseconds=750)  # the worker opens nothing beyond
MOST_NAMED = 10
WHERE = "in the exchange's API management"
Keys = Mapping[str, str]


def keys(asking: Asking, given: Keys, *, exchange: Exchange, live: bool) -> tuple[Keys, KeyReport | None]:
    """Keys that were tried and found good, and what is known of them; empty for a dry run that has none."""

    def attempt() -> tuple[Keys, KeyReport | None]:
        found = _typed(asking, live=live) if "apiKey" not in given and "apiSecret" not in given else _both(given)
        return found, _tried(found, exchange, live=live) if found else None

    typed = Asking(asking.asks and not given.keys() & {"apiKey", "apiSecret"})  # given ones stay as they are
    return typed.again(attempt)


def _typed(asking: Asking, *, live: bool) -> Keys:
    optional = "" if live else "; empty: none, a dry run needs none"
    key = asking.hidden(f"API key (not shown as you type{optional})", flag="--keys-from or --no-keys")
    if not key and not live:
        return {}
    return _both({"apiKey": key, "apiSecret": asking.hidden("API secret (not shown)", flag="--keys-from")})


def _both(found: Keys) -> Keys:
    lacking = [name for name in ("apiKey", "apiSecret") if not found.get(name)]
    if lacking:
        raise Invalid(Problem(field=name, value="", fix="is missing: a key has both parts") for name in lacking)
    return {name: check_shape(name, found[name]) for name in ("apiKey", "apiSecret")}


def _tried(found: Keys, exchange: Exchange, *, live: bool) -> KeyReport:
    console.print("asking the exchange about this key …", style="dim")
    checking = check_key(exchange=exchange, api_key=found["apiKey"], secret=found["apiSecret"], wall=WallClock())
    report = asyncio.run(checking)
    if problems := list(unfit(report, live=live)):
        raise Invalid(problems)
    return report


def unfit(report: KeyReport, *, live: bool) -> Iterator[Problem]:
    """Why this key is not to be used."""
    may = report.permissions
    if may is not None and may.withdraws:
        fix = f"may withdraw: whoever gets it could empty the account. Switch off 'Enable Withdrawals' {WHERE}"
        yield Problem(field="apiKey", value="", fix=f"{fix}, or make a key without it")
    if may is not None and may.transfers:
        fix = "may transfer to other accounts: switch off 'Permits Universal Transfer' and 'Enable Internal Transfer'"
        yield Problem(field="apiKey", value="", fix=f"{fix} {WHERE}, or make a key without them")
    if live and not _trades(report):
        yield Problem(field="apiKey", value="", fix=f"may not trade futures: switch on 'Enable Futures' {WHERE}")


def _trades(report: KeyReport) -> bool:
    return report.holdings is not None and report.holdings.can_trade


def advice(report: KeyReport, *, hedge: bool) -> Iterator[str]:
    """What the person should know of the key and the account, a sentence each."""
    may = report.permissions
    if may is None:
        yield f"what this key may do could not be checked here: make sure {WHERE} that it can't withdraw"
    elif not may.address_bound:
        yield f"this key works from any address: restrict it {WHERE} to the address from which Tradepods runs"
    if not _trades(report):
        yield f"this key may not trade futures: enough for a dry run, too little for more ('Enable Futures' {WHERE})"
    if abs(report.clock_ahead) >= NO_ENTRIES_FROM:
        seconds = abs(report.clock_ahead).total_seconds()
        yield f"this machine's clock is {seconds:.1f} s off: nothing is opened until network time sets it right"
    if report.holdings is not None:
        yield from _of_account(report.holdings, hedge=hedge)


def _of_account(holdings: Holdings, *, hedge: bool) -> Iterator[str]:
    if holdings.multi_assets:
        yield "the account is in multi-assets mode, in which nothing is opened: switch it to single-asset mode"
    if holdings.hedge != hedge:
        modes = ("hedge mode", "hedgeMode is false") if holdings.hedge else ("one-way mode", "hedgeMode is true")
        yield f"the account is in {modes[0]}, and {modes[1]}: the exchange's mode holds while anything is open there"
    if holdings.wallet <= ZERO:
        yield "the futures wallet holds no USDT"
    if holdings.positions:
        count = len(holdings.positions)
        names = ", ".join(sorted({position.symbol for position in holdings.positions})[:MOST_NAMED])
        many, them = ("positions", "them") if count > 1 else ("position", "it")
        yield (
            f"this account holds {count} {many} that Tradepods did not open ({names}); "
            f"it will not touch {them}, and enters nothing on a symbol that has one"
        )


def shown(report: KeyReport) -> Table:
    """What the exchange said."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in _lines(report):
        table.add_row(name, escape(value))
    return table


def _lines(report: KeyReport) -> Iterator[tuple[str, str]]:
    may, holdings = report.permissions, report.holdings
    if may is not None:
        yield "may trade futures", "yes" if may.futures else "no"
        yield "may withdraw", "yes" if may.withdraws else "no"
        yield "may transfer", "yes" if may.transfers else "no"
        yield "bound to addresses", "yes" if may.address_bound else "no"
    if holdings is not None:
        yield "wallet", f"{plain(holdings.wallet)} USDT, {plain(holdings.available)} available"
        yield "position mode", "hedge" if holdings.hedge else "one-way"
        yield "asset mode", "multi-assets" if holdings.multi_assets else "single-asset"
        yield "open positions", str(len(holdings.positions))
