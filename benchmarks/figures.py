"""A measured figure, and how it is printed."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Samples of one thing, in one unit."""

    name: str
    unit: str
    samples: Sequence[float]

    def __str__(self) -> str:
        """Median, the worst hundredth, the worst, and of how many."""
        ordered = sorted(self.samples)
        shown = [("p50", _rank(ordered, 0.5)), ("p99", _rank(ordered, 0.99)), ("max", ordered[-1])]
        if len(ordered) == 1:
            shown = [("", ordered[0])]
        values = "  ".join(f"{label} {value:,.4g}".strip() for label, value in shown)
        return f"  {self.name:<44} {values} {self.unit}" + (f"  (n={len(ordered)})" if len(ordered) > 1 else "")


def _rank(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
