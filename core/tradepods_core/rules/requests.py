"""What a person asks for: to pause, to go on, to close, another setting. Each counts once, however often it comes."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from tradepods_core.book.accounting import equity
from tradepods_core.book.events import CommandGiven
from tradepods_core.book.facts import CommandTaken, Fact, TradingPaused, TradingResumed
from tradepods_core.book.intents import PlaceOrder
from tradepods_core.book.steering import ExitBegan, OverrideEnded, OverrideSet
from tradepods_core.book.values import Book, Position
from tradepods_core.errors import Invalid
from tradepods_core.money import ZERO
from tradepods_core.rules import intents
from tradepods_core.rules.allowed import forbids
from tradepods_core.rules.foreign import taken_in, unpriced
from tradepods_core.rules.hindrances import hindrances
from tradepods_core.rules.leaving import coming, leaving
from tradepods_core.rules.snapshot import Snapshot
from tradepods_core.settings.overrides import Overridable, wanted, written
from tradepods_core.shapes import Symbol


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
        result=_result(snapshot, command, found),
        at=snapshot.now,
    )
    yield from found


def _done(snapshot: Snapshot, command: CommandGiven) -> Iterator[Fact]:
    match command.name:
        case "pause" if snapshot.book.pause is None or not snapshot.book.pause.by_person:
            yield TradingPaused(why=f"asked for by {command.by}", until=None, at=snapshot.now)
        case "resume" if snapshot.book.pause is not None:
            worth = equity(snapshot.book, snapshot.marks) if snapshot.valued() else None
            why, anew = f"asked for by {command.by}", snapshot.book.breach is not None
            yield TradingResumed(why=why, equity=worth, at=snapshot.now, by_person=True, anew=anew)
        case "close":
            yield from _closed(snapshot, command)
        case "set" if command.field is not None:
            yield from _set(snapshot, command, command.field)
        case "reset":
            for override in snapshot.terms.overrides:
                yield OverrideEnded(field=override.field, why=f"asked for by {command.by}", at=snapshot.now)


def _closed(snapshot: Snapshot, command: CommandGiven) -> Iterator[Fact]:
    """What the ledger does not know is taken in first: from then on it is closed until it is flat, and booked."""
    if command.foreign:
        taken = tuple(taken_in(snapshot, command.symbol))
        snapshot = snapshot.after(taken)
        yield from taken
    why = f"asked for by {command.by}"
    for position in _meant(snapshot, command):
        yield intents.exit_order(snapshot, position, purpose="close", cause=why)
    yield from leaving(snapshot, coming(snapshot.book, command.symbol), why=why)


def _set(snapshot: Snapshot, command: CommandGiven, field: Overridable) -> Iterator[Fact]:
    """What a person typed, once more judged by the settings of this moment; nothing where it is no longer allowed."""
    terms = snapshot.terms
    try:
        value = written(wanted(terms, field, command.value).effective, field)
    except Invalid:
        return
    if value == written(terms.effective, field):
        return
    manifest = written(terms.spec, field)
    if value == manifest:
        yield OverrideEnded(field=field, why=f"asked for by {command.by}", at=snapshot.now)
    else:
        yield OverrideSet(field=field, value=value, over=manifest, by=command.by, at=snapshot.now)


def account_wide(own: Book, other: Book) -> tuple[Literal["pause", "resume"], datetime] | None:
    """What a person said last of the account, to either of its books, where `own` does not know it yet.

    Of two words in one moment of a replay, the later is that of the book that had carried over the other's. Where
    nobody can say which it was, the pause counts.
    """
    said: list[tuple[datetime, bool, Literal["pause", "resume"]]] = []
    for book, beside in ((own, other), (other, own)):
        if book.pause is not None and book.pause.by_person:
            said.append((book.pause.at, not _lifted(book, beside), "pause"))
        if book.resumed_at is not None:
            said.append((book.resumed_at, False, "resume"))
    if not said:
        return None
    at, _, name = max(said)
    paused = own.pause is not None and own.pause.by_person
    return (name, at) if paused == (name == "resume") else None


def carried(name: Literal["pause", "resume"], at: datetime) -> str:
    """The id of the command by which a book hears what a person has said to the other."""
    return f"carried/{name}/{at.isoformat()}"


def _lifted(paused: Book, resumed: Book) -> bool:
    """Whether the other book went on in the moment of this one's pause, and after it."""
    at = paused.pause.at if paused.pause is not None else None
    if at is None or at != resumed.resumed_at:
        return False
    return carried("pause", at) in resumed.commands and carried("resume", at) not in paused.commands


def _meant(snapshot: Snapshot, command: CommandGiven) -> Iterator[Position]:
    """The positions that it names and that nothing is closing yet; without a symbol, all."""
    for position in snapshot.book.positions.values():
        named = command.symbol in ("", position.leg.symbol) and position.quantity > ZERO
        closing = snapshot.book.live(position.number, "close")
        if named and not closing and not forbids(snapshot, position.leg.symbol, "close_asked"):
            yield position


def _result(snapshot: Snapshot, command: CommandGiven, found: tuple[Fact, ...]) -> str:
    """In a few words, for the person and for the record."""
    match command.name:
        case "pause":
            return "paused: nothing is opened, what is open stays protected" if found else "it was paused already"
        case "resume":
            goes_on = "the pause has ended" if any(hindrances(snapshot.after(found))) else "trading goes on"
            return goes_on if found else "it was not paused"
        case "set" if command.field is not None:
            return _set_to(snapshot, command.field, found)
        case "reset":
            fields = ", ".join(fact.field for fact in found if isinstance(fact, OverrideEnded))
            return f"the manifest's own {fields} in force again" if fields else "nothing was changed by command"
        case _:
            return _closing(found, left=unpriced(snapshot, command.symbol) if command.foreign else ())


def _closing(found: tuple[Fact, ...], *, left: tuple[Symbol, ...]) -> str:
    names = ", ".join(left)
    if left and not found:
        return f"{names}: the exchange names no price yet, so it stays open: ask again"
    if left:
        done = _closing(found, left=())
        return f"{done}; {names}: the exchange names no price yet, so it stays open: ask again"
    closing, coming = (sum(isinstance(fact, kind) for fact in found) for kind in (PlaceOrder, ExitBegan))
    if closing and coming:
        return f"closing {closing} at market, and what is still to fill"
    if closing:
        return f"closing {closing} at market"
    if coming or not found:
        return "closing at market what is still to fill" if coming else "there is nothing to close"
    return "the orders that a lost ledger has left are cancelled"


def _set_to(snapshot: Snapshot, field: Overridable, found: tuple[Fact, ...]) -> str:
    manifest = written(snapshot.terms.spec, field)
    match found:
        case (OverrideSet(value=value),):
            return f"{field} is {value} from now on; the manifest says {manifest}"
        case (OverrideEnded(),):
            return f"{field} is {manifest} from now on, as the manifest says"
        case _:
            return f"{field} stays {written(snapshot.terms.effective, field)}"
