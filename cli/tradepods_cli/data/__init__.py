"""Candles in a folder of one's own: what is asked for, what is missing, fetching it, showing what is there."""
