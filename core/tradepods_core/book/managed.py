"""What facts about management rules do to a position: which have acted, and what they keep."""

from dataclasses import replace

from tradepods_core.book.management import RuleActed, RuleCeased, RuleMark, RuleSkipped
from tradepods_core.book.values import Book, Order, Position


def acted(position: Position, fact: RuleActed) -> Position:
    """The position, with a rule that has acted."""
    mark = position.rules.get(fact.rule, RuleMark())
    position = _marked(
        position,
        fact.rule,
        replace(
            mark,
            times=mark.times + (not fact.alone),
            told=mark.told + fact.alone,
            holds=True,
            cycle=fact.cycle,
            order=fact.order,
        ),
    )
    if fact.takes_the_cycle:
        position = replace(position, managed=fact.cycle)
    if fact.kind != "trail_stop" or fact.alone:
        return position
    return replace(position, trail=fact.pct)


def skipped(position: Position, fact: RuleSkipped) -> Position:
    """The position, with a rule that holds and can't act."""
    mark = position.rules.get(fact.rule, RuleMark())
    return _marked(position, fact.rule, replace(mark, holds=True, cycle=fact.cycle))


def ceased(position: Position, fact: RuleCeased) -> Position:
    """The position, with a rule that does not hold any more."""
    return _marked(position, fact.rule, replace(position.rules.get(fact.rule, RuleMark()), holds=False))


def taken_back(book: Book, order: Order) -> Book:
    """The book after an order of a rule was found never to have reached the venue: the rule may act once more."""
    position, rule = book.position(order.intent.position), order.intent.rule
    mark = None if position is None else position.rules.get(rule)
    if position is None or mark is None or mark.order != order.intent.id:
        return book
    again = _marked(position, rule, replace(mark, times=mark.times - 1, holds=False, order=""))
    return replace(book, positions={**book.positions, position.leg: again})


def rearmed(position: Position) -> Position:
    """The position whose rules act from now on: what they only told does not count."""
    rules = {rule: replace(mark, told=0, holds=False) if mark.told else mark for rule, mark in position.rules.items()}
    return replace(position, rules=rules)


def _marked(position: Position, rule: str, mark: RuleMark) -> Position:
    return replace(position, rules={**position.rules, rule: mark})
