"""What Argo CD has made of a fleet that nobody changed, while people changed another and pods died: it runs later."""

from support.argo_steady import FLEET, HOLDS, TRADES, Steady
from support.node import Say, until
from support.node_watch import BLIND, Watch
from support.playground_exchange import SimulatedExchange

LASTS = 300.0  # seconds at least in which nothing is to happen
WRITES = 4  # of an account's status a minute: money at most once, the rest where it changes


def test_nothing_drifts_while_it_trades(steady: Steady, watch: Watch, exchange: SimulatedExchange, say: Say) -> None:
    """With self-heal and prune on: always Synced and Healthy, no sync, no write but of a status that has changed."""
    until("it was looked at for long enough", lambda: steady.lasted() > LASTS, within=LASTS + BLIND)
    changed = steady.changed()
    steady.stop()
    written = {name: len(versions) - 1 for name, versions in steady.versions.items()}
    say(f"{sum(steady.standings.values())} looks in {steady.lasted():.0f} s, statuses written: {written}")

    assert set(steady.standings) == {f"{name} Synced Healthy" for name in FLEET}
    assert steady.blind < BLIND
    assert changed == {}
    assert written[HOLDS] <= WRITES * steady.lasted() / 60
    assert len(exchange.books(TRADES)["fills"]) > 4
    assert watch.broken == []
