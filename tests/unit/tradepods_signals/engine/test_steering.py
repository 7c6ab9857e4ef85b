"""Halts and switches: what makes trading safer holds at once, what lets it go on is stored first."""

import pytest

from support.build import WALL
from support.signals_history import strategy
from support.stream_events import names, shown
from tradepods_core.errors import Temporary
from tradepods_core.wire.published import Halt
from tradepods_signals.adapters.history_memory import MemoryHistory
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.steering import Steering
from tradepods_signals.ports.doors import Conflict, NotFound

SWING, OFF = strategy(), strategy(name="off", enabled=False)


class FullDisk(MemoryHistory):
    """A history that can't be written."""

    async def halt(self, _halt: Halt) -> None:
        """No."""
        raise Temporary("the disk is full")

    async def switch(self, *_given: object, **_named: object) -> None:
        """No."""
        raise Temporary("the disk is full")


async def _steering(history: MemoryHistory | None = None) -> tuple[Steering, Hub, MemoryHistory]:
    history = history or MemoryHistory(store="b")
    kept, hub = await history.open(), Hub(boot="b")
    steering = Steering(
        hub=hub, history=history, now=lambda: WALL, halt=kept.halt, switched=kept.switched, changed=lambda: None
    )
    steering.take([SWING, OFF])
    return steering, hub, history


async def test_a_halt_outlives_the_service_until_it_is_resumed() -> None:
    """With why, who and when; a resume says who and when, and no why."""
    steering, _, history = await _steering()
    await steering.halt(why="exchange is odd", who="ops/eve")
    again, _, _ = await _steering(history)
    assert again.halted == Halt(why="exchange is odd", who="ops/eve", at=WALL)

    await again.resume(why="calm again", who="ops/max")
    last, _, _ = await _steering(history)
    assert last.halted == Halt(who="ops/max", at=WALL)


async def test_a_halt_is_told_to_readers_and_to_newcomers() -> None:
    """As an event, as soon as it holds."""
    steering, hub, _ = await _steering()
    stream = hub.subscribe(last_event=None).chunks()
    await anext(stream)
    await steering.halt(why="odd", who="eve")
    newcomer = await shown(hub)

    assert b'event: halt\ndata: {"why":"odd","who":"eve"' in await anext(stream)
    assert next(event.data for event in newcomer if event.name == "halt")["why"] == "odd"


async def test_a_halt_holds_even_where_it_can_not_be_stored() -> None:
    """The one who asked is told that a restart would forget it."""
    steering, hub, _ = await _steering(FullDisk(store="b"))
    with pytest.raises(Temporary, match="the disk is full"):
        await steering.halt(why="odd", who="eve")

    assert steering.halted.why == "odd"
    assert (await shown(hub))[0].data["why"] == "odd"


async def test_a_resume_that_can_not_be_stored_changes_nothing() -> None:
    """Trading stays halted: the next restart would halt it again."""
    history = MemoryHistory(store="b")
    steering, _, _ = await _steering(history)
    await steering.halt(why="odd", who="eve")
    full = FullDisk(store="b")
    full._halt = steering.halted
    again, _, _ = await _steering(full)
    with pytest.raises(Temporary):
        await again.resume(why="calm", who="eve")

    assert again.halted.why == "odd"


async def test_a_disabled_strategy_stays_so_over_restarts_until_it_is_enabled() -> None:
    """Who did it and why is shown beside it."""
    steering, _, history = await _steering()
    state = await steering.switch(SWING.key, enabled=False, why="loses", who="eve")
    again, _, _ = await _steering(history)
    shown_now = {one.name: one for one in again.strategies()}

    assert (state.enabled, again.disabled) == (False, frozenset({SWING.key}))
    assert (shown_now["swing"].enabled, shown_now["swing"].disabled) == (False, state.disabled)
    assert state.disabled is not None
    assert (state.disabled.why, state.disabled.who, state.disabled.at) == ("loses", "eve", WALL)

    assert (await again.switch(SWING.key, enabled=True, why="mended", who="eve")).enabled
    last, _, _ = await _steering(history)
    assert last.disabled == frozenset()


async def test_what_changes_in_force_is_told_to_readers() -> None:
    """Newcomers hear it too, after how halts stand."""
    steering, hub, _ = await _steering()
    await steering.switch(SWING.key, enabled=False, why="loses", who="eve")
    found = await shown(hub)

    assert names(found) == ["halt", "strategies"]
    assert [one["enabled"] for one in found[1].data["strategies"]] == [False, False]


async def test_a_disable_holds_and_an_enable_does_not_where_neither_can_be_stored() -> None:
    """The safer of the two, both times."""
    steering, _, _ = await _steering(FullDisk(store="b"))
    with pytest.raises(Temporary):
        await steering.switch(SWING.key, enabled=False, why="loses", who="eve")
    assert steering.disabled == frozenset({SWING.key})

    with pytest.raises(Temporary):
        await steering.switch(SWING.key, enabled=True, why="mended", who="eve")
    assert steering.disabled == frozenset({SWING.key})


async def test_git_stays_the_truth() -> None:
    """What a manifest disables no request enables; and an unknown strategy is named with those that there are."""
    steering, _, _ = await _steering()
    with pytest.raises(Conflict, match=r"manifest of default\.off disables it"):
        await steering.switch(OFF.key, enabled=True, why="please", who="eve")
    with pytest.raises(NotFound, match=r"no strategy default\.gone: there are default\.off, default\.swing"):
        await steering.switch("default.gone", enabled=False, why="x", who="eve")
