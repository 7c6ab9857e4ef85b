"""How much of the signal service each namespace may use, so that one tenant's strategies leave room for the others'."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tradepods_core.strategy.evaluate import terms
from tradepods_core.strategy.model import StrategySpec
from tradepods_operator.engine.policy import NamespaceCaps


@dataclass(slots=True)
class Used:
    """What the enabled strategies of one namespace use together.

    Attributes:
        top: the most of the most traded symbols that one of them looks at: the others' are among these.
        named: the symbols that they name beside.

    """

    strategies: int = 0
    top: int = 0
    named: frozenset[str] = frozenset()
    timeframes: frozenset[str] = frozenset()

    def with_(self, spec: StrategySpec) -> "Used":
        """With one more."""
        universe = spec.universe
        return Used(
            strategies=self.strategies + 1,
            top=max(self.top, universe.top),
            named=self.named | set(universe.include),
            timeframes=self.timeframes | set(_timeframes(spec)),
        )

    def over(self, caps: NamespaceCaps) -> str:
        """Which cap is passed, and by what; "" where none is."""
        counts = {
            "strategies": (self.strategies, caps.strategies),
            "symbols": (self.top + len(self.named), caps.symbols),
            "timeframes": (len(self.timeframes), caps.timeframes),
        }
        return next(
            (
                f"with it the namespace's enabled strategies come to {count} {what}, and may to {cap} "
                f"(namespaceCaps.{what}): use fewer, or disable another one"
                for what, (count, cap) in counts.items()
                if cap and count > cap
            ),
            "",
        )


@dataclass(slots=True)
class Quotas:
    """Gives each strategy its place, the first come first. The release's own namespace is whoever sets the caps."""

    caps: NamespaceCaps
    exempt: str
    _used: dict[str, Used] = field(default_factory=lambda: defaultdict(Used))

    def take(self, namespace: str, spec: StrategySpec) -> str:
        """A place for one; why there is none, "" where it has it. A disabled one uses nothing."""
        if not spec.enabled or namespace == self.exempt:
            return ""
        used = self._used[namespace].with_(spec)
        if why := used.over(self.caps):
            return why
        self._used[namespace] = used
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The room that a strategy asks for in the files that all share."""

    namespace: str
    enabled: bool
    size: int


def without_room(asked: Sequence[Asked], *, room: int, exempt: str) -> set[int]:
    """The places, in this order, of those for which there is no room.

    Who has asked for less comes first, by namespace, so that one that fills the room keeps out its own. Whatever is
    enabled comes before what is not, and the release's own before all others.
    """
    used: dict[tuple[bool, str], int] = defaultdict(int)
    turns, left_out = [], set()
    for place, one in enumerate(asked):
        used[one.enabled, one.namespace] += one.size
        turns.append((not one.enabled, used[one.enabled, one.namespace] * (one.namespace != exempt), place))
    for _, _, place in sorted(turns):
        if asked[place].size > room:
            left_out.add(place)
        else:
            room -= asked[place].size
    return left_out


def _timeframes(spec: StrategySpec) -> Iterator[str]:
    """Its own, and those that its conditions name."""
    yield spec.timeframe
    for when in (*(rule.when for rule in spec.entries), *(rule.when for rule in spec.management)):
        yield from (term.timeframe for term in terms(when) if term.timeframe)
