"""All accounts together, by environment, kept up to date by each heartbeat: a reading costs the same for any fleet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tradepods_core.money import ZERO
from tradepods_core.wire.fleet import Heartbeat, OpenPosition
from tradepods_core.wire.portfolio import Environment, Totals

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one account adds to its environment; amounts in quote currency."""

    positions: int
    equity: Decimal
    realized: Decimal
    unrealized: Decimal
    fees: Decimal
    funding: Decimal
    exposure: Decimal
    net: Decimal

    @property
    def earned(self) -> Decimal:
        """What the account has made: neither a deposit nor a new account changes it."""
        return self.realized + self.unrealized - self.fees + self.funding

    def __add__(self, other: "Share") -> "Share":
        return self._with(other, 1)

    def __sub__(self, other: "Share") -> "Share":
        return self._with(other, -1)

    def _with(self, other: "Share", sign: int) -> "Share":
        return Share(
            positions=self.positions + sign * other.positions,
            equity=self.equity + sign * other.equity,
            realized=self.realized + sign * other.realized,
            unrealized=self.unrealized + sign * other.unrealized,
            fees=self.fees + sign * other.fees,
            funding=self.funding + sign * other.funding,
            exposure=self.exposure + sign * other.exposure,
            net=self.net + sign * other.net,
        )


NOTHING = Share(
    positions=0, equity=ZERO, realized=ZERO, unrealized=ZERO, fees=ZERO, funding=ZERO, exposure=ZERO, net=ZERO
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """How far an environment has fallen: `below` its peak now, `worst` at most, and in percent of the equity there."""

    below: Decimal = ZERO
    worst: Decimal = ZERO
    worst_pct: Decimal = ZERO

    def moved(self, by: Decimal, *, equity: Decimal) -> "Fall":
        """After so much more was earned; `equity` is what is there then."""
        below = max(self.below - by, ZERO)
        peak = equity + below
        pct = min(below / peak * HUNDRED, HUNDRED) if peak > ZERO else HUNDRED if below else ZERO
        return replace(self, below=below, worst=max(self.worst, below), worst_pct=max(self.worst_pct, pct))


def environment_of(heartbeat: Heartbeat) -> Environment:
    """Where an account's money is: a dry run's is paper, whatever venue it looks at."""
    if heartbeat.dry_run:
        return "paper"
    named = heartbeat.venue.rpartition("/")[2]
    return "live" if named == "live" else "demo" if named == "demo" else "custom"


def share_of(heartbeat: Heartbeat) -> Share:
    """What an account adds."""
    held, tally = heartbeat.positions, heartbeat.tally
    worth = [(one.side, _notional(one)) for one in held]
    return Share(
        positions=len(held),
        equity=heartbeat.equity,
        realized=tally.realized_pnl,
        unrealized=sum((one.unrealized for one in held), ZERO),
        fees=tally.fees,
        funding=tally.funding,
        exposure=sum((notional for _, notional in worth), ZERO),
        net=sum((notional if side == "long" else -notional for side, notional in worth), ZERO),
    )


def _notional(position: OpenPosition) -> Decimal:
    """At its mark, which its unrealised profit tells."""
    gained = position.unrealized if position.side == "long" else -position.unrealized
    return max(position.quantity * position.average + gained, ZERO)


@dataclass(slots=True)
class _Sum:
    accounts: int = 0
    silent: int = 0
    share: Share = NOTHING
    fall: Fall = Fall()


class PortfolioBook:
    """Sums by environment."""

    def __init__(self, past: Iterable[Totals] = ()) -> None:
        """Go on with the falls that an earlier run has seen."""
        self._sums: dict[Environment, _Sum] = {one.environment: _Sum(fall=_fall(one)) for one in past}

    def change(self, before: Heartbeat | None, after: Heartbeat) -> None:
        """An account reports; None where it does so for the first time."""
        new, place = share_of(after), environment_of(after)
        if before is None or environment_of(before) != place:
            if before is not None:
                self._add(environment_of(before), -1, NOTHING - share_of(before))
            self._add(place, 1, new)
            return  # what a newcomer has earned before is no rise, nor a fall
        moved, found = new - share_of(before), self._sums[place]
        found.share += moved
        found.fall = found.fall.moved(moved.earned, equity=found.share.equity)

    def fell_silent(self, heartbeat: Heartbeat, *, count: int) -> None:
        """An account is no longer heard (1), or is again (-1)."""
        self._sums[environment_of(heartbeat)].silent += count

    def totals(self) -> Sequence[Totals]:
        """Every environment that has been seen, by name."""
        return [_totals(place, found) for place, found in sorted(self._sums.items())]

    def _add(self, place: Environment, accounts: int, share: Share) -> None:
        found = self._sums.setdefault(place, _Sum())
        found.accounts += accounts
        found.share += share


def _fall(past: Totals) -> Fall:
    return Fall(below=past.drawdown, worst=past.max_drawdown, worst_pct=past.max_drawdown_pct)


def _totals(place: Environment, found: _Sum) -> Totals:
    share, fall = found.share, found.fall
    return Totals(
        environment=place,
        accounts=found.accounts,
        silent=found.silent,
        positions=share.positions,
        equity=share.equity,
        realized_pnl=share.realized,
        unrealized_pnl=share.unrealized,
        fees=share.fees,
        funding=share.funding,
        exposure=share.exposure,
        net_exposure=share.net,
        drawdown=fall.below,
        max_drawdown=fall.worst,
        max_drawdown_pct=round(fall.worst_pct, 4),
    )
