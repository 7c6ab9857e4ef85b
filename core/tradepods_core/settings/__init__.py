"""The TradingAccount spec: its fields, its bounds, the rules between fields, and how plain data is read into it."""
