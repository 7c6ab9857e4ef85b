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
    SecretRef,
    State,
    SymbolFilter,
    Targets,
    Telegram,
    Trailing,
)
from tradepods_core.shapes import Name, Written


class AccountSpec(Written):
    """One exchange account's settings.

    Percent fields are percents (5 means 5 %). `long` and `short` are moves of the price, before leverage.
    A field whose feature is not there yet is accepted only at its off value: `settings/rules.py` lists them.
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
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    def targets(self, side: Literal["long", "short"]) -> Targets:
        """Take-profit and stop-loss of a side."""
        return self.long if side == "long" else self.short
