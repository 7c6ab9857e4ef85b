"""A whole worker whose account is deleted while the exchange takes no order back, and the operator that judges it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from support.build import WALL
from support.operated import account
from support.servers import Served
from support.trader import Trader, trading, written
from tradepods_core.wire.fleet import Digest
from tradepods_operator.engine.deletion import Ending, ending
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.manifests.settings_map import settings_map
from tradepods_operator.engine.observed import Account, Observed, read
from tradepods_operator.ports import DEPLOYMENT
from tradepods_simulator.exchange.faults import Fault

NAMES = {"method": "DELETE", "does": "answer", "status": 503, "lasts": 60, "name": "refused"}


def _deleted(exchange: Served, policy: str) -> Account:
    """Bob, as the operator reads him once he is to go."""
    about = {"uid": "1", "creationTimestamp": "2026-11-20T08:00:00Z", "deletionTimestamp": "2026-11-20T09:00:00Z"}
    document: dict[str, Any] = account("bob", **written(exchange, deletionPolicy=policy))
    document["metadata"] |= about
    return read(document)


def _handed(bob: Account, folder: Path) -> None:
    """What the operator hands his worker for that."""
    for name, text in settings_map(bob)["data"].items():
        new = folder / "new"
        new.write_text(text, "utf-8")
        new.replace(folder / {"settings.json": "settings.yaml"}.get(name, name))


def _judged(bob: Account, trader: Trader) -> Ending:
    """What the operator makes of his worker's word of this moment."""
    assert bob.deleting is not None
    said = Digest(namespace=bob.key.namespace, name="bob", version=1, seen_at=WALL, heartbeat=trader.heartbeat())
    labels = {names.MANAGED_BY: names.OPERATOR, names.ACCOUNT_LABEL: "bob"}
    runs = {"metadata": {"labels": labels}, "spec": {"replicas": 1}}
    seen = Observed(account=bob, children={DEPLOYMENT: runs}, digest=said)
    return ending(seen, deadline=timedelta(minutes=10), now=bob.deleting)


@pytest.mark.parametrize("policy", ["CancelOrders", "Flatten"])
async def test_its_worker_stays_until_the_exchange_has_taken_every_order_back(
    exchange: Served, tmp_path: Path, policy: str
) -> None:
    """DELETE answers 503 for a while: stop and take-profit rest on meanwhile, and somebody has to follow them."""
    bob = _deleted(exchange, policy)
    async with trading(exchange, tmp_path) as trader:
        trader.buy()
        await trader.until(lambda: trader.protected() and trader.agrees())
        exchange.faults.arm(Fault.model_validate(NAMES))
        _handed(bob, tmp_path)
        resting = trader.customer.paper.resting
        await trader.until(lambda: exchange.faults.happened["refused"] >= 4 or _judged(bob, trader).done)
        assert (_judged(bob, trader).done, len(resting)) == (False, 2)

        exchange.faults.release(drop=False)
        await trader.until(lambda: _judged(bob, trader).done)
        assert not trader.customer.paper.resting
        assert bool(trader.customer.paper.positions) is (policy == "CancelOrders")
