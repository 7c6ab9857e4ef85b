"""An API server that nobody reaches: whoever trades goes on, and whoever serves them waits."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from support.node import Node, until
from support.node_hand import Hand
from support.node_watch import Watch
from support.playground import Playground
from support.playground_exchange import SimulatedExchange
from support.playground_ledger import facts, until_same
from tradepods_core.book.facts import Filled

PROGRAM, TRADER = "kube-apiserver", "carol"
AWAY = 60  # seconds


def test_workers_trade_on_without_an_api_server(
    playground: Playground, exchange: SimulatedExchange, hand: Hand, watch: Watch, tmp_path: Path
) -> None:
    """None of them restarts; the operator is back as soon as it is, and hands on what is asked of it then."""
    playground.wait_ready()
    before = playground.lives()
    with watch.blinded():
        if not hand.freeze(PROGRAM, seconds=AWAY):
            pytest.skip(f"no {PROGRAM} among the node's programs")
        until("it is away", lambda: not _answers(playground.node))
        away_at = datetime.now(UTC)
        until("it is back", lambda: _answers(playground.node), within=2 * AWAY)
        back_at = datetime.now(UTC)

    fills = [fact for fact in facts(playground, TRADER, tmp_path) if isinstance(fact, Filled)]
    assert [fill for fill in fills if away_at < fill.seen_at < back_at]
    playground.patch(TRADER, entryPct=6)
    until("it is applied", lambda: playground.condition(TRADER, "SettingsApplied").get("status") == "True", within=90)
    playground.wait_ready()
    until_same(playground, exchange, TRADER, tmp_path)
    assert playground.lives() == before


def _answers(node: Node) -> bool:
    try:
        return node.api.get("/readyz", timeout=2).is_success
    except httpx.HTTPError:
        return False
