"""What a key may do, by the venue's own word: what it does not say is not taken for a no."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from support.servers import API_KEY, API_SECRET, serving
from tradepods_core.settings.parts import Exchange
from tradepods_worker.adapters.clocks import WallClock
from tradepods_worker.adapters.venues.key_check import Permissions, check_key, read_permissions

ANSWER = {
    "ipRestrict": True,
    "enableWithdrawals": False,
    "enableInternalTransfer": False,
    "permitsUniversalTransfer": False,
    "enableFutures": True,
}
GOOD = Permissions(withdraws=False, transfers=False, futures=True, address_bound=True)


@pytest.mark.parametrize(
    ("changes", "transfers"),
    [({}, False), ({"enableInternalTransfer": True}, True), ({"permitsUniversalTransfer": True}, True)],
)
def test_either_kind_of_transfer_is_one(changes: dict[str, Any], transfers: bool) -> None:
    """Both move money out of the account."""
    found = read_permissions(ANSWER | changes)

    assert found == Permissions(withdraws=False, transfers=transfers, futures=True, address_bound=True)


@pytest.mark.parametrize("name", ANSWER)
@pytest.mark.parametrize("value", [None, "false", 0])
def test_what_is_no_yes_or_no_is_not_taken_for_a_no(name: str, value: object) -> None:
    """A venue that renames a field must not make a key look harmless."""
    with pytest.raises((LookupError, TypeError)):
        read_permissions(ANSWER | {name: value})
    with pytest.raises(LookupError):
        read_permissions({field: answer for field, answer in ANSWER.items() if field != name})


async def test_the_account_is_read_and_nothing_is_written() -> None:
    """Wallet, modes, permissions and the clock; four questions, and no order."""
    async with serving() as served:
        bob = served.exchange.books.by_key[API_KEY]
        bob.address = "10.0.0.7"
        exchange = Exchange(environment="custom", url=served.url)
        report = await check_key(exchange=exchange, api_key=API_KEY, secret=API_SECRET, wall=WallClock())

    assert report.permissions == GOOD
    assert report.holdings is not None
    assert (report.holdings.wallet, report.holdings.positions) == (Decimal(10_000), ())
    assert abs(report.clock_ahead) < timedelta(seconds=1)
    assert set(bob.requests) == {"GET /fapi/v3/account", "GET /fapi/v1/accountConfig"}
