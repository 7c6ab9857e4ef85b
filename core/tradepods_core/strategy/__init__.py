"""The TradingStrategy spec: its form, its variables, its validation, and the one evaluator of its conditions."""
