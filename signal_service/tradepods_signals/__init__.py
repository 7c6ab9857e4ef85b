"""The signal service: candles in, cycles out, computed once for every account."""
