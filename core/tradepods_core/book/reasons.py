"""Why a signal leads to nothing: one word each, for ledgers, figures and people."""

from typing import Literal

Reason = Literal[
    "DailyLossLimit",
    "MaxDrawdown",
    "ConsecutiveLosses",
    "Paused",
    "Halted",
    "ClockDrift",
    "LeaseLost",
    "LedgerDown",
    "SignalExpired",
    "PriceMoved",
    "StrategyNotSelected",
    "SymbolNotAllowed",
    "AlreadyInPosition",
    "OppositePosition",
    "EntryCooldown",
    "ExitCooldown",
    "MaxPositions",
    "ExposureLimit",
    "InsufficientBalance",
    "BelowMinNotional",
    "StopBeyondLiquidation",
    "ForeignPosition",
    "UnsupportedAccountMode",
    "MarketClosed",
    "StaleData",
    "AboveMaxQuantity",
    "ProtectionResting",
    "Unreconciled",
]
