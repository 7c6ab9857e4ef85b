"""What the signal service is for: windows of candles, indicators, cycles, subscribers, the fleet."""
