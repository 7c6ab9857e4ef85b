"""A Binance USD-M futures exchange: a market that is replayed, and books for many API keys."""
