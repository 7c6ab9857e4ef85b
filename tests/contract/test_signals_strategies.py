"""Strategies over HTTP: those in force, and what keeps others out."""

from pathlib import Path

import httpx

from support.signal_service import bearer, served
from support.signals_history import strategy
from tradepods_core.errors import Problem
from tradepods_core.strategy.revision import revision_of
from tradepods_core.wire.published import StrategyProblem
from tradepods_operator.adapters.fleet_http import HttpFleet
from tradepods_operator.ports import Key


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


async def test_an_operator_reads_which_text_of_each_is_in_force(tmp_path: Path) -> None:
    """By the revision that it makes of the resource itself, and what keeps others out."""
    one, problem = strategy(), Problem(field="default.b.json: spec.entries", value="[]", fix="write one")
    (tmp_path / "token").write_text(bearer("reader")["Authorization"].removeprefix("Bearer "))
    async with served(strategies=[one]) as running:
        running.steering.find_broken([problem])
        service = HttpFleet(url=running.url, token=tmp_path / "token")
        heard = await service.strategies()
        await service.close()

    assert heard.revisions == {Key(one.namespace, one.name): revision_of(one.spec)}
    assert heard.problems == (StrategyProblem(field=problem.field, value=problem.value, fix=problem.fix),)
