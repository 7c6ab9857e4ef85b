"""What the engine does not do, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tradepods_core.book.intents import RejectCode

Why = Literal[
    "tick",
    "decimals",
    "step",
    "no_quantity",
    "min_quantity",
    "max_quantity",
    "min_notional",
    "price_above",
    "price_below",
    "market_band",
    "would_trigger",
    "activation",
    "would_take",
    "unfillable",
    "margin",
    "position_limit",
    "reduce_only",
    "position_side",
    "too_many_orders",
    "too_many_conditionals",
    "closes_already",
    "duplicate_id",
    "unknown_order",
    "close_only",
    "leverage",
    "leverage_margin",
    "isolated_leverage",
    "margin_type_same",
    "margin_type_orders",
    "margin_type_position",
    "margin_type_multi",
    "mode_same",
    "mode_orders",
    "mode_position",
    "multi_isolated",
    "multi_orders",
    "multi_margin",
    "multi_same",
    "cross_margin",
    "isolated_balance",
    "no_position",
    "isolated_margin",
]
CODES: Mapping[Why, RejectCode] = {
    "tick": "precision",
    "decimals": "precision",
    "step": "precision",
    "no_quantity": "too_small",
    "min_quantity": "too_small",
    "min_notional": "too_small",
    "max_quantity": "too_large",
    "position_limit": "too_large",
    "would_trigger": "would_trigger",
    "margin": "insufficient_margin",
    "reduce_only": "reduce_only",
    "too_many_orders": "too_many_orders",
    "too_many_conditionals": "too_many_orders",
    "duplicate_id": "duplicate_id",
    "position_side": "position_mode",
    "unknown_order": "unknown_order",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The engine does not do it; `value` is what was wrong, where there is one."""

    why: Why
    message: str
    value: str = ""

    @property
    def code(self) -> RejectCode:
        """What it means for an intent."""
        return CODES.get(self.why, "other")
