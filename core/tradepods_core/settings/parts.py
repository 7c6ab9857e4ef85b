"""The blocks of a TradingAccount spec."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from tradepods_core.field_rules import Cel, checked_by
from tradepods_core.misread import EXACT
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
A_PORT = Cel(
    rule="self.split(':').size() < 3 || (int(self.split(':')[2]) > 0 && int(self.split(':')[2]) < 65536)",
    message="write a port from 1 to 65535",
)
Address = Annotated[
    str, Field(max_length=200, pattern=URL_PATTERN, json_schema_extra=checked_by(A_PORT)), AfterValidator(_port)
]
CLASS_PATTERN = r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$"
Cpu = Annotated[str, Field(max_length=10, pattern=r"^[1-9][0-9]{0,4}m?$")]  # thousandths of a core, or cores
Memory = Annotated[str, Field(max_length=10, pattern=r"^[1-9][0-9]{0,4}(Mi|Gi)$")]
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
    """Where the account is; all but the proxy is immutable once it exists.

    Attributes:
        environment: demo is the venue's own trading with play money; custom is a simulator or a proxy at url.
        url: of custom alone, scheme and host, as in http://127.0.0.1:9000.
        proxy_secret_ref: the Secret with url, a proxy for all requests to the exchange.

    """

    id: Literal["binanceusdm"] = "binanceusdm"
    environment: Literal["live", "demo", "custom"] = "live"
    url: Address = ""
    proxy_secret_ref: SecretRef | None = None


class Telegram(Written):
    """The account's own bot, and who may talk to it.

    Attributes:
        secret_ref: the Secret with botToken.
        chat_ids: who may act, in quotes; they hear every notice.
        viewer_chat_ids: who may look.
        api_url: a Bot API server of one's own.
        language: of what the bot says.
        overrides: settings that commands may change.

    """

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

    model_config = ConfigDict(
        json_schema_extra=checked_by(
            Cel(
                rule="quantity(string(self.balance)).isGreaterThan(quantity('0'))"
                " && !quantity(string(self.balance)).isGreaterThan(quantity('1000000000'))",  # a double is not exact
                message="a number, above 0, at most 1000000000",
                field="balance",
            )
        )
    )

    balance: Annotated[Decimal, Field(gt=0, le=1_000_000_000, json_schema_extra=EXACT)] = Decimal(10_000)


class Targets(Written):
    """Take-profit and stop-loss of one side, in % move of the price from the average entry, before leverage.

    Attributes:
        take_profit_pct: where the profit is taken.
        stop_loss_pct: where the loss is cut.

    """

    take_profit_pct: Percent = Decimal(3)
    stop_loss_pct: Percent = Decimal(3)


class BreakEven(Written):
    """Moves the stop to the entry once the price has run.

    Attributes:
        trigger_pct: so far in the position's favour, %; 0 is off.
        offset_pct: how far beyond the entry the stop then is, %.

    """

    trigger_pct: PercentOrOff = Decimal(0)
    offset_pct: PercentOrOff = Decimal(0)


class Trailing(Written):
    """A stop that follows the price.

    Attributes:
        activate_pct: from this run of the price on, %; 0 is off.
        callback_pct: how far behind the best price, %; 0 is off.

    """

    activate_pct: PercentOrOff = Decimal(0)
    callback_pct: PercentOrOff = Decimal(0)


class Dca(Written):
    """Adds to a losing position.

    Attributes:
        trigger_pct: how far the price goes against the average before the next step, %.
        step_pcts: each step in % of the first entry's quantity.

    """

    enabled: bool = True
    trigger_pct: Percent = Decimal(2)
    step_pcts: Annotated[tuple[Percent, ...], Field(max_length=20)] = (Decimal(30), Decimal(30), Decimal(30))


class Protections(Written):
    """Limits on the whole account; 0 is off.

    Attributes:
        max_daily_loss_pct: a fall of equity since 00:00 UTC that pauses it until the next, %.
        max_drawdown_pct: a fall from the highest equity that pauses it until a person resumes, %.
        max_consecutive_losses: losses in a row that do the same.
        max_exposure_pct: most notional of all positions, % of equity.
        max_symbol_exposure_pct: the same of one symbol.
        flatten_on_breach: whether such a pause also closes what is open.

    """

    max_daily_loss_pct: PercentOrOff = Decimal(0)
    max_drawdown_pct: PercentOrOff = Decimal(0)
    max_consecutive_losses: Annotated[int, Field(ge=0, le=1000)] = 0
    max_exposure_pct: Annotated[Decimal, Field(ge=0, le=100_000)] = Decimal(0)
    max_symbol_exposure_pct: Annotated[Decimal, Field(ge=0, le=100_000)] = Decimal(0)
    flatten_on_breach: bool = False


class SymbolFilter(Written):
    """Which symbols this account trades.

    Attributes:
        allow: unified symbols such as BTC/USDT:USDT; none means every one.
        deny: those that it never trades.

    """

    allow: Annotated[tuple[SymbolText, ...], Field(max_length=500)] = ()
    deny: Annotated[tuple[SymbolText, ...], Field(max_length=500)] = ()

    def lets(self, symbol: str) -> bool:
        """Whether a symbol may be traded."""
        return symbol not in self.deny and (not self.allow or symbol in self.allow)


class Storage(Written):
    """The ledger's volume, in a cluster; an empty class is the cluster's default one."""

    size: Annotated[str, Field(max_length=20, pattern=r"^[1-9][0-9]{0,5}(Mi|Gi|Ti)$")] = "1Gi"
    storage_class_name: Annotated[str, Field(max_length=63, pattern=CLASS_PATTERN)] = ""


class Requests(Written):
    """What a worker's container is given of a node at least; what is left out keeps its default."""

    cpu: Cpu = "50m"
    memory: Memory = "128Mi"


class Limits(Written):
    """What a worker's container gets at most: over its memory it is killed."""

    cpu: Cpu = "500m"
    memory: Memory = "256Mi"


class Resources(Written):
    """What a worker may use, in a cluster."""

    requests: Requests = Requests()
    limits: Limits = Limits()


class LedgerPlace(Written):
    """Where the account's ledger lives.

    Attributes:
        type: sqlite is a file on a volume of its own.
        secret_ref: of postgresql, the Secret with its url.

    """

    type: Literal["sqlite", "postgresql"] = "sqlite"
    storage: Storage = Storage()
    secret_ref: SecretRef | None = None
