"""The blocks of a TradingAccount spec."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from tradepods_core.shapes import URL_PATTERN, Name, SymbolText, Written

Percent = Annotated[Decimal, Field(gt=0, le=100)]
PercentOrOff = Annotated[Decimal, Field(ge=0, le=100)]


def _port(url: str) -> str:
    """Raise ValueError for a port that there is not."""
    _, _, port = url.removeprefix("https://").removeprefix("http://").partition(":")
    if port and not 0 < int(port) < PORTS:
        raise ValueError("write a port from 1 to 65535")
    return url


PORTS = 65_536
Address = Annotated[str, Field(max_length=200, pattern=URL_PATTERN), AfterValidator(_port)]
ChatId = Annotated[str, Field(max_length=32, pattern=r"^-?[0-9]+$")]


class State(StrEnum):
    """What the account as a whole may do."""

    RUNNING = "Running"
    PAUSED = "Paused"
    STOPPED = "Stopped"


class MarginMode(StrEnum):
    """Whether a position's margin is shared with the whole wallet."""

    CROSS = "cross"
    ISOLATED = "isolated"


class SecretRef(Written):
    """A Secret in the account's own namespace."""

    name: Name


class Exchange(Written):
    """Where the account is; immutable once it exists."""

    id: Literal["binanceusdm"] = "binanceusdm"
    environment: Literal["live", "demo", "custom"] = "live"
    url: Address = ""
    proxy_secret_ref: SecretRef | None = None


class Telegram(Written):
    """The account's own bot, and who may talk to it."""

    secret_ref: SecretRef
    chat_ids: Annotated[tuple[ChatId, ...], Field(min_length=1, max_length=20)]
    viewer_chat_ids: Annotated[tuple[ChatId, ...], Field(max_length=20)] = ()
    api_url: Address = ""
    language: Literal["en", "ko"] = "en"
    overrides: Annotated[tuple[Literal["dryRun", "entryPct", "autoExit"], ...], Field(max_length=3)] = (
        "dryRun",
        "entryPct",
        "autoExit",
    )


class Paper(Written):
    """Dry-run's own wallet."""

    balance: Annotated[Decimal, Field(gt=0, le=1_000_000_000)] = Decimal(10_000)


class Targets(Written):
    """Take-profit and stop-loss of one side, in % move of the price from the average entry, before leverage."""

    take_profit_pct: Percent = Decimal(3)
    stop_loss_pct: Percent = Decimal(3)


class BreakEven(Written):
    """Moves the stop to the entry once the price has run `triggerPct`; 0 is off."""

    trigger_pct: PercentOrOff = Decimal(0)
    offset_pct: PercentOrOff = Decimal(0)


class Trailing(Written):
    """A stop that follows the price; 0 is off."""

    activate_pct: PercentOrOff = Decimal(0)
    callback_pct: PercentOrOff = Decimal(0)


class Dca(Written):
    """Adds to a losing position; each step in % of the first entry's quantity."""

    enabled: bool = True
    trigger_pct: Percent = Decimal(2)
    step_pcts: Annotated[tuple[Percent, ...], Field(max_length=20)] = (Decimal(30), Decimal(30), Decimal(30))


class Protections(Written):
    """Limits on the whole account; 0 is off."""

    max_daily_loss_pct: PercentOrOff = Decimal(0)
    max_drawdown_pct: PercentOrOff = Decimal(0)
    max_consecutive_losses: Annotated[int, Field(ge=0, le=1000)] = 0
    max_exposure_pct: Annotated[Decimal, Field(ge=0, le=100_000)] = Decimal(0)
    max_symbol_exposure_pct: Annotated[Decimal, Field(ge=0, le=100_000)] = Decimal(0)
    flatten_on_breach: bool = False


class SymbolFilter(Written):
    """Which symbols this account trades: an empty `allow` means every one."""

    allow: Annotated[tuple[SymbolText, ...], Field(max_length=500)] = ()
    deny: Annotated[tuple[SymbolText, ...], Field(max_length=500)] = ()

    def lets(self, symbol: str) -> bool:
        """Whether a symbol may be traded."""
        return symbol not in self.deny and (not self.allow or symbol in self.allow)


class Storage(Written):
    """The ledger's volume."""

    size: Annotated[str, Field(max_length=20, pattern=r"^[0-9]+(Mi|Gi|Ti)$")] = "1Gi"


class LedgerPlace(Written):
    """Where the account's ledger lives."""

    type: Literal["sqlite", "postgresql"] = "sqlite"
    storage: Storage = Storage()
    secret_ref: SecretRef | None = None
