"""Facts and books as JSON: how a ledger keeps them, and how they come back the same."""

from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter

from tradepods_core.book.book import FACT_KINDS
from tradepods_core.book.facts import CommandTaken, Fact, Filled, PaymentBooked, SignalDecided
from tradepods_core.book.intents import CancelOrder, PlaceOrder
from tradepods_core.book.values import Book
from tradepods_core.wire.fleet import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A book and a tally as they were after some fact: what a start need not fold again."""

    book: Book
    tally: Tally


_CHECKPOINT: TypeAdapter[Checkpoint] = TypeAdapter(Checkpoint)


@cache
def _adapter(kind: str) -> TypeAdapter[Fact]:
    return TypeAdapter(FACT_KINDS[kind])


def write_fact(fact: Fact) -> tuple[str, str]:
    """A fact's kind and its JSON."""
    kind = type(fact).__name__
    return kind, _adapter(kind).dump_json(fact).decode()


def read_fact(kind: str, body: str) -> Fact:
    """The fact that `write_fact` wrote."""
    return _adapter(kind).validate_json(body)


def write_checkpoint(checkpoint: Checkpoint) -> str:
    """A checkpoint as JSON."""
    return _CHECKPOINT.dump_json(checkpoint).decode()


def read_checkpoint(body: str) -> Checkpoint:
    """The checkpoint that `write_checkpoint` wrote."""
    return _CHECKPOINT.validate_json(body)


def unique_key(fact: Fact) -> str | None:
    """What may happen once only in an account's life: a ledger refuses it a second time."""
    match fact:
        case PlaceOrder() | CancelOrder():
            return f"intent/{fact.id}"
        case Filled():
            return f"fill/{fact.leg.symbol}/{fact.trade}"
        case SignalDecided():
            return f"signal/{fact.signal}"
        case CommandTaken():
            return f"command/{fact.id}"
        case PaymentBooked():
            return f"payment/{fact.key}"
        case _:
            return None
