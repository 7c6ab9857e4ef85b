"""The demo's pictures: what each account was worth over the day, and all of them side by side."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradepods_cli.local.history import ExitKind, Opening, Point, Trade
from tradepods_core.times import EPOCH

if TYPE_CHECKING:  # loaded late: no other command draws
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which people tell apart however they see them
BLUE, SKY, GREEN, ORANGE, VERMILION, PURPLE = "#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7"
INK, FAINT, GRID, UNNAMED = "#222222", "#6B6B6B", "#E4E4E4", "#BBBBBB"
LINES = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY)
EXITS: Mapping[ExitKind, tuple[str, str]] = {
    "takeProfits": ("take-profit", GREEN),
    "stopLosses": ("stop", VERMILION),
    "breakEvens": ("break-even", ORANGE),
    "trailingStops": ("trailing stop", PURPLE),
    "otherExits": ("closed otherwise", FAINT),
}
MOST_NAMED = len(LINES)
LABEL_SPACE = 0.055  # between two names at the right, part of the height
SIZE, DPI = (10.0, 4.6), 110
WATERMARK: Mapping[str, Any] = {"fontsize": 54, "fontweight": "bold", "color": "#000000", "alpha": 0.06}
DAY = timedelta(days=1)
TICKS = (5, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 5_760, 10_080)  # minutes
MOST_TICKS = 9
LineStyle = str | tuple[float, Sequence[float]]
DASHES: LineStyle = (0, (4, 3))


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """What is drawn of an account: `points` its equity in quote, `says` how it trades."""

    name: str
    says: str
    dry_run: bool
    points: Sequence[Point]
    openings: Sequence[Opening]
    trades: Sequence[Trade]

    @property
    def title(self) -> str:
        """The name, and what no one may overlook."""
        return f"{self.name} (dry run)" if self.dry_run else self.name

    @property
    def line(self) -> LineStyle:
        """Whole for money, broken for paper."""
        return (0, (5, 1.2)) if self.dry_run else "solid"

    def times(self) -> list[float]:
        """The moments of the points, as the time axis has them."""
        return [_days(point.at) for point in self.points]

    def gain(self) -> float:
        """Percent of what it began with."""
        return self.returns()[-1]

    def returns(self) -> list[float]:
        """Percent of what it began with, at each point."""
        begun = float(self.points[0].equity) or 1.0
        return [(float(point.equity) / begun - 1) * 100 for point in self.points]


def draw(folder: Path, portraits: Sequence[Portrait]) -> None:
    """Write `equity-NAME.png` for each account with a history, and `equity.png` with all of them."""
    known = [portrait for portrait in portraits if len(portrait.points) > 1]
    for portrait in known:
        _save(_one(portrait), folder / f"equity-{portrait.name}.png")
    if known:
        _save(_all(known), folder / "equity.png")


def _one(portrait: Portrait) -> "Figure":
    figure, axes = _canvas(portrait.points[0].at, portrait.points[-1].at)
    times, worth = portrait.times(), [float(point.equity) for point in portrait.points]
    peaks = list(accumulate(worth, max))
    axes.fill_between(times, peaks, worth, color=SKY, alpha=0.28, linewidth=0, label="below its peak")
    axes.axhline(worth[0], color=FAINT, linewidth=0.8, linestyle=DASHES)
    axes.plot(times, worth, color=BLUE, linewidth=1.5, label="equity")
    if portrait.dry_run:
        axes.text(0.5, 0.5, "DRY RUN", transform=axes.transAxes, ha="center", va="center", **WATERMARK)
    _mark(axes, portrait, worth)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_ylabel("equity, USDT", color=FAINT)
    _head(axes, f"{portrait.title}   {portrait.gain():+.2f} %", portrait.says)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=8, frameon=False, fontsize=8.5, labelcolor=INK)
    return figure


def _mark(axes: "Axes", portrait: Portrait, worth: Sequence[float]) -> None:
    """Entries as triangles that point where the trade goes, exits as dots in the colour of their kind."""
    for side, shape in (("long", "^"), ("short", "v")):
        moments = [opening.at for opening in portrait.openings if opening.side == side]
        _dots(axes, portrait, worth, moments, says=side, shape=shape, colour=INK)
    for kind, (says, colour) in EXITS.items():
        moments = [trade.closed_at for trade in portrait.trades if trade.kind == kind]
        _dots(axes, portrait, worth, moments, says=says, shape="o", colour=colour)


def _dots(
    axes: "Axes",
    portrait: Portrait,
    worth: Sequence[float],
    moments: Sequence[datetime],
    *,
    says: str,
    shape: str,
    colour: str,
) -> None:
    """What happened at these moments, on the line of equity."""
    if not moments:
        return
    times = portrait.times()
    found = [_days(moment) for moment in moments]
    heights = [worth[max(bisect_right(times, at) - 1, 0)] for at in found]
    label = f"{len(moments)} {says}"
    axes.plot(found, heights, shape, color=colour, label=label, markersize=5.5, markeredgecolor="white", mew=0.6)


def _all(portraits: Sequence[Portrait]) -> "Figure":
    """Everyone's return; of many only the best and the worst are named."""
    figure, axes = _canvas(portraits[0].points[0].at, portraits[0].points[-1].at)
    ordered = sorted(portraits, key=lambda portrait: portrait.gain(), reverse=True)
    named = _named(ordered)
    axes.axhline(0, color=FAINT, linewidth=0.8, linestyle=DASHES)
    for portrait in ordered:
        colour = named.get(portrait.name, UNNAMED)
        width = 1.6 if portrait.name in named else 0.7
        axes.plot(portrait.times(), portrait.returns(), color=colour, linewidth=width, linestyle=portrait.line)
    axes.yaxis.set_major_formatter("{x:+.1f} %")
    axes.set_ylabel("return on what it began with", color=FAINT)
    _name(axes, [portrait for portrait in ordered if portrait.name in named], named)
    many = "" if len(named) == len(ordered) else f"; the {len(named) // 2} best and worst are named"
    _head(axes, f"{len(ordered)} accounts, one set of signals", f"each by its own settings{many}")
    return figure


def _named(ordered: Sequence[Portrait]) -> dict[str, str]:
    """The colours of those whose names are written, by name; in a small company everyone's."""
    few = len(ordered) <= MOST_NAMED
    chosen = ordered if few else [*ordered[: MOST_NAMED // 2], *ordered[-(MOST_NAMED // 2) :]]
    return dict(zip(sorted(portrait.name for portrait in chosen), LINES, strict=False))


def _name(axes: "Axes", ordered: Sequence[Portrait], colours: Mapping[str, str]) -> None:
    """Write names beside the ends of their lines, moved apart where lines end close together."""
    low, high = axes.get_ylim()
    ends = [(portrait.gain() - low) / (high - low) for portrait in ordered]
    for portrait, height in zip(ordered, spread(ends), strict=True):
        axes.text(
            1.012,
            height,
            f"{portrait.title}  {portrait.gain():+.2f} %",
            color=colours[portrait.name],
            transform=axes.transAxes,
            va="center",
            fontsize=9.5,
            fontweight="bold",
        )


def spread(heights: Sequence[float], *, least: float = LABEL_SPACE) -> list[float]:
    """Heights from the top down, moved so that any two are `least` apart and none is below 0."""
    falling, above = [], float("inf")
    for height in heights:
        above = min(height, above - least)
        falling.append(above)
    rising, below = [], -least
    for height in reversed(falling):
        below = max(height, below + least)
        rising.append(below)
    return rising[::-1]


def _canvas(first: datetime, last: datetime) -> "tuple[Figure, Axes]":
    """An empty picture of this span of market time."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GRID)
    axes.grid(color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(colors=FAINT, labelsize=9, length=0)
    axes.margins(x=0.01, y=0.08)
    axes.set_xlabel(f"UTC, {_written(first)} to {_written(last)}", color=FAINT, fontsize=9)
    axes.xaxis.set_major_locator(MultipleLocator(_tick(last - first) / DAY))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: _clock(at)))
    return figure, axes


def _tick(span: timedelta) -> timedelta:
    """What lies between two ticks of the time axis."""
    steps = (timedelta(minutes=minutes) for minutes in TICKS)
    return next((step for step in steps if span / step <= MOST_TICKS), span)


def _clock(days: float) -> str:
    """A moment's label on the time axis; at midnight with its day."""
    at = EPOCH + timedelta(minutes=round(days * DAY / timedelta(minutes=1)))
    return f"{at:%H:%M}\n{at.day} {at:%b}" if at.hour == at.minute == 0 else f"{at:%H:%M}"


def _written(at: datetime) -> str:
    return f"{at.day} {at:%b %Y %H:%M}"


def _days(at: datetime) -> float:
    """A moment as the time axis has it: days since 1970."""
    return (at - EPOCH) / DAY


def _head(axes: "Axes", title: str, subtitle: str) -> None:
    axes.set_title(f"{title}\n", loc="left", fontsize=13, fontweight="bold", color=INK)
    axes.text(0, 1.03, subtitle, transform=axes.transAxes, fontsize=9.5, color=FAINT, va="bottom")


def _save(figure: "Figure", file: Path) -> None:
    """A PNG without the writer's version, so that the same day gives the same bytes."""
    figure.savefig(file, metadata={"Software": None})
