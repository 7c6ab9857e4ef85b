"""The position variables: each worker's own, from its ledger and the latest mark. Only management may read them."""

from tradepods_core.strategy.vocabulary import Group, Variable

POSITION = tuple(
    Variable(name=name, group=group, params={}, says=says)
    for name, group, says in (
        ("profit_rate", Group.RATIO, "move of the mark from the average entry in the position's favour: 0.02 is +2 %"),
        ("roi", Group.RATIO, "unrealised profit against the position's margin, as a fraction"),
        ("holding_minutes", Group.COUNT, "minutes since the position was opened, market time"),
        ("drawdown_from_peak", Group.RATIO, "fall of profit_rate from its best so far, as a fraction, never negative"),
        ("distance_to_liquidation", Group.RATIO, "way of the mark to the liquidation price, as a fraction of the mark"),
        ("dca_count", Group.COUNT, "adds that were filled, DCA steps and add actions together"),
        ("position_value", Group.AMOUNT, "quantity times mark, quote"),
        ("funding_paid", Group.AMOUNT, "funding since the position was opened, quote; negative where it was received"),
    )
)
