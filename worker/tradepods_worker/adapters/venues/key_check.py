"""Tries an API key before anybody relies on it: is it right, what may it do, and what does its account hold.

Nothing is written to the venue. Neither key nor secret is in any error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tradepods_core.book.events import VenuePosition
from tradepods_core.errors import Permanent, Temporary, TradepodsError
from tradepods_core.settings.parts import Exchange
from tradepods_core.times import to_ms
from tradepods_worker.adapters.venues.binanceusdm import account, errors, key_errors, setup
from tradepods_worker.adapters.venues.binanceusdm.errors import Refused
from tradepods_worker.adapters.venues.binanceusdm.orders import Call, exact
from tradepods_worker.adapters.venues.ccxt_loader import load_exchange
from tradepods_worker.adapters.venues.wire import Wire
from tradepods_worker.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """What a key may do; `address_bound`: only from addresses that its owner has named."""

    withdraws: bool
    transfers: bool
    futures: bool
    address_bound: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What the account holds, quote currency, and its modes; `can_trade` is the venue's word for the account."""

    wallet: Decimal
    available: Decimal
    positions: tuple[VenuePosition, ...]
    hedge: bool
    multi_assets: bool
    can_trade: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReport:
    """What is known of a key.

    Attributes:
        permissions: None where the venue can't be asked for them: its demo trading, a proxy that does not serve them.
        holdings: None for a key that is not for futures, and so may not read them.
        clock_ahead: of the venue against this machine.

    """

    permissions: Permissions | None
    holdings: Holdings | None
    clock_ahead: timedelta


async def check_key(*, exchange: Exchange, api_key: str, secret: str, wall: Clock) -> KeyReport:
    """Ask the venue about a key; raises Invalid for a wrong one, Permanent or Temporary where it can't be known."""
    loaded = load_exchange(setup.CCXT_ID, secret=secret, parents=setup.CCXT_PARENTS, products=setup.CCXT_PRODUCTS)
    ccxt = loaded.exchange(setup.config(exchange, api_key=api_key, secret=secret))
    if exchange.environment == "demo":
        ccxt.enable_demo_trading(enable=True)
    try:
        return await _report(Wire(ccxt=ccxt, ccxt_errors=loaded.errors, wall=wall), exchange, wall)
    except TradepodsError:
        raise
    except Exception as error:  # noqa: BLE001 - a secret that can't sign: what a library says of it may quote it
        raise Permanent(f"the key can't be used: {type(error).__name__}; was it copied whole?") from None
    finally:
        await ccxt.close()


async def _report(wire: Wire, exchange: Exchange, wall: Clock) -> KeyReport:
    permissions = await _permissions(wire, exchange)
    holdings = None
    if permissions is None or permissions.futures:
        with errors.readable():
            holdings = _holdings(await _ask(wire, account.ACCOUNT), await _ask(wire, account.CONFIG))
    now = wall.now()
    ahead = timedelta(milliseconds=wire.clock.stamp(now) - to_ms(now))
    return KeyReport(permissions=permissions, holdings=holdings, clock_ahead=ahead)


async def _permissions(wire: Wire, exchange: Exchange) -> Permissions | None:
    """At the venue itself they have to be known; elsewhere they may not be served."""
    if exchange.environment == "demo":
        return None
    try:
        answer = await _ask(wire, account.RESTRICTIONS)
    except key_errors.NotServed:
        if exchange.environment == "live":
            raise
        return None
    with errors.readable():
        return read_permissions(answer)


async def _ask(wire: Wire, call: Call) -> Any:
    try:
        return await wire.ask(call)
    except (Permanent, Temporary) as error:
        if isinstance(error.__cause__, Refused):
            raise key_errors.explained(error.__cause__, error) from None
        raise


def read_permissions(answer: Mapping[str, Any]) -> Permissions:
    """What the venue says of a key; raises LookupError or TypeError where it does not say it."""
    return Permissions(
        withdraws=_said(answer, "enableWithdrawals"),
        transfers=_said(answer, "enableInternalTransfer") or _said(answer, "permitsUniversalTransfer"),
        futures=_said(answer, "enableFutures"),
        address_bound=_said(answer, "ipRestrict"),
    )


def _said(answer: Mapping[str, Any], name: str) -> bool:
    """A yes or no; anything else must not pass for a no."""
    value = answer[name]
    if not isinstance(value, bool):
        raise TypeError(name)
    return value


def _holdings(answer: Mapping[str, Any], config: Mapping[str, Any]) -> Holdings:
    return Holdings(
        wallet=account.wallet(answer),
        available=exact(answer["availableBalance"]),
        positions=account.positions(answer["positions"], {}),
        hedge=bool(config["dualSidePosition"]),
        multi_assets=bool(config["multiAssetsMargin"]),
        can_trade=bool(config["canTrade"]),
    )
