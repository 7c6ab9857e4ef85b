"""The fleet's id is drawn once."""

from uuid import UUID

import pytest

from support.operated import FLEET, Bench, policy, secret
from tradepods_core.errors import Permanent
from tradepods_operator.engine.fleet_identity import identified
from tradepods_operator.ports import SECRET, Ref

OTHER = UUID("00000000-0000-4000-8000-00000000a11e")
OPEN = policy(fleetId=str(UUID(int=0)))


async def test_an_id_that_is_given_is_the_one() -> None:
    """No Secret is made."""
    bench = Bench()

    assert (await identified(policy(), bench.cluster, fresh=lambda: OTHER)).fleet_id == FLEET
    assert bench.cluster.writes == []


async def test_an_id_is_drawn_once_and_kept() -> None:
    """Whoever asks later gets the same."""
    bench = Bench()
    first = await identified(OPEN, bench.cluster, fresh=lambda: OTHER)
    second = await identified(OPEN, bench.cluster, fresh=lambda: FLEET)

    assert first.fleet_id == second.fleet_id == OTHER
    made = await bench.cluster.get(Ref(SECRET, "tradepods", "tradepods-fleet"))
    assert made is not None
    assert made["immutable"] is True


@pytest.mark.parametrize("values", [{}, {"fleetId": "x"}])
async def test_a_spoilt_secret_is_never_replaced(values: dict[str, str]) -> None:
    """Another id would disown every ledger: a person has to restore it."""
    bench = Bench()
    await bench.put(secret("tradepods-fleet", namespace="tradepods", **values))

    with pytest.raises(Permanent, match="restore it from the backup"):
        await identified(OPEN, bench.cluster, fresh=lambda: OTHER)
