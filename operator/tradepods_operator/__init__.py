"""The operator: TradingAccounts become workers, and say how these stand."""
