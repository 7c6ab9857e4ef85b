"""What to tell the person about management rules: which held, by which numbers, and what was done."""

from collections.abc import Iterator

from tradepods_core.book.facts import Fact
from tradepods_core.book.management import RuleActed, RuleSkipped
from tradepods_core.money import plain
from tradepods_core.rules.snapshot import Notice, Snapshot


def of_rules(snapshot: Snapshot, fact: Fact) -> Iterator[Notice]:
    """The notice of one fact; none for facts of other kinds."""
    if not isinstance(fact, RuleActed | RuleSkipped):
        return
    values = {"rule": fact.rule, "strategy": fact.strategy, "action": fact.kind, "reasons": "; ".join(fact.reasons)}
    if isinstance(fact, RuleSkipped):
        yield Notice(kind="rule_skipped", at=snapshot.now, leg=fact.leg, values={**values, "why": fact.why})
        return
    numbers = {"pct": fact.pct, "quantity": fact.quantity, "level": fact.level}
    values |= {name: plain(number) for name, number in numbers.items() if number is not None}
    values["alone"] = "yes" if fact.alone else "no"
    yield Notice(kind="rule_acted", at=snapshot.now, leg=fact.leg, values=values)
