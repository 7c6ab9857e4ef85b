"""What a worker reports of its account, what it hears back, and how the fleet is shown."""

from typing import Annotated, Literal

from pydantic import Field

from tradepods_core.shapes import Message, Reported, Symbol
from tradepods_core.times import Moment

Short = Annotated[str, Field(max_length=300)]


class OpenPosition(Message):
    """One open position: quantity in base, prices in quote; `protected` once its stop rests on the exchange."""

    symbol: Symbol
    side: Literal["long", "short"]
    quantity: Reported
    average: Reported
    unrealized: Reported
    protected: bool


class Tally(Message):
    """What the account has done since its ledger began: counts, and amounts in quote currency."""

    entries: int = 0
    exits: int = 0
    take_profits: int = 0
    stop_losses: int = 0
    realized_pnl: Reported
    fees: Reported
    refusals: dict[str, int] = {}


class Heartbeat(Message):
    """A worker's digest of its account.

    Attributes:
        settings_hash: of the settings that are in force.
        equity: wallet and unrealised profit, quote.
        last_cycle: id of the last cycle that was decided.
        last_error: one line for the person; "" when there is none.
        unprotected_max_ms: longest wall time from a fill's event to the venue's acceptance of the stop.
        rss_mib: resident memory of the worker.

    """

    at: Moment
    dry_run: bool
    state: str
    settings_hash: str
    equity: Reported
    positions: Annotated[tuple[OpenPosition, ...], Field(max_length=1000)] = ()
    tally: Tally
    last_cycle: Annotated[str, Field(max_length=60)] = ""
    last_error: Short = ""
    undelivered: int = 0
    unprotected_max_ms: int = 0
    rss_mib: float = 0


class HeartbeatReply(Message):
    """What the service tells every worker in return."""

    server_time: Moment


class Digest(Message):
    """An account as the fleet shows it; `version` rises with each change."""

    namespace: str
    name: str
    version: int
    seen_at: Moment
    heartbeat: Heartbeat


class Fleet(Message):
    """The digests that changed after the version that was asked for; ask for `version` next."""

    version: int
    accounts: tuple[Digest, ...]
