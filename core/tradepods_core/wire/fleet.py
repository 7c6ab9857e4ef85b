"""What a worker reports of its account, what it hears back, and how the fleet is shown."""

import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import FailFast, Field

from tradepods_core.shapes import Message, Reported, Symbol
from tradepods_core.times import Moment

MOST_COUNT = 2**53  # what JSON's numbers hold exactly
Count = Annotated[int, Field(ge=0, le=MOST_COUNT)]
Label = Annotated[str, Field(max_length=60)]
Short = Annotated[str, Field(max_length=300)]
EGRESS_PATTERN = r"^[A-Za-z0-9]([-A-Za-z0-9._:]{0,61}[A-Za-z0-9])?$"  # a node's name, or an address
Egress = Annotated[str, Field(max_length=63, pattern=EGRESS_PATTERN)]
ONE_EGRESS = "default"
EGRESS_VARIABLE = "TRADEPODS_EGRESS"


class OpenPosition(Message):
    """One open position: quantity in base, prices in quote; `protected` once its stop rests on the exchange."""

    symbol: Annotated[Symbol, Field(max_length=40)]
    side: Literal["long", "short"]
    quantity: Reported
    average: Reported
    unrealized: Reported
    protected: bool


class Tally(Message):
    """What the account has done since its ledger began: counts, and amounts in quote currency."""

    entries: Count = 0
    adds: Count = 0
    exits: Count = 0
    take_profits: Count = 0
    stop_losses: Count = 0
    realized_pnl: Reported
    fees: Reported
    funding: Reported = Decimal(0)
    refusals: Annotated[dict[Label, Count], Field(max_length=100)] = {}


class Condition(Message):
    """One statement about an account, as Kubernetes has it: `status` is True, False or Unknown."""

    type: Annotated[str, Field(max_length=40)]
    status: Literal["True", "False", "Unknown"]
    reason: Annotated[str, Field(max_length=40)]
    message: Short = ""


class Heartbeat(Message):
    """A worker's digest of its account.

    Attributes:
        settings_hash: of the settings that are in force.
        equity: wallet and unrealised profit, quote.
        last_cycle: id of the last cycle that was decided.
        last_error: one line for the person; "" when there is none.
        unprotected_max_ms: longest wall time from a fill's event to the venue's acceptance of the stop.
        rss_mib: resident memory of the worker.
        venue: whom the account trades with, as in `binanceusdm/live`.
        egress: the address from which the account's requests leave, by a name; a ban is for all behind it.
        venue_account: names the account at its venue, hashed; "" where the venue names none, and on paper.
        secrets_hash: names the Secrets that the worker was started with.
        banned_until: until when the venue refuses that address, as far as this worker knows.
        guarded: what is still open in the account's other book, live or paper, which opens nothing.
        open_orders: the worker's own that are not over, in both books: they rest, are under way, or their fills are
            still to be heard. None where it is of a release that doesn't say.
        overrides: settings that a person changed from the chat, with their values.
        conditions: CredentialsValid, SignalsFresh, Protected, SettingsApplied, TradingHalted.

    """

    at: Moment
    dry_run: bool
    state: Label
    settings_hash: Annotated[str, Field(max_length=100)]
    equity: Reported
    positions: Annotated[tuple[OpenPosition, ...], Field(max_length=1000), FailFast()] = ()
    tally: Tally
    last_cycle: Annotated[str, Field(max_length=60)] = ""
    last_error: Short = ""
    undelivered: Count = 0
    unprotected_max_ms: Count = 0
    rss_mib: Annotated[float, Field(ge=0, le=MOST_COUNT, allow_inf_nan=False)] = 0
    venue: Annotated[str, Field(max_length=60)] = ""
    egress: Egress = ONE_EGRESS
    venue_account: Label = ""
    secrets_hash: Label = ""
    banned_until: Moment | None = None
    guarded: Annotated[tuple[OpenPosition, ...], Field(max_length=1000), FailFast()] = ()
    open_orders: Count | None = None
    overrides: Annotated[dict[Label, Short], Field(max_length=100)] = {}
    conditions: Annotated[tuple[Condition, ...], Field(max_length=20), FailFast()] = ()


class HeartbeatReply(Message):
    """What the service tells every worker in return.

    Attributes:
        banned_until: until when the worker's venue refuses its egress, as anybody behind it has reported.
        halt: why no account opens anything; "" where trading is not halted.

    """

    server_time: Moment
    banned_until: Moment | None = None
    halt: Short = ""


def egress_named(text: str) -> str:
    """The name of an address, as workers and service are told it; raises ValueError."""
    if not re.fullmatch(EGRESS_PATTERN, text):
        raise ValueError("write 1 to 63 letters, digits, dots, colons or dashes: a node's name or an address")
    return text


def venue_name(*, exchange: str, environment: str) -> str:
    """Whom an account trades with: another environment has other servers, and other bans."""
    return f"{exchange}/{environment}"


class Digest(Message):
    """An account as the fleet shows it.

    Attributes:
        version: rises with each change of what is told here.
        seen_at: when the heartbeat came that changed it; later ones said the same.
        silent: no heartbeat has come for a while.

    """

    namespace: str
    name: str
    version: int
    seen_at: Moment
    silent: bool = False
    heartbeat: Heartbeat


class Fleet(Message):
    """The digests that changed after the version that was asked for; ask for `version` next.

    Attributes:
        run: names this run of the service, which knows only who has reported to it.
        halt: why no account opens anything; "" where trading is not halted.

    """

    version: int
    run: int = 0
    halt: Short = ""
    accounts: tuple[Digest, ...]
