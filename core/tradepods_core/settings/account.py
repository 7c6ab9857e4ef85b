"""The TradingAccount spec: what one account trades with. Defaults and bounds are the contract for every door."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from tradepods_core.settings.parts import (
    BreakEven,
    Dca,
    Exchange,
    LedgerPlace,
    MarginMode,
    Paper,
    Percent,
    PercentOrOff,
    Protections,
    Resources,
    SecretRef,
    State,
    SymbolFilter,
    Targets,
    Telegram,
    Trailing,
)
from tradepods_core.shapes import Name, Written


class AccountSpec(Written):
    """One exchange account's settings. Percent fields are percents: 5 means 5 %.

    What they say to each other is in `rules.py`.

    Attributes:
        exchange: where the account is; id, environment and url can't change.
        credentials_secret_ref: the Secret with apiKey and apiSecret; optional in a dry run.
        telegram: the account's own bot.
        state: Paused guards what is open and opens nothing; Stopped runs nothing.
        dry_run: paper fills on live marks; false trades real money and needs acknowledgeLiveTrading.
        auto_exit: stop and take-profit rest on the exchange; without it levels only alert.
        paper: what a dry run begins with.
        entry_pct: margin of an entry, % of the available balance.
        risk_pct: above 0 an entry is sized so that its stop costs this % of equity; entryPct is then the cap.
        max_slippage_pct: how far the mark may be from the signal's price, %.
        max_positions: open positions and entries under way.
        leverage: at most what the symbol offers.
        margin_mode: whether positions share their margin.
        hedge_mode: long and short of one symbol at once.
        exit_cooldown_hours: pause of a symbol after it became flat, both sides.
        entry_cooldown_minutes: pause after the last entry fill on a symbol.
        long: take-profit and stop-loss of long positions, % move of the price from the average entry.
        short: the same of short ones.
        break_even: moves the stop to the entry once the price has run.
        trailing: a stop that follows the price.
        dca: adds to a losing position.
        protections: limits on the whole account; 0 is off.
        strategies: names of the strategies to follow; none means every enabled one.
        symbols: which symbols it trades.
        priority: who gets a worker first where the fleet is capped; the higher.
        rollout: when a change of the pod may restart the worker; WhenFlat waits until no position is open.
        deletion_policy: what becomes of orders and positions when the resource is deleted.
        acknowledge_live_trading: said twice on purpose; without it dryRun can't be false.
        ledger: where the account's ledger lives.
        log_level: of the worker's log; "" for that of all workers, which is info if nobody says otherwise.
        resources: what the worker may use.

    """

    exchange: Exchange
    credentials_secret_ref: SecretRef | None = None
    telegram: Telegram | None = None
    state: State = State.RUNNING
    dry_run: bool = True
    auto_exit: bool = False
    paper: Paper = Paper()
    entry_pct: Percent = Decimal(5)
    risk_pct: PercentOrOff = Decimal(0)
    max_slippage_pct: Percent = Decimal("0.5")
    max_positions: Annotated[int, Field(ge=1, le=200)] = 7
    leverage: Annotated[int, Field(ge=1, le=125)] = 10
    margin_mode: MarginMode = MarginMode.CROSS
    hedge_mode: bool = False
    exit_cooldown_hours: Annotated[Decimal, Field(ge=0, le=720)] = Decimal(2)
    entry_cooldown_minutes: Annotated[Decimal, Field(ge=0, le=43_200)] = Decimal(0)
    long: Targets = Targets()
    short: Targets = Targets()
    break_even: BreakEven = BreakEven()
    trailing: Trailing = Trailing()
    dca: Dca = Dca()
    protections: Protections = Protections()
    strategies: Annotated[tuple[Name, ...], Field(max_length=100)] = ()
    symbols: SymbolFilter = SymbolFilter()
    priority: Annotated[int, Field(ge=0, le=1000)] = 0
    rollout: Literal["Auto", "WhenFlat", "Manual"] = "WhenFlat"
    deletion_policy: Literal["Retain", "CancelOrders", "Flatten"] = "Retain"
    acknowledge_live_trading: bool = False
    ledger: LedgerPlace = LedgerPlace()
    log_level: Literal["", "debug", "info", "warning", "error"] = ""
    resources: Resources = Resources()

    def targets(self, side: Literal["long", "short"]) -> Targets:
        """Take-profit and stop-loss of a side."""
        return self.long if side == "long" else self.short
