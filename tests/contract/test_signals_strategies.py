"""Strategies over HTTP: those in force, and what keeps others out."""

import httpx

from support.signal_service import bearer, served
from support.signals_history import strategy
from tradepods_core.errors import Problem


async def test_what_keeps_a_strategy_out_is_told_with_file_path_and_fix() -> None:
    """Beside the strategies in force; nothing once it is mended."""
    problem = Problem(field="a.yaml: spec.entries[0].when.all[0].var", value="rsj", fix="did you mean rsi?")
    async with (
        served(strategies=[strategy()]) as running,
        httpx.AsyncClient(base_url=running.url, trust_env=False, headers=bearer("reader")) as client,
    ):
        running.steering.find_broken([problem])
        told = (await client.get("/v1/strategies/problems")).json()
        running.steering.find_broken([])
        mended = (await client.get("/v1/strategies/problems")).json()
        in_force = (await client.get("/v1/strategies")).json()

    assert told == [{"field": problem.field, "value": problem.value, "fix": problem.fix}]
    assert mended == []
    assert [one["name"] for one in in_force] == ["swing"]
