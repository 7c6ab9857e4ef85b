"""What a person asks for: to pause, to go on, to close. Each request counts once, whoever delivers it again."""

from collections.abc import Iterator

from tradepods_core.book.accounting import equity
from tradepods_core.book.events import CommandGiven
from tradepods_core.book.facts import CommandTaken, Fact, TradingPaused, TradingResumed
from tradepods_core.book.values import Position
from tradepods_core.money import ZERO
from tradepods_core.rules import intents
from tradepods_core.rules.snapshot import Snapshot


def obey(snapshot: Snapshot) -> Iterator[Fact]:
    """What the event's command leads to; nothing for one that was taken before."""
    command = snapshot.event
    if not isinstance(command, CommandGiven) or command.id in snapshot.book.commands:
        return
    found = tuple(_done(snapshot, command))
    yield CommandTaken(
        id=command.id,
        name=command.name,
        symbol=command.symbol,
        by=command.by,
        result=_result(command, found),
        at=snapshot.now,
    )
    yield from found


def _done(snapshot: Snapshot, command: CommandGiven) -> Iterator[Fact]:
    match command.name:
        case "pause" if snapshot.book.pause is None or snapshot.book.pause.until is not None:
            yield TradingPaused(why=f"asked for by {command.by}", until=None, at=snapshot.now)
        case "resume" if snapshot.book.pause is not None:
            worth = equity(snapshot.book, snapshot.marks)
            yield TradingResumed(why=f"asked for by {command.by}", equity=worth, at=snapshot.now)
        case "close":
            for position in _meant(snapshot, command):
                yield intents.exit_order(snapshot, position, purpose="close", cause=f"asked for by {command.by}")


def _meant(snapshot: Snapshot, command: CommandGiven) -> Iterator[Position]:
    """The positions that it names and that nothing is closing yet; without a symbol, all."""
    for position in snapshot.book.positions.values():
        named = command.symbol in ("", position.leg.symbol)
        if named and position.quantity > ZERO and not snapshot.book.live(position.number, "close"):
            yield position


def _result(command: CommandGiven, found: tuple[Fact, ...]) -> str:
    """In a few words, for the person and for the record."""
    match command.name:
        case "pause":
            return "paused: nothing is opened, what is open stays protected" if found else "it was paused already"
        case "resume":
            return "trading goes on" if found else "it was not paused"
        case _:
            return f"closing {len(found)} at market" if found else "there is nothing to close"
