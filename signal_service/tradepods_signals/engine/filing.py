"""A cycle as it is kept."""

from tradepods_core.times import Timeframe
from tradepods_core.wire.cycle import Cycle
from tradepods_signals.ports.history import FiledCycle


def filed(cycle: Cycle, *, number: int) -> FiledCycle:
    """The cycle, encoded once for the history, for all subscribers, and for who asks for it by its id."""
    return FiledCycle(
        number=number,
        cycle_id=cycle.id,
        revision=cycle.revision,
        timeframe=Timeframe.parse(cycle.timeframe),
        close=cycle.close,
        body=cycle.model_dump_json(by_alias=True).encode(),
    )
