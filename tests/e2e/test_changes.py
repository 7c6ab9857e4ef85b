"""What a person changes while an account trades."""

from decimal import Decimal

from support.node import until
from support.playground import BTC, Playground, keys, live
from support.playground_exchange import TARGET, SimulatedExchange

AT_ONCE = 5.0  # seconds in which settings reach a worker that runs


def test_a_new_take_profit_reaches_the_exchange_without_a_restart(
    playground: Playground, exchange: SimulatedExchange, dave: str
) -> None:
    """Within five seconds; the resting order moves, and the position keeps it all the time."""
    before, (old,) = playground.lives(), exchange.resting(dave, TARGET)[BTC]

    def moved() -> Decimal | None:
        (now,) = exchange.resting(dave, TARGET).get(BTC, [old])[:1]
        return None if now["id"] == old["id"] else Decimal(now["trigger"]) / Decimal(old["trigger"])

    def applied() -> bool:
        return bool(playground.condition(dave, "SettingsApplied").get("status") == "True")

    playground.patch(dave, long={"takeProfitPct": 15})
    until("it is applied", applied, within=AT_ONCE)
    assert abs(until("it rests", moved, within=AT_ONCE) - Decimal("1.15") / Decimal("1.20")) < Decimal("0.0001")
    until("only that one rests", lambda: exchange.protected(dave, *exchange.held(dave)))
    assert playground.lives() == before


def test_a_rotated_secret_restarts_its_own_worker_alone(
    playground: Playground, exchange: SimulatedExchange, dave: str
) -> None:
    """At once, whatever is open: the old key may be revoked."""
    before = playground.lives()
    secret, _ = live(dave)
    rotated = {name: f"{value}\n" for name, value in keys(dave).items()}  # the same to the exchange, and another text
    playground.apply({**secret, "stringData": rotated})

    until("dave's worker is another", lambda: _others(playground, before) == {dave}, within=120)
    playground.wait_ready()
    assert _others(playground, before) == {dave}
    until("what was open is guarded", lambda: exchange.protected(dave, *exchange.held(dave)))


def _others(playground: Playground, before: dict[str, tuple[str, int]]) -> set[str]:
    """Accounts whose worker is not the one that it was."""
    now = playground.lives()
    return {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
