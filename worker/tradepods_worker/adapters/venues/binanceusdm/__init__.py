"""Binance USD-M futures in pure translation: intents to requests, answers and frames to values. No I/O."""
