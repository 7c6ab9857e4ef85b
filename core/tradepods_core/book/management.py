"""Facts about a strategy's management rules: that one acted on a position, could not, or does not hold any more."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tradepods_core.book.intents import Leg
from tradepods_core.ids import ClientOrderId
from tradepods_core.strategy.management import Kind

MOVES: tuple[Kind, ...] = ("move_stop", "break_even", "trail_stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMark:
    """What a position remembers of one rule.

    Attributes:
        times: how often it has acted.
        told: how often it only said so, because nothing rests for the position.
        holds: whether it has acted, or was skipped, and has not ceased to hold since.
        cycle: when last.
        order: what it sent then; "" where it sent nothing.

    """

    times: int = 0
    told: int = 0
    holds: bool = False
    cycle: str = ""
    order: ClientOrderId = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleActed:
    """A rule began to hold, and acted.

    Attributes:
        strategy: `{namespace}.{name}@{revision}` as it was in force then.
        cycle: by whose values it was judged; in one cycle a rule acts once, and one rule on a position.
        alone: whether it was only told, because nothing rests for the position.
        pct: as the rule has it. quantity: of the order that goes with it, base. level: to which the stop moves, quote.
        order: the id of that order; "" where none is sent.
        reasons: the comparisons that hold, each with its numbers.

    """

    number: int
    leg: Leg
    strategy: str
    rule: str
    kind: Kind
    cycle: str
    alone: bool = False
    pct: Decimal | None = None
    quantity: Decimal | None = None
    level: Decimal | None = None
    order: ClientOrderId = ""
    reasons: tuple[str, ...] = ()
    at: datetime

    @property
    def takes_the_cycle(self) -> bool:
        """Whether no other rule may act on the position in this cycle."""
        return self.kind != "alert" and not self.alone

    def moves(self, number: int) -> bool:
        """Whether it moves the stop of this position, or has it follow the price."""
        return self.number == number and self.kind in MOVES and not self.alone


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSkipped:
    """A rule began to hold, and what it asks for can't be done: it is asked again once it has ceased to hold."""

    number: int
    leg: Leg
    strategy: str
    rule: str
    kind: Kind
    cycle: str
    why: str
    reasons: tuple[str, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCeased:
    """A rule that had acted, or was skipped, does not hold any more: it may act again when it does."""

    number: int
    leg: Leg
    rule: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfitPeaked:
    """A position's profit_rate was better than ever; kept where a rule of its strategy asks for the fall from it."""

    number: int
    leg: Leg
    rate: Decimal
    at: datetime


Managed = RuleActed | RuleSkipped | RuleCeased | ProfitPeaked
